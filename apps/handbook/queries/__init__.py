"""Reads of the handbook. Other apps use ``suggest`` and ``search``."""

from apps.handbook.queries.search import search
from apps.handbook.queries.suggestions import Suggestion, suggest

__all__ = ["Suggestion", "search", "suggest"]
