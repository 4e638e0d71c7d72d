"""Who may be chosen in an action: units, experts, people of a unit; and who handles a ticket."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.roster.models import Category, Expert, Person, Unit
from apps.roster.queries import look_up_contacts
from apps.tickets.models import Assignment, Ticket
from apps.tickets.queries.case import Case

Choices = list[tuple[str, Any]]


def unit_choices(*, without: Iterable[int | None] = ()) -> Choices:
    """Return the active units for a select, departments first, but for those in ``without``."""
    left_out = [pk for pk in without if pk is not None]
    rows = Unit.objects.active().exclude(pk__in=left_out).order_by("order", "pk")
    groups: dict[str, Choices] = {"职能部门": [], "乡镇、街道、开发区": []}
    for unit in rows:
        label = "乡镇、街道、开发区" if unit.has_team else "职能部门"
        groups[label].append((str(unit.pk), unit.name))
    return [(label, rows) for label, rows in groups.items() if rows]


def user_choices(unit_id: int | None) -> Choices:
    """Return the active accounts of a unit by name."""
    if unit_id is None:
        return []
    people = User.objects.active().filter(unit_id=unit_id).select_related("person")
    return [(str(user.pk), f"{user.name}{_title(user)}") for user in people.order_by("name", "pk")]


def _title(user: User) -> str:
    person = user.person
    return f"（{person.title}）" if person is not None and person.title else ""


def experts_for(
    category: Category | None, *, without: int | None = None, limit: int = 3
) -> list[Expert]:
    """Return the experts who answer a category: those who list it, else the usual lead's."""
    if category is None:
        return []
    rows = Expert.objects.current().select_related("person", "unit")
    if without is not None:
        rows = rows.exclude(unit_id=without)
    found = list(rows.filter(matters=category).order_by("unit__order", "rank", "pk")[:limit])
    if not found and category.default_lead_id is not None:
        found = list(rows.filter(unit_id=category.default_lead_id).order_by("-rank", "pk")[:limit])
    return found


def expert_choices(category: Category | None, *, without: int | None = None) -> Choices:
    """Return all experts for a select, those of the category first, then by unit."""
    rows: QuerySet[Expert] = Expert.objects.current().filter(unit__is_active=True)
    if without is not None:
        rows = rows.exclude(unit_id=without)
    rows = rows.select_related("person", "unit").order_by("unit__order", "rank", "pk")
    fitting = {expert.pk for expert in experts_for(category, without=without, limit=20)}
    first: Choices = []
    by_unit: dict[str, Choices] = {}
    for expert in rows:
        pair = (str(expert.pk), f"{expert.person.name}（{expert.get_rank_display()}）")
        if expert.pk in fitting:
            first.append((pair[0], f"{expert.unit.name} {pair[1]}"))
        else:
            by_unit.setdefault(expert.unit.name, []).append(pair)
    lead = [("能答复这类诉求的", first)] if first else []
    return [*lead, *by_unit.items()]


@dataclass(frozen=True)
class Handling:
    """A unit's part on the page: the unit, its liaison and its handler as people of the roster."""

    assignment: Assignment
    people: list[tuple[str, Person]]


def handling_of(case: Case, today: date, receiver: Person | None) -> list[Handling]:
    """Return the units that are or were bound, the present lead first, with whom to call.

    Absences are looked up for the first receiver too (one query for all).
    """
    rows = [one for one in case.assignments if one.state not in ("RECALLED",)]
    liaisons = _liaisons({one.unit_id for one in rows})
    handlers = _persons({one.handler_id for one in rows if one.handler_id})
    shown = [*liaisons.values(), *handlers.values(), *([receiver] if receiver else [])]
    if shown:
        look_up_contacts(shown, today)
    found = []
    for one in rows:
        people = []
        if one.handler_id in handlers:
            people.append(("经办", handlers[one.handler_id]))
        if one.unit_id in liaisons:
            people.append(("联络员", liaisons[one.unit_id]))
        found.append(Handling(one, people))
    found.sort(key=lambda h: (not h.assignment.is_active, h.assignment.part != "LEAD"))
    return found


def _liaisons(unit_ids: set[int]) -> dict[int, Person]:
    if not unit_ids:
        return {}
    rows = Person.objects.active().filter(liaison_of__in=unit_ids).distinct()
    return {unit: person for person in rows for unit in [person.unit_id]}


def _persons(user_ids: set[int]) -> dict[int, Person]:
    if not user_ids:
        return {}
    rows = Person.objects.filter(user__in=user_ids).select_related("user")
    return {person.user.pk: person for person in rows}


def receiver_of(ticket: Ticket) -> Person | None:
    """Return the first receiver as a person of the roster (``first_receiver__person`` joined)."""
    user = ticket.first_receiver
    return user.person if user is not None else None
