"""Flat lists as files: .xlsx and .csv written while the rows come, and the names they get.

Any ledger uses these: give columns and rows, get a file with a frozen head, the filters in row 1,
codes as text, real dates, and who exported it when (reliability.md R16, ux.md UX-12).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, BinaryIO
from urllib.parse import quote

from apps.core import clock, formulas
from apps.core.sheets import LAST_ROW, Book, Style, footer_text, put, put_text, text_width

HEAD_ROW = 1  # row 1 in Excel's counting holds the filters, row 2 the head
LOOKED_AT = 500  # so many rows decide how wide a column becomes
WIDEST = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: by the ending of a file that we write ourselves
TYPES = {"xlsx": XLSX, "docx": DOCX, "csv": "text/csv; charset=utf-8"}
LONGEST_FILE_NAME = 120
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f\x7f]+')


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    MOMENT = "MOMENT"
    PERCENT = "PERCENT"


@dataclass(frozen=True)
class ExportColumn:
    """A column of a file. TEXT keeps phones and codes as they are, leading zeros included.

    PERCENT expects the exact ratio (0.9345) and shows two decimals. ``width`` is in half-width
    columns; without it the first rows decide.
    """

    label: str
    kind: Kind = Kind.TEXT
    width: int | None = None


@dataclass(frozen=True)
class Stamp:
    """Who took the file out, for which unit, when."""

    name: str
    unit: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.unit} {self.name} {clock.local(self.at):%Y-%m-%d %H:%M}"


NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.NUMBER: "General",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.PERCENT: "0.00%",
}
_LEAST = {Kind.TEXT: 8, Kind.NUMBER: 8, Kind.DATE: 12, Kind.MOMENT: 18, Kind.PERCENT: 10}


class _List:
    """The sheets of a flat list; a new one is begun when Excel's last row is reached."""

    def __init__(
        self, book: Book, title: str, columns: Sequence[ExportColumn], filters: str, stamp: Stamp
    ) -> None:
        self.book, self.title, self.columns = book, title, columns
        self.filters, self.stamp = filters, stamp
        line = {"font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#BFBFBF"}
        self.styles: list[Style] = [
            book.style(**line, num_format=NUMBER_FORMATS[column.kind]) for column in columns
        ]
        self.head = book.style(**line, bold=True, bg_color="#E8EEF4", text_wrap=True)
        self.note = book.style(font_size=9, font_color="#595959")
        self.count = 0
        self._open()

    def _open(self) -> None:
        self.sheet = self.book.sheet(self.title)
        self.row = HEAD_ROW
        self.widths = [text_width(column.label) + 4 for column in self.columns]
        put_text(self.sheet, 0, 0, f"筛选条件：{self.filters or '无'}", self.note)
        for index, column in enumerate(self.columns):
            put_text(self.sheet, HEAD_ROW, index, column.label, self.head)
        self.sheet.freeze_panes(HEAD_ROW + 1, 0)
        self.sheet.repeat_rows(HEAD_ROW)
        self.sheet.set_paper(9)
        self.sheet.set_landscape()
        self.sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        self.sheet.fit_to_pages(1, 0)
        left, right = footer_text(self.title)[:60], footer_text(str(self.stamp))[:120]
        self.sheet.set_footer(f"&L&9{left}&C&9第 &P 页 共 &N 页&R&9{right}")

    def add(self, row: Iterable[Any]) -> None:
        """Write the next row."""
        if self.row + 1 >= LAST_ROW:
            self.finish()
            self._open()
        self.row += 1
        self.count += 1
        for index, (column, value) in enumerate(zip(self.columns, row, strict=True)):
            if column.kind is Kind.TEXT:
                text = _as_text(value)
                put_text(self.sheet, self.row, index, text, self.styles[index])
            else:
                put(self.sheet, self.row, index, value, self.styles[index])
                text = str(value) if column.kind is Kind.NUMBER else ""
            if self.count <= LOOKED_AT:
                self.widths[index] = max(self.widths[index], text_width(text) + 2)

    def finish(self) -> None:
        """Set what depends on the rows: widths and the filter buttons."""
        for index, column in enumerate(self.columns):
            fitted = min(max(self.widths[index], _LEAST[column.kind]), WIDEST)
            self.sheet.set_column(index, index, column.width or fitted)
        if self.columns:
            self.sheet.autofilter(HEAD_ROW, 0, self.row, len(self.columns) - 1)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 13812345678.0 was a phone
    return str(value)


def write_xlsx(
    target: BinaryIO,
    *,
    title: str,
    columns: Sequence[ExportColumn],
    rows: Iterable[Sequence[Any]],
    stamp: Stamp,
    filters: str = "",
) -> int:
    """Write a list to ``target`` and return how many rows it has.

    ``rows`` is read once, one row in memory at a time; each row has one value per column.
    A second sheet 导出说明 says who, when, which filters and how many rows.
    """
    with Book(target, title=title, author=stamp.name) as book:
        listed = _List(book, title, columns, filters, stamp)
        for row in rows:
            listed.add(row)
        listed.finish()
        _watermark(book, listed)
    return listed.count


def _watermark(book: Book, listed: _List) -> None:
    sheet = book.sheet("导出说明")
    label = book.style(bold=True, valign="top")
    text = book.style(text_wrap=True, valign="top")
    stamp = listed.stamp
    facts = (
        ("内容", listed.title),
        ("导出人", stamp.name),
        ("导出单位", stamp.unit),
        ("导出时间", f"{clock.local(stamp.at):%Y-%m-%d %H:%M:%S}"),
        ("筛选条件", listed.filters or "无"),
        ("行数", f"{listed.count:,}"),
        ("提示", "内部资料，仅限工作使用；含个人信息的，请妥善保管，不得外传。"),
    )
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 70)
    for row, (name, value) in enumerate(facts):
        put_text(sheet, row, 0, name, label)
        put_text(sheet, row, 1, value, text)


def csv_lines(columns: Sequence[ExportColumn], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield a list as a CSV file line by line: the head, then the rows, nothing else."""
    shown = ([_csv_value(column, value) for column, value in zip(columns, row, strict=True)] for row in rows)  # fmt: skip
    return formulas.csv_lines([column.label for column in columns], shown)


def _csv_value(column: ExportColumn, value: Any) -> Any:
    if column.kind is Kind.TEXT or isinstance(value, bool):
        return _as_text(value)
    if column.kind is Kind.PERCENT and value is not None:
        return f"{value:.2%}"
    if isinstance(value, datetime):
        moment = clock.local(value) if value.tzinfo is not None else value
        return f"{moment:%Y-%m-%d %H:%M}"
    return value


def file_name(*parts: str, on: date | None = None, by: str = "", suffix: str) -> str:
    """Return a name such as ``经营主体统计表_渔阳镇_20260318_赵敏.xlsx``.

    What Windows, WPS or a header cannot bear is left out, at most 120 characters stay.
    """
    pieces = [*parts, f"{on:%Y%m%d}" if on else "", by]
    stem = "_".join(clean for piece in pieces if (clean := _name_piece(piece)))
    return (stem[: LONGEST_FILE_NAME - len(suffix)] or "导出") + suffix


def _name_piece(text: str) -> str:
    """Drop what file names cannot hold, and characters that only turn or hide text."""
    kept = "".join(
        char
        for char in unicodedata.normalize("NFC", formulas.storable(text))
        if unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cs"}
    )
    return _NOT_IN_NAMES.sub("", kept).strip("._ ")


def disposition(name: str) -> str:
    """Return the Content-Disposition of a download, both forms of RFC 6266.

    Old clients read ``filename`` (ASCII only), all others ``filename*``.
    """
    stem, dot, suffix = name.rpartition(".")
    plain = "_".join(re.findall(r"[A-Za-z0-9-]+", stem))
    suffix = re.sub(r"[^A-Za-z0-9]", "", suffix)
    plain = f"{plain or 'export'}{dot}{suffix}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
