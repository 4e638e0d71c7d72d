"""What people do, from login to the last click, in a real browser."""

import re

import pytest

from jizhou_service.tests.browser.conftest import ZONE_LINK, log_in
from jizhou_service.tests.browser.hands import follow, is_focused

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ACCOUNTS = [
    "officer", "teamleader", "liaison", "expert", "commissioner", "dispatcher", "hubchief",
    "office", "officechief", "followup", "leader", "inspector", "sysadmin", "secadmin", "auditor",
]  # fmt: skip


@pytest.mark.parametrize("account", ACCOUNTS)
def test_each_role_logs_in_and_every_entry_of_its_navigation_opens(window, account):
    page = window(account)
    page.goto("/home/")
    assert page.locator("h1").inner_text() == "工作台"
    links = page.locator("nav.jz-nav a").evaluate_all("as => as.map(a => a.getAttribute('href'))")
    assert links
    for link in links:
        assert page.request.get(link).status == 200, link


def test_a_wrong_password_says_what_to_do(visit, server):
    page = visit()
    log_in(page, "hubchief", "wrong-password")
    assert "还可试" in page.locator("[role=alert]").inner_text()
    assert page.title().startswith("出错：")
    assert page.locator("#id_username").input_value() == "hubchief"
    assert is_focused(page, "#errors")


def test_an_officer_finds_an_expert_by_what_he_knows(visit):
    page = visit("officer")
    page.goto("/experts/")
    name = page.locator("table a[href^='/experts/']").first.inner_text()
    page.goto("/home/")
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    follow(page.get_by_role("link", name=re.compile(name)).first)
    assert page.locator("h1").inner_text().startswith(name)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_team_leader_changes_a_zone(visit, javascript):
    page = visit("teamleader", javascript=javascript)
    page.goto("/teams/?q=渔阳镇")
    follow(page.locator("a[href^='/teams/1']").first)
    follow(page.locator(ZONE_LINK).first)
    follow(page.locator("a[href$='/edit/']:text-is('修改')").first)
    box = page.locator("textarea[name=boundary]")
    box.fill("东至一路、西至二路、南至三路、北至四路")
    follow(page.locator("main form button[type=submit].btn-primary").first)
    page.wait_for_url(re.compile(r"/zones/\d+/$"))
    assert "东至一路、西至二路" in page.locator("main").inner_text()


def _open_first_zone(page):
    page.goto("/teams/?q=渔阳镇")
    follow(page.locator("a[href^='/teams/1']").first)
    follow(page.locator(ZONE_LINK).first)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_team_leader_changes_the_officer_of_a_zone(visit, javascript):
    page = visit("teamleader", javascript=javascript)
    _open_first_zone(page)
    follow(page.locator("a[href*='/officers/'][href$='/edit/']").first)
    name = f"换任{'甲' if javascript else '乙'}"
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=title]").fill("经济发展办公室科员")
    page.locator("input[name=mobile]").fill("1540")
    follow(page.locator("main form button[type=submit].btn-primary").first)
    assert "现在是 4 位" in page.locator("#errors").inner_text()
    assert page.locator("input[name=name]").input_value() == name
    page.locator("input[name=mobile]").fill("15400009999")
    follow(page.locator("main form button[type=submit].btn-primary").first)
    page.wait_for_url(re.compile(r"/zones/\d+/$"))
    text = page.locator("main").inner_text()
    assert f"换为 {name}" in text
    assert "结束片区服务" in text


def test_an_officer_logs_in_and_finds_an_expert_without_javascript(visit, server):
    page = visit(javascript=False)
    log_in(page, "expert", server.passwords["expert"])
    page.wait_for_url("**/home/")
    follow(page.locator("nav.jz-nav a[href='/experts/']"))
    page.locator("input[name=q]:visible").last.fill("kz")
    follow(page.get_by_role("button", name="查询"))
    page.wait_for_url("**/experts/?**")
    page.goto("/experts/")
    name = page.locator("table a[href^='/experts/']").first.inner_text()
    page.locator("main input[name=q]").fill(name)
    follow(page.get_by_role("button", name="查询"))
    follow(page.locator("table a[href^='/experts/']").first)
    assert page.locator("h1").inner_text().startswith(name)


def test_an_expert_is_found_with_the_keyboard_alone(visit):
    page = visit("liaison")
    page.goto("/experts/")
    name = page.locator("table a[href^='/experts/']").first.inner_text()
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    page.locator("#main").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/experts/\d+/$"))


def test_columns_are_chosen_and_kept_as_a_view(visit):
    page = visit("commissioner", javascript=False)
    page.goto("/experts/?col=who&col=unit")
    heads = page.locator("table thead th").all_inner_texts()
    assert heads == ["姓名与职务", "部门"]
    page.goto("/experts/?col=who&col=unit&rank=COMMISSIONER")
    page.get_by_text("存当前条件").first.click()
    page.locator("input[name=name]:visible").fill("只看专员")
    follow(page.get_by_role("button", name="存为常用筛选"))
    page.goto("/experts/")
    follow(page.get_by_role("link", name="只看专员"))
    assert "rank=COMMISSIONER" in page.url
    assert page.locator("table thead th").all_inner_texts() == heads


def test_printing_hides_the_frame(visit):
    page = visit("officer")
    page.goto("/teams/")
    page.emulate_media(media="print")
    for selector in ("nav.jz-nav", "header.jz-top", "footer"):
        for frame in page.locator(selector).all():
            assert not frame.is_visible(), selector
    assert page.locator("main table").first.is_visible()


def test_everything_can_be_done_with_the_keyboard(visit, server):
    page = visit()
    page.goto("/login/")
    page.locator("body").press("Tab")
    for _ in range(12):
        if page.evaluate("document.activeElement.name") == "username":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("leader")
    page.keyboard.press("Tab")
    page.keyboard.type(server.passwords["leader"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/home/")
    page.keyboard.press("Tab")
    assert is_focused(page, ".skip")
    page.keyboard.press("Enter")
    assert is_focused(page, "#main")
    page.keyboard.press("?")
    page.locator("#keys-modal").wait_for()
    page.keyboard.press("Escape")
    page.locator("#keys-modal").wait_for(state="hidden")


def test_large_print_stays_on_every_page(visit):
    page = visit("followup")
    page.goto("/me/")
    follow(page.get_by_role("button", name="使用大字版"))
    page.goto("/teams/")
    assert "jz-big" in page.evaluate("document.documentElement.className")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"


def test_a_session_that_ended_loses_nothing_that_was_typed(visit, server):
    page = visit("teamleader", javascript=False)
    page.goto("/teams/?q=渔阳镇")
    follow(page.locator("a[href^='/teams/1']").first)
    follow(page.locator(ZONE_LINK).first)
    follow(page.locator("a[href$='/edit/']:text-is('修改')").first)
    page.locator("textarea[name=boundary]").fill("写了很久的范围说明")
    page.context.clear_cookies(name="sessionid")
    follow(page.locator("main form button[type=submit].btn-primary").first)
    assert "内容没有丢" in page.locator("main").inner_text()
    page.locator("#id_username").fill("teamleader")
    page.locator("#id_password").fill(server.passwords["teamleader"])
    follow(page.get_by_role("button", name="登录并继续"))
    follow(page.get_by_role("button", name="提交", exact=True))
    assert "写了很久的范围说明" in page.locator("main").inner_text()
