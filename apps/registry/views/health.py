"""三定体检 and the check of zones."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.http import StaffRequest
from apps.core.permissions import Permission
from apps.registry.queries import health as numbers
from apps.registry.queries.checks import (
    CHECKS,
    PERSON_CHECKS,
    ZONE_CHECKS,
    covered_units,
)
from apps.registry.queries.zones import check_zones
from apps.roster.models import Unit


def _units(request: StaffRequest) -> QuerySet[Unit]:
    units = Unit.objects.active().with_team().filter(covered_units(request.user))
    return units.order_by("order", "pk")


def _unit(request: StaffRequest, code: str) -> Unit:
    return get_object_or_404(_units(request), code=code)


@requires(Permission.VIEW_ENTITY_HEALTH)
@require_safe
def health(request: StaffRequest) -> HttpResponse:
    """The 28 townships (or the own one) in numbers; each leads to the rows behind it."""
    rows = numbers.unit_rows(_units(request), today=today())
    context = {
        "rows": rows,
        "checks": CHECKS.values(),
        "total": sum(row.total for row in rows),
        "unbound": sum(row.counts.get("unbound", 0) for row in rows),
        "incomplete": sum(row.counts.get("incomplete", 0) for row in rows),
        "empty_zones": sum(row.empty_zones for row in rows),
        "may_list": request.user.has_perm(Permission.VIEW_ENTITIES),
    }
    return render(request, "registry/health.html", context)


@requires(Permission.VIEW_ENTITY_HEALTH)
@require_safe
def health_unit(request: StaffRequest, code: str) -> HttpResponse:
    """One township zone by zone, and the check of its boundaries."""
    unit = _unit(request, code)
    context = {
        "unit": unit,
        "whole": numbers.unit_rows([unit], today=today())[0],
        "rows": numbers.zone_rows(unit),
        "checks": CHECKS.values(),
        "zone_check": check_zones(unit),
        "may_list": request.user.has_perm(Permission.VIEW_ENTITIES),
    }
    return render(request, "registry/health_unit.html", context)


@requires(Permission.VIEW_ENTITY_HEALTH)
@require_safe
def health_rows(request: StaffRequest, code: str, check: str) -> HttpResponse:
    """The zones or the people behind a number."""
    unit = _unit(request, code)
    if check in ZONE_CHECKS:
        label, find = ZONE_CHECKS[check]
        context: dict[str, Any] = {"zones": find().filter(unit=unit).order_by("order", "pk")}
    elif check in PERSON_CHECKS:
        label, look = PERSON_CHECKS[check]
        context = {"people": look().filter(unit=unit).order_by("name_initials", "pk")}
    else:
        raise Http404
    return render(request, "registry/health_rows.html", {**context, "unit": unit, "label": label})
