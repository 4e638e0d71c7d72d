"""职能部门专家库: the 1+X pool."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.columns import Column, chosen, saved_views, shown
from apps.core.http import StaffRequest, form_page
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.roster import actions, queries
from apps.roster.forms import DivisionLevelPickForm, ExpertEditForm, ExpertForm
from apps.roster.models import Absence, Expert, Unit
from apps.roster.views.common import attempt, query_text

ORDER = ("unit__order", "unit_id", "rank", "pk")
COLUMNS = (
    Column("unit", "部门"),
    Column("who", "姓名与职务", is_fixed=True),
    Column("matters", "可答复的业务"),
    Column("phones", "电话"),
    Column("state", "在岗情况"),
    Column("updated", "更新于"),
)
PAGE = 50
RANKS = (("", "全部"), ("COMMISSIONER", "专员"), ("EXPERT", "专家"))


@requires(Permission.VIEW_ROSTER)
@require_safe
def experts(request: StaffRequest) -> HttpResponse:
    """The pool: search by name, unit, matter, initials, phone; who is away and who stands in."""
    text = query_text(request)
    unit, category = query_text(request, "unit"), query_text(request, "category")
    pool = Expert.objects.visible_to(request.user)
    found = queries.find_experts(pool, text=text, unit=unit, category=category)
    rank = request.GET.get("rank", "")
    if rank in dict(RANKS) and rank:
        found = found.filter(rank=rank)
    page = keyset_page(
        found.select_related("unit", "person").prefetch_related("matters"),
        order=ORDER,
        request=request,
        size=PAGE,
    )
    queries.look_up_contacts([row.person for row in page.rows], today())
    columns = chosen(request, COLUMNS)
    context = {
        "page": page,
        "total": found.count(),
        "units": Unit.objects.visible_to(request.user).with_experts().order_by("order", "pk"),
        "categories": queries.category_choices(),
        "columns": columns,
        "shown": shown(columns),
        "views": saved_views(request, "roster:experts"),
        "may_share": request.user.unit_id is not None,
        "filters": {"q": text, "unit": unit, "category": category, "rank": rank},
        "ranks": RANKS,
        "gaps": queries.pools_without_commissioner(),
        "own_pool": Unit.objects.staffable_by(request.user)
        .with_experts()
        .filter(pk=request.user.unit_id or 0)
        .first(),
    }
    return render(request, "roster/experts.html", context)


@requires(Permission.VIEW_ROSTER)
@require_safe
def expert(request: StaffRequest, pk: int) -> HttpResponse:
    """One commissioner or expert."""
    found = get_object_or_404(
        Expert.objects.visible_to(request.user).select_related("unit", "person__unit"), pk=pk
    )
    queries.look_up_contacts([found.person], today())
    coming = Absence.objects.visible_to(request.user).filter(
        person=found.person, until_on__gte=today()
    )
    terms = Expert.objects.filter(person=found.person, until_on__isnull=False)
    context = {
        "expert": found,
        "person": found.person,
        "matters": list(found.matters.select_related("parent").order_by("order", "pk")),
        "coming": coming.select_related("deputy").order_by("from_on", "pk"),
        "former": terms.select_related("unit").order_by("-until_on", "-pk"),
        "history": queries.history_of(found, found.person),
        "may_edit": Expert.objects.editable_by(request.user).filter(pk=pk).exists(),
        "may_speak": queries.may_speak_for(request.user, found.person),
    }
    return render(request, "roster/expert.html", context)


def _pool(request: StaffRequest, code: str) -> Unit:
    units = Unit.objects.staffable_by(request.user).with_experts()
    wanted = units.filter(code=code) if code else units.filter(pk=request.user.unit_id or 0)
    found = wanted.first()
    if found is None:
        raise Http404
    return found


@requires(Permission.EDIT_EXPERTS)
@require_http_methods(["GET", "POST"])
def expert_new(request: StaffRequest) -> HttpResponse:
    """Add an expert to a pool: ``?unit=<code>``, else the own one."""
    unit = _pool(request, request.GET.get("unit", ""))
    form = ExpertForm(request.POST if request.method == "POST" else None, unit=unit)
    now = timezone.now()
    made: list[Expert] = []

    def run(data: dict[str, Any]) -> None:
        person = actions.ensure_person(
            person=data["person"], new=form.new_person(), unit=unit, by=request.user, now=now
        )
        made.append(
            actions.add_expert(
                person=person,
                unit=unit,
                matters=data["matters"],
                matters_note=data["matters_note"],
                by=request.user,
                now=now,
            )
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{made[0].person} 已加入{unit.name}专家库。")
        return redirect("roster:expert", pk=made[0].pk)
    context = {"form": form, "unit": unit, "groups": _groups(form)}
    return form_page(request, "roster/expert_form.html", context, form)


@requires(Permission.EDIT_EXPERTS)
@require_http_methods(["GET", "POST"])
def expert_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what an expert answers for."""
    rows = Expert.objects.editable_by(request.user).select_related("unit", "person")
    found = get_object_or_404(rows, pk=pk)
    initial = {"matters": list(found.matters.all()), "matters_note": found.matters_note}
    form = ExpertEditForm(request.POST if request.method == "POST" else None, initial=initial)

    def run(data: dict[str, Any]) -> None:
        actions.save_expert(expert=found, by=request.user, now=timezone.now(), **data)

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{found.person} 可答复的业务已修改。")
        return redirect("roster:expert", pk=pk)
    context = {"form": form, "unit": found.unit, "expert": found, "groups": _groups(form)}
    return form_page(request, "roster/expert_form.html", context, form)


def _groups(form: ExpertForm | ExpertEditForm) -> list[dict[str, Any]]:
    """The categories by groups, with what is ticked; a group with a tick is drawn open."""
    chosen = form.chosen()
    groups = []
    for label, children in queries.category_choices(empty=""):
        if not isinstance(children, list):
            continue
        boxes = [
            {"code": code, "label": name, "is_checked": code in chosen} for code, name in children
        ]
        ticked = sum(1 for box in boxes if box["is_checked"])
        groups.append({"label": label, "boxes": boxes, "ticked": ticked})
    return groups


@requires(Permission.EDIT_EXPERTS)
@require_http_methods(["GET", "POST"])
def expert_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then end an appointment."""
    rows = Expert.objects.editable_by(request.user).select_related("unit", "person")
    found = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        actions.end_expert(expert=found, by=request.user, now=timezone.now())
        messages.success(request, f"{found.person} 已退出{found.unit.name}专家库，以前的记录保留。")
        return redirect("roster:unit", code=found.unit.code)
    context = {
        "title": f"{found.person} 退出{found.unit.name}专家库？",
        "consequences": ["今天起不再列入专家库；以前的记录保留，可以重新加入。"],
        "action_label": "退出专家库",
        "danger": True,
        "cancel_url": reverse("roster:expert", args=[pk]),
        "crumb_url": reverse("roster:expert", args=[pk]),
        "crumb_label": found.person.name,
    }
    return render(request, "core/confirm.html", context)


@requires(Permission.EDIT_EXPERTS)
@require_http_methods(["GET", "POST"])
def commissioner(request: StaffRequest, code: str) -> HttpResponse:
    """Appoint a department's commissioner; the former one's term ends."""
    unit = _pool(request, code)
    present = Expert.objects.current().filter(unit=unit, rank="COMMISSIONER")
    form = DivisionLevelPickForm(request.POST if request.method == "POST" else None, unit=unit)
    now = timezone.now()
    made: list[Expert] = []

    def run(data: dict[str, Any]) -> None:
        person = actions.ensure_person(
            person=data["person"], new=form.new_person(), unit=unit, by=request.user, now=now
        )
        made.append(
            actions.appoint_commissioner(unit=unit, person=person, by=request.user, now=now)
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{unit.name}的专员现为 {made[0].person}。")
        return redirect("roster:unit", code=unit.code)
    context = {
        "form": form,
        "unit": unit,
        "present": present.select_related("person").first(),
    }
    return form_page(request, "roster/commissioner.html", context, form)
