"""The nightly check: every open clock computed anew from its events (reliability R5)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from apps.audit.actions import record
from apps.core import clock
from apps.tickets.actions import _repair
from apps.tickets.models import ClockCheck, Ticket
from apps.tickets.queries.book import load_book
from apps.tickets.queries.crowd import TICKET_FIELDS, Drift, drift_of, load_crowd

logger = logging.getLogger("jizhou.tickets")
BATCH = 500
NIGHT = range(1, 6)
#: a night without check is made good by day
LATEST = timedelta(hours=30)
BETWEEN = timedelta(hours=12)
MOST_NAMED = 20


def check_clocks(
    *, now: datetime, repair: bool, beat: Callable[[int], None] | None = None
) -> ClockCheck:
    """Compare all open tickets' stored clocks with their events; mend when asked; keep the result.

    Reading takes no lock. What differs is looked at again under the ticket's lock, so that a move
    in between is no drift. ``beat(tickets seen)`` is called after each piece.
    """
    open_pks = list(Ticket.objects.open().order_by("due_at", "pk").values_list("pk", flat=True))
    clocks, named, repaired = 0, [], 0
    for start in range(0, len(open_pks), BATCH):
        piece = open_pks[start : start + BATCH]
        seen, suspects = _look(piece)
        clocks += seen
        for found in _confirm(suspects, repair=repair):
            named.append(str(found.member.ticket))
            repaired += 1 if repair else 0
        if beat is not None:
            beat(min(start + BATCH, len(open_pks)))
    if named:
        logger.error("clocks of %d tickets differed from their events", len(named))
    return ClockCheck.objects.create(
        at=now,
        tickets=len(open_pks),
        clocks=clocks,
        drifted=len(named),
        repaired=repaired,
        numbers="、".join(named[:MOST_NAMED]),
    )


def _look(pks: list[int]) -> tuple[int, list[int]]:
    """Return how many clocks some tickets have, and which tickets differ, without a lock."""
    book = load_book()
    tickets = Ticket.objects.filter(pk__in=pks, is_open=True).only(*TICKET_FIELDS)
    members = load_crowd(tickets, book)
    clocks = sum(len(member.clocks) for member in members)
    return clocks, [one.ticket.pk for one in members if drift_of(one, book)]


@transaction.atomic
def _confirm(pks: list[int], *, repair: bool) -> list[Drift]:
    """Look again at suspects under their locks; mend them when asked."""
    if not pks:
        return []
    book = load_book(for_writing=True)
    locked = (
        Ticket.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=pks, is_open=True)
        .only(*TICKET_FIELDS)
        .order_by("pk")
    )
    drifts = [drift_of(one, book) for one in load_crowd(locked, book)]
    found = [drift for drift in drifts if drift]
    if found and repair:
        _repair.store(found)
        record(
            action="tickets.clocks.repair",
            by=None,
            label="时限核对",
            note=f"按办理记录重算，改正 {len(found)} 件",
            batch_size=len(found),
        )
    return found


def nightly(*, now: datetime) -> int:
    """Run the check once a night, with repair; return the tickets seen, 0 when it is not time."""
    last = ClockCheck.objects.order_by("-at").first()
    age = now - last.at if last is not None else None
    is_night = clock.local(now).hour in NIGHT
    if age is not None and (age < BETWEEN or (not is_night and age < LATEST)):
        return 0
    return check_clocks(now=now, repair=True).tickets
