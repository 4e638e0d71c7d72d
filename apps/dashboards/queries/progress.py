"""三定与报送进度 (domain.md §10, O05): per township what is registered, bound, filed and agrees."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache

from apps.core.clock import local
from apps.core.exports import ExportColumn, Kind
from apps.dashboards.queries.values import health_rows
from apps.dashboards.scopes import Whose
from apps.filings.choices import AppendixCode
from apps.filings.models import Filing
from apps.filings.queries.board import board
from apps.registry.models import BusinessEntity, MergeCandidate
from apps.registry.queries.checks import entities_with
from apps.registry.queries.health import HealthRow
from apps.roster.models import Unit

SUMMARY_SECONDS = 600
COLUMNS = (
    ExportColumn("单位"),
    ExportColumn("在册主体", Kind.NUMBER),
    ExportColumn("三定已完成", Kind.NUMBER),
    ExportColumn("三定完成率", Kind.PERCENT),
    ExportColumn("信息完整率", Kind.PERCENT),
    ExportColumn("名册有效率", Kind.PERCENT),
    ExportColumn("附件1报送", Kind.DATE),
    ExportColumn("附件1填报数", Kind.NUMBER),
    ExportColumn("附件2报送", Kind.DATE),
    ExportColumn("附件2实数", Kind.NUMBER),
    ExportColumn("差异", Kind.NUMBER),
)


@dataclass(frozen=True)
class ProgressRow:
    """A township (or, without a unit, all of them): its 三定 and its two filings."""

    health: HealthRow
    zones_filed: Filing | None = None
    entities_filed: Filing | None = None
    filed: tuple[int, int] = (0, 0)

    @property
    def bound(self) -> int:
        """Entities in a zone in which somebody serves."""
        return self.health.total - self.health.counts.get("unbound", 0)


def progress_rows(whose: Whose, today: date) -> list[ProgressRow]:
    """Return the townships of a scope in their fixed order (fourteen queries)."""
    rows = health_rows(whose, today)
    filings = {row.unit.pk: row.cells for row in board([row.unit for row in rows], today=today)}
    return [
        ProgressRow(
            row,
            filings[row.unit.pk][AppendixCode.ZONES].last,
            filings[row.unit.pk][AppendixCode.ENTITIES].last,
        )
        for row in rows
    ]


def whole(rows: list[ProgressRow]) -> ProgressRow | None:
    """Return the sum of the townships; None without any."""
    if not rows:
        return None
    faults = ("unbound", "incomplete")
    total = HealthRow(
        unit=rows[0].health.unit,
        total=sum(row.health.total for row in rows),
        counts={key: sum(row.health.counts.get(key, 0) for row in rows) for key in faults},
        people=sum(row.health.people for row in rows),
        stale_people=sum(row.health.stale_people for row in rows),
    )
    filed = (
        sum(row.zones_filed is not None for row in rows),
        sum(row.entities_filed is not None for row in rows),
    )
    return ProgressRow(total, filed=filed)


def export_rows(rows: list[ProgressRow]) -> Iterator[list[Any]]:
    """Yield the lines of the file."""
    for row in rows:
        health = row.health
        yield [
            health.unit.name,
            health.total,
            row.bound,
            health.bound_rate,
            health.complete_rate,
            health.roster_rate,
            _day(row.zones_filed),
            health.reported,
            _day(row.entities_filed),
            health.total,
            health.difference,
        ]


def _day(filing: Filing | None) -> date | None:
    return local(filing.applied_at).date() if filing and filing.applied_at else None


@dataclass(frozen=True)
class Summary:
    """The district's 三定 and filing in a few numbers, for the board; at most ten minutes old."""

    units: int
    zones_filed: int
    entities_filed: int
    waiting: tuple[str, ...]
    entities: int
    unbound: int
    duplicates: int


def summary() -> Summary:
    """Return the numbers, counted at most every ten minutes (six queries)."""
    found: Summary | None = cache.get("dashboards.progress")
    if found is None:
        found = _summary()
        cache.set("dashboards.progress", found, SUMMARY_SECONDS)
    return found


def _summary() -> Summary:
    units = list(Unit.objects.active().with_team().order_by("order", "pk"))
    standing = set(Filing.objects.standing().values_list("unit", "appendix").distinct())
    filed = {
        code: {unit.pk for unit in units if (unit.pk, code) in standing}
        for code in (AppendixCode.ZONES, AppendixCode.ENTITIES)
    }
    both = filed[AppendixCode.ZONES] & filed[AppendixCode.ENTITIES]
    entities = BusinessEntity.objects.all()
    return Summary(
        units=len(units),
        zones_filed=len(filed[AppendixCode.ZONES]),
        entities_filed=len(filed[AppendixCode.ENTITIES]),
        waiting=tuple(unit.name for unit in units if unit.pk not in both),
        entities=entities.active().count(),
        unbound=entities_with("unbound", entities).count(),
        duplicates=MergeCandidate.objects.open().count(),
    )
