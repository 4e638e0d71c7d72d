"""The list of entities: filters from the address, counts that stop early, what a page shows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from apps.core.phones import mask
from apps.registry.choices import EntityKind, EntityStatus
from apps.registry.models import BusinessEntity, Contact
from apps.registry.queries.checks import CHECKS, entities_with
from apps.registry.queries.search import matching
from apps.roster.models import Officer

MOST_COUNTED = 10_000
SORTS = {"": ("pk",), "changed": ("-changed_at", "-pk")}
PRESENT = "PRESENT"
STATUSES = [(PRESENT, "在本地（未注销、未迁出）"), *EntityStatus.choices, ("ALL", "全部")]


@dataclass(frozen=True)
class Filters:
    """What the address asks for; wrong values count as not asked."""

    q: str = ""
    unit: str = ""
    zone: int | None = None
    kind: str = ""
    status: str = PRESENT
    label: str = ""
    check: str = ""
    sort: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        """Read the filters of an address."""
        zone = query.get("zone", "")
        status = query.get("status", "")
        return cls(
            q=query.get("q", "").replace("\0", "").strip()[:60],
            unit=query.get("unit", "")[:30],
            zone=int(zone) if zone.isdecimal() and len(zone) < 18 else None,
            kind=query.get("kind", "") if query.get("kind") in EntityKind.values else "",
            status=status if status in dict(STATUSES) else PRESENT,
            label=query.get("label", "")[:30],
            check=query.get("check", "") if query.get("check") in CHECKS else "",
            sort=query.get("sort", "") if query.get("sort") in SORTS else "",
        )


def filtered(entities: QuerySet[BusinessEntity], filters: Filters) -> QuerySet[BusinessEntity]:
    """Narrow live entities by the filters."""
    found = entities.live()  # type: ignore[attr-defined]
    if filters.check:
        found = entities_with(filters.check, found)
    elif filters.status == PRESENT:
        found = found.present()
    elif filters.status != "ALL":
        found = found.filter(status=filters.status)
    if filters.unit:
        found = found.filter(unit__code=filters.unit)
    if filters.zone is not None:
        found = found.filter(zone=filters.zone)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.label:
        found = found.filter(labels__code=filters.label)
    if filters.q:
        found = found.filter(matching(filters.q))
    return found  # type: ignore[no-any-return]


def counted(entities: QuerySet[BusinessEntity]) -> str:
    """Return how many there are, in words; counting stops at 10,000 (decisions.md 31)."""
    number = entities.order_by()[: MOST_COUNTED + 1].count()
    return f"共 {number:,} 家" if number <= MOST_COUNTED else f"{MOST_COUNTED:,}+ 家"


def officers_of(zone_ids: Iterable[int | None]) -> dict[int, list[str]]:
    """Return the names of those who serve some zones, by zone (one query)."""
    found: dict[int, list[str]] = defaultdict(list)
    wanted = {pk for pk in zone_ids if pk}
    rows = Officer.objects.current().filter(zone__in=wanted).order_by("since_on", "pk")
    for zone_id, name in rows.values_list("zone_id", "person__name"):
        found[zone_id].append(name)
    return dict(found)


def first_numbers(pks: Iterable[int]) -> dict[int, str]:
    """Return the first number that answers of some entities, masked (one query)."""
    found: dict[int, str] = {}
    rows = Contact.objects.filter(entity__in=list(pks), is_dead=False).order_by("order", "pk")
    for contact in rows:
        found.setdefault(contact.entity_id, mask(contact.phone))
    return found
