"""The admin's window on the handbook: looking, taking in and out; writing has its own screens."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from import_export.admin import ImportExportMixin
from import_export.formats import base_formats

from apps.audit.actions import record
from apps.audit.windows import RecordedAdmin
from apps.core.clock import today
from apps.core.exports import ExportColumn, Stamp, disposition, file_name, write_xlsx
from apps.core.permissions import Permission
from apps.handbook import sheet
from apps.handbook.models import Entry
from apps.handbook.resources import EntryResource


@admin.register(Entry)
class EntryAdmin(ImportExportMixin, RecordedAdmin):  # type: ignore[misc]
    """Look up entries; import and export go through the same resource as the product's screens."""

    may_view = Permission.VIEW_HANDBOOK
    resource_classes = (EntryResource,)
    formats = (base_formats.XLSX,)
    list_display = ("number", "question", "category", "unit", "status", "review_on", "is_example")
    list_filter = ("status", "is_example", "unit")
    list_select_related = ("category", "unit")
    search_fields = ("number", "question")
    search_help_text = "编号或标准问"
    ordering = ("category__order", "number", "pk")
    actions = None

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is worth looking at."""
        return ["number", "status", *EntryResource.Meta.fields[1:], "is_example", "review_on"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """No door, a window."""
        return self.get_fields(request, obj)

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Those who write entries."""
        return request.user.has_perm(Permission.EDIT_HANDBOOK)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Those who see entries: they are there to be told."""
        return self.has_module_permission(request)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import has one screen, with bounds, preview and confirmation."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        return redirect("handbook:import")

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The library's own second step is not used: see ``import_action``."""
        return self.import_action(request, **kwargs)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Write the entries that the list shows, in the columns that the import reads."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        resource = EntryResource()
        rows = self.get_export_queryset(request).select_related("category", "unit")
        now, user = timezone.now(), request.user
        response = HttpResponse(content_type=base_formats.XLSX().get_content_type())
        count = write_xlsx(
            response,  # type: ignore[arg-type]
            title="应答手册",
            columns=[ExportColumn(label) for label in sheet.COLUMNS],
            rows=(resource.export_resource(row) for row in rows.iterator(chunk_size=500)),
            stamp=Stamp(user.display_name, user.unit_name, now),  # type: ignore[union-attr]
        )
        record(
            action="handbook.export",
            by=user,  # type: ignore[arg-type]
            label="应答手册",
            note=f"{count} 条",
            batch_size=max(1, count),
        )
        name = file_name("应答手册", on=today(), by=user.display_name, suffix=".xlsx")  # type: ignore[union-attr]
        response["Content-Disposition"] = disposition(name)
        return response
