"""What the pages show: the differences of a list by kind, township and word; counts of each."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from apps.core.access import Actor
from apps.registry import codes
from apps.regulator.choices import Kind, Outcome
from apps.regulator.models import Difference, ListAct, RegistrationList
from apps.roster.models import Unit

FIELDS = {
    "name": "名称",
    "credit_code": "统一社会信用代码",
    "kind": "性质",
    "principal": "负责人",
    "address": "地址",
    "status": "状态",
    "unit": "所属乡镇",
}
CODE_PART = 6


def told(row: Difference) -> list[tuple[str, str, str]]:
    """Return what differs: (field in words, in the registry, in the list)."""
    return [(FIELDS.get(name, name), *pair) for name, pair in row.fields.items()]


@dataclass(frozen=True)
class Filters:
    """What the address asks for; wrong values count as not asked."""

    kind: str = Kind.MISSING
    unit: str = ""
    outcome: str = Outcome.OPEN
    q: str = ""
    field: str = ""

    @classmethod
    def of(cls, query: QueryDict, *, default: str = Kind.MISSING) -> "Filters":
        """Read the filters of an address."""
        kind, outcome, field = (query.get(name, "") for name in ("kind", "outcome", "field"))
        return cls(
            kind=kind if kind in Kind.values else default,
            unit=query.get("unit", "")[:30],
            outcome=outcome if outcome in (*Outcome.values, "ALL") else Outcome.OPEN,
            q=query.get("q", "").replace("\0", "").strip()[:60],
            field=field if field in FIELDS else "",
        )

    def words(self) -> str:
        """Return the filters in words, for the first line of an export."""
        parts = [Kind(self.kind).label, dict(Outcome.choices).get(self.outcome, "全部")]
        parts += [self.unit and f"单位 {self.unit}", self.q and f"“{self.q}”"]
        parts.append(self.field and f"{FIELDS[self.field]}不同")
        return "；".join(part for part in parts if part)


def filtered(rows: QuerySet[Difference], filters: Filters) -> QuerySet[Difference]:
    """Narrow the differences of a list."""
    found = rows.filter(kind=filters.kind)
    if filters.outcome != "ALL":
        found = found.filter(outcome=filters.outcome)
    if filters.unit == "-":
        found = found.filter(unit__isnull=True)
    elif filters.unit:
        found = found.filter(unit__code=filters.unit)
    if filters.field:
        found = found.filter(fields__has_key=filters.field)
    if filters.q:
        condition = Q(name__contains=filters.q) | Q(principal=filters.q)
        code = codes.normalise(filters.q)
        if len(code) >= CODE_PART and code.isascii():
            condition |= Q(credit_code__startswith=code)
        found = found.filter(condition)
    return found


def counts_of(listing: RegistrationList, user: Actor) -> dict[str, dict[str, int]]:
    """Return kind → outcome → number of what a person sees of a list, and "ALL" (one query)."""
    rows = Difference.objects.visible_to(user).filter(listing=listing)
    found: dict[str, dict[str, int]] = {kind: {"ALL": 0} for kind in Kind.values}
    for kind, outcome, number in rows.values_list("kind", "outcome").annotate(n=Count("pk")):
        found[kind][outcome] = number
        found[kind]["ALL"] += number
    return found


def by_unit(listing: RegistrationList, user: Actor) -> list[dict[str, Any]]:
    """Return the open differences township by township, in fixed order (two queries)."""
    rows = Difference.objects.visible_to(user).filter(listing=listing, outcome=Outcome.OPEN)
    numbers: dict[int | None, dict[str, int]] = {}
    for unit_id, kind, number in rows.values_list("unit", "kind").annotate(n=Count("pk")):
        numbers.setdefault(unit_id, {})[kind] = number
    units = Unit.objects.filter(pk__in=[pk for pk in numbers if pk]).order_by("order", "pk")
    found: list[dict[str, Any]] = [
        {"code": unit.code, "name": unit.name, "numbers": _cells(numbers[unit.pk])}
        for unit in units
    ]
    if None in numbers:
        found.append({"code": "-", "name": "没认出乡镇", "numbers": _cells(numbers[None])})
    return found


def _cells(numbers: dict[str, int]) -> list[tuple[str, int]]:
    return [(kind, numbers.get(kind, 0)) for kind in Kind.values]


def acts_of(listing: RegistrationList, user: Actor, most: int = 10) -> QuerySet[ListAct]:
    """Return the last acts on a list: all for the office, those of the own unit otherwise."""
    rows = ListAct.objects.visible_to(user).filter(listing=listing)
    return rows.select_related("by", "owner", "job", "unit").order_by("-pk")[:most]


def lines_for_export(rows: QuerySet[Difference]) -> QuerySet[Difference]:
    """Return differences with everything that a line of the export names."""
    return rows.select_related("unit", "entity__zone").order_by("pk")
