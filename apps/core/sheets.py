"""Workbooks written row by row in constant memory: the few things all our .xlsx files share.

Rows must be written from top to bottom; a row that is finished is on disk.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil, isfinite
from typing import Any, BinaryIO

import xlsxwriter

from apps.core import clock
from apps.core.formulas import is_risky, printable, storable

LAST_ROW = 1_048_576
LONGEST_NAME = 31
LONGEST_TEXT = 32_767
CUT = "…（过长，已截断）"
EXACT_DIGITS = 15  # more than these a spreadsheet number cannot hold
TALLEST_ROW = 409
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Style:
    """A cell format and its twin for text that looks like a formula.

    The twin carries the mark that Excel calls quotePrefix, so that the text stays text when
    somebody edits the cell.
    """

    plain: Any
    quoted: Any


def text_width(text: str) -> int:
    """Return the width of the widest line in half-width columns; a Chinese character has two."""
    if text.isascii() and "\n" not in text:
        return len(text)
    return max(
        sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line)
        for line in text.split("\n")
    )


def lines_in(text: str, width: float) -> int:
    """Return how many lines the text takes in a column of that many half-width columns."""
    # most texts fit: one byte stands for one column, the three of a Chinese character for two
    if (len(text) + len(text.encode(errors="replace"))) / 2 <= width and "\n" not in text:
        return 1
    return sum(max(1, ceil(text_width(line) / width)) for line in text.split("\n"))


def sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a name that Excel accepts and that is not taken yet; it is then added to ``taken``.

    At most 31 UTF-16 units, no ``[]:*?/\\``, no apostrophe at either end, unique without regard
    to case.
    """
    clean = _FORBIDDEN.sub("", storable(wanted)).strip(" '")
    if not clean or clean.casefold() == "history":  # Excel keeps this one to itself
        clean = f"{clean}表"
    name, number = _shortened(clean, LONGEST_NAME), 1
    while name.casefold() in taken:
        number += 1
        tail = f"({number})"
        name = _shortened(clean, LONGEST_NAME - len(tail)) + tail
    taken.add(name.casefold())
    return name


def _shortened(text: str, units: int) -> str:
    while len(text.encode("utf-16-le")) > units * 2:
        text = text[:-1]
    return text.rstrip(" '")


def footer_text(text: str) -> str:
    """Return text for a page header or footer, where ``&`` starts a code."""
    return printable(text).replace("\n", " ").replace("&", "&&")


class Book:
    """A workbook under way. Close it, or use it in a ``with`` statement."""

    def __init__(self, target: BinaryIO, *, title: str = "", author: str = "") -> None:
        self._book = xlsxwriter.Workbook(
            target,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.set_properties({"title": printable(title), "author": printable(author)})
        self._taken: set[str] = set()

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # a file that was not finished is of no use, but its temporary files must go
        self.close()

    def close(self) -> None:
        """Write the file out."""
        self._book.close()

    def style(self, **properties: Any) -> Style:
        """Return a format and its twin for text that looks like a formula."""
        return Style(
            self._book.add_format(properties),
            self._book.add_format({**properties, "quote_prefix": True}),
        )

    def sheet(self, wanted: str) -> Any:
        """Open the next sheet; its name is made fit and unique."""
        return self._book.add_worksheet(sheet_name(wanted, self._taken))


def put_text(sheet: Any, row: int, column: int, text: str, style: Style) -> None:
    """Write text as text, whatever it looks like; row and column count from 0."""
    text = storable(text)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT // 2] + CUT
    cell_format = style.quoted if is_risky(text) else style.plain
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes such text for its own finished markup and would copy it as it is
        sheet.write_rich_string(row, column, "<", "r", text[2:], cell_format)
    elif text:
        sheet.write_string(row, column, text, cell_format)
    else:
        sheet.write_blank(row, column, None, style.plain)


def put(sheet: Any, row: int, column: int, value: Any, style: Style) -> None:
    """Write a value by its type: numbers as numbers, dates as dates, all else as text.

    Moments are moved to Asia/Shanghai; a number too long to be exact becomes text.
    """
    if isinstance(value, str):  # by far the most frequent
        put_text(sheet, row, column, value, style)
    elif value is None:
        sheet.write_blank(row, column, None, style.plain)
    elif isinstance(value, bool):
        put_text(sheet, row, column, "是" if value else "否", style)
    elif isinstance(value, (int, float, Decimal)):
        _put_number(sheet, row, column, value, style)
    elif isinstance(value, date) and value.year > 1900:
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = clock.local(value).replace(tzinfo=None)
        sheet.write_datetime(row, column, value, style.plain)
    else:
        put_text(sheet, row, column, str(value), style)


def _put_number(
    sheet: Any, row: int, column: int, value: int | float | Decimal, style: Style
) -> None:
    if not isfinite(value):
        sheet.write_blank(row, column, None, style.plain)
    elif isinstance(value, int) and abs(value) >= 10**EXACT_DIGITS:
        put_text(sheet, row, column, str(value), style)
    else:
        sheet.write_number(row, column, value, style.plain)


def merge(sheet: Any, top: int, left: int, bottom: int, right: int) -> None:
    """Merge cells that have been written already (the first holds the text, the rest nothing).

    XlsxWriter's own ``merge_range`` writes ahead into later rows, which constant memory forbids,
    and keeps a record of each cell.
    """
    if (top, left) != (bottom, right):
        sheet.merge.append([top, left, bottom, right])
