"""What is on record about years and days, and what a change would make of it. Pure.

The preview and the write use the same functions, so what was shown is what is saved.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from apps.workdays.calendar import Calendar

HOLIDAY, WORKDAY = "HOLIDAY", "WORKDAY"
FIRST_YEAR = 2015
#: the table reaches at least this far, and always ten years beyond the last year on record
LAST_YEAR, YEARS_AHEAD = 2040, 10
Statutory = Callable[[int], Mapping[date, str]]


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A day that differs from the weekend rule. ``notice`` is the year whose notice says so."""

    date: date
    kind: str
    name: str
    notice: int | None = None


@dataclass(frozen=True)
class Ledger:
    """All exceptions by date, and for each year on record whether its notice is published."""

    days: Mapping[date, Entry] = field(default_factory=dict)
    years: Mapping[int, bool] = field(default_factory=dict)
    version: int = 0

    def with_notice(self, year: int, entries: Iterable[Entry]) -> "Ledger":
        """Return the ledger after a year's notice: it replaces the year's earlier notice and the
        single edits of that year; days that another year's notice set stay.
        """
        kept = {
            day: entry
            for day, entry in self.days.items()
            if entry.notice != year and not (day.year == year and entry.notice is None)
        }
        added = {entry.date: replace(entry, notice=year) for entry in entries}
        return replace(self, days={**kept, **added}, years={**self.years, year: True})

    def with_missing(self, year: int, entries: Iterable[Entry]) -> "Ledger":
        """Return the ledger with a shipped year: nothing that is on record is overwritten."""
        if self.years.get(year):
            return self
        added = {entry.date: replace(entry, notice=year) for entry in entries}
        return replace(self, days={**added, **self.days}, years={**self.years, year: True})

    def with_day(self, day: date, kind: str | None, name: str) -> "Ledger":
        """Return the ledger after a single edit; kind None gives the day back to the rule."""
        days = {key: entry for key, entry in self.days.items() if key != day}
        if kind is not None:
            days[day] = Entry(day, kind, name)
        return replace(self, days=days)

    def calendar(self, statutory: Statutory) -> Calendar:
        """Build the calendar; unpublished years also take ``statutory`` days off."""
        first = min([FIRST_YEAR, *self.years])
        last = max([LAST_YEAR, *(year + YEARS_AHEAD for year in self.years)])
        unknown = frozenset(y for y in range(first, last + 1) if not self.years.get(y))
        off = {day: name for year in sorted(unknown) for day, name in statutory(year).items()}
        extra: dict[date, str] = {}
        for entry in self.days.values():
            off.pop(entry.date, None)
            (off if entry.kind == HOLIDAY else extra)[entry.date] = entry.name
        return Calendar(off, extra, first, last, unknown, self.version)
