"""What follows from an event: the clock rows, the ticket's copies of them, who sees it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.core.bulk import insert_rows, update_rows
from apps.core.clock import local
from apps.tickets.choices import Status, Tier
from apps.tickets.models import Clock, Firing, TicketEvent, TicketUnit
from apps.tickets.queries.case import Case, happened, units_of
from apps.tickets.queries.crowd import copies, row_values
from apps.tickets.replay import replay

if TYPE_CHECKING:
    from apps.tickets.actions._move import Move

CLOCK_COLUMNS = (
    *("cycle", "started_at", "amount", "unit", "rule_number", "due_at", "yellow_at"),
    *("is_provisional", "paused_at", "stopped_at", "next_fire_at"),
)


def new_event(move: "Move", status: Status, tier: Tier) -> TicketEvent:
    """Return the event of a move, not saved yet."""
    row = move.row
    occurred = move.data.get("told_at") or None
    if occurred is not None and _is_late_entry(move, occurred):
        move.facts["is_late_entry"] = True
    return TicketEvent(
        ticket=move.ticket,
        seq=move.case.next_seq,
        code=row.code,
        at=move.now,
        occurred_at=occurred,
        by=move.by,
        by_name=move.by.display_name if move.by else "",
        unit_id=move.by.unit_id if move.by else None,
        from_status=move.before.status if move.ticket.pk else "",
        to_status=status,
        from_tier=move.before.tier if move.ticket.pk else "",
        to_tier=tier,
        text=move.text,
        data=move.facts,
        is_public=row.is_public if move.is_public is None else move.is_public,
        is_internal=row.is_internal,
        is_secret=row.code == "transfer",
    )


def _is_late_entry(move: "Move", occurred: datetime) -> bool:
    """domain.md §7.2 ①: entered more than a working day after it happened (补录)."""
    calendar = move.case.book.calendar
    return calendar.workdays_between(local(occurred).date(), local(move.now).date()) > 1


def after(case: Case, event: TicketEvent, status: Status) -> dict[str, Any]:
    """Replay the clocks with the new event; return the ticket's copies of them."""
    case.events = [*case.events, event]
    case.clocks = replay(happened(case.events), case.book)
    return copies(status, case.clocks, case.book)


def store_clocks(case: Case) -> None:
    """Bring the rows in line with the replay: at most two reads and two writes."""
    known_rows = [] if _is_new(case) else Clock.objects.filter(ticket=case.ticket)
    rows = {(row.kind, row.key, row.lap): row for row in known_rows}
    fired: dict[int, set[str]] = {}
    if rows:
        rung = Firing.objects.filter(clock_id__in=[row.pk for row in rows.values()])
        for pk, cycle, milestone in rung.values_list("clock_id", "cycle", "milestone"):
            fired.setdefault(pk, set()).add(f"{cycle}:{milestone}")
    fresh, changed = [], []
    for clock in case.clocks:
        row = rows.get((clock.kind, clock.key, clock.lap))
        known = fired.get(row.pk, set()) if row else set()
        names = frozenset(
            name.partition(":")[2] for name in known if name.startswith(f"{clock.cycle}:")
        )
        values = row_values(clock, case.book, names)
        if row is None:
            place = (case.ticket.pk, clock.kind, clock.key, clock.lap)
            fresh.append((*place, *(values[name] for name in CLOCK_COLUMNS)))
        elif any(getattr(row, name) != value for name, value in values.items()):
            changed.append((row.pk, *(values[name] for name in CLOCK_COLUMNS)))
    if fresh:
        insert_rows(Clock, ("ticket_id", "kind", "key", "lap", *CLOCK_COLUMNS), fresh)
    update_rows(Clock, CLOCK_COLUMNS, changed)


def _is_new(case: Case) -> bool:
    """Say whether the ticket has just been made: nothing is stored beside it yet."""
    return len(case.events) == 1


def side_tables(case: Case) -> None:
    """Keep the rows by which units see and list the ticket; a recalled unit loses its row."""
    ticket = case.ticket
    rows = [] if _is_new(case) else TicketUnit.objects.filter(ticket=ticket)
    have = {row.unit_id: row for row in rows}
    wanted = units_of(case)
    fresh = [
        (ticket.pk, pk, ticket.is_open, ticket.due_at, ticket.registered_at)
        for pk in sorted(wanted - set(have))
    ]
    if fresh:
        columns = ("ticket_id", "unit_id", "is_open", "due_at", "registered_at")
        insert_rows(TicketUnit, columns, fresh)
    gone = [row.pk for pk, row in have.items() if pk not in wanted]
    if gone:
        TicketUnit.objects.filter(pk__in=gone).delete()
    stale = [
        row.pk
        for row in have.values()
        if (row.is_open, row.due_at) != (ticket.is_open, ticket.due_at)
    ]
    if stale:
        TicketUnit.objects.filter(pk__in=stale).update(is_open=ticket.is_open, due_at=ticket.due_at)
