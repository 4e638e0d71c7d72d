"""Enumerations of the calendar."""

from django.db import models


class DayKind(models.TextChoices):
    """How a day differs from the weekend rule."""

    HOLIDAY = "HOLIDAY", "放假"
    WORKDAY = "WORKDAY", "上班"


class YearStatus(models.TextChoices):
    """Whether the State Council's notice for a year is on record."""

    PUBLISHED = "PUBLISHED", "已公布"
    PROVISIONAL = "PROVISIONAL", "暂定"


class Source(models.TextChoices):
    """Where a year's days came from."""

    FIXTURE = "FIXTURE", "随系统提供"
    NOTICE = "NOTICE", "粘贴通知原文"
    JSON = "JSON", "JSON 文件"
    XLSX = "XLSX", "Excel 表格"
    MANUAL = "MANUAL", "逐日填写"
