"""When a clock rings: the milestones of each kind, as instants. Pure.

decisions.md 4, domain.md §2.3: two working days before the due day and on it at 09:00, then one,
three and five working days overdue; other clocks ring once when they run out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

from apps.tickets.choices import ClockKind, TermUnit
from apps.tickets.clocks import Book, ClockState, Due
from apps.workdays.calendar import SHANGHAI, Calendar

MORNING = time(9, 0)
BEFORE_2, DUE_DAY, DUE = "BEFORE_2", "DUE_DAY", "DUE"
OVER_1, OVER_3, OVER_5 = "OVER_1", "OVER_3", "OVER_5"
SUGGEST = "SUGGEST"
#: working days from the due day at which a handling clock rings at nine in the morning
HANDLING_STEPS = ((BEFORE_2, -2), (DUE_DAY, 0), (OVER_1, 1), (OVER_3, 3), (OVER_5, 5))


@dataclass(frozen=True)
class Milestone:
    """A moment at which a clock rings."""

    name: str
    at: datetime


@lru_cache(maxsize=4096)
def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, SHANGHAI).astimezone(UTC)


def _step(calendar: Calendar, due_on: date, days: int) -> date:
    """Return the working day so many working days from the due day."""
    if days == 0:
        return due_on
    return calendar.add_workdays(due_on, days)


def milestones(clock: ClockState, due: Due, book: Book) -> Iterator[Milestone]:
    """Yield the milestones of a running clock in the order of their instants."""
    calendar = book.calendar
    if clock.kind == ClockKind.TOTAL:
        return
    if clock.kind == ClockKind.HANDLING:
        for name, days in HANDLING_STEPS:
            at = _morning(_step(calendar, due.on, days))
            if at > clock.started_at:
                yield Milestone(name, at)
        return
    yield Milestone(DUE, due.at)
    if clock.kind == ClockKind.ONSITE and clock.term.unit == TermUnit.WORKDAYS:
        rules = book.rules_at(clock.started_at)
        wait = rules.figure("onsite_suggest_escalate") - clock.term.amount
        if wait > 0:
            yield Milestone(SUGGEST, _morning(calendar.add_workdays(due.on, wait)))


def next_fire(clock: ClockState, due: Due, book: Book, fired: frozenset[str]) -> datetime | None:
    """Return the earliest milestone of the present cycle that has not rung, or None.

    A milestone that lies in the past still rings: that is how an outage is made good.
    """
    waiting = [one.at for one in milestones(clock, due, book) if one.name not in fired]
    return min(waiting, default=None)
