"""Clocks as pure functions: the events of a ticket, the rules of their time, and the calendar.

Nothing is counted down. A replay of the events gives every clock with its due time; the stored
rows are a copy for queries, and a nightly check compares the two (design.md C.6, reliability R5).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from apps.tickets.choices import ClockKind, Status, TermUnit
from apps.tickets.rules import RuleSet, Term
from apps.workdays.calendar import SHANGHAI, Calendar, due_at, due_on
from apps.workdays.hours import WorkHours

#: the clock that belongs to a state: its kind and its rule
STATE_CLOCKS: dict[Status, tuple[ClockKind, str]] = {
    Status.REGISTERED: (ClockKind.ONSITE, "onsite_reply"),
    Status.PENDING_DISPATCH: (ClockKind.DISPATCH, "dispatch.{urgency}"),
    Status.PENDING_ACCEPT: (ClockKind.ACCEPT, "accept.{urgency}"),
    Status.RETURN_REVIEW: (ClockKind.RETURN_REVIEW, "return.review"),
    Status.PENDING_REVIEW: (ClockKind.REVIEW, "review"),
    Status.PENDING_FOLLOWUP: (ClockKind.FOLLOWUP, "followup"),
    Status.JOINT_DRAFTING: (ClockKind.STAGE, "joint.meeting"),
    Status.JOINT_PROCESSING: (ClockKind.STAGE, "joint.stage"),
    Status.CITY_DRAFTING: (ClockKind.STAGE, "joint.stage"),
    Status.CITY_PROCESSING: (ClockKind.STAGE, "city.stage"),
    Status.TRACKING: (ClockKind.TRACKING, "tracking.update"),
}
STATE_KINDS = frozenset(kind for kind, _ in STATE_CLOCKS.values())
#: the clock a ticket is judged by in each state; every other state by its own clock
MAIN = {
    Status.PENDING_ACCEPT: ClockKind.HANDLING,
    Status.RETURN_REVIEW: ClockKind.HANDLING,
    Status.PROCESSING: ClockKind.HANDLING,
}
#: states whose light is blue while their stage is not overdue (domain.md §2.3)
UNTIMED = frozenset(
    {
        Status.JOINT_DRAFTING,
        Status.JOINT_PROCESSING,
        Status.CITY_DRAFTING,
        Status.CITY_PROCESSING,
        Status.TRACKING,
    }
)


@dataclass(frozen=True)
class Happened:
    """An event as the replay needs it. ``data`` holds what the action recorded (JSON)."""

    seq: int
    code: str
    at: datetime
    from_status: Status | None
    to_status: Status
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """What a computation is made with: the calendar and the rules in force at a moment."""

    calendar: Calendar
    rules_at: Callable[[datetime], RuleSet]
    cutoff_at: Callable[[date], time | None]
    hours_at: Callable[[date], WorkHours]


@dataclass(frozen=True)
class ClockState:
    """One lap of a clock. ``key`` names whose it is (an assignment, a question) or is empty.

    ``cycle`` rises with an extension, so that a milestone that rang does not ring for the same
    term again. ``pauses`` are closed spans, ``paused_at`` an open one. ``stopped_seq`` is the
    event that stopped it.
    """

    kind: ClockKind
    key: str
    lap: int
    started_at: datetime
    term: Term
    rule_number: int = 0
    cycle: int = 1
    extra_days: int = 0
    fixed_at: datetime | None = None
    cap_at: datetime | None = None
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_seq: int | None = None
    #: the pause that was open when it was stopped: an undone merge goes on with it
    held_at: datetime | None = None
    #: a redo goes on from here: the lap before
    before: "ClockState | None" = None

    def but(self, **changes: Any) -> "ClockState":
        """Return the same with some values changed: ``replace``, at a quarter of its cost."""
        made = object.__new__(ClockState)
        made.__dict__.update(self.__dict__)
        made.__dict__.update(changes)
        return made

    @property
    def is_running(self) -> bool:
        """Whether time is counted."""
        return self.stopped_at is None and self.paused_at is None

    @property
    def is_open(self) -> bool:
        """Whether the clock was not stopped; it may be paused."""
        return self.stopped_at is None


@dataclass(frozen=True)
class Due:
    """When a clock runs out; ``is_provisional`` where a notice may still move it."""

    at: datetime
    is_provisional: bool = False

    @property
    def on(self) -> date:
        """The last day."""
        return due_on(self.at)


# ---- due times --------------------------------------------------------------------------
def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def _month_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _end_of(day: date, start: date, book: Book) -> Due:
    """Return the end of a day of which the term started on ``start``."""
    return Due(due_at(day, book.cutoff_at(start)), book.calendar.is_provisional(start, day))


def due_of(clock: ClockState, book: Book) -> Due:
    """Return when a clock runs out, pauses, extensions and the cap counted in.

    Working days follow Civil Code art. 201 and 203: the day of the start does not count. A span of
    pause (from, to] shifts the last day by its working days.
    """
    found = _bare_due(clock, book)
    if clock.cap_at is not None and clock.cap_at < found.at:
        return Due(clock.cap_at)
    return found


def _bare_due(clock: ClockState, book: Book) -> Due:
    term, start = clock.term, _day(clock.started_at)
    if clock.fixed_at is not None:
        found = Due(clock.fixed_at)
    elif term.unit == TermUnit.MINUTES:
        return Due(clock.started_at + timedelta(minutes=term.amount))
    elif term.unit == TermUnit.WORK_HOURS:
        hours = book.hours_at(start)
        return Due(book.calendar.add_work_hours(clock.started_at, term.amount, hours))
    elif term.unit == TermUnit.MONTHS:
        day = _month_later(start, term.amount)
        if not book.calendar.is_workday(day):
            day = book.calendar.add_workdays(day, 1)
        return _end_of(day, start, book)
    else:
        plain = book.calendar.deadline(start, term.amount, book.cutoff_at(start))
        found = Due(plain.due_at, plain.is_provisional)
    if clock.before is not None:
        found = max(found, _continued(clock, book), key=lambda one: one.at)
    paused = sum(book.calendar.workdays_between(_day(a), _day(b)) for a, b in clock.pauses)
    shift = clock.extra_days + paused
    return found if not shift else _shifted(found, shift, start, book)


def _shifted(found: Due, days: int, start: date, book: Book) -> Due:
    day = book.calendar.add_workdays(found.on, days)
    if day == found.on:
        return found
    return _end_of(day, start, book)


def _continued(clock: ClockState, book: Book) -> Due:
    """审核退回则续算，不清零: the lap before goes on, the time of the review not counted."""
    before = clock.before
    if before is None:
        raise ValueError("only a redo continues a lap")
    due, stopped_at = due_of(before, book), before.stopped_at or clock.started_at
    if stopped_at >= due.at:
        return due
    days = book.calendar.workdays_between(_day(stopped_at), _day(clock.started_at))
    return _shifted(due, days, _day(before.started_at), book)


def yellow_at(clock: ClockState, due: Due, book: Book) -> datetime:
    """Return the instant from which a clock's light is yellow (domain.md §2.3).

    Terms of working days: the first instant of the day on which at most ``yellow_days`` are left,
    but a term of n days is never yellow before its n-1 last ones. Minutes and hours: the last half.
    """
    if clock.term.unit in (TermUnit.MINUTES, TermUnit.WORK_HOURS):
        return clock.started_at + (due.at - clock.started_at) / 2
    days = book.rules_at(clock.started_at).figure("yellow_days")
    if clock.term.unit == TermUnit.WORKDAYS:
        days = min(days, clock.term.amount + clock.extra_days - 1)
    last = due.on
    if not book.calendar.is_workday(last):
        last = book.calendar.add_workdays(last, -1)
    day = book.calendar.add_workdays(last, -max(days, 0))
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def main_clock(status: Status, clocks: Iterable[ClockState]) -> ClockState | None:
    """Return the open clock by which a ticket in this state is judged; None in the end states.

    While it is suspended (待企业补件) a ticket is judged by the end of the suspension.
    """
    if status not in STATE_CLOCKS and status not in MAIN:
        return None
    running = [clock for clock in clocks if clock.is_open]
    wanted = MAIN.get(status) or STATE_CLOCKS[status][0]
    if status == Status.PROCESSING:
        waiting = [clock for clock in running if clock.kind == ClockKind.SUSPENSION]
        if waiting:
            return waiting[-1]
    mine = [clock for clock in running if clock.kind == wanted]
    return mine[-1] if mine else None
