"""Tickets for programs: list, detail, registering, and one address for each action of the table."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.idempotency import PARAMETER, idempotent
from apps.core.access import requires
from apps.core.api import AsMarked, Pages
from apps.core.permissions import Permission
from apps.registry.models import BusinessEntity
from apps.tickets import actions
from apps.tickets.api.inputs import UnitCode, serializer_for
from apps.tickets.api.outputs import TicketDetailOut, TicketOut, detail, ticket_row
from apps.tickets.choices import Light, Status, Tier
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import actor_of, facts_of, load_case
from apps.tickets.workflow import TRANSITIONS, Transition, allowed, any_row
from apps.workdays.queries import current_calendar

VIEWERS = (
    Permission.VIEW_ALL_TICKETS,
    Permission.VIEW_UNIT_TICKETS,
    Permission.VIEW_INVITED_TICKETS,
    Permission.VIEW_FOLLOWUPS,
    Permission.VIEW_TRANSFERRED_TICKETS,
)
JOINED = ("township", "lead_unit", "category", "first_unit")
#: actions that begin a ticket or that only the clock takes have no address of their own
BEGINNERS = ("register", "intake_hotline", "save_draft")
ACTIONS = {
    row.code: row
    for row in reversed(TRANSITIONS)
    if row.code not in BEGINNERS and row.roles != {"SYSTEM"}
}


class NewTicket(serializers.Serializer):
    """Beside the table's fields: the enterprise, known or not."""

    entity_id = serializers.IntegerField(required=False, min_value=1, label="经营主体编号")
    entity_name = serializers.CharField(
        required=False, max_length=120, label="企业名称（库里没有的）"
    )
    township = UnitCode(required=False, label="所在乡镇（库里没有的企业必填）")
    title = serializers.CharField(required=False, max_length=60, label="标题")


class TicketApi(APIView):
    """What all views of tickets share."""

    permission_classes = (AsMarked,)
    area = "tickets"

    def visible(self) -> QuerySet[Ticket]:
        """Return the tickets of the person who asks: the same door as the pages'."""
        user: Any = self.request.user
        return Ticket.objects.visible_to(user).select_related(*JOINED)

    def found(self, number: str) -> Ticket:
        """Return a visible ticket, or 404."""
        return get_object_or_404(self.visible(), number=number)

    def answer(self, ticket: Ticket, status: int = 200) -> Response:
        """Return the ticket as it is now."""
        now = timezone.now()
        fresh = self.visible().filter(pk=ticket.pk).first()
        if fresh is None:  # done, and no longer this person's business
            return Response({"number": ticket.number}, status=status)
        return Response(self.describe(fresh, now), status=status)

    def describe(self, ticket: Ticket, now: datetime) -> dict[str, Any]:
        """Return the detail, its record and what may be done."""
        user: Any = self.request.user
        book = load_book()
        case = load_case(ticket, now=now, book=book)
        events = TicketEvent.objects.visible_to(user).filter(ticket=ticket).select_related("unit")
        possible = allowed(facts_of(case), actor_of(user))
        return detail(ticket, user, book.calendar, now, list(events.order_by("seq")), possible)


def _listing(name: str, label: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, description=label, required=False, **options)


class TicketList(TicketApi):
    """List and register."""

    @extend_schema(
        summary="工单列表",
        parameters=[
            _listing("status", "状态", enum=Status.values),
            _listing("tier", "办理层级", enum=Tier.values),
            _listing("light", "灯色", enum=[Light.GREEN, Light.YELLOW, Light.RED]),
            _listing("township", "乡镇代码"),
            _listing("lead_unit", "主办单位代码"),
            _listing("category", "类别代码"),
            _listing("hotline_no", "12345工单编号"),
            _listing("open", "只要在办的", type=bool),
            _listing("cursor", "翻页标记"),
            _listing("size", "每页件数，最多 200", type=int),
        ],
        responses=TicketOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List visible tickets, the newest first."""
        now = timezone.now()
        pages = Pages()
        pages.ordering = "-pk"  # the order of registering
        rows = pages.paginate_queryset(self._filtered(request, now), request, view=self) or []
        calendar, user = current_calendar(), request.user
        return pages.get_paginated_response([ticket_row(t, user, calendar, now) for t in rows])

    def _filtered(self, request: Request, now: datetime) -> QuerySet[Ticket]:
        asked = request.query_params
        found: Any = self.visible()
        exact = {
            "status": "status",
            "tier": "tier",
            "township": "township__code",
            "lead_unit": "lead_unit__code",
            "category": "category__code",
            "hotline_no": "hotline_no",
        }
        for name, path in exact.items():
            if asked.get(name):
                found = found.filter(**{path: asked[name][:60].replace("\0", "")})
        if asked.get("open", "").lower() in {"1", "true"}:
            found = found.open()
        by_light = {Light.RED: "overdue", Light.YELLOW: "yellow", Light.GREEN: "in_time"}
        if asked.get("light") in by_light:
            found = getattr(found, by_light[Light(asked["light"])])(now)
        return found  # type: ignore[no-any-return]

    @extend_schema(
        summary="登记诉求",
        parameters=[PARAMETER],
        request=type(
            "RegisterRequest",
            (NewTicket, serializer_for(any_row("register"), without=("entity", "version"))),  # type: ignore[arg-type]
            {},
        ),
        responses={201: TicketDetailOut},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Register a request (T01)."""
        return _open(self, request, "register")


def _open(view: TicketApi, request: Request, code: str) -> Response:
    """Begin a ticket by either door."""
    user: Any = request.user
    row = any_row(code)
    if row is None:
        raise Http404
    form = type("New", (NewTicket, serializer_for(row, without=("entity",))), {})(data=request.data)
    form.is_valid(raise_exception=True)
    data = dict(form.validated_data)
    data.pop("version", None)
    entity = None
    if data.get("entity_id"):
        known = BusinessEntity.objects.visible_to(user).live()
        entity = get_object_or_404(known, pk=data["entity_id"])
    enterprise = actions.Enterprise(
        entity=entity, name=data.pop("entity_name", ""), township=data.pop("township", None)
    )
    data.pop("entity_id", None)
    begin = actions.register if code == "register" else actions.intake_hotline
    ticket = begin(
        enterprise=enterprise,
        by=user,
        now=timezone.now(),
        title=data.pop("title", ""),
        data=data,
    )
    return view.answer(ticket, 201)


class HotlineIntake(TicketApi):
    """Take a hotline ticket in."""

    @extend_schema(
        summary="登记12345工单",
        parameters=[PARAMETER],
        request=type(
            "IntakeRequest",
            (NewTicket, serializer_for(any_row("intake_hotline"), without=("entity", "version"))),  # type: ignore[arg-type]
            {},
        ),
        responses={201: TicketDetailOut},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Take a hotline ticket into the hub's pool (T02)."""
        return _open(self, request, "intake_hotline")


class TicketDetail(TicketApi):
    """One ticket."""

    @extend_schema(summary="工单详情", responses=TicketDetailOut)
    def get(self, request: Request, number: str) -> Response:
        """Return a ticket with its record and what may be done next."""
        return Response(self.describe(self.found(number), timezone.now()))


def action_view(row: Transition) -> Any:
    """Return the view of one action of the table, with the table's own fields."""
    form_class = serializer_for(row)

    class Action(TicketApi):
        @extend_schema(
            operation_id=f"ticket_{row.code}",
            summary=row.label,
            description=f"{row.number} {row.label}（方案{row.clause}）",
            request=form_class,
            parameters=[PARAMETER],
            responses={200: TicketDetailOut},
        )
        @idempotent
        def post(self, request: Request, number: str) -> Response:
            ticket = self.found(number)
            form = form_class(data=request.data)
            form.is_valid(raise_exception=True)
            data = dict(form.validated_data)
            version = data.pop("version", None)
            user: Any = request.user
            actions.perform(
                ticket=ticket,
                action=row.code,
                by=user,
                now=timezone.now(),
                data=data,
                version=version,
            )
            return self.answer(ticket)

    Action.__name__ = f"{''.join(part.title() for part in row.code.split('_'))}Action"
    Action.__doc__ = f"{row.number} {row.label}"
    return requires(*VIEWERS)(Action.as_view())


ticket_list = requires(*VIEWERS)(TicketList.as_view())
hotline_intake = requires(Permission.DISPATCH_TICKETS)(HotlineIntake.as_view())
ticket_detail = requires(*VIEWERS)(TicketDetail.as_view())
