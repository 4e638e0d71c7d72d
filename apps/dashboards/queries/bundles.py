"""Tickets with the rows that measures count, read set-wise (six queries per batch)."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from apps.dashboards.contributions import Bundle
from apps.dashboards.measures import Base
from apps.tickets.models import Application, Assignment, Clock, Followup, Ticket

MODELS: dict[Base, Any] = {
    Base.TICKET: Ticket,
    Base.CLOCK: Clock,
    Base.ASSIGNMENT: Assignment,
    Base.APPLICATION: Application,
    Base.FOLLOWUP: Followup,
}
HEAVY = ("content", "answer", "basis", "wish", "latest", "contact_phone")
HEAVY_OF = {
    Base.ASSIGNMENT: ("matter", "answer"),
    Base.APPLICATION: ("data", "reason", "opinion"),
    Base.FOLLOWUP: ("note",),
}


def load_bundles(pks: Collection[int]) -> dict[int, Bundle]:
    """Return the bundles of some tickets by key; texts and phones stay in the database."""
    tickets = {row.pk: row for row in Ticket.objects.filter(pk__in=pks).defer(*HEAVY)}
    rows: dict[int, dict[Base, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for base, model in MODELS.items():
        if base is Base.TICKET:
            continue
        found = model.objects.filter(ticket_id__in=tickets).defer(*HEAVY_OF.get(base, ()))
        for row in found:
            row.ticket = tickets[row.ticket_id]
            rows[row.ticket_id][base].append(row)
    return {pk: Bundle(ticket, dict(rows[pk])) for pk, ticket in tickets.items()}
