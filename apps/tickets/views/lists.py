"""The list of tickets, the bulk reminder."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.queries import saved_views
from apps.core.access import requires
from apps.core.columns import Column, chosen, shown
from apps.core.http import StaffRequest, safe_next
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.tickets.actions.bulk import perform_many
from apps.tickets.choices import Nature, Source, Status, Tier, Urgency
from apps.tickets.lines import lines_of
from apps.tickets.models import Ticket
from apps.tickets.queries import ledger, lists, position, reference, work
from apps.tickets.queries.bulk import CAREFUL, MOST_AT_ONCE, Fate, urge_fates
from apps.tickets.views import _rows

LIST = "tickets:list"
LOOK = (
    Permission.VIEW_ALL_TICKETS,
    Permission.VIEW_UNIT_TICKETS,
    Permission.VIEW_INVITED_TICKETS,
    Permission.VIEW_FOLLOWUPS,
    Permission.VIEW_TRANSFERRED_TICKETS,
)
#: so many columns make a page heavy for an old computer: it then shows fewer rows at first
WIDE, SHORT = 16, 10
DEFAULT_URGE = "请抓紧办理，并在办理进展里写明情况和预计办结时间。"


@requires(*LOOK)
@require_safe
def tickets(request: StaffRequest) -> HttpResponse:
    """工单: filters in the address, keyset paging, columns to choose, views to keep, bulk actions."""
    user, now = request.user, timezone.now()
    filters = lists.Filters.of(request.GET)
    view = filters.view or lists.default_view(user)
    columns = columns_of(request.GET)
    keys = [column.key for column in shown(columns)]
    found = lists.wanted(filters, user, now)
    page = keyset_page(
        _joined(found, keys),
        order=filters.chosen_sort.order,
        request=request,
        size=SHORT if len(keys) > WIDE else 20,
    )
    total = work.total_of(user.pk, str(filters), found, page)
    position.remember(
        user,
        label=dict(lists.views_of(user)).get(view, "工单"),
        url=request.get_full_path(),
        numbers=[ticket.number or "" for ticket in page.rows],
    )
    context = {
        "now": now,
        "page": page,
        "lines": lines_of(page.rows, user, now, keys),
        "total_text": work.in_words(total),
        "filters": filters,
        "view": view,
        "is_draft": view == lists.DRAFT,
        "tabs": _tabs(request, view),
        "columns": columns,
        "shown": shown(columns),
        "is_ledger": request.GET.get("set") == "ledger",
        "sorts": [one for one in lists.SORTS.values() if filters.state in one.states],
        "views": saved_views(user, LIST, query=request.GET.urlencode()),  # type: ignore[arg-type]
        "may_export": user.has_perm(Permission.EXPORT_TICKETS),
        "more_open": bool(request.GET.get("more")) or _uses_more(filters),
        **choices(),
    }
    return render(request, "tickets/list.html", context)


def columns_of(query: QueryDict) -> list[Column]:
    """Return the columns in the order asked for; ``set=ledger`` is the built-in 台账."""
    if query.get("set") == "ledger" and not query.getlist("col"):
        return ledger.ledger_columns()
    return chosen(query, ledger.COLUMNS)


def _joined(found: Any, keys: list[str]) -> Any:
    unread = [name for name in ledger.LONG if name not in keys]
    return ledger.named(found).defer(*unread)


def choices() -> dict[str, Any]:
    """Return what the filter form offers."""
    return {
        "townships": reference.townships(),
        "units": reference.units(),
        "categories": reference.categories(),
        "sources": Source.choices,
        "natures": Nature.choices,
        "tiers": Tier.choices,
        "statuses": [pair for pair in Status.choices if pair[0] != Status.DRAFT],
        "urgencies": Urgency.choices,
        "light_choices": lists.LIGHTS,
        "states": lists.STATES,
        "flags": [(key, label) for key, (label, _condition) in lists.FLAGS.items()],
    }


def _uses_more(filters: lists.Filters) -> bool:
    """Say whether a condition of the folded part of the form is set."""
    folded = (filters.src, filters.nat, filters.tier, filters.status, filters.urg, filters.lead)
    return any((*folded, filters.flag, filters.hot, filters.since, filters.until))


def _tabs(request: StaffRequest, view: str) -> list[dict[str, object]]:
    """Whose: the other conditions of the address stay when the tab changes (ux.md §1)."""
    kept = request.GET.copy()
    for name in ("view", "after", "before"):
        kept.pop(name, None)
    rest = kept.urlencode()
    found: list[dict[str, object]] = []
    for key, label in lists.views_of(request.user):
        query = urlencode({"view": key}) + (f"&{rest}" if rest and key != lists.DRAFT else "")
        found.append({"label": label, "url": f"{reverse(LIST)}?{query}", "is_current": key == view})
    return found


# ---- reminding many --------------------------------------------------------------------------
@requires(*LOOK)
@require_POST
def urge_many(request: StaffRequest) -> HttpResponse:
    """催办 for ticked rows or all found: preview with who is left out and why, then the deed."""
    now = timezone.now()
    back = safe_next(request, f"{reverse(LIST)}?{request.POST.get('query', '')}")
    rows = list(_rows.chosen_rows(request, now)[: MOST_AT_ONCE + 1])
    if not rows:
        messages.error(request, "请先勾选要催办的工单。")
        return redirect(back)
    if len(rows) > MOST_AT_ONCE:
        messages.error(request, f"一次最多催办 {MOST_AT_ONCE} 件，请加条件缩小范围。")
        return redirect(back)
    fates = urge_fates(rows, request.user, now)
    doing, skipped = _rows.split(fates)
    text = request.POST.get("text", "").strip()
    error = ""
    if request.POST.get("go"):
        error = _rows.count_problem(request, len(doing))
        if not error and len(text) < 2:
            error = "请写催办内容，至少 2 个字。"
        if not error and doing:
            return _urge(request, doing, skipped, text, back, now)
    context = {
        "title": "催办",
        "doing": doing,
        "skipped": skipped,
        "action_url": reverse("tickets:urge-many"),
        "hidden": [*_rows.kept_fields(request), ("next", back)],
        "back": back,
        "button": f"催办 {len(doing)} 件",
        "text": text if request.POST.get("go") else DEFAULT_URGE,
        "text_label": "催办内容",
        "error": error,
        "type_count": len(doing) if len(doing) > CAREFUL else None,
        "has_errors": bool(error),
    }
    return render(request, "tickets/bulk.html", context, status=422 if error else 200)


def _urge(
    request: StaffRequest,
    doing: list[Fate],
    skipped: list[Fate],
    text: str,
    back: str,
    now: datetime,
) -> HttpResponse:
    def data(ticket: Ticket) -> dict[str, str]:
        return {"text": text}

    outcome = perform_many(
        [one.ticket for one in doing],
        action="urge",
        by=request.user,  # type: ignore[arg-type]
        now=now,
        data=data,
    )
    outcome.skipped += [(one.ticket, one.skip) for one in skipped]
    messages.success(request, outcome.in_words("催办"))
    return redirect(back)
