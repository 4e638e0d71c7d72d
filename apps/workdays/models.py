"""Years, the days that differ from the weekend rule, and the version every process compares."""

import uuid

from django.db import models
from django.db.models import Q

from apps.workdays.choices import DayKind, Source, YearStatus


class CalendarYear(models.Model):
    """A year on record: published by a notice, or provisional (statutory days only)."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    status = models.CharField(
        "状态", max_length=11, choices=YearStatus.choices, default=YearStatus.PROVISIONAL
    )
    paper_number = models.CharField("文号", max_length=60, blank=True, default="")
    paper_urls = models.TextField("原文地址", blank=True, default="", help_text="每行一个")
    published_on = models.DateField("公布日期", null=True, blank=True)
    source = models.CharField("来源", max_length=7, choices=Source.choices, default=Source.MANUAL)
    changed_at = models.DateTimeField("最近修改")

    class Meta:
        verbose_name = "日历年份"
        verbose_name_plural = "日历年份"
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100), name="workdays_year_in_range"
            ),
            models.CheckConstraint(
                condition=Q(status__in=YearStatus.values), name="workdays_year_status_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="workdays_year_source_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年"


class DayException(models.Model):
    """A day that differs from the weekend rule, or belongs to a holiday on a weekend."""

    date = models.DateField("日期", unique=True)
    kind = models.CharField("安排", max_length=7, choices=DayKind.choices)
    name = models.CharField("节日", max_length=40)
    notice = models.ForeignKey(
        CalendarYear,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="days",
        verbose_name="哪年的通知",
        help_text="空表示逐日填写",
    )

    class Meta:
        verbose_name = "放假与调休"
        verbose_name_plural = "放假与调休"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DayKind.values), name="workdays_day_kind_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="workdays_day_has_name"),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.get_kind_display()}（{self.name}）"


class CalendarVersion(models.Model):
    """One row: its stamp changes with every change of the calendar.

    The stamp is random because a number alone repeats after a rollback, and a process that had
    kept the rolled-back calendar under that number would serve it for ever.
    """

    number = models.PositiveIntegerField("版本", default=0)
    stamp = models.UUIDField("标记", default=uuid.uuid4)
    changed_at = models.DateTimeField("最近修改", null=True, blank=True)

    class Meta:
        verbose_name = "日历版本"
        verbose_name_plural = "日历版本"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="workdays_version_is_single")]

    def __str__(self) -> str:
        return f"第 {self.number} 版"


NOT_MIDNIGHT = "到期时刻不能是 00:00。当日 24:00 到期请留空。"


class TimeRule(models.Model):
    """From a day on: until which hour a term runs on its last day, and the working hours."""

    valid_from = models.DateField("生效日期", unique=True)
    cutoff = models.TimeField("到期时刻", null=True, blank=True, help_text="空表示当日 24:00")
    morning_start = models.TimeField("上午上班")
    morning_end = models.TimeField("上午下班")
    afternoon_start = models.TimeField("下午上班")
    afternoon_end = models.TimeField("下午下班")

    class Meta:
        verbose_name = "时刻规则"
        verbose_name_plural = "时刻规则"
        constraints = [
            models.CheckConstraint(
                condition=Q(morning_start__lt=models.F("morning_end"))
                & Q(morning_end__lte=models.F("afternoon_start"))
                & Q(afternoon_start__lt=models.F("afternoon_end")),
                name="workdays_hours_in_order",
                violation_error_message="工作时间须先开始后结束，上午和下午不能重叠。",
            ),
            models.CheckConstraint(
                condition=Q(cutoff__isnull=True) | Q(cutoff__gt="00:00"),
                name="workdays_cutoff_not_midnight",
                violation_error_message=NOT_MIDNIGHT,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d} 起"
