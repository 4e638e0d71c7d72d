"""What a bulk action would do, ticket by ticket, before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries.case import actor_of
from apps.tickets.queries.next_steps import facts_of_row
from apps.tickets.workflow import label_of, row_of, takes_part

MOST_AT_ONCE = 200
CAREFUL = 100
BETWEEN_URGES = timedelta(hours=24)


@dataclass(frozen=True)
class Fate:
    """A ticket and what would become of it: ``skip`` is the reason why nothing would."""

    ticket: Ticket
    text: str = ""
    skip: str = ""


def refusal(ticket: Ticket, action: str, user: Any, now: datetime) -> str:
    """Return why a person cannot do an action on a ticket, as far as its row tells, or ""."""
    facts = facts_of_row(ticket, now)
    row = row_of(action, facts.status)
    if row is None:
        return f"“{facts.status.label}”的工单不能{label_of(action)}"
    return "" if takes_part(row, facts, actor_of(user)) else "您的岗位或单位不办这一步"


def urged_lately(tickets: Sequence[Ticket], user: Any, now: datetime) -> set[int]:
    """Return the tickets that a person has urged within a day (one query)."""
    rows = TicketEvent.objects.filter(
        ticket__in=[ticket.pk for ticket in tickets],
        code="urge",
        by_id=user.pk,
        at__gt=now - BETWEEN_URGES,
    )
    return set(rows.values_list("ticket_id", flat=True))


def urge_fates(tickets: Sequence[Ticket], user: Any, now: datetime) -> list[Fate]:
    """Return who would be reminded, and which tickets would be left out."""
    lately = urged_lately(tickets, user, now)
    fates = []
    for ticket in tickets:
        reason = refusal(ticket, "urge", user, now)
        if not reason and ticket.pk in lately:
            reason = "24 小时内已经催办过"
        unit = ticket.lead_unit or ticket.first_unit
        fates.append(Fate(ticket, f"催办{unit.name}", reason))
    return fates
