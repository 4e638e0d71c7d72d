"""The list of filings, uploading, and a file while it is read."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.errors import DomainError
from apps.core.exports import file_name
from apps.core.http import StaffRequest, attachment, form_page
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.filings import actions, official
from apps.filings.choices import AppendixCode, FilingState, UploadState
from apps.filings.contents import Appendix
from apps.filings.forms import UnitForm, UploadForm
from apps.filings.models import RUNNING, Filing, Upload
from apps.filings.queries.exporting import units_for
from apps.filings.templates_xlsx import write_template
from apps.filings.views.common import (
    RECENT,
    STEPS,
    filings,
    finished,
    progress,
    said,
)
from apps.roster.models import Unit, Zone


@requires(Permission.FILE_APPENDIX)
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """All filings that the user sees, the newest first, and files that could not be read."""
    rows = filings(request.user)
    state, appendix = request.GET.get("state", ""), request.GET.get("appendix", "")
    unit = request.GET.get("unit", "")
    if state in FilingState.values:
        rows = rows.filter(state=state)
    if appendix in AppendixCode.values:
        rows = rows.filter(appendix=appendix)
    if unit:
        rows = rows.filter(unit__code=unit)
    unread = Upload.objects.visible_to(request.user).exclude(state=UploadState.READ)
    everything = request.user.scope.everything
    context = {
        "page": keyset_page(rows, order=("-pk",), request=request),
        "unread": unread.select_related("uploaded_by", "job").order_by("-pk")[:RECENT],
        "states": FilingState.choices,
        "appendices": AppendixCode.choices,
        "units": units_for(request.user) if everything else [],
        "state": state,
        "appendix": appendix,
        "unit": unit,
        "may_remind": request.user.has_perm(Permission.REMIND_FILING),
    }
    return render(request, "filings/list.html", context)


@requires(Permission.FILE_APPENDIX)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """Choose one or several files; small ones are checked at once."""
    form = UploadForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        user=request.user,
    )
    if request.method == "POST" and form.is_valid():
        try:
            uploads = [
                _receive(request, file, form.cleaned_data["unit"])
                for file in form.cleaned_data["file"]
            ]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            if len(uploads) == 1:
                return redirect("filings:upload", uploads[0].pk)
            messages.success(request, f"已上传 {len(uploads)} 个文件。请逐个核对后写入。")
            return redirect("filings:list")
    context = {
        "form": form,
        "steps": STEPS,
        "units": units_for(request.user),
        "recent": filings(request.user).order_by("-pk")[:RECENT],
    }
    return form_page(request, "filings/new.html", context, form)


def _receive(request: StaffRequest, file: UploadedFile, unit: Unit | None) -> Upload:
    now = timezone.now()
    upload = actions.receive(
        raw=file.read(), name=file.name or "", default_unit=unit, by=request.user, now=now
    )
    actions.start_reading(upload=upload, by=request.user, now=now)
    return upload


def _upload_or_404(request: StaffRequest, pk: int) -> Upload:
    rows = Upload.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("job", "default_unit", "uploaded_by"), pk=pk)


@requires(Permission.FILE_APPENDIX)
@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A file: being read, refused, or the sheets in it; one sheet leads straight to its page.

    POST says whose sheets without a unit are, and checks them again; or reads anew after a crash.
    """
    found = _upload_or_404(request, pk)
    parts = list(filings(request.user).filter(upload=found).order_by("position"))
    form = UnitForm(request.POST if "unit" in request.POST else None, user=request.user)
    if request.method == "POST" and ("unit" not in request.POST or form.is_valid()):
        try:
            _read_again(request, found, form)
        except DomainError as error:
            said(request, error)
        return redirect("filings:upload", found.pk)
    is_read = found.state == UploadState.READ
    if is_read and len(parts) == 1 and request.method == "GET" and not found.ignored:
        return redirect("filings:filing", parts[0].pk)
    context = {
        "upload": found,
        "parts": parts,
        "form": form,
        "steps": STEPS,
        "is_running": found.job is not None and found.job.status in RUNNING and not is_read,
        "needs_unit": any(part.state == FilingState.REFUSED and not part.unit for part in parts),
        "ready": [part for part in parts if part.state == FilingState.CHECKED and part.good_count],
        "may_apply": request.user.has_perm(Permission.CHECK_APPENDIX),
        **progress(found.job, found.uploaded_at),
    }
    return form_page(request, "filings/upload.html", context, form)


def _read_again(request: StaffRequest, found: Upload, form: UnitForm) -> None:
    now = timezone.now()
    if "unit" in request.POST:
        unit = form.cleaned_data["unit"]
        actions.choose_unit(upload=found, unit=unit, by=request.user, now=now)
    else:
        actions.start_reading(upload=found, by=request.user, now=now)


@requires(Permission.FILE_APPENDIX)
@require_safe
def upload_progress(request: StaffRequest, pk: int) -> HttpResponseBase:
    """How far the reading is; the page loads anew when it has ended."""
    found = _upload_or_404(request, pk)
    context: dict[str, Any] = {"upload": found, **progress(found.job, found.uploaded_at)}
    response = render(request, "filings/_reading.html", context)
    is_running = found.job is not None and found.job.status in RUNNING
    return response if is_running else finished(response)


@requires(Permission.CHECK_APPENDIX)
@require_http_methods(["POST"])
def apply_all(request: StaffRequest, pk: int) -> HttpResponse:
    """Write every sheet of a file that can be written."""
    found = _upload_or_404(request, pk)
    rows = Filing.objects.editable_by(request.user).filter(upload=found, good_count__gt=0)
    count = 0
    for filing in rows.filter(state=FilingState.CHECKED).select_related("job", "unit"):
        try:
            actions.start(filing=filing, by=request.user, now=timezone.now())
            count += 1
        except DomainError as error:
            messages.error(request, f"{filing}：{error.message}")
    if count:
        messages.success(request, f"{count} 张表已写入或正在写入。")
    return redirect("filings:upload", found.pk)


@requires(Permission.FILE_APPENDIX)
@require_safe
def template(request: StaffRequest, appendix: str) -> HttpResponse:
    """A blank form with drop-downs, the unit's zones and an explanation sheet."""
    if appendix not in AppendixCode.values:
        raise Http404
    units = units_for(request.user)
    asked = request.GET.get("unit", "")
    unit = units.filter(code=asked).first() if asked else None
    if unit is None and not request.user.scope.everything:
        unit = units.first()
    zones = Zone.objects.active().filter(unit=unit).order_by("order", "pk") if unit else []
    name = unit.name if unit else ""
    target = BytesIO()
    code = Appendix(appendix)
    write_template(target, appendix=code, unit=name, zones=[zone.name for zone in zones])
    label = file_name(f"{official.MARKS[code]}模板", name, on=today(), suffix=".xlsx")
    return attachment(target.getvalue(), label)
