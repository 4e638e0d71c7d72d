"""运行看板 and the unit's page."""

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.access import requires
from apps.core.clock import local
from apps.core.http import StaffRequest
from apps.core.permissions import Permission
from apps.dashboards.metrics import METRICS, Reading
from apps.dashboards.periods import Period
from apps.dashboards.queries import board as data
from apps.dashboards.queries import figures
from apps.dashboards.queries import progress as progress_data
from apps.dashboards.scopes import DISTRICT, Whose, may_see_unit, sees_district
from apps.dashboards.views._common import (
    metric_url,
    own_unit,
    period_context,
    right_now,
    subset_url,
)
from apps.roster.models import Unit

STALE = timedelta(minutes=15)


def _tiles(
    whose: Whose, period: Period, now: datetime, lines: dict[str, data.Line], kind: str
) -> list[data.Tile]:
    live = data.now_numbers(whose, now)
    volume = lines["K01"]
    tiles = [
        _tile(volume.now, volume, whose, period, "新增诉求"),
        data.Tile(
            "在办",
            f"{live['open']:,}",
            "件",
            f"其中待签收 {live['unsigned']:,} 件",
            metric_url("K09", whose, period, "open"),
        ),
    ]
    if kind != "district":
        note = f"待反馈企业 {live['untold']:,} 件"
        url = metric_url("K09", whose, period, "yellow")
        tiles.append(data.Tile("临期", f"{live['yellow']:,}", "件", note, url))
    for code in data.TILE_CODES[kind]:
        line = lines[code]
        tiles.append(_tile(line.now, line, whose, period, line.now.metric.label))
    url = metric_url("K09", whose, period, "overdue")
    alert = live["overdue"] > 0
    note = f"临期 {live['yellow']:,} 件" if kind == "district" else "到期没有办结"
    tiles.append(data.Tile("超期在办", f"{live['overdue']:,}", "件", note, url, is_alert=alert))
    return tiles


def _tile(reading: Reading, line: data.Line, whose: Whose, period: Period, label: str) -> data.Tile:
    text, unit = reading.text, reading.metric.unit
    if text.endswith("%"):
        text = text.removesuffix("%")
    elif reading.metric.is_rate:
        unit = ""
    changes = [
        f"{name} {value}"
        for name, value in (("环比", line.to_before), ("同比", line.to_year_ago))
        if value
    ]
    note = changes[0] if changes else ""
    if not note and reading.metric.is_rate:
        note = f"共 {reading.bottom:,} 件"
    url = metric_url(reading.metric.code, whose, period)
    return data.Tile(label, text, unit, note, url, is_good=line.is_good)


def _linked_week(whose: Whose, week: Period, numbers: list[int]) -> list[tuple[int, str]]:
    """Return what was registered, closed and missed in a week, each with the list behind it."""
    lists = (("K01", ""), ("K13", "bottom"), ("K06", "missed"))
    urls = [metric_url(code, whose, week, part) for code, part in lists]
    return list(zip(numbers, urls, strict=True))


def _common(
    request: StaffRequest, whose: Whose, kind: str, now: datetime, trend: data.Trend
) -> dict[str, Any]:
    context = period_context(request, now)
    period: Period = context["period"]  # type: ignore[assignment]
    lines = data.lines(whose, period, now)
    dimensions = ("tier", "tier_done", "category", "days")
    kinds = figures.kinds(whose, period, *dimensions)
    steps = data.tiers(kinds)
    above = [step.entered for step in steps[1:]] + [0]
    done_at = data.state_of_tallies()
    return context | {
        "whose": whose,
        "tiles": _tiles(whose, period, now, lines, kind),
        "lines": lines,
        "steps": [
            (
                step,
                data.open_of(step, up),
                up,
                {
                    name: subset_url(whose, period, f"{name}:{step.tier}")
                    for name in ("came", "ended", "open")
                },
            )
            for step, up in zip(steps, above, strict=True)
        ],
        "trend": [(week, _linked_week(whose, week, numbers)) for week, *numbers in trend],
        "topics_url": subset_url(whose, period, "category:"),
        "topics": data.topics(kinds["category"]),
        "duration": figures.duration(kinds["days"]),
        "red": data.red_list(whose, request.user, now),
        "now": now,
        "done_at": done_at,
        "is_stale": done_at is None or now - done_at > STALE,
        "metric_links": {metric.code: metric_url(metric.code, whose, period) for metric in METRICS},
    }


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def board(request: StaffRequest) -> HttpResponse:
    """The district's numbers; people of one unit see their unit's page instead."""
    if not sees_district(request.user):
        return _unit_page(request, own_unit(request))
    now = right_now()
    today = local(now).date()
    trend, missed = data.trend_and_missed(today)
    context = _common(request, DISTRICT, "district", now, trend)
    departments, townships = data.split(figures.units_with_counts(context["period"], now))
    group = "township" if request.GET.get("group") == "township" else "department"
    shown = townships if group == "township" else departments
    weeks, heat = data.heat([unit for unit, _ in shown], missed, today)
    context |= {
        "group": group,
        "units": [_linked(row, context["period"]) for row in data.unit_rows(shown)],
        "weeks": weeks,
        "heat": [
            (
                row,
                [
                    (week, n, shade, metric_url("K06", Whose(unit=row.unit), week, "missed"))
                    for week, n, shade in row.cells
                ],
            )
            for row in heat
        ],
        "progress": (progress := progress_data.summary()),
        "unbound_text": f"{progress.unbound:,} 家",
        "duplicates_text": f"{progress.duplicates:,} 组",
        "may_report": request.user.has_perm(Permission.FINALISE_REPORT),
    }
    return render(request, "dashboards/board.html", context)


def _linked(
    row: data.UnitRow, period: Period
) -> tuple[data.UnitRow, str, list[tuple[Reading, str]]]:
    """Return a unit's numbers with the lists behind them."""
    whose = Whose(unit=row.unit)
    rates = [(one, metric_url(one.metric.code, whose, period)) for one in row.rates]
    return row, metric_url("K01", whose, period), rates


@requires(Permission.VIEW_DASHBOARD)
@require_safe
def unit(request: StaffRequest, code: str) -> HttpResponse:
    """A unit's numbers: for its own people, and for those who see the district."""
    found = get_object_or_404(Unit, code=code)
    if not may_see_unit(request.user, found):
        raise Http404
    return _unit_page(request, found)


def _unit_page(request: StaffRequest, found: Unit) -> HttpResponse:
    kind = "township" if found.has_team else "department"
    now, whose = right_now(), Whose(unit=found)
    trend = data.trend(whose, local(now).date())
    context = _common(request, whose, kind, now, trend)
    context["unit"] = found
    return render(request, "dashboards/unit.html", context)
