"""The list behind one number: which rows, how many of them a person may open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from apps.core.access import Actor
from apps.core.clock import local
from apps.core.exports import ExportColumn, Kind
from apps.dashboards.measures import BY_CODE, Base, Measure
from apps.dashboards.metrics import Metric
from apps.dashboards.models import Adjustment
from apps.dashboards.periods import Period
from apps.dashboards.queries import behind
from apps.dashboards.scopes import Whose
from apps.roster.models import Category
from apps.tickets.choices import Tier
from apps.tickets.models import Ticket

COLUMNS = (
    ExportColumn("工单编号"),
    ExportColumn("标题", width=40),
    ExportColumn("首问单位"),
    ExportColumn("主办单位"),
    ExportColumn("办理层级"),
    ExportColumn("状态"),
    ExportColumn("登记时间", Kind.MOMENT),
    ExportColumn("统计日期", Kind.DATE),
)
ABOUT_UNITS = ("first_unit", "lead_unit")


@dataclass(frozen=True)
class Part:
    """One of the lists behind a metric: 分子, 分母, 未达标, or a number of this moment."""

    key: str
    label: str
    measure: Measure | None = None


def parts_of(metric: Metric) -> list[Part]:
    """Return the lists behind a metric, the one shown first in front."""
    if metric.live in ("open", "repeated"):
        keys = ("open", "overdue", "yellow") if metric.live == "open" else ("repeated",)
        return [Part(key, behind.LIVE_LABELS[key]) for key in keys]
    if not metric.is_tallied:
        return []
    top = BY_CODE[metric.top]
    if not metric.is_rate:
        return [Part("top", top.label, top)]
    bottom = BY_CODE[metric.bottom]
    found = [
        Part("top", f"分子：{top.label}", top),
        Part("bottom", f"分母：{bottom.label}", bottom),
    ]
    if set(bottom.conditions) < set(top.conditions):
        found.append(Part("missed", "分母中不在分子的", bottom))
    return found


@dataclass(frozen=True)
class Subset:
    """Some of the registered tickets: those of a category, or of a tier."""

    label: str
    condition: Q


def subset_of(text: str) -> Subset | None:
    """Return the subset that an address names, None when there is none such.

    ``category:0401``; ``came:HUB`` (rose to this tier or above it), ``ended:HUB``, ``open:HUB``.
    """
    kind, _, value = text.partition(":")
    if kind == "category":
        category = Category.objects.filter(code=value).first()
        return Subset(f"类目：{category.name}", Q(category=category)) if category else None
    if value not in Tier.values:
        return None
    tier = Tier(value)
    reached = list(Tier)[list(Tier).index(tier) :]
    return {
        "came": Subset(f"进入{tier.label}的", Q(tier__in=reached)),
        "ended": Subset(f"在{tier.label}结束的", Q(tier=tier, is_open=False)),
        "open": Subset(f"在{tier.label}在办的", Q(tier=tier, is_open=True)),
    }.get(kind)


def rows_of(
    metric: Metric, part: Part, whose: Whose, period: Period, now: datetime
) -> QuerySet[Any]:
    """Return all rows of a list, whoever asks."""
    if part.measure is None:
        live: QuerySet[Any] = behind.present(part.key, whose, period, now)
        return live
    found = behind.rows(part.measure, whose, period, now)
    if part.key == "missed":
        hits = behind.rows(BY_CODE[metric.top], whose, period, now)
        found = found.exclude(pk__in=hits.values("pk"))
    return found


def for_reader(found: QuerySet[Any], part: Part, user: Actor) -> QuerySet[Any]:
    """Return the rows that a person may open, with what the list shows."""
    measure = part.measure or BY_CODE["registered"]
    path = measure.to_ticket
    names = [f"{path}{name}" for name in ABOUT_UNITS]
    return behind.seen(found, measure, user).select_related(*([path[:-2]] if path else []), *names)


def ticket_of(row: Any, part: Part) -> Ticket:
    """Return the ticket that a row belongs to."""
    is_ticket = part.measure is None or part.measure.base is Base.TICKET
    ticket: Ticket = row if is_ticket else row.ticket
    return ticket


def export_rows(found: QuerySet[Any], part: Part) -> Iterator[list[Any]]:
    """Yield the lines of the file, a row at a time."""
    from apps.dashboards.contributions import day_of

    measure = part.measure or BY_CODE["registered"]
    for row in found.order_by("pk").iterator(chunk_size=1000):
        ticket = ticket_of(row, part)
        yield [
            ticket.number,
            ticket.title,
            ticket.first_unit.name,
            ticket.lead_unit.name if ticket.lead_unit else "",
            ticket.get_tier_display(),
            ticket.get_status_display(),
            local(ticket.registered_at).replace(tzinfo=None),
            day_of(measure, row),
        ]


def held_back(part: Part, whose: Whose, period: Period, metric: Metric) -> int:
    """Return by how much closed months differ from the present rows (present minus shown)."""
    if part.measure is None or whose.user_id is not None:
        return 0
    found = Adjustment.objects.filter(unit=whose.unit, day__gte=period.first, day__lte=period.last)
    total = found.filter(measure=part.measure.code).aggregate(n=Sum("amount"))["n"] or 0
    if part.key == "missed":
        total -= found.filter(measure=metric.top).aggregate(n=Sum("amount"))["n"] or 0
    return int(total)
