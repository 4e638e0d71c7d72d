"""Working days: which days count, and the n-th working day after a day. Pure rules, no clock.

Every answer comes from one table of prefix sums over day ordinals, so each call is O(1).
Counting follows Civil Code art. 201 and 203: the day something starts does not count, day 1 is the
next working day; the term ends at 24:00 of its last day unless a rule names a business hour.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from apps.core.errors import DomainError
from apps.workdays.hours import STANDARD_HOURS, WorkHours

#: Asia/Shanghai has had no summer time since 1991; a fixed offset is ten times as fast as zoneinfo.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
EARLIEST_YEAR = 1992
#: 24:00 in Shanghai is 16:00 of the same date in UTC
MIDNIGHT_IN_UTC = time(16, 0)
ONE_DAY = timedelta(days=1)
PROVISIONAL_NOTE = "暂按法定节假日推算"


class CalendarError(DomainError):
    """A question the calendar cannot answer; the sentence says what to do."""


class Kind(StrEnum):
    """What a day is, alone or in the strip of a deadline."""

    START = "START"
    COUNTED = "COUNTED"
    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"
    MAKEUP = "MAKEUP"
    PAUSED = "PAUSED"

    @property
    def label(self) -> str:
        """The word that people read."""
        return _LABELS[self]


_LABELS = {
    Kind.START: "起始日，不计",
    Kind.COUNTED: "工作日",
    Kind.WEEKEND: "周末",
    Kind.HOLIDAY: "放假",
    Kind.MAKEUP: "调休上班",
    Kind.PAUSED: "挂起，不计",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a deadline strip.

    ``number`` is n for the n-th counted day (kinds COUNTED and MAKEUP), else None. ``name`` is the
    holiday it belongs to, or empty.
    """

    date: date
    kind: Kind
    name: str = ""
    number: int | None = None
    is_provisional: bool = False

    @property
    def reason(self) -> str:
        """Why the day counts or not: 国庆节，放假 / 周末 / 工作日（暂按法定节假日推算）."""
        text = f"{self.name}，{self.kind.label}" if self.name else self.kind.label
        return f"{text}（{PROVISIONAL_NOTE}）" if self.is_provisional else text


class Deadline(NamedTuple):
    """A computed term: its last day, its last instant (UTC), and whether a notice may still move it."""

    due_on: date
    due_at: datetime
    is_provisional: bool


Days = Mapping[date, str] | Iterable[date]


def _named(days: Days) -> Mapping[date, str]:
    if isinstance(days, Mapping):
        return MappingProxyType(dict(days))
    return MappingProxyType(dict.fromkeys(days, ""))


@dataclass(frozen=True, eq=False)
class Calendar:
    """The working days of whole years, from ``first_year`` to ``last_year`` inclusive.

    ``holidays`` are days off beside ordinary weekends, ``extra_workdays`` are days of work that would
    be off by the weekend rule; both map a day to its holiday's name (a bare iterable of days will
    do). ``provisional_years`` have no published notice: their answers may still move.
    """

    holidays: Days
    extra_workdays: Days = ()
    first_year: int = 2015
    last_year: int = 2040
    provisional_years: frozenset[int] = frozenset()
    version: int = 0
    _off: Mapping[date, str] = field(init=False, repr=False)
    _extra: Mapping[date, str] = field(init=False, repr=False)
    _first: int = field(init=False, repr=False)
    _before: list[int] = field(init=False, repr=False)
    _days: list[date] = field(init=False, repr=False)
    #: by cutoff: the whole answer for each working day, made when a cutoff is first asked for
    _ends: dict[time | None, list[Deadline]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the arguments and build the table: working days before each ordinal."""
        if not EARLIEST_YEAR <= self.first_year <= self.last_year < date.max.year:
            raise ValueError(f"years {self.first_year}..{self.last_year} cannot be tabled")
        off, extra = _named(self.holidays), _named(self.extra_workdays)
        both = sorted(off.keys() & extra.keys())
        if both:
            raise CalendarError(f"{_said(both[0])}既放假又上班。请核对这一天。")
        first = date(self.first_year, 1, 1).toordinal()
        last = date(self.last_year, 12, 31).toordinal()
        before, days = [0], []
        for ordinal in range(first, last + 1):
            day = date.fromordinal(ordinal)
            if day in extra or (day not in off and day.weekday() < 5):
                days.append(day)
            before.append(len(days))
        for name, value in (
            ("_off", off),
            ("_extra", extra),
            ("_first", first),
            ("_before", before),
            ("_days", days),
            ("_ends", {}),
        ):
            object.__setattr__(self, name, value)

    @property
    def known_years(self) -> list[int]:
        """The years whose notice is published, in order."""
        years = range(self.first_year, self.last_year + 1)
        return [year for year in years if year not in self.provisional_years]

    def _at(self, day: date) -> int:
        """Return the day's row in the table; refuses what the table does not hold."""
        if isinstance(
            day, datetime
        ):  # its day depends on a time zone, which is the caller's to say
            raise TypeError("a date is needed, not a datetime")
        row = day.toordinal() - self._first
        if 0 <= row < len(self._before) - 1:
            return row
        raise self._outside(f"{_said(day)}不在工作日历内")

    def _outside(self, what: str) -> CalendarError:
        return CalendarError(
            f"{what}（{self.first_year}—{self.last_year}年）。请核对日期，或在“工作日历”中补充年份。"
        )

    def is_workday(self, day: date) -> bool:
        """Say whether the day is a working day."""
        row = self._at(day)
        return self._before[row + 1] > self._before[row]

    def add_workdays(self, start: date, n: int) -> date:
        """Return the n-th working day strictly after ``start``.

        ``n`` 0 gives ``start`` itself; a negative n the |n|-th working day strictly before it.
        Raises CalendarError when ``start`` or the answer is outside the table.
        """
        row = self._at(start)
        if n > 0:
            index = self._before[row + 1] + n - 1
        elif n == 0:
            return start
        else:
            index = self._before[row] + n
        if 0 <= index < len(self._days):
            return self._days[index]
        raise self._outside(f"{_said(start)}起第 {n} 个工作日超出工作日历")

    def workdays_between(self, after: date, until: date) -> int:
        """Return how many working days lie in the half-open span (after, until].

        Negative when ``until`` is earlier: the working days in (until, after], with a minus. For
        n > 0, ``workdays_between(d, add_workdays(d, n)) == n``.
        """
        return self._before[self._at(until) + 1] - self._before[self._at(after) + 1]

    def remaining(self, today: date, due_on: date) -> int:
        """Return the working days left: 0 on the last day, negative by each working day overdue.

        On days of rest right after ``due_on`` it is still 0; whether a term is over is a question
        of its instant (``due_at``), not of this number.
        """
        return self.workdays_between(today, due_on)

    def is_provisional(self, start: date, end: date) -> bool:
        """Say whether the term (start, end] reaches into a year without a published notice."""
        if start.year == end.year:
            return end.year in self.provisional_years
        first = min(start + ONE_DAY, end)
        return any(year in self.provisional_years for year in range(first.year, end.year + 1))

    def describe(self, day: date) -> Day:
        """Return what the day is by itself (kinds COUNTED, WEEKEND, HOLIDAY, MAKEUP)."""
        counts = self.is_workday(day)
        name = self._off.get(day) or self._extra.get(day) or ""
        if day in self._off:
            kind = Kind.HOLIDAY
        elif day in self._extra:
            kind = Kind.MAKEUP
        else:
            kind = Kind.COUNTED if counts else Kind.WEEKEND
        return Day(day, kind, name, is_provisional=day.year in self.provisional_years)

    def explain(self, start: date, n: int, *, paused: Collection[date] = ()) -> list[Day]:
        """Return the days from ``start`` to the n-th counted one, each with its kind and number.

        Working days in ``paused`` do not count; the last day is then the term with the pause in
        it. Without a pause it is ``add_workdays(start, n)``. ``n`` must not be negative.
        """
        if n < 0:
            raise CalendarError("工作日天数不能是负数。请填 0 或正整数。")
        stopped = frozenset(paused)
        first = self.describe(start)
        strip = [Day(start, Kind.START, first.name, is_provisional=first.is_provisional)]
        day, number = start, 0
        while number < n:
            day += ONE_DAY
            found = self.describe(day)
            if found.kind in (Kind.COUNTED, Kind.MAKEUP):
                if day in stopped:
                    found = Day(day, Kind.PAUSED, found.name, None, found.is_provisional)
                else:
                    number += 1
                    found = Day(day, found.kind, found.name, number, found.is_provisional)
            strip.append(found)
        return strip

    def deadline(self, start: date, n: int, cutoff: time | None = None) -> Deadline:
        """Return the whole answer for a term of n working days that starts on ``start``."""
        ends = self._ends.get(cutoff)
        if ends is None:
            ends = self._table_ends(cutoff)
        if n > 0 and type(start) is date:  # the short way: date -> row -> index -> answer
            row = start.toordinal() - self._first
            if row >= 0:
                try:
                    found = ends[self._before[row + 1] + n - 1]
                except IndexError:
                    pass  # add_workdays says which sentence fits
                else:
                    if found.is_provisional or start.year == found.due_on.year:
                        return found
        last = self.add_workdays(start, n)
        return Deadline(last, due_at(last, cutoff), self.is_provisional(start, last))

    def _table_ends(self, cutoff: time | None) -> list[Deadline]:
        """Make the answers that end on each working day (cutoffs are rules: there are few)."""
        self._ends[cutoff] = [
            Deadline(day, due_at(day, cutoff), day.year in self.provisional_years)
            for day in self._days
        ]
        return self._ends[cutoff]

    def add_work_hours(
        self, start: datetime, hours: float, rule: WorkHours = STANDARD_HOURS
    ) -> datetime:
        """Return when ``hours`` of working time after ``start`` are over (aware, UTC).

        Only the hours of ``rule`` on working days count. 3.5 hours from 08:30 end at 12:00, not
        at 13:30. Raises CalendarError for negative hours, ValueError for a naive ``start``.
        """
        if start.tzinfo is None:
            raise ValueError("an aware datetime is needed")
        if hours < 0:
            raise CalendarError("工作小时数不能是负数。请填 0 或正数。")
        left = timedelta(hours=hours)
        if not left:
            return start.astimezone(UTC)
        local = start.astimezone(SHANGHAI)
        day = local.date()
        if self.is_workday(day):
            rest = rule.left_after(local.time())
            if left <= rest:
                return self._instant(day, rule.instant(rule.length - rest + left))
            left -= rest
        whole = -(-left // rule.length) - 1  # full days before the last, which is never empty
        day = self.add_workdays(day, whole + 1)
        return self._instant(day, rule.instant(left - whole * rule.length))

    def _instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)

    def workdays_in(self, first: date, last: date) -> int:
        """Return how many working days lie from ``first`` to ``last``, both included."""
        return self._before[self._at(last) + 1] - self._before[self._at(first)]


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def due_at(due_on: date, cutoff: time | None = None) -> datetime:
    """Return the instant (aware, UTC) at which a term ends that has ``due_on`` as its last day.

    ``cutoff`` is the business hour in Shanghai, such as 17:30; None means 24:00, which is the
    first instant of the next day (Civil Code art. 203).
    """
    if cutoff is None:
        return datetime.combine(due_on, MIDNIGHT_IN_UTC, UTC)
    if cutoff == time.min:
        raise CalendarError("截止时刻不能是 00:00。当日 24:00 截止请留空。")
    return datetime.combine(due_on, cutoff, SHANGHAI).astimezone(UTC)


def due_on(due_at: datetime) -> date:
    """Return the last day of a term from its instant, whatever cutoff it was made with."""
    return (due_at.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()


def changed_days(old: Calendar, new: Calendar) -> list[tuple[Day, Day]]:
    """Return (before, after) of the days whose kind or name differ, by date.

    Only years that both tables hold are compared.
    """
    first = max(old.first_year, new.first_year)
    last = min(old.last_year, new.last_year)
    named = {*old._off, *old._extra, *new._off, *new._extra}
    pairs = (
        (old.describe(day), new.describe(day)) for day in sorted(named) if first <= day.year <= last
    )
    return [(a, b) for a, b in pairs if (a.kind, a.name) != (b.kind, b.name)]
