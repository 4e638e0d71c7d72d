"""One page for every action of the table: its fields, a question where it cannot be undone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import MultipleChoiceField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Phrase, User
from apps.core.errors import DomainError
from apps.core.http import StaffRequest
from apps.tickets import actions
from apps.tickets.actions import TicketConflict
from apps.tickets.choices import Status
from apps.tickets.forms import ActionForm, action_form
from apps.tickets.forms.acting import as_text
from apps.tickets.models import Ticket
from apps.tickets.queries import page as pages
from apps.tickets.queries import terms
from apps.tickets.queries.case import Case, actor_of, facts_of
from apps.tickets.queries.timeline import lines_of
from apps.tickets.views.page import READERS, one_of
from apps.tickets.workflow import (
    TRANSITIONS,
    Transition,
    label_of,
    reason_against,
    row_of,
)

#: actions that begin a ticket have pages of their own
_BEGIN = frozenset(
    row.code for row in TRANSITIONS if row.sources <= frozenset({None, Status.DRAFT})
)
_ROLES: dict[str, frozenset[str]] = {}
for _row in TRANSITIONS:
    _ROLES[_row.code] = _ROLES.get(_row.code, frozenset()) | _row.roles


@dataclass
class Step:
    """An action under way on a page."""

    request: StaffRequest
    user: User
    case: Case
    row: Transition
    form: ActionForm
    now: datetime

    @property
    def ticket(self) -> Ticket:
        """The ticket."""
        return self.case.ticket


def _known(user: User, code: str) -> None:
    """Refuse what is no action (404) and what no role of the person ever does (403)."""
    if code in _BEGIN or code not in _ROLES:
        raise Http404
    if not _ROLES[code] & user.roles:
        raise PermissionDenied


def _step(request: StaffRequest, number: str, code: str, *, is_bound: bool) -> Step | HttpResponse:
    """Return the action made ready, or the page that says why it is not possible."""
    user = cast(User, request.user)
    _known(user, code)
    ticket, now = one_of(request, number), timezone.now()
    case = pages.case_of(ticket, now)
    row = row_of(code, Status(ticket.status))
    if row is None:
        reason = f"“{Status(ticket.status).label}”的工单不能{label_of(code)}。"
    else:
        reason = reason_against(row, facts_of(case), actor_of(user))
    if row is None or reason:
        return _refused(request, case, user, code, reason)
    data = request.POST if is_bound else None
    return Step(request, user, case, row, action_form(row, case, data), now)


def _refused(request: StaffRequest, case: Case, user: User, code: str, reason: str) -> HttpResponse:
    """Say why the action is not possible now; what was typed stays on the page."""
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "version", "confirmed")
        for value in values
    ]
    first, others = pages.steps_of(case, user)
    context = {
        "ticket": case.ticket,
        "label": label_of(code),
        "reason": reason,
        "typed": typed,
        "primary": first,
        "steps": [one for one in others if not one.reason][: pages.IN_SIGHT],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "tickets/refused.html", context, status=status)


@READERS
@require_http_methods(["GET", "POST"])
def action(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """Show an action's form, or do it; whatever is refused comes back with what was typed."""
    step = _step(request, number, code, is_bound=request.method == "POST")
    if isinstance(step, HttpResponse):
        return step
    if request.method != "POST":
        return _show(step)
    if request.POST.get("phrase"):
        return _with_phrase(step, request.POST["phrase"])
    if request.POST.get("edit") or not step.form.is_valid():
        return _show(step)
    asks = step.row.is_final_word and request.POST.get("confirmed") != "1"
    try:
        _run(step, is_rehearsal=asks)
    except TicketConflict as error:
        return _conflict(step, error)
    except DomainError as error:
        field = error.field if error.field in step.form.fields else None
        step.form.add_error(field, error.message)
        return _show(step)
    if asks:
        return _ask(step)
    messages.success(request, _told(step))
    return redirect(_after(step))


def _with_phrase(step: Step, pk: str) -> HttpResponse:
    """Put a phrase into the text, without a script: all that was typed stays, nothing is checked."""
    typed: dict[str, Any] = {
        name: step.request.POST.getlist(name)
        if isinstance(field, MultipleChoiceField)
        else step.request.POST.get(name, "")
        for name, field in step.form.fields.items()
    }
    box = step.form.phrase_box()
    if box is not None and pk.isdecimal() and len(pk) < 18:
        phrase = Phrase.objects.visible_to(step.user).filter(pk=pk).first()
        lines = [typed[box.name].rstrip(), phrase.text if phrase else ""]
        typed[box.name] = "\n".join(filter(None, lines))
    step.form = action_form(step.row, step.case, initial=typed)
    return _show(step)


def _run(step: Step, *, is_rehearsal: bool) -> None:
    run: Any = actions.rehearse if is_rehearsal else actions.perform
    run(
        ticket=step.ticket,
        action=step.row.code,
        by=step.user,
        now=step.now,
        data=step.form.values(),
        version=step.form.cleaned_data.get("version"),
    )


def _after(step: Step) -> str:
    """Return where to go on: the confirmation for what left one's hands, else the ticket."""
    if step.row.code in ("escalate_hub", "resolve_onsite"):
        return reverse("tickets:done", args=[step.ticket.number])
    still = Ticket.objects.visible_to(step.user).filter(pk=step.ticket.pk).exists()
    return reverse("tickets:ticket", args=[step.ticket.number]) if still else reverse("core:home")


def _told(step: Step) -> str:
    """Return the result and what is next: 已签收。应 3月27日 24:00 前办结。"""
    ticket = Ticket.objects.get(pk=step.ticket.pk)
    text = f"{ticket.number}：已{step.row.label}。"
    if ticket.status != Status(step.case.ticket.status):
        text += f"现在是“{Status(ticket.status).label}”。"
    return text


def _context(step: Step) -> dict[str, Any]:
    ticket = step.ticket
    return {
        "ticket": ticket,
        "row": step.row,
        "form": step.form,
        "forecast": _forecast(step.case, step.row.code, step.form["days"].value())
        if "days" in step.form.fields
        else _forecast(step.case, step.row.code, _asked_days(step.case)),
        "may_forecast": terms.may_forecast(step.row.code),
        "application": step.case.application(_KIND.get(step.row.code, "")),
        "now": step.now,
        "calendar": step.case.book.calendar,
        "phrases": Phrase.objects.visible_to(step.user),
    }


_KIND = {
    "approve_extension": "EXTENSION",
    "deny_extension": "EXTENSION",
    "approve_return": "RETURN",
    "deny_return": "RETURN",
    "track": "TRACKING",
    "deny_track": "TRACKING",
    "approve_exclusion": "EXCLUSION",
    "deny_exclusion": "EXCLUSION",
}


def _asked_days(case: Case) -> int:
    waiting = case.application("EXTENSION")
    return int(waiting.data.get("days") or 0) if waiting is not None else 0


def _forecast(case: Case, code: str, days: Any) -> terms.Forecast | None:
    text = str(days or "0")
    number = int(text) if text.isdecimal() and len(text) < 4 else 0
    return terms.forecast(case, code, min(number, terms.MOST_DAYS))


def _show(step: Step) -> HttpResponse:
    form = step.form
    has_errors = form.is_bound and bool(form.errors)
    page = {**_context(step), "has_errors": has_errors}
    return render(step.request, "tickets/action.html", page, status=422 if has_errors else 200)


def _ask(step: Step) -> HttpResponse:
    """Ask once more before what cannot be undone; nothing has been written yet."""
    data = step.form.values()
    hidden = [("version", as_text(step.form.cleaned_data.get("version"))), ("confirmed", "1")]
    for name, value in data.items():
        many = value if isinstance(value, list) else [value]
        hidden += [(name, as_text(one)) for one in many if one not in (None, "", False)]
    shown = [
        (field.label, _said(field, data[field.name]))
        for field in (step.form[name] for name in data)
        if data[field.name] not in (None, "", [], False)
    ]
    context = {**_context(step), "hidden": hidden, "shown": shown}
    return render(step.request, "tickets/confirm.html", context)


def _said(field: Any, value: Any) -> str:
    """Return a value in the words that the person chose."""
    pairs: dict[str, str] = {}
    for code, label in getattr(field.field, "choices", ()):
        pairs |= (
            {str(c): str(n) for c, n in label}
            if isinstance(label, list)
            else {str(code): str(label)}
        )
    many = value if isinstance(value, list) else [value]
    if value is True:
        return "是"
    return "、".join(pairs.get(str(one), as_text(one).replace("T", " ")) for one in many)


def _conflict(step: Step, error: TicketConflict) -> HttpResponse:
    """Show both: what the person wrote, and what the ticket is now; nothing is lost (UX-9)."""
    seen = step.form.cleaned_data.get("version") or 0
    fresh = step.request.POST.copy()
    fresh["version"] = str(step.ticket.version)
    form = action_form(step.row, step.case, fresh)
    newer = [line for line in lines_of(step.case, step.user, since=seen) if line.is_new]
    context = {
        **_context(step),
        "form": form,
        "conflict": error.message,
        "newer": newer,
        "has_errors": True,
    }
    return render(step.request, "tickets/conflict.html", context, status=409)


@READERS
@require_POST
def forecast(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """The new due date for the days being typed; nothing is written."""
    step = _step(request, number, code, is_bound=False)
    if isinstance(step, HttpResponse):
        return HttpResponse(status=204)
    context = {"forecast": _forecast(step.case, code, request.POST.get("days", "0"))}
    return render(request, "tickets/_forecast.html", context)
