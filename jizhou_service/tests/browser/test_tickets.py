"""Requests and tickets, from login to the last click: the journeys of the people who work on them."""

import re

import pytest

from jizhou_service.tests.browser.conftest import log_in
from jizhou_service.tests.browser.hands import (
    NUMBER,
    REQUEST,
    Hands,
    chip,
    decide,
    dispatch,
    follow,
    hand_back,
    hand_in,
    is_focused,
    label,
    open_ticket,
    pass_on,
    register,
    send,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
UNIT = "区住房建设委"
ANSWER = "可以先申请施工许可，图审合格书二十日内补交，请到区政务服务中心二楼办理。"
#: keystroke-level model: a press of a key or button 0.28 s, thinking before an act 1.2 s
KEY, THINK = 0.28, 1.2


def test_a_guest_house_owner_is_answered_on_a_phone_from_login_to_the_end(visit, server):
    page = visit(width=390, height=844)
    page.goto("/login/")
    hands = Hands(page)
    page.locator("#id_username").focus()
    hands.type("xiaying")
    hands.press("Tab")
    hands.type(server.passwords["xiaying"])
    hands.press("Enter")
    page.wait_for_url("**/home/")
    hands.click(page.locator("nav.jz-mobile a, nav[aria-label] a", has_text="登记").last)
    page.wait_for_url("**/t/new/**")
    hands.type("民宿经营部")
    page.wait_for_selector("#entity-list li")
    hands.click(page.locator("#entity-list li").first)
    page.wait_for_selector(".picked")
    hands.click(page.locator("#id_content"))
    hands.type("民宿冬天想加四间客房，问特种行业许可要不要变更，先办哪个证。")
    hands.click(label(page, "来电"))
    quote = page.locator("#advice .i", has_text="民宿").get_by_role("button", name="用它答复").first
    hands.click(quote)
    assert "证" in page.locator("#id_answer").input_value()
    assert page.locator("[data-entry]").input_value().startswith("1401-")
    hands.click(label(page, "咨询已答复"))
    hands.click(label(page, "电话"))
    hands.click(page.get_by_role("button", name="提交，办结"))
    page.wait_for_url("**/done/")
    assert "已登记并办结" in page.locator("main").inner_text()
    assert "已答复" in page.locator(".quote").inner_text()
    assert hands.count <= 12
    assert hands.count * (KEY + THINK) <= 30
    open_ticket(page, NUMBER.search(page.url)[0])
    assert "电话" in page.locator("#timeline").inner_text()


def test_a_request_goes_to_the_hub_and_is_answered_reviewed_and_followed_up(visit):
    officer = visit("officer")
    register(officer)
    number = pass_on(officer)
    hub = visit("dispatcher")
    hub.goto("/dispatch/?sort=new")
    for _ in range(25):
        hub.keyboard.press("j")
        if number in hub.evaluate("document.activeElement.closest('tr').textContent"):
            break
    hub.keyboard.press("Enter")
    hub.wait_for_selector(f"#panel .num:text-is('{number}')")
    hub.locator("#dispatch-form input[name=lead]:focus").wait_for()
    with hub.expect_navigation():
        hub.keyboard.press("Control+Enter")
    assert "已派给" in hub.locator("body").inner_text()
    open_ticket(hub, number)
    assert "待签收" in hub.locator("main").inner_text()
    assert UNIT in hub.locator("main").inner_text()
    liaison = visit("liaison")
    open_ticket(liaison, number)
    send(liaison)
    chip(liaison, "told_by", "电话")
    liaison.locator("#composer #id_text").fill("已电话联系，核对了图纸和工期")
    send(liaison)
    hand_in(liaison, ANSWER)
    chief = visit("hubchief")
    open_ticket(chief, number)
    send(chief)
    caller = visit("followup")
    open_ticket(caller, number)
    for field, words in (("reached", "是"), ("was_contacted", "是"), ("solved", "已解决")):
        chip(caller, field, words)
    chip(caller, "answer_grade", "非常满意")
    chip(caller, "solution_grade", "满意")
    send(caller)
    assert "回访销号" in caller.locator("#timeline").inner_text()
    open_ticket(officer, number)
    assert ANSWER in officer.locator("#timeline").inner_text()


def test_returned_twice_it_is_designated_at_the_third_dispatch(visit):
    officer = visit("officer")
    register(officer)
    number = pass_on(officer)
    chief, first, second = visit("hubchief"), visit("liaison"), visit("liaison2")
    for unit, liaison in ((UNIT, first), ("区生态环境局", second)):
        dispatch(chief, number, unit)
        assert "退单待审" in hand_back(liaison, number)
        chief.goto("/dispatch/returns/")
        decide(chief, number, "理由成立", "同意退单，改派")
    chief.goto(f"/dispatch/?t={number}")
    assert "已退单 2 次" in chief.locator("#panel").inner_text()
    dispatch(chief, number, UNIT)
    assert "指定承办须写会商情况" in chief.locator("#panel").inner_text()
    dispatch(chief, number, UNIT, "与两家单位会商，由区住房建设委牵头办理")
    open_ticket(first, number, "request_return/")
    assert "这是指定承办件，不能再退单" in first.locator("main").inner_text()
    open_ticket(first, number)
    assert "指定承办" in first.locator("h1 + .tags, .jz-head .tags").first.inner_text()
    send(first)
    assert "办理中" in first.locator(".jz-head").inner_text()


def test_an_extension_is_refused_when_late_and_granted_in_time(visit, scene):
    liaison = visit("liaison")
    open_ticket(liaison, scene["late"])
    step = liaison.locator("aside .actlist > *", has_text="申请延期").last
    assert "须在到期前至少 1 个工作日提出" in step.text_content()
    open_ticket(liaison, scene["late"], "request_extension/")
    assert "须在到期前至少 1 个工作日提出，现在已过" in liaison.locator("main").inner_text()
    open_ticket(liaison, scene["timely"], "request_extension/")
    liaison.locator("#id_days").fill("3")
    liaison.get_by_text("新的时限").or_(liaison.locator("#forecast b")).first.wait_for()
    liaison.locator("#id_reason").fill("现场复核要等施工单位进场")
    chip(liaison, "told_by", "电话")
    liaison.locator("#id_told_on").fill(liaison.evaluate("new Date().toISOString().slice(0, 10)"))
    send(liaison, "申请延期")
    chief = visit("hubchief")
    chief.goto("/dispatch/extensions/")
    decide(chief, scene["timely"], "同意，请按新时限办结", "同意延期")
    open_ticket(liaison, scene["timely"])
    assert "第 10 个工作日" in liaison.locator("aside.tk-r").inner_text()
    assert "同意延期" in liaison.locator("#timeline").inner_text()


def test_an_expert_is_asked_and_answers_and_the_officer_closes(visit):
    expert = visit("expert")
    expert.goto("/me/")
    name = expert.locator(".jz-head").inner_text().split("\n")[1].split(" · ")[0]
    officer = visit("officer")
    register(officer)
    follow(officer.get_by_role("button", name="登记，请专家协助"))
    number = NUMBER.search(officer.url)[0]
    option = officer.locator("#id_expert option", has_text=name).first
    officer.locator("#id_expert").select_option(value=option.get_attribute("value"))
    officer.locator("#id_question").fill("图审合格书能不能容缺后补，几天内补？")
    send(officer, "请专家协助")
    expert.goto("/inbox/")
    follow(expert.locator("main button", has_text=number).first)
    assert number in expert.url
    expert.locator("#composer #id_answer").fill("可以容缺，二十日内补交图审合格书。")
    send(expert)
    open_ticket(officer, number)
    assert "二十日内补交图审合格书" in officer.locator("#timeline").inner_text()
    chip(officer, "outcome", "咨询已答复")
    officer.locator("#composer #id_answer").fill(ANSWER)
    chip(officer, "told_by", "当面")
    send(officer)
    assert re.search("已办结|待回访", officer.locator("main").inner_text())


def test_two_people_write_on_the_same_ticket(visit, scene):
    first, second = visit("liaison"), visit("commissioner")
    for page in (first, second):
        page.goto(f"/t/{scene['open']}/progress/")
    first.locator("#id_text").fill("先提交的进展")
    send(first, "写办理进展")
    second.locator("#id_text").fill("后提交的人写了很久的进展")
    send(second, "写办理进展")
    text = second.locator("main").inner_text()
    assert "先提交的进展" in text
    assert second.locator("#id_text").input_value() == "后提交的人写了很久的进展"
    assert is_focused(second, "#errors")
    send(second, "核对后提交")
    second.wait_for_url(f"**/t/{scene['open']}/")
    assert "后提交的人写了很久的进展" in second.locator("#timeline").inner_text()


def test_somebody_else_who_looks_is_named(visit, scene):
    hub = visit("dispatcher")
    hub.goto(f"/t/{scene['open']}/")
    liaison = visit("liaison")
    liaison.goto(f"/t/{scene['open']}/")
    assert "区网格化管理中心）也在看" in liaison.locator("#presence").inner_text()


def test_a_session_that_ends_loses_no_long_answer(visit, server, scene):
    page = visit("liaison")
    page.goto(f"/t/{scene['open']}/note/")
    page.locator("#id_text").fill("写了很久的内部备注，登录过期也不能丢。")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="写内部备注", exact=True).click()
    page.locator("#session-password").wait_for()
    page.locator("#session-password").fill(server.passwords["liaison"])
    follow(page.get_by_role("button", name="登录并继续"))
    assert "写了很久的内部备注" in page.locator("#timeline").inner_text()


def test_everything_works_without_a_script_from_login_to_the_result(visit, server):
    officer = visit(javascript=False)
    log_in(officer, "officer", server.passwords["officer"])
    officer.goto("/t/new/")
    officer.locator("#id_entity_text").fill("经营部")
    officer.locator("#id_content").fill(REQUEST)
    label(officer, "走访").click()
    follow(officer.get_by_role("button", name="查手册和相似工单"))
    assert "施工许可与联合验收" in officer.locator("#advice").inner_text()
    follow(officer.get_by_role("button", name="现场已答复，办结"))
    assert officer.title().startswith("出错：")
    officer.locator("#candidates input").first.check()
    follow(officer.get_by_role("button", name="现场已答复，办结"))
    assert officer.locator("#id_answer").is_visible()
    number = pass_on(officer)
    hub = visit("dispatcher", javascript=False)
    assert "已派给" in dispatch(hub, number, UNIT)
    liaison = visit("liaison", javascript=False)
    open_ticket(liaison, number)
    send(liaison)
    chip(liaison, "told_by", "电话")
    liaison.locator("#composer #id_text").fill("已电话联系，核对了图纸和工期")
    send(liaison)
    hand_in(liaison, ANSWER)
    assert "办结待" in liaison.locator("main").inner_text()


def test_a_draft_comes_back_after_the_page_was_left(visit):
    page = visit("officer")
    page.goto("/t/new/")
    page.locator("#id_content").fill("写到一半就被叫走了的诉求")
    page.locator("#id_entity_text").focus()
    page.get_by_text("草稿已保存").wait_for()
    page.goto("/home/")
    page.goto("/t/new/")
    page.get_by_text("的草稿。").wait_for()
    assert page.locator("#id_content").input_value() == "写到一半就被叫走了的诉求"
    page.get_by_role("button", name="不用草稿，清空").click()
    assert page.locator("#id_content").input_value() == ""


def test_a_phrase_goes_into_the_answer(visit, scene):
    page = visit("liaison")
    page.goto("/me/")
    page.locator("#id_text").fill("请带营业执照到区政务服务中心办理。")
    send(page, "存为常用语")
    open_ticket(page, scene["open"])
    page.locator("#id_answer").fill("可以办。")
    page.locator("#composer summary", has_text="常用语").click()
    page.get_by_role("button", name="请带营业执照到区政务服务中心办理。").click()
    said = page.locator("#id_answer").input_value()
    assert said == "可以办。\n请带营业执照到区政务服务中心办理。"
    assert page.url.endswith(f"/t/{scene['open']}/")


def test_a_large_photo_is_made_smaller_before_it_is_sent(visit):
    page = visit("officer")
    page.goto("/t/new/")
    size = page.evaluate(
        """async () => {
          const canvas = document.createElement('canvas');
          canvas.width = 3000; canvas.height = 2400;
          const c = canvas.getContext('2d');
          for (let i = 0; i < 40000; i += 1) {
            c.fillStyle = `hsl(${(i * 37) % 360},80%,50%)`;
            c.fillRect((i * 71) % 3000, (i * 53) % 2400, 17, 17);
          }
          const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 1));
          const file = new File([blob], 'a.jpg', { type: 'image/jpeg' });
          const small = await window.jzTickets.smaller(file);
          return [file.size, small.size, small.type];
        }"""
    )
    assert size[0] > 1024 * 1024
    assert size[1] < size[0] / 2
    assert size[2] == "image/jpeg"
