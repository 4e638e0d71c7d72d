"""The 1+X expert pool (plan one (二))."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.roster.choices import ExpertRank
from apps.roster.models.coverage import covered
from apps.roster.models.people import Person
from apps.roster.models.units import Category, Unit


class ExpertQuerySet(models.QuerySet["Expert"]):
    """Commissioners and experts, filtered by who asks."""

    def current(self) -> Self:
        """Appointments that have not ended."""
        return self.filter(until_on__isnull=True)

    def visible_to(self, user: Actor) -> Self:
        """Current appointments, for business staff."""
        if not user.has_perm(Permission.VIEW_ROSTER):
            return self.none()
        return self.current().filter(unit__is_active=True)

    def editable_by(self, user: Actor) -> Self:
        """Current appointments of the own unit, or all."""
        condition = covered(user, Permission.EDIT_EXPERTS, "unit")
        return self.none() if condition is None else self.current().filter(condition)


class Expert(models.Model):
    """A commissioner (the “1”) or an expert (an “X”) of a department's pool (plan one (二))."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="appointments", verbose_name="人员"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="experts", verbose_name="部门"
    )
    rank = models.CharField("身份", max_length=15, choices=ExpertRank.choices)
    matters = models.ManyToManyField(
        Category, related_name="experts", blank=True, verbose_name="可答复的类目"
    )
    matters_note = models.CharField("业务专长", max_length=200, blank=True, default="")
    since_on = models.DateField("选派日期")
    until_on = models.DateField("结束日期", null=True, blank=True)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        verbose_name = "专员与专家"
        verbose_name_plural = "“1+X”专家库"
        indexes = [models.Index(fields=["unit", "rank", "id"], name="roster_expert_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(rank=ExpertRank.COMMISSIONER, until_on__isnull=True),
                name="roster_expert_one_commissioner",
                violation_error_message="每个部门只能有一名在任专员。",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(until_on__isnull=True),
                name="roster_expert_person_once",
                violation_error_message="此人已在专家库中。",
            ),
            models.CheckConstraint(
                name="roster_expert_rank_known", condition=Q(rank__in=ExpertRank.values)
            ),
            models.CheckConstraint(
                name="roster_expert_dates_in_order",
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("since_on")),
                violation_error_message="结束日期不能早于选派日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}（{self.get_rank_display()}）"
