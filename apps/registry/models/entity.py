"""Business entities, their labels and contacts (domain.md §3.1)."""

from __future__ import annotations

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.core.phones import PhoneField
from apps.registry import links
from apps.registry.choices import GONE, EntityKind, EntityStatus, Industry, Source
from apps.registry.codes import LONGEST, mask
from apps.roster.fields import InitialsField
from apps.roster.models import Unit, Zone


class LabelQuerySet(models.QuerySet["EntityLabel"]):
    """Labels, filtered by who asks."""

    def active(self) -> Self:
        """Labels in use."""
        return self.filter(is_active=True)

    def visible_to(self, user: Actor) -> Self:
        """Labels in use: a dictionary, open to everybody who sees entities or keeps it."""
        codes = (Permission.VIEW_ENTITIES, Permission.VIEW_CASE_ENTITIES, Permission.EDIT_UNITS)
        return self.active() if any(user.has_perm(code) for code in codes) else self.none()


class EntityLabel(models.Model):
    """A label such as 规上工业 or 专精特新; a dictionary that can be kept."""

    code = models.CharField(
        "编码", max_length=30, unique=True, validators=[RegexValidator(r"^[a-z0-9_-]+$")]
    )
    name = models.CharField("名称", max_length=30, unique=True)
    group = models.CharField("分组", max_length=20)
    order = models.PositiveSmallIntegerField("排列顺序", default=500)
    is_active = models.BooleanField("启用", default=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        verbose_name = "主体标签"
        verbose_name_plural = "主体标签"
        constraints = [
            models.CheckConstraint(name="registry_label_named", condition=~Q(name="") & ~Q(code=""))
        ]

    def __str__(self) -> str:
        return self.name


class EntityQuerySet(models.QuerySet["BusinessEntity"]):
    """Entities, filtered by who asks."""

    def live(self) -> Self:
        """Entities that were not merged into another."""
        return self.filter(merged_into__isnull=True)

    def present(self) -> Self:
        """Live entities that have neither been struck off nor moved away."""
        return self.live().exclude(status__in=GONE)

    def active(self) -> Self:
        """在册: live and in business; what K25 and K26 count."""
        return self.live().filter(status=EntityStatus.ACTIVE)

    def visible_to(self, user: Actor) -> Self:
        """Those of the own township, all for hub and office, those of the own cases otherwise."""
        condition = Q(pk__in=[])
        if user.has_perm(Permission.VIEW_ENTITIES):
            if user.scope.everything:
                return self.all()
            condition |= Q(unit__in=user.scope.unit_ids)
        if user.has_perm(Permission.VIEW_CASE_ENTITIES):
            for pks in links.case_sources(user):
                condition |= Q(pk__in=pks)
        return self.filter(condition)

    def editable_by(self, user: Actor) -> Self:
        """Live entities of the own township, or all for the office."""
        if not user.has_perm(Permission.EDIT_ENTITIES):
            return self.none()
        found = self.live()
        return found if user.scope.everything else found.filter(unit__in=user.scope.unit_ids)


class BusinessEntity(models.Model):
    """An enterprise, an individual business or a cooperative of one township.

    The same entity is known by its credit code, else by township and ``name_key``
    (decisions.md 26). Namesakes that are truly different get a ``twin_no``. A merged entity stays
    and points at the one that was kept.
    """

    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        related_name="entities",
        verbose_name="所属乡镇",
        db_index=False,  # the indexes below begin with it
    )
    zone = models.ForeignKey(
        Zone,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entities",
        verbose_name="片区",
        db_index=False,
    )
    name = models.CharField("名称", max_length=120)
    name_key = models.CharField("名称（去重形式）", max_length=240, editable=False)
    name_initials = InitialsField("名称首字母")
    twin_no = models.PositiveSmallIntegerField("同名序号", default=0, editable=False)
    kind = models.CharField(
        "性质", max_length=12, choices=EntityKind.choices, blank=True, default=""
    )
    principal = models.CharField("负责人", max_length=30, blank=True, default="")
    address = models.CharField("经营地址", max_length=200, blank=True, default="")
    credit_code = models.CharField("统一社会信用代码", max_length=LONGEST, blank=True, default="")
    has_bad_code = models.BooleanField("信用代码待核", default=False, editable=False)
    industry = models.CharField(
        "行业门类", max_length=1, choices=Industry.choices, blank=True, default=""
    )
    labels = models.ManyToManyField(
        EntityLabel, blank=True, related_name="entities", verbose_name="标签"
    )
    status = models.CharField(
        "状态", max_length=10, choices=EntityStatus.choices, default=EntityStatus.ACTIVE
    )
    status_on = models.DateField("状态日期", null=True, blank=True)
    status_note = models.CharField("状态说明", max_length=200, blank=True, default="")
    #: field → [source, ISO date]: where each fact comes from
    sources = models.JSONField("各项来源", default=dict, editable=False)
    #: kept with the contacts, so that lists and counts need not look them up
    has_phone = models.BooleanField("有有效电话", default=False, editable=False)
    has_dead_phone = models.BooleanField("有停机号码", default=False, editable=False)
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    created_at = models.DateTimeField("登记时间", editable=False)
    changed_at = models.DateTimeField("最近变动", editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="absorbed",
        verbose_name="合并到",
        editable=False,
        db_index=False,  # nearly all are empty: see the partial index
    )

    objects = EntityQuerySet.as_manager()
    audit_skip = (
        "name_key",
        "name_initials",
        "sources",
        "version",
        "created_at",
        "changed_at",
        "has_phone",
        "has_dead_phone",
        "has_bad_code",
    )

    class Meta:
        verbose_name = "经营主体"
        verbose_name_plural = "经营主体"
        indexes = [
            models.Index(fields=["unit", "id"], name="registry_entity_unit"),
            models.Index(fields=["zone", "id"], name="registry_entity_zone"),
            models.Index(fields=["unit", "principal"], name="registry_entity_principal"),
            models.Index(fields=["changed_at", "id"], name="registry_entity_changed"),
            models.Index(
                fields=["credit_code"], condition=~Q(credit_code=""), name="registry_entity_code"
            ),
            # a whole one tempts the planners to read every live row through it
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="registry_entity_absorbed",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name_key", "twin_no"],
                condition=Q(merged_into__isnull=True),
                name="registry_entity_once",
                violation_error_message="本单位已有同名的经营主体。",
            ),
            models.CheckConstraint(
                name="registry_entity_named",
                condition=~Q(name="") & ~Q(name_key=""),
                violation_error_message="请填经营主体名称。",
            ),
            models.CheckConstraint(
                name="registry_entity_kind_known", condition=Q(kind__in=["", *EntityKind.values])
            ),
            models.CheckConstraint(
                name="registry_entity_status_known", condition=Q(status__in=EntityStatus.values)
            ),
            models.CheckConstraint(
                name="registry_entity_industry_known",
                condition=Q(industry__in=["", *Industry.values]),
            ),
            models.CheckConstraint(
                name="registry_entity_status_dated",
                condition=Q(status=EntityStatus.ACTIVE) | Q(status_on__isnull=False),
                violation_error_message="请填状态变化的日期。",
            ),
            models.CheckConstraint(
                name="registry_entity_not_into_itself", condition=~Q(merged_into=F("id"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_code(self) -> str:
        """The credit code as lists show it."""
        return mask(self.credit_code)

    @property
    def is_live(self) -> bool:
        """Whether the entity was not merged into another."""
        return self.merged_into_id is None


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """Contacts of the entities that a person sees."""
        return self.filter(entity__in=BusinessEntity.objects.visible_to(user))

    def editable_by(self, user: Actor) -> Self:
        """Contacts of the entities that a person may change."""
        return self.filter(entity__in=BusinessEntity.objects.editable_by(user))


class Contact(models.Model):
    """A phone of an entity, whose it is, and whether it still answers."""

    entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="contacts",
        verbose_name="经营主体",
        db_index=False,  # the constraint below begins with it
    )
    name = models.CharField("联系人", max_length=30, blank=True, default="")
    phone = PhoneField("电话")
    order = models.PositiveSmallIntegerField("排列顺序", default=0)
    is_dead = models.BooleanField("停机", default=False)
    dead_on = models.DateField("停机标记于", null=True, blank=True)
    source = models.CharField("来源", max_length=12, choices=Source.choices, default=Source.MANUAL)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "联系方式"
        verbose_name_plural = "联系方式"
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "phone_index"],
                name="registry_contact_once",
                violation_error_message="这个号码已经登记过。",
            ),
            models.CheckConstraint(
                name="registry_contact_source_known", condition=Q(source__in=Source.values)
            ),
            models.CheckConstraint(
                name="registry_contact_dead_dated",
                condition=Q(is_dead=False, dead_on__isnull=True)
                | Q(is_dead=True, dead_on__isnull=False),
                violation_error_message="停机的号码要有标记日期。",
            ),
            models.CheckConstraint(name="registry_contact_numbered", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return f"{self.entity}的联系方式"
