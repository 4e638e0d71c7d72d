"""The admin's window on the registry: labels are kept here, entities are only looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.audit.windows import RecordedAdmin
from apps.core.permissions import Permission
from apps.registry.models import BusinessEntity, EntityLabel


@admin.register(BusinessEntity)
class BusinessEntityAdmin(RecordedAdmin):
    """Look up entities; changes go through the product's own screens, which check and record.

    The office sees them; the system administrator does not (decisions.md 21).
    """

    may_view = Permission.COMPARE_REGISTRATION
    list_display = ("name", "unit", "zone", "kind", "principal", "status")
    list_filter = ("kind", "status", "unit")
    list_select_related = ("unit", "zone")
    search_fields = ("name_key", "name_initials")
    search_help_text = "名称或首字母"
    ordering = ("pk",)
    fields = (
        *("name", "unit", "zone", "kind", "principal", "address", "credit_code", "industry"),
        *("labels", "status", "status_on", "status_note", "created_at", "changed_at"),
    )
    readonly_fields = fields


@admin.register(EntityLabel)
class EntityLabelAdmin(RecordedAdmin):
    """The dictionary of labels, kept by those who keep the reference data (decisions.md 21)."""

    may_view = may_change = Permission.EDIT_UNITS
    list_display = ("name", "group", "code", "order", "is_active")
    list_filter = ("group", "is_active")
    ordering = ("order", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is fixed once given."""
        return ("code",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the action, which records the change."""
        from django.utils import timezone

        from apps.registry.actions import save_label

        save_label(label=obj, by=request.user, now=timezone.now())  # type: ignore[arg-type]
