"""登记诉求: one page, the look beside it while typing, check answers, confirmation."""

from typing import cast

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.registry.models import BusinessEntity
from apps.registry.queries.search import typeahead
from apps.tickets import actions, uploads
from apps.tickets.actions import Intake
from apps.tickets.forms import HandingForm, RegisterForm, ResultForm
from apps.tickets.forms.registering import NEW, blame
from apps.tickets.models import Ticket
from apps.tickets.queries import intake
from apps.tickets.queries.enterprise import card_of_entity, may_see_enterprise

REGISTRARS = requires(Permission.REGISTER_TICKETS)
#: the engine's names → those of the page
NAMES = {"entity": "entity_text", "name": "entity_text"}
MOST_QUERY = 60


def _user(request: StaffRequest) -> User:
    return cast(User, request.user)


def _draft(request: StaffRequest) -> Ticket | None:
    """The draft that is gone on with: one's own, or nothing."""
    pk = request.POST.get("draft") or request.GET.get("draft") or ""
    if not (pk.isdecimal() and len(pk) < 18):
        return None
    rows = Ticket.objects.drafts_of(request.user).select_related("entity__unit", "entity__zone")
    return get_object_or_404(rows, pk=pk)


def _is_hotline(request: StaffRequest) -> bool:
    """The hub takes tickets of 12345 unless it says that it is another request."""
    if not intake.may_take_hotline(_user(request)):
        return False
    return (request.POST.get("kind") or request.GET.get("kind")) != "plain"


def _form(request: StaffRequest, draft: Ticket | None) -> RegisterForm:
    return RegisterForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        user=request.user,
        has_files=uploads.is_ready(),
        is_hotline=_is_hotline(request),
        initial=intake.initial_of(draft, request.GET, _user(request)),
    )


@REGISTRARS
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """The page: answered, put to an expert, passed to the hub, kept, or left to the officer."""
    draft = _draft(request)
    if request.method != "POST":
        return _page(request, _form(request, draft), ResultForm(), draft)
    does = request.POST.get("do", "")
    if does == "draft":
        return _keep(request, draft)
    if does == "look":
        return _page(request, _form(request, draft), ResultForm(), draft, is_question=True)
    form = _form(request, draft)
    if does == "onsite":
        return _answer(request, form, draft)
    if not form.is_valid():
        return _page(request, form, ResultForm(), draft)
    if does == "hub" and intake.may_answer(_user(request)):
        kept = _saved(request, form, draft)
        return redirect(f"{reverse('tickets:check')}?draft={kept.pk}")
    return _take(request, form, draft)


def _take(request: StaffRequest, form: RegisterForm, draft: Ticket | None) -> HttpResponse:
    take = actions.take_hotline if form.is_hotline else actions.take
    try:
        ticket = take(intake=_intake(form, draft), by=_user(request), now=timezone.now())
    except DomainError as error:
        blame(form, error, NAMES)
        return _page(request, form, ResultForm(), draft)
    if request.POST.get("do") == "ask" and intake.may_answer(_user(request)):
        return redirect("tickets:action", ticket.number, "request_expert")
    return redirect("tickets:done", ticket.number)


def _answer(request: StaffRequest, form: RegisterForm, draft: Ticket | None) -> HttpResponse:
    """First the request is checked and the result asked for, then both are sent together."""
    is_asked = "answer" in request.POST and request.POST.get("result") == "1"
    result = ResultForm(request.POST if is_asked else None)
    is_good = form.is_valid()
    if not is_good or not is_asked or not result.is_valid():
        return _page(request, form, result, draft, asks_result=is_good or is_asked)
    try:
        ticket = actions.take_and_answer(
            intake=_intake(form, draft),
            result=result.cleaned_data,
            by=_user(request),
            now=timezone.now(),
        )
    except DomainError as error:
        blame(result if error.field in result.fields else form, error, NAMES)
        return _page(request, form, result, draft, asks_result=True)
    return redirect("tickets:done", ticket.number)


def _intake(form: RegisterForm, draft: Ticket | None) -> Intake:
    return Intake(
        enterprise=form.enterprise(),
        data=form.details(),
        files=form.cleaned_data.get("photos") or [],
        draft=draft,
    )


def _saved(request: StaffRequest, form: RegisterForm, draft: Ticket | None) -> Ticket:
    kept = actions.save_draft(
        by=_user(request),
        now=timezone.now(),
        content=form.cleaned_data.get("content") or request.POST.get("content", ""),
        enterprise=form.enterprise(),
        details=form.details(),
        draft=draft,
    )
    if form.cleaned_data.get("photos"):
        uploads.keep_all(
            ticket=kept, uploads=form.cleaned_data["photos"], by=request.user, now=timezone.now()
        )
    return kept


def _keep(request: StaffRequest, draft: Ticket | None) -> HttpResponse:
    """存草稿: whatever is there is kept, right or wrong."""
    form = _form(request, draft)
    form.is_valid()
    try:
        kept = _saved(request, form, draft)
    except DomainError as error:
        blame(form, error, NAMES)
        return _page(request, form, ResultForm(), draft)
    messages.success(request, "草稿已保存，只有您看得到。下次打开“登记诉求”可以接着写。")
    return redirect(f"{reverse('tickets:new')}?draft={kept.pk}")


def _page(
    request: StaffRequest,
    form: RegisterForm,
    result: ResultForm,
    draft: Ticket | None,
    *,
    asks_result: bool = False,
    is_question: bool = False,
) -> HttpResponse:
    user = _user(request)
    now = timezone.now()
    text = form["content"].value() or ""
    chosen = form.chosen or intake.entity_of(form["entity"].value(), user)
    context = {
        "form": form,
        "result": result,
        "draft": draft,
        "drafts": [] if draft else intake.drafts_of(user),
        "asks_result": asks_result or result.is_bound,
        "may_answer": intake.may_answer(user) and not form.is_hotline,
        "may_take_hotline": intake.may_take_hotline(user),
        "is_new": form["entity"].value() == NEW,
        "card": card_of_entity(chosen, user, now) if chosen is not None else None,
        "advice": intake.advice(
            user, text, chosen.pk if chosen else None, form["category"].value()
        ),
    }
    shown = (form,) if not result.is_bound else (form, result)
    if is_question:
        return render(request, "tickets/new.html", context)
    if not form.is_bound:
        return render(request, "tickets/new.html", context)
    return form_page(request, "tickets/new.html", context, *shown)


# ---- beside the form, while typing ------------------------------------------------------------
@REGISTRARS
@require_safe
def find(request: StaffRequest) -> HttpResponse:
    """Candidates for the enterprise that is being typed, and the offer to add it."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:MOST_QUERY]
    if request.headers.get("X-Requested-With") != "fetch":
        return redirect("tickets:new")
    scope = BusinessEntity.objects.visible_to(request.user).present()
    rows = typeahead(scope, text) if text else []
    counts = intake.open_counts([row.pk for row in rows])
    items = [
        {"title": row.name, "note": intake.note_of(row, counts.get(row.pk, 0)), "value": row.pk}
        for row in rows
    ]
    if text:
        items.append({"title": f"没有找到？新增“{text}”", "text": text, "value": NEW})
    return JsonResponse(items, safe=False)


@REGISTRARS
@require_POST
def look(request: StaffRequest) -> HttpResponse:
    """What is known about the text so far: same enterprise, similar ones, handbook, experts."""
    user = _user(request)
    entity = intake.entity_of(request.POST.get("entity", ""), user)
    advice = intake.advice(
        user,
        request.POST.get("content", "")[:4000],
        entity.pk if entity else None,
        request.POST.get("category", ""),
    )
    return render(request, "tickets/_advice.html", {"advice": advice})


@REGISTRARS
@require_POST
def picked(request: StaffRequest) -> HttpResponse:
    """The card of the enterprise that was picked, or the fields for a new one."""
    user = _user(request)
    entity = intake.entity_of(request.POST.get("entity", ""), user)
    form = RegisterForm(
        None,
        user=user,
        has_files=False,
        is_hotline=False,
        initial=intake.initial_of(None, request.GET, user),
    )
    context = {
        "form": form,
        "card": card_of_entity(entity, user, timezone.now()) if entity is not None else None,
        "is_new": request.POST.get("entity") == NEW,
    }
    return render(request, "tickets/_picked.html", context)


# ---- 转中枢办 and the end ---------------------------------------------------------------------
@REGISTRARS
@require_http_methods(["GET", "POST"])
def check(request: StaffRequest) -> HttpResponse:
    """Check answers before the request goes to the hub: summary, what was tried, duplicates."""
    draft = _draft(request)
    user = _user(request)
    if draft is None or not intake.may_answer(user):
        return redirect("tickets:new")
    form = HandingForm(
        request.POST if request.method == "POST" else None,
        without=draft.complained_unit_id,
        initial={"suggested": intake.usual_lead(draft)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            ticket = actions.take_and_pass_on(
                intake=actions.intake_of(draft),
                handing=form.cleaned_data,
                by=user,
                now=timezone.now(),
            )
        except DomainError as error:
            blame(form, error)
        else:
            return redirect("tickets:done", ticket.number)
    context = {
        "form": form,
        "draft": draft,
        "advice": intake.advice(
            user,
            draft.content,
            draft.entity_id,
            draft.category.code if draft.category else "",
        ),
    }
    return form_page(request, "tickets/check.html", context, form)


@REGISTRARS
@require_safe
def done(request: StaffRequest, number: str) -> HttpResponse:
    """The confirmation: number, what happens next and until when, the words for the enterprise."""
    rows = Ticket.objects.visible_to(request.user).select_related(
        "lead_unit", "first_unit", "first_receiver", "entity"
    )
    ticket = get_object_or_404(rows, number=number)
    context = {
        "ticket": ticket,
        "knows": may_see_enterprise(_user(request), ticket),
        "next_line": intake.what_next(ticket),
        "sms": intake.sms(ticket),
    }
    return render(request, "tickets/done.html", context)
