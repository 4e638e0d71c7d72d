"""The admin's door to the appendices: import and export by django-import-export, and a window.

The same reader, checks, permissions and writers as the product's own pages (``resources``).
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm

from apps.audit.windows import RecordedAdmin
from apps.core.errors import DomainError
from apps.core.http import attachment
from apps.core.permissions import Permission
from apps.filings import actions
from apps.filings.actions.exporting import is_large
from apps.filings.actions.receiving import MOST_BYTES, megabytes
from apps.filings.choices import AppendixCode
from apps.filings.models import Filing
from apps.filings.queries.exporting import Wanted
from apps.filings.resources import (
    AppendixFormat,
    AppendixResource,
    FilingResult,
    OfficialDocx,
    OfficialXlsx,
    SealedStorage,
)
from apps.roster.models import Unit


class AppendixImportForm(ImportForm):
    """One file of at most 20 MB."""

    def clean_import_file(self) -> Any:
        """Refuse what the reader would refuse, before it is kept."""
        file = self.cleaned_data["import_file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                f"附件 {megabytes(file.size)}，超过 20 MB。可按片区分开传。"
            )
        return file


class AppendixConfirmForm(ConfirmImportForm):
    """There is one format; a made-up one is no answer."""

    format = forms.ChoiceField(choices=[("0", "附件")], widget=forms.HiddenInput)


class AppendixExportForm(ExportForm):
    """Which form, whose, and what for."""

    appendix = forms.ChoiceField(label="表", choices=AppendixCode.choices, initial="2")
    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Unit.objects.none(),
        required=False,
        to_field_name="code",
        empty_label="全区（每个单位一张表）",
    )
    purpose = forms.CharField(
        label="用途",
        max_length=100,
        help_text="表里有联系方式，导出会留记录。",
        error_messages={"required": "请写用途"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.active().with_team().order_by("order", "pk")

    def wanted(self, *, is_word: bool) -> Wanted:
        """Return what was asked for; who may enter here works with the whole district."""
        unit = self.cleaned_data["unit"]
        units = [unit] if unit else list(self.fields["unit"].queryset)
        return Wanted(units=units, appendix=self.cleaned_data["appendix"], is_word=is_word)


@admin.register(Filing)
class FilingAdmin(ImportExportMixin, RecordedAdmin):
    """What was filed, to look at; importing previews first and writes on confirmation.

    The office files; the system administrator sees no business data (decisions.md 21).
    """

    may_view = Permission.CHECK_APPENDIX
    resource_classes = (AppendixResource,)
    import_formats = (AppendixFormat,)
    export_formats = (OfficialXlsx, OfficialDocx)
    import_form_class = AppendixImportForm
    confirm_form_class = AppendixConfirmForm
    export_form_class = AppendixExportForm
    import_template_name = "admin/filings/import.html"
    export_template_name = "admin/filings/export.html"
    tmp_storage_class = SealedStorage
    skip_admin_log = True
    list_display = ("__str__", "state", "applied_at")
    list_filter = ("state", "appendix", ("unit", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("unit",)
    ordering = ("-pk",)
    fields = (
        *("unit", "appendix", "sheet", "unit_written", "filed_on", "signatory", "state"),
        *("problem", "rows_read", "new_count", "changed_count", "same_count", "error_count"),
        *("warning_count", "gone_count", "number", "checked_at", "applied_at", "undone_at"),
    )
    readonly_fields = fields

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Importing here writes: the permission of those who may."""
        return request.user.has_perm(Permission.CHECK_APPENDIX)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """The permission of the export page."""
        return request.user.has_perm(Permission.EXPORT_APPENDIX)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the filings that the person sees."""
        return (
            super()
            .get_queryset(request)
            .filter(
                pk__in=Filing.objects.visible_to(request.user)  # type: ignore[arg-type]
            )
        )

    # ---- import ------------------------------------------------------------------------------
    def add_data_read_fail_error_to_form(self, form: Any, error: Exception) -> None:
        """Say what went wrong in our words, not by the name of an exception."""
        text = error.message if isinstance(error, DomainError) else "上传没有完成，请重新上传。"
        form.add_error("import_file", text)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Write what was previewed; a file that is gone is uploaded again."""
        try:
            return super().process_import(request, **kwargs)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("admin:filings_filing_import")

    def process_result(self, result: FilingResult, request: HttpRequest) -> HttpResponse:
        """Lead to the filings' own pages: progress, result, undo."""
        for error in result.base_errors:
            messages.error(request, str(error.error))
        if len(result.filings) == 1:
            return redirect("filings:filing", result.filings[0].pk)
        if result.filings:
            return redirect("filings:upload", result.filings[0].upload_id)
        return redirect("admin:filings_filing_changelist")

    # ---- export ------------------------------------------------------------------------------
    def _do_file_export(
        self,
        file_format: OfficialXlsx,
        request: HttpRequest,
        queryset: Any,
        export_form: Any = None,
    ) -> HttpResponse:
        """Answer with the official file, or order it when it is large."""
        wanted = export_form.wanted(is_word=file_format.is_word)
        purpose, now = export_form.cleaned_data["purpose"], timezone.now()
        by: Any = request.user
        if is_large(wanted) and not wanted.is_word:
            made = actions.start_export(wanted=wanted, purpose=purpose, by=by, now=now)
            return redirect("filings:export-file", made.pk)
        try:
            raw, name = actions.export_now(wanted=wanted, purpose=purpose, by=by, now=now)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("admin:filings_filing_export")
        return attachment(raw, name)
