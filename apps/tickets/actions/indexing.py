"""The search index follows the tickets: written in the transaction that writes the text."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from apps.core.bigrams import grams, plain
from apps.tickets.models import Ticket, TicketIndex

CHUNK = 500
_TEXTS = ("pk", "number", "title", "content", "entity_name", "hides_entity", "hotline_no")


def text_of(ticket: Ticket) -> str:
    """Return the searchable text; the parts are kept apart so that no word spans two of them."""
    parts = [ticket.title, ticket.content, ticket.hotline_no]
    if not ticket.hides_entity:
        parts.append(ticket.entity_name)
    return " ".join(filter(None, map(plain, parts)))


def tokens_of(text: str) -> str:
    """Return the index's tokens of a searchable text."""
    return " ".join(sorted({gram for part in text.split() for gram in grams(part)}))


def _row(ticket: Ticket) -> TicketIndex:
    text = text_of(ticket)
    return TicketIndex(ticket_id=ticket.pk, plain=text, tokens=tokens_of(text))


def keep(case: Any, event: Any) -> None:
    """Index a ticket after an event; only those that can change its text cost anything."""
    if event.seq > 1 and event.code not in ("save_draft", "amend"):
        return
    row = _row(case.ticket)
    if event.seq == 1:
        row.save(force_insert=True)
        return
    TicketIndex.objects.update_or_create(
        ticket_id=row.ticket_id, defaults={"plain": row.plain, "tokens": row.tokens}
    )


def _chunks(tickets: Iterable[Ticket]) -> Iterator[list[Ticket]]:
    chunk: list[Ticket] = []
    for ticket in tickets:
        chunk.append(ticket)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def rebuild() -> int:
    """Write the index anew for every numbered ticket, in short transactions; return how many.

    For restored or bulk-written tickets; the index of a ticket that moves is kept by ``keep``.
    """
    tickets = Ticket.objects.filter(number__isnull=False).only(*_TEXTS).order_by("pk")
    count = 0
    for chunk in _chunks(tickets.iterator(chunk_size=CHUNK)):
        with transaction.atomic():
            TicketIndex.objects.bulk_create(
                [_row(ticket) for ticket in chunk],
                update_conflicts=True,
                unique_fields=["ticket"],
                update_fields=["plain", "tokens"],
            )
        count += len(chunk)
    return count
