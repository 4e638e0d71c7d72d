"""The records beside the state: who handles, who was asked, what was applied for, who was told."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.access import Actor
from apps.tickets.choices import (
    ACTIVE_ASSIGNMENT,
    ApplicationKind,
    ApplicationState,
    AssignmentState,
    AssistState,
    ExemptReason,
    Part,
    Satisfaction,
    Solved,
    SupervisionLevel,
    ToldBy,
)
from apps.tickets.models.ticket import Ticket


class OfTicketQuerySet(models.QuerySet):
    """Records of tickets, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """Records of the tickets that a person sees."""
        return self.filter(ticket__in=Ticket.objects.visible_to(user))


class OfTicket(models.Model):
    """A record that belongs to a ticket and is seen by whoever sees the ticket."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name="工单"
    )

    objects = OfTicketQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.ticket}的{self._meta.verbose_name}"


def _user(label: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
    )


def _unit(label: str, related_name: str = "+") -> models.ForeignKey:
    return models.ForeignKey(
        "roster.Unit", on_delete=models.PROTECT, related_name=related_name, verbose_name=label
    )


class Assignment(OfTicket):
    """A unit's part in a ticket from one dispatch until it is done, returned or released."""

    unit = _unit("单位", "assignments")
    part = models.CharField("分工", max_length=6, choices=Part.choices)
    state = models.CharField("状态", max_length=14, choices=AssignmentState.choices)
    matter = models.CharField("事项", max_length=500, blank=True, default="")
    dispatched_at = models.DateTimeField("派单时间")
    dispatched_by = _user("派单人")
    is_designated = models.BooleanField("指定承办", default=False)
    accepted_at = models.DateTimeField("签收时间", null=True, blank=True)
    handler = _user("经办人")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    answer = models.TextField("意见", blank=True, default="")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "承办"
        verbose_name_plural = "承办"
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(part=Part.LEAD, state__in=ACTIVE_ASSIGNMENT),
                name="tickets_one_lead",
                violation_error_message="这件工单已有主办单位。",
            ),
            models.UniqueConstraint(
                fields=["ticket", "unit"],
                condition=Q(state__in=ACTIVE_ASSIGNMENT),
                name="tickets_unit_assigned_once",
                violation_error_message="这个单位已在承办这件工单。",
            ),
        ]
        indexes = [models.Index(fields=["unit", "dispatched_at"], name="tickets_assignment_unit")]

    @property
    def is_active(self) -> bool:
        """Whether it still binds the unit."""
        return self.state in ACTIVE_ASSIGNMENT

    @property
    def is_lead(self) -> bool:
        """Whether the unit leads."""
        return self.part == Part.LEAD


class ExpertAssist(OfTicket):
    """A question to an expert; the responsibility stays with who asks."""

    expert = models.ForeignKey(
        "roster.Expert", on_delete=models.PROTECT, related_name="assists", verbose_name="专家"
    )
    unit = _unit("部门")
    question = models.TextField("问题", max_length=2000)
    asked_by = _user("提问人")
    asked_at = models.DateTimeField("提问时间")
    state = models.CharField(
        "状态", max_length=9, choices=AssistState.choices, default=AssistState.REQUESTED
    )
    answer = models.TextField("答复", blank=True, default="")
    answered_by = _user("答复人")
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = "专家协助"
        verbose_name_plural = "专家协助"
        constraints = [
            models.CheckConstraint(
                name="tickets_assist_answered_iff_time",
                condition=Q(state=AssistState.REQUESTED, answered_at__isnull=True)
                | (~Q(state=AssistState.REQUESTED) & Q(answered_at__isnull=False)),
            )
        ]
        indexes = [models.Index(fields=["expert", "asked_at"], name="tickets_assist_expert")]


class Application(OfTicket):
    """What a unit asked the hub or the office to grant, and the decision."""

    kind = models.CharField("种类", max_length=9, choices=ApplicationKind.choices)
    state = models.CharField(
        "状态", max_length=8, choices=ApplicationState.choices, default=ApplicationState.PENDING
    )
    unit = _unit("申请单位")
    asked_by = _user("申请人")
    asked_at = models.DateTimeField("申请时间")
    data = models.JSONField("内容", default=dict)
    reason = models.TextField("理由", blank=True, default="")
    near_due = models.BooleanField("临期才申请", default=False)
    first_signed_by = _user("第一审核人")
    decided_by = _user("审批人")
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    opinion = models.TextField("意见", blank=True, default="")

    class Meta:
        verbose_name = "申请"
        verbose_name_plural = "申请"
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                condition=Q(state__in=[ApplicationState.PENDING, ApplicationState.SECOND]),
                name="tickets_one_application",
                violation_error_message="同类申请已有一份待审。",
            ),
            models.CheckConstraint(
                name="tickets_application_decided_iff_time",
                condition=Q(
                    state__in=[ApplicationState.PENDING, ApplicationState.SECOND],
                    decided_at__isnull=True,
                )
                | (
                    ~Q(state__in=[ApplicationState.PENDING, ApplicationState.SECOND])
                    & Q(decided_at__isnull=False)
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "state", "asked_at"], name="tickets_application_list")
        ]


class Feedback(OfTicket):
    """The enterprise was told: which unit, who, how, when, and what it said (decisions.md 8)."""

    unit = _unit("反馈单位")
    seq = models.PositiveIntegerField("记录序号")  # of the event that recorded it
    by = _user("反馈人")
    at = models.DateTimeField("登记时间")
    told_at = models.DateTimeField("反馈时间")
    told_by = models.CharField("方式", max_length=7, choices=ToldBy.choices)
    told_whom = models.CharField("企业接收人", max_length=30, blank=True, default="")
    text = models.TextField("反馈内容")
    reaction = models.CharField("企业意见", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "反馈"
        verbose_name_plural = "反馈"


class Followup(OfTicket):
    """A call back: what the enterprise says, not what the handlers say (K14–K17)."""

    by = _user("回访人")
    at = models.DateTimeField("回访时间")
    reached = models.BooleanField("接通")
    exempt = models.CharField(
        "免访理由", max_length=7, choices=ExemptReason.choices, blank=True, default=""
    )
    was_contacted = models.BooleanField("承办单位联系过", null=True, blank=True)
    solved = models.CharField("是否解决", max_length=7, choices=Solved.choices, blank=True)
    answer_grade = models.CharField(
        "答复满意度", max_length=9, choices=Satisfaction.choices, blank=True
    )
    solution_grade = models.CharField(
        "解决满意度", max_length=9, choices=Satisfaction.choices, blank=True
    )
    note = models.TextField("备注", blank=True, default="")

    class Meta:
        verbose_name = "回访"
        verbose_name_plural = "回访"
        indexes = [models.Index(fields=["at"], name="tickets_followup_at")]


class Supervision(OfTicket):
    """An order to a unit, and its reply (T37)."""

    unit = _unit("被督办单位", "supervisions")
    level = models.CharField("级别", max_length=8, choices=SupervisionLevel.choices)
    demand = models.TextField("督办要求")
    issued_by = _user("发出人")
    issued_at = models.DateTimeField("发出时间")
    replied_by = _user("回复人")
    replied_at = models.DateTimeField("回复时间", null=True, blank=True)
    reply = models.TextField("整改情况", blank=True, default="")

    class Meta:
        verbose_name = "督办"
        verbose_name_plural = "督办"
        constraints = [
            models.CheckConstraint(
                name="tickets_supervision_replied_iff_text",
                condition=Q(replied_at__isnull=True, reply="")
                | (Q(replied_at__isnull=False) & ~Q(reply="")),
            )
        ]
