"""What one ticket contributes to the tallies: one pure function of its rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from apps.dashboards.measures import MEASURES, Base, Measure, Same
from apps.tickets.choices import Status
from apps.workdays.calendar import SHANGHAI, Calendar, due_on

#: cells: days [[day, [unit, …], [measure, …]], …], kinds [[month, [unit, …], dimension, value], …]
Cells = dict[str, list[Any]]
EMPTY: Cells = {"days": [], "kinds": []}
#: more working days than this are one class of the histogram
LONGEST = 999


@dataclass
class Bundle:
    """A ticket with the rows that measures count; rows know their ticket."""

    ticket: Any
    rows: dict[Base, list[Any]] = field(default_factory=dict)

    def of(self, base: Base) -> list[Any]:
        """Return the rows of a base."""
        return [self.ticket] if base is Base.TICKET else self.rows.get(base, [])


def _value(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def _compare(value: Any, wanted: Any, judge: Callable[[Any, Any], bool]) -> bool:
    """As in SQL, nothing compares with an empty value."""
    return value is not None and wanted is not None and judge(value, wanted)


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "isnull": lambda value, wanted: (value is None) is wanted,
    "in": lambda value, wanted: value in wanted,
    "lte": lambda value, wanted: _compare(value, wanted, lambda a, b: a <= b),
    "gte": lambda value, wanted: _compare(value, wanted, lambda a, b: a >= b),
}


def holds(row: Any, lookup: str, wanted: Any) -> bool:
    """Judge a lookup of a measure on one row, as the database would."""
    path, _, last = lookup.rpartition("__")
    wanted = _value(row, wanted.path) if isinstance(wanted, Same) else wanted
    if last in TESTS:
        return TESTS[last](_value(row, path), wanted)
    return _compare(_value(row, lookup), wanted, lambda a, b: bool(a == b))


def counts(measure: Measure, row: Any) -> bool:
    """Say whether a row belongs to a measure."""
    return (
        getattr(row, measure.at) is not None
        and all(holds(row, lookup, wanted) for lookup, wanted in measure.conditions)
        and not any(holds(row, lookup, wanted) for lookup, wanted in measure.without)
    )


def day_of(measure: Measure, row: Any) -> date:
    """Return the day under which a row is counted."""
    moment: datetime = getattr(row, measure.at)
    return due_on(moment) if measure.is_due else moment.astimezone(SHANGHAI).date()


def units_of(ticket: Any) -> list[int]:
    """The units whose numbers a ticket is part of: who received it first, and who leads it."""
    return sorted({ticket.first_unit_id, ticket.lead_unit_id} - {None})


def contributions(bundle: Bundle, calendar: Calendar) -> Cells:
    """Return what a ticket contributes; a draft contributes nothing."""
    ticket = bundle.ticket
    if ticket.status == Status.DRAFT:
        return {"days": [], "kinds": []}
    found: dict[str, list[str]] = defaultdict(list)
    for measure in MEASURES:
        for row in bundle.of(measure.base):
            if counts(measure, row):
                found[day_of(measure, row).isoformat()].append(measure.code)
    units = units_of(ticket)
    days = [[day, units, sorted(codes)] for day, codes in sorted(found.items())]
    return {"days": days, "kinds": [[*kind, units] for kind in _kinds(ticket, calendar)]}


def _kinds(ticket: Any, calendar: Calendar) -> Iterable[list[str]]:
    """Yield [month, dimension, value] of a ticket."""
    month = f"{ticket.registered_at.astimezone(SHANGHAI):%Y-%m-01}"
    yield [month, "nature", ticket.nature]
    yield [month, "source", ticket.source]
    yield [month, "tier", ticket.tier]
    if not ticket.is_open:
        yield [month, "tier_done", ticket.tier]
    if ticket.category_id is not None:
        yield [month, "category", str(ticket.category_id)]
    if ticket.submitted_at and ticket.first_dispatched_at and not ticket.is_excluded:
        begun = ticket.first_dispatched_at.astimezone(SHANGHAI).date()
        ended = ticket.submitted_at.astimezone(SHANGHAI).date()
        days = min(calendar.workdays_between(begun, ended), LONGEST) if ended >= begun else 0
        yield [f"{ended:%Y-%m-01}", "days", str(days)]


def spread(cells: Cells, sign: int) -> Iterable[tuple[tuple[Any, ...], int]]:
    """Yield ((table, day or month, unit, …), amount) of cells, the district (None) included."""
    for day, units, codes in cells["days"]:
        for unit in (None, *units):
            for code in codes:
                yield ("day", day, unit, code), sign
    for month, dimension, value, units in cells["kinds"]:
        for unit in (None, *units):
            yield ("kind", month, unit, dimension, value), sign
