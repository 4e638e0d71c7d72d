"""Importing entries from a workbook: upload, look, write."""

import io

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, attachment, form_page
from apps.core.permissions import Permission
from apps.handbook import actions, importing, sheet
from apps.handbook.choices import ImportStatus
from apps.handbook.forms import UploadForm
from apps.handbook.models import ImportBatch

STEPS = ("上传", "核对", "写入")
SHOWN = 200  # findings on the page


@requires(Permission.EDIT_HANDBOOK)
@require_http_methods(["GET", "POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """Choose a workbook; it is read at once and nothing is written."""
    is_post = request.method == "POST"
    form = UploadForm(request.POST if is_post else None, request.FILES if is_post else None)
    if is_post and form.is_valid():
        kept = actions.keep_import(
            file_name=form.cleaned_data["file"].name,
            raw=form.raw,
            rows=form.rows,
            by=request.user,
            now=timezone.now(),
        )
        return redirect("handbook:batch", pk=kept.pk)
    recent = ImportBatch.objects.visible_to(request.user).defer("rows").order_by("-pk")[:5]
    context = {"form": form, "steps": STEPS, "recent": recent}
    return form_page(request, "handbook/import.html", context, form)


@requires(Permission.EDIT_HANDBOOK)
@require_safe
def empty_form(request: StaffRequest) -> HttpResponse:
    """The form to fill in."""
    target = io.BytesIO()
    sheet.write_form(target)
    return attachment(target.getvalue(), "应答手册导入模板.xlsx")


@requires(Permission.EDIT_HANDBOOK)
@require_http_methods(["GET", "POST"])
def batch(request: StaffRequest, pk: int) -> HttpResponse:
    """What each row would do; POST has them written; afterwards what was done."""
    found = get_object_or_404(ImportBatch.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        try:
            actions.start_import(batch=found, by=request.user, now=timezone.now())
        except DomainError as error:
            messages.error(request, error.message)
        return redirect("handbook:batch", pk=pk)
    waits = found.status in {ImportStatus.READY, ImportStatus.FAILED} and bool(found.rows)
    outcome = None
    if waits:
        outcome = importing.run(importing.rows_of(found), user=request.user, dry_run=True)
    context = {
        "batch": found,
        "outcome": outcome,
        "findings": outcome.findings[:SHOWN] if outcome else [],
        "bad_rows": len({one.row for one in outcome.findings}) if outcome else 0,
        "steps": STEPS,
        "now": 2 if waits else 3,
    }
    return render(request, "handbook/import_check.html", context)
