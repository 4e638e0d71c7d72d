"""What the API says of a ticket: the same facts, masks and lights as the pages."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from apps.core.phones import mask
from apps.tickets import hooks, lights
from apps.tickets.choices import Light, Status, Tier
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries.enterprise import enterprise_name, may_see_enterprise
from apps.tickets.workflow import Allowed
from apps.workdays.calendar import Calendar


class Named(serializers.Serializer):
    """A code with its Chinese name."""

    code = serializers.CharField(label="代码")
    label = serializers.CharField(label="名称")  # type: ignore[assignment]


class LightOut(serializers.Serializer):
    """The light and its words."""

    code = serializers.ChoiceField(choices=Light.choices, label="灯色")
    text = serializers.CharField(label="说明")
    remaining = serializers.IntegerField(allow_null=True, label="剩余工作日，超期为负")


class TicketOut(serializers.Serializer):
    """A ticket in a list."""

    number = serializers.CharField(label="工单编号")
    title = serializers.CharField(label="标题")
    tier = Named(label="办理层级")
    status = Named(label="状态")
    light = LightOut(label="灯")
    due_at = serializers.DateTimeField(allow_null=True, label="当前时限")
    is_due_provisional = serializers.BooleanField(label="暂定")
    ticket_due_at = serializers.DateTimeField(allow_null=True, label="企业总时限")
    enterprise = serializers.CharField(label="企业")
    township = Named(label="所属乡镇")
    lead_unit = Named(allow_null=True, label="主办单位")
    category = Named(allow_null=True, label="诉求类别")
    nature = Named(label="诉求性质")
    source = Named(label="来源")  # type: ignore[assignment]
    urgency = Named(label="紧急程度")
    hotline_no = serializers.CharField(label="12345工单编号")
    registered_at = serializers.DateTimeField(label="登记时间")
    last_event_at = serializers.DateTimeField(label="最近变动")
    version = serializers.IntegerField(label="版本")


class EventOut(serializers.Serializer):
    """A step of the record."""

    seq = serializers.IntegerField(label="序号")
    code = serializers.CharField(label="动作")
    label = serializers.CharField(label="动作名称")  # type: ignore[assignment]
    at = serializers.DateTimeField(label="时间")
    by = serializers.CharField(label="谁")
    unit = serializers.CharField(label="单位")
    text = serializers.CharField(label="内容")
    is_public = serializers.BooleanField(label="企业可见")


class ActionOut(serializers.Serializer):
    """Something that may be done, or why not now."""

    code = serializers.CharField(label="动作")
    label = serializers.CharField(label="名称")  # type: ignore[assignment]
    is_possible = serializers.BooleanField(label="现在可以做")
    reason = serializers.CharField(label="为什么不能")


class TicketDetailOut(TicketOut):
    """A ticket with its request, its record and what may be done next."""

    content = serializers.CharField(label="诉求内容")
    contact_name = serializers.CharField(label="联系人")
    contact_phone = serializers.CharField(label="联系电话（脱敏）")
    first_unit = Named(label="首问单位")
    outcome = Named(allow_null=True, label="结果")
    answer = serializers.CharField(label="答复内容")
    events = EventOut(many=True, label="办理记录")
    actions = ActionOut(many=True, label="下一步")


def named(code: str, label: str) -> dict[str, str] | None:
    """Return a code with its name, None for nothing."""
    return {"code": code, "label": label} if code else None


def _unit(unit: Any) -> dict[str, str] | None:
    return named(unit.code, unit.name) if unit is not None else None


def ticket_row(ticket: Ticket, user: Any, calendar: Calendar, now: datetime) -> dict[str, Any]:
    """Return a ticket as a list shows it; the relations must be joined."""
    light = lights.read(ticket.timing, calendar, now)
    category = ticket.category
    return {
        "number": ticket.number,
        "title": ticket.title,
        "tier": named(ticket.tier, Tier(ticket.tier).label),
        "status": named(ticket.status, Status(ticket.status).label),
        "light": {"code": light.light, "text": light.text, "remaining": light.remaining},
        "due_at": ticket.due_at,
        "is_due_provisional": ticket.is_due_provisional,
        "ticket_due_at": ticket.ticket_due_at,
        "enterprise": enterprise_name(user, ticket),
        "township": _unit(ticket.township),
        "lead_unit": _unit(ticket.lead_unit),
        "category": named(category.code, category.name) if category else None,
        "nature": named(ticket.nature, ticket.get_nature_display()),
        "source": named(ticket.source, ticket.get_source_display()),
        "urgency": named(ticket.urgency, ticket.get_urgency_display()),
        "hotline_no": ticket.hotline_no,
        "registered_at": ticket.registered_at,
        "last_event_at": ticket.last_event_at,
        "version": ticket.version,
    }


def event_row(event: TicketEvent) -> dict[str, Any]:
    """Return a step of the record."""
    return {
        "seq": event.seq,
        "code": event.code,
        "label": hooks.event_label(event.code),
        "at": event.at,
        "by": event.by_name or "系统",
        "unit": event.unit.name if event.unit else "",
        "text": event.text,
        "is_public": event.is_public,
    }


def action_row(one: Allowed) -> dict[str, Any]:
    """Return an action beside a ticket."""
    return {
        "code": one.transition.code,
        "label": one.transition.label,
        "is_possible": not one.reason,
        "reason": one.reason,
    }


def detail(
    ticket: Ticket,
    user: Any,
    calendar: Calendar,
    now: datetime,
    events: list[TicketEvent],
    actions: list[Allowed],
) -> dict[str, Any]:
    """Return everything about a ticket that this person may know."""
    known = may_see_enterprise(user, ticket)
    return {
        **ticket_row(ticket, user, calendar, now),
        "content": ticket.content,
        "contact_name": ticket.contact_name if known else "",
        "contact_phone": mask(ticket.contact_phone) if known else "",
        "first_unit": _unit(ticket.first_unit),
        "outcome": named(ticket.outcome, ticket.get_outcome_display()),
        "answer": ticket.answer,
        "events": [event_row(event) for event in events],
        "actions": [action_row(one) for one in actions],
    }
