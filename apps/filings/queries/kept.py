"""Reads of what is kept of a filing: its rows, changes, findings, by pages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.filings.choices import ChunkKind
from apps.filings.kept import read_file, unpack
from apps.filings.models import Filing, FilingChunk, Upload


def raw_of(upload: Upload) -> bytes:
    """Return the very file that was uploaded.

    Raises:
        DomainError: it is gone or damaged.
    """
    return read_file(upload.path, upload.file_key)


def corrections_of(upload: Upload) -> dict[str, dict[str, str]]:
    """Return what was typed on the page: {sheet: {"row:column": text}}."""
    found: dict[str, dict[str, str]] = json.loads(upload.corrections) if upload.corrections else {}
    return found


def items(filing: Filing, kind: str, level: str = "") -> Iterator[Any]:
    """Yield everything of a kind, one piece in memory at a time."""
    rows = FilingChunk.objects.filter(filing=filing, kind=kind, level=level)
    pks = list(rows.order_by("position").values_list("pk", flat=True))
    for pk in pks:
        yield from unpack(FilingChunk.objects.get(pk=pk).payload)


@dataclass(frozen=True)
class Page:
    """One page of kept items; pages count from 1."""

    rows: list[Any]
    number: int
    count: int
    total: int
    first: int

    @property
    def last(self) -> int:
        """The ordinal of the page's last row."""
        return self.first + len(self.rows) - 1

    def numbers(self) -> list[int]:
        """Return the pages to offer: the first, the last and those around the present one."""
        near = range(self.number - 2, self.number + 3)
        return sorted({1, self.count, *near} & set(range(1, self.count + 1)))


def page_of(
    filing: Filing, kind: str, *, level: str = "", number: int = 1, size: int = 20, field: str = ""
) -> Page:
    """Cut a page; only the pieces that it lies in are opened, unless ``field`` filters findings."""
    if field:
        found = [item for item in items(filing, kind, level) if item[4] == field]
        return _cut(found, 0, len(found), number, size)
    chunks = FilingChunk.objects.filter(filing=filing, kind=kind, level=level)
    total = sum(chunks.values_list("count", flat=True))
    count = max(-(-total // size), 1)
    number = min(max(number, 1), count)
    start = (number - 1) * size
    inside = chunks.filter(first__lt=start + size).order_by("position")
    rows: list[Any] = []
    before: int | None = None
    for pk, first, length in inside.values_list("pk", "first", "count"):
        if first + length > start:
            before = first if before is None else before
            rows += unpack(FilingChunk.objects.get(pk=pk).payload)
    return _cut(rows, before or 0, total, number, size)


def _cut(rows: list[Any], before: int, total: int, number: int, size: int) -> Page:
    count = max(-(-total // size), 1)
    number = min(max(number, 1), count)
    start = (number - 1) * size
    wanted = rows[start - before : start - before + size]
    return Page(wanted, number, count, total, start + 1 if wanted else 0)


def undo_count(filing: Filing) -> int:
    """Return how many undo records wait to be taken back."""
    return FilingChunk.objects.filter(filing=filing, kind=ChunkKind.UNDO).count()
