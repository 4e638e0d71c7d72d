"""The working calendar for programs."""

from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.access import any_staff
from apps.core.api import AsMarked
from apps.core.errors import DomainError
from apps.workdays.queries import current_calendar

MOST_DAYS = 250


class DayOut(serializers.Serializer):
    """A day of the strip."""

    date = serializers.DateField(label="日期")
    kind = serializers.CharField(label="种类")
    reason = serializers.CharField(label="说明")
    number = serializers.IntegerField(allow_null=True, label="第几个工作日")


class DeadlineOut(serializers.Serializer):
    """A term of working days with its explanation."""

    start = serializers.DateField(label="起始日")
    n = serializers.IntegerField(label="工作日数")
    due_on = serializers.DateField(label="截止日")
    is_provisional = serializers.BooleanField(label="暂定")
    days = DayOut(many=True, label="逐日说明")


def _asked(request: Request) -> tuple[date, int]:
    """Return the start day and the number of working days that are asked for."""
    try:
        start = parse_date(request.query_params.get("start", ""))
    except ValueError:
        start = None
    if start is None:
        raise DomainError("请给起始日，如 start=2026-09-24。", field="start")
    text = request.query_params.get("n", "7")
    if not text.isdecimal() or not text.isascii() or not 1 <= int(text[:6]) <= MOST_DAYS:
        raise DomainError(f"n 应为 1 到 {MOST_DAYS} 的整数。", field="n")
    return start, int(text)


class DeadlineView(APIView):
    """The n-th working day."""

    permission_classes = (AsMarked,)
    area = "calendar"

    @extend_schema(
        summary="第 n 个工作日",
        parameters=[
            OpenApiParameter("start", type=date, required=True, description="起始日，当日不计"),
            OpenApiParameter("n", type=int, description="工作日数，默认 7"),
        ],
        responses=DeadlineOut,
    )
    def get(self, request: Request) -> Response:
        """Return the n-th working day after a day, explained day by day."""
        start, n = _asked(request)
        calendar = current_calendar()
        strip = calendar.explain(start, n)
        last = strip[-1].date
        days: list[dict[str, Any]] = [
            {"date": d.date, "kind": d.kind, "reason": d.reason, "number": d.number} for d in strip
        ]
        return Response(
            {
                "start": start,
                "n": n,
                "due_on": last,
                "is_provisional": calendar.is_provisional(start, last),
                "days": days,
            }
        )


deadline = any_staff(DeadlineView.as_view())
