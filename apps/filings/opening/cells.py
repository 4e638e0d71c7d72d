"""A cell's value on its way from the child to us: JSON and nothing else is trusted.

Texts, whole and broken numbers, truth values and None travel as they are; everything else as a pair
of a mark and a text.
"""

from datetime import date, datetime, time, timedelta
from math import isfinite

from apps.filings.opening import limits

EXACT = 10**15  # whole numbers below it are exact in a spreadsheet's double
#: a cell as JSON has it
Packed = str | int | float | bool | None | list[str]
DATE, DATETIME, OTHER = "d", "t", "o"


def packed(value: object) -> Packed:
    """Return a parser's value as JSON can carry it; an empty text becomes None."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        # a lone surrogate has no UTF-8 form, so it would break every later write
        text = value[: limits.LONGEST_CELL]
        return text if text.isprintable() else text.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, bool | int):
        return value
    return _other(value)


def _number(value: float) -> Packed:
    if not isfinite(value):
        return "#NUM!"
    if value.is_integer() and abs(value) < EXACT:
        return int(value)
    return value


def _other(value: object) -> Packed:
    if isinstance(value, datetime):
        if value.time() == time():
            return [DATE, value.date().isoformat()]
        return [DATETIME, value.isoformat(" ", "seconds")]
    if isinstance(value, date):
        return [DATE, value.isoformat()]
    if isinstance(value, timedelta | time):
        return [OTHER, str(value)]
    return [OTHER, str(value)[: limits.LONGEST_CELL]]


#: a cell as we work with it
Cell = str | int | float | bool | date | datetime | None


def unpacked(value: Packed) -> Cell:
    """Return what ``packed`` was given, as far as it matters; odd values come as text."""
    if not isinstance(value, list):
        return value
    kind, text = value
    if kind == DATE:
        return date.fromisoformat(text)
    if kind == DATETIME:
        return datetime.fromisoformat(text)
    return text
