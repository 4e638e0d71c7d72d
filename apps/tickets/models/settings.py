"""The versions of the rules, and the series of numbers."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class RuleVersion(models.Model):
    """The figures in force from a moment on; a clock keeps the version it started under."""

    number = models.PositiveIntegerField("版本", unique=True)
    valid_from = models.DateTimeField("生效时间", unique=True)
    values = models.JSONField("与默认不同的数", default=dict)
    reason = models.CharField("修改原因", max_length=200)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="修改人",
    )
    changed_at = models.DateTimeField("修改时间")

    class Meta:
        verbose_name = "规则版本"
        verbose_name_plural = "规则版本"
        constraints = [
            models.CheckConstraint(name="tickets_rules_have_reason", condition=~Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 版规则"


class NumberSeries(models.Model):
    """The last number given in a month; the row's lock makes the series gapless."""

    month = models.CharField("年月", max_length=4, primary_key=True)
    last = models.PositiveIntegerField("最后序号", default=0)

    class Meta:
        verbose_name = "工单编号"
        verbose_name_plural = "工单编号"

    def __str__(self) -> str:
        return f"{self.month} {self.last}"


class ClockCheck(models.Model):
    """A run of the check that computes every open clock anew, and what it found."""

    at = models.DateTimeField("时间", db_index=True)
    tickets = models.PositiveIntegerField("核对工单")
    clocks = models.PositiveIntegerField("核对时钟")
    drifted = models.PositiveIntegerField("不一致")
    repaired = models.PositiveIntegerField("已改正")
    numbers = models.CharField("工单编号", max_length=400, blank=True, default="")

    class Meta:
        verbose_name = "时限核对"
        verbose_name_plural = "时限核对"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} 核对 {self.tickets} 件"


class DigestDay(models.Model):
    """A working morning whose digest is written; the unique day makes it once."""

    day = models.DateField("日期", unique=True)
    made_at = models.DateTimeField("时间")
    people = models.PositiveIntegerField("人数", default=0)

    class Meta:
        verbose_name = "晨间汇总"
        verbose_name_plural = "晨间汇总"

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
