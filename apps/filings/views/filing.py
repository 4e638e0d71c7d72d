"""One filing: check, mend, write, watch, take back."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.exports import file_name
from apps.core.http import StaffRequest, attachment
from apps.core.permissions import Permission
from apps.core.phones import mask
from apps.filings import actions
from apps.filings.checked import finding_of
from apps.filings.choices import AppendixCode, ChunkKind, Fate, FilingState
from apps.filings.contents import Finding, Level
from apps.filings.models import Filing
from apps.filings.queries import kept
from apps.filings.views.common import (
    RECENT,
    STEPS,
    filing_or_404,
    filings,
    finished,
    progress,
    said,
    step_of,
)

NUMBER = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
SHOWN_ON_CHECK = 20
WARNINGS_SHOWN = 10


@dataclass(frozen=True)
class Line:
    """A finding as the page shows it; whole phone numbers are masked."""

    finding: Finding
    value: str
    name: str
    typed: str = ""

    @property
    def place(self) -> str:
        """The key under which a corrected cell is sent: 17:F; "" when it cannot be typed."""
        one = self.finding
        return f"{one.row}:{one.column}" if one.row and one.column else ""


def _line(item: list[Any], typed: QueryDict) -> Line:
    finding = finding_of(item)
    value = NUMBER.sub(lambda found: mask(found.group()), finding.value)
    return Line(finding, value, item[8], typed.get(f"cell-{finding.row}:{finding.column}", ""))


def _number(request: StaffRequest, name: str = "page") -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 8 else 1


@requires(Permission.FILE_APPENDIX)
@require_safe
def filing(request: StaffRequest, pk: int) -> HttpResponse:
    """What a sheet would do, what is wrong with it, and what may be done with it now."""
    return _page(request, filing_or_404(request, pk))


def _page(request: StaffRequest, found: Filing, *, error: str = "") -> HttpResponse:
    level = Level.WARNING if request.GET.get("level") == "WARNING" else Level.ERROR
    if level is Level.ERROR and not found.error_count and found.warning_count:
        level = Level.WARNING
    fields = found.summary.get("fields", {}).get(level.value, {})
    field = request.GET.get("field", "")
    field = field if field in fields else ""
    page = kept.page_of(
        found,
        ChunkKind.FINDINGS,
        level=level.value,
        number=_number(request),
        size=SHOWN_ON_CHECK,
        field=field,
    )
    may_apply = request.user.has_perm(Permission.CHECK_APPENDIX)
    until = found.undo_until()
    context = {
        "filing": found,
        "steps": STEPS,
        "step": step_of(found),
        "level": level.value,
        "fields": fields,
        "field": field,
        "page": page,
        "lines": [_line(item, request.POST) for item in page.rows],
        "skipped": found.summary.get("skipped", {}),
        "may_apply": may_apply,
        "can_mend": found.state in (FilingState.CHECKED, FilingState.REFUSED),
        "may_undo": may_apply and (until is None or timezone.now() <= until),
        "undo_until": until,
        "is_zones": found.appendix == AppendixCode.ZONES,
        "siblings": filings(request.user).filter(upload=found.upload_id).order_by("position"),
        "same_file": _same_file(found),
        "recent": filings(request.user).exclude(pk=found.pk).order_by("-pk")[:RECENT],
        "error": error,
        "has_errors": bool(error),
        **progress(found.job, found.started_at),
    }
    return render(request, "filings/filing.html", context, status=422 if error else 200)


def _same_file(found: Filing) -> Filing | None:
    """The filing by which the very same file was written before."""
    same = Filing.objects.standing().filter(
        unit=found.unit, appendix=found.appendix, upload__sha256=found.upload.sha256
    )
    return same.exclude(pk=found.pk).order_by("-pk").first()


@requires(Permission.FILE_APPENDIX)
@require_safe
def filing_progress(request: StaffRequest, pk: int) -> HttpResponseBase:
    """How far writing is; the page loads anew when it has ended."""
    found = filing_or_404(request, pk)
    context = {"filing": found, **progress(found.job, found.started_at)}
    response = render(request, "filings/_progress.html", context)
    return response if found.is_running else finished(response)


# ---- what may be done ------------------------------------------------------------------------
@requires(Permission.FILE_APPENDIX)
@require_POST
def correct(request: StaffRequest, pk: int) -> HttpResponse:
    """Take over the cells typed on the page and check again."""
    found = filing_or_404(request, pk)
    cells = {
        name.removeprefix("cell-"): text
        for name, text in request.POST.items()
        if name.startswith("cell-") and isinstance(text, str)
    }
    try:
        actions.correct(filing=found, cells=cells, by=request.user, now=timezone.now())
    except DomainError as error:
        return _page(request, found, error=error.message)
    messages.success(request, "已按您改的内容重新核对。上传的原文件没有改动。")
    return redirect("filings:upload", found.upload_id)


def _act(request: StaffRequest, pk: int, action: Any, said_after: str) -> HttpResponse:
    found = get_object_or_404(
        Filing.objects.editable_by(request.user).select_related("job", "unit", "upload"), pk=pk
    )
    try:
        action(filing=found, by=request.user, now=timezone.now())
    except DomainError as error:
        said(request, error)
    else:
        if said_after:
            messages.success(request, said_after)
    return redirect("filings:filing", found.pk)


@requires(Permission.CHECK_APPENDIX)
@require_POST
def apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Write, or go on writing."""
    return _act(request, pk, actions.start, "")


@requires(Permission.CHECK_APPENDIX)
@require_POST
def stop(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop; what is written stays and can be continued or taken back."""
    return _act(request, pk, actions.stop, "已停止。写好的部分保留，可继续写入，也可撤销。")


@requires(Permission.CHECK_APPENDIX)
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back what was written."""
    return _act(request, pk, actions.start_undo, "")


@requires(Permission.FILE_APPENDIX)
@require_POST
def discard(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a filing up before it is written."""
    found = filing_or_404(request, pk)
    try:
        actions.discard(filing=found, by=request.user, now=timezone.now())
    except DomainError as error:
        said(request, error)
        return redirect("filings:filing", found.pk)
    messages.success(request, f"已放弃 {found}。数据没有写入。")
    return redirect("filings:list")


@requires(Permission.FILE_APPENDIX)
@require_POST
def ask(request: StaffRequest, pk: int) -> HttpResponse:
    """Tell the head of the unit that a checked filing waits."""
    found = filing_or_404(request, pk)
    try:
        count = actions.ask_to_apply(filing=found, by=request.user, now=timezone.now())
    except DomainError as error:
        said(request, error)
    else:
        messages.success(request, f"已告知本单位负责人（{count} 人），由其写入。")
    return redirect("filings:filing", found.pk)


# ---- lists behind the numbers ----------------------------------------------------------------
KINDS = {"changes": ChunkKind.CHANGES, "skipped": ChunkKind.SKIPPED}


@requires(Permission.FILE_APPENDIX)
@require_safe
def rows(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """Rows that change, with before and after; or rows that were skipped, with the reason."""
    found = filing_or_404(request, pk)
    page = kept.page_of(found, KINDS[kind], number=_number(request))
    context = {"filing": found, "kind": kind, "page": page, "level": "", "field": ""}
    return render(request, "filings/rows.html", context)


@requires(Permission.FILE_APPENDIX)
@require_http_methods(["GET", "POST"])
def gone(request: StaffRequest, pk: int) -> HttpResponse:
    """Entities or zones that the form leaves out: struck off, moved away, or forgotten?"""
    found = filing_or_404(request, pk)
    page = kept.page_of(found, ChunkKind.GONE, number=_number(request), size=50)
    error = ""
    if request.method == "POST":
        try:
            actions.decide(
                filing=found,
                decisions=_decisions(request, page),
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as refusal:
            error = refusal.message
        else:
            messages.success(request, "已记下。写入时一并处理。")
            return redirect("filings:filing", found.pk)
    is_zones = found.appendix == AppendixCode.ZONES
    fates = (
        (Fate.OMITTED, Fate.CLOSED) if is_zones else (Fate.OMITTED, Fate.CANCELLED, Fate.MOVED_OUT)
    )
    context = {
        "filing": found,
        "page": page,
        "rows": [_gone_row(found, request, item, error) for item in page.rows],
        "fates": [(fate.value, fate.label) for fate in fates],
        "is_zones": is_zones,
        "can_decide": found.state == FilingState.CHECKED,
        "error": error,
        "has_errors": bool(error),
        "level": "",
        "field": "",
    }
    return render(request, "filings/gone.html", context, status=422 if error else 200)


def _decisions(request: StaffRequest, page: kept.Page) -> dict[str, tuple[str, str]]:
    found = {}
    for pk, _, _ in page.rows:
        fate = request.POST.get(f"fate-{pk}", "")
        if fate:
            found[str(pk)] = (fate, request.POST.get(f"note-{pk}", ""))
    return found


def _gone_row(found: Filing, request: StaffRequest, item: list[Any], error: str) -> dict[str, Any]:
    pk, name, note = item
    fate, place = found.decisions.get(str(pk), [Fate.OMITTED.value, ""])
    if error:  # nothing typed is lost
        fate = request.POST.get(f"fate-{pk}", fate)
        place = request.POST.get(f"note-{pk}", place)
    return {"pk": pk, "name": name, "note": note, "fate": fate, "place": place}


# ---- files -----------------------------------------------------------------------------------
@requires(Permission.FILE_APPENDIX)
@require_safe
def marked(request: StaffRequest, pk: int) -> HttpResponse:
    """The very workbook that was uploaded, wrong cells coloured and commented."""
    found = filing_or_404(request, pk)
    visible = Filing.objects.visible_to(request.user).filter(upload=found.upload_id)
    try:
        raw = actions.fetch_marked(filing=found, visible=visible, by=request.user)
    except DomainError as error:
        said(request, error)
        return redirect("filings:filing", found.pk)
    stem = found.upload.name.rpartition(".")[0]
    return attachment(raw, file_name(stem, "标注", suffix=".xlsx"))


@requires(Permission.FILE_APPENDIX)
@require_safe
def original(request: StaffRequest, pk: int) -> HttpResponse:
    """The file as it was uploaded."""
    found = filing_or_404(request, pk)
    try:
        raw = actions.fetch_original(filing=found, by=request.user)
    except DomainError as error:
        said(request, error)
        return redirect("filings:filing", found.pk)
    return attachment(raw, found.upload.name, "application/octet-stream")
