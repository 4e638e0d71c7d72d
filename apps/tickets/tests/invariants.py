"""What must hold of every ticket after every step (domain.md §7.2 ①–⑨, decisions.md 8, 9, 11, 15)."""

from itertools import pairwise

from django.db.models import Count

from apps.tickets.actions import _store
from apps.tickets.choices import (
    OPEN,
    TERMINAL,
    TIERS_OF,
    WITH_LEAD,
    ApplicationState,
    ClockKind,
    Status,
    Tier,
)
from apps.tickets.models import (
    Application,
    Assignment,
    Clock,
    Feedback,
    Followup,
    Ticket,
    TicketEvent,
    TicketUnit,
)
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import load_case, units_of

#: acts of the units that handle; written down here again so that the guard is not its own witness
HANDLES = {"accept", "submit_result", "resolve_onsite", "answer_assist", "request_return"}
JUDGES = {"close", "close_exempt", "approve_result", "log_call"}
LOWERS = {"send_back", "back_hub", "city_back", "reopen", "resume", "unmerge"}
#: clocks of those who handle
LEADS = {
    ClockKind.HANDLING,
    ClockKind.ASSIST,
    ClockKind.FIRST_CONTACT,
    ClockKind.SUSPENSION,
    ClockKind.EXTENSION_REVIEW,
}
#: states in which the lead's term stands still
STILL = {
    Status.JOINT_DRAFTING,
    Status.JOINT_PROCESSING,
    Status.CITY_DRAFTING,
    Status.CITY_PROCESSING,
    Status.TRACKING,
}


def drift(case):
    """Return where the stored clocks and the ticket's copies differ from the replay."""
    found = []
    rows = {(row.kind, row.key, row.lap): row for row in Clock.objects.filter(ticket=case.ticket)}
    if len(rows) != len(case.clocks):
        found.append(f"{len(rows)} rows, {len(case.clocks)} clocks")
    for clock in case.clocks:
        row = rows.get((clock.kind, clock.key, clock.lap))
        wanted = _store.row_values(clock, case.book, frozenset())
        found += [
            f"{clock.kind}.{name}"
            for name, value in wanted.items()
            if row is None or getattr(row, name) != value
        ]
    found += [
        f"ticket.{name}"
        for name, value in _store.copies(Status(case.ticket.status), case.clocks, case.book).items()
        if getattr(case.ticket, name) != value
    ]
    return found


def check_all(ticket, now):
    """Assert everything that can be seen from the ticket's rows alone; return the case."""
    ticket = Ticket.objects.get(pk=ticket.pk)
    case = load_case(ticket, now=now, book=load_book())
    _check_events(case)
    _check_history(case)
    _check_clocks(case)
    _check_people(case)
    _check_end(case)
    return case


def _check_events(case):
    ticket, events = case.ticket, case.events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert ticket.version == len(events)
    for before, after in pairwise(events):
        assert (after.from_status, after.from_tier) == (before.to_status, before.to_tier)
        if Tier(after.to_tier).rank < Tier(after.from_tier).rank:
            assert after.code in LOWERS, after.code
        if before.to_status in TERMINAL and after.to_status not in TERMINAL:
            assert after.code in {"reopen", "unmerge"}
    assert (ticket.status, ticket.tier) == (events[-1].to_status, events[-1].to_tier)
    assert ticket.tier in TIERS_OF[Status(ticket.status)]
    assert ticket.is_open == (ticket.status in OPEN)
    returned = {e.seq for e in events if e.code == "request_return"}
    designated = False
    for event in events:
        if event.code == "designate":
            designated = True
        elif event.to_status == Status.PENDING_DISPATCH:
            designated = False
        assert not (designated and event.seq in returned), "a designated ticket was returned"


def _check_history(case):
    """Who handled never judges; each step's people are those of the events before it."""
    handlers = set()
    for event in case.events:
        if event.code in JUDGES:
            assert event.by_id not in handlers, f"{event.by_id} handled it and did {event.code}"
        if event.code in HANDLES:
            handlers.add(event.by_id)


def _check_clocks(case):
    ticket = case.ticket
    assert drift(case) == []
    running = [clock for clock in case.clocks if clock.is_running]
    handling = [clock for clock in running if clock.kind == ClockKind.HANDLING]
    assert len(handling) <= 1
    if ticket.status in STILL or ticket.is_suspended or ticket.status in TERMINAL:
        assert not handling
    elif ticket.status in WITH_LEAD - {Status.PENDING_REVIEW}:
        assert len(handling) == 1
    if ticket.is_open:
        assert running
        assert ticket.due_at is not None
    if ticket.status in TERMINAL:
        assert not [clock for clock in case.clocks if clock.is_open]
        assert ticket.due_at is None
    assert not ticket.is_suspended or ticket.status == Status.PROCESSING
    is_open = {clock.kind for clock in case.clocks if clock.is_open}
    assert (ClockKind.SUSPENSION in is_open) == ticket.is_suspended
    asked = any(one.kind == "EXTENSION" and one.state == "PENDING" for one in case.applications)
    assert ticket.status in TERMINAL or (ClockKind.EXTENSION_REVIEW in is_open) == asked
    if ticket.status in {Status.REGISTERED, Status.PENDING_DISPATCH}:
        assert not is_open & LEADS, "nobody handles, and a clock of the handling goes on"


def _check_people(case):
    ticket = case.ticket
    active = Assignment.objects.filter(
        ticket=ticket, part="LEAD", state__in=["PENDING_ACCEPT", "PROCESSING", "SUBMITTED"]
    )
    if ticket.status in WITH_LEAD:
        assert active.count() == 1
        assert active.get().unit_id == ticket.lead_unit_id
    if ticket.status in {Status.REGISTERED, Status.PENDING_DISPATCH}:
        assert not active.exists()
        assert ticket.lead_unit_id is None
    if ticket.complained_unit_id:
        assert ticket.lead_unit_id != ticket.complained_unit_id
        assert not Assignment.objects.filter(
            ticket=ticket, unit_id=ticket.complained_unit_id
        ).exists()
    rows = TicketUnit.objects.filter(ticket=ticket)
    assert set(rows.values_list("unit_id", flat=True)) == units_of(case)
    assert all((row.is_open, row.due_at) == (ticket.is_open, ticket.due_at) for row in rows)


def _check_end(case):
    ticket = case.ticket
    waiting = Application.objects.filter(
        ticket=ticket, state__in=[ApplicationState.PENDING, ApplicationState.SECOND]
    ).values_list("kind", flat=True)
    if ticket.status in {Status.PENDING_FOLLOWUP, Status.CLOSED, Status.WITHDRAWN}:
        assert set(waiting) <= {"EXCLUSION"}
    if ticket.status != Status.CLOSED:
        return
    told = set(Feedback.objects.filter(ticket=ticket).values_list("unit_id", flat=True))
    assert told, "closed without feedback"
    if ticket.tier == Tier.CITY:
        assert ticket.first_unit_id in told
        if ticket.hides_entity:
            assert told - {ticket.first_unit_id}
        else:
            assert ticket.lead_unit_id in told
    first, *_rest = [
        e for e in case.events if e.code in {"close", "close_exempt", "resolve_onsite"}
    ]
    assert first.code == "resolve_onsite" or Followup.objects.filter(ticket=ticket).exists()


def check_district():
    """Assert what holds over all tickets."""
    doubled = (
        Assignment.objects.filter(
            part="LEAD", state__in=["PENDING_ACCEPT", "PROCESSING", "SUBMITTED"]
        )
        .values("ticket")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    assert not doubled.exists()
    numbers = sorted(Ticket.objects.exclude(number=None).values_list("number", flat=True))
    by_month = {}
    for number in numbers:
        _prefix, month, digits = number.split("-")
        by_month.setdefault(month, []).append(int(digits))
    for digits in by_month.values():
        assert digits == list(range(1, len(digits) + 1))
    assert not TicketEvent.objects.filter(ticket__isnull=True).exists()
