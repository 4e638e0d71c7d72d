"""Columns without a label we know, recognised by what stands in them. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from apps.filings.contents import Appendix
from apps.filings.reading import kinds, labels, phone_cells, zones
from apps.filings.reading.grid import Table
from apps.filings.reading.labels import COUNT, KIND, NAME, PHONE, SEQ, UNIT, WORDS, ZONE
from apps.filings.reading.layouts import Block, Header, content_rows
from apps.filings.reading.text import column_letter, is_nothing
from apps.filings.reading.units import Units

ENOUGH = 0.6  # share of the filled cells that must look right
LEAST = 2


def completed(table: Table, block: Block, units: Units) -> tuple[Header, list[str]]:
    """Return the header with the columns found by their content, and what was found, in words."""
    header = block.header
    rows = list(content_rows(table, block))
    header = _township_column(header, rows, units)
    remarks = []
    for name, looks_right in _wanted(header, units):
        column = _column_like(header, rows, looks_right)
        if column is None:
            continue
        header = replace(header, columns={**header.columns, name: column})
        if name == PHONE:
            header = replace(header, phones=(column,))
        label = header.texts.get(column, "")
        how = f"表头“{label}”认不出" if label else "没有表头"
        remarks.append(f"{column_letter(column)} 列{how}，按内容当作{WORDS[name]}。")
    return header, remarks


def _wanted(header: Header, units: Units) -> Iterable[tuple[str, Callable[[str], bool]]]:
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        (ZONE, lambda text: zones.is_zone(text, units)),
        (PHONE, lambda text: bool(phone_cells.read(text).numbers)),
        (KIND, lambda text: bool(kinds.kind_of(text).kind)),
    )
    for name, test in tests:
        if name == KIND and header.appendix is Appendix.ZONES:
            continue
        if name not in header.columns:
            yield name, test


def _township_column(header: Header, rows: list[list[str]], units: Units) -> Header:
    """The official label of the zones' column is the township's name; tell it from a column of
    townships by what stands below.
    """
    if UNIT not in header.columns:
        return header
    column = header.columns[UNIT]
    if ZONE not in header.columns:
        texts = [row[column] for row in rows if column < len(row) and row[column]]
        named = sum(units.named(text) is not None for text in texts)
        if not texts or named * 2 < len(texts):
            moved = {**header.columns, ZONE: column}
            del moved[UNIT]
            return replace(header, columns=moved)
    return header


def _column_like(
    header: Header, rows: list[list[str]], looks_right: Callable[[str], bool]
) -> int | None:
    """Return the one free column whose cells look right, else None."""
    taken = {*header.columns.values(), *header.phones}
    width = max((len(row) for row in rows), default=0)
    fitting = []
    for column in range(width):
        if column in taken or labels.meaning(header.texts.get(column, "")) in (NAME, SEQ, COUNT):
            continue
        texts = [row[column] for row in rows if column < len(row) and not is_nothing(row[column])]
        good = sum(looks_right(text) for text in texts)
        if texts and good >= ENOUGH * len(texts) and (good >= LEAST or len(rows) < 2 * LEAST):
            fitting.append(column)
    return fitting[0] if len(fitting) == 1 else None
