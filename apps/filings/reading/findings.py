"""Collects what is to be said about the cells of one part."""

from apps.filings.contents import Finding, Level, Part, Skipped
from apps.filings.reading.text import column_letter, said

EXAMPLE = "示例行"
TOTAL = "小计、合计行"
REPEATED = "重复的表头"
EMPTY = "空行"
NUMBERED = "只有序号"
HEADING = "片区标题行"
COLUMN_NUMBERS = "列号行"
END = "“以下空白”行"
LONG_GAP = 20  # so many empty rows in a row are said once


class Notes:
    """Adds findings and skipped rows to a part; columns are counted from 0, None is no column."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def warn(
        self, row: int, column: int | None, field: str, value: str, message: str, advice: str = ""
    ) -> None:
        """Say that a cell is left empty or looks doubtful."""
        self._add(Level.WARNING, row, column, field, value, message, advice)

    def refuse(
        self, row: int, column: int | None, field: str, value: str, message: str, advice: str = ""
    ) -> None:
        """Say that a row is not taken."""
        self._add(Level.ERROR, row, column, field, value, message, advice)

    def skip(self, row: int, reason: str) -> None:
        """Say that a row is left out on purpose."""
        self.part.skipped.append(Skipped(row, reason))

    def gap(self, first: int, last: int) -> None:
        """Say that rows between others are empty."""
        if last - first + 1 > LONG_GAP:
            self.skip(first, f"{EMPTY}（第 {first} 至 {last} 行）")
        else:
            for row in range(first, last + 1):
                self.skip(row, EMPTY)

    def _add(
        self,
        level: Level,
        row: int,
        column: int | None,
        field: str,
        value: str,
        message: str,
        advice: str,
    ) -> None:
        letter = "" if column is None else column_letter(column)
        self.part.findings.append(
            Finding(level, self.part.sheet, row, letter, field, said(value), message, advice)
        )
