"""What a report is written from: one reading of all numbers, kept with the report."""

from datetime import datetime, timedelta
from typing import Any

from apps.core.clock import local
from apps.dashboards.periods import Period, of_kind
from apps.dashboards.queries import board, figures, topics
from apps.dashboards.queries.behind import midnight
from apps.dashboards.scopes import DISTRICT
from apps.tickets import lights
from apps.tickets.models import Ticket
from apps.workdays.queries import current_calendar

#: so many tickets of each list stand in a report of one page (domain.md §10, O21)
MOST_LIGHTS = 6


def gather(period: Period, now: datetime) -> dict[str, Any]:
    """Return the material of a report as plain values (at most twenty queries)."""
    kinds = figures.kinds(DISTRICT, period, "tier", "tier_done", "category")
    return {
        "period": period.label,
        "taken": f"{local(now):%Y-%m-%d %H:%M}",
        "counts": {
            "now": figures.counts(DISTRICT, period, now),
            "before": figures.counts(DISTRICT, period.before(), now),
            "year_ago": figures.counts(DISTRICT, period.year_ago(), now),
        },
        "live": board.count_now(DISTRICT, now),
        "tiers": [
            {"label": step.tier.label, "entered": step.entered, "ended": step.ended}
            for step in board.tiers(kinds)
        ],
        "topics": [[one.category.name, one.count] for one in board.topics(kinds["category"])],
        "alike": [[category.name, n] for category, n in topics.alike(now)],
        "units": [
            {"name": unit.name, "kind": unit.kind, "counts": counts}
            for unit, counts in figures.units_with_counts(period, now)
            if any(counts.values())
        ],
        "trend": [
            [f"{week.first.month}/{week.first.day}", registered, closed]
            for week, registered, closed, _ in board.trend(
                DISTRICT, min(period.last, local(now).date())
            )
        ],
        **(_week(period, now) if period.kind == "week" else {}),
    }


def _week(period: Period, now: datetime) -> dict[str, Any]:
    """Return the red list and what falls due in the week after; restricted tickets are counted."""
    begin = max(now, midnight(period.last + timedelta(days=1)))
    end = midnight(period.last + timedelta(days=8))
    due = Ticket.objects.open().filter(due_at__gt=begin, due_at__lte=end)
    return {
        "red": _lines(Ticket.objects.overdue(now), now),
        "due": _lines(due, now),
        "due_count": due.count(),
        "due_week": of_kind("week", period.last + timedelta(days=1)).label,
    }


def _lines(found: Any, now: datetime) -> list[list[str]]:
    calendar = current_calendar()
    rows = found.filter(is_restricted=False).select_related("lead_unit", "first_unit")
    return [
        [
            one.number,
            one.title,
            (one.lead_unit or one.first_unit).name,
            lights.read(one.timing, calendar, now).text,
        ]
        for one in rows.order_by("due_at", "pk")[:MOST_LIGHTS]
    ]
