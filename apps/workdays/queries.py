"""The calendar in force, what is on record, and what a change would move."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, time, timedelta
from threading import Lock
from typing import Any

from django.db import connection, transaction

from apps.core import context
from apps.workdays import hooks
from apps.workdays.calendar import Calendar, Day, changed_days
from apps.workdays.choices import DayKind, YearStatus
from apps.workdays.hours import STANDARD_HOURS, WorkHours
from apps.workdays.ledger import Entry, Ledger
from apps.workdays.models import CalendarVersion, CalendarYear, DayException, TimeRule
from apps.workdays.notice import Notice
from apps.workdays.statutory import statutory_days

#: 转办工单的办理时限（方案三（二）：7 个工作日），预览举例用
SAMPLE_DAYS = 7
#: a changed day moves terms that started at most this long before it
REACH = timedelta(days=45)
MOST_SHIFTS = 60

_lock = Lock()
_cached: tuple[object, Calendar] | None = None


def _version(for_writing: bool) -> tuple[int, object]:
    rows = CalendarVersion.objects.filter(pk=1)
    if for_writing and connection.vendor == "postgresql":
        # FOR SHARE lets other terms be computed, and a change wait until they are committed
        rows = CalendarVersion.objects.raw(  # type: ignore[assignment]
            "SELECT id, number, stamp FROM workdays_calendarversion WHERE id = 1 FOR SHARE"
        )
        return next(((row.number, row.stamp) for row in rows), (0, None))
    return rows.values_list("number", "stamp").first() or (0, None)


def current_calendar(*, for_writing: bool = False) -> Calendar:
    """Return the calendar in force; one query by primary key when nothing has changed.

    It is asked each time, not every few seconds: a term computed from a stale calendar just after
    a change would stay wrong, and 0.1 ms is cheap. Only a page that is read asks once. Take it once
    per batch.
    ``for_writing``: use it inside the transaction that stores a term, so that a change of the
    calendar either sees the stored row or waits for it.
    """
    if for_writing and not connection.in_atomic_block:
        raise transaction.TransactionManagementError("for_writing needs a transaction")
    page = None if for_writing else context.current().kept
    if page is not None and "calendar" in page:
        found: Calendar = page["calendar"]
        return found
    found = _in_force(for_writing)
    if page is not None:
        page["calendar"] = found
    return found


def _in_force(for_writing: bool) -> Calendar:
    global _cached
    number, stamp = _version(for_writing)
    kept = _cached
    if kept is not None and kept[0] == stamp:
        return kept[1]
    made = load_ledger(version=number).calendar(statutory_days)
    with _lock:
        _cached = (stamp, made)
    return made


def load_ledger(*, version: int | None = None) -> Ledger:
    """Return what is on record: exceptions by date and which years are published."""
    if version is None:
        version = _version(False)[0]
    years = {
        year: status == YearStatus.PUBLISHED
        for year, status in CalendarYear.objects.values_list("year", "status")
    }
    rows = DayException.objects.values_list("date", "kind", "name", "notice__year")
    return Ledger({row[0]: Entry(*row) for row in rows}, years, version)


# ---- previews ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Shift:
    """A term of SAMPLE_DAYS working days that a change moves."""

    start: date
    before: date
    after: date


@dataclass(frozen=True)
class Preview:
    """What a change would do, before it is saved."""

    before: Ledger
    after: Ledger
    old: Calendar
    new: Calendar
    changed: list[tuple[Day, Day]]
    shifts: list[Shift]
    shift_count: int
    impacts: list[hooks.ImpactLine]
    published: list[int]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing would change at all."""
        return self.before.days == self.after.days and self.before.years == self.after.years


def sample_shifts(old: Calendar, new: Calendar, changed: list[tuple[Day, Day]]) -> list[Shift]:
    """Return, by start day, the terms of SAMPLE_DAYS working days that would move."""
    moving = [
        one.date for one, two in changed if old.is_workday(one.date) != new.is_workday(two.date)
    ]
    if not moving:
        return []
    first = max(min(moving) - REACH, date(max(old.first_year, new.first_year), 1, 1))
    shifts = []
    for step in range((max(moving) - first).days + 1):
        start = first + timedelta(days=step)
        before, after = (table.add_workdays(start, SAMPLE_DAYS) for table in (old, new))
        if before != after:
            shifts.append(Shift(start, before, after))
    return shifts


def _preview(before: Ledger, after: Ledger) -> Preview:
    old, new = before.calendar(statutory_days), after.calendar(statutory_days)
    changed = changed_days(old, new)
    shifts = sample_shifts(old, new, changed)
    return Preview(
        before=before,
        after=after,
        old=old,
        new=new,
        changed=changed,
        shifts=shifts[:MOST_SHIFTS],
        shift_count=len(shifts),
        impacts=hooks.impact_lines(old, new),
        published=sorted(y for y, on in after.years.items() if on and not before.years.get(y)),
    )


def preview_notice(notice: Notice) -> Preview:
    """Say what importing a year would change and move."""
    before = load_ledger()
    return _preview(before, before.with_notice(notice.year, notice.days))


def preview_day(*, day: date, kind: str | None, name: str) -> Preview:
    """Say what a single edit would change and move; kind None gives the day back to the rule."""
    before = load_ledger()
    return _preview(before, before.with_day(day, kind, name))


# ---- completeness -----------------------------------------------------------------------
NOTICE_MONTH = 11  # notices have come out between 25 October and 8 December


def missing_years(today: date, calendar: Calendar | None = None) -> list[int]:
    """Return the years that should be published by ``today`` but are not: past ones, this one,
    and from 1 November the next.
    """
    table = calendar or current_calendar()
    last = today.year + (1 if today.month >= NOTICE_MONTH else 0)
    return [y for y in range(table.first_year, last + 1) if y in table.provisional_years]


#: the law grants eleven days (thirteen since 2025); a notice never lists fewer
FEWEST_DAYS_OFF = 11


def contradictions() -> list[str]:
    """Return sentences about published years whose days on record cannot be right."""
    ledger = load_ledger()
    known = [year for year, is_published in sorted(ledger.years.items()) if is_published]
    off = Counter(one.date.year for one in ledger.days.values() if one.kind == DayKind.HOLIDAY)
    pairs = {(one.notice, one.name) for one in ledger.days.values() if one.kind == DayKind.HOLIDAY}
    lonely = [
        f"{day}为“{one.name}”调休上班，但没有对应的放假日。请核对。"
        for day, one in sorted(ledger.days.items())
        if one.kind == DayKind.WORKDAY and one.notice and (one.notice, one.name) not in pairs
    ]
    few = [
        f"{year}年已公布，但只有 {off[year]} 个放假日。请重新导入。"
        for year in known
        if off[year] < FEWEST_DAYS_OFF
    ]
    return lonely + few


# ---- hours ------------------------------------------------------------------------------
@dataclass(frozen=True)
class TimeRules:
    """The time of day rules in force on a day; ``cutoff`` None means 24:00."""

    cutoff: time | None = None
    hours: WorkHours = STANDARD_HOURS


def time_rules(on: date) -> TimeRules:
    """Return the rules in force on a day: 24:00 and the standard hours where none is set."""
    row = TimeRule.objects.filter(valid_from__lte=on).order_by("-valid_from").first()
    if row is None:
        return TimeRules()
    return TimeRules(row.cutoff, hours_of(row))


def hours_of(row: TimeRule) -> WorkHours:
    """Return the working hours of a rule."""
    return WorkHours(
        ((row.morning_start, row.morning_end), (row.afternoon_start, row.afternoon_end))
    )


def year_rows() -> dict[int, Any]:
    """Return the years on record by number."""
    return {row.year: row for row in CalendarYear.objects.order_by("year")}
