"""Hot categories and their trend, and returns from one unit to the next."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from apps.core.clock import local
from apps.dashboards.measures import BY_CODE
from apps.dashboards.periods import Period
from apps.dashboards.queries import figures
from apps.dashboards.queries.behind import rows
from apps.dashboards.scopes import DISTRICT
from apps.roster.models import Category, Unit
from apps.tickets.choices import ApplicationState, Part
from apps.tickets.models import Assignment

#: so many tickets of one second-level category within 30 days may be one matter (一类事)
ALIKE, ALIKE_DAYS = 10, 30


@dataclass(frozen=True)
class TopicRow:
    """A category with its numbers over three periods."""

    category: Category
    count: int
    before: int
    year_ago: int

    @property
    def step(self) -> int:
        """The change since the period before."""
        return self.count - self.before


def topic_rows(period: Period) -> list[TopicRow]:
    """Return the categories that were asked about, the most frequent first (four queries)."""
    now, before, ago = (
        figures.kinds(DISTRICT, one, "category")["category"]
        for one in (period, period.before(), period.year_ago())
    )
    names = Category.objects.in_bulk([int(pk) for pk in now])
    found = [
        TopicRow(names[int(pk)], count, before.get(pk, 0), ago.get(pk, 0))
        for pk, count in now.items()
        if int(pk) in names
    ]
    return sorted(found, key=lambda row: (-row.count, row.category.code))


def alike_period(now: datetime) -> Period:
    """Return the last 30 days, today included."""
    today = local(now).date()
    return Period("custom", today - timedelta(days=ALIKE_DAYS - 1), today)


def alike(now: datetime) -> list[tuple[Category, int]]:
    """Return the categories with many tickets in the last 30 days (two queries)."""
    recent = rows(BY_CODE["registered"], DISTRICT, alike_period(now), now)
    recent = recent.filter(category__isnull=False)
    grouped = recent.order_by().values_list("category").annotate(n=Count("pk"))
    many = [(pk, n) for pk, n in grouped.filter(n__gte=ALIKE).order_by("-n", "category")]
    names = Category.objects.in_bulk([pk for pk, _ in many])
    return [(names[pk], n) for pk, n in many]


@dataclass(frozen=True)
class ReturnRow:
    """A unit that sent tickets back: how often, how often in vain, and where they went."""

    unit: Unit
    asked: int
    denied: int
    went_to: list[tuple[Unit, int]]


def return_rows(period: Period, now: datetime) -> list[ReturnRow]:
    """Return the units that sent tickets back in a period, in their fixed order (three queries)."""
    found = rows(BY_CODE["returns"], DISTRICT, period, now)
    asked = list(found.values_list("ticket_id", "unit_id", "state", "decided_at"))
    leads: dict[int, list[tuple[datetime, int]]] = {}
    assignments = Assignment.objects.filter(
        ticket_id__in={ticket for ticket, *_ in asked}, part=Part.LEAD
    ).order_by("dispatched_at", "pk")
    for ticket, at, unit in assignments.values_list("ticket_id", "dispatched_at", "unit_id"):
        leads.setdefault(ticket, []).append((at, unit))
    went: Counter[tuple[int, int]] = Counter()
    for ticket, unit, state, decided in asked:
        if state != ApplicationState.APPROVED:
            continue
        after = [to for at, to in leads.get(ticket, []) if at >= decided and to != unit]
        if after:
            went[(unit, after[0])] += 1
    units = {unit.pk: unit for unit in Unit.objects.order_by("order", "pk")}
    total = Counter(unit for _, unit, _, _ in asked)
    denied = Counter(unit for _, unit, state, _ in asked if state == ApplicationState.DENIED)
    return [
        ReturnRow(
            unit,
            total[pk],
            denied[pk],
            [(units[to], n) for to in units if (n := went[(pk, to)])],
        )
        for pk, unit in units.items()
        if total[pk]
    ]
