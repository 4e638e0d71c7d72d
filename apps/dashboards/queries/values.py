"""Every metric's value as it is written: the page, the files, the reports and the API ask here.

Most come from the tallies; K08 from the histogram of working days; the metrics of this moment are
counted from present rows: K09 and K19 tickets, K25–K27 and K32 register and roster, K28b handbook.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet

from apps.core.clock import local
from apps.dashboards.metrics import METRICS, Metric, Reading, read
from apps.dashboards.periods import Period
from apps.dashboards.queries import figures
from apps.dashboards.queries.behind import present
from apps.dashboards.queries.figures import Counts
from apps.dashboards.scopes import Whose
from apps.handbook.models import Entry
from apps.registry.queries.health import HealthRow, unit_rows
from apps.roster.models import Unit

PLACES = frozenset({"bound", "complete", "difference", "roster"})


@dataclass(frozen=True)
class Value:
    """A metric's value: the two numbers it is made of, and how pages and files write it."""

    metric: Metric
    text: str
    exact: str
    top: int
    bottom: int | None


def values(whose: Whose, period: Period, now: datetime) -> dict[str, Value]:
    """Return all metrics that say something of a scope, by code (thirteen queries)."""
    counts = figures.counts(whose, period, now)
    rows = health_rows(whose, local(now).date())
    found = (_value(one, whose, period, now, counts, rows) for one in METRICS)
    return {one.metric.code: one for one in found if one is not None}


def value(metric: Metric, whose: Whose, period: Period, now: datetime) -> Value | None:
    """Return one metric's value; None for what has no source or says nothing of this scope."""
    rows = health_rows(whose, local(now).date()) if metric.live in PLACES else []
    return _value(metric, whose, period, now, figures.counts(whose, period, now), rows)


def health_rows(whose: Whose, today: date) -> list[HealthRow]:
    """Return the townships of a scope in numbers; none for a department or one's own tickets."""
    if whose.user_id is not None or (whose.unit is not None and not whose.unit.has_team):
        return []
    units = Unit.objects.active().with_team().order_by("order", "pk")
    if whose.unit is not None:
        units = units.filter(pk=whose.unit.pk)
    return unit_rows(units, today=today)


def expired_entries(whose: Whose, today: date) -> QuerySet[Entry]:
    """Return the published entries whose day of review has passed (K28b)."""
    return _published(whose).filter(review_on__lt=today)


def _published(whose: Whose) -> QuerySet[Entry]:
    found: QuerySet[Entry] = Entry.objects.published()
    return found.filter(current__unit=whose.unit) if whose.unit is not None else found


def _value(
    metric: Metric,
    whose: Whose,
    period: Period,
    now: datetime,
    counts: Counts,
    rows: list[HealthRow],
) -> Value | None:
    if metric.code == "K08":
        return _duration(metric, whose, period)
    if metric.is_tallied:
        found = read(metric, counts)
        bottom = found.bottom if metric.is_rate else None
        return Value(metric, found.text, found.exact, found.top, bottom)
    if metric.live in PLACES:
        return _of_places(metric, rows) if rows else None
    if metric.live == "expired" and whose.user_id is None:
        top = expired_entries(whose, local(now).date()).count()
        return _made(metric, top, _published(whose).count())
    if metric.live in ("open", "repeated"):
        top = present(metric.live, whose, period, now).count()
        return _made(metric, top, counts["closed"] if metric.live == "repeated" else None)
    return None


def _duration(metric: Metric, whose: Whose, period: Period) -> Value:
    """Σ working days ÷ tickets, of the months that the period touches."""
    found = figures.duration(figures.kinds(whose, period, "days")["days"])
    return Value(metric, found.text, found.exact, found.total, found.cases)


def _of_places(metric: Metric, rows: list[HealthRow]) -> Value:
    total = sum(row.total for row in rows)
    if metric.live == "difference":
        told = [row for row in rows if row.reported is not None]
        reported, counted = sum(row.reported or 0 for row in told), sum(row.total for row in told)
        step = reported - counted
        return Value(metric, f"{step:,}", str(step), reported, counted)
    if metric.live == "roster":
        people = sum(row.people for row in rows)
        return _made(metric, people - sum(row.stale_people for row in rows), people)
    fault = "unbound" if metric.live == "bound" else "incomplete"
    return _made(metric, total - sum(row.counts.get(fault, 0) for row in rows), total)


def _made(metric: Metric, top: int, bottom: int | None) -> Value:
    """Write a count, or a rate by the rules of all rates (样本不足, —, rounding)."""
    if bottom is None:
        return Value(metric, f"{top:,}", str(top), top, None)
    found = Reading(replace(metric, live="", top="top", bottom="bottom"), top, bottom)
    return Value(metric, found.text, found.exact, top, bottom)
