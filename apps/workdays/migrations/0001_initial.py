import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(default=0, verbose_name="版本")),
                ("stamp", models.UUIDField(default=uuid.uuid4, verbose_name="标记")),
                (
                    "changed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="最近修改"),
                ),
            ],
            options={
                "verbose_name": "日历版本",
                "verbose_name_plural": "日历版本",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="workdays_version_is_single"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(unique=True, verbose_name="年份")),
                (
                    "status",
                    models.CharField(
                        choices=[("PUBLISHED", "已公布"), ("PROVISIONAL", "暂定")],
                        default="PROVISIONAL",
                        max_length=11,
                        verbose_name="状态",
                    ),
                ),
                (
                    "paper_number",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="文号"),
                ),
                (
                    "paper_urls",
                    models.TextField(
                        blank=True, default="", help_text="每行一个", verbose_name="原文地址"
                    ),
                ),
                ("published_on", models.DateField(blank=True, null=True, verbose_name="公布日期")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("FIXTURE", "随系统提供"),
                            ("NOTICE", "粘贴通知原文"),
                            ("JSON", "JSON 文件"),
                            ("XLSX", "Excel 表格"),
                            ("MANUAL", "逐日填写"),
                        ],
                        default="MANUAL",
                        max_length=7,
                        verbose_name="来源",
                    ),
                ),
                ("changed_at", models.DateTimeField(verbose_name="最近修改")),
            ],
            options={
                "verbose_name": "日历年份",
                "verbose_name_plural": "日历年份",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2000), ("year__lte", 2100)),
                        name="workdays_year_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["PUBLISHED", "PROVISIONAL"])),
                        name="workdays_year_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source__in", ["FIXTURE", "NOTICE", "JSON", "XLSX", "MANUAL"])
                        ),
                        name="workdays_year_source_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TimeRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField(unique=True, verbose_name="生效日期")),
                (
                    "cutoff",
                    models.TimeField(
                        blank=True, help_text="空表示当日 24:00", null=True, verbose_name="到期时刻"
                    ),
                ),
                ("morning_start", models.TimeField(verbose_name="上午上班")),
                ("morning_end", models.TimeField(verbose_name="上午下班")),
                ("afternoon_start", models.TimeField(verbose_name="下午上班")),
                ("afternoon_end", models.TimeField(verbose_name="下午下班")),
            ],
            options={
                "verbose_name": "时刻规则",
                "verbose_name_plural": "时刻规则",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("morning_start__lt", models.F("morning_end")),
                            ("morning_end__lte", models.F("afternoon_start")),
                            ("afternoon_start__lt", models.F("afternoon_end")),
                        ),
                        name="workdays_hours_in_order",
                        violation_error_message="工作时间须先开始后结束，上午和下午不能重叠。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cutoff__isnull", True), ("cutoff__gt", "00:00"), _connector="OR"
                        ),
                        name="workdays_cutoff_not_midnight",
                        violation_error_message="到期时刻不能是 00:00。当日 24:00 到期请留空。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DayException",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(unique=True, verbose_name="日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[("HOLIDAY", "放假"), ("WORKDAY", "上班")],
                        max_length=7,
                        verbose_name="安排",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="节日")),
                (
                    "notice",
                    models.ForeignKey(
                        blank=True,
                        help_text="空表示逐日填写",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="workdays.calendaryear",
                        verbose_name="哪年的通知",
                    ),
                ),
            ],
            options={
                "verbose_name": "放假与调休",
                "verbose_name_plural": "放假与调休",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["HOLIDAY", "WORKDAY"])),
                        name="workdays_day_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="workdays_day_has_name",
                    ),
                ],
            },
        ),
    ]
