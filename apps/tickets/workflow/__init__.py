"""The table of transitions: the only place that decides what may happen to a ticket.

Sources: plan three and four, domain.md §7.2 (T01–T40) and §8, decisions.md 7–16. Pure Python.
"""

from collections.abc import Iterator

from apps.core.errors import DomainError
from apps.tickets.choices import TIERS_OF, Party, Status, Tier
from apps.tickets.workflow import rows_ending, rows_handling, rows_hub, rows_onsite, rows_upper
from apps.tickets.workflow.types import (
    SYSTEM,
    ActorFacts,
    Allowed,
    Field,
    Kind,
    TicketFacts,
    Transition,
    Who,
)

__all__ = [
    "SYSTEM",
    "TRANSITIONS",
    "ActorFacts",
    "Allowed",
    "Field",
    "Kind",
    "TicketFacts",
    "Transition",
    "TransitionDenied",
    "allowed",
    "check",
    "label_of",
    "reason_against",
    "row_of",
    "rows_from",
    "takes_part",
]

TRANSITIONS: tuple[Transition, ...] = (
    *rows_onsite.ROWS,
    *rows_hub.ROWS,
    *rows_handling.ROWS,
    *rows_upper.ROWS,
    *rows_ending.ROWS,
)
_BY_PLACE = {(row.code, source): row for row in TRANSITIONS for source in row.sources}
_BY_CODE = {row.code: row for row in reversed(TRANSITIONS)}


class TransitionDenied(DomainError):  # noqa: N818  a refusal, not a fault
    """The table says no; the message is the reason in Chinese."""

    http_status = 409
    code = "not_possible"


def row_of(code: str, status: Status | None) -> Transition | None:
    """Return the row of an action from a state, or None when there is none."""
    return _BY_PLACE.get((code, status))


def any_row(code: str) -> Transition | None:
    """Return the first row of an action, whatever the state."""
    return _BY_CODE.get(code)


def label_of(code: str) -> str:
    """Return the Chinese name of an action."""
    row = _BY_CODE.get(code)
    return row.label if row else code


def rows_from(status: Status, tier: Tier) -> Iterator[Transition]:
    """Yield the rows that start from a state and tier, in the table's order."""
    for row in TRANSITIONS:
        if status in row.sources and tier in row.tiers:
            yield row


def _plays(party: Party, ticket: TicketFacts, actor: ActorFacts) -> bool:
    """Say whether the actor's unit (or the actor) has the part on this ticket."""
    unit, user = actor.unit_id, actor.user_id
    units: dict[Party, frozenset[int | None]] = {
        Party.FIRST: frozenset({ticket.first_unit_id}),
        Party.LEAD: frozenset({ticket.lead_unit_id}),
        Party.ASSIST: frozenset(ticket.assist_unit_ids),
        Party.SUPERVISED: frozenset(ticket.supervised_unit_ids),
    }
    if party == Party.ANY:
        return True
    if party == Party.CREATOR:
        return user is not None and user == ticket.creator_id
    if party == Party.STANDIN:
        return ticket.is_office_complained_of
    if party == Party.ASSIGNED:
        return user is not None and user in ticket.assigned_user_ids
    if party == Party.INVITED:
        # the invited expert answers; liaison and commissioner of the same unit may do it instead
        is_asked = user is not None and user in ticket.invited_user_ids
        speaks = bool(actor.roles & {"LIAISON", "COMMISSIONER"})
        return is_asked or (speaks and unit in ticket.invited_unit_ids)
    return unit is not None and unit in units[party]


def _may(who: tuple[Who, ...], ticket: TicketFacts, actor: ActorFacts) -> str:
    """Return "" when one of the entries fits, else the sentence that says who may."""
    mine = [one for one in who if one.role in actor.roles]
    if not mine:
        return "您的岗位不能做这一步。"
    if any(_plays(one.party, ticket, actor) for one in mine):
        return ""
    parties = list(dict.fromkeys(one.party.label for one in mine))
    return f"这一步由{'、'.join(parties)}办理。"


def is_hidden_from(ticket: TicketFacts, actor: ActorFacts) -> bool:
    """decisions.md 15: people of the unit complained of do not see the ticket."""
    complained = ticket.complained_unit_id
    return complained is not None and complained == actor.unit_id


def reason_against(row: Transition, ticket: TicketFacts, actor: ActorFacts) -> str:
    """Return why a row is not possible now for this actor, or an empty string."""
    if ticket.status not in row.sources:
        return f"“{ticket.status.label}”的工单不能{row.label}。"
    if ticket.tier not in row.tiers or ticket.tier not in TIERS_OF[ticket.status]:
        return f"“{ticket.tier.label}”的工单不能{row.label}。"
    if is_hidden_from(ticket, actor):
        return "被反映单位回避，不能办理这件工单。"
    reason = _may(row.who, ticket, actor)
    if reason:
        return reason
    return next((text for guard in row.guards if (text := guard(ticket, actor))), "")


def takes_part(row: Transition, ticket: TicketFacts, actor: ActorFacts) -> bool:
    """Say whether somebody's role and part on the ticket may ever do this, guards aside."""
    return not is_hidden_from(ticket, actor) and not _may(row.who, ticket, actor)


def check(code: str, ticket: TicketFacts, actor: ActorFacts) -> Transition:
    """Return the row of an action that is possible now.

    Raises:
        TransitionDenied: it is not; the message is a Chinese sentence with the reason.
    """
    row = row_of(code, ticket.status)
    if row is None:
        if code not in _BY_CODE:
            raise TransitionDenied("没有这个动作。请刷新页面后再试。")
        raise TransitionDenied(f"“{ticket.status.label}”的工单不能{label_of(code)}。")
    reason = reason_against(row, ticket, actor)
    if reason:
        raise TransitionDenied(reason)
    return row


def allowed(ticket: TicketFacts, actor: ActorFacts) -> list[Allowed]:
    """Return the actions of a state that the actor's roles may ever do here, with reasons.

    Actions of other roles or of other parties are left out; those that are impossible only now
    are shown with the reason.
    """
    shown = []
    for row in rows_from(ticket.status, ticket.tier):
        if is_hidden_from(ticket, actor) or _may(row.who, ticket, actor):
            continue
        shown.append(Allowed(row, reason_against(row, ticket, actor)))
    return shown
