"""The audit log: entries, their seals, anchors of the chain, and the results of checks.

Entries, seals and anchors are only ever inserted: database triggers refuse the rest (see
``triggers``). There are no foreign keys: a log outlives what it speaks of.
"""

from typing import Self

from django.db import models
from django.db.models import Q

from apps.audit.choices import AnchorKind, Outcome
from apps.core.access import Actor
from apps.core.permissions import Permission

GENESIS = "0" * 64


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """Everything for those who may read the log, nothing for others."""
        return self if user.has_perm(Permission.VIEW_AUDIT) else self.none()


class AuditEntry(models.Model):
    """One act: who, when, from where, on what, with which outcome and field changes.

    ``changes`` is ``{field name: [before, after]}`` of texts. ``batch_size`` is how many objects
    the entry stands for (bulk writes). No personal data beyond the names of staff.
    """

    at = models.DateTimeField("时间")
    actor_id = models.CharField("账号编号", max_length=40, blank=True, default="")
    actor = models.CharField("账号", max_length=150, blank=True, default="")
    actor_name = models.CharField("姓名", max_length=60, blank=True, default="")
    actor_unit = models.CharField("单位", max_length=100, blank=True, default="")
    ip = models.CharField("地址", max_length=45, blank=True, default="")
    request_id = models.CharField("请求编号", max_length=64, blank=True, default="")
    action = models.CharField("操作", max_length=80)
    target_type = models.CharField("对象种类", max_length=80, blank=True, default="")
    target_id = models.CharField("对象编号", max_length=64, blank=True, default="")
    target_label = models.CharField("对象", max_length=200, blank=True, default="")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices, default=Outcome.OK)
    changes = models.JSONField("改动", default=dict)
    note = models.CharField("说明", max_length=1000, blank=True, default="")
    batch_size = models.PositiveIntegerField("对象数", default=1)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        indexes = [
            models.Index(fields=["at", "id"], name="audit_entry_at"),
            models.Index(fields=["actor", "at", "id"], name="audit_entry_actor"),
            models.Index(fields=["action", "at", "id"], name="audit_entry_action"),
            models.Index(fields=["target_type", "target_id", "id"], name="audit_entry_target"),
            models.Index(
                fields=["outcome", "at", "id"],
                name="audit_entry_refused",
                condition=~Q(outcome=Outcome.OK),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="audit_entry_outcome_known", condition=Q(outcome__in=Outcome.values)
            ),
            models.CheckConstraint(name="audit_entry_has_action", condition=~Q(action="")),
            models.CheckConstraint(name="audit_entry_batch", condition=Q(batch_size__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action} {self.target_label}"


class PendingSeal(models.Model):
    """An entry that waits for its seal; written with it, removed with the sealing.

    A queue instead of "entries above the last sealed id": on PostgreSQL a transaction may commit
    a lower id later, and a queue cannot skip it.
    """

    entry_id = models.BigIntegerField("记录编号", primary_key=True)

    class Meta:
        verbose_name = "待封存"
        verbose_name_plural = "待封存"

    def __str__(self) -> str:
        return str(self.entry_id)


class AuditSeal(models.Model):
    """One link of the chain: the hash of an entry, its place and the hash before it."""

    seq = models.BigIntegerField("序号", primary_key=True)
    entry_id = models.BigIntegerField("记录编号", unique=True)
    prev_hash = models.CharField("上一环", max_length=64)
    hash = models.CharField("封存值", max_length=64)
    sealed_at = models.DateTimeField("封存时间")

    class Meta:
        verbose_name = "封存"
        verbose_name_plural = "封存"
        constraints = [
            models.CheckConstraint(name="audit_seal_seq_from_1", condition=Q(seq__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.seq} → {self.entry_id}"


class AuditAnchor(models.Model):
    """The head of the chain as it was at a moment; also written to the log, outside the database.

    An ARCHIVE anchor is the last link of an archived period: checks begin after it.
    """

    kind = models.CharField("种类", max_length=10, choices=AnchorKind.choices)
    made_at = models.DateTimeField("时间")
    seq = models.BigIntegerField("序号")
    hash = models.CharField("封存值", max_length=64)
    entry_count = models.PositiveIntegerField("归档条数", default=0)
    file_name = models.CharField("归档文件", max_length=200, blank=True, default="")
    file_sha256 = models.CharField("归档文件校验值", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = "审计锚点"
        verbose_name_plural = "审计锚点"
        constraints = [
            models.UniqueConstraint(fields=["kind", "seq"], name="audit_anchor_once"),
            models.CheckConstraint(
                name="audit_anchor_kind_known", condition=Q(kind__in=AnchorKind.values)
            ),
            models.CheckConstraint(
                name="audit_anchor_archive_has_file",
                condition=~Q(kind=AnchorKind.ARCHIVE) | (~Q(file_name="") & ~Q(file_sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.seq}"


class ChainCheck(models.Model):
    """The result of a check of the chain, for the status page and the auditor."""

    at = models.DateTimeField("时间", db_index=True)
    is_full = models.BooleanField("全链")
    is_good = models.BooleanField("完好")
    checked = models.PositiveBigIntegerField("核对条数")
    until_seq = models.BigIntegerField("核对到序号")
    text = models.CharField("结论", max_length=300)

    class Meta:
        verbose_name = "审计链核对"
        verbose_name_plural = "审计链核对"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text}"
