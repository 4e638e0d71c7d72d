"""Both appendices as workbooks in the official layout, row by row in constant memory.

Everything a reader takes from the form is written in its canonical words, so that a file that
nobody touched reads back to the same data.
"""

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from apps.core.exports import Stamp
from apps.core.sheets import (
    TALLEST_ROW,
    Book,
    Style,
    footer_text,
    lines_in,
    merge,
    put,
    put_text,
    text_width,
)
from apps.filings import official
from apps.filings.contents import Appendix
from apps.filings.official import Form, ZoneOrder

WIDTHS = {
    Appendix.ZONES: (6, 22, 46, 14, 10, 20, 26),
    Appendix.ENTITIES: (16, 7, 40, 16, 14, 26),
}
EXTRA_WIDTHS = {"credit_code": 24, "address": 36}
HEAD_ROWS = 5  # mark, title, unit and date, two lines of labels
LINE = 16.5  # points one line of text takes
LEAST = 21.0
FILL = 0.9  # share of a column that text fills, next to its margins
BODY = {
    "font_name": "仿宋_GB2312",
    "font_size": 11,
    "border": 1,
    "text_wrap": True,
    "valign": "vcenter",
}


class Styles:
    """The cell formats of a workbook of forms."""

    def __init__(self, book: Book) -> None:
        plain = {"font_name": "仿宋_GB2312", "font_size": 12, "valign": "vcenter"}
        self.mark = book.style(font_name="黑体", font_size=14, valign="vcenter")
        self.title = book.style(
            font_name="方正小标宋简体", font_size=18, align="center", valign="vcenter"
        )
        self.line = book.style(**plain)
        self.note = book.style(**{**plain, "font_size": 11}, text_wrap=True)
        self.head = book.style(**{**BODY, "font_name": "黑体"}, align="center")
        self.left = book.style(**BODY, num_format="@")
        self.centre = book.style(**BODY, align="center", num_format="@")
        self.number = book.style(**BODY, align="center", num_format="0")
        self.example = book.style(**BODY, num_format="@", font_color="#7F7F7F", italic=True)


def write(
    target: BinaryIO,
    forms: Iterable[Form],
    *,
    stamp: Stamp | None = None,
    extra: Sequence[str] = (),
) -> int:
    """Write a workbook with one sheet per form and return the number of zones and entities.

    ``extra`` adds columns to Appendix 2 (keys of ``official.EXTRA_LABELS``). ``stamp`` goes into
    the page footers.

    Raises:
        ValueError: there is no form at all, or rows do not come zone by zone.
    """
    count, sheets = 0, 0
    with Book(target, author=stamp.name if stamp else "") as book:
        styles = Styles(book)
        for form in forms:
            sheets += 1
            page = Page(book, styles, form, extra=extra, stamp=stamp)
            count += page.fill()
    if not sheets:
        raise ValueError("nothing to write")
    return count


class Page:
    """One form on its sheet; ``row`` is the next free row, counted from 0."""

    def __init__(
        self,
        book: Book,
        styles: Styles,
        form: Form,
        *,
        extra: Sequence[str] = (),
        stamp: Stamp | None = None,
    ) -> None:
        self.form, self.styles, self.extra = form, styles, extra
        self.sheet: Any = book.sheet(f"{official.MARKS[form.appendix]} {form.unit}")
        self.is_zones = form.appendix is Appendix.ZONES
        if self.is_zones:
            self.extra = ()
        self.widths = (*WIDTHS[form.appendix], *(EXTRA_WIDTHS[key] for key in self.extra))
        self.last = len(self.widths) - 1
        self.row = 0
        self._set_up(stamp)

    def fill(self) -> int:
        """Write everything and return the number of zones or entities."""
        self.head()
        count = self._zones() if self.is_zones else self._entities()
        self.foot()
        return count

    def _set_up(self, stamp: Stamp | None) -> None:
        sheet = self.sheet
        for index, width in enumerate(self.widths):
            sheet.set_column(index, index, width)
        sheet.set_default_row(LEAST)
        sheet.set_paper(9)
        if self.is_zones:
            sheet.set_landscape()
        sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.repeat_rows(HEAD_ROWS - 2, HEAD_ROWS - 1)
        sheet.freeze_panes(HEAD_ROWS, 0)
        right = footer_text(f"导出：{stamp}")[:150] if stamp else ""
        sheet.set_footer(f"&C&9第 &P 页 共 &N 页&R&9{right}")

    def head(self) -> None:
        """Write the five rows above the data."""
        form, styles = self.form, self.styles
        self.sheet.set_row(0, 24)
        put_text(self.sheet, 0, 0, official.MARKS[form.appendix], styles.mark)
        self._whole_line(1, official.TITLES[form.appendix], styles.title, height=36)
        unit, filed = official.unit_text(form.unit), official.date_text(form.filed_on)
        # one cell as on the printed form: the date stands right by blanks
        room = int(sum(self.widths) * 0.88) - text_width(unit) - text_width(filed)
        self._whole_line(2, f"{unit}{' ' * max(room, 8)}{filed}", styles.line, height=24)
        upper, lower, across = self._labels()
        for row, labels in ((3, upper), (4, lower)):
            self.sheet.set_row(row, 24 if row == 3 else 34)
            for column, label in enumerate(labels):
                put_text(self.sheet, row, column, label, styles.head)
        for column in range(self.last + 1):
            if column not in across:
                merge(self.sheet, 3, column, 4, column)
        merge(self.sheet, 3, across.start, 3, across.stop - 1)
        self.row = HEAD_ROWS

    def _labels(self) -> tuple[list[str], list[str], range]:
        """Return both lines of labels and the columns under the common one."""
        if self.is_zones:
            upper = [*official.ZONE_LABELS[:4], official.STAFF_LABEL, "", ""]
            upper[1] = self.form.unit
            return upper, ["", "", "", "", *official.ZONE_LABELS[4:]], range(4, 7)
        extra = [official.EXTRA_LABELS[key] for key in self.extra]
        lower = [*official.ENTITY_LABELS, *extra]
        upper = [self.form.unit, official.ENTITY_LABEL, *[""] * (len(lower) - 2)]
        return upper, lower, range(1, len(lower))

    def foot(self) -> None:
        """Write the leader's line and the notes."""
        if self.is_zones:
            text = official.leader_text(self.form.leader)
            self._whole_line(self.row, text, self.styles.line, height=28)
        for note in official.NOTES[self.form.appendix]:
            height = 2 + LINE * lines_in(note, sum(self.widths) * FILL)
            self._whole_line(self.row, note, self.styles.note, height=height)
        self.sheet.print_area(0, 0, self.row - 1, self.last)

    def _whole_line(self, row: int, text: str, style: Style, *, height: float) -> None:
        self.sheet.set_row(row, height)
        put_text(self.sheet, row, 0, text, style)
        merge(self.sheet, row, 0, row, self.last)
        self.row = row + 1

    def _zones(self) -> int:
        count = 0
        for count, zone in enumerate(self.form.zones, start=1):
            lines = list(official.zone_cells(self.form, count, zone))
            high = self._height(lines[0][:4])
            top = self.row
            for cells in lines:
                # the range stands in all lines of the zone together
                self.put_row(cells, least=high / len(lines))
            for column in range(4):
                merge(self.sheet, top, column, self.row - 1, column)
        if not count:
            self.blank(official.BLANK_ROWS)
        return count

    def _entities(self) -> int:
        order, number, count, top = ZoneOrder(), 0, 0, self.row
        for row in self.form.entities:
            before, first = order.zone, None
            if order.begins(row.zone):
                self._merge_zone(before, top)
                number, top, first = 0, self.row, row.zone
            number += 1
            count += 1
            self.put_row((first, *official.entity_cells(row, number, self.extra)))
        self._merge_zone(order.zone, top)
        if not count:
            self.blank(official.BLANK_ROWS)
        return count

    def _merge_zone(self, zone: str | None, top: int) -> None:
        if zone:
            merge(self.sheet, top, 0, self.row - 1, 0)

    def put_row(self, cells: Sequence[object], *, least: float = LEAST) -> None:
        """Write one line of the table, as high as its text needs."""
        height = max(least, self._height(cells[4:] if self.is_zones else cells))
        if height > LEAST:
            self.sheet.set_row(self.row, min(height, TALLEST_ROW))
        for column, value in enumerate(cells):
            put(self.sheet, self.row, column, value, self._style(column, value))
        self.row += 1

    def blank(self, rows: int) -> None:
        """Write empty lines of the table."""
        for _ in range(rows):
            self.put_row((None,) * (self.last + 1))

    def _style(self, column: int, value: object) -> Style:
        if isinstance(value, int):
            return self.styles.number
        if column == 2:  # the range of a zone, the name of an entity
            return self.styles.left
        return self.styles.left if column > 5 and not self.is_zones else self.styles.centre

    def _height(self, cells: Sequence[object]) -> float:
        """Return the points that the texts need; ``cells`` end with the last or 4th column."""
        start = 4 if self.is_zones and len(cells) == 3 else 0
        widths = self.widths[start : start + len(cells)]
        lines = 1
        for width, value in zip(widths, cells, strict=True):
            if isinstance(value, str):
                lines = max(lines, lines_in(value, width * FILL))
        return max(LEAST, 5.0 + LINE * lines) if lines > 1 else LEAST
