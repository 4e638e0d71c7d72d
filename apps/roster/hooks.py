"""What the roster gives to the shared pages: search, the workbench, numbers to show in full."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from apps.core.clock import local
from apps.core.home import Card, Tile
from apps.core.permissions import Permission
from apps.core.search import Hit
from apps.roster import queries
from apps.roster.models import Expert, Person, Team, Unit, Zone


# ---- the search box -----------------------------------------------------------------------
def find_units(user: Any, text: str, limit: int) -> list[Hit]:
    """Units by part of the name, other names, duties, initials."""
    rows = Unit.objects.visible_to(user).filter(queries.matching_units(text))
    return [
        Hit(row.name, reverse("roster:unit", args=[row.code]), row.full_name or row.duties)
        for row in rows.order_by("order", "pk")[:limit]
    ]


def find_experts(user: Any, text: str, limit: int) -> list[Hit]:
    """Commissioners and experts by name, unit, matter, initials, phone."""
    rows = queries.find_experts(Expert.objects.visible_to(user), text=text)
    rows = rows.select_related("unit", "person").order_by("unit__order", "rank", "pk")
    return [
        Hit(
            f"{row.person.name}（{row.get_rank_display()}）",
            reverse("roster:expert", args=[row.pk]),
            " · ".join(
                part for part in (row.unit.name, row.person.title, row.matters_note) if part
            ),
        )
        for row in rows[:limit]
    ]


def find_zones(user: Any, text: str, limit: int) -> list[Hit]:
    """Zones by name, boundary (villages, streets) or township."""
    condition = Q(name__contains=text) | Q(boundary__contains=text)
    units = Unit.objects.with_team().filter(queries.matching_units(text))
    rows = Zone.objects.visible_to(user).filter(condition | Q(unit__in=units))
    rows = rows.select_related("unit").order_by("unit__order", "order", "pk")
    return [
        Hit(f"{row.unit.name}{row.name}", reverse("roster:zone", args=[row.pk]), row.boundary[:60])
        for row in rows[:limit]
    ]


def find_people(user: Any, text: str, limit: int) -> list[Hit]:
    """People of the roster by name, post, initials, whole phone or its last four digits."""
    rows = Person.objects.visible_to(user).filter(queries.matching_people(text))
    return [
        Hit(row.name, reverse("roster:person", args=[row.pk]), f"{row.unit.name} · {row.title}")
        for row in rows.select_related("unit").order_by("unit__order", "pk")[:limit]
    ]


# ---- numbers shown in full ----------------------------------------------------------------
def person_with_phones(user: Any, pk: int) -> Person | None:
    """Return a person whose number may be shown to the user."""
    return Person.objects.visible_to(user).select_related("unit").filter(pk=pk).first()


# ---- the workbench ------------------------------------------------------------------------
def cards(user: Any, now: datetime) -> list[Card]:
    """我的片区, 本单位队伍 or 本部门专家库, 待确认的联系方式."""
    if not user.has_perm(Permission.VIEW_ROSTER):
        return []
    today = local(now).date()
    return [*_zone_card(user), *_unit_card(user, today), *_confirm_card(user, today)]


def _zone_card(user: Any) -> list[Card]:
    if not user.scope.zone_ids:
        return []
    zones = Zone.objects.visible_to(user).filter(pk__in=user.scope.zone_ids)
    rows = list(zones.select_related("unit").order_by("unit__order", "order", "pk"))
    return [Card("我的片区", "roster/_card_zones.html", {"zones": rows}, order=40)] if rows else []


def _unit_card(user: Any, today: Any) -> list[Card]:
    unit = Unit.objects.visible_to(user).filter(pk=user.unit_id).first() if user.unit_id else None
    if unit is None:
        return []
    if unit.has_team:
        teams = Team.objects.visible_to(user).filter(unit=unit)
        rows = queries.team_rows(teams, today=today)
        card = "roster/_card_team.html"
        return [Card("本单位队伍", card, {"row": row}, order=50) for row in rows]
    if not unit.has_expert_pool:
        return []
    pool = Expert.objects.visible_to(user).filter(unit=unit).select_related("person")
    experts = list(pool.order_by("rank", "pk"))
    queries.look_up_contacts([row.person for row in experts], today)
    context = {"unit": unit, "experts": experts}
    return [Card("本部门专家库", "roster/_card_pool.html", context, order=50)]


def _confirm_card(user: Any, today: Any) -> list[Card]:
    people = Person.objects.visible_to(user).to_confirm(today=today)
    own = people.filter(pk=queries.person_of(user) or 0).first()
    others: list[Person] = []
    editable = Unit.objects.staffable_by(user)
    if editable.exists():
        others = list(
            people.filter(unit__in=editable)
            .exclude(pk=own.pk if own else 0)
            .select_related("unit")
            .order_by("unit__order", "pk")[:6]
        )
    if own is None and not others:
        return []
    context = {"own": own, "others": others}
    return [Card("待确认的联系方式", "roster/_card_confirm.html", context, "side", 30)]


def tiles(user: Any, now: datetime) -> list[Tile]:
    """The roster in five numbers, each leading to what it counts."""
    if not user.has_perm(Permission.VIEW_ROSTER):
        return []
    today = local(now).date()
    rows = queries.team_rows(Team.objects.visible_to(user), today=today)
    teams, experts = reverse("roster:teams"), reverse("roster:experts")
    gaps = sum(1 for row in rows if row.gaps)
    stale = sum(row.to_confirm for row in rows)
    return [
        Tile(
            "为企服务队伍",
            len(rows),
            f"片区 {sum(row.zones for row in rows)} 个",
            teams,
            "users",
            "b",
        ),
        Tile("为企服务人员", sum(row.officers for row in rows), "各队伍合计", teams, "user-check"),
        Tile(
            "专员与专家",
            Expert.objects.visible_to(user).count(),
            "34 个部门",
            experts,
            "id-badge-2",
        ),
        Tile(
            "队伍有缺口",
            gaps,
            "缺负责人或片区无人",
            f"{teams}?state=gap",
            "alert-triangle",
            "y" if gaps else "",
        ),
        Tile("电话待确认", stale, "超过 90 天没有确认", f"{teams}?state=confirm", "phone"),
    ]
