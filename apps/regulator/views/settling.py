"""Doing something about differences: preview, confirm, take back."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.filings.views.common import said
from apps.registry.choices import EntityStatus
from apps.regulator import actions
from apps.regulator.choices import ACTS, Act, ActState, Kind
from apps.regulator.forms import SettleForm
from apps.regulator.models import Difference, DifferenceQuerySet, ListAct, RegistrationList
from apps.regulator.queries import lists
from apps.regulator.views.common import listing_or_404

MOST_TICKED = 2000
CAREFUL, SHOWN = 100, 50


def _chosen(
    request: StaffRequest, found: RegistrationList, filters: lists.Filters
) -> QuerySet[Difference]:
    """The rows that were ticked, or all that the page's conditions find; open ones of the kind."""
    own: DifferenceQuerySet = Difference.objects.editable_by(request.user)
    rows = lists.filtered(own.open().filter(listing=found), filters)
    if request.POST.get("all"):
        return rows
    ticked = [pk for pk in request.POST.getlist("pk") if pk.isdecimal() and len(pk) < 18]
    return rows.filter(pk__in=ticked[:MOST_TICKED])


def _wants(what: str, kind: str, rows: QuerySet[Difference]) -> set[str]:
    """Which questions an act asks."""
    if what == Act.MARK:
        return {"status", "note"} if kind == Kind.EXTRA else {"note"}
    if what == Act.ADD and rows.filter(unit__isnull=True).exists():
        return {"unit"}
    return set()


@requires(Permission.COMPARE_REGISTRATION)
@require_POST
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Preview, then do it; more than a hundred ask for the number."""
    found = listing_or_404(request, pk)
    query = QueryDict(request.POST.get("query", ""))
    filters = lists.Filters.of(query, default=request.POST.get("kind", ""))
    what = request.POST.get("what", "")
    back = f"{reverse('regulator:listing', args=[pk])}?{query.urlencode()}"
    rows = _chosen(request, found, filters) if filters.kind in Kind.values else None
    if rows is None or what not in ACTS[filters.kind] or not rows.exists():
        messages.error(request, "请先勾选还没处理的主体。")
        return redirect(back)
    count = rows.count()
    wants = _wants(what, filters.kind, rows)
    is_go = "go" in request.POST
    form = SettleForm(request.POST if is_go else None, user=request.user, wants=wants)
    if is_go and form.is_valid():
        typed = request.POST.get("type_count", "").strip()
        if count > CAREFUL and typed != str(count):
            form.add_error(None, f"一次处理 {count} 家，请在下面输入数字 {count} 确认。")
        else:
            try:
                act = actions.settle(
                    listing=found, rows=rows, what=what, by=request.user, now=timezone.now(),
                    **form.values(),
                )  # fmt: skip
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
            else:
                _tell(request, act)
                return redirect(back)
    context: dict[str, Any] = {
        "listing": found,
        "form": form,
        "what": what,
        "what_label": Act(what).label,
        "kind_label": Kind(filters.kind).label,
        "count": count,
        "type_count": count if count > CAREFUL else None,
        "sample": [
            (row, fate(row, what)) for row in rows.select_related("unit").order_by("pk")[:SHOWN]
        ],
        "hidden": [
            *(("pk", one) for one in request.POST.getlist("pk")[:MOST_TICKED]),
            ("all", request.POST.get("all", "")),
            ("query", request.POST.get("query", "")),
            ("kind", filters.kind),
            ("what", what),
        ],
        "back": back,
    }
    return form_page(request, "regulator/settle.html", context, form)


def fate(row: Difference, what: str) -> str:
    """Return what an act will do to a row, in words."""
    if what == Act.KEEP:
        return "库里不变，这一条不再提示"
    if what == Act.ADD:
        return f"登记到{row.unit.name if row.unit else '下面所选的乡镇'}，片区待归"
    if what == Act.MARK:
        return f"改为“{EntityStatus(row.status).label}”" if row.status else "改为下面所选的状态"
    told = [
        f"{lists.FIELDS[name]} {pair[0] or '空'} → {pair[1]}"
        for name, pair in row.fields.items()
        if name != "unit"
    ]
    return "；".join(told) or "跳过：只有乡镇不同，请到主体页核实"


def _tell(request: StaffRequest, act: Any) -> None:
    if act.is_running:
        messages.success(request, f"正在处理 {act.count:,} 家，完成后发消息给您。")
        return
    left = f"，{act.skipped_count:,} 家没有处理，原因见“没有处理”" if act.skipped_count else ""
    messages.success(
        request, f"{act.get_what_display()}：{act.done_count:,} 家{left}。72 小时内可撤销。"
    )


def _act_or_404(request: StaffRequest, pk: int) -> Any:
    rows = ListAct.objects.visible_to(request.user).select_related("job", "listing")
    return get_object_or_404(rows, pk=pk)


@requires(Permission.COMPARE_REGISTRATION)
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an act back."""
    act = _act_or_404(request, pk)
    try:
        actions.start_undo(act=act, by=request.user, now=timezone.now())
    except DomainError as error:
        said(request, error)
    else:
        act.refresh_from_db()
        kept = f"，{act.kept_count} 家处理后又改过，保留" if act.kept_count else ""
        word = "正在撤销" if act.is_running else "已撤销"
        messages.success(request, f"{word}“{act}”{kept}。")
    return redirect("regulator:listing", act.listing_id)


@requires(Permission.COMPARE_REGISTRATION)
@require_POST
def resume(request: StaffRequest, pk: int) -> HttpResponse:
    """Go on with an act that stopped half-way."""
    act = _act_or_404(request, pk)
    try:
        if act.state == ActState.UNDOING:
            actions.start_undo(act=act, by=request.user, now=timezone.now())
        else:
            actions.resume(act=act, by=request.user, now=timezone.now())
    except DomainError as error:
        said(request, error)
    return redirect("regulator:listing", act.listing_id)
