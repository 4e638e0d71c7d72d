"""People of the roster and who stands in for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.core.phones import PhoneField
from apps.roster.fields import InitialsField
from apps.roster.models.units import Unit

#: contact data older than this is marked 待确认 (ux.md §3.3)
STALE_AFTER = timedelta(days=90)


class PersonQuerySet(models.QuerySet["Person"]):
    """People, filtered by who asks."""

    def active(self) -> Self:
        """People still in the roster."""
        return self.filter(is_active=True)

    def visible_to(self, user: Actor) -> Self:
        """Active people for business staff; nobody for the three administrators."""
        return self.active() if user.has_perm(Permission.VIEW_ROSTER) else self.none()

    def editable_by(self, user: Actor) -> Self:
        """People of the units for which a person may act."""
        return self.filter(unit__in=Unit.objects.staffable_by(user))

    def to_confirm(self, *, today: date) -> Self:
        """People whose contact data nobody confirmed within 90 days, or with a dead number."""
        return self.filter(
            Q(confirmed_on__isnull=True)
            | Q(confirmed_on__lt=today - STALE_AFTER)
            | Q(is_mobile_dead=True)
            | Q(is_landline_dead=True)
        )


class Person(models.Model):
    """Somebody of the roster with a work phone: officer, leader, commissioner, expert, liaison."""

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="people", verbose_name="单位"
    )
    name = models.CharField("姓名", max_length=30)
    name_initials = InitialsField("姓名首字母")
    title = models.CharField("职务", max_length=60, blank=True, default="")
    is_division_level = models.BooleanField("处级", default=False)
    mobile = PhoneField("手机", blank=True, default="")
    landline = PhoneField("座机", blank=True, default="")
    is_mobile_dead = models.BooleanField("手机打不通", default=False)
    is_landline_dead = models.BooleanField("座机打不通", default=False)
    contact_changed_on = models.DateField("联系方式更新于", null=True, blank=True)
    confirmed_on = models.DateField("联系方式确认于", null=True, blank=True)
    confirmed_by = models.CharField("确认人", max_length=60, blank=True, default="")
    joined_on = models.DateField("列入名册", null=True, blank=True)
    left_on = models.DateField("离开名册", null=True, blank=True)
    is_active = models.BooleanField("在册", default=True)

    #: filled by ``queries.look_up_contacts`` for pages: the absence of today, and 待确认
    away: Absence | None = None
    to_check = False

    objects = PersonQuerySet.as_manager()
    audit_skip = ("name_initials",)

    class Meta:
        verbose_name = "名册人员"
        verbose_name_plural = "名册人员"
        indexes = [
            models.Index(fields=["unit", "id"], name="roster_person_unit"),
            models.Index(fields=["name"], name="roster_person_name"),
        ]
        constraints = [
            models.CheckConstraint(
                name="roster_person_named",
                condition=~Q(name=""),
                violation_error_message="请填姓名。",
            ),
            models.CheckConstraint(
                name="roster_person_left_iff_inactive",
                condition=Q(is_active=True, left_on__isnull=True)
                | Q(is_active=False, left_on__isnull=False),
                violation_error_message="离开名册的人员要有离开日期。",
            ),
            models.CheckConstraint(
                name="roster_person_confirmed_by_whom",
                condition=Q(confirmed_on__isnull=True, confirmed_by="")
                | Q(confirmed_on__isnull=False) & ~Q(confirmed_by=""),
                violation_error_message="确认联系方式要记下确认人。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_confirmed(self) -> bool:
        """Whether the contact data was ever confirmed: only then is it shown in full."""
        return self.confirmed_on is not None

    def is_stale(self, today: date) -> bool:
        """Whether the contact data should be confirmed (again)."""
        is_old = self.confirmed_on is None or self.confirmed_on < today - STALE_AFTER
        return is_old or self.is_mobile_dead or self.is_landline_dead


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Absences, filtered by who asks."""

    def standing(self) -> Self:
        """Absences that were not called off."""
        return self.filter(cancelled_on__isnull=True)

    def on(self, day: date) -> Self:
        """Standing absences that cover a day."""
        return self.standing().filter(from_on__lte=day, until_on__gte=day)

    def visible_to(self, user: Actor) -> Self:
        """Standing absences, for business staff."""
        return self.standing() if user.has_perm(Permission.VIEW_ROSTER) else self.none()

    def editable_by(self, user: Actor) -> Self:
        """Standing absences of people of the units for which a person may act."""
        units = Unit.objects.staffable_by(user)
        return self.standing().filter(person__unit__in=units)


class Absence(models.Model):
    """Who stands in for somebody who is away, from one day to another (both counted)."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="absences", verbose_name="人员"
    )
    deputy = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="deputy_for", verbose_name="代办人"
    )
    from_on = models.DateField("开始日期")
    until_on = models.DateField("结束日期")
    reason = models.CharField("原因", max_length=60, blank=True, default="")
    cancelled_on = models.DateField("取消于", null=True, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = "代办"
        verbose_name_plural = "代办"
        indexes = [models.Index(fields=["person", "until_on"], name="roster_absence_person")]
        constraints = [
            models.CheckConstraint(
                name="roster_absence_dates_in_order",
                condition=Q(until_on__gte=F("from_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="roster_absence_not_self",
                condition=~Q(deputy=F("person")),
                violation_error_message="代办人不能是本人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.from_on} 至 {self.until_on}"
