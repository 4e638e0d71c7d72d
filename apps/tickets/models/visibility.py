"""Who sees which ticket: the one place (domain.md §8, decisions.md 15)."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.query import ModelIterable

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.tickets.choices import Status

#: states in which there is nothing to see for anybody but the writer
HIDDEN = (Status.DRAFT,)


#: what a row of a list shows beside the ticket: joined, or looked up once for the whole page
NEAR = ("category__parent", "entity", "zone", "lead_unit")
PEOPLE = ("first_receiver", "registered_by", "handler")
UNITS = ("township", "first_unit")


def name_all(tickets: list[Any]) -> None:
    """Set the people, units and masters of tickets: one query, as a rule, for all of them.

    The units are those of the people, but for requests that came by the hotline.
    """
    users = apps.get_model("accounts", "User").objects.select_related("unit")
    people = _known(users, tickets, PEOPLE)
    units = {user.unit_id: user.unit for user in people.values()}
    _give(tickets, PEOPLE, people)
    strangers = [one for one in tickets if not {one.township_id, one.first_unit_id} <= set(units)]
    units |= _known(apps.get_model("roster", "Unit").objects, strangers, UNITS)
    _give(tickets, UNITS, units)
    masters = ("merged_into",)
    found = _known(apps.get_model("tickets", "Ticket").objects, tickets, masters)
    _give(tickets, masters, found)


def _known(rows: Any, tickets: list[Any], names: tuple[str, ...]) -> dict[Any, Any]:
    pks = {getattr(one, f"{name}_id") for one in tickets for name in names} - {None}
    found: dict[Any, Any] = rows.in_bulk(pks) if pks else {}
    return found


def _give(tickets: list[Any], names: tuple[str, ...], found: dict[Any, Any]) -> None:
    for one in tickets:
        for name in names:
            pk = getattr(one, f"{name}_id")
            if pk is not None:
                setattr(one, name, found[pk])


class TicketQuerySet(models.QuerySet):
    """Tickets, filtered by who asks (domain.md §8) and by what the lists need."""

    _is_named = False

    def named(self) -> Self:
        """Bring along whatever a row of a list names: one look-up or two beside the query.

        With the units and people as joins the query has fifteen tables, and PostgreSQL takes ten
        times as long to plan it as to answer it.
        """
        found = self.select_related(*NEAR)
        found._is_named = True
        return found

    def _clone(self) -> Self:
        made: Self = super()._clone()  # type: ignore[misc]
        made._is_named = self._is_named
        return made

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._is_named and issubclass(self._iterable_class, ModelIterable):
            name_all(list(self._result_cache or ()))

    def open(self) -> Self:
        """Tickets that somebody still works on."""
        return self.filter(is_open=True)

    def overdue(self, now: datetime) -> Self:
        """Open and due: the same definition as ``lights.is_overdue``."""
        return self.filter(is_open=True, due_at__lte=now)

    def yellow(self, now: datetime) -> Self:
        """Open, not overdue, and at most the threshold's working days left."""
        return self.filter(is_open=True, due_at__gt=now, yellow_at__lte=now)

    def in_time(self, now: datetime) -> Self:
        """Open and neither overdue nor yellow."""
        return self.filter(is_open=True, due_at__gt=now, yellow_at__gt=now)

    def visible_to(self, user: Actor) -> Self:
        """The tickets a person may know of; strangers find nothing.

        The whole district for hub, office and leaders; those of the own unit; those one was invited
        to; those in follow-up; those handed over for inspection. People of the unit complained of
        never, and restricted tickets (权益维护) only the people that are named.
        """
        participants = apps.get_model("tickets", "Participant")
        # the second comparison says nothing new; with it PostgreSQL looks up the few restricted
        # rows one by one, and does not first gather everything a head of hub or office is named on
        named = participants.objects.filter(
            ticket=OuterRef("pk"), ticket_id__gte=OuterRef("pk"), user_id=user.pk
        )
        found = self._in_scope(user, named).exclude(status__in=HIDDEN)
        if user.unit_id is not None:
            found = found.filter(
                Q(complained_unit__isnull=True) | ~Q(complained_unit_id=user.unit_id)
            )
        return found.filter(Q(is_restricted=False) | Exists(named))

    def _in_scope(self, user: Actor, named: models.QuerySet[Any]) -> Self:
        if user.has_perm(Permission.VIEW_ALL_TICKETS):
            return self.all()
        conditions: list[Q] = []
        by_unit = user.has_perm(Permission.VIEW_UNIT_TICKETS) and user.unit_id is not None
        if by_unit:
            # whoever is invited or named brings the unit's row along, so this one join is enough;
            # it keeps the order of the side table's index, which a sub-select would lose
            conditions.append(Q(unit_rows__unit_id=user.unit_id))
        elif user.has_perm(Permission.VIEW_INVITED_TICKETS):
            conditions.append(Q(Exists(named)))
        if user.has_perm(Permission.VIEW_FOLLOWUPS):
            conditions.append(Q(status=Status.PENDING_FOLLOWUP) | Q(Exists(named)))
        if user.has_perm(Permission.VIEW_TRANSFERRED_TICKETS):
            conditions.append(Q(is_transferred=True))
        if by_unit and len(conditions) > 1:
            # beside other conditions the join would show a ticket once per unit
            rows = apps.get_model("tickets", "TicketUnit").objects.filter(unit_id=user.unit_id or 0)
            conditions[0] = Q(Exists(rows.filter(ticket=OuterRef("pk"))))
        return self.filter(reduce(or_, conditions)) if conditions else self.none()

    def drafts_of(self, user: Actor) -> Self:
        """One's own drafts, nobody else's."""
        return self.filter(status=Status.DRAFT, registered_by_id=user.pk)
