"""The handbook's tables."""

from apps.handbook.models.entry import (
    CONTENT,
    EXAMPLE_LINE,
    Entry,
    EntryContent,
    EntryTerm,
    EntryVersion,
)
from apps.handbook.models.work import ImportBatch, Remark

__all__ = [
    "CONTENT",
    "EXAMPLE_LINE",
    "Entry",
    "EntryContent",
    "EntryTerm",
    "EntryVersion",
    "ImportBatch",
    "Remark",
]
