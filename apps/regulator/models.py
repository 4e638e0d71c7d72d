"""Uploaded registration lists, how each differs from the registry, and what was done about it."""

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
from apps.registry.choices import EntityKind, EntityStatus
from apps.registry.codes import LONGEST, mask
from apps.registry.models import BusinessEntity
from apps.regulator.choices import Act, ActState, Kind, ListState, Outcome
from apps.roster.models import Unit

UNDO_WINDOW = timedelta(hours=72)  # as for filings, ux.md UX-11
RUNNING = (JobStatus.WAITING, JobStatus.RUNNING)


class ListQuerySet(models.QuerySet["RegistrationList"]):
    """Lists, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """All for the office; for a township its own ones and those of the whole district."""
        if not user.has_perm(Permission.COMPARE_REGISTRATION):
            return self.none()
        if user.scope.everything:
            return self
        return self.filter(Q(unit__in=user.scope.unit_ids) | Q(unit__isnull=True))

    def editable_by(self, user: Actor) -> Self:
        """Those that a person may compare anew: the own unit's, or all for the office."""
        if not user.has_perm(Permission.COMPARE_REGISTRATION):
            return self.none()
        return self if user.scope.everything else self.filter(unit__in=user.scope.unit_ids)


class RegistrationList(models.Model):
    """One list of the market regulator, kept encrypted, so that it can be compared anew."""

    name = models.CharField("文件名", max_length=200)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    path = models.CharField("存放位置", max_length=80)
    file_key = EncryptedTextField("文件密钥")
    #: whose entities the list names; empty: of the whole district
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registration_lists",
        verbose_name="名单范围",
    )
    #: whether it names everybody in business; a part says nothing about those it leaves out
    is_complete = models.BooleanField("包含范围内全部在册主体", default=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="上传人",
    )
    uploaded_at = models.DateTimeField("上传时间")
    compared_at = models.DateTimeField("比对时间", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=ListState.choices, default=ListState.WAITING
    )
    problem = models.CharField("读不了的原因", max_length=300, blank=True, default="")
    rows_read = models.PositiveIntegerField("读到的行", default=0)
    same_count = models.PositiveIntegerField("一致", default=0)
    skipped_count = models.PositiveIntegerField("没有采用的行", default=0)
    #: [[row, name, reason]] of the first lines that were left out
    skipped = models.JSONField("没有采用的行（明细）", default=list, blank=True)
    remarks = models.JSONField("读取说明", default=list, blank=True)
    job = models.ForeignKey(
        Job,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="后台任务",
    )

    objects = ListQuerySet.as_manager()

    class Meta:
        verbose_name = "登记名单"
        verbose_name_plural = "登记名单"
        constraints = [
            models.CheckConstraint(
                name="regulator_list_state_known", condition=Q(state__in=ListState.values)
            ),
            models.CheckConstraint(
                name="regulator_list_failed_says_why",
                condition=~Q(state=ListState.FAILED) | ~Q(problem=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Whether a job reads and compares it at present; needs ``job`` joined."""
        is_waiting = self.state == ListState.WAITING
        return is_waiting and self.job is not None and self.job.status in RUNNING

    @property
    def range_label(self) -> str:
        """Whose entities it names, in words; needs ``unit`` joined."""
        return self.unit.name if self.unit else "全区"


class ActQuerySet(models.QuerySet["ListAct"]):
    """Acts, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """All for the office; those of people of the own unit otherwise, who may take them back."""
        rows = self.filter(listing__in=RegistrationList.objects.visible_to(user))
        return rows if user.scope.everything else rows.filter(owner__in=user.scope.unit_ids)


class ListAct(models.Model):
    """Something done about differences of a list, many at once; it can be taken back for 72 hours."""

    listing = models.ForeignKey(
        RegistrationList, on_delete=models.PROTECT, related_name="acts", verbose_name="名单"
    )
    what = models.CharField("处理", max_length=10, choices=Act.choices)
    #: of MARK for entities that the list does not name
    status = models.CharField("改为", max_length=10, blank=True, default="")
    #: of ADD where a line names no township
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="归到乡镇",
    )
    note = models.CharField("说明", max_length=200, blank=True, default="")
    #: whose unit it is that did it: others of that unit may take it back
    owner = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人单位",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="处理人"
    )
    at = models.DateTimeField("处理时间")
    count = models.PositiveIntegerField("条数")
    done_count = models.PositiveIntegerField("已处理", default=0)
    skipped_count = models.PositiveIntegerField("没有处理", default=0)
    kept_count = models.PositiveIntegerField("撤销时保留", default=0)
    state = models.CharField(
        "状态", max_length=10, choices=ActState.choices, default=ActState.RUNNING
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    job = models.ForeignKey(
        Job,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="后台任务",
    )

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = "名单处理"
        verbose_name_plural = "名单处理"
        constraints = [
            models.CheckConstraint(
                name="regulator_act_state_known", condition=Q(state__in=ActState.values)
            ),
            models.CheckConstraint(name="regulator_act_known", condition=Q(what__in=Act.values)),
            models.CheckConstraint(
                name="regulator_act_status_known",
                condition=Q(status__in=["", *EntityStatus.values]),
            ),
            models.CheckConstraint(
                name="regulator_act_undone_when",
                condition=Q(state=ActState.UNDONE, undone_at__isnull=False)
                | ~Q(state=ActState.UNDONE) & Q(undone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.count} 家"

    @property
    def is_running(self) -> bool:
        """Whether a job works on it at present; needs ``job`` joined."""
        moving = self.state in (ActState.RUNNING, ActState.UNDOING)
        return moving and self.job is not None and self.job.status in RUNNING

    @property
    def is_broken_off(self) -> bool:
        """Whether it stopped half-way and can be continued; needs ``job`` joined."""
        return self.state in (ActState.RUNNING, ActState.UNDOING) and not self.is_running

    def undo_until(self) -> datetime:
        """Return until when it may be taken back."""
        return self.at + UNDO_WINDOW


class ActPiece(models.Model):
    """What taking back a step of an act needs: up to 500 entities, packed and encrypted."""

    act = models.ForeignKey(
        ListAct,
        on_delete=models.PROTECT,
        related_name="pieces",
        verbose_name="处理",
        db_index=False,  # the constraint below begins with it
    )
    position = models.PositiveIntegerField("第几块")
    payload = EncryptedTextField("内容")

    class Meta:
        verbose_name = "名单处理内容"
        verbose_name_plural = "名单处理内容"
        constraints = [
            models.UniqueConstraint(fields=["act", "position"], name="regulator_piece_once")
        ]

    def __str__(self) -> str:
        return f"{self.act_id} {self.position}"


class DifferenceQuerySet(models.QuerySet["Difference"]):
    """Differences, filtered by who asks."""

    def open(self) -> Self:
        """Those that nobody has done anything about."""
        return self.filter(outcome=Outcome.OPEN, act__isnull=True)

    def visible_to(self, user: Actor) -> Self:
        """All for the office; for a township those of its own entities."""
        if not user.has_perm(Permission.COMPARE_REGISTRATION):
            return self.none()
        return self if user.scope.everything else self.filter(unit__in=user.scope.unit_ids)

    def editable_by(self, user: Actor) -> Self:
        """Those about which a person may do something."""
        if not user.has_perm(Permission.EDIT_ENTITIES):
            return self.none()
        return self.visible_to(user)


class Difference(models.Model):
    """One entity about which a list and the registry differ; whom both know alike is only counted."""

    listing = models.ForeignKey(
        RegistrationList,
        on_delete=models.PROTECT,
        related_name="differences",
        verbose_name="名单",
        db_index=False,  # the indexes below begin with it
    )
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="乡镇",
        db_index=False,
    )
    #: an undone import takes its entities away; the line of the list stays
    entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经营主体",
    )
    #: the entity's version when it was compared: whoever was edited since is left alone
    version = models.PositiveIntegerField("比对时的版本", default=0)
    row = models.PositiveIntegerField("名单行号", null=True, blank=True)
    name = models.CharField("名称", max_length=120)
    credit_code = models.CharField("统一社会信用代码", max_length=LONGEST, blank=True, default="")
    status = models.CharField("登记状态", max_length=10, blank=True, default="")
    entity_kind = models.CharField("性质", max_length=12, blank=True, default="")
    principal = models.CharField("负责人", max_length=30, blank=True, default="")
    address = models.CharField("地址", max_length=200, blank=True, default="")
    ended_on = models.DateField("注销、吊销日期", null=True, blank=True)
    #: field → [in the registry, in the list]
    fields = models.JSONField("不同之处", default=dict, blank=True)
    note = models.CharField("说明", max_length=200, blank=True, default="")
    outcome = models.CharField(
        "处理结果", max_length=10, choices=Outcome.choices, default=Outcome.OPEN
    )
    act = models.ForeignKey(
        ListAct,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="differences",
        verbose_name="处理",
    )

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = "登记名单差异"
        verbose_name_plural = "登记名单差异"
        indexes = [
            models.Index(fields=["listing", "kind", "id"], name="regulator_difference_list"),
            models.Index(
                fields=["listing", "unit", "kind", "id"], name="regulator_difference_unit"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="regulator_difference_kind_known", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="regulator_difference_outcome_known", condition=Q(outcome__in=Outcome.values)
            ),
            models.CheckConstraint(
                name="regulator_difference_status_known",
                condition=Q(status__in=["", *EntityStatus.values]),
            ),
            models.CheckConstraint(
                name="regulator_difference_entity_kind_known",
                condition=Q(entity_kind__in=["", *EntityKind.values]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_code(self) -> str:
        """The credit code as lists show it."""
        return mask(self.credit_code)

    @property
    def status_label(self) -> str:
        """The list's state in words; "" where the list says none."""
        return EntityStatus(self.status).label if self.status else ""

    @property
    def kind_label(self) -> str:
        """The entity's kind in words."""
        return EntityKind(self.entity_kind).label if self.entity_kind else ""
