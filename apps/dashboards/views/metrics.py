"""指标口径, and the list behind each number."""

import io
from dataclasses import replace
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
from apps.dashboards.metrics import BY_CODE, METRICS, Metric
from apps.dashboards.models import MonthClose
from apps.dashboards.periods import Period
from apps.dashboards.queries import figures, listing
from apps.dashboards.queries import values as data
from apps.dashboards.scopes import Whose
from apps.dashboards.views._common import (
    asked_whose,
    metric_url,
    period_context,
    right_now,
)

EXPORT_LIMIT = 100_000


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def metrics(request: StaffRequest) -> HttpResponse:
    """Every metric with its formula, clause and exclusions, and its present value."""
    now = right_now()
    context = period_context(request, now)
    whose = asked_whose(request)
    period: Period = context["period"]  # type: ignore[assignment]
    found = data.values(whose, period, now)
    lines = [
        (metric, found.get(metric.code), metric_url(metric.code, whose, period))
        for metric in METRICS
    ]
    return render(request, "dashboards/metrics.html", context | {"lines": lines, "whose": whose})


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def metric(request: StaffRequest, code: str) -> HttpResponseBase:
    """One metric: its value, and exactly the tickets behind it; ``export=xlsx`` as a file."""
    found = BY_CODE.get(code)
    if found is None:
        raise Http404
    now = right_now()
    context = period_context(request, now)
    period: Period = context["period"]  # type: ignore[assignment]
    whose = asked_whose(request)
    parts = listing.parts_of(found)
    asked = request.GET.get("part", "")
    part = next((one for one in parts if one.key == asked), parts[0] if parts else None)
    context |= {"metric": found, "whose": whose, "parts": parts, "part": part}
    context["value"] = data.value(found, whose, period, now)
    if found.live == "expired":
        entries = data.expired_entries(whose, local(now).date()).select_related("current__unit")
        context["entries"] = keyset_page(entries, order=("review_on", "pk"), request=request)
    if found.code == "K08":
        context["duration"] = figures.duration(figures.kinds(whose, period, "days")["days"])
    if part is None:
        return render(request, "dashboards/metric.html", context)
    rows, subset = listing.rows_of(found, part, whose, period, now), _subset(request, found)
    if subset is not None:
        rows = rows.filter(subset.condition)
        part = replace(part, label=f"{part.label}，{subset.label}")
    shown = listing.for_reader(rows, part, request.user)
    if request.GET.get("export") == "xlsx":
        return _export(request, found, part, shown, whose, period)
    page: Any = keyset_page(shown, order=("-pk",), request=request)
    total, visible = rows.count(), shown.order_by().count()
    context |= {
        "part": part,
        "subset": subset,
        "of": request.GET.get("of", ""),
        "page": page,
        "tickets": [listing.ticket_of(row, part) for row in page.rows],
        "total": total,
        "hidden": total - visible,
        "visible": visible,
        "now": now,
        "may_export": request.user.has_perm(Permission.EXPORT_TICKETS),
        "links": [(one, metric_url(code, whose, period, one.key)) for one in parts],
    }
    context |= _frozen(found, part, whose, period)
    return render(request, "dashboards/metric.html", context)


def _subset(request: StaffRequest, found: Metric) -> listing.Subset | None:
    """Return the part of the registered tickets that the address asks for; strange ones are 404."""
    if not (of := request.GET.get("of", "")):
        return None
    subset = listing.subset_of(of) if found.code == "K01" else None
    if subset is None:
        raise Http404
    return subset


def _frozen(found: Metric, part: Any, whose: Whose, period: Period) -> dict[str, Any]:
    """Say how closed months differ from the list."""
    closed = MonthClose.objects.filter(month__in=period.months).count()
    return {
        "closed_months": closed,
        "held_back": listing.held_back(part, whose, period, found) if closed else 0,
    }


def _export(
    request: StaffRequest, found: Metric, part: Any, shown: Any, whose: Whose, period: Period
) -> HttpResponseBase:
    if not request.user.has_perm(Permission.EXPORT_TICKETS):
        raise Http404
    count = shown.order_by()[: EXPORT_LIMIT + 1].count()
    if count > EXPORT_LIMIT:
        text = f"符合条件的超过 {EXPORT_LIMIT:,} 件，请缩短统计时段再导出。"
        return HttpResponse(text, status=422, content_type="text/plain; charset=utf-8")
    now = right_now()
    title = f"{found.label}（{part.label}）"
    filters = f"{whose.label}，{period.label}，{found.formula}"
    user = request.user
    stamp = Stamp(user.display_name, user.unit_name, now)
    target = io.BytesIO()
    rows = listing.export_rows(shown, part)
    written = write_xlsx(
        target, title=found.label, columns=listing.COLUMNS, rows=rows, stamp=stamp, filters=filters
    )
    record(
        action="dashboards.export",
        by=user,
        label=title,
        note=f"导出 {written} 件；{filters}",
        batch_size=max(written, 1),
    )
    name = file_name(
        found.label, whose.label, on=local(now).date(), by=user.display_name, suffix=".xlsx"
    )
    return attachment(target.getvalue(), name)
