"""What a batch of due clocks leads to: firings, events, drafts and proposals, messages.

Everything here is prepared in memory and written in a handful of statements per 500 tickets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F

from apps.audit.actions import record
from apps.core.bulk import insert_rows, update_rows
from apps.tickets.actions.telling import RING_KIND, Occasion, Told, due_text, tell
from apps.tickets.choices import ClockKind, SupervisionLevel, TermUnit
from apps.tickets.clocks import Book, ClockState, Due, due_of
from apps.tickets.milestones import DUE_DAY, OVER_1, OVER_3, OVER_5, Milestone, milestones
from apps.tickets.models import (
    Assignment,
    Clock,
    Firing,
    Supervision,
    Ticket,
    TicketEvent,
)
from apps.tickets.notices import RINGS, To
from apps.tickets.queries.audience import circle
from apps.tickets.queries.crowd import Member

BATCH = 500
#: clocks whose end is an action of the table, done by the system
AUTOMATIC: dict[ClockKind, str] = {
    ClockKind.EXPERT: "expire_expert",
    ClockKind.SUSPENSION: "unsuspend",
    ClockKind.PLAN: "resume",
}
REPLY_DAYS = 3
#: events by which a unit explains itself (domain.md §2.3: 超期 5 个工作日无说明才通报)
EXPLAINING = frozenset({"progress", "contact", "give_feedback", "submit_result"})


@dataclass(frozen=True)
class Ring:
    """A milestone that is due: whose clock, which row, when it should have rung."""

    member: Member
    clock: ClockState
    row: Clock
    due: Due
    milestone: Milestone


@dataclass
class Batch:
    """What is to be written for some tickets."""

    now: datetime
    book: Book
    rings: list[Ring] = field(default_factory=list)
    #: (clock, next_fire_at): every due row of the batch is in here once
    retimed: list[tuple[int, datetime | None]] = field(default_factory=list)
    #: rows that failed before and did not this time
    recovered: list[int] = field(default_factory=list)


def collect(members: Iterable[Member], *, now: datetime, book: Book) -> Batch:
    """Find from the replayed clocks what rings now, and when each row looks again.

    The row only says that it is time to look; whether it rings is decided by the events. A row
    whose clock has stopped or moved meanwhile is just set right.
    """
    batch = Batch(now, book)
    for member in members:
        by_place = {(str(c.kind), c.key, c.lap): c for c in member.clocks}
        for place, row in member.rows.items():
            if row.next_fire_at is None or row.next_fire_at > now or row.kind in AUTOMATIC:
                continue
            if row.failures:
                batch.recovered.append(row.pk)
            clock = by_place.get(place)
            if clock is None or not clock.is_running:
                batch.retimed.append((row.pk, None))
                continue
            _ring_one(batch, member, clock, row)
    batch.rings.sort(key=lambda ring: (ring.milestone.at, ring.member.ticket.pk))
    return batch


def _ring_one(batch: Batch, member: Member, clock: ClockState, row: Clock) -> None:
    due = due_of(clock, batch.book)
    fired = member.fired(row, clock.cycle)
    later = None
    for one in milestones(clock, due, batch.book):  # in the order of their instants
        if one.name in fired:
            continue
        if one.at > batch.now:
            later = one.at
            break
        batch.rings.append(Ring(member, clock, row, due, one))
    batch.retimed.append((row.pk, later))


def write(batch: Batch, told: Told) -> int:
    """Write a batch in the caller's transaction; return how many milestones rang.

    ``told`` is what earlier batches of the run have told; it is carried on.
    """
    rings, now = batch.rings, batch.now
    write_firings([(ring.row, ring.milestone, ring.clock.cycle) for ring in rings], now)
    update_rows(Clock, ["next_fire_at"], batch.retimed)
    if batch.recovered:
        Clock.objects.filter(pk__in=batch.recovered).update(failures=0)
    if rings:
        insert_rows(TicketEvent, EVENT_COLUMNS, _events(rings, now))
        _touch_tickets(rings, now)
        tell(occasions(rings), now=now, book=batch.book, kind=RING_KIND, told=told)
        record(
            action="tickets.sweep",
            by=None,
            label="时限提醒",
            note=f"{len(rings)} 次提醒",
            batch_size=len(rings),
        )
    return len(rings)


def write_firings(rang: Iterable[tuple[Clock, Milestone, int]], now: datetime) -> None:
    """Write the rows that make milestones ring once; one that is there already is refused."""
    insert_rows(
        Firing,
        ("clock_id", "milestone", "cycle", "due_at", "fired_at"),
        [(row.pk, one.name, cycle, one.at, now) for row, one, cycle in rang],
    )


# ---- events -----------------------------------------------------------------------------------
EVENT_COLUMNS = (
    *("ticket_id", "seq", "code", "at", "from_status", "to_status", "from_tier", "to_tier"),
    *("text", "data", "is_internal"),
)


def _events(rings: Sequence[Ring], now: datetime) -> list[tuple[Any, ...]]:
    """Return one event per milestone as a row, numbered on from each ticket's last one."""
    numbers: dict[int, int] = {}
    made = []
    for ring in rings:
        ticket = ring.member.ticket
        seq = numbers.get(ticket.pk, ring.member.next_seq)
        numbers[ticket.pk] = seq + 1
        text, more = _consequence(ring)
        data = {
            "clock": str(ring.clock.kind),
            "key": ring.clock.key,
            "lap": ring.clock.lap,
            "cycle": ring.clock.cycle,
            "milestone": ring.milestone.name,
            "planned_at": ring.milestone.at.isoformat(),
            **more,
        }
        # 催办 on the due day is an action of the table that the system may take
        code = "urge" if _is_urge(ring) else "milestone"
        places = (ticket.status, ticket.status, ticket.tier, ticket.tier)
        made.append((ticket.pk, seq, code, now, *places, text, data, True))
    return made


def _is_urge(ring: Ring) -> bool:
    return ring.clock.kind == ClockKind.HANDLING and ring.milestone.name == DUE_DAY


def _consequence(ring: Ring) -> tuple[str, dict[str, Any]]:
    """Return the event's sentence and what it proposes (decisions.md 4, domain.md §2.3)."""
    word = RINGS[(ring.clock.kind, ring.milestone.name)]
    text = word.say.format(due=due_text(ring.due.at, ring.clock.term.unit))
    name, ticket = ring.milestone.name, ring.member.ticket
    if ring.clock.kind != ClockKind.HANDLING:
        return text, {}
    if name == OVER_1 and ticket.lead_unit_id is not None:
        demand = f"{ticket}已超期 1 个工作日，请说明原因并尽快办结。"
        return text, {
            "draft": "supervise",
            "unit": ticket.lead_unit_id,
            "level": SupervisionLevel.ORDER.value,
            "demand": demand,
            "days": REPLY_DAYS,
        }
    if name == OVER_3:
        return text, {"proposal": "escalate_joint"}
    if name == OVER_5:
        explained = any(e.code in EXPLAINING and e.at > ring.due.at for e in ring.member.events)
        said = "，已有说明，不列入通报" if explained else "，没有说明，列入通报"
        return f"{text}{said}", {"is_listed": not explained}
    return text, {}


def _touch_tickets(rings: Sequence[Ring], now: datetime) -> None:
    urged = {ring.member.ticket.pk for ring in rings if _is_urge(ring)}
    others = {ring.member.ticket.pk for ring in rings} - urged
    if others:
        Ticket.objects.filter(pk__in=others).update(last_event_at=now)
    if urged:
        rows = Ticket.objects.filter(pk__in=urged)
        rows.update(last_event_at=now, urge_count=F("urge_count") + 1)


# ---- messages ---------------------------------------------------------------------------------
def occasions(rings: Sequence[Ring]) -> list[Occasion]:
    """Return what people are told: of each clock only the latest milestone.

    After an outage nobody is told "two days left" and "overdue" in one breath.
    """
    latest: dict[int, Ring] = {ring.row.pk: ring for ring in rings}
    shown = [ring for ring in rings if latest[ring.row.pk] is ring]
    places = _places(shown)
    made = []
    for ring in shown:
        word = RINGS[(ring.clock.kind, ring.milestone.name)]
        units, people = places.get((ring.clock.kind, ring.clock.key), ({}, {}))
        made.append(
            Occasion(
                circle=circle(ring.member.ticket, word.to, units=units, people=people),
                say=word.say.format(due=due_text(ring.due.at, ring.clock.term.unit)),
                key=f"ring:{ring.row.pk}:{ring.milestone.name}:{ring.clock.cycle}",
                is_urgent=ring.clock.term.unit == TermUnit.MINUTES,
            )
        )
    return made


Place = tuple[dict[To, frozenset[int]], dict[To, frozenset[int]]]


def _places(rings: Iterable[Ring]) -> dict[tuple[ClockKind, str], Place]:
    """Return units and people behind clocks that belong to an assignment, a question, an order."""
    keys: dict[ClockKind, set[int]] = {}
    for ring in rings:
        if ring.clock.key.isdecimal():
            keys.setdefault(ring.clock.kind, set()).add(int(ring.clock.key))
    found: dict[tuple[ClockKind, str], Place] = {}
    if ClockKind.ASSIST in keys:
        rows = Assignment.objects.filter(pk__in=keys[ClockKind.ASSIST])
        for pk, unit in rows.values_list("pk", "unit_id"):
            found[(ClockKind.ASSIST, str(pk))] = ({To.ASSISTS: frozenset({unit})}, {})
    if ClockKind.SUPERVISION in keys:
        orders = Supervision.objects.filter(pk__in=keys[ClockKind.SUPERVISION])
        for pk, unit in orders.values_list("pk", "unit_id"):
            found[(ClockKind.SUPERVISION, str(pk))] = ({To.SUPERVISED: frozenset({unit})}, {})
    return found
