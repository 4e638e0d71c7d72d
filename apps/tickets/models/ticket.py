"""The ticket: one row per request, with copies of its clocks for the lists."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.phones import PhoneField
from apps.tickets.choices import (
    TERMINAL,
    ClockKind,
    CollectedVia,
    Nature,
    Outcome,
    Satisfaction,
    Solved,
    Source,
    Status,
    TermUnit,
    Tier,
    Urgency,
)
from apps.tickets.clocks import UNTIMED
from apps.tickets.lights import Timing
from apps.tickets.models.visibility import TicketQuerySet

ENDED = sorted(TERMINAL)
NOT_OPEN = sorted([*TERMINAL, Status.DRAFT])
COUNTED_BY = ("handle_due_at", "ticket_due_at", "submitted_at", "accepted_at", "followed_up_at")


class Ticket(models.Model):
    """One request of one enterprise, from the first contact to the end (plan three).

    State and tier move only through the table of transitions. The instants that lists filter by
    (``due_at``, ``yellow_at``) are copies of the main clock, see ``apps.tickets.clocks``.
    """

    number = models.CharField("工单编号", max_length=20, unique=True, null=True, blank=True)
    tier = models.CharField("办理层级", max_length=6, choices=Tier.choices, default=Tier.ONSITE)
    status = models.CharField("状态", max_length=16, choices=Status.choices)
    is_open = models.BooleanField("在办", default=False)
    version = models.PositiveIntegerField("版本", default=1)

    # ---- 诉求
    title = models.CharField("标题", max_length=60)
    content = models.TextField("诉求内容", max_length=4000)
    source = models.CharField("来源", max_length=10, choices=Source.choices)
    nature = models.CharField(
        "诉求性质", max_length=10, choices=Nature.choices, default=Nature.HELP
    )
    category = models.ForeignKey(
        "roster.Category",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name="诉求类别",
        db_index=False,
    )
    urgency = models.CharField(
        "紧急程度", max_length=7, choices=Urgency.choices, default=Urgency.NORMAL
    )
    wish = models.CharField("企业希望的时间", max_length=60, blank=True, default="")
    collected_via = models.CharField(
        "归集平台", max_length=10, choices=CollectedVia.choices, blank=True, default=""
    )
    hotline_no = models.CharField("12345工单编号", max_length=40, blank=True, default="")
    hotline_at = models.DateTimeField("12345派单时间", null=True, blank=True)
    locked_due_at = models.DateTimeField("12345办理时限", null=True, blank=True)

    # ---- 企业
    entity = models.ForeignKey(
        "registry.BusinessEntity",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name="企业",
        db_index=False,  # the index below begins with it
    )
    entity_name = models.CharField("企业名称", max_length=120)
    contact_name = models.CharField("联系人", max_length=30, blank=True, default="")
    contact_phone = PhoneField("联系电话", blank=True, default="")
    township = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        related_name="township_tickets",
        verbose_name="所属乡镇",
        db_index=False,
    )
    zone = models.ForeignKey(
        "roster.Zone",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name="片区",
    )
    hides_entity = models.BooleanField("对承办单位隐藏企业", default=False)
    is_restricted = models.BooleanField("仅指定人员可见", default=False)
    complained_unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name="被反映单位",
        db_index=False,
    )

    # ---- 谁
    first_unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        related_name="first_tickets",
        verbose_name="首问单位",
        db_index=False,
    )
    first_receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="first_tickets",
        verbose_name="首问责任人",
        db_index=False,
    )
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registered_tickets",
        verbose_name="登记人",
        db_index=False,
    )
    lead_unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="led_tickets",
        verbose_name="主办单位",
        db_index=False,
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="handled_tickets",
        verbose_name="经办人",
        db_index=False,
    )

    # ---- 时间
    registered_at = models.DateTimeField("登记时间")
    first_dispatched_at = models.DateTimeField("首次派单时间", null=True, blank=True)
    dispatched_at = models.DateTimeField("本次派单时间", null=True, blank=True)
    accepted_at = models.DateTimeField("签收时间", null=True, blank=True)
    contacted_at = models.DateTimeField("首次联系时间", null=True, blank=True)
    ticket_due_at = models.DateTimeField("企业总时限", null=True, blank=True)
    handle_due_at = models.DateTimeField("办结时限", null=True, blank=True)
    due_at = models.DateTimeField("当前时限", null=True, blank=True)
    yellow_at = models.DateTimeField("转黄时刻", null=True, blank=True)
    due_clock = models.CharField(
        "当前时钟", max_length=16, choices=ClockKind.choices, blank=True, default=""
    )
    due_unit = models.CharField(
        "时限单位", max_length=5, choices=TermUnit.choices, default=TermUnit.WORKDAYS
    )
    is_due_provisional = models.BooleanField("暂定", default=False)
    submitted_at = models.DateTimeField("最后提交时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    archived_at = models.DateTimeField("归档时间", null=True, blank=True)
    last_event_at = models.DateTimeField("最近变动")
    latest = models.CharField("最新进展", max_length=120, blank=True, default="")

    # ---- 结果
    outcome = models.CharField(
        "结果类型", max_length=10, choices=Outcome.choices, blank=True, default=""
    )
    answer = models.TextField("答复内容", max_length=4000, blank=True, default="")
    basis = models.CharField("依据", max_length=2000, blank=True, default="")
    is_told = models.BooleanField("已反馈企业", default=False)
    is_sampled = models.BooleanField("抽中回访", default=False)
    quotes_entry = models.BooleanField("引用手册", default=False)
    followed_up_at = models.DateTimeField("回访时间", null=True, blank=True)
    solved = models.CharField(
        "是否解决", max_length=7, choices=Solved.choices, blank=True, default=""
    )
    answer_grade = models.CharField(
        "答复满意度", max_length=9, choices=Satisfaction.choices, blank=True, default=""
    )
    solution_grade = models.CharField(
        "解决满意度", max_length=9, choices=Satisfaction.choices, blank=True, default=""
    )
    inspected_at = models.DateTimeField("质检时间", null=True, blank=True)
    passed_inspection = models.BooleanField("质检合格", null=True, blank=True)

    # ---- 计数与标记
    dispatch_count = models.PositiveSmallIntegerField("派单次数", default=0)
    return_count = models.PositiveSmallIntegerField("退单次数", default=0)
    redo_count = models.PositiveSmallIntegerField("重办次数", default=0)
    extension_count = models.PositiveSmallIntegerField("延期次数", default=0)
    suspend_count = models.PositiveSmallIntegerField("挂起次数", default=0)
    reopen_count = models.PositiveSmallIntegerField("重开次数", default=0)
    call_count = models.PositiveSmallIntegerField("未接通次数", default=0)
    urge_count = models.PositiveSmallIntegerField("催办次数", default=0)
    is_designated = models.BooleanField("指定承办", default=False)
    is_return_denied = models.BooleanField("退单被驳回", default=False)
    is_suspended = models.BooleanField("挂起中", default=False)
    is_excluded = models.BooleanField("已剔除", default=False)
    is_transferred = models.BooleanField("已移交", default=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="absorbed",
        verbose_name="并入",
    )
    left_status = models.CharField(
        "离开的状态", max_length=16, choices=Status.choices, blank=True, default=""
    )
    left_tier = models.CharField(
        "离开的层级", max_length=6, choices=Tier.choices, blank=True, default=""
    )

    objects = TicketQuerySet.as_manager()
    audit_skip = ("version", "due_at", "yellow_at", "due_clock", "due_unit", "last_event_at")

    class Meta:
        verbose_name = "工单"
        verbose_name_plural = "工单"
        indexes = [
            # an enterprise's tickets, and whether it asked again about the same (K19)
            models.Index(fields=["entity", "category", "registered_at"], name="tickets_entity"),
            models.Index(
                fields=["due_at", "id"], name="tickets_open_due", condition=Q(is_open=True)
            ),
            models.Index(
                fields=["status", "due_at", "id"],
                name="tickets_open_status_due",
                condition=Q(is_open=True),
            ),
            # the open ones in the other two orders: few among many, the newest are soon not enough
            models.Index(
                fields=["registered_at", "id"],
                name="tickets_open_registered",
                condition=Q(is_open=True),
            ),
            models.Index(
                fields=["last_event_at", "id"],
                name="tickets_open_changed",
                condition=Q(is_open=True),
            ),
            models.Index(
                fields=["lead_unit", "due_at", "id"],
                name="tickets_lead_open",
                condition=Q(is_open=True),
            ),
            models.Index(fields=["status", "registered_at", "id"], name="tickets_status"),
            models.Index(fields=["registered_at", "id"], name="tickets_registered"),
            models.Index(fields=["last_event_at", "id"], name="tickets_last_event"),
            models.Index(fields=["ended_at", "id"], name="tickets_ended"),
            models.Index(
                fields=["ended_at", "id"],
                name="tickets_to_archive",
                condition=Q(archived_at__isnull=True, ended_at__isnull=False),
            ),
            models.Index(fields=["township", "registered_at", "id"], name="tickets_township"),
            models.Index(fields=["lead_unit", "registered_at", "id"], name="tickets_lead"),
            models.Index(fields=["category", "registered_at", "id"], name="tickets_category"),
            models.Index(
                fields=["first_receiver", "due_at", "id"],
                name="tickets_receiver_open",
                condition=Q(is_open=True),
            ),
            models.Index(
                fields=["handler", "due_at", "id"],
                name="tickets_handler_open",
                condition=Q(is_open=True),
            ),
            # the moments by which metrics count: the list behind a number is a span of one of them
            *(
                models.Index(
                    fields=[name],
                    name=f"tickets_by_{name.removesuffix('_at')}",
                    condition=Q(**{f"{name}__isnull": False}),
                )
                for name in COUNTED_BY
            ),
            models.Index(
                fields=["hotline_no"], name="tickets_hotline", condition=~Q(hotline_no="")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="tickets_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(name="tickets_tier_known", condition=Q(tier__in=Tier.values)),
            models.CheckConstraint(
                name="tickets_numbered_unless_draft",
                condition=Q(status=Status.DRAFT, number__isnull=True)
                | (~Q(status=Status.DRAFT) & Q(number__isnull=False)),
            ),
            models.CheckConstraint(
                name="tickets_open_iff_not_ended",
                condition=Q(is_open=True) & ~Q(status__in=NOT_OPEN)
                | Q(is_open=False) & Q(status__in=NOT_OPEN),
            ),
            models.CheckConstraint(
                name="tickets_ended_iff_time",
                condition=Q(status__in=ENDED, ended_at__isnull=False)
                | (~Q(status__in=ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="tickets_open_has_due", condition=Q(is_open=False) | Q(due_at__isnull=False)
            ),
            models.CheckConstraint(
                name="tickets_closed_told",
                condition=~Q(status=Status.CLOSED) | Q(is_told=True),
                violation_error_message="还没有反馈企业的记录，不能销号。",
            ),
            models.CheckConstraint(
                name="tickets_dispatched_has_due",
                condition=Q(first_dispatched_at__isnull=True, ticket_due_at__isnull=True)
                | Q(first_dispatched_at__isnull=False, ticket_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="tickets_complained_never_leads",
                condition=Q(complained_unit__isnull=True)
                | Q(lead_unit__isnull=True)
                | ~Q(lead_unit=F("complained_unit")),
                violation_error_message="被反映单位不能主办。",
            ),
            models.CheckConstraint(
                name="tickets_merged_iff_master",
                condition=Q(status=Status.MERGED, merged_into__isnull=False)
                | (~Q(status=Status.MERGED) & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="tickets_not_into_itself", condition=~Q(merged_into=F("id"))
            ),
            models.CheckConstraint(
                name="tickets_has_enterprise", condition=~Q(entity_name="") | Q(status="DRAFT")
            ),
        ]

    def __str__(self) -> str:
        return self.number or "草稿"

    @property
    def state(self) -> Status:
        """The state as an enumeration member."""
        return Status(self.status)

    @property
    def timing(self) -> Timing:
        """What the light depends on."""
        return Timing(
            is_open=self.is_open,
            due_at=self.due_at,
            yellow_at=self.yellow_at,
            unit=self.due_unit,
            is_untimed=self.state in UNTIMED or self.is_suspended,
        )
