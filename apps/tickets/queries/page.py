"""Everything that a ticket's page shows, read once (at most twenty-five queries with the frame)."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User
from apps.core.clock import local
from apps.roster.models import Person
from apps.tickets.choices import Part, Status
from apps.tickets.models import Attachment, Ticket
from apps.tickets.models.visibility import TicketQuerySet
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import Case, actor_of, facts_of, load_case
from apps.tickets.queries.enterprise import EnterpriseCard, card_of_ticket
from apps.tickets.queries.files import files_visible_to
from apps.tickets.queries.people import Handling, handling_of, receiver_of
from apps.tickets.queries.similar import Similar, similar_tickets
from apps.tickets.queries.terms import Term, terms_of
from apps.tickets.queries.timeline import TierStep, tier_steps
from apps.tickets.workflow import Allowed, Transition, allowed
from apps.tickets.workflow.steps import in_order, next_step

#: so many next steps stand in sight, the others are folded away
IN_SIGHT = 5
JOINED = (
    *("category", "township", "zone", "first_unit", "first_receiver__person", "registered_by"),
    *("lead_unit", "complained_unit", "entity", "merged_into", "handler"),
)


@dataclass(frozen=True)
class TicketPage:
    """A ticket as one person sees it now."""

    case: Case
    primary: Transition | None
    steps: list[Allowed]
    more_steps: list[Allowed]
    enterprise: EnterpriseCard | None
    receiver: Person | None
    handling: list[Handling]
    main_term: Term | None
    terms: list[Term]
    tiers: list[TierStep]
    similar: list[Similar]
    files: list[Attachment]

    @property
    def ticket(self) -> Ticket:
        """The ticket."""
        return self.case.ticket

    @property
    def assisting(self) -> list[str]:
        """The names of the units that assist."""
        return [
            row.assignment.unit.name
            for row in self.handling
            if row.assignment.part == Part.ASSIST and row.assignment.is_active
        ]


def visible(user: User) -> TicketQuerySet:
    """Return the tickets of a person with what pages join."""
    return Ticket.objects.visible_to(user).select_related(*JOINED)


def case_of(ticket: Ticket, now: datetime) -> Case:
    """Return the ticket with its records."""
    return load_case(ticket, now=now, book=load_book())


def steps_of(case: Case, user: User) -> tuple[Transition | None, list[Allowed]]:
    """Return the one next step of a person, and the other actions, possible ones first."""
    possible = allowed(facts_of(case), actor_of(user))
    status = Status(case.ticket.status)
    first = next_step(possible, status, is_contacted=case.ticket.contacted_at is not None)
    others = [one for one in possible if first is None or one.transition.code != first.code]
    return first, in_order(others)


def open_page(ticket: Ticket, user: User, now: datetime) -> TicketPage:
    """Read a ticket's page; ``ticket`` comes from :func:`visible`."""
    case = case_of(ticket, now)
    first, others = steps_of(case, user)
    main, terms = terms_of(case)
    today = local(now).date()
    receiver = receiver_of(ticket)
    text = f"{ticket.title}{ticket.content}"
    return TicketPage(
        case=case,
        primary=first,
        steps=others[:IN_SIGHT],
        more_steps=others[IN_SIGHT:],
        enterprise=card_of_ticket(ticket, user, now),
        receiver=receiver,
        handling=handling_of(case, today, receiver),
        main_term=main,
        terms=terms,
        tiers=tier_steps(ticket, case.events),
        similar=similar_tickets(
            user, text, category_id=ticket.category_id, without=ticket.pk, limit=3
        ),
        files=list(files_visible_to(user, ticket)),
    )
