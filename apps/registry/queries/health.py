"""三定体检: the numbers of K25–K27 and K32 per township and per zone, counted live.

Every number is counted with the condition that its link lists (``queries.checks``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from apps.registry.models import BusinessEntity
from apps.registry.queries.checks import (
    CHECKS,
    empty_zones,
    miscounted_zones,
    officers_without_phone,
)
from apps.roster.models import Person, Unit, Zone


@dataclass
class HealthRow:
    """One township or one zone; ``zone`` None in a township's rows is 未归片区."""

    unit: Unit
    zone: Zone | None = None
    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    reported: int | None = None
    zones: int = 0
    empty_zones: int = 0
    miscounted: int = 0
    unreachable_officers: int = 0
    people: int = 0
    stale_people: int = 0

    @property
    def bound_rate(self) -> Decimal | None:
        """K25 三定完成率."""
        return _rate(self.total - self.counts.get("unbound", 0), self.total)

    @property
    def complete_rate(self) -> Decimal | None:
        """K26 信息完整率."""
        return _rate(self.total - self.counts.get("incomplete", 0), self.total)

    @property
    def difference(self) -> int | None:
        """K27: Appendix 1 minus Appendix 2; None while nothing was reported."""
        return None if self.reported is None else self.reported - self.total

    @property
    def roster_rate(self) -> Decimal | None:
        """K32 名册有效率."""
        return _rate(self.people - self.stale_people, self.people)

    @property
    def cells(self) -> list[tuple[str, str, int]]:
        """The counts in the order of the checks: (key, label, number)."""
        return [(key, check.label, self.counts.get(key, 0)) for key, check in CHECKS.items()]


def _rate(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def _entity_counts(entities: Any, group: str) -> dict[Any, dict[str, int]]:
    """Return group → {"total", check: number} of the entities 在册 (one query)."""
    faults: dict[str, Any] = {
        key: Count("pk", filter=check.condition()) for key, check in CHECKS.items()
    }
    rows = entities.active().values(group).annotate(total=Count("pk"), **faults).order_by()
    return {row.pop(group): row for row in rows}


def _by_unit(rows: Any, path: str) -> dict[int, int]:
    found = rows.order_by().values(path).annotate(n=Count("pk", distinct=True))
    return dict(found.values_list(path, "n"))


def unit_rows(units: Iterable[Unit], *, today: date) -> list[HealthRow]:
    """Return the numbers of some townships, in their order (seven queries)."""
    found = list(units)
    pks = [unit.pk for unit in found]
    counts = _entity_counts(BusinessEntity.objects.filter(unit__in=pks), "unit_id")
    zones = Zone.objects.active().filter(unit__in=pks)
    numbers: dict[int, dict[str, Any]] = {
        row["unit_id"]: dict(row)
        for row in zones.values("unit_id").annotate(n=Count("pk"), reported=Sum("reported_count"))
    }
    empty = _by_unit(empty_zones().filter(unit__in=pks), "unit_id")
    wrong = _by_unit(miscounted_zones().filter(unit__in=pks), "unit_id")
    unreachable = _by_unit(officers_without_phone().filter(unit__in=pks), "unit_id")
    people = Person.objects.active().filter(unit__in=pks)
    everybody = _by_unit(people, "unit_id")
    stale = _by_unit(people.to_confirm(today=today), "unit_id")
    return [
        HealthRow(
            unit=unit,
            total=counts.get(unit.pk, {}).get("total", 0),
            counts=counts.get(unit.pk, {}),
            reported=numbers.get(unit.pk, {}).get("reported"),
            zones=numbers.get(unit.pk, {}).get("n", 0),
            empty_zones=empty.get(unit.pk, 0),
            miscounted=wrong.get(unit.pk, 0),
            unreachable_officers=unreachable.get(unit.pk, 0),
            people=everybody.get(unit.pk, 0),
            stale_people=stale.get(unit.pk, 0),
        )
        for unit in found
    ]


def zone_rows(unit: Unit) -> list[HealthRow]:
    """Return the numbers of a township's zones, then of the entities in none (five queries)."""
    entities = BusinessEntity.objects.filter(unit=unit)
    in_zones = entities.filter(zone__is_active=True)
    counts = _entity_counts(in_zones, "zone_id")
    empty = set(empty_zones().filter(unit=unit).values_list("pk", flat=True))
    wrong = set(miscounted_zones().filter(unit=unit).values_list("pk", flat=True))
    rows = [
        HealthRow(
            unit=unit,
            zone=zone,
            total=counts.get(zone.pk, {}).get("total", 0),
            counts=counts.get(zone.pk, {}),
            reported=zone.reported_count,
            zones=1,
            empty_zones=int(zone.pk in empty),
            miscounted=int(zone.pk in wrong),
        )
        for zone in Zone.objects.active().filter(unit=unit).order_by("order", "pk")
    ]
    homeless = entities.filter(Q(zone__isnull=True) | Q(zone__is_active=False))
    alone = _entity_counts(homeless, "unit_id").get(unit.pk, {})
    if alone:
        rows.append(HealthRow(unit=unit, total=alone["total"], counts=alone))
    return rows
