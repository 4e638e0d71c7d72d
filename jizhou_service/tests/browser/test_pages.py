"""Every page, loaded once: accessible and unclipped at 1440 and 390 px, in Chinese, light.

``SCREENSHOTS=1`` keeps a picture of each (``make screenshots``).
"""

import gzip
import os
import re
from pathlib import Path

import pytest

from jizhou_service.tests.browser.conftest import SHOTS, ZONE_LINK

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (1440, 390)
# picture name -> (account, address); a callable finds the address on a page
PAGES = {
    "login": (None, "/login/"),
    "home-officer": ("officer", "/home/"),
    "home-office": ("officechief", "/home/"),
    "home-department": ("liaison", "/home/"),
    "home-hub": ("dispatcher", "/home/"),
    "home-leader": ("leader", "/home/"),
    "teams": ("officer", "/teams/"),
    "team": ("teamleader", ("/teams/?q=渔阳镇", "a[href^='/teams/1']")),
    "zone": ("teamleader", ("/teams/?q=渔阳镇", "a[href^='/teams/1']", ZONE_LINK)),
    "zone-edit": (
        "teamleader",
        ("/teams/?q=渔阳镇", "a[href^='/teams/1']", ZONE_LINK, "a[href$='/edit/']:text-is('修改')"),
    ),
    "experts": ("officer", "/experts/"),
    "expert": ("officer", ("/experts/", "table a[href^='/experts/']")),
    "officer-edit": (
        "teamleader",
        (
            *("/teams/?q=渔阳镇", "a[href^='/teams/1']", ZONE_LINK),
            "a[href*='/officers/'][href$='/edit/']",
        ),
    ),
    "expert-new": ("commissioner", "/experts/new/"),
    "person": ("teamleader", ("/teams/?q=渔阳镇", "a[href^='/teams/1']", "a[href^='/persons/']")),
    "entities": ("officer", "/ent/"),
    "entity": ("officer", ("/ent/", "table a[href^='/ent/']")),
    "entity-new": ("officer", "/ent/new/"),
    "entity-health": ("officechief", "/ent/health/"),
    "entity-dupes": ("officechief", "/ent/dupes/"),
    "entity-dupe": ("officechief", ("/ent/dupes/", "table a[href^='/ent/dupes/']")),
    "progress": ("officechief", "/dash/filing/"),
    "regulator": ("officechief", "/reg/"),
    "regulator-new": ("teamleader", "/reg/new/"),
    "regulator-listing": ("officechief", ("/reg/", "table a.tt")),
    "regulator-changed": ("officechief", ("/reg/", "table a.tt", "a[href*='kind=CHANGED']")),
    "units": ("officechief", "/units/"),
    "unit": ("officechief", ("/units/", "table a[href^='/units/']")),
    "handbook": ("officer", "/hb/"),
    "handbook-search": ("officer", "/hb/?q=消防"),
    "handbook-category": ("liaison", "/hb/?category=0401"),
    "handbook-entry": ("officer", "/hb/0401-01/"),
    "handbook-entry-work": ("officechief", "/hb/1401-01/"),
    "handbook-print": ("officer", "/hb/1401-01/print/"),
    "handbook-new": ("office", "/hb/new/?category=0401"),
    "handbook-edit": ("office", "/hb/0401-01/edit/"),
    "handbook-compare": ("officechief", "/hb/0401-01/compare/"),
    "handbook-withdraw": ("officechief", "/hb/0401-01/withdraw/"),
    "handbook-report": ("officer", "/hb/0401-01/report/"),
    "handbook-remarks": ("officechief", "/hb/remarks/"),
    "handbook-import": ("office", "/hb/import/"),
    "inbox": ("officer", "/inbox/"),
    "me": ("officer", "/me/"),
    "notice-settings": ("officer", "/me/notices/"),
    "menu": ("officer", "/menu/"),
    "search": ("officer", "/search/?q=渔阳"),
    "password": ("officer", "/me/password/"),
    "second-factor": ("officer", "/me/second-factor/"),
    "users": ("teamleader", "/set/users/"),
    "user-new": ("teamleader", "/set/users/new/"),
    "user": ("teamleader", ("/set/users/", "table a[href^='/set/users/']")),
    "users-bulk": ("teamleader", "/set/users/bulk/"),
    "roles": ("officer", "/set/roles/"),
    "calendar": ("officechief", "/set/calendar/"),
    "calendar-day": ("officechief", "/set/calendar/day/2026-09-24/"),
    "calendar-time": ("officechief", "/set/calendar/time/"),
    "calendar-import": ("officechief", "/set/calendar/2026/import/"),
    "ticket-new": ("officer", "/t/new/"),
    "ticket-hotline": ("dispatcher", "/t/new/"),
    "ticket": ("liaison", "/t/{ticket}/"),
    "ticket-hub": ("hubchief", "/t/{ticket}/"),
    "ticket-action": ("liaison", "/t/{ticket}/request_extension/"),
    "ticket-assist": ("liaison", "/t/{ticket}/add_assist/"),
    "ticket-print": ("liaison", "/t/{ticket}/print/"),
    "ticket-done": ("officer", "/t/{ticket}/done/"),
    "ticket-history": ("officechief", "/t/{ticket}/history/"),
    "tickets": ("officer", "/t/"),
    "tickets-department": ("liaison", "/t/"),
    "tickets-all": ("officechief", "/t/?view=all"),
    "tickets-more": ("officechief", "/t/?view=all&state=any&tier=HUB&more=1"),
    "tickets-drafts": ("officer", "/t/?view=draft"),
    "ledger": ("officechief", "/t/?view=all&state=any&set=ledger"),
    "queue": ("dispatcher", "/dispatch/"),
    "queue-handling": ("dispatcher", "/dispatch/?tab=handling"),
    "queue-ended": ("dispatcher", "/dispatch/?tab=ended"),
    "queue-merge": ("dispatcher", "/dispatch/{ticket}/merge/"),
    "returns": ("hubchief", "/dispatch/returns/"),
    "extensions": ("hubchief", "/dispatch/extensions/"),
    "callbacks": ("followup", "/callbacks/"),
    "late": ("hubchief", "/late/"),
    "export": ("officechief", "/t/export/?view=all"),
    "exports": ("officechief", "/exports/"),
    "handover": ("officer", "/me/handover/"),
    "rules": ("officechief", "/set/rules/"),
    "audit": ("auditor", "/set/audit/"),
    "audit-entry": ("auditor", ("/set/audit/", "table a.tt")),
    "status": ("sysadmin", "/status/"),
    "outbox": ("sysadmin", "/set/outbox/"),
    "filings": ("officechief", "/imp/"),
    "filing-new": ("teamleader", "/imp/new/"),
    "filing-check": ("officechief", ("/imp/?state=CHECKED", "table a.tt")),
    "filing-warnings": (
        "officechief",
        ("/imp/?state=CHECKED", "table a.tt", "nav.tabs a >> nth=1"),
    ),
    "filing-gone": ("officechief", ("/imp/?state=CHECKED", "table a.tt", "a[href$='/gone/']")),
    "filing-done": ("officechief", ("/imp/?state=APPLIED", "table a.tt")),
    "filing-board": ("officechief", "/imp/board/"),
    "filing-export": ("officechief", "/imp/export/"),
    "help-filings": ("officer", "/help/filings/"),
    "help": ("officer", "/help/"),
    "help-officer": ("officer", "/help/officer/"),
    "help-keys": ("officer", "/help/keys/"),
    "dash": ("officechief", "/dash/"),
    "dash-leader": ("leader", "/dash/"),
    "dash-topics": ("officechief", "/dash/topics/"),
    "dash-returns": ("officechief", "/dash/returns/"),
    "dash-metrics": ("officechief", "/dash/metrics/"),
    "reports": ("officechief", "/reports/"),
    "tokens": ("officer", "/me/tokens/"),
    "help-hub": ("dispatcher", "/help/hub/"),
    "help-department": ("liaison", "/help/department/"),
    "help-office": ("office", "/help/office/"),
    "help-leader": ("leader", "/help/leader/"),
    "help-team-leader": ("teamleader", "/help/team_leader/"),
    "help-stats": ("officechief", "/help/stats/"),
    "help-admins": ("sysadmin", "/help/admins/"),
    "not-found": ("officer", "/nothing/"),
    "forbidden": ("officer", "/set/audit/"),
    "admin": ("officechief", "/admin/"),
    "admin-calendar": ("officechief", "/admin/workdays/dayexception/"),
    "admin-handbook": ("office", "/admin/handbook/entry/"),
    "admin-filings": ("officechief", "/admin/filings/filing/"),
    "admin-filings-import": ("officechief", "/admin/filings/filing/import/"),
    "admin-filings-export": ("officechief", "/admin/filings/filing/export/"),
    "admin-pool": ("officechief", "/admin/roster/expert/"),
    "admin-pool-import": ("officechief", "/admin/roster/expert/import/"),
    "admin-pool-export": ("officechief", "/admin/roster/expert/export/"),
    "admin-units": ("officechief", "/admin/roster/unit/"),
    "admin-unit": ("officechief", ("/admin/roster/unit/", "#result_list tbody th a")),
    "admin-category": ("officechief", ("/admin/roster/category/", "#result_list tbody th a")),
}
# words that are names, not English
ALLOWED = re.compile(
    r"^(JZ|TOTP|Chromium|Linux|Mozilla|HeadlessChrome|x86_64|AppleWebKit|KHTML|"
    r"like|Gecko|Chrome|Safari|SQLite|PostgreSQL|Ctrl|Enter|Esc|JavaScript|GB|"
    r"manage|py|backup|verify|restore|xlsx|xls|docx|csv|CSV|JSON|json|Excel|Word|SHA|UTF)$"
)
WORD = re.compile(r"[A-Za-z]{3,}")
ADDRESS = re.compile(r"(?<!\w)/[a-z0-9/_-]+/")


@pytest.fixture
def address_of(scene):
    """Return where a page is found, with the number of a ticket filled in."""

    def find(name):
        where = PAGES[name][1]
        return where.format(ticket=scene["open"]) if isinstance(where, str) else where

    return find


def go(page, where, before_last=lambda: None):
    """Open an address, or click through from the first one."""
    if isinstance(where, str):
        return page.goto(where)
    response = page.goto(where[0])
    for selector in where[1:]:
        before_last()
        with page.expect_navigation() as moved:
            page.locator(selector).first.click()
        response = moved.value
    return response


#: text cut off without dots, and what stands out of the window beside what can be scrolled to
CLIPPED = """() => {
  const found = [];
  const inScroller = (e) => e.closest('.table-scroll,.results,.tabs,.jz-nav,.list,pre,.visually-hidden,.skip');
  for (const e of document.querySelectorAll('h1,h2,h3,th,td,dt,dd,label,legend,button,.btn,.tag,.light,.tt,p')) {
    const fold = e.closest('details:not([open])');
    if (!e.offsetParent || e.matches('.visually-hidden') || inScroller(e) || (fold && e.parentElement !== fold)) continue;
    const style = getComputedStyle(e);
    const isDotted = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
    const isHidden = /hidden|clip/.test(style.overflowX);
    if (isHidden && !isDotted && e.scrollWidth > e.clientWidth + 1) found.push('cut: ' + e.textContent.trim().slice(0, 30));
    const box = e.getBoundingClientRect();
    if (box.width > 1 && (box.right > innerWidth + 1 || box.left < -1)) found.push('outside: ' + e.tagName + ' ' + e.textContent.trim().slice(0, 30));
  }
  return found.slice(0, 3);
}"""


def shape_faults(page, width):
    """Return what is wrong with the page as it stands at a width."""
    faults = []
    if page.evaluate("document.documentElement.scrollWidth") > width:
        faults.append("scrolls sideways")
    if page.locator("h1:visible").count() != 1:
        faults.append("not one h1")
    faults += page.evaluate(CLIPPED)
    # axe copies sheets with @import, as the admin's have, into inline styles that the CSP forbids
    preload = "/admin/" not in page.url
    options = {"resultTypes": ["violations"], "preload": preload}
    found = page.evaluate("options => axe.run(document, options)", options)
    faults += [
        f"{v['id']}: {v['help']} {[n['target'] for n in v['nodes']][:3]}"
        for v in found["violations"]
    ]
    return [f"{width} px: {fault}" for fault in faults]


# read in place: a copy of an element with a style of a script's counts as an inline style
TEXTS = """(() => {
  const names = 'script,noscript,style,code,svg,kbd,input,.num,.sub,[data-latin],.field-code';
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest(names)) found.push(walk.currentNode.data);
  }
  return found.join(' ');
})()"""


def foreign_words(page):
    """Return the English words that a person would read."""
    text = page.evaluate(TEXTS)
    text = ADDRESS.sub("", text)
    return {word for word in WORD.findall(text) if not ALLOWED.match(word)}


#: kilobytes of the document and of everything, compressed (ux.md §7); the admin is Django's own
LIGHT, CHARTS, REQUESTS, NODES = (20, 120), (25, 320), 9, 1500
_weights: dict[str, int] = {}


def weight_of(page, url):
    """Return the compressed size of a file of ours, fetched and weighed once."""
    if url not in _weights:
        _weights[url] = len(gzip.compress(page.request.get(url).body()))
    return _weights[url]


def weight_faults(page, name, document, answers):
    """Return which budget the page breaks."""
    faults = []
    nodes = page.evaluate("document.querySelectorAll('*').length")
    if nodes > NODES and name != "calendar":
        faults.append(f"{nodes} nodes")
    if name.startswith("admin"):
        return faults
    of_document, of_all = CHARTS if name.startswith("dash") else LIGHT
    own = len(gzip.compress(document.body()))
    if own > of_document * 1024:
        faults.append(f"document of {own} bytes")
    files = {answer.url for answer in answers if "/static/" in answer.url}
    total = own + sum(weight_of(page, url) for url in files)
    if total > of_all * 1024:
        faults.append(f"{total} bytes in all")
    if len(answers) > REQUESTS:
        faults.append(f"{len(answers)} requests")
    return faults


@pytest.mark.parametrize("name", PAGES)
def test_page(window, server, address_of, name):
    page = window(PAGES[name][0])
    answers = []
    page.on("response", lambda response: answers.append(response))
    response = go(page, address_of(name), answers.clear)
    assert response.status == {"not-found": 404, "forbidden": 403}.get(name, 200)
    faults = weight_faults(page, name, response, list(answers))
    if not page.evaluate("document.documentElement.lang").lower().startswith("zh"):
        faults.append("not marked as Chinese")
    if foreign := foreign_words(page) - set(server.passwords):
        faults.append(f"not in Chinese: {sorted(foreign)}")
    page.evaluate(AXE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if os.environ.get("SCREENSHOTS"):
            SHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
        faults += shape_faults(page, width)
    assert faults == []
