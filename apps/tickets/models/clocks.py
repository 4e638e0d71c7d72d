"""The stored clocks: copies of what the replay of the events says, for queries and the sweep."""

from django.db import models
from django.db.models import Q

from apps.tickets.choices import ClockKind, TermUnit
from apps.tickets.models.ticket import Ticket


class Clock(models.Model):
    """One lap of a clock. ``key`` says whose (an assignment, a question); ``lap`` counts starts.

    ``next_fire_at`` is the earliest milestone that has not rung, None when nothing is to come; the
    sweep reads only this column.
    """

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="clocks", verbose_name="工单", db_index=False
    )
    kind = models.CharField("时钟", max_length=16, choices=ClockKind.choices)
    key = models.CharField("对象", max_length=20, blank=True, default="")
    lap = models.PositiveSmallIntegerField("第几次", default=1)
    cycle = models.PositiveSmallIntegerField("轮次", default=1)
    started_at = models.DateTimeField("开始")
    amount = models.PositiveIntegerField("时长")
    unit = models.CharField("单位", max_length=5, choices=TermUnit.choices)
    rule_number = models.PositiveIntegerField("规则版本", default=0)
    due_at = models.DateTimeField("到期")
    yellow_at = models.DateTimeField("转黄")
    is_provisional = models.BooleanField("暂定", default=False)
    paused_at = models.DateTimeField("暂停于", null=True, blank=True)
    stopped_at = models.DateTimeField("停止于", null=True, blank=True)
    next_fire_at = models.DateTimeField("下次提醒", null=True, blank=True)
    failures = models.PositiveSmallIntegerField("提醒失败次数", default=0)

    class Meta:
        verbose_name = "时钟"
        verbose_name_plural = "时钟"
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "key", "lap"], name="tickets_clock_once"
            ),
            models.CheckConstraint(
                name="tickets_clock_rings_while_running",
                condition=Q(next_fire_at__isnull=True)
                | Q(stopped_at__isnull=True, paused_at__isnull=True),
            ),
        ]
        indexes = [
            # SQLite takes a partial index only where its condition is written in the query too
            models.Index(
                fields=["next_fire_at", "id"],
                name="tickets_clock_fire",
                condition=Q(next_fire_at__isnull=False),
            ),
            models.Index(fields=["kind", "due_at"], name="tickets_clock_kind_due"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class Firing(models.Model):
    """A milestone that rang: the unique row makes it once, whoever sweeps (reliability R1)."""

    clock = models.ForeignKey(
        Clock, on_delete=models.PROTECT, related_name="firings", verbose_name="时钟", db_index=False
    )
    milestone = models.CharField("里程碑", max_length=20)
    cycle = models.PositiveSmallIntegerField("轮次")
    due_at = models.DateTimeField("应提醒时刻")
    fired_at = models.DateTimeField("提醒时间")

    class Meta:
        verbose_name = "提醒"
        verbose_name_plural = "提醒"
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "milestone", "cycle"], name="tickets_fired_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.milestone} {self.cycle}"
