"""Enumerations of the base."""

from django.db import models


class JobStatus(models.TextChoices):
    """The life of a background job."""

    WAITING = "WAITING", "排队中"
    RUNNING = "RUNNING", "进行中"
    DONE = "DONE", "已完成"
    FAILED = "FAILED", "未完成"
    STOPPED = "STOPPED", "已停止"
