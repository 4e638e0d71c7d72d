"""What the hub decides and calls about: returns, extensions, calls back; late tickets by unit."""

from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.tickets.actions import perform
from apps.tickets.choices import ApplicationKind, ReturnReason
from apps.tickets.hub_forms import OpinionForm
from apps.tickets.lines import lines_of
from apps.tickets.models import Ticket
from apps.tickets.queries import hub, ledger, lists, reference, work
from apps.tickets.queries.book import load_book
from apps.tickets.queries.enterprise import enterprise_name

DECISIONS = {
    "approve_return": "已同意退单，工单回到待派单。",
    "deny_return": "已维持原派单，视同签收。",
    "approve_extension": "已同意延期，办理时限已顺延，企业总时限不变。",
    "deny_extension": "已不同意延期，原时限不变。",
}
PAGES = {
    ApplicationKind.RETURN: "tickets/returns.html",
    ApplicationKind.EXTENSION: "tickets/extensions.html",
}


# ---- returns and extensions ------------------------------------------------------------------
@requires(Permission.DISPATCH_TICKETS)
@require_safe
def returns(request: StaffRequest) -> HttpResponse:
    """退单待定: the grounds of the dispatch beside those of the return."""
    return _applications(request, ApplicationKind.RETURN, None, None)


@requires(Permission.DISPATCH_TICKETS)
@require_safe
def extensions(request: StaffRequest) -> HttpResponse:
    """延期待定: how many days, why, whether the enterprise knows, the new due day."""
    return _applications(request, ApplicationKind.EXTENSION, None, None)


def _applications(
    request: StaffRequest, kind: ApplicationKind, refused: Ticket | None, form: Any
) -> HttpResponse:
    found = hub.waiting(request.user, kind)
    names = {str(pk): name for _code, name, _kind, pk in reference.kept()["units"]}
    book = load_book() if found else None
    for one in found:
        data = one.application.data
        one.suggested = names.get(str(data.get("suggested") or ""), "")
        if kind == ApplicationKind.RETURN:
            code = str(data.get("code", ""))
            one.reason_label = ReturnReason(code).label if code in ReturnReason.values else ""
        elif book is not None and one.ticket.handle_due_at:
            one.new_due_at = hub.extended_due(one.ticket, int(data.get("days") or 0), book)
    context = {
        "rows": [
            (
                one,
                enterprise_name(request.user, one.ticket),
                form
                if refused is not None and refused.pk == one.ticket.pk
                else OpinionForm(
                    initial={"version": one.ticket.version}, auto_id=f"id-{one.ticket.pk}-%s"
                ),
            )
            for one in found
        ],
        "has_errors": form is not None,
        "form": form,
        "may_decide": bool({"HUB_CHIEF", "OFFICE_CHIEF"} & request.user.roles),  # type: ignore[attr-defined]
    }
    return render(request, PAGES[kind], context, status=422 if form is not None else 200)


@requires(Permission.DISPATCH_TICKETS)
@require_POST
def decide(request: StaffRequest, number: str) -> HttpResponse:
    """Grant or deny a return or an extension; the opinion is kept with the decision."""
    action = request.POST.get("go", "")
    if action not in DECISIONS:
        raise Http404
    tickets = Ticket.objects.visible_to(request.user)
    ticket = get_object_or_404(tickets, number=number)
    kind = ApplicationKind.RETURN if action.endswith("return") else ApplicationKind.EXTENSION
    form = OpinionForm(request.POST, auto_id=f"id-{ticket.pk}-%s")
    if form.is_valid():
        try:
            perform(
                ticket=ticket,
                action=action,
                by=cast(User, request.user),
                now=timezone.now(),
                data={"opinion": form.cleaned_data["opinion"]},
                version=form.cleaned_data["version"],
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, DECISIONS[action])
            if action == "approve_return":
                return redirect(f"{reverse('tickets:queue')}?{urlencode({'t': number})}")
            return redirect("tickets:returns" if "return" in action else "tickets:extensions")
    return _applications(request, kind, ticket, form)


# ---- calls back ------------------------------------------------------------------------------
CALLERS = (Permission.VIEW_FOLLOWUPS, Permission.DISPATCH_TICKETS, Permission.EDIT_RULES)


@requires(*CALLERS)
@require_safe
def callbacks(request: StaffRequest) -> HttpResponse:
    """待回访: bad ratings first, with what to say; three unanswered calls end the trying."""
    now = timezone.now()
    tickets = hub.callbacks(Ticket.objects.visible_to(request.user))
    page = keyset_page(ledger.named(tickets), order=hub.CALLBACK_ORDER, request=request)
    number = request.GET.get("t", "")
    chosen = next((row for row in page.rows if row.number == number), None)
    if chosen is None and number:
        chosen = ledger.named(tickets).filter(number=number).first()
    if chosen is None and page.rows:
        chosen = page.rows[0]
    context = {
        "now": now,
        "page": page,
        "lines": lines_of(page.rows, request.user, now),
        "total_text": work.in_words(work.counted(tickets)),
        "poor": work.counted(tickets.filter(call_rank=0)),
        "ticket": chosen,
        "enterprise": enterprise_name(request.user, chosen) if chosen else "",
        "script": hub.script_for(chosen) if chosen else [],
        "enough_calls": hub.ENOUGH_CALLS,
    }
    return render(request, "tickets/callbacks.html", context)


@requires(*CALLERS)
@require_POST
def missed_call(request: StaffRequest, number: str) -> HttpResponse:
    """记一次未接通; the third one allows to close without an answer."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), number=number)
    note = request.POST.get("note", "").strip()[:200]
    try:
        perform(
            ticket=ticket,
            action="log_call",
            by=cast(User, request.user),
            now=timezone.now(),
            data={"note": note},
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"已记第 {ticket.call_count} 次未接通。")
    return redirect(f"{reverse('tickets:callbacks')}?{urlencode({'t': number})}")


# ---- late ones by unit -----------------------------------------------------------------------
@requires(Permission.VIEW_ALL_TICKETS, Permission.VIEW_UNIT_TICKETS)
@require_safe
def late(request: StaffRequest) -> HttpResponse:
    """临期与超期 by the unit that is at it, in the units' fixed order (no ranking)."""
    now, user = timezone.now(), request.user
    either = work.red(now) | work.yellow(now)
    tickets = lists.scope(user, lists.default_view(user)).filter(list_open=True).filter(either)
    groups: list[dict[str, Any]] = work.kept(
        user.pk,
        "late",
        lambda: _by_unit(tickets, now),
        size=lambda rows: sum(row["red"] + row["yellow"] for row in rows),
    )
    code = request.GET.get("unit", "")
    chosen = _of_unit(tickets, code)
    # PostgreSQL takes the overdue ones for a handful and would join all of them: first which, then
    # what they say
    order = lists.SORTS["due"].order
    found = keyset_page(chosen.only("pk"), order=order, request=request)
    rows = tickets.filter(pk__in=[row.pk for row in found.rows]).order_by(*order)
    page = replace(found, rows=list(ledger.named(rows).defer(*ledger.LONG)))
    lines = lines_of(page.rows, user, now)
    context = {
        "now": now,
        "groups": groups,
        "unit": code,
        "unit_name": next((g["name"] for g in groups if g["code"] == code), ""),
        "page": page,
        "lines": lines,
        "total_text": work.in_words(work.counted(chosen)),
        "red": sum(group["red"] for group in groups),
        "yellow": sum(group["yellow"] for group in groups),
        "may_urge": any(line.step.is_urge for line in lines)
        or user.has_perm(Permission.DISPATCH_TICKETS),
    }
    return render(request, "tickets/late.html", context)


NOBODY = "none"


def _by_unit(tickets: lists.Rows, now: datetime) -> list[dict[str, Any]]:
    rows = tickets.order_by().values("lead_unit__code", "lead_unit__name", "lead_unit__order")
    grouped = rows.annotate(
        red=Count("pk", filter=work.red(now)), yellow=Count("pk", filter=work.yellow(now))
    )
    found = [
        {
            "code": row["lead_unit__code"] or NOBODY,
            "name": row["lead_unit__name"] or "还没有主办单位",
            "order": row["lead_unit__order"] or 0,
            "red": row["red"],
            "yellow": row["yellow"],
        }
        for row in grouped
    ]
    return sorted(found, key=lambda row: (row["order"], row["code"]))


def _of_unit(tickets: lists.Rows, code: str) -> lists.Rows:
    if code == NOBODY:
        return tickets.filter(lead_unit__isnull=True)
    return tickets.filter(Q(lead_unit__code=code)) if code else tickets
