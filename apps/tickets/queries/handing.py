"""What somebody who leaves has in hand: zones, tickets, drafts, what waits for his word."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.permissions import Permission
from apps.roster.models import Officer
from apps.tickets.choices import AssistState
from apps.tickets.models import ExpertAssist, Ticket

MOST = 500


@dataclass
class InHand:
    """Everything of a person that needs another one."""

    person: User
    zones: list[Officer] = field(default_factory=list)
    received: list[Ticket] = field(default_factory=list)
    handled: list[Ticket] = field(default_factory=list)
    drafts: list[Ticket] = field(default_factory=list)
    questions: list[ExpertAssist] = field(default_factory=list)
    saved_texts: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to hand over."""
        return not self.count

    @property
    def count(self) -> int:
        """How many things there are."""
        tickets = len(self.received) + len(self.handled) + len(self.drafts)
        return len(self.zones) + tickets + len(self.questions)


def may_hand_over_for(user: Any) -> bool:
    """Say whether a person hands over for colleagues too: the heads of the unit."""
    return bool(user.has_perm(Permission.MANAGE_UNIT_ACCOUNTS))


def colleagues(user: Any) -> QuerySet[User]:
    """Return the active accounts of the own unit."""
    if user.unit_id is None:
        return User.objects.none()
    return User.objects.active().filter(unit_id=user.unit_id).order_by("name", "pk")


def leavers(user: Any) -> QuerySet[User]:
    """Return whose work a person may hand over: the own, the whole unit's for its heads.

    Closed accounts too: what they left behind still needs somebody.
    """
    if user.unit_id is None or not may_hand_over_for(user):
        return User.objects.filter(pk=user.pk)
    return User.objects.filter(unit_id=user.unit_id).order_by("-is_active", "name", "pk")


def in_hand(person: User) -> InHand:
    """Read what a person has in hand (six queries)."""
    opened = Ticket.objects.open().select_related("first_unit", "lead_unit", "complained_unit")
    found = InHand(person)
    if person.person_id is not None:
        posts = Officer.objects.current().filter(person_id=person.person_id)
        found.zones = list(posts.select_related("zone__unit", "person").order_by("zone__order"))
        waiting = ExpertAssist.objects.filter(
            expert__person_id=person.person_id, state=AssistState.REQUESTED
        )
        found.questions = list(waiting.select_related("ticket", "unit").order_by("asked_at"))
    found.received = list(opened.filter(first_receiver=person).order_by("due_at", "pk")[:MOST])
    found.handled = list(opened.filter(handler=person).order_by("due_at", "pk")[:MOST])
    found.drafts = list(Ticket.objects.drafts_of(person).order_by("-last_event_at")[:MOST])
    found.saved_texts = person.drafts.count()
    return found
