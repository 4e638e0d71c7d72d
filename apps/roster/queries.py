"""Reads across the roster's models."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, Prefetch, Q, QuerySet

from apps.audit.labels import action_label, field_label
from apps.audit.models import AuditEntry
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.permissions import Permission
from apps.core.phones import normalise, search_index, tail_index
from apps.roster.models import Absence, Category, Expert, Officer, Person, Team, Unit, Zone

HISTORY_LIMIT = 30


# ---- people -------------------------------------------------------------------------------
def person_of(user: Actor) -> int | None:
    """Return the pk of the roster person behind an account."""
    found = getattr(user, "person_id", None)
    return found if isinstance(found, int) else None


def may_edit_person(user: Actor, person: Person) -> bool:
    """Say whether somebody may change a person's entry (being the person is another question)."""
    permission = Permission.EDIT_TEAM if person.unit.has_team else Permission.EDIT_EXPERTS
    return user.has_perm(permission) and user.scope.covers_unit(person.unit_id)


def may_speak_for(user: Actor, person: Person) -> bool:
    """Say whether somebody may confirm contact data and set deputies: oneself, or the editor."""
    return person_of(user) == person.pk or may_edit_person(user, person)


def deputy_of(person: Person, today: date) -> Person | None:
    """Return who stands in for a person on a day, or None when the person is there."""
    found = Absence.objects.on(today).filter(person=person).select_related("deputy").first()
    return found.deputy if found else None


def absences_on(people: Iterable[int], today: date) -> dict[int, Absence]:
    """Return the standing absence of each of the people on a day, by person (one query)."""
    rows = Absence.objects.on(today).filter(person_id__in=list(people)).select_related("deputy")
    return {row.person_id: row for row in rows}


def look_up_contacts(people: Iterable[Person], today: date) -> None:
    """Fill ``away`` and ``to_check`` of the people for a page (one query)."""
    found = list(people)
    away = absences_on([person.pk for person in found], today)
    for person in found:
        person.away = away.get(person.pk)
        person.to_check = person.is_stale(today)


def matching_people(text: str) -> Q:
    """Return the condition by which a text finds people: name, initials, title, phone."""
    condition = Q(name__contains=text) | Q(title__contains=text)
    if text.isascii() and text.isalnum():
        condition |= Q(name_initials__contains=text.lower())
    digits = text.replace("-", "").replace(" ", "")
    if digits.isdecimal() and len(digits) == 4:
        tail = tail_index(digits)
        condition |= Q(mobile_tail=tail) | Q(landline_tail=tail)
    elif digits.isdecimal() and len(digits) >= 7:
        try:
            index = search_index(normalise(text))
        except DomainError:
            return condition
        condition |= Q(mobile_index=index) | Q(landline_index=index)
    return condition


def matching_units(text: str) -> Q:
    """Return the condition by which a text finds units: names, aliases, duties, initials."""
    condition = Q(name__contains=text) | Q(full_name__contains=text) | Q(duties__contains=text)
    if text.isascii() and text.isalnum():
        condition |= Q(name_initials__contains=text.lower()) | Q(code=text.lower())
    return condition | Q(pk__in=_units_by_alias(text))


def _units_by_alias(text: str) -> list[int]:
    """Aliases are few and stored as JSON, whose text differs between databases."""
    rows = Unit.objects.exclude(aliases=[]).values_list("pk", "aliases")
    return [pk for pk, aliases in rows if any(text in str(alias) for alias in aliases)]


# ---- teams and zones ----------------------------------------------------------------------
@dataclass(frozen=True)
class TeamRow:
    """A line of the list of teams; ``gaps`` says in words what is missing."""

    team: Team
    zones: int
    officers: int
    reported: int | None
    gaps: list[str]
    to_confirm: int


def team_rows(teams: QuerySet[Team], *, today: date) -> list[TeamRow]:
    """Return the teams with their counts and gaps, in the fixed order (three queries)."""
    found = list(teams.select_related("unit", "leader").order_by("unit__order", "pk"))
    units = [team.unit_id for team in found]
    zones: dict[int, list[Zone]] = defaultdict(list)
    serving = Count("officers", filter=Q(officers__until_on__isnull=True), distinct=True)
    for zone in Zone.objects.active().filter(unit_id__in=units).annotate(serving=serving):
        zones[zone.unit_id].append(zone)
    people: dict[int, set[int]] = defaultdict(set)
    posts = Officer.objects.current().filter(zone__unit_id__in=units, zone__is_active=True)
    for unit_id, person_id in posts.values_list("zone__unit_id", "person_id"):
        people[unit_id].add(person_id)
    stale = set(
        Person.objects.active()
        .to_confirm(today=today)
        .filter(unit_id__in=units)
        .values_list("pk", flat=True)
    )
    rows = []
    for team in found:
        own, officers = zones[team.unit_id], people[team.unit_id]
        shown = officers | ({team.leader_id} if team.leader_id else set())
        rows.append(
            TeamRow(
                team=team,
                zones=len(own),
                officers=len(officers),
                reported=_total(own),
                gaps=_gaps(team, own),
                to_confirm=len(shown & stale),
            )
        )
    return rows


def _total(zones: list[Zone]) -> int | None:
    """Sum the reported counts; None while no zone has reported one."""
    counts = [zone.reported_count for zone in zones if zone.reported_count is not None]
    return sum(counts) if counts else None


def _gaps(team: Team, zones: list[Any]) -> list[str]:
    gaps = []
    if team.leader_id is None:
        gaps.append("无负责人")
    if not zones:
        gaps.append("未划片区")
    empty = sum(1 for zone in zones if not zone.serving)
    if empty:
        gaps.append(f"{empty} 个片区无人")
    return gaps


def zones_of(unit: Unit) -> list[Zone]:
    """Return the active zones of a unit with ``current_officers`` (two queries)."""
    officers = Officer.objects.current().select_related("person").order_by("since_on", "pk")
    return list(
        Zone.objects.active()
        .filter(unit=unit)
        .order_by("order", "pk")
        .prefetch_related(Prefetch("officers", queryset=officers, to_attr="current_officers"))
    )


def neighbours(zone: Zone) -> tuple[Zone | None, Zone | None]:
    """Return the zones before and after a zone in its unit."""
    rows = list(Zone.objects.active().filter(unit_id=zone.unit_id).order_by("order", "pk"))
    place = next((i for i, row in enumerate(rows) if row.pk == zone.pk), None)
    if place is None:
        return None, None
    after = rows[place + 1] if place + 1 < len(rows) else None
    return (rows[place - 1] if place else None), after


# ---- experts ------------------------------------------------------------------------------
def find_experts(
    experts: QuerySet[Expert], *, text: str = "", unit: str = "", category: str = ""
) -> QuerySet[Expert]:
    """Narrow the pool by name, unit, matter or initials; ``category`` also finds its children."""
    if unit:
        experts = experts.filter(unit__code=unit)
    if category:
        wanted = Category.objects.filter(Q(code=category) | Q(parent__code=category))
        experts = experts.filter(
            Exists(
                Expert.matters.through.objects.filter(expert=OuterRef("pk"), category__in=wanted)
            )
        )
    for word in text.split():
        matters = Category.objects.filter(Q(name__contains=word) | Q(parent__name__contains=word))
        experts = experts.filter(
            Q(person__in=Person.objects.filter(matching_people(word)))
            | Q(unit__in=Unit.objects.filter(matching_units(word)))
            | Q(matters_note__contains=word)
            | Exists(
                Expert.matters.through.objects.filter(expert=OuterRef("pk"), category__in=matters)
            )
        )
    return experts


def pools_without_commissioner() -> QuerySet[Unit]:
    """Return the departments whose pool lacks its commissioner (the “1”)."""
    posts = Expert.objects.current().filter(unit=OuterRef("pk"), rank="COMMISSIONER")
    return Unit.objects.active().with_experts().filter(~Exists(posts)).order_by("order", "pk")


def category_choices(*, empty: str = "全部") -> list[tuple[str, Any]]:
    """Return the categories grouped for a select: value is the code."""
    rows = list(Category.objects.active().order_by("order", "pk"))
    groups: list[tuple[str, Any]] = [("", empty)]
    for top in (row for row in rows if row.parent_id is None):
        children = [(row.code, row.name) for row in rows if row.parent_id == top.pk]
        groups.append((top.name, [(top.code, f"{top.name}（全部）"), *children]))
    return groups


# ---- history ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Change:
    """A line of an object's history: who did what when, and the fields before → after."""

    at: datetime
    who: str
    what: str
    about: str
    note: str
    fields: list[tuple[str, str, str]]


def history_of(*targets: Model, limit: int = HISTORY_LIMIT) -> list[Change]:
    """Return the latest changes of some objects from the log, newest first (one query)."""
    condition = Q(pk__in=[])
    by_type: dict[str, list[str]] = defaultdict(list)
    for target in targets:
        by_type[target._meta.label_lower].append(str(target.pk))
    for kind, pks in by_type.items():
        condition |= Q(target_type=kind, target_id__in=pks)
    entries = AuditEntry.objects.filter(condition, outcome="OK").order_by("-pk")[:limit]
    return [_change(entry) for entry in entries]


def _change(entry: AuditEntry) -> Change:
    fields = [
        (field_label(entry.target_type, name), str(pair[0] or "—"), str(pair[1] or "—"))
        for name, pair in entry.changes.items()
        if len(pair) == 2
    ]
    return Change(
        at=entry.at,
        who=entry.actor_name or "系统",
        what=action_label(entry.action),
        about=entry.target_label,
        note=entry.note,
        fields=fields,
    )
