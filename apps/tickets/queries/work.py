"""What waits, in one definition each: the tabs, the lights, the tiles and the navigation.

Every number shown anywhere is counted with the condition by which its list is filtered, so that a
count and the list behind it are always the same set (ux.md §1).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from apps.core import clock
from apps.core.paging import KeysetPage
from apps.core.permissions import Permission
from apps.tickets.choices import ApplicationKind, ApplicationState, Status
from apps.tickets.models import Application, Ticket

MOST_COUNTED = 10_000
STAMP = "tickets:stamp"
COUNT_SECONDS = 60
#: so many counted tickets let a count grow a second old, but never older than this
PER_SECOND, MOST_SECONDS = 2_000, 10
#: totals from here on are kept between the pages of a list
KEPT_FROM = 1_000


def red(now: datetime) -> Q:
    """Overdue: ``lights.is_overdue`` in SQL."""
    return Q(is_open=True, due_at__lte=now)


def yellow(now: datetime) -> Q:
    """Soon due."""
    return Q(is_open=True, due_at__gt=now, yellow_at__lte=now)


def green(now: datetime) -> Q:
    """In time, neither overdue nor soon due."""
    return Q(is_open=True, due_at__gt=now) & (Q(yellow_at__gt=now) | Q(yellow_at__isnull=True))


def _in(status: Status) -> Callable[[datetime], Q]:
    return lambda now: Q(is_open=True, status=status)


def extension_waits(now: datetime) -> Q:
    """An extension was asked for and not decided."""
    waiting = Application.objects.filter(
        kind=ApplicationKind.EXTENSION, state=ApplicationState.PENDING, ticket=OuterRef("pk")
    )
    return Q(is_open=True, status=Status.PROCESSING) & Q(Exists(waiting))


def to_tell(now: datetime) -> Q:
    """待反馈企业: there is an answer, and the enterprise has not been told (decisions.md 8)."""
    answered = Q(status__in=(Status.PENDING_REVIEW, Status.PENDING_FOLLOWUP))
    return Q(is_open=True, is_told=False) & answered


@dataclass(frozen=True)
class Work:
    """A named set of open tickets; ``is_hot`` says that somebody waits for it."""

    key: str
    label: str
    condition: Callable[[datetime], Q]
    is_hot: bool = False


WORK: dict[str, Work] = {
    one.key: one
    for one in (
        Work("dispatch", "待派单", _in(Status.PENDING_DISPATCH), is_hot=True),
        Work("accept", "待签收", _in(Status.PENDING_ACCEPT)),
        Work("processing", "办理中", _in(Status.PROCESSING)),
        Work("yellow", "临期", yellow),
        Work("red", "超期", red, is_hot=True),
        Work("returns", "退单待定", _in(Status.RETURN_REVIEW)),
        Work("extensions", "延期待定", extension_waits),
        Work("review", "办结待审", _in(Status.PENDING_REVIEW)),
        Work("callbacks", "待回访", _in(Status.PENDING_FOLLOWUP)),
        Work("told", "待反馈企业", to_tell),
        Work("green", "正常", green),
    )
}
#: counted from another table, so that the pass over the open tickets stays one scan
_APART = "extensions"


def touch(case: Any = None, event: Any = None) -> None:
    """Make the kept counts stale once the present transaction is committed."""
    stamps = [STAMP] + ([_own(event.by_id)] if event is not None and event.by_id else [])
    transaction.on_commit(lambda: cache.set_many(dict.fromkeys(stamps, clock.steady()), None))


def _own(user_pk: int) -> str:
    return f"{STAMP}:{user_pk}"


def kept(user_pk: int, key: str, count: Callable[[], Any], *, size: Callable[[Any], int]) -> Any:
    """Return a count of a person's that nothing has changed since, at most a minute old.

    What takes long to count may also be as old as ``size(value)`` says, a second for each 2,000
    tickets, ten at most: with 20,000 open tickets and a move a second the pages would do nothing
    but count. A person's own step always shows at once.
    """
    full = f"tickets:counts:{user_pk}:{key}"
    known = cache.get_many([STAMP, _own(user_pk), full])
    stamps = known.get(STAMP), known.get(_own(user_pk))
    if full in known:
        then, until, value = known[full]
        if then == stamps or (then[1] == stamps[1] and clock.steady() < until):
            return value
    value = count()
    until = clock.steady() + min(size(value) / PER_SECOND, MOST_SECONDS)
    cache.set(full, (stamps, until, value), COUNT_SECONDS)
    return value


def counts(tickets: QuerySet[Ticket], now: datetime) -> dict[str, int]:
    """Return the number of each work list of a scope, and ``open``: two queries."""
    numbers = tickets.filter(is_open=True).aggregate(
        open=Count("pk"),
        **{
            key: Count("pk", filter=one.condition(now))
            for key, one in WORK.items()
            if key != _APART
        },
    )
    waiting = Application.objects.filter(
        kind=ApplicationKind.EXTENSION,
        state=ApplicationState.PENDING,
        ticket__in=tickets.filter(WORK[_APART].condition(now)).values("pk"),
    )
    return {**numbers, _APART: waiting.count()}


def counted(rows: QuerySet[Any]) -> int:
    """Count rows, stopping at 10,001 (decisions.md 31)."""
    return int(rows.order_by()[: MOST_COUNTED + 1].count())


def total_of(user_pk: int, key: str, rows: QuerySet[Any], page: KeysetPage[Any]) -> int:
    """Count the rows of a list; large totals are kept from page to page, small ones are exact."""
    if not page.next_url and not page.prev_url:
        return len(page.rows)
    full = f"tickets:total:{user_pk}:{hashlib.sha256(key.encode()).hexdigest()}"
    found: int | None = cache.get(full)
    if found is None:
        found = counted(rows)
        if found >= KEPT_FROM:
            cache.set(full, found, MOST_SECONDS)
    return found


def in_words(number: int, noun: str = "件") -> str:
    """Return 共 1,286 件, or 10,000+ 件."""
    return f"共 {number:,} {noun}" if number <= MOST_COUNTED else f"{MOST_COUNTED:,}+ {noun}"


def sees_by_unit(user: Any) -> bool:
    """Say whether all that a person sees are the rows of the own unit, and nothing beside."""
    others = (
        Permission.VIEW_ALL_TICKETS,
        Permission.VIEW_FOLLOWUPS,
        Permission.VIEW_TRANSFERRED_TICKETS,
    )
    return bool(user.has_perm(Permission.VIEW_UNIT_TICKETS)) and not any(map(user.has_perm, others))


def open_for(user: Any) -> QuerySet[Ticket]:
    """Return the open tickets that a person sees, by the unit's own rows where those are all."""
    tickets: QuerySet[Ticket] = Ticket.objects.visible_to(user)
    if not sees_by_unit(user):
        return tickets
    return tickets.annotate(list_open=F("unit_rows__is_open")).filter(list_open=True)


def counts_for(user: Any, now: datetime) -> dict[str, int]:
    """Return the counts of everything a person sees: once per request, kept between requests."""
    if not hasattr(user, "_ticket_counts"):
        tickets = open_for(user)
        user._ticket_counts = kept(
            user.pk, "seen", lambda: counts(tickets, now), size=lambda found: found["open"]
        )
    found: dict[str, int] = user._ticket_counts
    return found
