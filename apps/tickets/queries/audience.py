"""From parts on a ticket to people: set-wise, a few queries for any number of tickets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from apps.accounts.choices import Role
from apps.accounts.models import RoleRow, User
from apps.tickets.models import Participant, Ticket
from apps.tickets.notices import To

#: parts that a role plays for the whole district
DISTRICT: dict[To, tuple[Role, ...]] = {
    To.HUB: (Role.HUB_DISPATCHER, Role.HUB_CHIEF),
    To.HUB_CHIEF: (Role.HUB_CHIEF,),
    To.OFFICE: (Role.OFFICE_CLERK,),
    To.OFFICE_CHIEF: (Role.OFFICE_CHIEF,),
    To.CALLERS: (Role.FOLLOWUP_CLERK,),
    To.INSPECTORS: (Role.INSPECTOR,),
}
#: who speaks for a unit; a township to which a ticket is sent has a leader instead of a liaison
SPEAKERS: dict[To, tuple[Role, ...]] = {
    To.LEAD: (Role.LIAISON, Role.TEAM_LEADER),
    To.FORMER_LEAD: (Role.LIAISON, Role.TEAM_LEADER),
    To.ASSISTS: (Role.LIAISON, Role.TEAM_LEADER),
    To.NAMED_UNIT: (Role.LIAISON, Role.TEAM_LEADER),
    To.COMMISSIONER: (Role.COMMISSIONER, Role.TEAM_LEADER),
    To.TOWN_HEAD: (Role.TEAM_LEADER,),
}
#: an order goes to everybody who answers for the unit
ANSWERABLE = (Role.LIAISON, Role.COMMISSIONER, Role.TEAM_LEADER)


@dataclass(frozen=True)
class Circle:
    """The ids by which the parts of one occasion are found: units, and people by part."""

    ticket: Ticket
    to: tuple[To, ...]
    units: dict[To, frozenset[int]] = field(default_factory=dict)
    people: dict[To, frozenset[int]] = field(default_factory=dict)
    except_user_id: int | None = None


def circle(ticket: Ticket, to: Sequence[To], **more: Any) -> Circle:
    """Return the circle of a ticket with its own columns filled in.

    ``units`` and ``people`` of the occasion (assisting units, an expert) come in ``more``.
    """
    units = {
        To.LEAD: _ids(ticket.lead_unit_id),
        To.COMMISSIONER: _ids(ticket.lead_unit_id),
        To.TOWN_HEAD: _ids(ticket.first_unit_id),
    }
    people = {To.FIRST: _ids(ticket.first_receiver_id), To.HANDLER: _ids(ticket.handler_id)}
    return Circle(
        ticket=ticket,
        to=tuple(to),
        units=units | more.get("units", {}),
        people=people | more.get("people", {}),
        except_user_id=more.get("except_user_id"),
    )


def _ids(pk: int | None) -> frozenset[int]:
    return frozenset() if pk is None else frozenset({pk})


class Directory:
    """The people of some circles, read once (two queries, a third when tickets are restricted)."""

    def __init__(self, circles: Iterable[Circle]) -> None:
        found = list(circles)
        wanted = {pk for one in found for part in one.to for pk in one.people.get(part, ())}
        people = User.objects.active().filter(pk__in=wanted) if wanted else ()
        self.users = {user.pk: user for user in people}
        self.by_role: dict[Role, list[User]] = {}
        self.by_place: dict[tuple[Role, int], list[User]] = {}
        units = {pk for one in found for part in one.to for pk in one.units.get(part, ())}
        units |= {one.ticket.first_unit_id for one in found if self._has_nobody(one)}
        parts = {part for one in found for part in one.to}
        if units or parts & set(DISTRICT):
            self._read_roles(units, parts)
        self.named = self._read_named([one.ticket.pk for one in found if one.ticket.is_restricted])

    def _has_nobody(self, one: Circle) -> bool:
        """Say whether the first receiver's unit has to stand in for the person."""
        return To.FIRST in one.to and not self._known(one, To.FIRST)

    def _read_roles(self, units: set[int], parts: set[To]) -> None:
        district = {role for part in parts for role in DISTRICT.get(part, ())}
        places = Q(role__in=ANSWERABLE, user__unit_id__in=units)
        rows = (
            RoleRow.objects.filter(Q(role__in=district) | places, user__is_active=True)
            .select_related("user")
            .order_by("user_id")
        )
        for row in rows:
            role, user = Role(row.role), row.user
            if role in district:
                self.by_role.setdefault(role, []).append(user)
            if user.unit_id is not None:
                self.by_place.setdefault((role, user.unit_id), []).append(user)

    def _read_named(self, tickets: list[int]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        if tickets:
            rows = Participant.objects.filter(ticket_id__in=tickets)
            for ticket_id, user_id in rows.values_list("ticket_id", "user_id"):
                found.setdefault(ticket_id, set()).add(user_id)
        return found

    def people_of(self, one: Circle) -> list[User]:
        """Return whom an occasion concerns, each once, without who acted or may not know."""
        found = {user.pk: user for part in one.to for user in self._play(part, one)}
        found.pop(one.except_user_id or 0, None)
        return [user for user in found.values() if self._may_know(user, one.ticket)]

    def _play(self, part: To, one: Circle) -> list[User]:
        if part in DISTRICT:
            return [user for role in DISTRICT[part] for user in self.by_role.get(role, ())]
        if part == To.FIRST:
            known = self._known(one, part)
            return known or self.by_place.get((Role.TEAM_LEADER, one.ticket.first_unit_id), [])
        if part == To.SUPERVISED:
            places = [(role, pk) for pk in one.units.get(part, ()) for role in ANSWERABLE]
            return [user for place in places for user in self.by_place.get(place, ())]
        if part in SPEAKERS:
            return [u for pk in sorted(one.units.get(part, ())) for u in self._speak(part, pk)]
        return self._known(one, part)

    def _speak(self, part: To, unit_id: int) -> list[User]:
        return next((f for role in SPEAKERS[part] if (f := self.by_place.get((role, unit_id)))), [])

    def _known(self, one: Circle, part: To) -> list[User]:
        return [self.users[pk] for pk in one.people.get(part, ()) if pk in self.users]

    def _may_know(self, user: User, ticket: Ticket) -> bool:
        """The same bounds as ``TicketQuerySet.visible_to``: no message about what one cannot open."""
        complained = ticket.complained_unit_id
        if complained is not None and user.unit_id == complained:
            return False
        return not ticket.is_restricted or user.pk in self.named.get(ticket.pk, ())
