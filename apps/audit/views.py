"""审计日志: for the auditor, reading only; the one thing written is that something was exported."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.audit import actions, chain, housekeeping, queries, resources
from apps.audit.forms import FilterForm
from apps.audit.models import AuditEntry
from apps.core import clock, exports
from apps.core.access import requires
from apps.core.http import StaffRequest
from apps.core.paging import keyset_page
from apps.core.permissions import Permission


def _list_page(request: StaffRequest, form: FilterForm, *, error: str = "") -> HttpResponse:
    asked = form.asked()
    entries = queries.filtered(AuditEntry.objects.visible_to(request.user), form.filters())
    page = keyset_page(entries, order=("-at", "-pk"), request=request, size=50)
    context = {
        "form": FilterForm(initial=asked),
        "is_filtered": bool(asked),
        "page": page,
        "lines": [queries.Line(entry) for entry in page.rows],
        "check": queries.last_check(),
        "export_limit": queries.EXPORT_LIMIT,
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "audit/list.html", context, status=422 if error else 200)


@requires(Permission.VIEW_AUDIT)
@require_safe
def entry_list(request: StaffRequest) -> HttpResponse:
    """Who did, changed, exported or saw what: filters in the address, newest first."""
    return _list_page(request, FilterForm(request.GET))


@requires(Permission.VIEW_AUDIT)
@require_safe
def entry_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One entry: the facts, the changes before → after, and its place in the chain."""
    entry = get_object_or_404(AuditEntry.objects.visible_to(request.user), pk=pk)
    seal, is_good = queries.seal_of(entry)
    context: dict[str, Any] = {
        "entry": entry,
        "line": queries.Line(entry),
        "seal": seal,
        "is_good": is_good,
        "hash": chain.readable(seal.hash) if seal else "",
        "prev_hash": chain.readable(seal.prev_hash) if seal else "",
    }
    return render(request, "audit/entry.html", context)


@requires(Permission.VIEW_AUDIT)
@require_POST
def export(request: StaffRequest) -> HttpResponseBase:
    """The filtered entries as a CSV file; that it was taken is itself recorded."""
    form = FilterForm(request.POST)
    entries = queries.filtered(AuditEntry.objects.visible_to(request.user), form.filters())
    # what is exported ends here: the entry about the export is not part of it
    newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    entries = entries.filter(pk__lte=newest)
    count = entries.order_by()[: queries.EXPORT_LIMIT + 1].count()
    if count > queries.EXPORT_LIMIT:
        limit = f"{queries.EXPORT_LIMIT:,}"
        return _list_page(request, form, error=f"符合条件的超过 {limit} 条，请缩小日期范围再导出。")
    actions.record(
        action="audit.export",
        by=request.user,
        note=f"导出 {count} 条；条件：{_conditions(form)}",
        batch_size=max(count, 1),
    )
    lines = (queries.Line(entry) for entry in islice(queries.in_pieces(entries), count))
    response = StreamingHttpResponse(
        resources.csv_lines(lines), content_type="text/csv; charset=utf-8"
    )
    name = f"audit-{clock.today():%Y%m%d}.csv"
    response.headers["Content-Disposition"] = exports.disposition(name)
    return response


def _conditions(form: FilterForm) -> str:
    asked = form.asked()
    parts = [f"{form.fields[name].label or '对象编号'}={value}" for name, value in asked.items()]
    return "，".join(parts) or "无"


@requires(Permission.VIEW_AUDIT)
@require_POST
def ask_check(request: StaffRequest) -> HttpResponse:
    """Have the long worker walk the whole chain."""
    if housekeeping.ask_for_full_check(timezone.now()):
        actions.record(action="audit.check", by=request.user)
        messages.success(request, "已开始核对全部审计记录。完成后结果显示在本页上方。")
    else:
        messages.info(request, "正在核对全部审计记录，请稍后刷新本页查看结果。")
    return redirect("audit:list")
