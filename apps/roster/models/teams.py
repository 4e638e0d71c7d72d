"""The 28 service teams, their zones and officers (plan one (三), Appendix 1)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.roster.models.coverage import covered
from apps.roster.models.people import Person
from apps.roster.models.units import Unit


class TeamQuerySet(models.QuerySet["Team"]):
    """Teams, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """Teams of active units for business staff."""
        if not user.has_perm(Permission.VIEW_ROSTER):
            return self.none()
        return self.filter(unit__is_active=True)

    def editable_by(self, user: Actor) -> Self:
        """The own unit's team, or all."""
        condition = covered(user, Permission.EDIT_TEAM, "unit")
        return self.none() if condition is None else self.filter(condition, unit__is_active=True)


class Team(models.Model):
    """One of the 28 service teams (plan one (三)), led by somebody of division level."""

    unit = models.OneToOneField(
        Unit, on_delete=models.PROTECT, related_name="team", verbose_name="单位"
    )
    leader = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="led_teams",
        verbose_name="负责人",
    )
    note = models.CharField("说明", max_length=300, blank=True, default="")

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = "为企服务队伍"
        verbose_name_plural = "为企服务队伍"

    def __str__(self) -> str:
        return f"{self.unit.name}为企服务队伍"


class ZoneQuerySet(models.QuerySet["Zone"]):
    """Zones, filtered by who asks."""

    def active(self) -> Self:
        """Zones in use."""
        return self.filter(is_active=True)

    def visible_to(self, user: Actor) -> Self:
        """Zones in use, for business staff."""
        return self.active() if user.has_perm(Permission.VIEW_ROSTER) else self.none()

    def editable_by(self, user: Actor) -> Self:
        """Zones in use of the own unit, or all."""
        condition = covered(user, Permission.EDIT_TEAM, "unit")
        return self.none() if condition is None else self.active().filter(condition)


class Zone(models.Model):
    """A part of a township: where it ends, how many entities, who serves them (Appendix 1)."""

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="zones", verbose_name="单位"
    )
    name = models.CharField("片区名称", max_length=40)
    order = models.PositiveSmallIntegerField("排列顺序", default=0)
    boundary = models.TextField("划分片区范围", blank=True, default="", max_length=2000)
    reported_count = models.PositiveIntegerField("经营主体数量（报送）", null=True, blank=True)
    is_active = models.BooleanField("启用", default=True)

    objects = ZoneQuerySet.as_manager()

    class Meta:
        verbose_name = "片区"
        verbose_name_plural = "片区"
        indexes = [models.Index(fields=["unit", "order", "id"], name="roster_zone_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                condition=Q(is_active=True),
                name="roster_zone_name_once",
                violation_error_message="本单位已有同名片区，请换一个名称。",
            ),
            models.CheckConstraint(
                name="roster_zone_named",
                condition=~Q(name=""),
                violation_error_message="请填片区名称。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfficerQuerySet(models.QuerySet["Officer"]):
    """Posts of officers, filtered by who asks."""

    def current(self) -> Self:
        """Posts that have not ended."""
        return self.filter(until_on__isnull=True)

    def visible_to(self, user: Actor) -> Self:
        """Current posts in active zones, for business staff."""
        if not user.has_perm(Permission.VIEW_ROSTER):
            return self.none()
        return self.current().filter(zone__is_active=True)

    def editable_by(self, user: Actor) -> Self:
        """Current posts in the own unit's zones, or all."""
        condition = covered(user, Permission.EDIT_TEAM, "zone__unit")
        return self.none() if condition is None else self.current().filter(condition)


class Officer(models.Model):
    """A person serves a zone from a day until another; ended posts stay as history."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="posts", verbose_name="人员"
    )
    zone = models.ForeignKey(
        Zone, on_delete=models.PROTECT, related_name="officers", verbose_name="片区"
    )
    since_on = models.DateField("开始日期")
    until_on = models.DateField("结束日期", null=True, blank=True)
    village_reason = models.CharField(
        "例外理由",
        max_length=200,
        blank=True,
        default="",
        help_text="方案一（三）要求不得转嫁摊派至村（社区）工作人员；确需例外时写明理由。",
    )

    #: filled by views: the soft warning for the post
    advice = ""

    objects = OfficerQuerySet.as_manager()

    class Meta:
        verbose_name = "为企服务人员"
        verbose_name_plural = "为企服务人员"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "zone"],
                condition=Q(until_on__isnull=True),
                name="roster_officer_once",
                violation_error_message="此人已在本片区服务。",
            ),
            models.CheckConstraint(
                name="roster_officer_dates_in_order",
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("since_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}（{self.zone}）"
