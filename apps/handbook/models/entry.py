"""Entries with their working copy, the versions that were published, and the terms to find them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.handbook.choices import DraftState, EntryStatus
from apps.roster.fields import InitialsField
from apps.roster.models import Category, Unit

#: the responsible unit is told so long before the day of review (domain.md §3.5)
REMIND_BEFORE = timedelta(days=15)
EXAMPLE_LINE = "示例条目，以主管部门最新规定为准。"
#: the fields that make up what an entry says: the working copy and every version have them
CONTENT = (
    *("category", "unit", "question", "similar", "short_answer", "answer", "conditions"),
    *("materials", "steps", "time_limit", "fee", "place", "online", "phone", "basis"),
    *("effective_on", "is_example"),
)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


class EntryContent(models.Model):
    """What an entry says. Lists (similar questions, materials, steps, basis) have a line a piece."""

    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="+", verbose_name="类目"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name="责任部门"
    )
    question = models.CharField("标准问", max_length=80)
    similar = models.CharField("相似问", max_length=320, blank=True, default="")
    short_answer = models.CharField("一句话答案", max_length=150, blank=True, default="")
    answer = models.CharField("书面答复", max_length=2000, blank=True, default="")
    conditions = models.CharField("条件", max_length=1000, blank=True, default="")
    materials = models.CharField("材料", max_length=1000, blank=True, default="")
    steps = models.CharField("流程", max_length=1000, blank=True, default="")
    time_limit = models.CharField("时限", max_length=120, blank=True, default="")
    fee = models.CharField("收费", max_length=120, blank=True, default="")
    place = models.CharField("地点和时间", max_length=200, blank=True, default="")
    online = models.CharField("线上入口", max_length=200, blank=True, default="")
    phone = models.CharField("咨询电话", max_length=60, blank=True, default="")
    basis = models.CharField("政策依据", max_length=1000, blank=True, default="")
    effective_on = models.DateField("生效日", null=True, blank=True)
    is_example = models.BooleanField("示例条目", default=False)

    class Meta:
        abstract = True

    @property
    def similar_list(self) -> list[str]:
        """The similar questions."""
        return _lines(self.similar)

    @property
    def condition_list(self) -> list[str]:
        """The conditions, one a line."""
        return _lines(self.conditions)

    @property
    def material_list(self) -> list[str]:
        """The papers to bring, one a line."""
        return _lines(self.materials)

    @property
    def step_list(self) -> list[str]:
        """The steps, one a line."""
        return _lines(self.steps)

    @property
    def basis_list(self) -> list[str]:
        """What the answer rests on, one a line."""
        return _lines(self.basis)

    def reply_text(self) -> str:
        """Return the text that goes into an answer: what, then the basis; an example says so."""
        parts = [self.answer or self.short_answer]
        if self.basis:
            parts.append(f"依据：{'；'.join(self.basis_list)}。")
        if self.is_example:
            parts.append(EXAMPLE_LINE)
        return "\n".join(parts)

    def content(self) -> dict[str, Any]:
        """Return the values of :data:`CONTENT`."""
        return {name: getattr(self, name) for name in CONTENT}


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries, filtered by who asks."""

    def published(self) -> Self:
        """Entries that readers see."""
        return self.filter(status=EntryStatus.PUBLISHED)

    def with_draft(self) -> Self:
        """Entries whose working copy differs from what is published."""
        return self.exclude(draft_state=DraftState.NONE)

    def _own(self, user: Actor, *permissions: Permission) -> Self:
        """Entries of the units that a person works with, given any of the permissions."""
        if not any(user.has_perm(one) for one in permissions):
            return self.none()
        return self if user.scope.everything else self.filter(unit_id__in=user.scope.unit_ids)

    def editable_by(self, user: Actor) -> Self:
        """Entries a person may write: the own department's, all for the office (domain.md §8)."""
        return self._own(user, Permission.EDIT_HANDBOOK)

    def checkable_by(self, user: Actor) -> Self:
        """Entries whose drafts a person may check: the own department's, for the commissioner."""
        return self._own(user, Permission.CHECK_HANDBOOK)

    def publishable_by(self, user: Actor) -> Self:
        """Entries a person may publish and withdraw: all, for the head of the office."""
        return self._own(user, Permission.PUBLISH_HANDBOOK)

    def workable_by(self, user: Actor) -> Self:
        """Entries whose drafts a person has to do with."""
        return self._own(
            user,
            Permission.EDIT_HANDBOOK,
            Permission.CHECK_HANDBOOK,
            Permission.PUBLISH_HANDBOOK,
        )

    def visible_to(self, user: Actor) -> Self:
        """Published entries for business staff; drafts and withdrawn ones for who works on them."""
        if not user.has_perm(Permission.VIEW_HANDBOOK):
            return self.none()
        own = self.model._default_manager.all()
        return self.filter(
            Q(status=EntryStatus.PUBLISHED) | Q(pk__in=own.workable_by(user).values("pk"))
        )

    def to_review(self, *, today: date) -> Self:
        """Published entries whose day of review is past or within the notice time."""
        return self.published().filter(review_on__lte=today + REMIND_BEFORE)


class Entry(EntryContent):
    """One question of the handbook (domain.md §3.5).

    The fields of :class:`EntryContent` are the working copy; readers see ``current``, the version
    published last.
    """

    number = models.CharField("编号", max_length=12, unique=True)
    status = models.CharField(
        "状态", max_length=10, choices=EntryStatus.choices, default=EntryStatus.DRAFT
    )
    draft_state = models.CharField(
        "草稿状态", max_length=10, choices=DraftState.choices, default=DraftState.EDITING
    )
    draft_by = models.CharField("草稿修改人", max_length=60, blank=True, default="")
    draft_at = models.DateTimeField("草稿修改时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修改次数", default=0)
    current = models.OneToOneField(
        "handbook.EntryVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="current_of",
        verbose_name="现行版本",
    )
    review_on = models.DateField("复核日", null=True, blank=True)
    reminded_for = models.DateField("已提醒的复核日", null=True, blank=True)
    plain = models.TextField("检索文本", blank=True, default="")
    question_initials = InitialsField("标准问首字母", source="question")

    objects = EntryQuerySet.as_manager()
    audit_skip = (
        *("plain", "question_initials", "revision", "draft_at", "draft_by", "reminded_for"),
    )

    class Meta:
        verbose_name = "手册条目"
        verbose_name_plural = "手册条目"
        indexes = [
            models.Index(fields=["category", "status"], name="handbook_entry_category"),
            models.Index(fields=["unit", "status"], name="handbook_entry_unit"),
            models.Index(
                fields=["review_on"],
                name="handbook_entry_review",
                condition=Q(status=EntryStatus.PUBLISHED),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="handbook_entry_status_known", condition=Q(status__in=EntryStatus.values)
            ),
            models.CheckConstraint(
                name="handbook_entry_draft_known", condition=Q(draft_state__in=DraftState.values)
            ),
            models.CheckConstraint(
                name="handbook_entry_asks",
                condition=~Q(question="") & ~Q(number=""),
                violation_error_message="请填标准问。",
            ),
            models.CheckConstraint(
                name="handbook_entry_published_has_version",
                condition=Q(status=EntryStatus.DRAFT, current__isnull=True)
                | Q(status=EntryStatus.PUBLISHED, current__isnull=False, review_on__isnull=False)
                | Q(status=EntryStatus.WITHDRAWN),
                violation_error_message="已发布的条目要有现行版本和复核日。",
            ),
            models.CheckConstraint(
                name="handbook_entry_without_draft_has_version",
                condition=~Q(draft_state=DraftState.NONE) | Q(current__isnull=False),
                violation_error_message="没有发布过的条目只有草稿。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.question}"

    @property
    def shown(self) -> EntryContent:
        """What a reader sees: the current version; the working copy before the first one."""
        return self.current or self

    @property
    def has_draft(self) -> bool:
        """Whether the working copy waits to become a version."""
        return self.draft_state != DraftState.NONE

    def needs_review(self, today: date) -> bool:
        """Whether the day of review is past or near."""
        return (
            self.status == EntryStatus.PUBLISHED
            and self.review_on is not None
            and self.review_on <= today + REMIND_BEFORE
        )


class EntryVersionQuerySet(models.QuerySet["EntryVersion"]):
    """Versions, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """All versions of the entries that a person may see."""
        return self.filter(entry__in=Entry.objects.visible_to(user))


class EntryVersion(EntryContent):
    """What an entry said from one day on. Written once, never changed: tickets quote it."""

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="versions", verbose_name="条目"
    )
    number = models.PositiveIntegerField("版本")
    note = models.CharField("修订说明", max_length=200, blank=True, default="")
    published_at = models.DateTimeField("发布时间")
    published_by = models.CharField("发布人", max_length=60)

    objects = EntryVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "条目版本"
        verbose_name_plural = "条目版本"
        indexes = [models.Index(fields=["-published_at", "-id"], name="handbook_version_latest")]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="handbook_version_once"),
            models.CheckConstraint(
                name="handbook_version_complete",
                condition=~Q(question="") & ~Q(short_answer="") & ~Q(answer="") & Q(number__gte=1),
                violation_error_message="发布前要填标准问、一句话答案和书面答复。",
            ),
            models.CheckConstraint(
                name="handbook_version_in_force",
                condition=Q(effective_on__isnull=False),
                violation_error_message="请填生效日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}（第 {self.number} 版）"


class EntryTermQuerySet(models.QuerySet["EntryTerm"]):
    """Terms of the published entries."""

    def visible_to(self, user: Actor) -> Self:
        """Terms of the entries that a person may see."""
        return self.filter(entry__in=Entry.objects.visible_to(user))


class EntryTerm(models.Model):
    """A pair of characters in a published entry; ``weight`` says how much it tells (1 to 5)."""

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="terms", verbose_name="条目"
    )
    term = models.CharField("字对", max_length=2)
    weight = models.PositiveSmallIntegerField("分量")

    objects = EntryTermQuerySet.as_manager()

    class Meta:
        verbose_name = "检索字对"
        verbose_name_plural = "检索字对"
        indexes = [models.Index(fields=["term", "weight", "entry"], name="handbook_term_lookup")]
        constraints = [
            models.UniqueConstraint(F("entry"), F("term"), name="handbook_term_once"),
        ]

    def __str__(self) -> str:
        return self.term
