"""The 工作台: whose tickets a person looks at first, the five lights, what waits for a step."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from apps.core.permissions import Permission
from apps.tickets import links
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.tickets.queries import ledger, lists, work

SHOWN = 8
ENDED_WEIGHT = 20
SEES = (
    Permission.VIEW_ALL_TICKETS,
    Permission.VIEW_UNIT_TICKETS,
    Permission.VIEW_INVITED_TICKETS,
    Permission.VIEW_FOLLOWUPS,
)
#: roles whose desk shows the unit's tickets, and those whose desk shows their own
UNIT_ROLES = frozenset({"TEAM_LEADER", "LIAISON", "COMMISSIONER"})


def has_desk(user: Any) -> bool:
    """Say whether tickets are part of a person's daily work."""
    return any(user.has_perm(permission) for permission in SEES)


def view_of(user: Any) -> str:
    """Return whose tickets the desk shows: the officer's own, the unit's, the district's."""
    if user.has_perm(Permission.VIEW_ALL_TICKETS):
        return lists.ALL
    if UNIT_ROLES & user.roles and user.unit_id is not None:
        return lists.UNIT
    return lists.ALL if user.has_perm(Permission.VIEW_FOLLOWUPS) else lists.MINE


def _tickets(user: Any) -> lists.Rows:
    return lists.scope(user, view_of(user))


def light_counts(user: Any, now: datetime) -> dict[str, int]:
    """Return the numbers of the five tiles and of ``open``: two queries, kept until a move.

    Each is counted with the condition by which the list behind it filters.
    """

    def count() -> dict[str, int]:
        tickets = _tickets(user)
        numbers: dict[str, int] = tickets.filter(list_open=True).aggregate(
            open=Count("pk"),
            **{
                key: Count("pk", filter=work.WORK[key].condition(now))
                for key in ("red", "yellow", "green", "told")
            },
        )
        return numbers

    def ended() -> int:
        since = lists.start_of(lists.month_start(now))
        return work.counted(_tickets(user).filter(list_open=False, ended_at__gte=since))

    found: dict[str, int] = work.kept(user.pk, "desk", count, size=lambda found: found["open"])
    # no index gives a unit's ended ones, so their number takes longest and may be older than others
    month = work.kept(user.pk, "ended", ended, size=lambda number: number * ENDED_WEIGHT)
    return {**found, "ended": month}


def todo(user: Any) -> Q:
    """Return the condition of tickets whose next step is the person's or the own unit's."""
    unit, roles = user.unit_id or 0, user.roles
    found = Q(pk__in=[])
    if roles & {"OFFICER", "TEAM_LEADER"}:
        own = Q(first_receiver_id=user.pk) if "TEAM_LEADER" not in roles else Q(first_unit_id=unit)
        found |= own & Q(status=Status.REGISTERED)
    if roles & {"LIAISON", "COMMISSIONER", "TEAM_LEADER", "OFFICER"}:
        found |= Q(lead_unit_id=unit, status__in=(Status.PENDING_ACCEPT, Status.PROCESSING))
    if "EXPERT" in roles:
        found |= Q(handler_id=user.pk, status=Status.PROCESSING)
    if user.has_perm(Permission.DISPATCH_TICKETS):
        found |= Q(status__in=(Status.PENDING_DISPATCH, Status.RETURN_REVIEW))
    if roles & {"HUB_CHIEF", "OFFICE_CLERK", "OFFICE_CHIEF"}:
        found |= Q(status=Status.PENDING_REVIEW)
    if roles & {"FOLLOWUP_CLERK", "OFFICE_CLERK", "OFFICE_CHIEF"}:
        found |= Q(status=Status.PENDING_FOLLOWUP)
    return found


def todo_count(user: Any, now: datetime) -> int:
    """Return how many wait for a step of the person or the own unit, 10,001 at most."""

    def count() -> int:
        mine = lists.scope(user, lists.ALL).filter(list_open=True).filter(todo(user))
        return work.counted(mine)

    found: int = work.kept(user.pk, "todo", count, size=int)
    return found


def lines(user: Any, now: datetime) -> list[Ticket]:
    """Return the most urgent open tickets of the desk, read for a row of the table."""
    tickets = _tickets(user).filter(list_open=True)
    rows = ledger.named(tickets).defer(*ledger.LONG)
    return list(rows.order_by(*lists.SORTS["due"].order)[:SHOWN])


def tabs_for(user: Any, now: datetime) -> tuple[list[dict[str, Any]], int]:
    """Return the links above the desk's table with their counts, and how many are open."""
    view, numbers = view_of(user), light_counts(user, now)
    found: list[dict[str, Any]] = [
        {
            "label": "在办",
            "url": links.listing(view=view),
            "count": numbers["open"],
            "is_current": True,
        }
    ]
    for key, is_hot in (("red", True), ("yellow", False), ("told", False)):
        one = work.WORK[key]
        address = (
            links.listing(view=view, work="told")
            if key == "told"
            else links.listing(view=view, light=key)
        )
        found.append(
            {
                "label": one.label,
                "url": address,
                "count": numbers[key],
                "hot": is_hot and numbers[key] > 0,
            }
        )
    if user.has_perm(Permission.REGISTER_TICKETS):
        drafts = Ticket.objects.drafts_of(user).count()
        found.append({"label": "草稿", "url": links.listing(view="draft"), "count": drafts})
    return found, numbers["open"]
