"""A report as a Word document, laid out by GB/T 9704 (domain.md §3.7).

A4, 22 lines of 28 characters, 仿宋 3 号; numbers of pages “— 1 —”. Fonts are named, not shipped;
file number, signature and seal are left to the office.
"""

from collections.abc import Sequence
from typing import Any, BinaryIO

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from apps.core.formulas import printable
from apps.dashboards.metrics import BY_CODE, read
from apps.dashboards.reports.chart import add_bars
from apps.dashboards.reports.wording import Material, Paragraph

BODY, TITLE, HEAD = "仿宋_GB2312", "方正小标宋简体", "黑体"
SIZE, LINE = Pt(16), Pt(28.95)
#: what is to fit on one page is set in 四号
SHORT_SIZE, SHORT_LINE, SHORT_TITLE = Pt(14), Pt(21), 18
NUMERALS = "一二三四五六七八九十"
UNIT_CODES = ("K01", "K05", "K06", "K15", "K16", "K11", "K13")
DRAFT_NOTE = "系统生成草稿，以正式印发为准"


def write(
    target: BinaryIO,
    *,
    title: str,
    material: Material,
    paragraphs: list[Paragraph],
    is_short: bool = False,
) -> None:
    """Write the report; ``is_short`` is set tighter, without charts, on one page (周报)."""
    document = Document()
    _set_page(document)
    _title(document, title)
    size = SHORT_SIZE if is_short else SIZE
    if is_short:
        spacing: Any = document.styles["Normal"].paragraph_format
        spacing.line_spacing = SHORT_LINE
    else:
        document.add_paragraph()
    for number, one in enumerate(paragraphs):
        _text(document, f"{NUMERALS[number]}、{one.heading}", font=HEAD, size=size)
        for line in one.text.split("\n"):
            _text(document, line, size=size)
        if one.key in ("red", "due"):
            _lights(document, material[one.key])
        elif not is_short:
            _charts(document, one.key, material)
    if not is_short:
        _unit_table(document, material)
    document.core_properties.author = ""
    document.core_properties.title = title
    document.save(target)


def _set_page(document: DocumentObject) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(28)
    style = document.styles["Normal"]
    _font(style, BODY, SIZE)
    spacing: Any = style.paragraph_format
    spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    spacing.space_before = spacing.space_after = Pt(0)
    header = section.header.paragraphs[0]
    header.text = DRAFT_NOTE
    header.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _font(header.runs[0], BODY, Pt(9))
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _font(footer.add_run("— "), "宋体", Pt(14))
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    shown = footer.add_run("1")
    _font(shown, "宋体", Pt(14))
    number.append(shown._r)
    footer._p.append(number)
    _font(footer.add_run(" —"), "宋体", Pt(14))


def _font(holder: Any, name: str, size: Pt) -> None:
    holder.font.name, holder.font.size = name, size
    fonts = holder.element.get_or_add_rPr().get_or_add_rFonts()
    for key in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(key), name)


def _title(document: DocumentObject, title: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing = Pt(36)
    _font(paragraph.add_run(printable(title)), TITLE, Pt(22))


def _text(document: DocumentObject, text: str, *, font: str = BODY, size: Pt = SIZE) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(2 * size.pt)
    paragraph.paragraph_format.keep_with_next = font == HEAD
    _font(paragraph.add_run(printable(text)), font, size)


def _charts(document: DocumentObject, key: str, material: Material) -> None:
    if key == "overall":
        weeks = material["trend"]
        made = add_bars(
            document,
            "近 12 周登记与销号（件）",
            [week for week, _, _ in weeks],
            [("登记", [n for _, n, _ in weeks]), ("销号", [n for _, _, n in weeks])],
        )
    elif key == "tiers":
        steps = material["tiers"]
        made = add_bars(
            document,
            "四级办理（件）",
            [step["label"] for step in steps],
            [("进入", [s["entered"] for s in steps]), ("本级结束", [s["ended"] for s in steps])],
        )
    elif key == "topics" and material["topics"]:
        names = [name for name, _ in material["topics"]]
        numbers = [n for _, n in material["topics"]]
        made = add_bars(document, "高频诉求（件）", names, [("件数", numbers)], is_flat=True)
    else:
        return
    made.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE


def _lights(document: DocumentObject, lines: list[list[str]]) -> None:
    if not lines:
        return
    shown = [
        [number, title if len(title) <= SHORT_TITLE else f"{title[: SHORT_TITLE - 1]}…", *rest]
        for number, title, *rest in lines
    ]
    widths = (Mm(28), Mm(62), Mm(34), Mm(32))
    _table(document, ["编号", "诉求", "单位", "时限"], shown, widths)


def _unit_table(document: DocumentObject, material: Material) -> None:
    if not material["units"]:
        return
    document.add_page_break()
    _text(document, "附表：各单位办理情况", font=HEAD)
    heads = ["单位", *(BY_CODE[code].label for code in UNIT_CODES)]
    lines = [
        [unit["name"], *(read(BY_CODE[code], unit["counts"]).exact for code in UNIT_CODES)]
        for unit in material["units"]
    ]
    _table(document, heads, lines, (Mm(36), *[Mm(17)] * len(UNIT_CODES)))


def _table(
    document: DocumentObject, heads: list[str], lines: list[list[str]], widths: Sequence[Any]
) -> None:
    """Add a table whose head is repeated on each page and whose rows stay whole."""
    table = document.add_table(rows=1, cols=len(heads))
    table.style, table.autofit = "Table Grid", False
    _row(table.rows[0], heads, HEAD)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for line in lines:
        _row(table.add_row(), line, BODY)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


def _row(row: Any, texts: list[str], font: str) -> None:
    for cell, text in zip(row.cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.line_spacing = Pt(16)
        _font(paragraph.add_run(printable(text)), font, Pt(9))
