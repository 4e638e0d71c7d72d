"""附件报送 in a real browser: upload, mend in place, write, take back; with and without a script."""

import io
import re
from datetime import date

import pytest

from apps.filings import write_xlsx
from apps.filings.contents import Appendix, EntityRow
from apps.filings.official import Form
from jizhou_service.tests.browser.conftest import SHOTS
from jizhou_service.tests.browser.hands import follow

FILING = re.compile(r"/imp/\d+/$")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def book(mark):
    """Return an Appendix 2 with a missing name and a short number."""
    rows = [
        EntityRow(
            row=0,
            zone="第一片区",
            name="" if number == 3 else f"演示{mark}{'甲乙丙丁戊己庚辛'[number]}商店",
            kind="INDIVIDUAL",
            person="演示",
            phones=("1548800000" if number == 5 else f"1548800{number:04}",),
        )
        for number in range(8)
    ]
    target = io.BytesIO()
    form = Form(Appendix.ENTITIES, "渔阳镇", date(2026, 3, 18), entities=rows)
    write_xlsx.write(target, [form])
    return {
        "name": f"渔阳镇 附件2 {mark}.xlsx",
        "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "buffer": target.getvalue(),
    }


def shoot(page, name):
    """Keep a picture beside the mock-ups."""
    SHOTS.mkdir(exist_ok=True)
    width = page.viewport_size["width"]
    page.screenshot(path=SHOTS / f"import-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize(
    ("width", "javascript", "mark"), [(1440, True, "晴"), (390, True, "雨"), (1440, False, "雪")]
)
def test_a_township_files_from_upload_to_undo(visit, width, javascript, mark):
    page = visit("teamleader", width=width, javascript=javascript)
    page.goto("/imp/new/")
    page.locator("input[type=file]").set_input_files(book(mark))
    follow(page.get_by_role("button", name="上传并核对"))
    page.wait_for_url(FILING)
    assert "数据还没有写入" in page.locator("main").inner_text()
    assert page.locator("#findings h2").inner_text() == "要改的 1 行"
    shoot(page, "check")
    page.locator("#findings input.mend").first.fill(f"演示{mark}补名商店")
    follow(page.get_by_role("button", name="保存并重新核对"))
    page.get_by_text("已按您改的内容重新核对").wait_for()
    page.locator("#findings input.mend").first.fill("15488000005")
    follow(page.get_by_role("button", name="保存并重新核对"))
    page.get_by_role("button", name="写入 8 行").wait_for()
    follow(page.get_by_role("button", name="写入 8 行"))
    page.get_by_text("已写入：新增").wait_for()
    shoot(page, "done")
    follow(page.get_by_role("button", name="撤销本次写入"))
    page.get_by_text("已撤销：去掉新增 8 家").wait_for()
    shoot(page, "undone")


def test_the_marked_workbook_and_the_export_are_downloads(visit):
    page = visit("teamleader")
    page.goto("/imp/new/")
    page.locator("input[type=file]").set_input_files(book("风"))
    follow(page.get_by_role("button", name="上传并核对"))
    page.wait_for_url(FILING)
    with page.expect_download() as marked:
        page.get_by_role("link", name="下载标红的原表").click()
    assert marked.value.suggested_filename == "渔阳镇附件2风_标注.xlsx"
    follow(page.get_by_role("button", name="放弃本次报送"))
    page.get_by_text("数据没有写入").wait_for()
    page.goto("/imp/export/")
    page.locator("input[name=purpose]").fill("存档")
    with page.expect_download() as taken:
        page.get_by_role("button", name="导出", exact=True).click()
    assert taken.value.suggested_filename.startswith("附件2经营主体统计表_渔阳镇_")
