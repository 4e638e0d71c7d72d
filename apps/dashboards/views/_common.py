"""What the pages of the statistics read from an address."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from apps.core.clock import local
from apps.core.http import StaffRequest
from apps.dashboards.periods import KINDS, Period, month_of, of_kind, parse
from apps.dashboards.scopes import DISTRICT, Whose, may_see_unit, sees_district
from apps.roster.models import Unit


@dataclass(frozen=True)
class Choice:
    """A button of the period picker."""

    label: str
    query: str
    is_current: bool


def asked_period(request: HttpRequest, now: datetime) -> tuple[Period, str]:
    """Return the period in the address and what is wrong with it."""
    get = request.GET
    return parse(
        get.get("period", ""),
        get.get("first", ""),
        get.get("last", ""),
        today=local(now).date(),
    )


def choices(period: Period, now: datetime) -> list[Choice]:
    """Return the buttons: 今天, 本周, 本月, 上月, 本季度, 本年."""
    today = local(now).date()
    named = (
        ("今天", of_kind("day", today)),
        ("本周", of_kind("week", today)),
        ("本月", month_of(today)),
        ("上月", month_of(today).before()),
        ("本季度", of_kind("quarter", today)),
        ("本年", of_kind("year", today)),
    )
    return [Choice(label, one.query, one == period) for label, one in named]


def period_context(request: HttpRequest, now: datetime) -> dict[str, object]:
    """Return the period with the picker's parts."""
    period, problem = asked_period(request, now)
    return {
        "period": period,
        "period_problem": problem,
        "choices": choices(period, now),
        "period_kinds": KINDS,
    }


def asked_whose(request: StaffRequest) -> Whose:
    """Return whose numbers the address asks for; strangers get 404.

    Without a word the district's for those who see it, the own unit's for the others.
    """
    if request.GET.get("scope") == "own":
        return Whose(user_id=request.user.pk)
    code = request.GET.get("unit", "")
    if code:
        unit = Unit.objects.filter(code=code).first()
        if unit is None or not may_see_unit(request.user, unit):
            raise Http404
        return Whose(unit=unit)
    if sees_district(request.user):
        return DISTRICT
    return Whose(unit=own_unit(request))


def own_unit(request: StaffRequest) -> Unit:
    """Return the unit of the person who asks; people without one get 404."""
    return get_object_or_404(Unit, pk=request.user.unit_id)


def metric_url(code: str, whose: Whose, period: Period, part: str = "") -> str:
    """Return the address of the list behind a number."""
    parts = [period.query, whose.query, f"part={part}" if part else ""]
    query = "&".join(one for one in parts if one)
    return f"{reverse('dashboards:metric', args=[code])}?{query}"


def subset_url(whose: Whose, period: Period, subset: str) -> str:
    """Return the address of some of the tickets registered in the months of a period."""
    return f"{metric_url('K01', whose, period.whole_months)}&of={subset}"


def right_now() -> datetime:
    """Return the moment that a page speaks of."""
    return timezone.now()
