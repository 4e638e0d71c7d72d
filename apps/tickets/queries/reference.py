"""The units and categories that lists offer to filter by; they change rarely and are kept a minute."""

from typing import Any

from django.core.cache import cache

from apps.roster.models import Category, Unit
from apps.tickets.choices import Nature, Source, Status, Tier, Urgency
from apps.tickets.queries import lists
from apps.tickets.queries.work import WORK

SECONDS = 60
Choice = tuple[str, str]


def _read() -> dict[str, Any]:
    units = list(
        Unit.objects.active().order_by("order", "pk").values_list("code", "name", "kind", "pk")
    )
    rows = Category.objects.active().order_by("parent__order", "parent__code", "order", "code")
    categories = list(rows.values_list("code", "name", "parent__code", "parent__name"))
    with_team = set(Unit.objects.active().with_team().values_list("code", flat=True))
    return {"units": units, "categories": categories, "with_team": with_team}


def kept() -> dict[str, Any]:
    """Return the reference data, at most a minute old."""
    found: dict[str, Any] | None = cache.get("tickets:reference")
    if found is None:
        found = _read()
        cache.set("tickets:reference", found, SECONDS)
    return found


def townships() -> list[Choice]:
    """Return the (code, name) of the townships in their fixed order."""
    data = kept()
    return [(code, name) for code, name, _kind, _pk in data["units"] if code in data["with_team"]]


def units() -> list[Choice]:
    """Return the (code, name) of every unit."""
    return [(code, name) for code, name, _kind, _pk in kept()["units"]]


def categories() -> list[tuple[str, list[Choice]]]:
    """Return the second-level categories under the name of their first level."""
    groups: dict[str, list[Choice]] = {}
    for code, name, parent_code, parent_name in kept()["categories"]:
        if parent_code is None:
            groups.setdefault(name, []).insert(0, (code, f"{name}（全部）"))
        else:
            groups.setdefault(parent_name, []).append((code, name))
    return list(groups.items())


def names_of_filters() -> dict[str, dict[str, str]]:
    """Return, for each filter, the names of its codes."""
    every = dict(units())
    return {
        "view": {"mine": "我的", "unit": "本单位", "all": "全部", "draft": "草稿"},
        "state": dict(lists.STATES),
        "work": {key: one.label for key, one in WORK.items()},
        "unit": every,
        "lead": every,
        "cat": {code: name for _group, pairs in categories() for code, name in pairs},
        "src": dict(Source.choices),
        "nat": dict(Nature.choices),
        "tier": dict(Tier.choices),
        "status": dict(Status.choices),
        "urg": dict(Urgency.choices),
        "light": dict(lists.LIGHTS),
        "flag": {key: label for key, (label, _condition) in lists.FLAGS.items()},
    }
