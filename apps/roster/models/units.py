"""Units and categories: the reference data of the roster."""

from __future__ import annotations

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.roster.choices import TEAM_KINDS, NameCheck, UnitKind
from apps.roster.fields import InitialsField
from apps.roster.models.coverage import covered

CODE_RULE = RegexValidator(r"^[a-z0-9_-]+$", "编码只能用小写字母、数字、短横线。")


class UnitQuerySet(models.QuerySet["Unit"]):
    """Units, filtered by who asks."""

    def active(self) -> Self:
        """Units in use."""
        return self.filter(is_active=True)

    def visible_to(self, user: Actor) -> Self:
        """Active units; they are reference data, so those who keep units see them too."""
        if user.has_perm(Permission.VIEW_ROSTER) or user.has_perm(Permission.EDIT_UNITS):
            return self.active()
        return self.none()

    def editable_by(self, user: Actor) -> Self:
        """Units whose entry a person may change (reference data: no narrower scope)."""
        return self if user.has_perm(Permission.EDIT_UNITS) else self.none()

    def with_team(self) -> Self:
        """The 28 townships, subdistrict and development zone."""
        return self.filter(kind__in=TEAM_KINDS)

    def with_experts(self) -> Self:
        """Units that keep an expert pool."""
        return self.filter(has_expert_pool=True)

    def staffable_by(self, user: Actor) -> Self:
        """Active units for whose people a person may act."""
        teams = covered(user, Permission.EDIT_TEAM, "pk")
        pools = covered(user, Permission.EDIT_EXPERTS, "pk")
        condition = Q(pk__in=[])
        if teams is not None:
            condition |= Q(kind__in=TEAM_KINDS) & teams
        if pools is not None:
            condition |= ~Q(kind__in=TEAM_KINDS) & pools
        return self.active().filter(condition)


class Unit(models.Model):
    """A township, a department, or another member unit of the special group."""

    code = models.CharField(
        "编码",
        max_length=30,
        unique=True,
        validators=[CODE_RULE],
        help_text="乡镇街道用统计用区划代码，部门用英文短码；建好后不再改。",
    )
    name = models.CharField("简称", max_length=40, unique=True)
    full_name = models.CharField("全称", max_length=80, blank=True, default="")
    kind = models.CharField("类型", max_length=20, choices=UnitKind.choices)
    aliases = models.JSONField("曾用名与别名", default=list, blank=True)
    duties = models.CharField("涉企职责", max_length=500, blank=True, default="")
    name_check = models.CharField(
        "名称核对", max_length=1, choices=NameCheck.choices, default=NameCheck.PENDING
    )
    in_task_force = models.BooleanField("列入区级专项组", null=True, blank=True)
    is_member_unit = models.BooleanField("成员单位", null=True, blank=True)
    has_expert_pool = models.BooleanField("有专家人才库", default=False)
    is_hub = models.BooleanField("区级运行中枢", default=False)
    is_office = models.BooleanField("区营商环境办", default=False)
    is_active = models.BooleanField("启用", default=True)
    order = models.PositiveSmallIntegerField("排列顺序", default=500)
    name_initials = InitialsField("简称首字母")
    liaison = models.ForeignKey(
        "roster.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="liaison_of",
        verbose_name="联络员",
    )

    objects = UnitQuerySet.as_manager()
    #: the aliases are recorded by the action, as words
    audit_skip = ("name_initials", "aliases")

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        indexes = [models.Index(fields=["order", "id"], name="roster_unit_order")]
        constraints = [
            models.CheckConstraint(
                name="roster_unit_kind_known",
                condition=Q(kind__in=UnitKind.values),
                violation_error_message="请选单位类型。",
            ),
            models.CheckConstraint(
                name="roster_unit_name_check_known", condition=Q(name_check__in=NameCheck.values)
            ),
            models.CheckConstraint(
                name="roster_unit_named",
                condition=~Q(name="") & ~Q(code=""),
                violation_error_message="请填单位简称和编码。",
            ),
            models.UniqueConstraint(
                fields=["is_hub"],
                condition=Q(is_hub=True),
                name="roster_unit_one_hub",
                violation_error_message="区级运行中枢只能有一个，请先取消原来的。",
            ),
            models.UniqueConstraint(
                fields=["is_office"],
                condition=Q(is_office=True),
                name="roster_unit_one_office",
                violation_error_message="区营商环境办只能有一个，请先取消原来的。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_team(self) -> bool:
        """Whether the unit is one of the 28 with a service team."""
        return self.kind in TEAM_KINDS


class CategoryQuerySet(models.QuerySet["Category"]):
    """Categories, filtered by who asks."""

    def active(self) -> Self:
        """Categories in use."""
        return self.filter(is_active=True)

    def visible_to(self, user: Actor) -> Self:
        """Active categories: reference data, as units are."""
        if user.has_perm(Permission.VIEW_ROSTER) or user.has_perm(Permission.EDIT_UNITS):
            return self.active()
        return self.none()

    def editable_by(self, user: Actor) -> Self:
        """All categories for those who keep the reference data."""
        return self if user.has_perm(Permission.EDIT_UNITS) else self.none()


class Category(models.Model):
    """A kind of request (19 groups, 70 below them); says which unit usually leads."""

    code = models.CharField("编码", max_length=8, unique=True, validators=[CODE_RULE])
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="上级类目",
    )
    default_lead = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lead_categories",
        verbose_name="默认主办单位",
    )
    order = models.PositiveSmallIntegerField("排列顺序", default=500)
    is_active = models.BooleanField("启用", default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = "诉求类目"
        verbose_name_plural = "诉求类目"
        indexes = [models.Index(fields=["order", "id"], name="roster_category_order")]
        constraints = [
            models.CheckConstraint(
                name="roster_category_not_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                violation_error_message="上级类目不能是自己。",
            ),
            models.CheckConstraint(
                name="roster_category_named",
                condition=~Q(name="") & ~Q(code=""),
                violation_error_message="请填类目的编码和名称。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
