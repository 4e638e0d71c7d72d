"""Both appendices as Word tables, laid out as the plan's printed forms.

Fonts are named, not shipped: every office computer has them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from apps.core.errors import DomainError
from apps.core.formulas import printable
from apps.core.sheets import text_width
from apps.filings import official
from apps.filings.contents import Appendix
from apps.filings.official import Form, ZoneOrder

MOST_ROWS = 5000  # beyond, Word itself becomes unusable
BODY, TITLE, BOLD = "仿宋_GB2312", "方正小标宋简体", "黑体"
A4 = (Mm(210), Mm(297))
#: top, right, bottom, left of GB/T 9704; a form on its side is the page turned by 90°
MARGINS = (Mm(37), Mm(26), Mm(35), Mm(28))
#: millimetres of the columns; they fill the text area
WIDTHS = {
    Appendix.ZONES: (12, 34, 66, 22, 20, 32, 39),
    Appendix.ENTITIES: (18, 10, 48, 30, 18, 32),
}
LEAST_TWIPS = "454"  # 8 mm, the least height of a row
#: a cell of a table: text, columns it spans, its place in a vertical merge
Cell = tuple[str, int, str]
RESTART, CONTINUE, ALONE = "restart", "continue", ""


def write(target: BinaryIO, forms: Iterable[Form]) -> int:
    """Write a document with one form after the other, each on its own pages; return the rows.

    Raises:
        DomainError: there are more rows than Word can bear.
        ValueError: there is no form at all, or rows do not come zone by zone.
    """
    document = Document()
    _set_fonts(document)
    count, is_first = 0, True
    for form in forms:
        _open_section(document, form, is_first=is_first)
        count += _fill(document, form, room=MOST_ROWS - count)
        is_first = False
    if is_first:
        raise ValueError("nothing to write")
    document.core_properties.author = ""
    document.core_properties.title = "附件"
    document.save(target)
    return count


def _set_fonts(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = BODY, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    style.paragraph_format.space_after = Pt(0)


def _open_section(document: Any, form: Form, *, is_first: bool) -> None:
    section = document.sections[0] if is_first else document.add_section(WD_SECTION.NEW_PAGE)
    top, right, bottom, left = MARGINS
    if form.appendix is Appendix.ZONES:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = A4[1], A4[0]
        top, right, bottom, left = left, top, right, bottom
    else:
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = A4
    section.top_margin, section.right_margin = top, right
    section.bottom_margin, section.left_margin = bottom, left


def _fill(document: Any, form: Form, *, room: int) -> int:
    _paragraph(document, official.MARKS[form.appendix], font=BOLD, size=16)
    title = official.TITLES[form.appendix]
    _paragraph(document, title, font=TITLE, size=18, centre=True)
    unit, filed = official.unit_text(form.unit), official.date_text(form.filed_on)
    wide = 120 if form.appendix is Appendix.ZONES else 72
    blanks = " " * max(8, wide - text_width(unit) - text_width(filed))
    _paragraph(document, f"{unit}{blanks}{filed}")
    head, rows = _zone_table(form) if form.appendix is Appendix.ZONES else _entity_table(form)
    table = _table(document, WIDTHS[form.appendix])
    for cells in head:
        table.append(_row(cells, is_head=True))
    count = 0
    for cells in rows:
        count += 1
        if count > room:
            raise DomainError(f"Word 文件最多 {MOST_ROWS:,} 行，请改为导出 Excel，或按片区导出。")
        table.append(_row(cells))
    if not count:
        for _ in range(official.BLANK_ROWS):
            table.append(_row([("", 1, ALONE)] * len(WIDTHS[form.appendix])))
    if form.appendix is Appendix.ZONES:
        _paragraph(document, official.leader_text(form.leader))
    for note in official.NOTES[form.appendix]:
        _paragraph(document, note, size=10.5)
    return count


def _zone_table(form: Form) -> tuple[list[list[Cell]], Iterable[list[Cell]]]:
    labels = list(official.ZONE_LABELS)
    labels[1] = form.unit
    upper = [(label, 1, RESTART) for label in labels[:4]]
    lower = [("", 1, CONTINUE)] * 4 + [(label, 1, ALONE) for label in labels[4:]]
    return [[*upper, (official.STAFF_LABEL, 3, ALONE)], lower], _zone_lines(form)


def _zone_lines(form: Form) -> Iterable[list[Cell]]:
    for number, zone in enumerate(form.zones, start=1):
        lines = list(official.zone_cells(form, number, zone))
        for index, cells in enumerate(lines):
            merged = ALONE if len(lines) == 1 else RESTART if index == 0 else CONTINUE
            yield [(_text(cell), 1, merged if at < 4 else ALONE) for at, cell in enumerate(cells)]


def _entity_table(form: Form) -> tuple[list[list[Cell]], Iterable[list[Cell]]]:
    upper = [(form.unit, 1, RESTART), (official.ENTITY_LABEL, 5, ALONE)]
    lower = [("", 1, CONTINUE), *((label, 1, ALONE) for label in official.ENTITY_LABELS[1:])]
    return [upper, lower], _entity_lines(form)


def _entity_lines(form: Form) -> Iterable[list[Cell]]:
    order, number = ZoneOrder(), 0
    for row in form.entities:
        is_new = order.begins(row.zone)
        number = 1 if is_new else number + 1
        merged = (RESTART if is_new else CONTINUE) if row.zone else ALONE
        first = (row.zone if is_new else "", 1, merged)
        yield [first, *((_text(cell), 1, ALONE) for cell in official.entity_cells(row, number))]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _paragraph(
    document: Any, text: str, *, font: str = BODY, size: float = 12, centre: bool = False
) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(4)
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(printable(text))
    run.font.name, run.font.size = font, Pt(size)
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)


def _table(document: Any, widths: Sequence[int]) -> Any:
    """Add an empty table with fixed columns; its rows are appended as XML.

    python-docx looks through the whole table at each access of a cell; a row of our own is
    a hundred times cheaper at some thousand rows.
    """
    table = document.add_table(rows=0, cols=len(widths))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    return table._tbl


def _row(cells: Sequence[Cell], *, is_head: bool = False) -> Any:
    row = OxmlElement("w:tr")
    properties = OxmlElement("w:trPr")
    properties.append(OxmlElement("w:cantSplit"))
    height = _value("w:trHeight", LEAST_TWIPS)
    height.set(qn("w:hRule"), "atLeast")
    properties.append(height)
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
    row.append(properties)
    for text, span, merged in cells:
        row.append(_cell(printable(text), span, merged, is_head=is_head))
    return row


def _cell(text: str, span: int, merged: str, *, is_head: bool) -> Any:
    cell = OxmlElement("w:tc")
    properties = OxmlElement("w:tcPr")
    if span > 1:
        properties.append(_value("w:gridSpan", str(span)))
    if merged:
        properties.append(_value("w:vMerge", merged))
    properties.append(_value("w:vAlign", "center"))
    cell.append(properties)
    paragraph = OxmlElement("w:p")
    is_centred = is_head or text_width(text) <= 12
    if is_centred:
        layout = OxmlElement("w:pPr")
        layout.append(_value("w:jc", "center"))
        paragraph.append(layout)
    if text:
        paragraph.append(_run(text, BOLD if is_head else BODY))
    cell.append(paragraph)
    return cell


def _run(text: str, font: str) -> Any:
    run = OxmlElement("w:r")
    properties = OxmlElement("w:rPr")
    fonts = OxmlElement("w:rFonts")
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia"):
        fonts.set(qn(name), font)
    properties.append(fonts)
    properties.append(_value("w:sz", "21"))
    run.append(properties)
    for index, line in enumerate(text.split("\n")):
        if index:
            run.append(OxmlElement("w:br"))
        content = OxmlElement("w:t")
        content.set(qn("xml:space"), "preserve")
        content.text = line
        run.append(content)
    return run


def _value(tag: str, value: str) -> Any:
    element = OxmlElement(tag)
    element.set(qn("w:val"), value)
    return element
