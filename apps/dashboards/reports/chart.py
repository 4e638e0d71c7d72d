"""Native Office charts in a Word document: a chart part with its data as an embedded workbook.

python-docx has no charts; the parts are those of ECMA-376 (DrawingML Charts), and whoever opens the
document can edit the chart and its data.
"""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

import xlsxwriter
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm
from docx.text.paragraph import Paragraph

CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
COLOURS = ("1A5FA8", "9DBFE3", "0C6B70")
Series = tuple[str, Sequence[int]]


def add_bars(
    document: Document,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    height_mm: int = 70,
    is_flat: bool = False,
) -> Paragraph:
    """Append a bar chart; ``is_flat`` lays the bars on their side. Axes begin at 0."""
    package = document.part.package
    number = 1 + sum(
        str(part.partname).startswith("/word/charts/") for part in package.iter_parts()
    )
    chart = Part(
        PackURI(f"/word/charts/chart{number}.xml"),
        CHART_TYPE,
        _chart_xml(title, labels, series, is_flat=is_flat),
        package,
    )
    book = Part(
        PackURI(f"/word/embeddings/chart{number}.xlsx"), BOOK_TYPE, _book(labels, series), package
    )
    data_id = chart.relate_to(book, RELATIONSHIP_TYPE.PACKAGE)
    if data_id != "rId1":
        raise ValueError("the chart names its workbook rId1")
    chart_id = document.part.relate_to(chart, RELATIONSHIP_TYPE.CHART)
    paragraph = document.add_paragraph()
    paragraph.add_run()._r.append(parse_xml(_frame(chart_id, number, title, height_mm)))
    return paragraph


def _book(labels: Sequence[str], series: Sequence[Series]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Sheet1")
        for row, label in enumerate(labels, 1):
            sheet.write_string(row, 0, label)
        for column, (name, values) in enumerate(series, 1):
            sheet.write_string(0, column, name)
            for row, value in enumerate(values, 1):
                sheet.write_number(row, column, value)
    return target.getvalue()


def _points(texts: Sequence[str]) -> str:
    found = "".join(
        f'<c:pt idx="{index}"><c:v>{escape(text)}</c:v></c:pt>' for index, text in enumerate(texts)
    )
    return f'<c:ptCount val="{len(texts)}"/>{found}'


def _series(index: int, name: str, labels: Sequence[str], values: Sequence[int]) -> str:
    column, last = chr(ord("B") + index), len(labels) + 1
    return (
        f'<c:ser><c:idx val="{index}"/><c:order val="{index}"/>'
        f"<c:tx><c:strRef><c:f>Sheet1!${column}$1</c:f><c:strCache>{_points([name])}"
        f"</c:strCache></c:strRef></c:tx>"
        f'<c:spPr><a:solidFill><a:srgbClr val="{COLOURS[index]}"/></a:solidFill></c:spPr>'
        f'<c:invertIfNegative val="0"/>'
        f"<c:dLbls>{_flags(value=True)}</c:dLbls>"
        f"<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${last}</c:f><c:strCache>{_points(labels)}"
        f"</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>Sheet1!${column}$2:${column}${last}</c:f><c:numCache>"
        f"<c:formatCode>General</c:formatCode>{_points([str(value) for value in values])}"
        f"</c:numCache></c:numRef></c:val></c:ser>"
    )


def _flags(*, value: bool) -> str:
    return (
        f'<c:showLegendKey val="0"/><c:showVal val="{int(value)}"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/>'
    )


def _axes(*, is_flat: bool) -> str:
    order = "maxMin" if is_flat else "minMax"
    places = ("l", "b") if is_flat else ("b", "l")
    return (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{order}"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{places[0]}"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="2"/></c:catAx>'
        f'<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/>'
        f'</c:scaling><c:delete val="1"/><c:axPos val="{places[1]}"/>'
        f'<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="1"/></c:valAx>'
    )


def _chart_xml(
    title: str, labels: Sequence[str], series: Sequence[Series], *, is_flat: bool
) -> bytes:
    bars = "".join(_series(i, name, labels, values) for i, (name, values) in enumerate(series))
    legend = '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>'
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{C}" xmlns:a="{A}" xmlns:r="{R}"><c:roundedCorners val="0"/>'
        '<c:chart><c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1200"/></a:pPr>'
        f'<a:r><a:rPr lang="zh-CN" sz="1200"/><a:t>{escape(title)}</a:t></a:r></a:p></c:rich>'
        '</c:tx><c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>'
        f'<c:barChart><c:barDir val="{"bar" if is_flat else "col"}"/>'
        f'<c:grouping val="clustered"/><c:varyColors val="0"/>{bars}<c:gapWidth val="60"/>'
        f'<c:axId val="1"/><c:axId val="2"/></c:barChart>{_axes(is_flat=is_flat)}</c:plotArea>'
        f"{legend if len(series) > 1 else ''}"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        '<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )
    return xml.encode()


def _frame(chart_id: str, number: int, title: str, height_mm: int) -> str:
    return (
        f'<w:drawing xmlns:w="{W}" xmlns:wp="{WP}" xmlns:a="{A}" xmlns:c="{C}" xmlns:r="{R}">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{Mm(150)}" cy="{Mm(height_mm)}"/>'
        f'<wp:docPr id="{1000 + number}" name="图{number}" descr="{escape(title)}"/>'
        f'<a:graphic><a:graphicData uri="{C}"><c:chart r:id="{chart_id}"/></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing>"
    )
