"""The numbers themselves, added up from the tallies; one's own are counted from the rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from django.db.models import Case, F, FilteredRelation, IntegerField, Q, Sum, Value, When

from apps.core.clock import local
from apps.dashboards.measures import CODES, DUE_CODES, MEASURES
from apps.dashboards.metrics import METRICS, Reading, percent, read
from apps.dashboards.models import DayTally, KindTally, TicketTally
from apps.dashboards.periods import Period
from apps.dashboards.queries.behind import of_whom, rows
from apps.dashboards.scopes import Whose
from apps.roster.models import Unit

Counts = dict[str, int]


def _sums(last_due: date, prefix: str = "") -> dict[str, Any]:
    """Return the sums of all measures; ends of terms count when their day is over."""
    over = Q(**{f"{prefix}day__lte": last_due})
    return {
        code: Sum(prefix + code, filter=over if code in DUE_CODES else None, default=0)
        for code in CODES
    }


def counts(whose: Whose, period: Period, now: datetime) -> Counts:
    """Return every measure of a period (one query; one's own: one query a measure)."""
    if whose.user_id is not None:
        return {one.code: rows(one, whose, period, now).count() for one in MEASURES}
    yesterday = local(now).date() - timedelta(days=1)
    found = DayTally.objects.filter(unit=whose.unit, day__gte=period.first, day__lte=period.last)
    return {code: int(value) for code, value in found.aggregate(**_sums(yesterday)).items()}


def counts_of(whose: Whose, periods: Sequence[Period], now: datetime) -> list[Counts]:
    """Return every measure of some periods, in one query where they do not overlap."""
    inside = sorted(set(periods), key=lambda one: one.first)
    if whose.user_id is not None or any(a.last >= b.first for a, b in pairwise(inside)):
        return [counts(whose, one, now) for one in periods]
    parts = [
        When(day__gte=one.first, day__lte=one.last, then=Value(place))
        for place, one in enumerate(inside)
    ]
    days = Q()
    for one in inside:
        days |= Q(day__gte=one.first, day__lte=one.last)
    yesterday = local(now).date() - timedelta(days=1)
    found = DayTally.objects.filter(days, unit=whose.unit).order_by()
    grouped = found.values(part=Case(*parts, output_field=IntegerField()))
    rows: list[dict[str, Any]] = [dict(row) for row in grouped.annotate(**_sums(yesterday))]
    by_period = {inside[row["part"]]: row for row in rows}
    return [
        {code: int(by_period[one][code]) if one in by_period else 0 for code in CODES}
        for one in periods
    ]


def units_with_counts(period: Period, now: datetime) -> list[tuple[Unit, Counts]]:
    """Return the units in their fixed order, each with every measure of a period (one query)."""
    yesterday = local(now).date() - timedelta(days=1)
    inside = Q(daytally__day__gte=period.first, daytally__day__lte=period.last)
    found = Unit.objects.filter(is_active=True).alias(
        inside=FilteredRelation("daytally", condition=inside)
    )
    sums = _sums(yesterday, "inside__")
    rows = found.annotate(**{f"sum_{code}": one for code, one in sums.items()})
    return [
        (unit, {code: int(getattr(unit, f"sum_{code}")) for code in CODES})
        for unit in rows.order_by("order", "pk")
    ]


def daily(
    whose: Whose, first: date, last: date, codes: tuple[str, ...]
) -> dict[date, dict[str, int]]:
    """Return some measures of each day (one query)."""
    found = DayTally.objects.filter(unit=whose.unit, day__gte=first, day__lte=last)
    return {row["day"]: row for row in found.values("day", *codes)}


def daily_and_missed(
    first: date, last: date, codes: tuple[str, ...], missed_from: date, missed_to: date
) -> tuple[dict[date, dict[str, int]], list[tuple[date, int, int]]]:
    """Return some measures of each day of the district, and (day, unit, how many terms of handling
    were missed) of the units, in one query."""
    names = ("day", "unit_id", *codes, "handle_due", "handle_hit")
    whole = DayTally.objects.filter(unit=None, day__gte=first, day__lte=last)
    units = DayTally.objects.filter(
        unit__isnull=False,
        day__gte=missed_from,
        day__lte=missed_to,
        handle_due__gt=F("handle_hit"),
    )
    rows = whole.order_by().values_list(*names)
    days, missed = {}, []
    for row in rows.union(units.order_by().values_list(*names), all=True):
        if row[1] is None:
            days[row[0]] = dict(zip(names, row, strict=True))
        else:
            missed.append((row[0], row[1], row[-2] - row[-1]))
    return days, missed


def kinds(whose: Whose, period: Period, *dimensions: str) -> dict[str, dict[str, int]]:
    """Return the counts by value of some dimensions, over the months of a period (one query)."""
    if whose.user_id is not None:
        return _own_kinds(whose, period, dimensions)
    found = KindTally.objects.filter(
        unit=whose.unit, dimension__in=dimensions, month__in=period.months, count__gt=0
    )
    grouped = found.order_by().values_list("dimension", "value").annotate(n=Sum("count"))
    result: dict[str, dict[str, int]] = defaultdict(dict)
    for dimension, value, n in grouped:
        result[dimension][value] = n
    return {dimension: result[dimension] for dimension in dimensions}


def _own_kinds(
    whose: Whose, period: Period, dimensions: tuple[str, ...]
) -> dict[str, dict[str, int]]:
    """Add up what a person's own tickets contribute; no tally is kept for persons."""
    months = {month.isoformat() for month in period.months}
    found: dict[str, dict[str, int]] = {dimension: defaultdict(int) for dimension in dimensions}
    own = TicketTally.objects.filter(of_whom(whose, "ticket__")).values_list("cells", flat=True)
    for cells in own.iterator():
        for month, dimension, value, _ in cells["kinds"]:
            if month in months and dimension in found:
                found[dimension][value] += 1
    return {dimension: dict(values) for dimension, values in found.items()}


@dataclass(frozen=True)
class Duration:
    """K08: the exact mean of working days, the median and the 90th percentile."""

    cases: int
    total: int = 0
    mean: Fraction | None = None
    median: int = 0
    high: int = 0

    @property
    def text(self) -> str:
        """One decimal, rounded half up."""
        return "—" if self.mean is None else str(percent(self.mean / 100, 1))

    @property
    def exact(self) -> str:
        """Two decimals, for files and the API."""
        return "—" if self.mean is None else str(percent(self.mean / 100, 2))


def duration(histogram: Mapping[str, int]) -> Duration:
    """Return mean, median and P90 (nearest rank) of a histogram days → tickets."""
    steps = sorted((int(days), n) for days, n in histogram.items() if n > 0)
    cases = sum(n for _, n in steps)
    if not cases:
        return Duration(0)

    def rank(share: Fraction) -> int:
        wanted, passed = -(-cases * share.numerator // share.denominator), 0
        for days, n in steps:
            passed += n
            if passed >= wanted:
                return days
        return steps[-1][0]

    total = sum(days * n for days, n in steps)
    return Duration(
        cases, total, Fraction(total, cases), rank(Fraction(1, 2)), rank(Fraction(9, 10))
    )


def readings(found: Mapping[str, int]) -> dict[str, Reading]:
    """Return the metrics that come from the tallies, by code."""
    return {metric.code: read(metric, found) for metric in METRICS if metric.is_tallied}
