"""Everything that is known of one ticket, read once: for checks, pages and actions alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

from apps.accounts.models import User
from apps.roster.models import Unit
from apps.tickets.choices import (
    ApplicationState,
    AssignmentState,
    AssistState,
    ClockKind,
    Nature,
    Outcome,
    Part,
    Status,
    Tier,
)
from apps.tickets.clocks import Book, ClockState, Happened, due_of
from apps.tickets.models import (
    Application,
    Assignment,
    ExpertAssist,
    Feedback,
    Participant,
    Supervision,
    Ticket,
    TicketEvent,
)
from apps.tickets.models.events import ASSIGNED, INVITED
from apps.tickets.replay import replay
from apps.tickets.workflow import SYSTEM, ActorFacts, TicketFacts
from apps.workdays.calendar import SHANGHAI, due_at

#: acts by which a person becomes a handler, who may not follow the ticket up (invariant ②)
HANDLING = frozenset(
    {
        "accept",
        "assign_handler",
        "progress",
        "answer_assist",
        "draft_result",
        "submit_result",
        "resolve_onsite",
        "answer_expert",
        "request_return",
        "request_extension",
        "suspend",
        "request_track",
        "finish_joint",
        "city_reply",
    }
)
#: states in which the enterprise has an answer; whoever goes on from there owes it another one
ANSWERED = (Status.PENDING_REVIEW, Status.PENDING_FOLLOWUP)
UNMERGE_WITHIN = timedelta(hours=24)
WAITING = (ApplicationState.PENDING, ApplicationState.SECOND)


@dataclass
class Case:
    """One ticket with its records, at a moment; ``clocks`` are replayed from the events."""

    ticket: Ticket
    book: Book
    now: datetime
    events: list[TicketEvent]
    assignments: list[Assignment]
    assists: list[ExpertAssist]
    applications: list[Application]
    supervisions: list[Supervision]
    participants: list[tuple[int, str]]
    feedback_units: frozenset[int]
    clocks: list[ClockState] = field(default_factory=list)

    @property
    def next_seq(self) -> int:
        """The number of the next event."""
        return self.events[-1].seq + 1 if self.events else 1

    @property
    def lead(self) -> Assignment | None:
        """The lead unit's active assignment."""
        return next((one for one in self.assignments if one.is_lead and one.is_active), None)

    @property
    def open_assists(self) -> list[Assignment]:
        """Assisting units that have not answered."""
        return [
            one
            for one in self.assignments
            if one.part == Part.ASSIST and one.state == AssignmentState.PROCESSING
        ]

    def application(self, kind: str) -> Application | None:
        """Return the application of a kind that waits."""
        return next(
            (one for one in self.applications if one.kind == kind and one.state in WAITING), None
        )

    def clock(self, kind: ClockKind, key: str = "") -> ClockState | None:
        """Return the open clock of a kind."""
        found = [
            c for c in self.clocks if c.kind == kind and c.is_open and (not key or c.key == key)
        ]
        return found[-1] if found else None


def happened(events: list[TicketEvent]) -> list[Happened]:
    """Return events as the replay takes them."""
    return [
        Happened(
            seq=event.seq,
            code=event.code,
            at=event.at,
            from_status=Status(event.from_status) if event.from_status else None,
            to_status=Status(event.to_status),
            data=event.data,
        )
        for event in events
    ]


def _begun_again(events: list[TicketEvent]) -> int:
    """Return the event after which the enterprise has to be told anew, or 0."""
    again = [
        event.seq
        for event in events
        if event.code in ("redo", "reopen")
        or (event.code == "escalate_joint" and event.from_status in ANSWERED)
    ]
    return again[-1] if again else 0


#: the tables beside a ticket; most tickets have rows in one or two of them
_BESIDE: tuple[type[Model], ...] = (
    *(Assignment, ExpertAssist, Application, Supervision, Participant, Feedback),
)


def _tables_with_rows(ticket: Ticket) -> set[type[Model]]:
    """Return which of the tables know the ticket: one cheap statement saves several dear ones."""
    quote = connection.ops.quote_name
    asked = ", ".join(
        f"EXISTS (SELECT 1 FROM {quote(model._meta.db_table)} WHERE ticket_id = %s)"  # noqa: S608
        for model in _BESIDE
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}", [ticket.pk] * len(_BESIDE))
        found = cursor.fetchone()
    return {model for model, there in zip(_BESIDE, found, strict=True) if there}


def load_case(ticket: Ticket, *, now: datetime, book: Book) -> Case:
    """Read everything about a ticket (two queries, and one for each table that knows it)."""
    events = list(TicketEvent.objects.filter(ticket=ticket).order_by("seq"))
    there = _tables_with_rows(ticket)

    def read(model: type[Model], narrow: Callable[[Any], Any] = lambda rows: rows) -> list[Any]:
        if model not in there:
            return []
        return list(narrow(model._default_manager.filter(ticket=ticket).order_by("pk")))

    since = _begun_again(events)
    case = Case(
        ticket=ticket,
        book=book,
        now=now,
        events=events,
        assignments=read(
            Assignment, lambda rows: rows.select_related("unit").prefetch_related("handler")
        ),
        assists=read(
            ExpertAssist, lambda rows: rows.prefetch_related("expert__person__user", "unit")
        ),
        applications=read(Application),
        supervisions=read(Supervision, lambda rows: rows.prefetch_related("unit")),
        participants=read(Participant, lambda rows: rows.values_list("user_id", "kind")),
        feedback_units=frozenset(
            read(
                Feedback, lambda rows: rows.filter(seq__gt=since).values_list("unit_id", flat=True)
            )
        ),
    )
    case.clocks = replay(happened(events), book)
    return case


# ---- facts for the table ------------------------------------------------------------------
def facts_of(case: Case) -> TicketFacts:
    """Return what the table's rules look at."""
    ticket, lead = case.ticket, case.lead
    participants = case.participants
    open_questions = [one for one in case.assists if one.state == AssistState.REQUESTED]
    exclusion = case.application("EXCLUSION")
    return TicketFacts(
        tier=Tier(ticket.tier),
        status=Status(ticket.status),
        now=case.now,
        nature=Nature(ticket.nature),
        creator_id=ticket.registered_by_id,
        first_unit_id=ticket.first_unit_id,
        first_receiver_id=ticket.first_receiver_id,
        lead_unit_id=ticket.lead_unit_id,
        assist_unit_ids=frozenset(one.unit_id for one in case.open_assists),
        open_assist_ids=frozenset(one.pk for one in case.open_assists),
        assigned_user_ids=frozenset(user for user, kind in participants if kind == ASSIGNED),
        invited_user_ids=frozenset(
            one.expert.person.user.pk
            for one in open_questions
            if hasattr(one.expert.person, "user")
        ),
        invited_unit_ids=frozenset(one.unit_id for one in open_questions),
        supervised_unit_ids=frozenset(
            one.unit_id for one in case.supervisions if one.replied_at is None
        ),
        complained_unit_id=ticket.complained_unit_id,
        is_office_complained_of=bool(ticket.complained_unit and ticket.complained_unit.is_office),
        handler_ids=handlers_of(case),
        handling_unit_ids=frozenset(one.unit_id for one in case.assignments),
        is_designated=bool(lead and lead.is_designated),
        is_return_denied=ticket.is_return_denied,
        is_suspended=ticket.is_suspended,
        is_excluded=ticket.is_excluded,
        is_archived=ticket.archived_at is not None,
        is_sampled=ticket.is_sampled,
        was_dispatched=ticket.first_dispatched_at is not None,
        dispatch_count=ticket.dispatch_count,
        return_count=ticket.return_count,
        suspend_count=ticket.suspend_count,
        extension_count=ticket.extension_count,
        call_count=ticket.call_count,
        pending=frozenset(one.kind for one in case.applications if one.state in WAITING),
        second_signature_by=exclusion.first_signed_by_id if exclusion else None,
        left_status=Status(ticket.left_status) if ticket.left_status else None,
        left_tier=Tier(ticket.left_tier) if ticket.left_tier else None,
        outcome=Outcome(ticket.outcome) if ticket.outcome else None,
        feedback_units=case.feedback_units,
        hides_entity=ticket.hides_entity,
        **_windows(case),
    )


def handlers_of(case: Case) -> frozenset[int]:
    """Return who handled the ticket: they may neither review nor follow it up."""
    found = {event.by_id for event in case.events if event.code in HANDLING}
    found |= {one.handler_id for one in case.assignments}
    found |= {case.ticket.first_receiver_id, case.ticket.handler_id}
    return frozenset(pk for pk in found if pk is not None)


def _windows(case: Case) -> dict[str, datetime | None]:
    """Return the last instants of what may be done only for a while."""
    ticket, book = case.ticket, case.book
    rules = book.rules_at(case.now)
    found: dict[str, datetime | None] = {}
    if ticket.dispatched_at is not None:
        found["return_closes_at"] = _after(ticket.dispatched_at, "return.normal", book)
        found["complex_return_closes_at"] = _after(ticket.dispatched_at, "return.complex", book)
    clock = case.clock(ClockKind.HANDLING)
    if clock is not None and clock.paused_at is None:
        due = due_of(clock, book)
        found["handling_due_at"] = due.at
        last = book.calendar.add_workdays(due.on, -rules.figure("extension.apply_before"))
        found["extension_closes_at"] = due_at(last, book.cutoff_at(last))
    if ticket.ended_at is not None:
        ended = ticket.ended_at
        found["reopen_closes_at"] = ended + timedelta(days=rules.figure("reopen.window"))
        found["archive_from"] = ended + timedelta(days=rules.figure("archive.after"))
        found["exclude_closes_at"] = _after(ended, "exclude.apply", book)
        if ticket.status == Status.MERGED:
            found["unmerge_closes_at"] = ended + UNMERGE_WITHIN
    return found


def _after(start: datetime, key: str, book: Book) -> datetime:
    """Return the end of a window of working days."""
    day = start.astimezone(SHANGHAI).date()
    term = book.rules_at(start).term(key)
    return book.calendar.deadline(day, term.amount, book.cutoff_at(day)).due_at


def actor_of(user: User | None) -> ActorFacts:
    """Return who acts; None is the system."""
    if user is None:
        return ActorFacts(roles=frozenset({SYSTEM}))
    return ActorFacts(roles=user.roles, user_id=user.pk, unit_id=user.unit_id)


def units_of(case: Case) -> set[int]:
    """Return the units whose people see the ticket."""
    ticket = case.ticket
    found: set[int | None] = {ticket.township_id, ticket.first_unit_id, ticket.lead_unit_id}
    found |= {one.unit_id for one in case.assignments if one.state != AssignmentState.RECALLED}
    found |= {one.unit_id for one in case.assists}
    found |= {one.unit_id for one in case.supervisions}
    if ticket.registered_by is not None:
        found.add(ticket.registered_by.unit_id)
    return {pk for pk in found if pk is not None}


def officer_for(township: Unit, zone_id: int | None, today: Any) -> User | None:
    """Return who answers for an entity: an officer of its zone, else the team's leader.

    decisions.md 13: the first receiver of tickets that hub or departments register. Somebody away
    is represented by the deputy where there is one with an account.
    """
    from apps.roster.models import Officer, Team
    from apps.roster.queries import deputy_of

    people = []
    if zone_id is not None:
        posts = Officer.objects.current().filter(zone_id=zone_id).select_related("person")
        people += [post.person for post in posts.order_by("since_on", "pk")]
    team = Team.objects.filter(unit=township).select_related("leader").first()
    if team is not None and team.leader is not None:
        people.append(team.leader)
    for person in people:
        standing_in = deputy_of(person, today) or person
        user = User.objects.active().filter(person__in=[standing_in, person]).first()
        if user is not None:
            return user
    return None


__all__ = ["ASSIGNED", "INVITED", "Case", "actor_of", "facts_of", "load_case", "officer_for"]
