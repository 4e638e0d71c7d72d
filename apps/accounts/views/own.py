"""我的: one's own page, sessions, drafts; and numbers shown in full."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import actions, drafts, queries
from apps.accounts.forms import PhraseForm, RevealForm
from apps.accounts.models import Draft, Phrase, SavedView, Session, User
from apps.core.access import any_staff, requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page, safe_next, wants_fragment
from apps.core.permissions import Permission
from apps.core.reveal import revealable


def _user(request: StaffRequest) -> User:
    return cast(User, request.user)  # the middleware lets nobody else in


@any_staff
@require_safe
def me(request: StaffRequest) -> HttpResponse:
    """Contact data, work, phrases, password, second factor, display, sessions, drafts."""
    return _own_page(request, PhraseForm())


def _own_page(request: StaffRequest, phrase_form: PhraseForm) -> HttpResponse:
    user = _user(request)
    now = timezone.now()
    context = {
        "person": user.person,
        "sessions": user.sessions.filter(expire_date__gt=now).order_by("-seen_at"),
        "current_key": request.session.session_key,
        "drafts": [
            (row, drafts.place_of(row.form, row.ref))
            for row in user.drafts.defer("content").order_by("-saved_at")[:50]
        ],
        "views": user.saved_views.order_by("list_name", "name"),
        "second_factor": queries.second_factor_of(user),
        "keys_off": request.COOKIES.get("keys") == "off",
        "phrases": Phrase.objects.visible_to(user).select_related("user"),
        "phrase_form": phrase_form,
    }
    return form_page(request, "accounts/me.html", context, phrase_form)


@any_staff
@require_POST
def add_phrase(request: StaffRequest) -> HttpResponse:
    """存为常用语."""
    form = PhraseForm(request.POST)
    if form.is_valid():
        try:
            actions.add_phrase(user=_user(request), **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, "已存为常用语。")
            return redirect("accounts:me")
    return _own_page(request, form)


@any_staff
@require_POST
def drop_phrase(request: StaffRequest, pk: int) -> HttpResponse:
    """Delete one's own phrase."""
    phrase = get_object_or_404(Phrase, pk=pk, user=_user(request))
    actions.drop_phrase(user=_user(request), pk=phrase.pk)
    messages.success(request, "已删除。")
    return redirect("accounts:me")


@any_staff
@require_POST
def end_session(request: StaffRequest, key: str) -> HttpResponse:
    """End one of one's sessions (the address carries the start of its key, not the key)."""
    user = _user(request)
    found = get_object_or_404(Session.objects.filter(user=user), session_key__startswith=key)
    actions.end_session(session=found, by=user, now=timezone.now())
    messages.success(request, "已结束那一处登录。")
    return redirect("accounts:me")


@any_staff
@never_cache
@require_http_methods(["GET", "POST"])
def draft(request: StaffRequest) -> HttpResponse:
    """Save (POST), read (GET) or discard (POST discard=1) a draft of (form, ref)."""
    user = _user(request)
    data = request.POST if request.method == "POST" else request.GET
    form, ref = data.get("form", "")[:60], data.get("ref", "")[:60]
    if not form:
        return JsonResponse({"error": "缺少表单名"}, status=422)
    if request.method == "GET":
        row = Draft.objects.filter(user=user, form=form, ref=ref).first()
        return JsonResponse(
            {"content": row.content if row else "", "saved_at": row.saved_at if row else None}
        )
    if data.get("discard"):
        actions.discard_draft(user=user, form=form, ref=ref)
        if request.headers.get("X-Requested-With") != "fetch":
            messages.success(request, "草稿已删除。")
            return redirect(safe_next(request, "/me/"))
        return JsonResponse({"saved": ""})
    try:
        saved = actions.save_draft(
            user=user, form=form, ref=ref, content=data.get("content", ""), now=timezone.now()
        )
    except DomainError as error:
        return JsonResponse({"error": error.message}, status=422)
    return JsonResponse({"saved": f"{timezone.localtime(saved.saved_at):%H:%M}"})


@any_staff
@require_POST
def save_view(request: StaffRequest) -> HttpResponse:
    """存当前条件: keep a list's filters and columns under a name."""
    try:
        actions.save_view(
            user=_user(request),
            list_name=request.POST.get("list", "")[:60],
            name=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
            columns=request.POST.getlist("columns"),
            is_shared=bool(request.POST.get("shared")),
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已存为常用筛选。")
    return redirect(safe_next(request, "/"))


@any_staff
@require_POST
def drop_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Delete one's own saved view."""
    get_object_or_404(SavedView, pk=pk, user=_user(request))
    actions.drop_view(user=_user(request), pk=pk)
    messages.success(request, "已删除。")
    return redirect(safe_next(request, "/me/"))


@requires(Permission.REVEAL_PHONE)
@never_cache
@require_http_methods(["GET", "POST"])
def reveal(request: StaffRequest, kind: str, pk: int, field: str) -> HttpResponse:
    """Show a number in full, once, after a reason; written down and counted."""
    user = _user(request)
    rule = revealable(kind, field)
    target = rule.find(user, pk) if rule else None
    if rule is None or target is None:
        raise Http404
    form = RevealForm(
        request.POST if request.method == "POST" else None, initial={"reason": "CONTACT"}
    )
    back = safe_next(request, "/")
    context = {"form": form, "target": target, "rule": rule, "next": back, "number": ""}
    if request.method == "POST" and form.is_valid():
        try:
            context["number"] = actions.reveal(
                kind=rule,
                target=target,
                field=field,
                by=user,
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
                note=form.cleaned_data["note"],
            )
        except DomainError as error:
            form.add_error(error.field, error.message)
    template = "accounts/_reveal.html" if wants_fragment(request) else "accounts/reveal.html"
    return form_page(request, template, context, form)
