"""People: their entry, contact data, absences."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page, safe_next
from apps.core.permissions import Permission
from apps.roster import actions, posts, queries
from apps.roster.forms import AbsenceForm, ContactForm, PersonForm
from apps.roster.models import Absence, Expert, Officer, Person, Team, Unit
from apps.roster.views.common import attempt, home_of, warn_about_post


def _visible(request: StaffRequest, pk: int) -> Person:
    rows = Person.objects.visible_to(request.user).select_related("unit")
    return get_object_or_404(rows, pk=pk)


def _spoken_for(request: StaffRequest, pk: int) -> Person:
    """A person for whom the asker may speak: strangers to it are refused, not hidden."""
    found = _visible(request, pk)
    if not queries.may_speak_for(request.user, found):
        raise PermissionDenied
    return found


@requires(Permission.VIEW_ROSTER)
@require_safe
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """One person: posts, contact data, absences, history."""
    found = _visible(request, pk)
    queries.look_up_contacts([found], today())
    absences = Absence.objects.visible_to(request.user).filter(person=found, until_on__gte=today())
    standing_in = Absence.objects.on(today()).filter(deputy=found).select_related("person")
    context = {
        "person": found,
        "unit": found.unit,
        "officers": Officer.objects.visible_to(request.user)
        .filter(person=found)
        .select_related("zone")
        .order_by("zone__order", "pk"),
        "experts": Expert.objects.visible_to(request.user)
        .filter(person=found)
        .select_related("unit"),
        "teams": Team.objects.visible_to(request.user).filter(leader=found).select_related("unit"),
        "coming": absences.select_related("deputy").order_by("from_on", "pk"),
        "standing_in": standing_in.order_by("from_on", "pk"),
        "history": queries.history_of(found),
        "may_edit": queries.may_edit_person(request.user, found),
        "may_speak": queries.may_speak_for(request.user, found),
        "is_self": queries.person_of(request.user) == found.pk,
    }
    return render(request, "roster/person.html", context)


@requires(Permission.EDIT_TEAM, Permission.EDIT_EXPERTS)
@require_http_methods(["GET", "POST"])
def person_new(request: StaffRequest, code: str) -> HttpResponse:
    """Enter somebody in a unit's roster."""
    unit = Unit.objects.staffable_by(request.user).filter(code=code).first()
    if unit is None:
        raise Http404
    form = PersonForm(request.POST if request.method == "POST" else None)
    made: list[Person] = []

    def run(data: dict[str, Any]) -> None:
        made.append(
            actions.save_person(person=None, unit=unit, by=request.user, now=timezone.now(), **data)
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{made[0].name} 已登记到{unit.name}名册。")
        return redirect("roster:person", pk=made[0].pk)
    context = {"form": form, "unit": unit, "back": home_of(unit)}
    return form_page(request, "roster/person_form.html", context, form)


@requires(Permission.VIEW_ROSTER)
@require_http_methods(["GET", "POST"])
def person_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change an entry: the unit's editor everything, the person himself the numbers."""
    found = _spoken_for(request, pk)
    is_editor = queries.may_edit_person(request.user, found)
    form_class = PersonForm if is_editor else ContactForm
    names = form_class.base_fields
    form = form_class(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(found, name) for name in names},
    )

    def run(data: dict[str, Any]) -> None:
        common: dict[str, Any] = {"person": found, "by": request.user, "now": timezone.now()}
        if is_editor:
            actions.save_person(unit=found.unit, **common, **data)
        else:
            actions.save_own_contact(**common, **data)

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{found.name}的资料已修改。")
        warn_about_post(request, found)
        return redirect("roster:person", pk=pk)
    shown = Person.objects.select_related("unit").get(pk=pk)
    serves = Officer.objects.current().filter(person=found).exists()
    context = {
        "form": form,
        "unit": found.unit,
        "person": shown,
        "is_editor": is_editor,
        "advice": [posts.advice(shown.title)] if serves else [],
    }
    return form_page(request, "roster/person_form.html", context, form)


@requires(Permission.VIEW_ROSTER)
@require_POST
def person_confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """本人确认: the numbers are right."""
    found = _spoken_for(request, pk)
    try:
        actions.confirm_contact(person=found, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("roster:person-edit", pk=pk)
    messages.success(request, f"{found.name}的联系方式已确认。")
    return redirect(safe_next(request, found_url(found)))


def found_url(person: Person) -> str:
    """Return the address of a person's page."""
    return reverse("roster:person", args=[person.pk])


@requires(Permission.REVEAL_PHONE)
@require_POST
def phone_dead(request: StaffRequest, pk: int, which: str) -> HttpResponse:
    """Report that a number does not answer."""
    found = _visible(request, pk)
    try:
        actions.mark_phone_dead(person=found, which=which, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"已标记{found.name}的号码打不通，请其本人或单位核对。")
    return redirect(safe_next(request, found_url(found)))


@requires(Permission.EDIT_TEAM, Permission.EDIT_EXPERTS)
@require_http_methods(["GET", "POST"])
def person_leave(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then take somebody out of the roster."""
    found = _visible(request, pk)
    if not queries.may_edit_person(request.user, found):
        raise PermissionDenied
    if request.method == "POST":
        actions.leave_roster(person=found, by=request.user, now=timezone.now())
        messages.success(
            request, f"{found.name} 已移出{found.unit.name}名册。账号请到“账号管理”停用。"
        )
        return redirect(home_of(found.unit))
    context = {
        "title": f"把 {found} 移出{found.unit.name}名册？",
        "consequences": [*_posts_that_end(found), "以前的记录保留；账号请另到“账号管理”停用。"],
        "action_label": "移出名册",
        "danger": True,
        "cancel_url": reverse("roster:person", args=[pk]),
        "crumb_url": reverse("roster:person", args=[pk]),
        "crumb_label": found.name,
    }
    return render(request, "core/confirm.html", context)


def _posts_that_end(person: Person) -> list[str]:
    """Say in words what else ends when somebody leaves."""
    zones = Officer.objects.current().filter(person=person).values_list("zone__name", flat=True)
    told = [f"结束在{name}的服务。" for name in zones]
    if Team.objects.filter(leader=person).exists():
        told.append("队伍负责人空缺，须另设。")
    if Expert.objects.current().filter(person=person).exists():
        told.append("退出专家库。")
    return told


@requires(Permission.VIEW_ROSTER)
@require_http_methods(["GET", "POST"])
def absence(request: StaffRequest, pk: int) -> HttpResponse:
    """Name a deputy for the days somebody is away."""
    found = _spoken_for(request, pk)
    form = AbsenceForm(
        request.POST if request.method == "POST" else None,
        person=found,
        initial={"from_on": today()},
    )

    def run(data: dict[str, Any]) -> None:
        actions.set_absence(person=found, by=request.user, now=timezone.now(), **data)

    if request.method == "POST" and attempt(form, run):
        deputy = form.cleaned_data["deputy"]
        messages.success(request, f"已设 {deputy} 在这段时间替 {found} 代办。")
        return redirect("roster:person", pk=pk)
    coming = Absence.objects.visible_to(request.user).filter(person=found, until_on__gte=today())
    context = {
        "form": form,
        "person": found,
        "coming": coming.select_related("deputy").order_by("from_on", "pk"),
    }
    return form_page(request, "roster/absence.html", context, form)


@requires(Permission.VIEW_ROSTER)
@require_POST
def absence_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Call an absence off."""
    rows = Absence.objects.visible_to(request.user).select_related("person__unit")
    found = get_object_or_404(rows, pk=pk)
    if not queries.may_speak_for(request.user, found.person):
        raise PermissionDenied
    try:
        actions.cancel_absence(absence=found, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{found.person} 的代办已取消。")
    return redirect("roster:person", pk=found.person_id)
