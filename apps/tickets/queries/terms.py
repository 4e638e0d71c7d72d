"""The deadlines of a ticket explained: the clocks in words, and the main one day by day (UX-20)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from apps.tickets.choices import ClockKind, Status, TermUnit
from apps.tickets.clocks import Book, ClockState, Due, Happened, due_of, main_clock
from apps.tickets.lights import Timing
from apps.tickets.models import Ticket
from apps.tickets.queries.case import Case, happened
from apps.tickets.replay import replay
from apps.workdays.calendar import SHANGHAI, CalendarError, Day, Kind

MOST_DAYS = 60
WEEKDAYS = "一二三四五六日"
#: clocks that the page lists beside the main one, in this order
LISTED = (
    ClockKind.TOTAL,
    ClockKind.HANDLING,
    ClockKind.FIRST_CONTACT,
    ClockKind.ASSIST,
    ClockKind.EXPERT,
    ClockKind.EXTENSION_REVIEW,
    ClockKind.SUPERVISION,
    ClockKind.SUSPENSION,
    ClockKind.PLAN,
)


@dataclass(frozen=True)
class Cell:
    """A day of the strip: how it is drawn, its word, and why it counts or not."""

    day: Day
    style: str
    word: str

    @property
    def label(self) -> str:
        """The day in words, for screen readers and the explanation."""
        on = self.day.date
        number = f"第 {self.day.number} 个工作日" if self.day.number else self.day.reason
        return f"{on.month}月{on.day}日 {number}"


@dataclass(frozen=True)
class Term:
    """A clock as the page shows it; ``cells`` are empty for terms of minutes and hours."""

    label: str
    started_at: datetime
    due: Due
    timing: Timing
    total: int
    used: int
    is_paused: bool
    cells: list[Cell]

    @property
    def summary(self) -> str:
        """What a screen reader hears before the strip."""
        return f"工作日用时：共 {self.total} 个，已用 {self.used} 个"


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def paused_days(clock: ClockState, until: date) -> frozenset[date]:
    """Return the days on which a clock stood still: each span (from, to] of its pauses."""
    spans = [(_day(a), _day(b)) for a, b in clock.pauses]
    if clock.paused_at is not None:
        spans.append((_day(clock.paused_at), until))
    return frozenset(
        first + timedelta(days=n)
        for first, last in spans
        for n in range(1, (last - first).days + 1)
    )


def _style(day: Day, today: date, due_on: date) -> tuple[str, str]:
    on = day.date
    if on == today:
        return "today", "今"
    if on == due_on:
        return "due", "到期"
    word = WEEKDAYS[on.weekday()]
    if day.kind == Kind.START:
        return "", "起"
    if day.kind == Kind.PAUSED:
        return "paused", "停"
    if day.number is None:
        return "off", "休" if day.kind == Kind.HOLIDAY else word
    return ("used" if on < today else ""), "班" if day.kind == Kind.MAKEUP else word


def strip_of(clock: ClockState, due: Due, book: Book, today: date) -> list[Cell]:
    """Return the days from the start to the last one; nothing for minutes, hours and far plans."""
    if clock.term.unit in (TermUnit.MINUTES, TermUnit.WORK_HOURS):
        return []
    start, last = _day(clock.started_at), due.on
    if not start <= last <= start + timedelta(days=MOST_DAYS):
        return []
    stopped = paused_days(clock, max(today, start))
    counted = book.calendar.workdays_between(start, last)
    counted -= sum(1 for day in stopped if start < day <= last and book.calendar.is_workday(day))
    try:
        days = book.calendar.explain(start, max(counted, 0), paused=stopped)
    except CalendarError:
        return []
    return [Cell(day, *_style(day, today, last)) for day in days]


def term_of(clock: ClockState, case: Case, *, with_days: bool = True) -> Term:
    """Return a clock made ready for the page."""
    due, book, today = due_of(clock, case.book), case.book, _day(case.now)
    cells = strip_of(clock, due, book, today) if with_days else []
    numbers = [cell.day.number for cell in cells if cell.day.number]
    used = [cell.day.number for cell in cells if cell.day.number and cell.day.date <= today]
    return Term(
        label=clock.kind.label,
        started_at=clock.started_at,
        due=due,
        timing=Timing(
            is_open=True,
            due_at=due.at,
            yellow_at=None,
            unit=clock.term.unit,
            is_untimed=clock.paused_at is not None,
        ),
        total=max(numbers, default=0),
        used=max(used, default=0),
        is_paused=clock.paused_at is not None,
        cells=cells,
    )


def terms_of(case: Case) -> tuple[Term | None, list[Term]]:
    """Return the main clock day by day, and the other running clocks without their days."""
    main = main_clock(Status(case.ticket.status), case.clocks)
    others = [
        clock
        for kind in LISTED
        for clock in case.clocks
        if clock.kind == kind and clock.is_open and clock is not main
    ]
    shown = term_of(main, case) if main is not None else None
    return shown, [term_of(clock, case, with_days=False) for clock in others]


# ---- what an action would do to the term ---------------------------------------------------
@dataclass(frozen=True)
class Forecast:
    """The handling term before and after an action, told before it is done."""

    label: str
    before: Due | None
    after: Due
    note: str = ""


_NOTES = {
    "request_extension": "批准后才生效；企业总时限不变",
    "approve_extension": "企业总时限不变",
    "suspend": "按填写的天数推算；补件后可提前恢复",
    "dispatch": "从今天起算，次日为第 1 个工作日",
    "designate": "从今天起算，次日为第 1 个工作日",
}


def forecast(case: Case, code: str, days: int) -> Forecast | None:
    """Return how the handling term would change, by replaying the events with one more.

    ``days`` are those of an extension or a suspension. None where the action moves no term.
    """
    ticket = case.ticket
    steps = _imagined(case, code, days)
    if not steps:
        return None
    events = [*happened(case.events), *steps]
    handling = [c for c in replay(events, case.book) if c.kind == ClockKind.HANDLING and c.is_open]
    if not handling:
        return None
    before = case.clock(ClockKind.HANDLING)
    return Forecast(
        label="办结时限",
        before=due_of(before, case.book) if before is not None else None,
        after=due_of(handling[-1], case.book),
        note="12345 工单按 12345 的时限" if _is_locked(ticket, code) else _NOTES[code],
    )


def _is_locked(ticket: Ticket, code: str) -> bool:
    is_first = ticket.first_dispatched_at is None
    return code in ("dispatch", "designate") and is_first and ticket.locked_due_at is not None


def _imagined(case: Case, code: str, days: int) -> list[Happened]:
    """Return the events that an action and what follows from it would write."""
    ticket = case.ticket
    status = Status(ticket.status)
    here = Happened(case.next_seq, code, case.now, status, status, {"days": days})
    if code in ("dispatch", "designate"):
        locked = ticket.locked_due_at if _is_locked(ticket, code) else None
        data = {
            "lead": ["preview"],
            "urgency": ticket.urgency,
            "locked_due_at": locked.isoformat() if locked else None,
        }
        return [replace(here, to_status=Status.PENDING_ACCEPT, data=data)]
    if days < 1:
        return []
    if code in ("request_extension", "approve_extension"):
        return [replace(here, code="approve_extension")]
    if code == "suspend":
        resume = case.book.calendar.add_workdays(_day(case.now), days)
        at = datetime.combine(resume, case.now.astimezone(SHANGHAI).timetz())
        return [here, replace(here, seq=here.seq + 1, code="unsuspend", at=at)]
    return []


def may_forecast(code: str) -> bool:
    """Say whether an action's page shows the term before and after."""
    return code in _NOTES
