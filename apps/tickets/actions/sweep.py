"""The sweep: everything that is due rings once, in order, whoever sweeps and how often.

Truth is in the database: a clock row says when to look (``next_fire_at``), the events say what is
so, and a unique ``Firing`` makes each milestone ring once. Any number of sweepers may work at the
same time; a crash at any point leaves a batch wholly done or not begun (reliability R1–R4, T1–T8).
"""

import logging
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, IntegrityError, transaction
from django.db.models import F

from apps.tickets.actions import _rings
from apps.tickets.actions._move import perform
from apps.tickets.actions.telling import Told
from apps.tickets.choices import ClockKind
from apps.tickets.clocks import due_of
from apps.tickets.milestones import milestones
from apps.tickets.models import Clock, Ticket
from apps.tickets.queries.book import load_book
from apps.tickets.queries.crowd import RING_FIELDS, load_crowd

logger = logging.getLogger("jizhou.tickets")
BATCH = _rings.BATCH
#: so many clocks in one run, then other timers have their turn; the next run goes on
MOST_PER_RUN = 10_000
PAUSE = timedelta(hours=1)
ALARM_AT = 3


def due_clocks(now: datetime, limit: int) -> list[tuple[int, int, str]]:
    """Return (clock, ticket, kind) of the longest overdue rows: one look into a partial index."""
    rows = Clock.objects.filter(next_fire_at__isnull=False, next_fire_at__lte=now)
    return list(rows.order_by("next_fire_at", "pk").values_list("pk", "ticket_id", "kind")[:limit])


def sweep(*, now: datetime, limit: int = MOST_PER_RUN) -> int:
    """Ring what is due, the longest waiting first; return how many clocks were looked after.

    500 clocks at a time in one transaction each. A batch that fails is done ticket by ticket, and
    what fails then is put off by an hour, so that one bad row stops nobody else. Tickets that are
    being changed at this moment are left to the next pass.
    """
    done, told = 0, Told()
    while done < limit:
        room = min(BATCH, limit - done)
        due = due_clocks(now, room)
        handled = _batch(due, now, told) if due else 0
        done += handled
        if not handled or len(due) < room:  # the rest is in somebody else's hands, or there is none
            break
    return done


def _batch(due: Sequence[tuple[int, int, str]], now: datetime, told: Told) -> int:
    """Do the clocks of a batch; return how many were looked after."""
    automatic = [(pk, ticket, kind) for pk, ticket, kind in due if kind in _rings.AUTOMATIC]
    tickets = sorted({ticket for _, ticket, kind in due if kind not in _rings.AUTOMATIC})
    done = sum(_act_or_postpone(pk, ticket, ClockKind(kind), now) for pk, ticket, kind in automatic)
    if not tickets:
        return done
    try:
        return done + _remembering(tickets, now, told)
    except Exception as error:
        if _is_outage(error):
            raise
        logger.exception("a batch of reminders failed; its tickets are done one by one")
    return done + sum(_ring_or_postpone(ticket, now, told) for ticket in tickets)


def _remembering(tickets: Sequence[int], now: datetime, told: Told) -> int:
    """Ring, and take over what was told only when it is committed."""
    trial = deepcopy(told)
    done = ring(tickets, now, trial)
    vars(told).update(vars(trial))
    return done


def _is_outage(error: Exception) -> bool:
    """Say whether the database itself is in trouble: no row is to blame, the timer tries again."""
    return isinstance(error, Error) and not isinstance(error, IntegrityError)


def _lock(tickets: Sequence[int]) -> list[Ticket]:
    """Lock tickets against moves, those in other hands left out (on SQLite the file is locked)."""
    rows = Ticket.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return list(rows.filter(pk__in=tickets).only(*RING_FIELDS).order_by("pk"))


@transaction.atomic
def ring(tickets: Sequence[int], now: datetime, told: Told) -> int:
    """Ring the due milestones of some tickets in one transaction; return the clocks looked after.

    The calendar is taken first and the tickets second, as in every move.
    """
    book = load_book(for_writing=True)
    members = load_crowd(_lock(tickets), book, due_by=now)
    batch = _rings.collect(members, now=now, book=book)
    _rings.write(batch, told)
    return len(batch.retimed)


# ---- clocks whose end is an action -------------------------------------------------------------
@transaction.atomic
def _act(clock_id: int, ticket_id: int, kind: ClockKind, now: datetime) -> int:
    """Do what the end of a clock means (the expert's time is over, a pause ends), exactly once."""
    book = load_book(for_writing=True)
    members = load_crowd(_lock([ticket_id]), book, due_by=now)
    if not members:
        return 0
    member = members[0]
    row = next((one for one in member.rows.values() if one.pk == clock_id), None)
    if row is None or row.next_fire_at is None or row.next_fire_at > now:
        return 1  # somebody was quicker
    clock = next(
        (c for c in member.clocks if (c.kind, c.key, c.lap) == (kind, row.key, row.lap)), None
    )
    ripe = []
    if clock is not None and clock.is_running:
        known = member.fired(row, clock.cycle)
        marks = milestones(clock, due_of(clock, book), book)
        ripe = [one for one in marks if one.at <= now and one.name not in known]
    Clock.objects.filter(pk=clock_id).update(next_fire_at=None)
    if clock is None or not ripe:
        return 1
    _rings.write_firings([(row, one, clock.cycle) for one in ripe], now)
    data: dict[str, Any] = {"asked": row.key} if kind == ClockKind.EXPERT else {}
    perform(ticket=member.ticket, action=_rings.AUTOMATIC[kind], by=None, now=now, data=data)
    return 1


# ---- row by row ---------------------------------------------------------------------------------
def _act_or_postpone(clock_id: int, ticket_id: int, kind: ClockKind, now: datetime) -> int:
    try:
        return _act(clock_id, ticket_id, kind, now)
    except Exception as error:
        if _is_outage(error):
            raise
        return _postpone(Clock.objects.filter(pk=clock_id), ticket_id, now)


def _ring_or_postpone(ticket_id: int, now: datetime, told: Told) -> int:
    try:
        return _remembering([ticket_id], now, told)
    except Exception as error:
        if _is_outage(error):
            raise
        rows = Clock.objects.filter(ticket_id=ticket_id, next_fire_at__lte=now)
        return _postpone(rows, ticket_id, now)


def _postpone(rows: Any, ticket_id: int, now: datetime) -> int:
    """Put failing rows off by an hour; called while the failure is being handled (R4)."""
    logger.exception("reminder of ticket %s failed", ticket_id)
    changed = int(rows.update(next_fire_at=now + PAUSE, failures=F("failures") + 1))
    if Clock.objects.filter(ticket_id=ticket_id, failures__gte=ALARM_AT).exists():
        logger.error("工单 %s 的时限提醒连续失败，请查看日志并核对这件工单。", ticket_id)
    return changed
