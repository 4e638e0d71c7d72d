"""The tallies: what the pages add up instead of a million tickets, and the months that are closed.

``DayTally`` has a column per measure. ``TicketTally`` keeps what each ticket has contributed, so
that a change is one subtraction and one addition; ``Dirty`` says which tickets have changed.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.dashboards.choices import ReportKind, ReportState
from apps.dashboards.measures import MEASURES


def _unit() -> models.ForeignKey:
    return models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        related_query_name="%(class)s",
        verbose_name="单位",
        db_index=False,
    )


class DayTally(models.Model):
    """The counts of a day, of a unit or (no unit) of the district; a column per measure."""

    day = models.DateField("日期")
    unit = _unit()

    class Meta:
        verbose_name = "日统计"
        verbose_name_plural = "日统计"
        constraints = [
            models.UniqueConstraint(fields=["unit", "day"], name="dash_day_once"),
            models.UniqueConstraint(
                fields=["day"], condition=Q(unit__isnull=True), name="dash_day_district_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.unit_id or '全区'}"


for _measure in MEASURES:
    DayTally.add_to_class(_measure.code, models.IntegerField(_measure.label, default=0))


class KindTally(models.Model):
    """How many tickets of a month fall under a value: category, nature, source, working days."""

    month = models.DateField("月份")
    unit = _unit()
    dimension = models.CharField("维度", max_length=10)
    value = models.CharField("取值", max_length=20)
    count = models.IntegerField("件数", default=0)

    class Meta:
        verbose_name = "分类统计"
        verbose_name_plural = "分类统计"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "dimension", "month", "value"], name="dash_kind_once"
            ),
            models.UniqueConstraint(
                fields=["dimension", "month", "value"],
                condition=Q(unit__isnull=True),
                name="dash_kind_district_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.dimension} {self.value}"


class TicketTally(models.Model):
    """What a ticket contributes at present: ``{"days": […], "kinds": […]}``."""

    ticket = models.OneToOneField(
        "tickets.Ticket",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="+",
        verbose_name="工单",
    )
    cells = models.JSONField("贡献", default=dict)

    class Meta:
        verbose_name = "工单统计"
        verbose_name_plural = "工单统计"

    def __str__(self) -> str:
        return f"工单 {self.ticket_id} 的统计"


class Dirty(models.Model):
    """A ticket has changed; written in the change's own transaction, never updated.

    Several rows may name one ticket: a row that is being worked off cannot swallow a later change.
    """

    ticket_id = models.BigIntegerField("工单")

    class Meta:
        verbose_name = "待汇总"
        verbose_name_plural = "待汇总"

    def __str__(self) -> str:
        return f"工单 {self.ticket_id} 待汇总"


class TallyState(models.Model):
    """The one row that whoever rolls up has to hold; it says when the tallies were last complete."""

    done_at = models.DateTimeField("汇总至", null=True, blank=True)
    checked_at = models.DateTimeField("核对时间", null=True, blank=True)
    drifted = models.PositiveIntegerField("不一致件数", default=0)

    class Meta:
        verbose_name = "汇总状态"
        verbose_name_plural = "汇总状态"

    def __str__(self) -> str:
        return f"汇总至 {self.done_at}"


class MonthClose(models.Model):
    """A month whose numbers no longer change (domain.md §9: 补录不改已锁月)."""

    month = models.DateField("月份", unique=True)
    closed_at = models.DateTimeField("锁定时间")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="锁定人",
    )

    class Meta:
        verbose_name = "已锁定月份"
        verbose_name_plural = "已锁定月份"

    def __str__(self) -> str:
        return f"{self.month:%Y年%m月}"


class Adjustment(models.Model):
    """What would have changed a closed month: the number stays, the difference stands here."""

    day = models.DateField("日期")
    unit = _unit()
    measure = models.CharField("计数", max_length=20)
    amount = models.IntegerField("差额")
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="+", verbose_name="工单"
    )
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "锁定后的变动"
        verbose_name_plural = "锁定后的变动"
        indexes = [models.Index(fields=["unit", "day"], name="dash_adjustment_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.measure} {self.amount:+}"


class Report(models.Model):
    """A weekly or monthly report: the numbers as taken, the sentences made from them, and edits.

    ``material`` is what ``reports.wording`` reads; ``edits`` holds the paragraphs that somebody
    has written over, by key.
    """

    kind = models.CharField("种类", max_length=5, choices=ReportKind.choices)
    first = models.DateField("从")
    last = models.DateField("到")
    state = models.CharField(
        "状态", max_length=5, choices=ReportState.choices, default=ReportState.DRAFT
    )
    version = models.PositiveIntegerField("版本", default=1)
    material = models.JSONField("数据", default=dict)
    edits = models.JSONField("改写", default=dict, blank=True)
    taken_at = models.DateTimeField("取数时间")
    finalised_at = models.DateTimeField("定稿时间", null=True, blank=True)
    finalised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="定稿人",
    )

    audit_skip = ("material", "edits", "version")

    class Meta:
        verbose_name = "报告"
        verbose_name_plural = "报告"
        constraints = [
            models.UniqueConstraint(fields=["kind", "first"], name="dash_report_once"),
            models.CheckConstraint(
                name="dash_report_final_iff_time",
                condition=Q(state="FINAL", finalised_at__isnull=False)
                | Q(state="DRAFT", finalised_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        if self.kind == ReportKind.MONTH:
            return f"{self.first.year}年{self.first.month}月月报"
        first, last = self.first, self.last
        return f"{first.year}年{first.month}月{first.day}日至{last.month}月{last.day}日周报"

    @property
    def is_final(self) -> bool:
        """Whether it can no longer change."""
        return self.state == ReportState.FINAL
