"""Doors: units and categories, kept by those who keep the reference data."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from apps.audit.queries import Line
from apps.audit.windows import ActionAdmin, ActionForm
from apps.core.permissions import Permission
from apps.roster import actions
from apps.roster.forms import UnitForm, unit_initial
from apps.roster.models import Category, Unit


class UnitAdminForm(ActionForm):
    """The unit page's own fields and checks, within the admin."""

    class Meta:
        model = Unit
        fields = ("order",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = self.instance if self.instance.pk else None
        order = self.fields.pop("order")
        self.fields.update(UnitForm(unit=present).fields)
        self.fields["order"] = order
        first = {"kind": "OTHER", "name_check": "B", "is_active": True}
        for name, value in (unit_initial(present) if present else first).items():
            self.initial.setdefault(name, value)

    clean_aliases = UnitForm.clean_aliases
    clean_in_task_force = UnitForm.clean_in_task_force
    clean_is_member_unit = UnitForm.clean_is_member_unit
    _flag = UnitForm._flag

    def run(self) -> Unit:
        """Add or change the unit."""
        unit = Unit.objects.get(pk=self.instance.pk) if self.instance.pk else None
        return actions.save_unit(
            unit=unit, by=self.request.user, now=timezone.now(), **self.cleaned_data
        )


@admin.register(Unit)
class UnitAdmin(ActionAdmin):
    """Units with their flags; a unit is closed, never deleted."""

    may_view = may_change = Permission.EDIT_UNITS
    form = UnitAdminForm
    list_display = (
        *("name", "kind", "code", "is_member_unit", "in_task_force"),
        *("has_expert_pool", "name_check", "is_active", "order"),
    )
    list_filter = ("kind", "is_member_unit", "in_task_force", "has_expert_pool", "name_check")
    search_fields = ("name", "full_name", "name_initials", "code", "duties")
    search_help_text = "名称、职责、编码或拼音首字母"
    ordering = ("order", "pk")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form's own fields; it is not made from the model's."""
        return list(UnitAdminForm(instance=obj).fields)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The model gives one field only, the rest is the form's own."""
        return super().get_form(request, obj, change, **{**kwargs, "fields": ("order",)})

    def history_of(self, request: HttpRequest, found: Any) -> list[Line]:
        """Without the lines that name people, for those who see no people."""
        lines = super().history_of(request, found)
        if request.user.has_perm(Permission.VIEW_ROSTER):
            return lines
        return [line for line in lines if line.entry.action != "roster.unit.set_liaison"]


class CategoryAdminForm(ActionForm):
    """A category; two levels only."""

    class Meta:
        model = Category
        fields = ("code", "name", "parent", "default_lead", "order", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parents = Category.objects.filter(parent__isnull=True).order_by("order", "pk")
        if "parent" in self.fields:  # absent for those who only look
            self.fields["parent"].queryset = parents  # type: ignore[attr-defined]
            units = Unit.objects.active().order_by("order", "pk")
            self.fields["default_lead"].queryset = units  # type: ignore[attr-defined]

    def run(self) -> Category:
        """Add or change the category."""
        present = self.instance.pk
        category = Category.objects.get(pk=present) if present else None
        return actions.save_category(
            category=category, by=self.request.user, now=timezone.now(), **self.cleaned_data
        )


@admin.register(Category)
class CategoryAdmin(ActionAdmin):
    """The kinds of requests, and which unit usually leads."""

    may_view = may_change = Permission.EDIT_UNITS
    form = CategoryAdminForm
    list_display = ("name", "code", "parent", "default_lead", "order", "is_active")
    list_filter = ("is_active", ("parent", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("parent", "default_lead")
    search_fields = ("name", "code", "default_lead__name")
    search_help_text = "名称、编码或主办单位"
    ordering = ("order", "pk")
