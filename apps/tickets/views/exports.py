"""Exports: what will be in the file, the file itself, and those made in the background."""

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.core import jobs
from apps.core.access import any_staff, requires
from apps.core.columns import shown
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, attachment, wants_fragment
from apps.core.models import Job
from apps.core.permissions import Permission
from apps.tickets.actions import exporting
from apps.tickets.queries import ledger, lists, reference, work
from apps.tickets.views import _rows
from apps.tickets.views.lists import columns_of


def _wanted(request: StaffRequest) -> exporting.Wanted:
    """Read what to export: from the list's address (GET), or from the preview's fields (POST)."""
    if request.method == "POST":
        data = request.POST
        query = data.get("query", "")
        suffix = data.get("format", "xlsx")
        pks = () if data.get("all") else tuple(_rows.ticked(request))
        columns = data.getlist("column")
        if data.get("set") == "ledger":
            columns = [one.key for one in ledger.LEDGER]
    else:
        data, query, suffix, pks, columns = request.GET, request.GET.urlencode(), "xlsx", (), []
    if not columns:
        shadow = request.GET if request.method != "POST" else QueryDict(query)
        columns = _columns(shadow)
    return exporting.Wanted(
        query=query[:2000],
        columns=tuple(dict.fromkeys(columns)),
        pks=pks,
        suffix=suffix if suffix in exporting.FORMATS else "xlsx",
    )


def _columns(query: QueryDict) -> list[str]:
    """Return the keys of the columns that the list shows at an address."""
    return [column.key for column in shown(columns_of(query))]


@requires(Permission.EXPORT_TICKETS)
@require_http_methods(["GET", "POST"])
def export(request: StaffRequest) -> HttpResponse:
    """Preview an export (GET, or POST with ticked rows), then make it (POST go=1).

    Up to 5,000 rows the file comes at once, more are written in the background.
    """
    now = timezone.now()
    wanted = _wanted(request)
    if request.method == "POST" and request.POST.get("go"):
        return _make(request, wanted, now)
    found = exporting.rows_of(wanted, request.user, now)
    total = work.counted(found)
    asked = len(wanted.pks)
    context = {
        "wanted": wanted,
        "total": total,
        "total_text": work.in_words(total),
        "missing": asked - total if asked else 0,
        "fields": wanted.fields,
        "ledger": [one.key for one in ledger.LEDGER],
        "formats": exporting.FORMATS.items(),
        "said": lists.described(wanted.filters, reference.names_of_filters()),
        "is_long": total > exporting.AT_ONCE,
        "at_once": exporting.AT_ONCE,
        "back": f"{reverse('tickets:list')}?{wanted.query}",
    }
    return render(request, "tickets/export.html", context)


def _make(request: StaffRequest, wanted: exporting.Wanted, now: datetime) -> HttpResponse:
    user = cast(User, request.user)
    if work.counted(exporting.rows_of(wanted, user, now)) > exporting.AT_ONCE:
        exporting.enqueue(wanted, by=user, now=now)
        messages.success(request, "行数较多，已在后台导出。做好后在这一页下载，保留 7 天。")
        return redirect("tickets:exports")
    try:
        raw, rows = exporting.contents(wanted, user, now)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('tickets:list')}?{wanted.query}")
    exporting.note_export(wanted, user, rows)
    return attachment(raw, exporting.name_of(wanted, user, now))


@any_staff
@require_safe
def exports(request: StaffRequest) -> HttpResponse:
    """One's own exports of seven days, with progress; polled while one is under way."""
    user, now = cast(User, request.user), timezone.now()
    rows = list(exporting.of(user, now)[:50])
    context: dict[str, Any] = {
        "rows": [(job, exporting.path_of(job).exists()) for job in rows],
        "is_running": any(job.status in ("WAITING", "RUNNING") for job in rows),
    }
    template = "tickets/_exports.html" if wants_fragment(request) else "tickets/exports.html"
    return render(request, template, context)


def _own_job(request: StaffRequest, pk: int) -> Job:
    return get_object_or_404(exporting.of(cast(User, request.user), timezone.now()), pk=pk)


@any_staff
@require_safe
def download(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand out a finished export to the person who asked for it."""
    job = _own_job(request, pk)
    try:
        raw = exporting.read(job)
    except DomainError as refusal:
        raise Http404(refusal.message) from refusal
    return attachment(raw, job.result["name"])


@any_staff
@require_POST
def stop_export(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop an export that is under way; nothing of it is kept."""
    if jobs.stop(_own_job(request, pk), now=timezone.now()):
        messages.success(request, "已停止这次导出。")
    return redirect("tickets:exports")
