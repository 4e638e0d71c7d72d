"""并单: find the other ticket, see both side by side, merge, and take it back within a day."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.tickets.actions import perform
from apps.tickets.choices import Status
from apps.tickets.hub_forms import MergeForm
from apps.tickets.models import Ticket
from apps.tickets.queries import hub, ledger
from apps.tickets.queries.case import UNMERGE_WITHIN
from apps.tickets.queries.enterprise import enterprise_name
from apps.tickets.queries.search import find, similar

MOST = 8


def _ticket(request: StaffRequest, number: str) -> Ticket:
    tickets = ledger.named(Ticket.objects.visible_to(request.user))
    return get_object_or_404(tickets, number=number)


def _candidates(request: StaffRequest, ticket: Ticket, text: str) -> list[Ticket]:
    """Return open tickets that may be the same: what was searched for, else like ones."""
    others = Ticket.objects.visible_to(request.user).open().exclude(pk=ticket.pk)
    seen = ledger.named(others)
    if text:
        return find(seen, text, MOST)
    same = hub.same_enterprise(request.user, ticket)
    alike = [one for one, _share in similar(ticket.content, seen, without=ticket.pk, limit=MOST)]
    known = {one.pk for one in same}
    return [*same, *(one for one in alike if one.pk not in known)][:MOST]


@requires(Permission.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def merge(request: StaffRequest, number: str) -> HttpResponse:
    """Search the master, compare side by side, merge (T09); afterwards the page offers the way back."""
    ticket, now = _ticket(request, number), timezone.now()
    wanted = request.POST.get("master") or request.GET.get("with", "")
    master = _ticket(request, wanted) if wanted and wanted != number else None
    text = request.GET.get("q", "").replace("\0", "").strip()[:60]
    form = MergeForm(
        request.POST if request.method == "POST" else None, initial={"version": ticket.version}
    )
    if request.method == "POST" and form.is_valid():
        try:
            if master is None:
                raise DomainError("请先选并入哪一件。")
            perform(
                ticket=ticket,
                action="merge",
                by=cast(User, request.user),
                now=now,
                data={"master": master, "reason": form.cleaned_data["reason"]},
                version=form.cleaned_data["version"],
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, f"已并入 {master.number}。24 小时内可以撤销。")
            return redirect("tickets:merge", number=number)
    context: dict[str, Any] = {
        "ticket": ticket,
        "enterprise": enterprise_name(request.user, ticket),
        "master": master,
        "master_enterprise": enterprise_name(request.user, master) if master else "",
        "form": form,
        "q": text,
        "candidates": [
            (one, enterprise_name(request.user, one), ledger.current_step(one))
            for one in (
                [] if ticket.status == Status.MERGED else _candidates(request, ticket, text)
            )
        ],
        "current": ledger.current_step(ticket),
        "master_current": ledger.current_step(master) if master else "",
        "is_merged": ticket.status == Status.MERGED,
        "may_undo": ticket.status == Status.MERGED
        and ticket.ended_at is not None
        and now <= ticket.ended_at + UNMERGE_WITHIN,
        "undo_until": ticket.ended_at + UNMERGE_WITHIN if ticket.ended_at else None,
    }
    return form_page(request, "tickets/merge.html", context, form)


@requires(Permission.DISPATCH_TICKETS)
@require_POST
def unmerge(request: StaffRequest, number: str) -> HttpResponse:
    """撤销并单 within 24 hours: both tickets are as they were (decisions.md 10)."""
    ticket = _ticket(request, number)
    reason = request.POST.get("reason", "").strip() or "不是同一件事，撤销并单"
    try:
        perform(
            ticket=ticket,
            action="unmerge",
            by=cast(User, request.user),
            now=timezone.now(),
            data={"reason": reason},
        )
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"已撤销并单，{number} 回到原来的环节。")
    return redirect(f"{reverse('tickets:merge', args=[number])}")
