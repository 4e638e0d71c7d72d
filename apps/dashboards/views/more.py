"""热点与一类事, 部门之间的退单, 锁定后的变动, 大屏."""

import io
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.audit.actions import record
from apps.core.access import requires
from apps.core.clock import local
from apps.core.exports import Stamp, file_name, write_xlsx
from apps.core.http import StaffRequest, attachment
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.dashboards.measures import BY_CODE
from apps.dashboards.metrics import LEAST
from apps.dashboards.models import Adjustment
from apps.dashboards.periods import month_of
from apps.dashboards.queries import board as data
from apps.dashboards.queries import figures
from apps.dashboards.queries import progress as progress_data
from apps.dashboards.queries import screen as screens
from apps.dashboards.queries import topics as topic_data
from apps.dashboards.scopes import DISTRICT, Whose, sees_district
from apps.dashboards.views._common import (
    asked_whose,
    metric_url,
    period_context,
    right_now,
    subset_url,
)
from apps.dashboards.views.boards import STALE
from apps.tickets.models import Ticket


def _only_district(request: StaffRequest) -> None:
    if not sees_district(request.user):
        raise Http404


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def topics(request: StaffRequest) -> HttpResponse:
    """Hot categories over three periods, and what looks like one matter."""
    _only_district(request)
    now = right_now()
    context = period_context(request, now)
    period: Any = context["period"]
    periods = {"now": period, "before": period.before(), "year_ago": period.year_ago()}
    context |= {
        "rows": topic_data.topic_rows(period),
        "urls": {key: subset_url(DISTRICT, one, "category:") for key, one in periods.items()},
        "alike": topic_data.alike(now),
        "alike_url": f"{metric_url('K01', DISTRICT, topic_data.alike_period(now))}&of=category:",
        "least": topic_data.ALIKE,
        "days": topic_data.ALIKE_DAYS,
    }
    return render(request, "dashboards/topics.html", context)


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def returns(request: StaffRequest) -> HttpResponse:
    """Which units send tickets back, and where they go."""
    _only_district(request)
    now = right_now()
    context = period_context(request, now)
    period: Any = context["period"]
    context["rows"] = [
        (row, metric_url("K11", Whose(unit=row.unit), period))
        for row in topic_data.return_rows(period, now)
    ]
    return render(request, "dashboards/returns.html", context)


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def progress(request: StaffRequest) -> HttpResponseBase:
    """三定 and filing per township (a township sees its own line); ``export=xlsx`` as a file."""
    whose = asked_whose(request)
    if whose.user_id is not None or (whose.unit is not None and not whose.unit.has_team):
        raise Http404
    today = local(right_now()).date()
    rows = progress_data.progress_rows(whose, today)
    if request.GET.get("export") == "xlsx":
        return _progress_file(request, rows)
    context = {
        "rows": rows,
        "whole": progress_data.whole(rows),
        "today": today,
        "may_health": request.user.has_perm(Permission.VIEW_ENTITY_HEALTH),
        "may_file": request.user.has_perm(Permission.FILE_APPENDIX),
    }
    return render(request, "dashboards/progress.html", context)


def _progress_file(
    request: StaffRequest, rows: list[progress_data.ProgressRow]
) -> HttpResponseBase:
    user, now = request.user, right_now()
    target = io.BytesIO()
    label = "三定与报送进度"
    write_xlsx(
        target,
        title=label,
        columns=progress_data.COLUMNS,
        rows=progress_data.export_rows(rows),
        stamp=Stamp(user.display_name, user.unit_name, now),
        filters=f"截至 {local(now):%Y-%m-%d %H:%M}",
    )
    record(action="dashboards.export", by=user, label=label, note=f"导出 {len(rows)} 行")
    name = file_name(
        label, user.unit_name, on=local(now).date(), by=user.display_name, suffix=".xlsx"
    )
    return attachment(target.getvalue(), name)


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def adjustments(request: StaffRequest) -> HttpResponse:
    """What would have changed closed months."""
    whose = asked_whose(request)
    found = Adjustment.objects.filter(
        unit=whose.unit, ticket__in=Ticket.objects.visible_to(request.user)
    )
    page = keyset_page(found.select_related("ticket"), order=("-pk",), request=request)
    rows = [(one, BY_CODE[one.measure].label) for one in page.rows]
    context = {"page": page, "rows": rows, "whose": whose}
    return render(request, "dashboards/adjustments.html", context)


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def screen(request: StaffRequest) -> HttpResponse:
    """The wall screen: read-only, 1920×1080, no enterprise is named."""
    _only_district(request)
    now = right_now()
    period = month_of(local(now).date())
    departments, townships = data.split(figures.units_with_counts(period, now))
    kinds = figures.kinds(DISTRICT, period, "tier", "tier_done", "category")
    done_at = data.state_of_tallies()
    shown = [row for row in data.unit_rows(departments) if row.rates[1].bottom >= LEAST]
    context = {
        "now": now,
        "period": period,
        "done_at": done_at,
        "is_stale": done_at is None or now - done_at > STALE,
        "live": data.now_numbers(DISTRICT, now),
        "readings": figures.readings(figures.counts(DISTRICT, period, now)),
        "steps": data.tiers(kinds),
        "topics": data.topics(kinds["category"]),
        "trend": data.trend(DISTRICT, local(now).date()),
        "teams": screens.teams(townships, now),
        "departments": shown[:8],
        "lights": screens.lights(now),
    }
    return render(request, "dashboards/screen.html", context)
