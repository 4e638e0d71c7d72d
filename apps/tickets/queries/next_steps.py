"""The one next step of a ticket for a person, from the row alone: lists load no whole cases.

The table of transitions says who may; guards that need the whole case are asked on the ticket's
page, which then names the reason.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.tickets import links
from apps.tickets.choices import Nature, Status, Tier
from apps.tickets.models import Ticket
from apps.tickets.queries.case import actor_of
from apps.tickets.workflow import TicketFacts, row_of, takes_part

#: the likeliest steps of a state, in order, with the words of the button
LIKELY: dict[str, tuple[tuple[str, str], ...]] = {
    Status.REGISTERED: (("resolve_onsite", "答复"),),
    Status.PENDING_DISPATCH: (("dispatch", "派单"),),
    Status.PENDING_ACCEPT: (("accept", "签收"),),
    Status.RETURN_REVIEW: (("approve_return", "审核退单"),),
    Status.PROCESSING: (("submit_result", "提交结果"), ("draft_result", "起草结果")),
    Status.PENDING_REVIEW: (("approve_result", "审核"),),
    Status.PENDING_FOLLOWUP: (("close", "回访"),),
    Status.JOINT_DRAFTING: (("approve_joint", "审签"),),
    Status.JOINT_PROCESSING: (("progress", "写进展"),),
    Status.CITY_DRAFTING: (("send_city", "提请市级"),),
    Status.CITY_PROCESSING: (("progress", "写进展"),),
    Status.TRACKING: (("progress", "写进展"),),
}


@dataclass(frozen=True)
class Step:
    """A button: its words, where it leads, and whether it is the person's own duty."""

    label: str
    url: str
    is_own: bool = False
    is_urge: bool = False


def facts_of_row(ticket: Ticket, now: datetime) -> TicketFacts:
    """Return what the table needs to know of who plays which part, from the row's columns."""
    return TicketFacts(
        tier=Tier(ticket.tier),
        status=Status(ticket.status),
        now=now,
        nature=Nature(ticket.nature),
        creator_id=ticket.registered_by_id,
        first_unit_id=ticket.first_unit_id,
        first_receiver_id=ticket.first_receiver_id,
        lead_unit_id=ticket.lead_unit_id,
        assigned_user_ids=frozenset({ticket.handler_id} if ticket.handler_id else ()),
        complained_unit_id=ticket.complained_unit_id,
        hides_entity=ticket.hides_entity,
    )


def next_step(ticket: Ticket, user: Any, now: datetime) -> Step:
    """Return the button of a row: the own duty, else 反馈企业, 催办 when overdue, 看进展."""
    number = ticket.number or ""
    if ticket.status == Status.DRAFT:
        return Step("接着写", f"/t/new/?draft={ticket.pk}", is_own=True)
    facts, actor = facts_of_row(ticket, now), actor_of(user)

    def may(code: str) -> bool:
        row = row_of(code, facts.status)
        return row is not None and takes_part(row, facts, actor)

    waits_for_word = facts.status in (Status.PENDING_REVIEW, Status.PENDING_FOLLOWUP)
    if waits_for_word and not ticket.is_told and may("give_feedback"):
        return Step("反馈企业", links.step(number, "give_feedback"), is_own=True)
    for code, label in LIKELY.get(ticket.status, ()):
        if may(code):
            url = f"/dispatch/?t={number}" if code == "dispatch" else links.step(number, code)
            return Step(label, url, is_own=True)
    is_late = ticket.is_open and ticket.due_at is not None and ticket.due_at <= now
    if is_late and may("urge"):
        return Step("催办", links.step(number, "urge"), is_urge=True)
    return Step("看进展" if ticket.is_open else "查看", links.page(number))
