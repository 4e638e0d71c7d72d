"""成员单位: the list, a unit's page, and its entry."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.roster import actions, queries
from apps.roster.choices import TEAM_KINDS, UnitKind
from apps.roster.forms import LiaisonForm, UnitForm, unit_initial
from apps.roster.models import Category, Expert, Person, Unit
from apps.roster.views.common import attempt, query_text

#: the plan's number of member units; it does not list them, so the rest is marked here
MEMBER_UNITS = 77
VIEW = (Permission.VIEW_ROSTER, Permission.EDIT_UNITS)
KINDS = (
    ("", "全部"),
    ("town", "乡镇街道开发区"),
    ("department", "职能部门"),
    ("other", "其他成员单位"),
)
FLAGS = (
    ("", "全部"),
    ("member", "成员单位"),
    ("unsettled", "成员单位待确认"),
    ("pool", "有专家库"),
    ("doubt", "名称待核"),
)


def _filtered(rows: Any, *, text: str, kind: str, flag: str) -> Any:
    if text:
        rows = rows.filter(queries.matching_units(text))
    kinds = {
        "town": TEAM_KINDS,
        "department": (UnitKind.DEPARTMENT,),
        "other": (UnitKind.OTHER,),
    }
    if kind in kinds:
        rows = rows.filter(kind__in=kinds[kind])
    flags: dict[str, dict[str, Any]] = {
        "member": {"is_member_unit": True},
        "unsettled": {"is_member_unit__isnull": True},
        "pool": {"has_expert_pool": True},
        "doubt": {"name_check__in": ("B", "C")},
    }
    return rows.filter(**flags.get(flag, {}))


@requires(*VIEW)
@require_safe
def units(request: StaffRequest) -> HttpResponse:
    """All units with their flags; what the plan leaves open is shown as 待确认."""
    text = query_text(request)
    kind, flag = request.GET.get("kind", ""), request.GET.get("flag", "")
    visible = Unit.objects.visible_to(request.user)
    rows = _filtered(visible, text=text, kind=kind, flag=flag)
    context = {
        "units": list(rows.order_by("order", "pk")),
        "total": visible.count(),
        "marked": visible.filter(is_member_unit=True).count(),
        "member_units": MEMBER_UNITS,
        "filters": {"q": text, "kind": kind, "flag": flag},
        "kinds": KINDS,
        "flags": FLAGS,
        "may_edit": request.user.has_perm(Permission.EDIT_UNITS),
    }
    return render(request, "roster/units.html", context)


@requires(*VIEW)
@require_safe
def unit(request: StaffRequest, code: str) -> HttpResponse:
    """One unit: flags, duties, other names, people, pool."""
    found = get_object_or_404(
        Unit.objects.visible_to(request.user).select_related("liaison"), code=code
    )
    sees_people = request.user.has_perm(Permission.VIEW_ROSTER)
    pool = Expert.objects.visible_to(request.user).filter(unit=found)
    people = Person.objects.visible_to(request.user).filter(unit=found)
    experts = list(pool.select_related("person").prefetch_related("matters").order_by("rank", "pk"))
    in_pool = {row.person_id for row in experts}
    others = list(people.exclude(pk__in=in_pool).order_by("name_initials", "pk"))
    queries.look_up_contacts([*[row.person for row in experts], *others], today())
    context = {
        "unit": found,
        "sees_people": sees_people,
        "experts": experts,
        "others": others,
        "leads": Category.objects.active().filter(default_lead=found).order_by("order", "pk"),
        "may_edit_unit": request.user.has_perm(Permission.EDIT_UNITS),
        "may_edit_people": Unit.objects.staffable_by(request.user).filter(pk=found.pk).exists(),
        "history": queries.history_of(found, limit=10) if sees_people else [],
    }
    return render(request, "roster/unit.html", context)


@requires(Permission.EDIT_UNITS)
@require_http_methods(["GET", "POST"])
def unit_new(request: StaffRequest) -> HttpResponse:
    """Add a member unit that the plan does not name."""
    initial = {"kind": UnitKind.OTHER, "name_check": "B", "is_active": True}
    form = UnitForm(request.POST if request.method == "POST" else None, initial=initial)

    def run(data: dict[str, Any]) -> None:
        actions.save_unit(unit=None, by=request.user, now=timezone.now(), **data)

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"已新增{form.cleaned_data['name']}。")
        return redirect("roster:units")
    return form_page(request, "roster/unit_form.html", {"form": form}, form)


@requires(Permission.EDIT_UNITS)
@require_http_methods(["GET", "POST"])
def unit_edit(request: StaffRequest, code: str) -> HttpResponse:
    """Change a unit's entry."""
    found = get_object_or_404(Unit.objects.editable_by(request.user), code=code)
    form = UnitForm(
        request.POST if request.method == "POST" else None, initial=unit_initial(found), unit=found
    )

    def run(data: dict[str, Any]) -> None:
        actions.save_unit(unit=found, by=request.user, now=timezone.now(), **data)

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{found.name}的资料已修改。")
        if found.is_active:
            return redirect("roster:unit", code=code)
        return redirect("roster:units")
    shown = Unit.objects.get(pk=found.pk)
    return form_page(request, "roster/unit_form.html", {"form": form, "unit": shown}, form)


@requires(Permission.EDIT_TEAM, Permission.EDIT_EXPERTS)
@require_http_methods(["GET", "POST"])
def liaison(request: StaffRequest, code: str) -> HttpResponse:
    """Name the unit's liaison."""
    found = Unit.objects.staffable_by(request.user).filter(code=code).first()
    if found is None:
        raise Http404
    form = LiaisonForm(
        request.POST if request.method == "POST" else None,
        unit=found,
        initial={"liaison": found.liaison_id},
    )

    def run(data: dict[str, Any]) -> None:
        actions.set_liaison(unit=found, person=data["liaison"], by=request.user, now=timezone.now())

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{found.name}的联络员现为 {found.liaison or '空缺'}。")
        return redirect("roster:unit", code=code)
    return form_page(request, "roster/liaison.html", {"form": form, "unit": found}, form)
