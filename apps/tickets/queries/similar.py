"""Tickets like a text, and the open ones of the same enterprise: shown beside registering."""

import unicodedata
from dataclasses import dataclass

from apps.core.access import Actor
from apps.tickets.models import Ticket
from apps.tickets.queries.enterprise import with_known_enterprise

#: so many of the newest tickets are compared; the comparison is exact and quick
LOOKED_THROUGH = 200
LEAST_SHARE = 0.12
SAME_CATEGORY = 0.1
SHOWN = (
    *("number", "title", "content", "status", "outcome", "registered_at", "category_id"),
    *("is_open", "is_suspended", "redo_count", "entity_id", "answer_grade", "answer"),
)


@dataclass(frozen=True)
class Similar:
    """A ticket that is like a text; ``share`` is the part of the text's pairs it has too."""

    ticket: Ticket
    share: float


def pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of a text, without signs and blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def similar_tickets(
    user: Actor,
    text: str,
    *,
    category_id: int | None = None,
    without: int | None = None,
    limit: int = 3,
) -> list[Similar]:
    """Return the visible tickets whose words are most like a text, the likest first (one query)."""
    wanted = pairs(text)
    if len(wanted) < 4:
        return []
    rows = Ticket.objects.visible_to(user).filter(number__isnull=False)
    if category_id is not None:
        rows = rows.filter(category_id=category_id)
    if without is not None:
        rows = rows.exclude(pk=without)
    found = []
    for ticket in rows.order_by("-registered_at", "-pk").only(*SHOWN)[:LOOKED_THROUGH]:
        share = len(wanted & pairs(f"{ticket.title}{ticket.content}")) / len(wanted)
        if share >= LEAST_SHARE:
            found.append(Similar(ticket, share))
    return sorted(found, key=lambda one: (-one.share, -one.ticket.pk))[:limit]


def open_of_entity(user: Actor, entity_id: int, *, limit: int = 5) -> list[Ticket]:
    """Return an enterprise's open tickets that a person sees together with its name."""
    rows = Ticket.objects.visible_to(user).open().filter(entity_id=entity_id)
    known = rows.filter(with_known_enterprise(user))
    return list(known.select_related("lead_unit").order_by("-registered_at", "-pk")[:limit])
