"""月报与周报: the list, the editor, the files, 定稿."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.audit.actions import record
from apps.core.access import requires
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.core.exports import ExportColumn, Kind, Stamp, file_name, write_xlsx
from apps.core.http import StaffRequest, attachment, form_page
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.dashboards.actions import reports as actions
from apps.dashboards.choices import ReportKind
from apps.dashboards.forms import DraftForm, ParagraphsForm
from apps.dashboards.metrics import METRICS, read
from apps.dashboards.models import Report
from apps.dashboards.reports import document
from apps.dashboards.reports.wording import paragraphs
from apps.dashboards.views._common import right_now


@requires(Permission.FINALISE_REPORT)
@require_http_methods(["GET", "POST"])
def reports(request: StaffRequest) -> HttpResponse:
    """The reports, the newest first, and the form that writes one."""
    now = right_now()
    last_month = local(now).date().replace(day=1) - timedelta(days=1)
    form = DraftForm(request.POST or None, initial={"kind": ReportKind.MONTH, "day": last_month})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.draft(kind=data["kind"], day=data["day"], by=request.user, now=now)
            return redirect("dashboards:report", pk=made.pk)
        except DomainError as error:
            form.add_error(error.field or None, error.message)
    page = keyset_page(Report.objects.all(), order=("-first", "-pk"), request=request)
    return form_page(request, "dashboards/reports.html", {"form": form, "page": page}, form)


@requires(Permission.FINALISE_REPORT)
@require_http_methods(["GET", "POST"])
def report(request: StaffRequest, pk: int) -> HttpResponse:
    """A report: its paragraphs, to be written in while it is a draft."""
    found = get_object_or_404(Report, pk=pk)
    shown = paragraphs(found.material, found.edits)
    form = ParagraphsForm(
        request.POST if request.method == "POST" else None,
        shown=shown,
        initial={"version": found.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.write(
                report=found,
                texts=form.texts(),
                version=form.cleaned_data["version"],
                by=request.user,
                now=right_now(),
            )
        except DomainError as error:
            form.add_error(error.field or None, error.message)
        else:
            messages.success(request, "已保存。")
            return redirect("dashboards:report", pk=pk)
    context = {"report": found, "paragraphs": shown, "form": form}
    return form_page(request, "dashboards/report.html", context, form)


@requires(Permission.FINALISE_REPORT)
@require_POST
def refresh(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the numbers of a draft anew."""
    found = get_object_or_404(Report, pk=pk)
    try:
        actions.refresh(report=found, by=request.user, now=right_now())
        messages.success(request, "已重新取数。改写过的段落没有变。")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("dashboards:report", pk=pk)


@requires(Permission.FINALISE_REPORT)
@require_http_methods(["GET", "POST"])
def finalise(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then make final."""
    found = get_object_or_404(Report, pk=pk)
    problem = ""
    if request.method == "POST":
        asked = request.POST.get("version", "")
        version = int(asked) if asked.isdecimal() else -1
        try:
            actions.finalise(report=found, version=version, by=request.user, now=right_now())
            messages.success(request, "已定稿。数字不再变，以后的变动另列。")
            return redirect("dashboards:report", pk=pk)
        except DomainError as error:
            problem = error.message
    context = {"report": found, "problem": problem}
    status = 422 if problem else 200
    return render(request, "dashboards/finalise.html", context, status=status)


@requires(Permission.FINALISE_REPORT)
@require_safe
def take(request: StaffRequest, pk: int, kind: str) -> HttpResponseBase:
    """The report as a Word document, or its annex as a workbook."""
    found = get_object_or_404(Report, pk=pk)
    if kind not in ("docx", "xlsx"):
        raise Http404
    target = io.BytesIO()
    if kind == "docx":
        document.write(
            target,
            title=f"蓟州区政企同行·有需必应{found}",
            material=found.material,
            paragraphs=paragraphs(found.material, found.edits),
            is_short=found.kind == ReportKind.WEEK,
        )
    else:
        _annex(target, found, request)
    record(
        action="dashboards.take_report", by=request.user, target=found, label=f"{found}（{kind}）"
    )
    name = file_name(str(found), by=request.user.display_name, suffix=f".{kind}")
    return attachment(target.getvalue(), name)


def _annex(target: io.BytesIO, found: Report, request: StaffRequest) -> None:
    """Write every tallied metric of the district and of each unit, with its two counts."""
    columns = (
        ExportColumn("单位"),
        ExportColumn("编号"),
        ExportColumn("指标"),
        ExportColumn("数值"),
        ExportColumn("分子", Kind.NUMBER),
        ExportColumn("分母", Kind.NUMBER),
        ExportColumn("公式", width=60),
    )
    user = request.user
    write_xlsx(
        target,
        title=f"{found}附表",
        columns=columns,
        rows=_annex_rows(found.material),
        stamp=Stamp(user.display_name, user.unit_name, right_now()),
        filters=f"{found.material['period']}，取数时间 {found.material['taken']}",
    )


def _annex_rows(material: dict[str, Any]) -> Iterator[list[Any]]:
    units = [("全区", material["counts"]["now"])]
    units += [(unit["name"], unit["counts"]) for unit in material["units"]]
    for name, counts in units:
        for metric in METRICS:
            if not metric.is_tallied or metric.code == "K08":
                continue
            value = read(metric, counts)
            bottom = value.bottom if metric.is_rate else None
            yield [
                name,
                metric.code,
                metric.label,
                value.exact,
                value.top,
                bottom,
                metric.formula,
            ]
