"""Uploaded files, the filings in them, and what each did (plan, 附件1 and 附件2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.access import Actor
from apps.core.choices import JobStatus
from apps.core.fields import EncryptedTextField
from apps.core.models import Job
from apps.core.permissions import Permission
from apps.filings.choices import OPEN, AppendixCode, ChunkKind, FilingState, UploadState
from apps.roster.models import Unit

UNDO_WINDOW = timedelta(hours=72)  # ux.md UX-11
RUNNING = (JobStatus.WAITING, JobStatus.RUNNING)


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """All for the office, those that people of the own unit uploaded otherwise."""
        if not user.has_perm(Permission.FILE_APPENDIX):
            return self.none()
        return self if user.scope.everything else self.filter(owner__in=user.scope.unit_ids)


class Upload(models.Model):
    """One uploaded file, kept encrypted; its sheets are the filings."""

    name = models.CharField("文件名", max_length=200)
    format = models.CharField("格式", max_length=20, blank=True, default="")
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    path = models.CharField("存放位置", max_length=80)
    #: each file has a key of its own, so that rotating the field keys leaves the files alone
    file_key = EncryptedTextField("文件密钥")
    #: whose file it is when the sheet itself does not say
    default_unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="报送单位（上传时选）",
    )
    #: somebody said so after the sheet's own name was not known: that name means this unit
    is_unit_chosen = models.BooleanField("单位由人指定", default=False)
    owner = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="uploads",
        verbose_name="上传人单位",
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="上传人",
    )
    uploaded_at = models.DateTimeField("上传时间")
    state = models.CharField(
        "状态", max_length=10, choices=UploadState.choices, default=UploadState.WAITING
    )
    problem = models.CharField("读不了的原因", max_length=300, blank=True, default="")
    #: [[sheet, reason]] of sheets that are neither appendix
    ignored = models.JSONField("没有读的表", default=list, blank=True)
    #: about the whole file: links that were not followed, embedded files
    remarks = models.JSONField("关于文件", default=list, blank=True)
    #: {sheet: {"row:column": text}} typed on the page, encrypted: cells hold phones
    corrections = EncryptedTextField("页面上改的格子", blank=True, default="")
    seconds = models.FloatField("读取用时（秒）", null=True, blank=True)
    job = models.ForeignKey(
        Job,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="后台任务",
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = "报送文件"
        verbose_name_plural = "报送文件"
        indexes = [
            models.Index(fields=["owner", "id"], name="filings_upload_owner"),
            models.Index(fields=["sha256"], name="filings_upload_sha256"),
        ]
        constraints = [
            models.CheckConstraint(
                name="filings_upload_state_known", condition=Q(state__in=UploadState.values)
            ),
            models.CheckConstraint(
                name="filings_upload_failed_says_why",
                condition=~Q(state=UploadState.FAILED) | ~Q(problem=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_stuck(self) -> bool:
        """Whether the reading was broken off and nobody does it any more; needs ``job`` joined."""
        if self.state != UploadState.WAITING:
            return False
        return self.job is None or self.job.status not in RUNNING


class FilingQuerySet(models.QuerySet["Filing"]):
    """Filings, filtered by who asks."""

    def open(self) -> Self:
        """Those that wait for a decision."""
        return self.filter(state__in=OPEN)

    def standing(self) -> Self:
        """Those that were written and not taken back: what a unit has filed."""
        return self.filter(state=FilingState.APPLIED)

    def visible_to(self, user: Actor) -> Self:
        """All for the office; of a township its own, whoever uploaded them, and its uploads."""
        if not user.has_perm(Permission.FILE_APPENDIX):
            return self.none()
        if user.scope.everything:
            return self
        units = user.scope.unit_ids
        return self.filter(Q(unit__in=units) | Q(unit__isnull=True, upload__owner__in=units))

    def editable_by(self, user: Actor) -> Self:
        """Those that a person may let take effect or take back."""
        if not user.has_perm(Permission.CHECK_APPENDIX):
            return self.none()
        return self.visible_to(user)


class Filing(models.Model):
    """One sheet of an uploaded file: one appendix of one unit, checked, written, perhaps undone.

    For Appendix 2 an item is an entity; for Appendix 1 it is a zone with its officers, or the
    leader's line.
    """

    upload = models.ForeignKey(
        Upload, on_delete=models.PROTECT, related_name="filings", verbose_name="文件"
    )
    position = models.PositiveSmallIntegerField("第几张表")
    sheet = models.CharField("表名", max_length=100)
    appendix = models.CharField("附件", max_length=1, choices=AppendixCode.choices)
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="filings",
        verbose_name="报送单位",
    )
    unit_written = models.CharField("表内填写的单位", max_length=100, blank=True, default="")
    filed_on = models.DateField("填报日期", null=True, blank=True)
    signatory = models.CharField("负责人", max_length=60, blank=True, default="")
    state = models.CharField(
        "状态", max_length=10, choices=FilingState.choices, default=FilingState.CHECKED
    )
    problem = models.CharField("不能写入的原因", max_length=300, blank=True, default="")
    rows_read = models.PositiveIntegerField("读到的行", default=0)
    good_count = models.PositiveIntegerField("可写入", default=0)
    new_count = models.PositiveIntegerField("新增", default=0)
    changed_count = models.PositiveIntegerField("更新", default=0)
    same_count = models.PositiveIntegerField("没有变化", default=0)
    error_count = models.PositiveIntegerField("有错误的行", default=0)
    warning_count = models.PositiveIntegerField("请留意的行", default=0)
    gone_count = models.PositiveIntegerField("本次没有报", default=0)
    #: {"remarks": [...], "skipped": {reason: n}, "fields": {level: {field: n}}, "staff": n}
    summary = models.JSONField("核对摘要", default=dict)
    #: {pk of the disappeared: [Fate, note]}
    decisions = models.JSONField("对没有报的主体的决定", default=dict)
    checked_at = models.DateTimeField("核对时间")
    number = models.PositiveIntegerField("第几次报送", null=True, blank=True)
    started_at = models.DateTimeField("开始写入", null=True, blank=True)
    applied_at = models.DateTimeField("写入时间", null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="写入人",
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    #: what writing and undoing did: {"new": n, "changed": n, "skipped": [...], "kept": [...]}
    outcome = models.JSONField("结果", default=dict)
    job = models.ForeignKey(
        Job,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="后台任务",
    )

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = "附件报送"
        verbose_name_plural = "附件报送"
        indexes = [
            models.Index(fields=["unit", "appendix", "state"], name="filings_filing_board"),
            models.Index(fields=["state", "id"], name="filings_filing_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["upload", "position"], name="filings_filing_once"),
            models.UniqueConstraint(
                fields=["unit", "appendix", "number"],
                condition=Q(number__isnull=False),
                name="filings_filing_number_once",
            ),
            models.UniqueConstraint(
                fields=["unit", "appendix"],
                condition=Q(state__in=[FilingState.APPLYING, FilingState.UNDOING]),
                name="filings_filing_one_writes",
                violation_error_message="这个单位的同一附件正在写入，请等它结束。",
            ),
            models.CheckConstraint(
                name="filings_filing_state_known", condition=Q(state__in=FilingState.values)
            ),
            models.CheckConstraint(
                name="filings_filing_appendix_known",
                condition=Q(appendix__in=AppendixCode.values),
            ),
            models.CheckConstraint(
                name="filings_filing_refused_says_why",
                condition=~Q(state=FilingState.REFUSED) | ~Q(problem=""),
            ),
            models.CheckConstraint(
                name="filings_filing_written_has_unit",
                condition=Q(unit__isnull=False)
                | Q(state__in=[FilingState.REFUSED, FilingState.DISCARDED]),
            ),
            models.CheckConstraint(
                name="filings_filing_applied_when",
                condition=~Q(state__in=[FilingState.APPLIED, FilingState.UNDONE])
                | Q(applied_at__isnull=False, number__isnull=False),
            ),
            models.CheckConstraint(
                name="filings_filing_undone_when",
                condition=Q(state=FilingState.UNDONE, undone_at__isnull=False)
                | ~Q(state=FilingState.UNDONE) & Q(undone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit or self.unit_written or self.sheet} {self.get_appendix_display()}"

    @property
    def is_running(self) -> bool:
        """Whether a job works on it at present; needs ``job`` joined."""
        moving = self.state in (FilingState.APPLYING, FilingState.UNDOING)
        return moving and self.job is not None and self.job.status in RUNNING

    @property
    def is_broken_off(self) -> bool:
        """Whether writing or undoing stopped half-way and can be continued; needs ``job``."""
        moving = self.state in (FilingState.APPLYING, FilingState.UNDOING)
        return moving and not self.is_running

    def its_unit(self) -> Unit:
        """Return the unit of a filing that may be written: a constraint makes sure there is one."""
        if self.unit is None:
            raise ValueError("a refused filing has no unit")
        return self.unit

    def undo_until(self) -> datetime | None:
        """Return until when the filing may be taken back; None when it was never written."""
        return self.applied_at + UNDO_WINDOW if self.applied_at else None


class FilingChunk(models.Model):
    """Up to 500 rows (changes, findings, undo records) of a filing, packed and encrypted.

    A filing of 100,000 rows is 200 of these instead of 100,000 rows of its own.
    """

    filing = models.ForeignKey(
        Filing,
        on_delete=models.PROTECT,
        related_name="chunks",
        verbose_name="报送",
        db_index=False,  # the constraint below begins with it
    )
    kind = models.CharField("种类", max_length=10, choices=ChunkKind.choices)
    #: of findings: ERROR or WARNING
    level = models.CharField("程度", max_length=10, blank=True, default="")
    position = models.PositiveIntegerField("第几块")
    #: how many items lie before this piece
    first = models.PositiveIntegerField("起始序号")
    count = models.PositiveIntegerField("条数")
    payload = EncryptedTextField("内容")

    class Meta:
        verbose_name = "报送内容"
        verbose_name_plural = "报送内容"
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "kind", "level", "position"], name="filings_chunk_once"
            ),
            models.CheckConstraint(
                name="filings_chunk_kind_known", condition=Q(kind__in=ChunkKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.position}"


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Reminders, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """All for those who remind, the own unit's for a township."""
        if user.has_perm(Permission.REMIND_FILING) and user.scope.everything:
            return self
        if not user.has_perm(Permission.FILE_APPENDIX):
            return self.none()
        return self.filter(unit__in=user.scope.unit_ids)


class Reminder(models.Model):
    """A unit was reminded of a form: at most once a day."""

    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        related_name="filing_reminders",
        verbose_name="单位",
        db_index=False,  # the constraint below begins with it
    )
    appendix = models.CharField("附件", max_length=1, choices=AppendixCode.choices)
    on = models.DateField("日期")
    told = models.PositiveSmallIntegerField("告知人数")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = "催报"
        verbose_name_plural = "催报"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "appendix", "on"],
                name="filings_reminder_once_a_day",
                violation_error_message="今天已经催报过，明天可再催。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_appendix_display()} {self.on}"


class ExportQuerySet(models.QuerySet["ExportedFile"]):
    """Exported files, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """One's own, nobody else's."""
        return self.filter(asked_by=user.pk)


class ExportedFile(models.Model):
    """A large export, made in the background and kept encrypted for seven days."""

    job = models.OneToOneField(
        Job, on_delete=models.PROTECT, related_name="+", verbose_name="后台任务"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="导出人"
    )
    asked_at = models.DateTimeField("提出时间")
    name = models.CharField("文件名", max_length=200)
    path = models.CharField("存放位置", max_length=80, blank=True, default="")
    file_key = EncryptedTextField("文件密钥", blank=True, default="")
    size = models.PositiveIntegerField("字节数", default=0)
    rows = models.PositiveIntegerField("行数", default=0)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = "导出文件"
        verbose_name_plural = "导出文件"
        indexes = [models.Index(fields=["asked_by", "id"], name="filings_export_asked")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Whether the file can be fetched."""
        return bool(self.path)
