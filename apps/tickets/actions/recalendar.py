"""A corrected calendar moves the stored due times of open tickets, in the change's transaction."""

from datetime import datetime

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core.access import Actor
from apps.tickets.actions import _repair
from apps.tickets.actions.telling import RING_KIND, Occasion, due_text, tell
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.notices import To
from apps.tickets.queries.audience import circle
from apps.tickets.queries.book import load_book
from apps.tickets.queries.crowd import Drift
from apps.tickets.queries.impact import affected, reach
from apps.workdays.calendar import Calendar

TOLD = (To.LEAD, To.HANDLER, To.FIRST)
INSTANTS = ("due_at", "handle_due_at", "ticket_due_at")


def follow_calendar(old: Calendar, new: Calendar, by: Actor | None, now: datetime) -> None:
    """Move the due times of all open tickets that a change of the calendar touches.

    Every move waits for the calendar, so nothing else writes clocks meanwhile. Milestones that
    rang in a cycle do not ring again, wherever the due time goes (reliability R1).
    """
    if reach(old, new) is None:
        return
    book = load_book(calendar=new)
    moved: list[Drift] = []
    for drifts in affected(old, new, book):
        _repair.store(drifts)
        shifted = [one for one in drifts if any(name in one.columns for name in INSTANTS)]
        TicketEvent.objects.bulk_create([_event(one, by, now) for one in shifted])
        pks = [one.member.ticket.pk for one in shifted]
        Ticket.objects.filter(pk__in=pks).update(last_event_at=now)
        moved += shifted
    if not moved:
        return
    record(
        action="tickets.recalendar",
        by=by,
        label="工作日历更正",
        note=f"{len(moved)} 件在办工单的时限随之更正",
        batch_size=len(moved),
    )
    occasions = [
        Occasion(
            circle=circle(one.member.ticket, TOLD),
            say=_sentence(one),
            key=f"recalendar:{one.member.ticket.pk}:{one.member.next_seq}",
        )
        for one in moved
    ]
    tell(occasions, now=now, book=book, kind=RING_KIND, most_single=1)


def _sentence(drift: Drift) -> str:
    """Return 时限由 3月27日 改为 3月30日（工作日历更正）."""
    ticket = drift.member.ticket
    name = next(name for name in INSTANTS if name in drift.columns)
    before, after = drift.columns[name]
    words = {"due_at": "时限", "handle_due_at": "办结时限", "ticket_due_at": "企业总时限"}
    was = due_text(before, ticket.due_unit) if before else "不计时"
    will = due_text(after, ticket.due_unit) if after else "不计时"
    return f"{words[name]}由{was}改为{will}（工作日历更正）"


def _event(drift: Drift, by: Actor | None, now: datetime) -> TicketEvent:
    ticket = drift.member.ticket
    user = by if isinstance(by, User) else None
    return TicketEvent(
        ticket_id=ticket.pk,
        seq=drift.member.next_seq,
        code="recalendar",
        at=now,
        by=user,
        by_name=user.display_name if user else "",
        unit_id=user.unit_id if user else None,
        from_status=ticket.status,
        to_status=ticket.status,
        from_tier=ticket.tier,
        to_tier=ticket.tier,
        text=_sentence(drift),
        data={
            name: [value.isoformat() if value else None for value in drift.columns[name]]
            for name in INSTANTS
            if name in drift.columns
        },
        is_internal=True,
    )
