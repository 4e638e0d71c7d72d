"""Blank forms to fill in: drop-downs, the examples of the plan, and a sheet that explains."""

from collections.abc import Sequence
from datetime import date
from typing import Any, BinaryIO

from apps.core.sheets import Book, lines_in, put_text
from apps.filings import official
from apps.filings.contents import Appendix
from apps.filings.official import Form
from apps.filings.write_xlsx import LINE, Page, Styles

BLANK_ROWS = {Appendix.ZONES: 40, Appendix.ENTITIES: 200}
GUIDE, LISTS = "填写说明", "选项"
GUIDE_WIDTH = 96
EXAMPLE_ZONE = "示例：\n第X片区"
COMMON_GUIDE = (
    "1.在第一张表里填写；不要改动表头文字，不要删除“报送单位”“日期”两处。",
    "2.带“示例”的行只供参照，导入时自动跳过；请勿在示例行里填写真实内容。",
    "3.行数不够时，在最后一个空行上方插入新行；用不完的空行不必删除，导入时自动跳过。",
    "4.联系方式填 11 位手机号，或带区号的座机（如 022-28391234，分机写作 022-28391234-801）；"
    "一人有几个号码的，写在同一格，用“、”隔开。",
    "5.填好后保存为 .xlsx 文件上传。上传后先核对、不写入；有错的格子会逐条指出并说明怎么改。",
)
GUIDES = {
    Appendix.ZONES: (
        "6.一个片区有几名服务人员的，一人一行；片区名称、范围、数量只填在第一行，也可以合并单元格。",
        "7.片区名称写作“第一片区”或“渔阳镇第一片区”这样的形式，与附件2 保持一致。",
        "8.“片区范围内经营主体数量”填整数，应等于附件2 中该片区的行数。",
        "9.表末“负责人”为分管此项工作的处级领导干部，请填姓名、职务和联系方式。",
    ),
    Appendix.ENTITIES: (
        "6.一个经营主体一行。第一列填所在片区，可以合并单元格；留空的，按上一行的片区处理。",
        "7.经营主体性质从下拉中选：企业、个体工商户、农民专业合作社。供销合作社属于企业。",
        "8.名称按营业执照填写，不写简称；同一主体不要重复填写。",
        "9.填写样子：第一片区，序号 1，名称“天津市某某商贸有限公司”，性质“企业”，负责人姓名，"
        "手机号。",
    ),
}


def write_template(
    target: BinaryIO,
    *,
    appendix: Appendix,
    unit: str,
    zones: Sequence[str] = (),
    filed_on: date | None = None,
) -> None:
    """Write the blank form of a unit; ``zones`` are its zones as normalised (第一片区)."""
    with Book(target, title=official.TITLES[appendix]) as book:
        page = Page(book, Styles(book), Form(appendix, unit, filed_on))
        page.head()
        _examples(page)
        first = page.row
        page.blank(BLANK_ROWS[appendix])
        _drop_downs(page, first, zones)
        page.foot()
        _guide(book, appendix)
        _lists(book, _shown_zones(page, zones))


def _examples(page: Page) -> None:
    if page.is_zones:
        for number, (zone, boundary) in enumerate(official.EXAMPLES, start=1):
            page.put_row((number, zone, boundary, None, "", "", ""))
    else:
        page.put_row((EXAMPLE_ZONE, 1, "", "", "", ""))


def _shown_zones(page: Page, zones: Sequence[str]) -> list[str]:
    if page.is_zones:
        return [official.zone_text(page.form.unit, zone) for zone in zones]
    return list(zones)


def _drop_downs(page: Page, first: int, zones: Sequence[str]) -> None:
    last = page.row - 1
    options: dict[str, Any]
    if zones:
        column = 1 if page.is_zones else 0
        options = {
            "validate": "list",
            "source": f"='{LISTS}'!$A$1:$A${len(zones)}",
            "error_type": "warning",
            "error_title": "新的片区",
            "error_message": "这个片区不在已有名单中。确是新片区就选“是”，否则请从下拉中选。",
        }
        page.sheet.data_validation(first, column, last, column, options)
    if page.is_zones:
        options = {
            "validate": "integer",
            "criteria": ">=",
            "value": 0,
            "error_title": "数量",
            "error_message": "请填整数，例如 31。",
        }
        page.sheet.data_validation(first, 3, last, 3, options)
    else:
        options = {
            "validate": "list",
            "source": list(official.KINDS.values()),
            "error_title": "经营主体性质",
            "error_message": "请从下拉中选：企业、个体工商户、农民专业合作社。",
        }
        page.sheet.data_validation(first, 3, last, 3, options)


def _guide(book: Book, appendix: Appendix) -> None:
    sheet: Any = book.sheet(GUIDE)
    sheet.set_column(0, 0, GUIDE_WIDTH)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    title = book.style(font_name="黑体", font_size=14, valign="vcenter")
    line = book.style(font_name="仿宋_GB2312", font_size=12, text_wrap=True, valign="vcenter")
    sheet.set_row(0, 28)
    put_text(sheet, 0, 0, f"{official.MARKS[appendix]} 填写说明", title)
    for row, text in enumerate((*COMMON_GUIDE, *GUIDES[appendix]), start=1):
        sheet.set_row(row, 8 + LINE * lines_in(text, GUIDE_WIDTH * 0.85))
        put_text(sheet, row, 0, text, line)


def _lists(book: Book, zones: Sequence[str]) -> None:
    if not zones:
        return
    sheet = book.sheet(LISTS)
    plain = book.style(num_format="@")
    for row, zone in enumerate(zones):
        put_text(sheet, row, 0, zone, plain)
    sheet.hide()
