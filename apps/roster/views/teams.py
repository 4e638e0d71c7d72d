"""服务队伍 and 片区: lists, pages and edit screens."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.columns import Column, chosen, saved_views, shown
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.roster import actions, posts, queries
from apps.roster.forms import LeaderForm, OfficerForm, ZoneForm, zone_initial
from apps.roster.models import Officer, Person, Team, Unit, Zone
from apps.roster.views.common import attempt, query_text, warn_about_post

COLUMNS = (
    Column("unit", "单位", is_fixed=True),
    Column("leader", "负责人（处级）"),
    Column("zones", "片区"),
    Column("officers", "服务人员"),
    Column("reported", "经营主体"),
    Column("gaps", "缺口与提醒"),
)
STATES = (("", "全部"), ("gap", "有缺口"), ("confirm", "联系方式待确认"))


@requires(Permission.VIEW_ROSTER)
@require_safe
def teams(request: StaffRequest) -> HttpResponse:
    """The 28 service teams with leader, zones, officers and gaps."""
    text, state = query_text(request), request.GET.get("state", "")
    found = Team.objects.visible_to(request.user)
    everything = queries.team_rows(found, today=today())
    rows = everything
    if text:
        people = Person.objects.active().filter(queries.matching_people(text))
        zones = Zone.objects.active().filter(Q(name__contains=text) | Q(boundary__contains=text))
        kept = set(
            found.filter(
                Q(unit__in=Unit.objects.filter(queries.matching_units(text)))
                | Q(unit__in=people.values("unit"))
                | Q(unit__in=zones.values("unit"))
            ).values_list("pk", flat=True)
        )
        rows = [row for row in rows if row.team.pk in kept]
    if state == "gap":
        rows = [row for row in rows if row.gaps]
    elif state == "confirm":
        rows = [row for row in rows if row.to_confirm]
    columns = chosen(request, COLUMNS)
    context = {
        "rows": rows,
        "everything": everything,
        "columns": columns,
        "shown": shown(columns),
        "views": saved_views(request, "roster:teams"),
        "may_share": request.user.unit_id is not None,
        "q": text,
        "state": state,
        "states": STATES,
        "sum_zones": sum(row.zones for row in everything),
        "sum_officers": sum(row.officers for row in everything),
        "with_gaps": sum(1 for row in everything if row.gaps),
        "to_confirm": sum(row.to_confirm for row in everything),
        "own_unit_id": request.user.unit_id,
    }
    return render(request, "roster/teams.html", context)


@requires(Permission.VIEW_ROSTER)
@require_safe
def team(request: StaffRequest, code: str) -> HttpResponse:
    """One team: its leader, its zones, who serves there."""
    found = get_object_or_404(
        Team.objects.visible_to(request.user).select_related("unit", "leader"), unit__code=code
    )
    zones = queries.zones_of(found.unit)
    serving = [officer for zone in zones for officer in zone.current_officers]  # type: ignore[attr-defined]
    people = {officer.person_id for officer in serving}
    people |= {found.leader_id} if found.leader_id else set()
    others = _others(found.unit, people)
    shown = [officer.person for officer in serving] + others
    queries.look_up_contacts(shown + ([found.leader] if found.leader else []), today())
    context = {
        "team": found,
        "unit": found.unit,
        "zones": zones,
        "row": queries.team_rows(Team.objects.filter(pk=found.pk), today=today())[0],
        "others": others,
        "may_edit": Team.objects.editable_by(request.user).filter(pk=found.pk).exists(),
        "history": queries.history_of(found, *zones, limit=10),
    }
    return render(request, "roster/team.html", context)


def _others(unit: Unit, shown: set[int]) -> list[Person]:
    """People of the unit who neither lead nor serve at present."""
    rows = Person.objects.active().filter(unit=unit).exclude(pk__in=shown)
    return list(rows.order_by("name_initials", "pk"))


@requires(Permission.EDIT_TEAM)
@require_http_methods(["GET", "POST"])
def team_leader(request: StaffRequest, code: str) -> HttpResponse:
    """Name the team's leader, from the roster or new."""
    found = get_object_or_404(
        Team.objects.editable_by(request.user).select_related("unit", "leader"), unit__code=code
    )
    initial = {"person": found.leader_id, "note": found.note}
    form = LeaderForm(
        request.POST if request.method == "POST" else None, unit=found.unit, initial=initial
    )
    now = timezone.now()

    def run(data: dict[str, object]) -> None:
        leader = actions.ensure_person(
            person=form.cleaned_data["person"],
            new=form.new_person(),
            unit=found.unit,
            by=request.user,
            now=now,
        )
        actions.set_team_leader(
            team=found, leader=leader, note=form.cleaned_data["note"], by=request.user, now=now
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{found.unit.name}为企服务队伍负责人已设为 {found.leader}。")
        return redirect("roster:team", code=code)
    return form_page(request, "roster/leader.html", {"form": form, "team": found}, form)


# ---- zones --------------------------------------------------------------------------------
def _editable_zone(request: StaffRequest, pk: int) -> Zone:
    rows = Zone.objects.editable_by(request.user).select_related("unit")
    return get_object_or_404(rows, pk=pk)


@requires(Permission.VIEW_ROSTER)
@require_safe
def zone(request: StaffRequest, pk: int) -> HttpResponse:
    """One zone: boundary, reported number, officers with phones, history, neighbours."""
    found = get_object_or_404(
        Zone.objects.visible_to(request.user).select_related("unit", "unit__team__leader"), pk=pk
    )
    posts_here = list(found.officers.select_related("person").order_by("-since_on", "-pk"))
    current = [row for row in posts_here if row.until_on is None]
    for row in current:
        row.advice = posts.advice(row.person.title)
    queries.look_up_contacts([row.person for row in current], today())
    before, after = queries.neighbours(found)
    context = {
        "zone": found,
        "unit": found.unit,
        "officers": current[::-1],
        "former": [row for row in posts_here if row.until_on is not None][:10],
        "history": queries.history_of(found, *posts_here, *[row.person for row in current]),
        "before": before,
        "after": after,
        "may_edit": Zone.objects.editable_by(request.user).filter(pk=pk).exists(),
        "own_person_id": queries.person_of(request.user),
    }
    return render(request, "roster/zone.html", context)


@requires(Permission.EDIT_TEAM)
@require_http_methods(["GET", "POST"])
def zone_new(request: StaffRequest) -> HttpResponse:
    """Add a zone to a township: ``?unit=<code>``, else the own one."""
    units = Unit.objects.staffable_by(request.user).with_team()
    code = request.GET.get("unit", "")
    unit = (
        units.filter(code=code).first()
        if code
        else units.filter(pk=request.user.unit_id or 0).first()
    )
    if unit is None:
        raise Http404
    form = ZoneForm(request.POST if request.method == "POST" else None)
    made: list[Zone] = []

    def run(data: dict[str, object]) -> None:
        made.append(
            actions.add_zone(unit=unit, by=request.user, now=timezone.now(), **form.cleaned_data)
        )

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"已新增{made[0].name}。接着安排为企服务人员。")
        return redirect("roster:zone", pk=made[0].pk)
    return form_page(request, "roster/zone_form.html", {"form": form, "unit": unit}, form)


@requires(Permission.EDIT_TEAM)
@require_http_methods(["GET", "POST"])
def zone_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a zone's name, boundary and reported number."""
    found = _editable_zone(request, pk)
    form = ZoneForm(request.POST if request.method == "POST" else None, initial=zone_initial(found))

    def run(data: dict[str, object]) -> None:
        actions.save_zone(zone=found, by=request.user, now=timezone.now(), **form.cleaned_data)

    if request.method == "POST" and attempt(form, run):
        messages.success(request, f"{found.name}已修改。")
        return redirect("roster:zone", pk=pk)
    serving = Officer.objects.current().filter(zone=found).select_related("person").order_by("pk")
    told = [(row.person.name, posts.advice(row.person.title)) for row in serving]
    context = {
        "form": form,
        "unit": found.unit,
        "zone": Zone.objects.get(pk=pk),
        "advice": [f"{name}：{text}" for name, text in told if text],
    }
    return form_page(request, "roster/zone_form.html", context, form)


@requires(Permission.EDIT_TEAM)
@require_http_methods(["GET", "POST"])
def zone_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then close a zone; its officers' service there ends."""
    found = _editable_zone(request, pk)
    if request.method == "POST":
        try:
            actions.close_zone(zone=found, by=request.user, now=timezone.now())
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{found.name}已停用，以前的记录保留。")
        return redirect("roster:team", code=found.unit.code)
    serving = Officer.objects.current().filter(zone=found).select_related("person").order_by("pk")
    names = "、".join(officer.person.name for officer in serving)
    context = {
        "title": f"停用{found.unit.name}{found.name}？",
        "consequences": [
            f"片区里的为企服务人员今天起结束服务：{names}。" if names else "片区里现在没有人。",
            "名册里不再显示这个片区；以前的记录保留，同名片区可以重新建。",
        ],
        "action_label": f"停用{found.name}",
        "danger": True,
        "cancel_url": reverse("roster:zone", args=[pk]),
        "crumb_url": reverse("roster:team", args=[found.unit.code]),
        "crumb_label": found.unit.name,
    }
    return render(request, "core/confirm.html", context)


# ---- officers -----------------------------------------------------------------------------
def _officer_form(request: StaffRequest, unit: Unit) -> OfficerForm:
    form = OfficerForm(request.POST if request.method == "POST" else None, unit=unit)
    if not request.user.has_perm(Permission.ALLOW_VILLAGE_STAFF):
        del form.fields["is_exception"], form.fields["reason"]
    return form


@requires(Permission.EDIT_TEAM)
@require_http_methods(["GET", "POST"])
def officer_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Let somebody serve a zone."""
    return _officer_page(request, _editable_zone(request, pk), None)


@requires(Permission.EDIT_TEAM)
@require_http_methods(["GET", "POST"])
def officer_edit(request: StaffRequest, pk: int, officer_pk: int) -> HttpResponse:
    """Change a zone's officer: one ends, another begins."""
    found = _editable_zone(request, pk)
    rows = Officer.objects.editable_by(request.user).select_related("person", "zone__unit")
    return _officer_page(request, found, get_object_or_404(rows, pk=officer_pk, zone=found))


def _officer_page(request: StaffRequest, found: Zone, officer: Officer | None) -> HttpResponse:
    form = _officer_form(request, found.unit)
    now = timezone.now()
    done: list[Officer] = []

    def run(data: dict[str, object]) -> None:
        person = actions.ensure_person(
            person=form.cleaned_data["person"],
            new=form.new_person(),
            unit=found.unit,
            by=request.user,
            now=now,
        )
        is_exception = bool(data.get("is_exception"))
        reason = str(data.get("reason", ""))
        if officer is None:
            made = actions.add_officer(
                zone=found,
                person=person,
                is_exception=is_exception,
                reason=reason,
                by=request.user,
                now=now,
            )
        else:
            made = actions.change_officer(
                officer=officer,
                person=person,
                is_exception=is_exception,
                reason=reason,
                by=request.user,
                now=now,
            )
        done.append(made)

    if request.method == "POST" and attempt(form, run):
        name = done[0].person.name
        told = (
            f"{found.name}已由 {officer.person} 换为 {name}。"
            if officer
            else f"{name} 已安排到{found.name}。"
        )
        messages.success(request, told)
        warn_about_post(request, done[0].person)
        return redirect("roster:zone", pk=found.pk)
    context = {
        "form": form,
        "zone": found,
        "officer": officer,
        "advice": [posts.advice(officer.person.title)] if officer else [],
    }
    return form_page(request, "roster/officer_form.html", context, form)


@requires(Permission.EDIT_TEAM)
@require_http_methods(["GET", "POST"])
def officer_end(request: StaffRequest, pk: int, officer_pk: int) -> HttpResponse:
    """Ask, then end somebody's service in a zone."""
    found = _editable_zone(request, pk)
    rows = Officer.objects.editable_by(request.user).select_related("person", "zone__unit")
    officer = get_object_or_404(rows, pk=officer_pk, zone=found)
    if request.method == "POST":
        actions.end_officer(officer=officer, by=request.user, now=timezone.now())
        messages.success(request, f"{officer.person} 在{found.name}的服务已结束。")
        return redirect("roster:zone", pk=pk)
    is_last = not Officer.objects.current().filter(zone=found).exclude(pk=officer.pk).exists()
    told = (
        "他是这个片区唯一的服务人员，结束后企业找不到人。"
        if is_last
        else "片区里还有其他服务人员。"
    )
    context = {
        "title": f"结束 {officer.person} 在{found.name}的服务？",
        "consequences": [told, "今天起不再显示为服务人员；以前的记录保留。"],
        "action_label": "结束服务",
        "danger": True,
        "cancel_url": reverse("roster:zone", args=[pk]),
        "crumb_url": reverse("roster:zone", args=[pk]),
        "crumb_label": found.name,
    }
    return render(request, "core/confirm.html", context)
