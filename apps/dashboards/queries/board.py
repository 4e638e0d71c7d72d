"""What the 运行看板 and a unit's page show, each read once (at most twelve queries a page)."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from apps.core.access import Actor
from apps.core.clock import local
from apps.dashboards.metrics import METRICS, Reading, change
from apps.dashboards.models import TallyState
from apps.dashboards.periods import Period, of_kind
from apps.dashboards.queries import figures
from apps.dashboards.queries.behind import of_whom
from apps.dashboards.scopes import Whose
from apps.roster.models import Category, Unit
from apps.tickets.choices import Status, Tier
from apps.tickets.models import Ticket
from apps.tickets.queries import work

WEEKS, HEAT_WEEKS = 12, 8
#: fewer than so many missed terms a week are never drawn in the darkest shade
LEAST_DARKEST = 16
MOST_RED = 8
MOST_TOPICS = 10
TREND = ("registered", "closed")
RATES = ("K05", "K15", "K16")
#: the tiles after the numbers of this moment, by scope
TILE_CODES = {
    "district": ("K02", "K05", "K15", "K16"),
    "department": ("K05", "K06", "K11", "K13", "K16"),
    "township": ("K02", "K03", "K15", "K16"),
}


@dataclass(frozen=True)
class Tile:
    """One number with its comparison and the list behind it."""

    label: str
    value: str
    unit: str
    note: str
    url: str
    is_alert: bool = False
    is_good: bool = False


@dataclass(frozen=True)
class TierRow:
    """A step of the funnel: how many came so high, how many ended there, are open, went on."""

    tier: Tier
    entered: int
    ended: int
    number: int

    @property
    def is_last(self) -> bool:
        """Whether nothing lies above."""
        return self.tier == Tier.CITY


@dataclass
class HeatRow:
    """A unit's missed terms by week."""

    unit: Unit
    cells: list[tuple[Period, int, int]] = field(default_factory=list)
    total: int = 0


@dataclass(frozen=True)
class UnitRow:
    """A unit with its three rates and its volume."""

    unit: Unit
    volume: int
    rates: list[Reading]


def count_now(whose: Whose, now: datetime) -> dict[str, int]:
    """Return the numbers of this moment: open, overdue, yellow, unsigned, untold (one query)."""
    numbers: dict[str, int] = (
        Ticket.objects.open()
        .filter(of_whom(whose, ""))
        .aggregate(
            open=Count("pk"),
            overdue=Count("pk", filter=Q(due_at__lte=now)),
            yellow=Count("pk", filter=Q(due_at__gt=now, yellow_at__lte=now)),
            unsigned=Count("pk", filter=Q(status=Status.PENDING_ACCEPT)),
            untold=Count("pk", filter=Q(status=Status.PENDING_FOLLOWUP, is_told=False)),
        )
    )
    return numbers


def now_numbers(whose: Whose, now: datetime) -> dict[str, int]:
    """Return the numbers of this moment for a page: where they are large, some seconds old."""
    key = f"board:{whose.unit.pk if whose.unit else 0}:{whose.user_id or 0}"
    found: dict[str, int] = work.kept(
        0, key, lambda: count_now(whose, now), size=lambda numbers: numbers["open"]
    )
    return found


def red_list(whose: Whose, user: Actor, now: datetime) -> QuerySet[Ticket]:
    """Return the tickets that are overdue, the longest first, that a person may see."""
    found = Ticket.objects.visible_to(user).overdue(now).filter(of_whom(whose, ""))
    return found.select_related("lead_unit", "first_unit").order_by("due_at", "pk")[:MOST_RED]


def tiers(kinds: dict[str, dict[str, int]]) -> list[TierRow]:
    """Return the funnel of the tickets registered in a period."""
    found, entered = [], 0
    for number, tier in reversed(list(enumerate(Tier, 1))):
        entered += kinds["tier"].get(tier, 0)
        found.append(TierRow(tier, entered, kinds["tier_done"].get(tier, 0), number))
    return found[::-1]


def open_of(row: TierRow, above: int) -> int:
    """Return how many of a tier are still open: came, less what ended there or went on."""
    return row.entered - row.ended - above


Trend = list[tuple[Period, int, int, int]]


def trend(whose: Whose, today: date) -> Trend:
    """Return (week, registered, closed, missed) of the last twelve weeks (one query)."""
    this = of_kind("week", today)
    first = this.first - timedelta(weeks=WEEKS - 1)
    return _trend(
        figures.daily(whose, first, this.last, (*TREND, "handle_due", "handle_hit")), today
    )


def _trend(days: dict[date, dict[str, int]], today: date) -> Trend:
    this = of_kind("week", today)
    first = this.first - timedelta(weeks=WEEKS - 1)
    found = []
    for number in range(WEEKS):
        week = of_kind("week", first + timedelta(weeks=number))
        own = {day: row for day, row in days.items() if week.first <= day <= week.last}
        past = [row for day, row in own.items() if day < today]
        missed = sum(row["handle_due"] - row["handle_hit"] for row in past)
        registered, closed = (sum(row[code] for row in own.values()) for code in TREND)
        found.append((week, registered, closed, missed))
    return found


def trend_and_missed(today: date) -> tuple[Trend, list[tuple[date, int, int]]]:
    """Return the district's trend, and what :func:`heat` is drawn from (one query)."""
    this = of_kind("week", today)
    days, missed = figures.daily_and_missed(
        this.first - timedelta(weeks=WEEKS - 1),
        this.last,
        TREND,
        this.first - timedelta(weeks=HEAT_WEEKS - 1),
        today - timedelta(days=1),
    )
    return _trend(days, today), missed


def heat(
    units: list[Unit], all_missed: list[tuple[date, int, int]], today: date
) -> tuple[list[Period], list[HeatRow]]:
    """Return the weeks, and the units that missed terms in them, in their fixed order."""
    this = of_kind("week", today)
    weeks = [
        of_kind("week", this.first - timedelta(weeks=back)) for back in reversed(range(HEAT_WEEKS))
    ]
    found: dict[int, dict[date, int]] = {}
    for day, pk, missed in all_missed:
        by_week = found.setdefault(pk, {})
        monday = day - timedelta(days=day.weekday())
        by_week[monday] = by_week.get(monday, 0) + missed
    most = max((n for by_week in found.values() for n in by_week.values()), default=0)
    rows = []
    for unit in units:
        by_week = found.get(unit.pk, {})
        if not by_week:
            continue
        cells = [(w, n := by_week.get(w.first, 0), _shade(n, most)) for w in weeks]
        rows.append(HeatRow(unit, cells, sum(by_week.values())))
    return weeks, rows


def _shade(number: int, most: int) -> int:
    """0, then five equal ratios up to the largest number: 1, 2–3, 4–7, 8–15, 16 where that is 16."""
    if number == 0:
        return 0
    return min(1 + int(4 * math.log2(number) / math.log2(max(most, LEAST_DARKEST))), 5)


@dataclass(frozen=True)
class Topic:
    """A category with its number and its share of the largest, in per cent."""

    category: Category
    count: int
    width: int


def topics(by_category: dict[str, int], most: int = MOST_TOPICS) -> list[Topic]:
    """Return the most frequent categories (one query)."""
    top = sorted(by_category.items(), key=lambda one: (-one[1], int(one[0])))[:most]
    names = Category.objects.in_bulk([int(pk) for pk, _ in top])
    largest = top[0][1] if top else 1
    return [
        Topic(names[int(pk)], count, max(round(100 * count / largest), 1))
        for pk, count in top
        if int(pk) in names
    ]


def unit_rows(units: list[tuple[Unit, figures.Counts]]) -> list[UnitRow]:
    """Return the three rates of the units that had work, in their fixed order."""
    found = []
    for unit, counts in units:
        if not any(counts.values()):
            continue
        readings = figures.readings(counts)
        found.append(UnitRow(unit, counts["registered"], [readings[code] for code in RATES]))
    return found


Counted = list[tuple[Unit, figures.Counts]]


def split(units: Counted) -> tuple[Counted, Counted]:
    """Return the departments, and the 28 townships with a team (plan one (三))."""
    departments = [one for one in units if not one[0].has_team]
    return departments, [one for one in units if one[0].has_team]


@dataclass(frozen=True)
class Line:
    """A metric over three periods: now, the one before, a year ago."""

    now: Reading
    before: Reading
    year_ago: Reading

    @property
    def to_before(self) -> str:
        """环比."""
        return change(self.now.metric, self.now, self.before)

    @property
    def to_year_ago(self) -> str:
        """同比."""
        return change(self.now.metric, self.now, self.year_ago)

    @property
    def is_good(self) -> bool:
        """Whether it moved in the good direction since the period before."""
        goal, step = self.now.metric.goal, self.to_before
        return bool(step) and (
            (goal > 0 and step.startswith("+")) or (goal < 0 and step.startswith("-"))
        )


def lines(whose: Whose, period: Period, now: datetime) -> dict[str, Line]:
    """Return the tallied metrics over three periods (one query, three where they overlap).

    A period that is still running is compared with as many days of the others.
    """
    shown = period.until(local(now).date())
    length = shown.last - shown.first
    others = [
        Period("custom", one.first, min(one.last, one.first + length)) if shown != period else one
        for one in (period.before(), period.year_ago())
    ]
    found = [figures.readings(one) for one in figures.counts_of(whose, (period, *others), now)]
    return {
        metric.code: Line(*(readings[metric.code] for readings in found))
        for metric in METRICS
        if metric.is_tallied
    }


def state_of_tallies() -> datetime | None:
    """Return the moment to which the tallies are complete."""
    return TallyState.objects.filter(pk=1).values_list("done_at", flat=True).first()
