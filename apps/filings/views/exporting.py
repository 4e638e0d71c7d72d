"""Taking both appendices out."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, attachment, form_page
from apps.core.permissions import Permission
from apps.filings import actions
from apps.filings.actions.exporting import MOST_AT_ONCE, is_large
from apps.filings.forms import ExportForm
from apps.filings.models import RUNNING, ExportedFile
from apps.filings.views.common import progress, said


@requires(Permission.EXPORT_APPENDIX)
@require_http_methods(["GET", "POST"])
def export(request: StaffRequest) -> HttpResponse:
    """Choose form, unit, zone and kind; a small file comes at once, a large one by a message."""
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial={"unit": request.GET.get("unit"), "appendix": request.GET.get("appendix", "2")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _export(request, form)
        except DomainError as error:
            form.add_error("kind", error.message)
    made = ExportedFile.objects.visible_to(request.user).select_related("job")
    context = {"form": form, "made": made.order_by("-pk")[:10], "most": MOST_AT_ONCE}
    return form_page(request, "filings/export.html", context, form)


def _export(request: StaffRequest, form: ExportForm) -> HttpResponse:
    wanted, purpose, now = form.wanted(), form.cleaned_data["purpose"], timezone.now()
    if is_large(wanted) and not wanted.is_word:
        made = actions.start_export(wanted=wanted, purpose=purpose, by=request.user, now=now)
        return redirect("filings:export-file", made.pk)
    raw, name = actions.export_now(wanted=wanted, purpose=purpose, by=request.user, now=now)
    return attachment(raw, name)


@requires(Permission.EXPORT_APPENDIX)
@require_safe
def export_file(request: StaffRequest, pk: int) -> HttpResponse:
    """A large export: how far it is, then the file (kept for seven days)."""
    rows = ExportedFile.objects.visible_to(request.user).select_related("job")
    made = get_object_or_404(rows, pk=pk)
    if made.is_ready and request.GET.get("file"):
        try:
            raw = actions.fetch_export(made=made, by=request.user)
        except DomainError as error:
            said(request, error)
            return redirect("filings:export")
        return attachment(raw, made.name)
    is_running = made.job.status in RUNNING
    context = {"made": made, "is_running": is_running, **progress(made.job, made.asked_at)}
    return render(request, "filings/export_file.html", context)
