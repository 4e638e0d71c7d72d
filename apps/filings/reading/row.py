"""One row under a header: its cells by meaning, and what is said about them."""

from apps.filings.opening.cells import Cell
from apps.filings.reading.findings import Notes
from apps.filings.reading.grid import Table
from apps.filings.reading.labels import WORDS
from apps.filings.reading.text import text_of

ERROR_VALUE = "单元格是公式错误 {value}，没有可用的内容。"
NO_RESULT = "单元格是公式，文件里没有存下计算结果。"
RETYPE = "请在 Excel 里把它改成直接填写的内容，再传。"


class Row:
    """The row that is being read; ``turn`` goes to the next one."""

    def __init__(
        self, table: Table, columns: dict[str, int], notes: Notes, first: int, last: int
    ) -> None:
        self.table, self.columns, self.notes = table, columns, notes
        self.number = 0
        self.cells: list[Cell] = []
        #: by meaning: rows inside a merged area → the area's first row
        self.anchors = {
            name: table.merged_down(column, first, last) for name, column in columns.items()
        }

    def turn(self, number: int) -> None:
        """Go to a row."""
        self.number, self.cells = number, self.table.rows[number]

    def cell(self, name: str) -> Cell:
        """Return the cell of a meaning; an empty one inside a merged area has the area's value."""
        column = self.columns.get(name)
        if column is None:
            return None
        value = self.cells[column] if column < len(self.cells) else None
        if value is None and self.number in self.anchors[name]:
            above = self.table.rows.get(self.anchors[name][self.number], [])
            value = above[column] if column < len(above) else None
        return value

    def text(self, name: str) -> str:
        """Return the text of ``cell``."""
        return text_of(self.cell(name))

    def own(self, name: str) -> str:
        """Return the text of a cell itself, without merged areas."""
        column = self.columns.get(name)
        if column is None or column >= len(self.cells):
            return ""
        return text_of(self.cells[column])

    def texts(self) -> dict[int, str]:
        """Return the filled cells by column."""
        return {at: text for at, cell in enumerate(self.cells) if (text := text_of(cell))}

    def warn(self, name: str, value: str, message: str, advice: str = "") -> None:
        """Say that a cell is left empty or looks doubtful."""
        self.warn_at(self.columns.get(name), name, value, message, advice)

    def warn_at(
        self, column: int | None, name: str, value: str, message: str, advice: str = ""
    ) -> None:
        """Say it of one of several columns with the same meaning."""
        self.notes.warn(self.number, column, WORDS[name], value, message, advice)

    def refuse(self, name: str, value: str, message: str, advice: str = "") -> None:
        """Say that the row is not taken because of a cell."""
        self.notes.refuse(self.number, self.columns.get(name), WORDS[name], value, message, advice)

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row, not even a formula without result."""
        return self.number not in self.table.noted and not self.texts()

    def say_formula_errors(self) -> None:
        """Say which cells are formulas without a usable result."""
        if not self.table.notes:
            return
        for name, column in self.columns.items():
            value = self.table.notes.get((self.number, column))
            if value is not None and name in WORDS:
                message = ERROR_VALUE.format(value=value) if value else NO_RESULT
                self.warn(name, value, message, RETYPE)
