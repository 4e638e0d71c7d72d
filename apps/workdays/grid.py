"""A year as the page draws it: months of weeks of cells, and the holidays as spans of days."""

import calendar as stdlib_calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from apps.workdays.calendar import Calendar, Day, Kind

WEEKDAYS = "一二三四五六日"
_CLASSES = {Kind.HOLIDAY: "holiday", Kind.MAKEUP: "makeup", Kind.WEEKEND: "weekend"}
_MARKS = {Kind.HOLIDAY: "休", Kind.MAKEUP: "班"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the grid; the mark says in a word what the colour says."""

    date: date
    css: str
    mark: str
    label: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its weeks from Monday, None outside of it, and its working days."""

    number: int
    weeks: list[list[Cell | None]]
    workdays: int


@dataclass(frozen=True, slots=True)
class Festival:
    """A holiday of a year: 春节, its days off and the days worked for it, as texts."""

    name: str
    off: str
    off_count: int
    work: str


def _cell(day: Day, today: date) -> Cell:
    mark = _MARKS.get(day.kind, "")
    names = [_CLASSES.get(day.kind, "")]
    if day.is_provisional and day.kind is Kind.HOLIDAY:
        names.append("provisional")
    if day.date == today:
        names.append("today")
    weekday = WEEKDAYS[day.date.weekday()]
    label = f"{day.date.day}{mark}，{day.date.month}月{day.date.day}日周{weekday}，{day.reason}"
    if day.date == today:
        label += "，今天"
    return Cell(day.date, " ".join(filter(None, names)), mark, label)


def months(calendar: Calendar, year: int, today: date) -> list[Month]:
    """Return the twelve months of a year."""
    weeks = stdlib_calendar.Calendar()
    return [
        Month(
            number,
            [
                [
                    _cell(calendar.describe(day), today) if day.month == number else None
                    for day in week
                ]
                for week in weeks.monthdatescalendar(year, number)
            ],
            calendar.workdays_in(
                date(year, number, 1),
                date(year, number, stdlib_calendar.monthrange(year, number)[1]),
            ),
        )
        for number in range(1, 13)
    ]


def _spans(days: list[date]) -> Iterator[tuple[date, date]]:
    first = last = days[0]
    for day in days[1:]:
        if day - last > timedelta(days=1):
            yield first, last
            first = day
        last = day
    yield first, last


def _said(first: date, last: date) -> str:
    text = f"{first.month}月{first.day}日"
    if first == last:
        return text
    return (
        f"{text}—{last.day}日"
        if first.month == last.month
        else f"{text}—{last.month}月{last.day}日"
    )


def festivals(calendar: Calendar, year: int) -> list[Festival]:
    """Return the year's holidays by their first day off."""
    off: dict[str, list[date]] = {}
    work: dict[str, list[date]] = {}
    for day in _days_of(calendar, year):
        if day.kind is Kind.HOLIDAY:
            off.setdefault(day.name, []).append(day.date)
        elif day.kind is Kind.MAKEUP:
            work.setdefault(day.name, []).append(day.date)
    names = sorted({*off, *work}, key=lambda name: (off.get(name) or work[name])[0])
    return [
        Festival(
            name,
            "、".join(_said(*span) for span in _spans(off[name])) if name in off else "",
            len(off.get(name, [])),
            "、".join(_said(day, day) for day in work.get(name, [])),
        )
        for name in names
    ]


def _days_of(calendar: Calendar, year: int) -> Iterable[Day]:
    first = date(year, 1, 1)
    count = (date(year + 1, 1, 1) - first).days
    return (calendar.describe(first + timedelta(days=step)) for step in range(count))
