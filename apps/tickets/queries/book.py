"""The calendar and the rules that a computation is made with, read once."""

from datetime import date, datetime, time

from apps.tickets.clocks import Book
from apps.tickets.models import RuleVersion
from apps.tickets.rules import DEFAULTS, RuleSet
from apps.workdays.calendar import Calendar
from apps.workdays.hours import STANDARD_HOURS, WorkHours
from apps.workdays.models import TimeRule
from apps.workdays.queries import current_calendar, hours_of


def rule_versions() -> list[tuple[datetime, RuleSet]]:
    """Return the versions of the rules, the newest first (one query)."""
    rows = RuleVersion.objects.order_by("-valid_from")
    return [(row.valid_from, RuleSet(row.number, row.values)) for row in rows]


def load_book(*, for_writing: bool = False, calendar: Calendar | None = None) -> Book:
    """Return what due times are computed with (three queries).

    ``for_writing``: within the transaction that stores them, see ``current_calendar``. A given
    ``calendar`` takes the place of the one in force (previews).
    """
    versions = rule_versions()
    hours = list(TimeRule.objects.order_by("-valid_from"))

    def rules_at(moment: datetime) -> RuleSet:
        return next((rules for start, rules in versions if start <= moment), DEFAULTS)

    def cutoff_at(day: date) -> time | None:
        return next((row.cutoff for row in hours if row.valid_from <= day), None)

    def hours_at(day: date) -> WorkHours:
        found = next((row for row in hours if row.valid_from <= day), None)
        return hours_of(found) if found else STANDARD_HOURS

    return Book(
        calendar=calendar or current_calendar(for_writing=for_writing),
        rules_at=rules_at,
        cutoff_at=cutoff_at,
        hours_at=hours_at,
    )
