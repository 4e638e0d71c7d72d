"""Rows of the recurring and the long work; they hold the truth, the broker holds nothing."""

from django.db import models

from apps.core.choices import JobStatus


class TimerState(models.Model):
    """When a recurring piece of work last ran, and how it went."""

    name = models.CharField("名称", max_length=60, unique=True)
    next_due_at = models.DateTimeField("下次应运行", db_index=True)
    lease_until = models.DateTimeField("租约至", null=True, blank=True)
    last_started_at = models.DateTimeField("上次开始", null=True, blank=True)
    last_success_at = models.DateTimeField("上次成功", null=True, blank=True)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    last_error = models.CharField("上次错误", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "定时工作"
        verbose_name_plural = "定时工作"

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """The last sign of life of a kind of process (worker, clock loop, beat)."""

    name = models.CharField("进程", max_length=60, unique=True)
    beat_at = models.DateTimeField("上次心跳")

    class Meta:
        verbose_name = "进程心跳"
        verbose_name_plural = "进程心跳"

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """One piece of long work (an import, an export, a backup), run by the long worker."""

    kind = models.CharField("种类", max_length=60)
    payload = models.JSONField("参数", default=dict)
    status = models.CharField(
        "状态", max_length=10, choices=JobStatus.choices, default=JobStatus.WAITING
    )
    asked_by = models.CharField("提出人", max_length=150, blank=True, default="")
    asked_at = models.DateTimeField("提出时间")
    heartbeat_at = models.DateTimeField("心跳", null=True, blank=True)
    done_count = models.PositiveIntegerField("已做", default=0)
    total_count = models.PositiveIntegerField("共计", default=0)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    error = models.CharField("错误", max_length=300, blank=True, default="")
    result = models.JSONField("结果", default=dict)

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"
        indexes = [models.Index(fields=["status", "asked_at"], name="core_job_status_asked")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
