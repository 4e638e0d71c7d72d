"""Text that a spreadsheet program would take for a formula (reliability.md B4).

In a workbook such text is stored as text and marked so (see ``apps.core.sheets``): nothing is
added. A CSV file cannot say that a cell is text, so there an apostrophe goes in front, and
``from_csv`` takes exactly that apostrophe away again.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from csv import writer as csv_writer
from typing import Any

BOM = "\ufeff"  # without it Excel reads UTF-8 as GBK
#: what starts a formula, full-width twins and line breaks included; blanks in front do not help
_START = r"[ \u00a0\u3000]*[=+\-@\t\r\n＝＋－＠﹢﹣﹫]"
_RISKY = re.compile(_START)
#: also text that already has the apostrophe, or taking it away would not be exact
_ESCAPED = re.compile(rf"'*{_START}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?%?")
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_risky(text: str) -> bool:
    """Say whether a spreadsheet program might take the text for a formula."""
    return _RISKY.match(text) is not None


def storable(text: str) -> str:
    """Return the text without lone surrogates, which no file format can hold."""
    return text if text.isprintable() else _SURROGATE.sub("\ufffd", text)


def printable(text: str) -> str:
    """Return the text without control characters except tab and line feed (XML 1.0)."""
    kept = (char for char in storable(text) if char in "\t\n" or unicodedata.category(char) != "Cc")
    return "".join(kept).replace("\ufffe", "").replace("\uffff", "")


def to_csv(value: Any) -> str:
    """Return a cell of a CSV file; text that would start a formula gets an apostrophe in front.

    Numbers stay as they are, also numbers that came as text (``-5``, ``-8.5%``).
    """
    if value is None:
        return ""
    text = storable(str(value))
    if _ESCAPED.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def from_csv(text: str) -> str:
    """Return what ``to_csv`` was given: the inverse for every text."""
    return text[1:] if text.startswith("'") and _ESCAPED.match(text) else text


class _Echo:
    def write(self, text: str) -> str:
        """Hand the line back instead of keeping it."""
        return text


def csv_lines(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield a CSV file line by line, BOM first; nothing but the present line is in memory."""
    line = csv_writer(_Echo())
    yield BOM + line.writerow([to_csv(cell) for cell in head])
    for row in rows:
        yield line.writerow([to_csv(cell) for cell in row])
