"""Writes about units and categories, and the loading of the reference data."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.roster.actions._base import change, lock, one_line
from apps.roster.models import Category, Person, Team, Unit

UNIT_FIELDS = frozenset(
    {
        "code",
        "name",
        "full_name",
        "kind",
        "aliases",
        "duties",
        "name_check",
        "in_task_force",
        "is_member_unit",
        "has_expert_pool",
        "is_hub",
        "is_office",
        "is_active",
        "order",
    }
)
CATEGORY_FIELDS = frozenset({"code", "name", "parent", "default_lead", "order", "is_active"})


def _checked(values: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    unknown = values.keys() - allowed
    if unknown:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    return {
        key: one_line(value) if isinstance(value, str) else value for key, value in values.items()
    }


def clean_aliases(names: Iterable[str]) -> list[str]:
    """Return other names without blanks and doubles, in the order given."""
    return list(dict.fromkeys(text for text in (one_line(name) for name in names) if text))


@transaction.atomic
def save_unit(*, unit: Unit | None, by: Actor | None, now: datetime, **values: Any) -> Unit:
    """Add a unit (``unit`` None) or change an entry; ``values`` are fields of :class:`Unit`.

    A new township gets its (empty) team. A unit that still has people, zones or experts at work
    cannot be closed: they are handed over first.
    """
    values = _checked(values, UNIT_FIELDS)
    if "aliases" in values:
        values["aliases"] = clean_aliases(values["aliases"])
    if values.get("code") == "new":
        raise DomainError("这个编码留给系统使用，请换一个。", field="code")
    is_new = unit is None
    unit = unit or Unit()
    if not is_new:
        lock(unit)
        if "code" in values and values["code"] != unit.code:
            raise DomainError("编码建好后不能改。", field="code")
        if values.get("is_active") is False and unit.people.filter(is_active=True).exists():
            raise DomainError("本单位还有在册人员，请先移出再停用。", field="is_active")
    action = "roster.unit.add" if is_new else "roster.unit.save"
    extra = {}
    kept = [] if is_new else Unit.objects.get(pk=unit.pk).aliases
    if values.get("aliases", kept) != kept:
        extra["aliases"] = ["、".join(kept), "、".join(values["aliases"])]
    change(unit, action=action, by=by, label=values.get("name", unit.name), extra=extra, **values)
    if unit.has_team:
        Team.objects.get_or_create(unit=unit)
    return unit


@transaction.atomic
def set_liaison(*, unit: Unit, person: Person | None, by: Actor | None, now: datetime) -> None:
    """Name the unit's liaison, one of its own people; None leaves it open."""
    if person is not None and (person.unit_id != unit.pk or not person.is_active):
        raise DomainError("联络员须是本单位的在册人员。", field="liaison")
    change(unit, action="roster.unit.set_liaison", by=by, label=unit.name, liaison=person)


@transaction.atomic
def save_category(
    *, category: Category | None, by: Actor | None, now: datetime, **values: Any
) -> Category:
    """Add a category (``category`` None) or change one; two levels only."""
    values = _checked(values, CATEGORY_FIELDS)
    parent = values.get("parent")
    if parent is not None and parent.parent_id is not None:
        raise DomainError("类目只有两级，上级请选一级类目。", field="parent")
    if parent is not None and category is not None and category.children.exists():
        raise DomainError("本类目有下级，不能再放到别的类目下。", field="parent")
    action = "roster.category.add" if category is None else "roster.category.save"
    category = category or Category()
    change(category, action=action, by=by, label=values.get("name", category.name), **values)
    return category


# ---- fixtures -----------------------------------------------------------------------------
def read_fixture(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file in ``fixtures/``."""
    path = Path(settings.BASE_DIR) / "fixtures" / name
    rows = json.loads(path.read_text(encoding="utf-8"))
    return list(rows)


@transaction.atomic
def load_reference(*, by: Actor | None, now: datetime) -> int:
    """Add the units, teams and categories that are missing; return how many rows were added.

    Rows that exist are left as they are: what people edited stays. One entry in the log stands
    for the whole load.
    """
    added = _add_units() + _add_teams() + _add_categories()
    if added:
        record(
            action="roster.load_reference",
            by=by,
            label=f"单位、队伍与类目 {added} 条",
            batch_size=added,
        )
    return added


def _add_units() -> int:
    known = set(Unit.objects.values_list("code", flat=True))
    flags = set(Unit.objects.filter(is_hub=True).values_list("is_hub", flat=True))
    offices = set(Unit.objects.filter(is_office=True).values_list("is_office", flat=True))
    rows = [row for row in read_fixture("units.json") if row["code"] not in known]
    for row in rows:  # somebody may have given the part to another unit
        if flags:
            row.pop("is_hub", None)
        if offices:
            row.pop("is_office", None)
    return len(Unit.objects.bulk_create([Unit(**row) for row in rows]))


def _add_teams() -> int:
    missing = Unit.objects.with_team().filter(team__isnull=True)
    return len(Team.objects.bulk_create([Team(unit=unit) for unit in missing]))


def _add_categories() -> int:
    known = {row.code: row for row in Category.objects.all()}
    units = {unit.code: unit for unit in Unit.objects.all()}
    added = 0
    for row in read_fixture("categories.json"):  # parents come before their children
        if row["code"] in known:
            continue
        known[row["code"]] = Category.objects.create(
            code=row["code"],
            name=row["name"],
            parent=known.get(row["parent"]),
            default_lead=units.get(row["default_lead"]),
            order=row["order"],
        )
        added += 1
    return added
