"""Suspected duplicates and what was merged; nothing merges by itself (decisions.md 26)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.registry.choices import Reason, Verdict
from apps.registry.models.entity import BusinessEntity


class CandidateQuerySet(models.QuerySet["MergeCandidate"]):
    """Suspicions, filtered by who asks."""

    def open(self) -> Self:
        """Pairs that nobody has decided on, of entities that are still live."""
        return self.filter(
            verdict=Verdict.OPEN,
            first__merged_into__isnull=True,
            second__merged_into__isnull=True,
        )

    def visible_to(self, user: Actor) -> Self:
        """Pairs of which a person may decide: both of the own township, or any for the office."""
        if not user.has_perm(Permission.MERGE_ENTITIES):
            return self.none()
        if user.scope.everything:
            return self.all()
        units = user.scope.unit_ids
        return self.filter(first__unit__in=units, second__unit__in=units)


class MergeCandidate(models.Model):
    """Two entities that may be one; ``first`` is the older."""

    first = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name="先登记的"
    )
    second = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name="后登记的"
    )
    reason = models.CharField("依据", max_length=8, choices=Reason.choices)
    found_at = models.DateTimeField("发现时间")
    verdict = models.CharField("结论", max_length=10, choices=Verdict.choices, default=Verdict.OPEN)
    decided_at = models.DateTimeField("核对时间", null=True, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = "疑似重复"
        verbose_name_plural = "疑似重复"
        indexes = [models.Index(fields=["verdict", "id"], name="registry_candidate_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="registry_candidate_once",
                violation_error_message="这一对已经在核对队列里。",
            ),
            models.CheckConstraint(
                name="registry_candidate_in_order",
                condition=Q(first__lt=F("second")),
                violation_error_message="疑似重复的两家应按登记先后排列。",
            ),
            models.CheckConstraint(
                name="registry_candidate_reason_known", condition=Q(reason__in=Reason.values)
            ),
            models.CheckConstraint(
                name="registry_candidate_decided",
                condition=Q(verdict=Verdict.OPEN, decided_at__isnull=True)
                | Q(verdict__in=[Verdict.MERGED, Verdict.DIFFERENT], decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} 与 {self.second_id}"


class MergeQuerySet(models.QuerySet["Merge"]):
    """Merges, filtered by who asks."""

    def standing(self) -> Self:
        """Merges that were not undone."""
        return self.filter(undone_at__isnull=True)

    def visible_to(self, user: Actor) -> Self:
        """Merges that a person could have made."""
        if not user.has_perm(Permission.MERGE_ENTITIES):
            return self.none()
        if user.scope.everything:
            return self.all()
        units = user.scope.unit_ids
        return self.filter(kept__unit__in=units, absorbed__unit__in=units)


class Merge(models.Model):
    """One entity taken into another, with everything that undoing it needs."""

    kept = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="merges", verbose_name="保留的"
    )
    absorbed = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name="并入的"
    )
    at = models.DateTimeField("合并时间")
    who = models.CharField("合并人", max_length=60, blank=True, default="")
    #: {"fields": {name: value filled}, "contacts": [pk], "labels": [pk], "followers": {name: data}}
    moved = models.JSONField("移动的内容", default=dict)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = "合并记录"
        verbose_name_plural = "合并记录"
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=Q(undone_at__isnull=True),
                name="registry_merge_once",
                violation_error_message="这一家已经并入别的主体。",
            ),
            models.CheckConstraint(name="registry_merge_of_two", condition=~Q(kept=F("absorbed"))),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} 并入 {self.kept_id}"
