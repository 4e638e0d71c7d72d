"""The tables of a Word document, with the lines between them, as one sheet.

Lines stand in column A: the title and 报送单位 above a table and 负责人 below it are read as in a
workbook. Rows are counted over the whole document; the annotated copy has the same rows.
"""

import io
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from apps.core.errors import DomainError
from apps.filings.opening import guard, limits
from apps.filings.opening.cells import Packed, packed

_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT, _TAB, _BREAK, _DELETED = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr")), qn("w:del")
_WRAPPERS = (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml"))


def sheets(raw: bytes) -> Iterator[Any]:
    """Yield the document as one sheet.

    Raises:
        DomainError: the document is damaged or has no table.
    """
    from apps.filings.opening.parsers import RawSheet

    try:
        body = docx.Document(io.BytesIO(raw)).element.body
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, SyntaxError):
        raise DomainError(guard.BROKEN) from None
    walk = _Walk()
    rows = list(walk.rows(body))
    if not walk.tables:
        raise DomainError("这个 Word 文件里没有表格。请把内容填在附件 1 或附件 2 的表格里再传。")
    yield RawSheet("Word", rows, walk.merges)


class _Walk:
    """Goes through a document from top to bottom."""

    def __init__(self) -> None:
        self.merges: list[tuple[int, int, int, int]] = []
        self.tables = 0
        self.number = 0

    def rows(self, parent: Any) -> Iterator[tuple[int, list[Packed]]]:
        """Yield the numbered rows of lines and tables."""
        for element in _children(parent, (_PARAGRAPH, _TABLE)):
            if element.tag == _TABLE:
                self.tables += 1
                yield from self._table(element)
            elif text := _text_of(element).strip():
                self._count()
                yield self.number, [packed(text)]

    def _count(self) -> None:
        self.number += 1
        if self.number > limits.MOST_ROWS:
            raise DomainError(f"这个 Word 文件超过 {limits.MOST_ROWS} 行。请拆成几个文件再传。")

    def _table(self, table: Any) -> Iterator[tuple[int, list[Packed]]]:
        open_merges: dict[int, tuple[int, int]] = {}  # column → row it began at, its last column
        for row in _children(table, (_ROW,)):
            self._count()
            cells: list[Packed] = [None] * _before(row)
            going_on = {}
            for cell in _children(row, (_CELL,)):
                column, span, continues = len(cells) + 1, _span(cell), _continues(cell)
                if column + span - 1 > limits.MOST_COLUMNS:
                    raise DomainError(f"表格超过 {limits.MOST_COLUMNS} 列。请检查文件后再传。")
                if continues and column in open_merges:
                    going_on[column] = open_merges[column]
                else:
                    going_on[column] = (self.number, column + span - 1)
                cells.append(None if continues else packed(_cell_text(cell)))
                cells += [None] * (span - 1)
            self._close(open_merges, going_on)
            open_merges = going_on
            if any(value is not None for value in cells):
                yield self.number, cells
        self.number += 1
        self._close(open_merges, {})
        self.number -= 1

    def _close(self, old: dict[int, tuple[int, int]], new: dict[int, tuple[int, int]]) -> None:
        """Note the merged areas that end above the current row."""
        for column, (first, last_column) in old.items():
            is_merged = self.number - 1 > first or last_column > column
            if new.get(column, (0, 0))[0] != first and is_merged:
                self.merges.append((first, self.number - 1, column, last_column))


def _children(parent: Any, wanted: tuple[str, ...]) -> Iterator[Any]:
    """Yield children of some kinds, also those inside content controls and insertions."""
    for element in parent:
        if element.tag in wanted:
            yield element
        elif element.tag in _WRAPPERS:
            yield from _children(element, wanted)


def _text_of(paragraph: Any) -> str:
    """Return a paragraph's text without what tracked changes deleted."""
    pieces = []
    for element in paragraph.iter():
        if element.tag == _TEXT and not any(a.tag == _DELETED for a in element.iterancestors()):
            pieces.append(element.text or "")
        elif element.tag == _TAB and element.getparent().tag != qn("w:tabs"):
            pieces.append("\t")
        elif element.tag in _BREAK:
            pieces.append("\n")
    return "".join(pieces)


def _cell_text(cell: Any) -> str:
    """Return a cell's text, a line per paragraph; a table inside a cell gives its lines too."""
    return "\n".join(_text_of(one) for one in cell.iter(_PARAGRAPH)).strip()


def _property(element: Any, group: str, name: str) -> Any:
    properties = element.find(qn(group))
    return None if properties is None else properties.find(qn(name))


def _number(element: Any) -> int:
    value = "" if element is None else element.get(qn("w:val"), "")
    return int(value) if value.isdecimal() and len(value) < 5 else 0


def _before(row: Any) -> int:
    """Return how many columns a row leaves out at its beginning."""
    return min(_number(_property(row, "w:trPr", "w:gridBefore")), limits.MOST_COLUMNS)


def _span(cell: Any) -> int:
    return max(_number(_property(cell, "w:tcPr", "w:gridSpan")), 1)


def _continues(cell: Any) -> bool:
    """Say whether a cell only continues the one above."""
    merge = _property(cell, "w:tcPr", "w:vMerge")
    return merge is not None and merge.get(qn("w:val"), "continue") == "continue"
