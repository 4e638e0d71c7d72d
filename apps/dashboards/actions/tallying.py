"""Keeping the tallies: tickets that changed are taken back and counted anew, 500 at a time.

Whoever rolls up holds the one row of ``TallyState``; a second worker finds it taken and leaves. All
of a batch is one transaction: differences, the tickets' cells and the removal of the dirty rows.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.bulk import update_rows
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.dashboards.contributions import EMPTY, Cells, contributions, spread
from apps.dashboards.measures import CODES
from apps.dashboards.models import (
    Adjustment,
    DayTally,
    Dirty,
    KindTally,
    MonthClose,
    TallyState,
    TicketTally,
)
from apps.dashboards.periods import next_month
from apps.dashboards.queries.bundles import load_bundles
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.workdays.queries import current_calendar

BATCH = 500
MOST_BATCHES = 40
Changes = Counter[tuple[Any, ...]]


def mark(tickets: Iterable[int]) -> None:
    """Say that tickets have changed, in the transaction that changes them."""
    Dirty.objects.bulk_create([Dirty(ticket_id=pk) for pk in tickets])


def follow_move(case: Any, event: Any) -> None:
    """Listen to a move of a ticket."""
    mark([case.ticket.pk])


def roll_up(*, now: datetime, most: int = MOST_BATCHES) -> int:
    """Bring the tallies up to date; return how many tickets were counted anew."""
    done = 0
    for _ in range(most):
        handled, is_complete = _roll_up_batch(now)
        done += handled
        if is_complete:
            break
    return done


@transaction.atomic
def _roll_up_batch(now: datetime) -> tuple[int, bool]:
    """Return how many tickets were counted anew, and whether nothing is left to do here."""
    state = hold(wait=False)
    if state is None:
        return 0, True
    rows = list(Dirty.objects.order_by("pk").values_list("pk", "ticket_id")[:BATCH])
    pks = {ticket for _, ticket in rows}
    if pks:
        _count_anew(pks, now)
        Dirty.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    is_complete = len(rows) < BATCH
    if is_complete:
        TallyState.objects.filter(pk=state.pk).update(done_at=now)
    return len(pks), is_complete


def hold(*, wait: bool) -> TallyState | None:
    """Take the row that lets one worker write; None when another holds it and we do not wait."""
    TallyState.objects.bulk_create([TallyState(pk=1)], ignore_conflicts=True)
    return TallyState.objects.select_for_update(skip_locked=not wait).filter(pk=1).first()


def _count_anew(pks: set[int], now: datetime) -> None:
    calendar = current_calendar()
    bundles = load_bundles(pks)
    known = {row.pk: row.cells for row in TicketTally.objects.filter(pk__in=pks)}
    closed = set(MonthClose.objects.values_list("month", flat=True))
    changes: Changes = Counter()
    adjustments: list[Adjustment] = []
    fresh, changed = [], []
    for pk in sorted(pks):
        cells = contributions(bundles[pk], calendar) if pk in bundles else EMPTY
        before = known.get(pk)
        if cells == (before or EMPTY):
            continue
        steps = _difference(before or EMPTY, cells)
        adjustments += _hold_back(steps, pk, closed, now)
        changes.update(steps)
        if before is None:
            fresh.append(TicketTally(ticket_id=pk, cells=cells))
        else:
            changed.append((pk, cells))
    _apply(changes)
    TicketTally.objects.bulk_create(fresh)
    update_rows(TicketTally, ["cells"], changed)
    Adjustment.objects.bulk_create(adjustments)


def _difference(before: Cells, after: Cells) -> Changes:
    steps: Changes = Counter()
    for cells, sign in ((before, -1), (after, 1)):
        for place, amount in spread(cells, sign):
            steps[place] += amount
    return Counter({place: amount for place, amount in steps.items() if amount})


def _hold_back(steps: Changes, ticket: int, closed: set[date], now: datetime) -> list[Adjustment]:
    """Take what belongs to closed months out of ``steps``; return it as adjustments."""
    held = [
        place
        for place in steps
        if place[0] == "day" and date.fromisoformat(place[1]).replace(day=1) in closed
    ]
    return [
        Adjustment(
            day=date.fromisoformat(place[1]),
            unit_id=place[2],
            measure=place[3],
            amount=steps.pop(place),
            ticket_id=ticket,
            at=now,
        )
        for place in held
    ]


def _apply(changes: Changes) -> None:
    days: dict[tuple[date, int | None], Counter[str]] = {}
    kinds: dict[tuple[date, int | None, str, str], int] = {}
    for place, amount in changes.items():
        if place[0] == "day":
            _, day, unit, code = place
            days.setdefault((date.fromisoformat(day), unit), Counter())[code] += amount
        else:
            _, month, unit, dimension, value = place
            kinds[(date.fromisoformat(month), unit, dimension, value)] = amount
    _apply_days(days)
    _apply_kinds(kinds)


def _apply_days(days: dict[tuple[date, int | None], Counter[str]]) -> None:
    rows = {
        (row.day, row.unit_id): row
        for row in DayTally.objects.filter(day__in={day for day, _ in days})
    }
    fresh, changed = [], []
    for (day, unit), steps in days.items():
        row = rows.get((day, unit))
        if row is None:
            fresh.append(DayTally(day=day, unit_id=unit, **steps))
        else:
            changed.append([row.pk, *(getattr(row, code) + steps[code] for code in CODES)])
    DayTally.objects.bulk_create(fresh, batch_size=BATCH)
    update_rows(DayTally, CODES, changed)


def _apply_kinds(kinds: dict[tuple[date, int | None, str, str], int]) -> None:
    found = KindTally.objects.filter(month__in={place[0] for place in kinds})
    rows = {(row.month, row.unit_id, row.dimension, row.value): row for row in found}
    fresh, changed = [], []
    for place, amount in kinds.items():
        row = rows.get(place)
        if row is None:
            month, unit, dimension, value = place
            fresh.append(
                KindTally(month=month, unit_id=unit, dimension=dimension, value=value, count=amount)
            )
        else:
            changed.append([row.pk, row.count + amount])
    KindTally.objects.bulk_create(fresh, batch_size=BATCH)
    update_rows(KindTally, ["count"], changed)


# ---- many at once ------------------------------------------------------------------------------
@transaction.atomic
def write_contributions(rows: Sequence[tuple[int, Cells]]) -> None:
    """Add tickets that are not counted yet, given (ticket, cells): one read and write per table.

    For bulk writers that make tickets without moves; ``cells`` come from ``contributions``.
    """
    hold(wait=True)
    steps: Changes = Counter()
    for _, cells in rows:
        for place, amount in spread(cells, 1):
            steps[place] += amount
    _apply(steps)
    TicketTally.objects.bulk_create(
        [TicketTally(ticket_id=pk, cells=cells) for pk, cells in rows], batch_size=BATCH
    )


def rebuild(*, now: datetime) -> int:
    """Count everything anew in one transaction; return how many tickets were counted.

    Closed months keep their numbers; what a ticket would change there becomes an adjustment.
    """
    done = 0
    with transaction.atomic():
        hold(wait=True)
        closed = set(MonthClose.objects.values_list("month", flat=True))
        DayTally.objects.exclude(_within(closed)).delete()
        KindTally.objects.all().delete()
        Dirty.objects.all().delete()
        for pks in _batches():
            done += _rebuild_batch(pks, closed, now)
        TallyState.objects.filter(pk=1).update(done_at=now, drifted=0)
    return done


def _within(months: set[date]) -> Q:
    found = Q(pk__in=[])
    for month in months:
        found |= Q(day__gte=month, day__lt=next_month(month))
    return found


def _rebuild_batch(pks: list[int], closed: set[date], now: datetime) -> int:
    calendar = current_calendar()
    known = {row.pk: row.cells for row in TicketTally.objects.filter(pk__in=pks)}
    steps: Changes = Counter()
    adjustments: list[Adjustment] = []
    rows = []
    for pk, bundle in load_bundles(pks).items():
        cells = contributions(bundle, calendar)
        held = _hold_back(_difference(known.get(pk, EMPTY), cells), pk, closed, now)
        adjustments += held
        own: Changes = Counter(dict(spread(cells, 1)))
        _hold_back(own, pk, closed, now)
        steps.update(own)
        rows.append(TicketTally(ticket_id=pk, cells=cells))
    _apply(steps)
    TicketTally.objects.filter(pk__in=pks).delete()
    TicketTally.objects.bulk_create(rows)
    Adjustment.objects.bulk_create(adjustments)
    return len(rows)


def _batches() -> Iterable[list[int]]:
    """Yield the keys of all tickets but drafts, 500 at a time."""
    last = 0
    while True:
        found = Ticket.objects.exclude(status=Status.DRAFT).filter(pk__gt=last).order_by("pk")
        pks = list(found.values_list("pk", flat=True)[:BATCH])
        if not pks:
            return
        yield pks
        last = pks[-1]


# ---- checking ----------------------------------------------------------------------------------
def check(*, now: datetime) -> int:
    """Compare with recomputation; return how many tickets and totals differ, and keep the number.

    Tickets are compared with what they contribute now, the tables with the sum of the tickets'
    cells less what closed months hold back. Tickets that differ are counted anew by the next pass.
    """
    with transaction.atomic():
        hold(wait=True)
        waiting = set(Dirty.objects.values_list("ticket_id", flat=True))
        total: Changes = Counter()
        drifted: list[int] = []
        for pks in _batches():
            calendar = current_calendar()
            known = {row.pk: row.cells for row in TicketTally.objects.filter(pk__in=pks)}
            for pk, bundle in load_bundles(pks).items():
                before = known.get(pk, EMPTY)
                if pk not in waiting and contributions(bundle, calendar) != before:
                    drifted.append(pk)
                for place, amount in spread(before, 1):
                    total[place] += amount
        mark(drifted)
        wrong = len(drifted) + _wrong_totals(total)
        TallyState.objects.filter(pk=1).update(checked_at=now, drifted=wrong)
    return wrong


def _wrong_totals(total: Changes) -> int:
    """Return how many cells of the tables differ from the sum of the tickets' cells."""
    for one in Adjustment.objects.all().iterator():
        total[("day", one.day.isoformat(), one.unit_id, one.measure)] -= one.amount
    for row in DayTally.objects.all().iterator():
        for code in CODES:
            total[("day", row.day.isoformat(), row.unit_id, code)] -= getattr(row, code)
    for kind in KindTally.objects.all().iterator():
        place = ("kind", kind.month.isoformat(), kind.unit_id, kind.dimension, kind.value)
        total[place] -= kind.count
    return sum(1 for amount in total.values() if amount)


# ---- closing months ----------------------------------------------------------------------------
@transaction.atomic
def close_month(*, month: date, by: Actor | None, now: datetime) -> MonthClose:
    """Close a month for good: its numbers stay, later differences become adjustments.

    Raises:
        DomainError: the month is not over.
    """
    month = month.replace(day=1)
    if local(now).date() < next_month(month):
        raise DomainError("这个月还没有过完，不能锁定。")
    found = MonthClose.objects.filter(month=month).first()
    if found is not None:
        return found
    roll_up(now=now)
    hold(wait=True)
    user = by.pk if by is not None else None
    made = MonthClose.objects.create(month=month, closed_at=now, closed_by_id=user)
    record(action="dashboards.close_month", by=by, target=made, label=str(made))
    return made
