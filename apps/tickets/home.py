"""What the tickets give to the shared pages: tiles and cards of the 工作台, counts, the search box."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.core.home import Card, Tile
from apps.core.permissions import Permission
from apps.core.search import Hit
from apps.tickets import links
from apps.tickets.lines import lines_of
from apps.tickets.models import Ticket
from apps.tickets.queries import desk, ledger, lists, work
from apps.tickets.queries.enterprise import enterprise_name
from apps.tickets.queries.search import find


# ---- the search box -------------------------------------------------------------------------
def find_tickets(user: Any, text: str, limit: int) -> list[Hit]:
    """Tickets by number however typed, or by words of the request; only what the person sees."""
    seen = Ticket.objects.visible_to(user).select_related("lead_unit", "first_unit")
    return [
        Hit(
            row.title,
            links.page(row.number or ""),
            " · ".join((row.number or "", enterprise_name(user, row), ledger.current_step(row))),
        )
        for row in find(seen, text, limit)
    ]


# ---- the navigation -------------------------------------------------------------------------
def count_of(*keys: str) -> Callable[[Any], int]:
    """Return a function of the user that adds some work lists up; all share one look-up."""

    def count(user: Any) -> int:
        numbers = work.counts_for(user, timezone.now())
        return sum(numbers[key] for key in keys)

    return count


def mine_to_do(user: Any) -> int:
    """Return how many tickets wait for the person or the own unit."""
    return desk.todo_count(user, timezone.now())


# ---- 工作台 ---------------------------------------------------------------------------------
def tiles(user: Any, now: datetime) -> list[Tile]:
    """The five lights, each leading to exactly the rows it counts."""
    if not desk.has_desk(user):
        return []
    view = desk.view_of(user)
    numbers = desk.light_counts(user, now)
    since = lists.month_start(now)
    shapes = {"red": ("r", "最长的排在最前"), "yellow": ("y", "剩 2 个工作日以内")}
    found = []
    for key in ("red", "yellow", "green"):
        kind, note = shapes.get(key, ("g", "时间还够"))
        found.append(
            Tile(
                work.WORK[key].label,
                numbers[key],
                note,
                links.listing(view=view, light=key),
                "",
                kind if numbers[key] or key == "green" else "",
                is_first=True,
                shape=kind,
            )
        )
    found.append(
        Tile(
            work.WORK["told"].label,
            numbers["told"],
            "请告知企业",
            links.listing(view=view, work="told"),
            "message-2",
            "b",
            is_first=True,
        )
    )
    ended = links.listing(view=view, state="ended", ended_since=since.isoformat())
    found.append(
        Tile("本月办结", numbers["ended"], "含销号、撤单、并单", ended, "checks", is_first=True)
    )
    return found


def cards(user: Any, now: datetime) -> list[Card]:
    """My tickets by urgency with the one next step, and the quick way to 登记."""
    found = []
    if desk.has_desk(user):
        found.append(_my_tickets(user, now))
    if user.has_perm(Permission.REGISTER_TICKETS):
        context = {"draft_count": Ticket.objects.drafts_of(user).count()}
        found.append(Card("登记诉求", "tickets/_card_new.html", context, "side", 10))
    return found


def _my_tickets(user: Any, now: datetime) -> Card:
    tabs, chosen = desk.tabs_for(user, now)
    context = {
        "tabs": tabs,
        "lines": lines_of(desk.lines(user, now), user, now),
        "now": now,
        "more_url": links.listing(view=desk.view_of(user)),
        "more_label": f"全部 {chosen:,} 件" if chosen <= work.MOST_COUNTED else "全部",
    }
    title = {"mine": "我的工单", "unit": "本单位工单"}.get(desk.view_of(user), "工单")
    return Card(title, "tickets/_card_mine.html", context, "main", 10)
