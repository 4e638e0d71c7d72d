"""Which zone an entity belongs to, for many at once."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.audit.actions import record_many
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.registry.choices import Source
from apps.registry.models import BusinessEntity
from apps.roster.actions._base import day_of
from apps.roster.models import Zone

BATCH = 500


def assign_zone(*, pks: Iterable[int], zone: Zone, by: Actor | None, now: datetime) -> int:
    """Put entities of a township into one of its zones, 500 a transaction; return how many moved.

    Entities of other townships, merged ones and those already there are left alone.

    Raises:
        DomainError: the zone is closed.
    """
    if not zone.is_active:
        raise DomainError("这个片区已经停用，请另选一个。", field="zone")
    wanted = list(dict.fromkeys(pks))
    return sum(
        _assign(wanted[start : start + BATCH], zone, by, now)
        for start in range(0, len(wanted), BATCH)
    )


@transaction.atomic
def _assign(pks: list[int], zone: Zone, by: Actor | None, now: datetime) -> int:
    rows = list(
        BusinessEntity.objects.live()
        .select_for_update(of=("self",))
        .select_related("zone")
        .filter(pk__in=pks, unit_id=zone.unit_id)
        .exclude(zone=zone)
        .order_by("pk")
    )
    log = []
    for row in rows:
        log.append((row, {"zone": [row.zone.name if row.zone else "", zone.name]}))
        row.zone = zone
        row.version += 1
        row.changed_at = now
        row.sources = {**row.sources, "zone": [Source.MANUAL, day_of(now).isoformat()]}
    BusinessEntity.objects.bulk_update(rows, ["zone", "version", "changed_at", "sources"])
    record_many(action="registry.entity.zone", by=by, rows=log)
    return len(rows)
