"""What the journeys of tickets share: hands that count, and the way of a request to its unit."""

import re

REQUEST = "企业扩建二号车间，想问施工许可证要准备哪些材料，图审合格书能不能后补。"
NUMBER = re.compile(r"JZ-\d{4}-\d{5}")


class Hands:
    """What a person does beside typing the text itself, counted."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def click(self, locator):
        self.count += 1
        locator.click()

    def press(self, key):
        self.count += 1
        self.page.keyboard.press(key)

    def type(self, text):
        self.page.keyboard.type(text, delay=2)


def follow(locator):
    """Click what leads to another page, and wait until that page is whole."""
    with locator.page.expect_navigation():
        locator.click()


def is_focused(page, selector):
    """Wait until an element has the focus: autofocus comes with the first frame, not with load."""
    page.locator(f"{selector}:focus").wait_for()
    return True


def label(page, text):
    """Return a chip by its words."""
    return page.locator("label.chip", has_text=re.compile(f"^{text}$"))


def register(page, name="经营部", text=REQUEST):
    """Fill the three required fields; return the hands."""
    page.goto("/t/new/")
    hands = Hands(page)
    assert is_focused(page, "#id_entity_text")
    hands.type(name)
    page.wait_for_selector("#entity-list li")
    hands.press("ArrowDown")
    hands.press("Enter")
    page.wait_for_selector(".picked")
    hands.click(page.locator("#id_content"))
    hands.type(text)
    hands.click(label(page, "走访"))
    return hands


def pass_on(page, tried="查了手册，也问过专家"):
    """Pass the request that is on the page to the hub; return its number."""
    follow(page.get_by_role("button", name="答不了，转中枢办"))
    page.wait_for_url("**/check/**")
    page.locator("#id_tried").fill(tried)
    page.locator("#id_reason").fill("容缺要由主管部门定")
    follow(page.get_by_role("button", name="确认转办"))
    page.wait_for_url("**/done/")
    return NUMBER.search(page.url)[0]


def send(page, name=None):
    """Send the composer, or the named button, and wait for the next page."""
    button = (
        page.get_by_role("button", name=name, exact=True).last
        if name
        else page.locator("#composer button[type=submit].btn-primary")
    )
    follow(button)


def chip(page, field, words):
    """Press the chip with these words in a field."""
    page.locator(f"#id_{field} label.chip", has_text=re.compile(f"^{re.escape(words)}$")).click()


def open_ticket(page, number, step=""):
    """Open a ticket, or the page of one of its steps."""
    page.goto(f"/t/{number}/{step}")


def hand_in(page, answer, outcome="已解决"):
    """Fill the result that stands in the composer and hand it in, confirmed."""
    chip(page, "outcome", outcome)
    page.locator("#id_answer").fill(answer)
    chip(page, "told_by", "电话")
    send(page)
    send(page, "提交办理结果")


def dispatch(page, number, unit, consultation=""):
    """Dispatch a request from the desk to a unit; with a consultation it is a designation."""
    page.goto(f"/dispatch/?t={number}")
    page.locator("#id_other").select_option(label=unit)
    page.locator("#dispatch-form input[name=lead][value=other]").check()
    if consultation:
        page.locator("#id_consultation").fill(consultation)
    follow(page.locator("#dispatch-form button[type=submit]").first)
    return page.locator("main").inner_text() + page.locator("[role=status]").first.inner_text()


def hand_back(page, number, suggested=""):
    """Ask to return a ticket, with a clause; return what the page says then."""
    open_ticket(page, number, "request_return/")
    chip(page, "code", "非本单位职责（须引“三定”规定或权责清单条款）")
    page.locator("#id_basis").fill("本单位“三定”规定第三条中没有此项职责")
    page.locator("#id_confirmed_by").fill("业务科科长")
    send(page, "申请退单")
    return page.locator("main").inner_text()


def decide(page, number, opinion, button):
    """Decide an application of a ticket on the hub's list."""
    card = page.locator("section.jz-card", has_text=number)
    card.locator("textarea[name=opinion]").fill(opinion)
    follow(card.get_by_role("button", name=button, exact=True))
