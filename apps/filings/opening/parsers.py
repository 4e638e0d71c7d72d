"""Parsers of the four formats, run in the child: from bytes to sheets of packed cells.

Rows are given sparsely, as (row number from 1, cells from column A); empty rows are left out.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import DomainError
from apps.filings.opening import guard, limits, sniff
from apps.filings.opening.cells import Packed, packed
from apps.filings.opening.sniff import Format
from apps.filings.opening.usage import Note

#: first and last row, first and last column, all from 1
Merge = tuple[int, int, int, int]
NumberedRow = tuple[int, list[Packed]]
MOST_MERGES = 100_000
MESSAGES = {
    "password": "这个文件设了打开密码。请先取消密码，再传。",
    "encrypt": "这个文件设了打开密码。请先取消密码，再传。",
    "cell error": "表里有认不出的错误值（# 开头的单元格）。请把它们改成直接填写的内容，再传。",
}


@dataclass
class RawSheet:
    """One sheet as parsed; ``rows`` may be read once."""

    name: str
    rows: Iterable[NumberedRow]
    merges: list[Merge] = field(default_factory=list)
    is_hidden: bool = False
    notes: list[Note] = field(default_factory=list)


@dataclass
class RawBook:
    """A file as parsed."""

    format: Format
    sheets: Iterable[RawSheet]
    remarks: list[str] = field(default_factory=list)


def parse(raw: bytes) -> RawBook:
    """Recognise, check and parse a file.

    Raises:
        DomainError: one sentence in Chinese that says why it is not read and what to do.
    """
    if len(raw) > limits.MOST_BYTES:
        most = limits.MOST_BYTES // limits.MEBIBYTE
        raise DomainError(f"文件超过 {most} MB。请删掉图片等无关内容，或拆成几个文件再传。")
    kind = sniff.of(raw)
    if kind is Format.CSV:
        return RawBook(kind, [RawSheet("CSV", _csv_rows(sniff.decode(raw)))])
    if kind is Format.XLS:
        return RawBook(kind, _workbook(raw))
    archive = guard.check(raw)
    if archive.format is Format.DOCX:
        from apps.filings.opening import word  # lxml takes its time to load

        return RawBook(Format.DOCX, word.sheets(raw), archive.remarks)
    return RawBook(Format.XLSX, _workbook(raw, archive), archive.remarks)


def _workbook(raw: bytes, archive: guard.Archive | None = None) -> Iterator[RawSheet]:
    """Yield the worksheets; charts and other sheets without cells are left out."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        about = book.sheets_metadata
        if len(about) > limits.MOST_SHEETS:
            raise DomainError(
                f"这个工作簿有 {len(about)} 个工作表，最多读 {limits.MOST_SHEETS} 个。请拆开再传。"
            )
        notes = _notes_by_order(archive, raw)
        for index, meta in enumerate(about):
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_index(index)
            yield RawSheet(
                meta.name,
                _sheet_rows(sheet),
                _merges(sheet),
                is_hidden=meta.visible != SheetVisibleEnum.Visible,
                notes=notes.get(meta.name, []),
            )
        if not about:
            raise DomainError("这个工作簿里没有工作表。请重新导出后再传。")
    except CalamineError as error:
        text = str(error).lower()
        known = (sentence for word, sentence in MESSAGES.items() if word in text)
        raise DomainError(next(known, guard.BROKEN)) from error


def _notes_by_order(archive: guard.Archive | None, raw: bytes) -> dict[str, list[Note]]:
    """Return the notes of each sheet by its name; which part a sheet is stands in two parts."""
    if archive is None or not any(use.notes for use in archive.sheets.values()):
        return {}
    from apps.filings.opening import parts

    return {
        name: archive.sheets[part].notes
        for name, part in parts.by_sheet(raw).items()
        if part in archive.sheets
    }


def _sheet_rows(sheet: Any) -> Iterator[NumberedRow]:
    """Yield filled rows; the parser leaves out the empty columns on the left, not the rows."""
    start = sheet.start
    if start is None:
        return
    margin: list[Packed] = [None] * start[1]
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [
            (value if value.isprintable() else packed(value)) or None
            if type(value) is str
            else packed(value)
            for value in values
        ]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield number, margin + cells if margin else cells


def _merges(sheet: Any) -> list[Merge]:
    ranges = sheet.merged_cell_ranges or []
    return [
        (top + 1, bottom + 1, left + 1, right + 1)
        for (top, left), (bottom, right) in ranges[:MOST_MERGES]
    ]


def _csv_rows(text: str) -> Iterator[NumberedRow]:
    """Yield the rows of a CSV file; the separator is the one its first lines have most of."""
    csv.field_size_limit(limits.LONGEST_CELL * 4)
    head = "\n".join(text.splitlines()[:20])
    separator = max(",\t;，|", key=head.count)
    filled = 0
    try:
        for number, values in enumerate(csv.reader(io.StringIO(text), delimiter=separator), 1):
            cells = [_csv_cell(value) for value in values]
            while cells and cells[-1] is None:
                cells.pop()
            if not cells:
                continue
            filled += 1
            if filled > limits.MOST_ROWS or len(cells) > limits.MOST_COLUMNS:
                raise DomainError(
                    f"表格最多 {limits.MOST_ROWS} 行、{limits.MOST_COLUMNS} 列，这个文件超过了。"
                    "请按乡镇或片区拆成几个文件再传。"
                )
            yield number, cells
    except csv.Error:
        raise DomainError(f"这个 CSV 文件的格式不对，读不下去。{sniff.SAVE_AS}") from None


def _csv_cell(value: str) -> Packed:
    """Return a cell's text; ="0123" and a leading tab are how programs keep digits as text."""
    text = value.strip()
    if len(text) > 3 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return packed(text)
