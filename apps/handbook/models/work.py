"""What readers say about the handbook, and files on their way into it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.access import Actor
from apps.core.fields import EncryptedTextField
from apps.core.permissions import Permission
from apps.handbook.choices import ImportStatus, RemarkKind
from apps.handbook.models.entry import Entry
from apps.roster.models import Unit


class RemarkQuerySet(models.QuerySet["Remark"]):
    """Remarks, filtered by who asks."""

    def open(self) -> Self:
        """Remarks that nobody has answered."""
        return self.filter(closed_at__isnull=True)

    def answerable_by(self, user: Actor) -> Self:
        """Remarks a person may answer: those about entries of the own unit, all for the office."""
        permissions = (Permission.EDIT_HANDBOOK, Permission.CHECK_HANDBOOK)
        if not any(user.has_perm(one) for one in (*permissions, Permission.PUBLISH_HANDBOOK)):
            return self.none()
        return self if user.scope.everything else self.filter(unit_id__in=user.scope.unit_ids)

    def visible_to(self, user: Actor) -> Self:
        """One's own remarks, and those one may answer."""
        own = self.model._default_manager.all()
        return self.filter(Q(sender_id=user.pk) | Q(pk__in=own.answerable_by(user).values("pk")))


class Remark(models.Model):
    """报错 or 建议: one reader's words about an entry, or about one that is missing."""

    entry = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="remarks",
        verbose_name="条目",
    )
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="责任部门",
    )
    kind = models.CharField("类型", max_length=10, choices=RemarkKind.choices)
    text = models.CharField("内容", max_length=500)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    sent_at = models.DateTimeField("提出时间")
    reply = models.CharField("处理结果", max_length=300, blank=True, default="")
    closed_at = models.DateTimeField("处理时间", null=True, blank=True)
    closed_by = models.CharField("处理人", max_length=60, blank=True, default="")

    objects = RemarkQuerySet.as_manager()

    class Meta:
        verbose_name = "手册意见"
        verbose_name_plural = "手册意见"
        indexes = [
            models.Index(fields=["-sent_at", "-id"], name="handbook_remark_latest"),
            models.Index(
                fields=["unit"], name="handbook_remark_open", condition=Q(closed_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="handbook_remark_kind_known", condition=Q(kind__in=RemarkKind.values)
            ),
            models.CheckConstraint(
                name="handbook_remark_says_something",
                condition=~Q(text=""),
                violation_error_message="请写清楚哪里不对，或建议写什么。",
            ),
            models.CheckConstraint(
                name="handbook_remark_closed_with_reply",
                condition=Q(closed_at__isnull=True, reply="", closed_by="")
                | Q(closed_at__isnull=False) & ~Q(reply="") & ~Q(closed_by=""),
                violation_error_message="请写处理结果。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.text[:30]}"


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    """Imports, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """One's own imports."""
        return self.filter(uploaded_by_id=user.pk)


class ImportBatch(models.Model):
    """A workbook that was read and checked; its rows are kept until they are written."""

    file_name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("文件指纹", max_length=64)
    rows = EncryptedTextField("内容", blank=True, default="")
    row_count = models.PositiveIntegerField("行数")
    status = models.CharField(
        "状态", max_length=10, choices=ImportStatus.choices, default=ImportStatus.READY
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    created_count = models.PositiveIntegerField("新增", default=0)
    updated_count = models.PositiveIntegerField("修改", default=0)
    skipped_count = models.PositiveIntegerField("未写入", default=0)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "手册导入"
        verbose_name_plural = "手册导入"
        indexes = [models.Index(fields=["uploaded_at"], name="handbook_import_age")]
        constraints = [
            models.CheckConstraint(
                name="handbook_import_status_known", condition=Q(status__in=ImportStatus.values)
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
