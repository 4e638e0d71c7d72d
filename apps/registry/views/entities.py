"""One entity: its page, add, change, status, numbers."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.registry import actions, codes, links
from apps.registry.choices import EntityStatus, Source
from apps.registry.forms import EntityForm, StatusForm, entity_initial
from apps.registry.models import BusinessEntity, Contact, Merge
from apps.roster import queries as roster_queries
from apps.roster.models import Officer, Unit
from apps.roster.views.common import attempt

TOLD = (
    ("name", "名称"),
    ("kind", "性质"),
    ("principal", "负责人"),
    ("zone", "片区"),
    ("address", "经营地址"),
    ("credit_code", "信用代码"),
    ("industry", "行业"),
    ("status", "状态"),
)


def _sources(entity: BusinessEntity) -> list[tuple[str, str, str]]:
    """Where each fact comes from: (fact, source, day)."""
    names = dict(Source.choices)
    return [
        (
            label,
            names.get(entity.sources[name][0], entity.sources[name][0]),
            entity.sources[name][1],
        )
        for name, label in TOLD
        if name in entity.sources
    ]


@requires(Permission.VIEW_ENTITIES, Permission.VIEW_CASE_ENTITIES)
@require_safe
def entity(request: StaffRequest, pk: int) -> HttpResponse:
    """Card, masked contacts, zone and officers, what other apps hang on, history."""
    user = request.user
    found = get_object_or_404(
        BusinessEntity.objects.visible_to(user).select_related("unit", "zone", "merged_into"), pk=pk
    )
    if found.merged_into is not None:
        messages.info(request, f"“{found.name}”已并入这一家。")
        return redirect("registry:entity", pk=found.merged_into_id)
    officers = [
        row.person
        for row in Officer.objects.current()
        .filter(zone=found.zone_id or 0, person__is_active=True)
        .select_related("person")
        .order_by("since_on", "pk")
    ]
    roster_queries.look_up_contacts(officers, today())
    merges = Merge.objects.visible_to(user).standing().filter(kept=found)
    now = timezone.now()
    context = {
        "entity": found,
        "labels": found.labels.order_by("order", "pk"),
        "contacts": list(found.contacts.order_by("order", "pk")),
        "officers": officers,
        "sources": _sources(found),
        "code_check": codes.check(found.credit_code),
        "panels": links.panels_for(found, user, now),
        "history": roster_queries.history_of(found),
        "merges": merges.filter(at__gte=now - actions.UNDO_WINDOW).select_related("absorbed"),
        "may_edit": BusinessEntity.objects.editable_by(user).filter(pk=pk).exists(),
        "may_reveal": user.has_perm(Permission.REVEAL_PHONE),
        "may_list": user.has_perm(Permission.VIEW_ENTITIES),
    }
    return render(request, "registry/entity.html", context)


def _editable(request: StaffRequest, pk: int) -> BusinessEntity:
    rows = BusinessEntity.objects.editable_by(request.user).select_related("unit", "zone")
    return get_object_or_404(rows, pk=pk)


def _warn_about_code(request: StaffRequest, entity: BusinessEntity) -> None:
    found = codes.check(entity.credit_code)
    if found.problem:
        meant = f"，可能是 {found.suggestion}" if found.suggestion else ""
        messages.warning(request, f"{found.problem}{meant}。已保存，请对照营业执照核对。")


@requires(Permission.EDIT_ENTITIES)
@require_http_methods(["GET", "POST"])
def entity_new(request: StaffRequest) -> HttpResponse:
    """Enter an entity: in the own township, or in ``?unit=<code>`` for the office."""
    units = Unit.objects.active().with_team()
    if not request.user.scope.everything:
        units = units.filter(pk__in=request.user.scope.unit_ids)
    code = request.GET.get("unit", "")
    unit = units.filter(code=code).first() if code else None
    if code and unit is None:
        raise Http404
    if unit is None and not request.user.scope.everything:
        unit = get_object_or_404(units, pk=request.user.unit_id or 0)
    if unit is None:
        return render(request, "registry/pick_unit.html", {"units": units.order_by("order", "pk")})
    initial = {"name": request.GET.get("name", "")[:120], "zone": request.GET.get("zone", "")}
    form = EntityForm(
        request.POST if request.method == "POST" else None, unit=unit, initial=initial
    )
    made: list[BusinessEntity] = []

    def run(data: dict[str, object]) -> None:
        made.append(
            actions.add_entity(unit=unit, data=form.data_of(), by=request.user, now=timezone.now())
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"已登记{made[0].name}。")
        _warn_about_code(request, made[0])
        return redirect("registry:entity", pk=made[0].pk)
    return form_page(request, "registry/entity_form.html", {"form": form, "unit": unit}, form)


@requires(Permission.EDIT_ENTITIES)
@require_http_methods(["GET", "POST"])
def entity_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change an entity's facts and numbers; ``?code=`` proposes a mended credit code."""
    found = _editable(request, pk)
    initial = entity_initial(found)
    if request.GET.get("code"):
        initial["credit_code"] = codes.normalise(request.GET["code"])[: codes.LONGEST]
    form = EntityForm(
        request.POST if request.method == "POST" else None,
        unit=found.unit,
        entity=found,
        initial=initial,
    )
    changed: list[bool] = []

    def run(data: dict[str, object]) -> None:
        changed.append(
            actions.save_entity(
                entity=found,
                data=form.data_of(),
                version=form.cleaned_data["version"],
                by=request.user,
                now=timezone.now(),
            )
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, "已保存。" if changed[0] else "内容没有变化。")
        _warn_about_code(request, found)
        return redirect("registry:entity", pk=pk)
    present = BusinessEntity.objects.select_related("unit", "zone").get(pk=pk)
    is_stale = form.is_bound and form.data.get("version") != str(present.version)
    context = {
        "form": form,
        "unit": found.unit,
        "entity": present,
        "is_stale": is_stale,
        "present_version": present.version,
    }
    return form_page(request, "registry/entity_form.html", context, form)


@requires(Permission.EDIT_ENTITIES)
@require_http_methods(["GET", "POST"])
def entity_status(request: StaffRequest, pk: int) -> HttpResponse:
    """报迁出 (``?status=MOVED_OUT``) and every other change of the registration's state."""
    found = _editable(request, pk)
    asked = request.GET.get("status", "")
    initial = {"status": asked if asked in EntityStatus.values else "", "on": today()}
    form = StatusForm(request.POST if request.method == "POST" else None, initial=initial)

    def run(data: dict[str, object]) -> None:
        actions.set_status(
            entity=found,
            status=form.cleaned_data["status"],
            on=form.cleaned_data["on"],
            note=form.cleaned_data["note"],
            by=request.user,
            now=timezone.now(),
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{found.name}：状态已改为“{found.get_status_display()}”。")
        return redirect("registry:entity", pk=pk)
    context = {"form": form, "entity": BusinessEntity.objects.select_related("unit").get(pk=pk)}
    return form_page(request, "registry/status_form.html", context, form)


@requires(Permission.EDIT_ENTITIES)
@require_POST
def contact_state(request: StaffRequest, pk: int, state: str) -> HttpResponse:
    """标记停机, or take the mark back."""
    rows = Contact.objects.editable_by(request.user).select_related("entity__unit")
    contact = get_object_or_404(rows, pk=pk)
    try:
        actions.mark_phone(
            contact=contact, is_dead=state == "dead", by=request.user, now=timezone.now()
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        told = "已标记停机，请补登能打通的号码。" if state == "dead" else "已改回有效。"
        messages.success(request, told)
    return redirect("registry:entity", pk=contact.entity_id)
