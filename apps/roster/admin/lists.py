"""Lists in and out of a window (django-import-export): look first, then confirm."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from import_export.admin import ImportExportMixin
from import_export.forms import ExportForm, ImportForm
from import_export.results import Result, RowResult

from apps.audit.actions import record
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.core.exports import Stamp, disposition, file_name
from apps.core.flatfiles import (
    MOST_BYTES,
    UNREADABLE,
    CsvFormat,
    SealedStorage,
    XlsxFormat,
    table_format,
)
from apps.core.permissions import Permission
from apps.roster.admin.window import RosterWindow
from apps.roster.resources import RosterResource


class ListImportForm(ImportForm):
    """The file, and nothing to choose: its kind is told by its content."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.fields["import_file"].label = "选文件"
        self.fields[
            "import_file"
        ].help_text = f".xlsx 或 .csv，不超过 {MOST_BYTES // 1024 // 1024} MB。"
        self.fields["import_file"].error_messages |= {
            "required": "请选一个文件",
            "empty": "这个文件是空的。请选一个有内容的文件",
        }
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["format"].required = False

    def clean_format(self) -> str:
        """There is one."""
        return "0"

    def clean_import_file(self) -> Any:
        """Refuse what is too big before it is read."""
        found = self.cleaned_data["import_file"]
        if found.size > MOST_BYTES:
            raise forms.ValidationError(
                f"文件超过 {MOST_BYTES // 1024 // 1024} MB。请分成几份导入。"
            )
        return found


class ListExportForm(ExportForm):
    """In which format."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.fields["format"].label = "格式"
        self.fields["format"].choices = self.fields["format"].choices[1:]
        self.fields["format"].initial = "0"


class RosterList(ImportExportMixin, RosterWindow):
    """A window with lists in and out (django-import-export): look first, then confirm."""

    import_export_change_list_template = None  # the window's own template has the links
    may_import: Permission
    resource: type[RosterResource]
    import_template_name = "roster/admin_import.html"
    export_template_name = "roster/admin_export.html"
    import_form_class = ListImportForm
    export_form_class = ListExportForm
    tmp_storage_class = SealedStorage

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever may change these rows on the pages."""
        return request.user.has_perm(self.may_import)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may take the roster out."""
        return request.user.has_perm(Permission.EXPORT_ROSTER)

    def get_resource_classes(self, request: HttpRequest) -> list[type[RosterResource]]:
        """The one list."""
        return [self.resource]

    def get_import_formats(self) -> list[Any]:
        """One format: told apart by content."""
        return [table_format(self.resource.required)]

    def get_export_formats(self) -> list[Any]:
        """Both are safe for spreadsheet programs."""
        return [XlsxFormat, CsvFormat]

    # ---- in -------------------------------------------------------------------------------
    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page says about the list."""
        required = set(self.resource.required)
        return {"heads": [(head, head in required) for head in self.resource.columns]}

    def add_data_read_fail_error_to_form(self, form: Any, error: Exception) -> None:
        """Say what is wrong with the file, in our own words."""
        text = error.message if isinstance(error, DomainError) else UNREADABLE
        form.add_error("import_file", text)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form and the preview; 422 when the file or a row is wrong (ux.md UX-2)."""
        response = super().import_action(request, **kwargs)
        context = getattr(response, "context_data", {})
        result = context.get("result")
        wrong = result is not None and (result.has_errors() or result.has_validation_errors())
        if context["form"].errors or wrong:
            response.status_code = 422
        return response

    def process_dataset(self, dataset: Any, form: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """All rows or none."""
        return super().process_dataset(
            dataset, form, request, rollback_on_validation_errors=True, **kwargs
        )

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Write what was shown; a file that is not kept any more is asked for again."""
        try:
            return super().process_import(request, **kwargs)
        except DomainError as error:
            messages.error(request, error.message)
            info = self.get_model_info()
            return HttpResponseRedirect(reverse("admin:{}_{}_import".format(*info)))

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Say what was written, or that something changed since the preview."""
        if result.has_errors() or result.has_validation_errors():
            raise DomainError("预览之后名册有变动，这份文件没有写入。请重新上传核对。")
        return super().process_result(result, request)

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        """In our own words."""
        new, changed, same = (
            result.totals[kind]
            for kind in (
                RowResult.IMPORT_TYPE_NEW,
                RowResult.IMPORT_TYPE_UPDATE,
                RowResult.IMPORT_TYPE_SKIP,
            )
        )
        messages.success(request, f"已写入：新增 {new} 行，修改 {changed} 行，没变 {same} 行。")

    # ---- out ------------------------------------------------------------------------------
    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any
    ) -> Any:
        """Return the file; that it was taken is recorded."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        found = self.resource().export(queryset)
        user = request.user
        record(
            action="roster.export",
            by=user,  # type: ignore[arg-type]
            label=self.resource.title,
            note=f"导出 {len(found)} 行",
            batch_size=max(len(found), 1),
        )
        stamp = Stamp(user.display_name, user.unit_name, timezone.now())  # type: ignore[union-attr]
        return file_format.export_data(found, stamp=stamp)

    def _do_file_export(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give the file a Chinese name that every browser keeps."""
        response = super()._do_file_export(*args, **kwargs)
        file_format, request = args[0], args[1]
        name = file_name(
            self.resource.title,
            on=local(timezone.now()).date(),
            by=request.user.display_name,
            suffix=f".{file_format.get_extension()}",
        )
        response.headers["Content-Disposition"] = disposition(name)
        return response
