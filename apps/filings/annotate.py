"""The workbook that somebody uploaded, with wrong cells coloured and commented.

Only files that passed the guard may come here: sizes are known to be bounded, the content is not
trusted. A small workbook is opened and keeps everything but macros and links to other files; a
large one, or another format, is written anew from its grid in constant memory.
"""

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import range_boundaries

from apps.core.errors import DomainError
from apps.core.formulas import printable
from apps.core.sheets import Book, put
from apps.filings.contents import Finding, Grid, Level

MOST_ROWS = 20_000
MOST_CELLS = 240_000  # some 130 MB as objects
GRID_ROWS, GRID_COLUMNS = 200_000, 256  # decisions.md 25
MOST_COMMENTS = 5000  # more make a spreadsheet program crawl
LONGEST_COMMENT = 1000
COLOURS = {Level.ERROR: "FF8A8A", Level.WARNING: "FFE88A"}
WORDS = {Level.ERROR: "错误", Level.WARNING: "提醒"}
AUTHOR = "系统核对"
#: formulas that reach out of the workbook; they are kept as text
_REACHES_OUT = re.compile(
    r"\||\[\d+\]|\.xl\w*\]|\b(?:WEBSERVICE|HYPERLINK|FILTERXML|CALL|REGISTER(?:\.ID)?|RTD|DDE|EXEC"
    r"|IMAGE|IMPORT\w+)\s*\(",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rb"<(?:[\w-]+:)?(?:(?P<row>row)|(?P<cell>c)|mergeCell"
    rb"(?:\s[^>]*?ref\s*=\s*[\"'](?P<range>[A-Za-z0-9:$]{2,24})[\"'])?(?P<merged>))[\s/>]"
)
LONGEST_TAG = 1 << 20
#: what a damaged or odd workbook makes openpyxl raise
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, IndexError, SyntaxError, OSError)
#: findings of a sheet by cell, both counted from 1
Marks = dict[tuple[int, int], list[Finding]]


def annotate(raw: bytes, findings: Iterable[Finding], target: BinaryIO) -> None:
    """Write the .xlsx or .xlsm in ``raw`` to ``target`` with its findings marked, as .xlsx.

    Raises:
        DomainError: the workbook cannot be opened at all.
    """
    marks = _by_sheet(findings)
    try:
        if _is_small(raw):
            try:
                target.write(_marked(raw, marks))
                return
            except _BROKEN:
                pass  # an odd style or drawing: the values still read
        _write_grids(_grids(raw), marks, target)
    except (*_BROKEN, zipfile.BadZipFile) as error:
        raise DomainError(
            "这个文件无法生成标注版。请对照页面上的错误清单，在原文件里逐条修改。"
        ) from error


def annotate_grids(grids: Iterable[Grid], findings: Iterable[Finding], target: BinaryIO) -> None:
    """Write the sheets of an .xls, .csv or .docx as a new .xlsx with their findings marked."""
    _write_grids(grids, _by_sheet(findings), target)


def _by_sheet(findings: Iterable[Finding]) -> dict[str, Marks]:
    """Sort findings to cells; one about a row goes to its first cell, about a sheet to A1."""
    sheets: dict[str, Marks] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        column = 1
        if re.fullmatch(r"[A-Za-z]{1,3}", finding.column):
            column = column_index_from_string(finding.column)
        sheets[finding.sheet][max(finding.row, 1), column].append(finding)
    return sheets


def _worst(findings: Iterable[Finding]) -> Level:
    is_error = any(finding.level is Level.ERROR for finding in findings)
    return Level.ERROR if is_error else Level.WARNING


def _words(findings: Iterable[Finding]) -> str:
    """Return the comment of a cell: plain text, which no program evaluates."""
    lines = []
    for finding in findings:
        subject = f"{finding.field}：" if finding.field else ""
        lines.append(f"【{WORDS[finding.level]}】{subject}{finding.message}")
        if finding.advice:
            lines.append(f"怎么改：{finding.advice}")
    return printable("\n".join(lines))[:LONGEST_COMMENT]


# ---- a small workbook is opened and marked --------------------------------------------------
def _is_small(raw: bytes) -> bool:
    """Count rows, cells and merged cells as they are, wherever the parts lie in the archive."""
    rows = cells = 0
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            for found in _tags(archive, name):
                if found is None:
                    return False
                rows += found["row"] is not None
                cells += _area(found["range"]) if found["merged"] is not None else 1
                if rows > MOST_ROWS or cells > MOST_CELLS:
                    return False
    return True


def _tags(archive: zipfile.ZipFile, name: str) -> Iterator[re.Match[bytes] | None]:
    """Yield the tags that count, a mebibyte at a time; None when the part cannot be counted."""
    rest = b""
    with archive.open(name) as part:
        while piece := part.read(1 << 20):
            text = rest + piece
            if not text.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and not rest:
                if text[:2] in (b"\xff\xfe", b"\xfe\xff") or text[:1] == b"\x00":
                    yield None  # XML in another encoding
                return  # a picture or the like
            end = text.rfind(b">") + 1
            yield from _COUNTED.finditer(text, 0, end)
            rest = text[end:]
            if len(rest) > LONGEST_TAG:
                yield None


def _area(reference: bytes | None) -> int:
    if reference is None:  # written in a way we do not read
        return MOST_CELLS + 1
    left, top, right, bottom = range_boundaries(reference.decode("ascii"))
    if None in (left, top, right, bottom):
        return MOST_CELLS + 1
    return int((right - left + 1) * (bottom - top + 1))


def _marked(raw: bytes, marks: dict[str, Marks]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(raw), keep_links=False, rich_text=True)
    _drop_links(book)
    left = MOST_COMMENTS
    for sheet in book.worksheets:
        _keep_formulas_home(sheet)
        left = _mark_sheet(sheet, marks.get(sheet.title, {}), left)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _drop_links(book: Any) -> None:
    """Names that point into other files would make Excel ask for repair."""
    for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
        for name in [key for key, value in names.items() if "[" in (value.attr_text or "")]:
            del names[name]


def _keep_formulas_home(sheet: Any) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type != "f":
                continue
            formula = str(getattr(cell.value, "text", cell.value))
            if _REACHES_OUT.search(formula):
                cell.value = formula
                cell.data_type = "s"
                cell.quotePrefix = True


def _mark_sheet(sheet: Any, marks: Marks, left: int) -> int:
    """Colour and comment; return how many comments may still be made."""
    fills = {level: PatternFill("solid", fgColor=colour) for level, colour in COLOURS.items()}
    for place, findings in _on_anchors(sheet, marks).items():
        cell = sheet.cell(*place)
        cell.fill = fills[_worst(findings)]
        if left > 0:
            words = _words(findings)
            if cell.comment is not None:
                words = f"{words}\n\n原批注：{printable(cell.comment.text)}"
            height = 40 + 18 * (words.count("\n") + len(words) // 18)
            cell.comment = Comment(words, AUTHOR, height=min(height, 300), width=260)
            left -= 1
    return left


def _on_anchors(sheet: Any, marks: Marks) -> Marks:
    """Move findings inside a merged area to its first cell, the only one that shows."""
    anchors = {
        place: (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for place in area.cells
    }
    moved: Marks = defaultdict(list)
    for place, findings in marks.items():
        moved[anchors.get(place, place)] += findings
    return moved


# ---- anything else is written anew ----------------------------------------------------------
def _grids(raw: bytes) -> Iterator[Grid]:
    """Yield the sheets of a large workbook, read row by row; formulas come as their values."""
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what the file says of its size is not trusted
            rows = sheet.iter_rows(max_row=GRID_ROWS, max_col=GRID_COLUMNS, values_only=True)
            yield Grid(sheet.title, rows, is_hidden=sheet.sheet_state != "visible")
    finally:
        book.close()


def _write_grids(grids: Iterable[Grid], marks: dict[str, Marks], target: BinaryIO) -> None:
    with Book(target) as book:
        writer = _GridWriter(book)
        for grid in grids:
            writer.write(grid, marks.get(grid.name, {}))


class _GridWriter:
    def __init__(self, book: Book) -> None:
        self.book = book
        kinds = {"": "General", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}
        colours: list[Level | None] = [None, *Level]
        self.styles = {
            (level, kind): book.style(
                num_format=number_format, **({"bg_color": f"#{COLOURS[level]}"} if level else {})
            )
            for level in colours
            for kind, number_format in kinds.items()
        }
        self.left = MOST_COMMENTS
        self.has_visible = False

    def write(self, grid: Grid, marks: Marks) -> None:
        """Write one sheet; empty cells cost nothing unless they are marked."""
        sheet = self.book.sheet(grid.name)
        sheet.set_column(0, 25, 16)
        if grid.is_hidden and self.has_visible:  # the first sheet of a book cannot be hidden
            sheet.hide()
        self.has_visible = self.has_visible or not grid.is_hidden
        by_row: dict[int, dict[int, list[Finding]]] = defaultdict(dict)
        for (row, column), findings in marks.items():
            by_row[row][column] = findings
        for number, cells in enumerate(grid.rows, start=1):
            self._row(sheet, number, cells, by_row.pop(number, {}))
        for number in sorted(by_row):  # marked rows after the last one with values
            self._row(sheet, number, (), by_row[number])

    def _row(
        self,
        sheet: Any,
        number: int,
        cells: Sequence[object],
        marks: dict[int, list[Finding]],
    ) -> None:
        for column in range(1, max(len(cells), *marks, 0) + 1 if marks else len(cells) + 1):
            value = cells[column - 1] if column <= len(cells) else None
            findings = marks.get(column)
            if value in (None, "") and not findings:
                continue
            level = _worst(findings) if findings else None
            kind = type(value).__name__
            style = self.styles[level, kind if kind in ("date", "datetime") else ""]
            put(sheet, number - 1, column - 1, value, style)
            if findings and self.left > 0:
                self.left -= 1
                options = {"author": AUTHOR, "x_scale": 2, "y_scale": 1.5}
                sheet.write_comment(number - 1, column - 1, _words(findings), options)
