"""派单台: tabs with counts, the queue, one request with its suggested units, many at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.queries import saved_views
from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, wants_fragment
from apps.core.paging import KeysetPage, keyset_page
from apps.core.permissions import Permission
from apps.core.templatetags.jz import duration
from apps.roster.models import Unit
from apps.tickets.actions import perform
from apps.tickets.actions.bulk import perform_many
from apps.tickets.choices import Status
from apps.tickets.hub_forms import DispatchForm, SendBackForm
from apps.tickets.lines import lines_of
from apps.tickets.models import Ticket
from apps.tickets.queries import hub, ledger, lists, reference, work
from apps.tickets.queries.book import load_book
from apps.tickets.queries.bulk import CAREFUL, MOST_AT_ONCE, Fate, refusal
from apps.tickets.queries.enterprise import enterprise_name
from apps.tickets.queries.search import similar
from apps.tickets.queries.suggest_units import Suggestion, first_of, suggest, suggest_many
from apps.tickets.templatetags.tickets import due
from apps.tickets.views import _rows
from apps.tickets.views.lists import choices

QUEUE = "tickets:queue"
LONG_WAIT = timedelta(hours=1)
DESIGNATED_AFTER = 2  # returns


@dataclass(frozen=True)
class PoolFate(Fate):
    """A ticket of a bulk dispatch, with the unit it goes to and why."""

    unit: Unit | None = None
    basis: str = ""


def _tab(request: StaffRequest) -> str:
    asked = request.GET.get("tab", "")
    return asked if asked in (*hub.TABS, hub.ENDED_TAB) else "dispatch"


def _filters(request: StaffRequest, tab: str) -> lists.Filters:
    """The form's conditions within a tab; a tab is a condition that cannot be taken away."""
    query = request.GET.copy()
    query["view"] = lists.ALL
    query["state"] = lists.ENDED if tab == hub.ENDED_TAB else lists.OPEN
    if tab != hub.ENDED_TAB:
        query["work"] = tab
    if tab == "dispatch" and "sort" not in query:
        query["sort"] = "due"
    return lists.Filters.of(query)


@requires(Permission.DISPATCH_TICKETS)
@require_safe
def queue(request: StaffRequest) -> HttpResponse:
    """The queue with the panel of one request; the panel alone when htmx asks for it."""
    now = timezone.now()
    number = request.GET.get("t", "")
    if wants_fragment(request) and number:
        ticket = _open_one(request, number)
        return render(request, "tickets/_dispatch.html", panel_context(request, ticket, now))
    return _page(request, now, number)


def _page(
    request: StaffRequest,
    now: datetime,
    number: str,
    *,
    forms: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    tab = _tab(request)
    filters = _filters(request, tab)
    found = ledger.named(lists.wanted(filters, request.user, now))
    unread = found.defer("answer", "basis")
    page = keyset_page(unread, order=filters.chosen_sort.order, request=request)
    ticket = _chosen(request, number, page, tab)
    in_pool = tab == "dispatch"
    suggestions = suggest_many(page.rows) if in_pool else {}
    numbers = work.counts_for(request.user, now)
    first = page.rows[0] if in_pool and page.rows and not page.prev_url else None
    context = {
        "now": now,
        "tab": tab,
        "in_pool": in_pool,
        "tabs": _tabs(request, tab, numbers),
        "page": page,
        "lines": [
            (line, next(iter(suggestions.get(line.ticket.pk, [])), None), *_wait(line.ticket, now))
            for line in lines_of(page.rows, request.user, now)
        ],
        "total_text": work.in_words(work.total_of(request.user.pk, str(filters), found, page)),
        "pool": numbers["dispatch"],
        "longest": duration(_minutes(now - first.registered_at)) if first else "",
        "newest": max((row.pk for row in page.rows), default=0),
        "filters": filters,
        "views": saved_views(cast(User, request.user), QUEUE, query=request.GET.urlencode()),
        "units": reference.units(),
        "here": request.GET.urlencode(),
        "has_errors": status == 422,
        **choices(),
    }
    if ticket is not None:
        context |= panel_context(request, ticket, now, forms)
    return render(request, "tickets/queue.html", context, status=status)


def _minutes(span: timedelta) -> timedelta:
    """Drop the seconds of a waiting time that is a minute or longer."""
    return timedelta(minutes=max(int(span.total_seconds() // 60), 1))


def _wait(ticket: Ticket, now: datetime) -> tuple[str, bool]:
    """Return how long a ticket has waited in words, and whether that is long."""
    span = now - ticket.last_event_at if ticket.return_count else now - ticket.registered_at
    return duration(_minutes(span)), span >= LONG_WAIT


def _tabs(request: StaffRequest, tab: str, numbers: Mapping[str, int]) -> list[dict[str, object]]:
    """The work lists with their counts; conditions of the form stay when the tab changes."""
    kept = request.GET.copy()
    for name in ("tab", "t", "after", "before", "sort"):
        kept.pop(name, None)
    rest = f"&{kept.urlencode()}" if kept else ""
    here = reverse(QUEUE)
    found: list[dict[str, object]] = [
        {
            "label": work.WORK[key].label,
            "url": f"{here}?tab={key}{rest}",
            "is_current": key == tab,
            "count": numbers[key],
            "hot": work.WORK[key].is_hot and numbers[key] > 0,
        }
        for key in hub.TABS
    ]
    ended = {
        "label": "已办结",
        "url": f"{here}?tab={hub.ENDED_TAB}{rest}",
        "is_current": tab == hub.ENDED_TAB,
        "count": None,
    }
    return [*found, ended]


def _open_one(request: StaffRequest, number: str) -> Ticket:
    tickets = ledger.named(Ticket.objects.visible_to(request.user))
    return get_object_or_404(tickets, number=number)


def _chosen(
    request: StaffRequest, number: str, page: KeysetPage[Ticket], tab: str
) -> Ticket | None:
    """Return the request of the panel: the one asked for, else the first of the pool."""
    if number:
        return _open_one(request, number)
    return page.rows[0] if tab == "dispatch" and page.rows else None


# ---- the panel ------------------------------------------------------------------------------
def panel_context(
    request: StaffRequest, ticket: Ticket, now: datetime, forms: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return everything about one request that a dispatcher decides by."""
    user = request.user
    in_pool = ticket.status == Status.PENDING_DISPATCH
    suggestions = suggest(ticket) if in_pool else []
    seen = Ticket.objects.visible_to(user).open()
    designates = ticket.return_count >= DESIGNATED_AFTER
    form = DispatchForm(ticket=ticket, suggestions=suggestions, units=reference.units())
    return {
        "ticket": ticket,
        "enterprise": enterprise_name(user, ticket),
        "same": hub.same_enterprise(user, ticket),
        "alike": [one for one, _share in similar(ticket.content, seen, without=ticket.pk, limit=3)]
        if in_pool
        else [],
        "tried": hub.onsite_tried(ticket),
        "suggestions": suggestions,
        "term": hub.term_of(ticket, load_book(), now) if in_pool else None,
        "hotline_text": hub.hotline_text(ticket, user),
        "may_dispatch": in_pool and not refusal(ticket, "dispatch", user, now),
        "may_designate": in_pool and designates and not refusal(ticket, "designate", user, now),
        "is_third": designates,
        "form": form,
        "back_form": SendBackForm(initial={"version": ticket.version}),
        "panel_here": _without_ticket(request),
        "current": ledger.current_step(ticket),
        "unit_choices": reference.units(),
        **(forms or {}),
    }


def _without_ticket(request: StaffRequest) -> str:
    kept = request.GET.copy()
    kept.pop("t", None)
    return kept.urlencode()


@requires(Permission.DISPATCH_TICKETS)
@require_POST
def do(request: StaffRequest, number: str) -> HttpResponse:
    """派单, 指定承办 or 退回补充 from the panel, then on to the next request of the queue."""
    ticket, now = _open_one(request, number), timezone.now()
    step = request.POST.get("go", "dispatch")
    if step == "send_back":
        return _send_back(request, ticket, now)
    designates = step == "designate"
    form = DispatchForm(
        request.POST,
        ticket=ticket,
        suggestions=suggest(ticket),
        units=reference.units(),
        designates=designates,
    )
    if form.is_valid():
        values = form.cleaned_data
        data = {
            "lead": values["lead_unit"],
            "assists": values["assist_units"],
            "urgency": values["urgency"],
        }
        data |= {"consultation": values["consultation"]} if designates else {"note": values["note"]}
        following = _next_number(request, ticket, now)
        if _done(request, ticket, "designate" if designates else "dispatch", data, form, now):
            until = due(ticket.handle_due_at)
            messages.success(request, f"已派给{values['lead_unit'].name}。应 {until} 前办结。")
            return _onward(request, following)
    return _page(request, now, number, forms={"form": form}, status=422)


def _send_back(request: StaffRequest, ticket: Ticket, now: datetime) -> HttpResponse:
    form = SendBackForm(request.POST)
    if form.is_valid():
        following = _next_number(request, ticket, now)
        data = {"missing": form.cleaned_data["missing"]}
        if _done(request, ticket, "send_back", data, form, now):
            messages.success(request, f"已退回{ticket.first_unit.name}补充。补好后会再转来。")
            return _onward(request, following)
    forms = {"back_form": form, "back_open": True}
    return _page(request, now, ticket.number or "", forms=forms, status=422)


FORM_FIELDS = {"lead": "lead", "assists": "assists", "consultation": "consultation"}


def _done(
    request: StaffRequest,
    ticket: Ticket,
    action: str,
    data: Mapping[str, Any],
    form: Any,
    now: datetime,
) -> bool:
    """Do an action; a refusal becomes an error of the form and nothing typed is lost."""
    try:
        perform(
            ticket=ticket,
            action=action,
            by=cast(User, request.user),
            now=now,
            data=data,
            version=form.cleaned_data["version"],
        )
    except DomainError as refused:
        field = refused.field if refused.field in form.fields else None
        form.add_error(field, refused.message)
        return False
    return True


def _next_number(request: StaffRequest, ticket: Ticket, now: datetime) -> str:
    """Return the request that follows in the pool's order, read before this one leaves it."""
    filters = _filters(request, "dispatch")
    rest = lists.wanted(filters, request.user, now).exclude(pk=ticket.pk)
    later = rest.filter(list_due__gte=ticket.due_at) if ticket.due_at else rest
    order = filters.chosen_sort.order
    found = later.order_by(*order).first() or rest.order_by(*order).first()
    return str(found.number) if found else ""


def _onward(request: StaffRequest, number: str) -> HttpResponse:
    kept = request.GET.copy()
    kept.pop("t", None)
    query = kept.urlencode()
    if number:
        query = "&".join(filter(None, [query, urlencode({"t": number})]))
    return redirect(f"{reverse(QUEUE)}?{query}" if query else reverse(QUEUE))


@requires(Permission.DISPATCH_TICKETS)
@require_safe
def news(request: StaffRequest) -> HttpResponse:
    """有 n 件新工单 显示: what came into the pool since the page was made; rows stay where they are."""
    since = request.GET.get("since", "")
    newest = int(since) if since.isdecimal() and len(since) < 18 else 0
    pool = Ticket.objects.visible_to(request.user).open()
    fresh = pool.filter(status=Status.PENDING_DISPATCH, pk__gt=newest)
    return render(
        request,
        "tickets/_news.html",
        {"count": work.counted(fresh) if newest else 0, "newest": newest, "now": timezone.now()},
    )


# ---- many at once ---------------------------------------------------------------------------
def _fates(rows: list[Ticket], user: Any, unit: Unit | None, now: datetime) -> list[PoolFate]:
    found: dict[int, list[Suggestion]] = suggest_many(rows) if unit is None else {}
    fates = []
    for ticket in rows:
        reason = refusal(ticket, "dispatch", user, now)
        if unit is not None:
            target: Unit | None = unit
            basis = "人工选定"
            if not reason and unit.pk == ticket.complained_unit_id:
                reason = "被反映单位不能承办"
        else:
            best = first_of(found, ticket)
            target, basis = (best.unit if best else None), (best.basis if best else "")
            reason = reason or ("" if best else "没有把握的建议，请逐件派单")
        if not reason and ticket.return_count >= DESIGNATED_AFTER:
            reason = "已退单两次，请逐件核对后指定承办"
        text = f"派给{target.name}" if target else ""
        fates.append(PoolFate(ticket, text, reason, unit=target, basis=basis))
    return fates


@requires(Permission.DISPATCH_TICKETS)
@require_POST
def bulk(request: StaffRequest) -> HttpResponse:
    """按建议派单 or 派给同一单位: preview with the basis and who is left out, then the deed."""
    now, back = timezone.now(), reverse(QUEUE)
    rows = list(_rows.chosen_rows(request, now).filter(is_open=True)[: MOST_AT_ONCE + 1])
    if not rows:
        messages.error(request, "请先勾选要派的工单。")
        return redirect(back)
    if len(rows) > MOST_AT_ONCE:
        messages.error(request, f"一次最多派 {MOST_AT_ONCE} 件，请分几次。")
        return redirect(back)
    code = request.POST.get("unit", "")
    unit = Unit.objects.active().filter(code=code).first() if code else None
    if request.POST.get("how") == "unit" and unit is None:
        messages.error(request, "请先选派给哪个单位。")
        return redirect(back)
    fates = _fates(rows, request.user, unit, now)
    doing, skipped = _rows.split(fates)
    error = _rows.count_problem(request, len(doing)) if request.POST.get("go") else ""
    if request.POST.get("go") and not error and doing:
        return _dispatch_all(request, doing, skipped, now)
    context = {
        "title": "批量派单",
        "doing": doing,
        "skipped": skipped,
        "shows_basis": True,
        "action_url": reverse("tickets:dispatch-bulk"),
        "hidden": [
            *_rows.kept_fields(request),
            ("how", request.POST.get("how", "")),
            ("unit", code),
        ],
        "back": back,
        "button": f"派单 {len(doing)} 件",
        "error": error,
        "type_count": len(doing) if len(doing) > CAREFUL else None,
        "has_errors": bool(error),
    }
    return render(request, "tickets/bulk.html", context, status=422 if error else 200)


def _dispatch_all(
    request: StaffRequest, doing: list[Any], skipped: list[Any], now: datetime
) -> HttpResponse:
    units = {one.ticket.pk: one.unit for one in doing}

    def data(ticket: Ticket) -> dict[str, Any]:
        return {"lead": units[ticket.pk], "assists": [], "note": ""}

    outcome = perform_many(
        [one.ticket for one in doing],
        action="dispatch",
        by=cast(User, request.user),
        now=now,
        data=data,
    )
    outcome.skipped += [(one.ticket, one.skip) for one in skipped]
    messages.success(request, outcome.in_words("派单"))
    return redirect(reverse(QUEUE))
