"""Many tickets with their clocks at once: what the sweep, corrections and the nightly check read.

A crowd of 500 takes three queries. Clocks are replayed from the events; the stored rows stand
beside them, to be compared and brought in line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.tickets.choices import ClockKind, Status
from apps.tickets.clocks import Book, ClockState, Happened, due_of, main_clock, yellow_at
from apps.tickets.milestones import next_fire
from apps.tickets.models import Clock, Firing, Ticket, TicketEvent
from apps.tickets.replay import replay

#: what the sweep and the notices look at; phones and long texts stay in the database
TICKET_FIELDS = (
    *("id", "number", "title", "status", "tier", "is_open", "due_at", "yellow_at", "due_clock"),
    *("due_unit", "is_due_provisional", "handle_due_at", "ticket_due_at", "is_restricted"),
    *("hides_entity", "complained_unit_id", "first_unit_id", "first_receiver_id"),
    *("lead_unit_id", "handler_id", "extension_count", "registered_at"),
)
#: what a ring looks at: a ticket as its messages name it, and a row as a reason to look
RING_FIELDS = (
    *("id", "number", "title", "status", "tier", "is_restricted", "hides_entity"),
    *("complained_unit_id", "first_unit_id", "first_receiver_id", "lead_unit_id", "handler_id"),
)
ROW_FIELDS = ("id", "ticket_id", "kind", "key", "lap", "next_fire_at", "failures")
EVENT_FIELDS = ("ticket_id", "seq", "code", "at", "from_status", "to_status", "data")
Place = tuple[str, str, int]


@dataclass
class Member:
    """One ticket of a crowd: its events, replayed clocks, stored rows, and what rang already."""

    ticket: Ticket
    events: list[Happened] = field(default_factory=list)
    clocks: list[ClockState] = field(default_factory=list)
    rows: dict[Place, Clock] = field(default_factory=dict)
    rung: dict[int, set[tuple[int, str]]] = field(default_factory=dict)

    @property
    def next_seq(self) -> int:
        """The number of the next event."""
        return self.events[-1].seq + 1 if self.events else 1

    def fired(self, row: Clock, cycle: int) -> frozenset[str]:
        """Return the milestones of a cycle that rang."""
        return frozenset(name for lap, name in self.rung.get(row.pk, ()) if lap == cycle)


def load_crowd(
    tickets: Iterable[Ticket], book: Book, *, due_by: datetime | None = None
) -> list[Member]:
    """Read events, clock rows and firings of tickets, and replay (three queries).

    ``due_by``: only the rows that should be looked at by then, which is what a sweep needs.
    """
    members = {ticket.pk: Member(ticket) for ticket in tickets}
    events = TicketEvent.objects.filter(ticket_id__in=members).order_by("ticket_id", "seq")
    for pk, seq, code, at, before, after, data in events.values_list(*EVENT_FIELDS):
        was = Status(before) if before else None
        members[pk].events.append(Happened(seq, code, at, was, Status(after), data))
    rows = Clock.objects.filter(ticket_id__in=members)
    if due_by is not None:
        rows = rows.filter(next_fire_at__lte=due_by).only(*ROW_FIELDS)
    owners: dict[int, Member] = {}
    for row in rows:
        member = members[row.ticket_id]
        member.rows[(row.kind, row.key, row.lap)] = row
        owners[row.pk] = member
    fired = Firing.objects.filter(clock_id__in=owners)
    for pk, cycle, name in fired.values_list("clock_id", "cycle", "milestone"):
        owners[pk].rung.setdefault(pk, set()).add((cycle, name))
    for member in members.values():
        member.clocks = replay(member.events, book)
    return list(members.values())


def copies(status: str, clocks: list[ClockState], book: Book) -> dict[str, Any]:
    """Return the columns of a ticket that repeat its clocks."""
    columns: dict[str, Any] = {}
    handling = [clock for clock in clocks if clock.kind == ClockKind.HANDLING]
    if handling:
        columns["handle_due_at"] = due_of(handling[-1], book).at
    total = [clock for clock in clocks if clock.kind == ClockKind.TOTAL]
    if total:
        columns["ticket_due_at"] = due_of(total[0], book).at
    main = main_clock(Status(status), clocks)
    if main is None:
        return columns | {"due_at": None, "yellow_at": None, "due_clock": ""}
    due = due_of(main, book)
    return columns | {
        "due_at": due.at,
        "yellow_at": yellow_at(main, due, book),
        "due_clock": main.kind,
        "due_unit": main.term.unit,
        "is_due_provisional": due.is_provisional,
    }


def row_values(clock: ClockState, book: Book, fired: frozenset[str]) -> dict[str, Any]:
    """Return a clock as its row's columns."""
    due = due_of(clock, book)
    return {
        "cycle": clock.cycle,
        "started_at": clock.started_at,
        "amount": clock.term.amount + clock.extra_days,
        "unit": clock.term.unit,
        "rule_number": clock.rule_number,
        "due_at": due.at,
        "yellow_at": yellow_at(clock, due, book),
        "is_provisional": due.is_provisional,
        "paused_at": clock.paused_at,
        "stopped_at": clock.stopped_at,
        "next_fire_at": next_fire(clock, due, book, fired) if clock.is_running else None,
    }


@dataclass(frozen=True)
class Drift:
    """Where the stored copies of a ticket differ from its events.

    ``clocks`` are (row or None, clock or None, what it should be); ``columns`` the ticket's own.
    """

    member: Member
    clocks: list[tuple[Clock | None, ClockState | None, dict[str, Any]]]
    columns: dict[str, tuple[Any, Any]]

    def __bool__(self) -> bool:
        return bool(self.clocks or self.columns)


def drift_of(member: Member, book: Book) -> Drift:
    """Compare the stored copies of a ticket with its events.

    A row whose milestone failed was put off on purpose: its ``next_fire_at`` may differ.
    """
    wrong: list[tuple[Clock | None, ClockState | None, dict[str, Any]]] = []
    seen = set()
    for clock in member.clocks:
        place = (str(clock.kind), clock.key, clock.lap)
        row = member.rows.get(place)
        seen.add(place)
        fired = member.fired(row, clock.cycle) if row else frozenset()
        values = row_values(clock, book, fired)
        if row is not None and row.failures:
            values.pop("next_fire_at")
        if row is None or any(getattr(row, name) != value for name, value in values.items()):
            wrong.append((row, clock, values))
    wrong += [
        (row, None, {"next_fire_at": None, "paused_at": None, "stopped_at": row.started_at})
        for place, row in member.rows.items()
        if place not in seen and row.stopped_at is None
    ]
    wanted = copies(member.ticket.status, member.clocks, book)
    columns = {
        name: (getattr(member.ticket, name), value)
        for name, value in wanted.items()
        if getattr(member.ticket, name) != value
    }
    return Drift(member, wrong, columns)
