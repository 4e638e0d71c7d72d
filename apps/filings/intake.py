"""The one door to the reader: from the bytes of a file to what it says, and back with marks."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import BinaryIO

from openpyxl.utils import column_index_from_string

from apps.filings.annotate import annotate, annotate_grids
from apps.filings.contents import Finding, Grid, Reading
from apps.filings.opening.child import Opened, open_file
from apps.filings.reading import UnitWords, read_opened
from apps.filings.reading.grid import DenseRows
from apps.roster.choices import TEAM_KINDS
from apps.roster.models import Unit

#: {sheet: {"row:column": text}}; rows as Excel counts them, columns as letters
Corrections = Mapping[str, Mapping[str, str]]
WORKBOOKS = frozenset({"xlsx", "xlsm"})


def units() -> list[UnitWords]:
    """Return the words by which each of the 28 units is recognised."""
    rows = Unit.objects.active().filter(kind__in=TEAM_KINDS).order_by("order", "pk")
    return [UnitWords(row.code, row.name, row.full_name, tuple(row.aliases)) for row in rows]


def read(
    raw: bytes,
    name: str,
    *,
    default_unit_code: str = "",
    also_called: Iterable[str] = (),
    corrections: Corrections | None = None,
) -> Reading:
    """Read an uploaded file; cells in ``corrections`` are read as typed there.

    ``also_called`` are names that mean the default unit in this file: somebody said so.

    Raises:
        DomainError: the file cannot be read; one sentence says why and what to do.
    """
    opened = open_file(raw)
    for sheet, cells in (corrections or {}).items():
        _mend(opened, sheet, cells)
    names = tuple(also_called)
    words = [
        replace(unit, aliases=(*unit.aliases, *names)) if unit.code == default_unit_code else unit
        for unit in units()
    ]
    reading = read_opened(opened, name, units=words, default_unit_code=default_unit_code)
    reading.grids = []  # the cells; a large sheet's are as much again as its rows
    return reading


def _mend(opened: Opened, sheet_name: str, cells: Mapping[str, str]) -> None:
    """Put typed texts into their cells; what a cell held by error goes."""
    for sheet in opened.sheets:
        if sheet.name != sheet_name:
            continue
        for place, text in cells.items():
            number, _, letters = place.partition(":")
            row, column = int(number), column_index_from_string(letters)
            values = list(sheet.rows.get(row, []))
            values += [None] * (column - len(values))
            values[column - 1] = text
            sheet.rows[row] = values
            sheet.notes = [note for note in sheet.notes if note[:2] != (row, column)]


def mark(raw: bytes, findings: Iterable[Finding], target: BinaryIO) -> None:
    """Write the uploaded file to ``target`` as a workbook with its wrong cells coloured.

    A workbook is marked itself; another kind of file is written anew from its cells.

    Raises:
        DomainError: it cannot be opened again.
    """
    opened = open_file(raw)
    if opened.format in WORKBOOKS:
        annotate(raw, findings, target)
        return
    grids = (
        Grid(sheet.name, DenseRows(sheet.rows), is_hidden=sheet.is_hidden)
        for sheet in opened.sheets
    )
    annotate_grids(grids, findings, target)
