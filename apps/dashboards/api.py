"""The metrics for programs: all values of a period, and exactly the tickets behind one."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.access import requires
from apps.core.api import AsMarked
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.core.permissions import Permission
from apps.dashboards.metrics import BY_CODE
from apps.dashboards.periods import Period, parse
from apps.dashboards.queries import listing
from apps.dashboards.queries.values import Value, value, values
from apps.dashboards.scopes import DISTRICT, Whose, may_see_unit, sees_district
from apps.roster.models import Unit

MOST_NUMBERS = 1000
PARAMETERS = [
    OpenApiParameter(
        "period",
        description="day、week、month、quarter、year 或 custom，默认本月",
        enum=["day", "week", "month", "quarter", "year", "custom"],
    ),
    OpenApiParameter("first", description="时段里的一天，或自选时段的第一天，如 2026-03-18"),
    OpenApiParameter("last", description="自选时段的最后一天"),
    OpenApiParameter("unit", description="单位编码；不给时为全区，或本人所在单位"),
]


class MetricOut(serializers.Serializer):
    """A metric's value, in two decimals, from the exact ratio."""

    code = serializers.CharField(label="编号")
    name = serializers.CharField(label="指标")
    formula = serializers.CharField(label="公式")
    value = serializers.CharField(label="数值")
    top = serializers.IntegerField(label="分子")
    bottom = serializers.IntegerField(allow_null=True, label="分母")


class BehindOut(MetricOut):
    """A metric with the tickets behind it: those that may be opened, and how many may not."""

    part = serializers.CharField(label="清单")
    total = serializers.IntegerField(label="件数")
    hidden = serializers.IntegerField(label="仅指定人员可见的件数")
    numbers = serializers.ListField(child=serializers.CharField(), label="工单编号")
    next_after = serializers.IntegerField(allow_null=True, label="下一页的 after")


def _asked(request: Request, now: datetime) -> tuple[Whose, Period]:
    query = request.query_params
    period, problem = parse(
        query.get("period", ""),
        query.get("first", ""),
        query.get("last", ""),
        today=local(now).date(),
    )
    if problem:
        raise DomainError(problem.removesuffix("现在显示本月。"), field="period")
    user: Any = request.user
    code = query.get("unit", "")
    if not code:
        if sees_district(user):
            return DISTRICT, period
        unit = Unit.objects.filter(pk=user.unit_id).first()
    else:
        unit = Unit.objects.filter(code=code).first() if "\0" not in code else None
    if unit is None or not may_see_unit(user, unit):
        raise Http404
    return Whose(unit=unit), period


def _row(found: Value) -> dict[str, Any]:
    return {
        "code": found.metric.code,
        "name": found.metric.label,
        "formula": found.metric.formula,
        "value": found.exact,
        "top": found.top,
        "bottom": found.bottom,
    }


class MetricsView(APIView):
    """The values of all metrics that have a source."""

    permission_classes = (AsMarked,)
    area = "tickets"

    @extend_schema(summary="全部指标的数值", parameters=PARAMETERS, responses=MetricOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the metrics of a period, of the district or a unit."""
        now = timezone.now()
        whose, period = _asked(request, now)
        return Response([_row(one) for one in values(whose, period, now).values()])


class BehindView(APIView):
    """One metric with the tickets behind it."""

    permission_classes = (AsMarked,)
    area = "tickets"

    @extend_schema(
        summary="指标后面的工单",
        parameters=[
            *PARAMETERS,
            OpenApiParameter(
                "part",
                description="top 分子、bottom 分母、missed 差额，或 open、overdue、yellow、repeated；默认第一个",
            ),
            OpenApiParameter("after", type=int, description="上一页给的 next_after"),
        ],
        responses=BehindOut,
    )
    def get(self, request: Request, code: str) -> Response:
        """Return up to 1,000 ticket numbers, one for each counted row."""
        now = timezone.now()
        whose, period = _asked(request, now)
        metric = BY_CODE.get(code)
        parts = listing.parts_of(metric) if metric is not None else []
        if metric is None or not parts:
            raise Http404
        asked = request.query_params.get("part", parts[0].key)
        part = next((one for one in parts if one.key == asked), None)
        if part is None:
            keys = "、".join(one.key for one in parts)
            raise DomainError(f"part 应为 {keys} 之一。", field="part")
        after = request.query_params.get("after", "0")
        if not after.isascii() or not after.isdecimal() or len(after) > 18:
            raise DomainError("after 应为上一页给的 next_after。", field="after")
        rows = listing.rows_of(metric, part, whose, period, now)
        user: Any = request.user
        shown = listing.for_reader(rows, part, user)
        page = list(shown.filter(pk__gt=int(after)).order_by("pk")[: MOST_NUMBERS + 1])
        total = rows.count()
        found = value(metric, whose, period, now)
        if found is None:
            raise Http404
        return Response(
            _row(found)
            | {
                "part": part.label,
                "total": total,
                "hidden": total - shown.order_by().count(),
                "numbers": [listing.ticket_of(row, part).number for row in page[:MOST_NUMBERS]],
                "next_after": page[MOST_NUMBERS - 1].pk if len(page) > MOST_NUMBERS else None,
            }
        )


metrics = requires(Permission.VIEW_DASHBOARD)(MetricsView.as_view())
metric = requires(Permission.VIEW_DASHBOARD)(BehindView.as_view())
