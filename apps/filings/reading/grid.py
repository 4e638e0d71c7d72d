"""A sheet's cells as the reader walks over them: by row and column, merged areas filled."""

from collections.abc import Iterator, Sequence

from apps.filings.opening.cells import Cell
from apps.filings.opening.child import Sheet
from apps.filings.reading.text import text_of


class Table:
    """A sheet with its filled rows in order; columns are counted from 0, rows from 1 as in Excel."""

    def __init__(self, sheet: Sheet) -> None:
        self.name = sheet.name
        self.notes = {(row, column - 1): value for row, column, value in sheet.notes}
        #: a row of formulas without results has no values, and is a row all the same
        self.rows = (
            {**{row: [] for row, _ in self.notes}, **sheet.rows} if self.notes else sheet.rows
        )
        self.noted = {row for row, _ in self.notes}
        self.numbers = sorted(self.rows)
        self._merges = sheet.merges

    def texts(self, number: int) -> list[str]:
        """Return a row's cells as text."""
        return [text_of(cell) for cell in self.rows.get(number, ())]

    def filled(self, number: int) -> list[tuple[int, str]]:
        """Return the filled cells of a row as (column, text)."""
        return [(at, text) for at, text in enumerate(self.texts(number)) if text]

    def header_texts(self, number: int) -> dict[int, str]:
        """Return a header row's texts by column; a text merged over columns stands in each."""
        texts = dict(self.filled(number))
        for top, _, left, right in self._merges:
            if top == number and right > left and left - 1 in texts:
                for column in range(left, min(right, left + 60)):
                    texts.setdefault(column, texts[left - 1])
        return texts

    def merged_down(self, column: int, first: int, last: int) -> dict[int, int]:
        """Return, for rows of a column that lie inside a merged area, the area's first row.

        Only areas that begin at or below ``first`` count: a title merged over everything fills
        nothing. ``last`` is the last row that matters.
        """
        anchors: dict[int, int] = {}
        for top, bottom, left, right in self._merges:
            if bottom > top >= first and left - 1 <= column <= right - 1 and left == right:
                for row in range(top + 1, min(bottom, last) + 1):
                    anchors.setdefault(row, top)
        return anchors


class DenseRows(Sequence[list[Cell]]):
    """The rows of a sheet from the first one on, with empty ones between, made as they are read."""

    def __init__(self, rows: dict[int, list[Cell]]) -> None:
        self._rows = rows
        self._last = max(rows, default=0)

    def __len__(self) -> int:
        return self._last

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        """Return a row, counted from 0."""
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(self._last))]
        if not -self._last <= index < self._last:
            raise IndexError(index)
        return self._rows.get(index % self._last + 1, [])

    def __iter__(self) -> Iterator[list[Cell]]:
        return (self._rows.get(number, []) for number in range(1, self._last + 1))
