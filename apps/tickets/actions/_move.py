"""The one way in which a ticket moves: check, compare-and-swap, event, clocks, side tables, log.

Every action of the table passes through :func:`perform`; what an action does beside the move is in
its handler. All of it is one transaction: no step is ever seen half done (reliability R8, R9).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core.errors import DomainError
from apps.tickets import hooks
from apps.tickets.actions import _inputs, _store
from apps.tickets.choices import OPEN, TERMINAL, Status, Tier
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import Case, actor_of, facts_of, load_case
from apps.tickets.workflow import Transition, TransitionDenied, check
from apps.tickets.workflow.types import ActorFacts, TicketFacts

CONFLICT = "这件工单刚被{who}改过（{what}）。请核对后再提交，您写的内容已保留。"


class TicketConflict(DomainError):  # noqa: N818  a refusal, not a fault
    """Somebody was quicker; the page shows both texts."""

    http_status = 409
    code = "conflict"


@dataclass
class Move:
    """A move under way: what was typed, and what the handler adds to it.

    ``changes`` are columns of the ticket, ``facts`` go into the event's data (JSON: ids, words,
    ISO times), ``text`` is what the timeline shows.
    """

    case: Case
    row: Transition
    actor: ActorFacts
    by: User | None
    now: datetime
    before: TicketFacts
    data: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    is_public: bool | None = None

    @property
    def ticket(self) -> Ticket:
        """The ticket."""
        return self.case.ticket

    def refuse(self, message: str, field_name: str | None = None) -> DomainError:
        """Return a refusal to raise."""
        return TransitionDenied(message, field=field_name)


Handler = Callable[[Move], None]
_handlers: dict[str, Handler] = {}


def handles(*codes: str) -> Callable[[Handler], Handler]:
    """Mark the function that does what an action does beside the move."""

    def mark(function: Handler) -> Handler:
        for code in codes:
            _handlers[code] = function
        return function

    return mark


@transaction.atomic
def perform(
    *,
    ticket: Ticket,
    action: str,
    by: User | None,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    version: int | None = None,
    extra: Mapping[str, Any] | None = None,
) -> TicketEvent:
    """Do an action of the table and return its event.

    ``data`` are the values of the row's fields, as objects or as what a form gives. ``version`` is
    the one the person saw; None does not compare. ``by`` None is the system. ``extra`` are facts
    for the event that the system knows and nobody types.

    Raises:
        TransitionDenied: the table or a rule refuses, with the reason.
        TicketConflict: somebody changed the ticket since ``version``.
        DomainError: a field is missing or wrong; ``field`` names it.
    """
    # the calendar before the ticket: whoever changes the calendar takes them in this order, too
    book = load_book(for_writing=True)
    locked = _locked(ticket, data or {})
    case = load_case(locked, now=now, book=book)
    if version is not None and version != locked.version:
        raise _conflict(case, version)
    actor, before = actor_of(by), facts_of(case)
    row = check(action, before, actor)
    move = Move(case, row, actor, by, now, before, _inputs.cleaned(row, data or {}, case))
    move.facts |= extra or {}
    handler = _handlers.get(action)
    if handler is not None:
        handler(move)
    event = _commit(move)
    _show(ticket, locked)
    return event


def _show(ticket: Ticket, moved: Ticket) -> None:
    """Give the caller's ticket the columns of the moved one, as reading it again would."""
    for column in Ticket._meta.concrete_fields:
        setattr(ticket, column.attname, getattr(moved, column.attname))


def rehearse(
    *,
    ticket: Ticket,
    action: str,
    by: User,
    now: datetime,
    data: Mapping[str, Any],
    version: int | None = None,
) -> None:
    """Do an action and take it back at once: the same refusals, and nothing is written.

    What cannot be undone is asked about on a page of its own; whoever comes there is not refused
    after having agreed.

    Raises:
        DomainError: as :func:`perform`.
    """
    try:
        with transaction.atomic():
            perform(ticket=ticket, action=action, by=by, now=now, data=data, version=version)
            transaction.set_rollback(True)
    finally:
        ticket.refresh_from_db()


def _locked(ticket: Ticket, data: Mapping[str, Any]) -> Ticket:
    """Lock a ticket, with the one it is merged into or out of, in the order of their keys.

    Two who merge two tickets into each other wait for one another in turn, never both at once.
    """
    pks: set[int] = {ticket.pk}
    if ticket.merged_into_id is not None:
        pks.add(ticket.merged_into_id)
    master = data.get("master")
    if isinstance(master, Ticket):
        pks.add(master.pk)
    elif master:
        pks |= set(Ticket.objects.filter(number=str(master).upper()).values_list("pk", flat=True))
    rows = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("registered_by")  # its unit sees the ticket; the others are seldom asked
        .filter(pk__in=pks)
        .order_by("pk")
    )
    return next(row for row in rows if row.pk == ticket.pk)


def _conflict(case: Case, version: int) -> TicketConflict:
    newer = [event for event in case.events if event.data.get("version", 0) > version]
    last = newer[-1] if newer else (case.events[-1] if case.events else None)
    who = (last.by_name or "系统") if last else "别人"
    what = hooks.event_label(last.code) if last else "已更新"
    return TicketConflict(CONFLICT.format(who=who, what=what))


def where_to(move: Move) -> tuple[Status, Tier]:
    """Return the state and the tier after the move."""
    row, before = move.row, move.before
    if row.target is not None:
        return row.target(before, move.facts)
    status = next(iter(row.targets)) if row.targets else before.status
    return status, row.tier if row.tier is not None and row.targets else before.tier


def _commit(move: Move) -> TicketEvent:
    """Write the event, then everything that follows from it."""
    case, ticket = move.case, move.ticket
    status, tier = where_to(move)
    move.facts["version"] = ticket.version + 1
    event = _store.new_event(move, status, tier)
    columns = _store.after(case, event, status)
    columns |= move.changes | _ends(ticket, status, move.now)
    columns |= {"status": status, "tier": tier, "is_open": status in OPEN}
    columns |= {"version": ticket.version + 1, "last_event_at": move.now}
    if move.row.counts_as_progress and move.text:
        columns["latest"] = move.text[:120]
    moved = Ticket.objects.filter(pk=ticket.pk, version=ticket.version).update(**columns)
    if moved != 1:
        raise _conflict(case, ticket.version)
    for name, value in columns.items():
        setattr(ticket, name, value)
    _finish(move, event, status, tier)
    return event


def create(move: Move, before_telling: Callable[[], None]) -> TicketEvent:
    """Write a new ticket with its first event; ``move.ticket`` is unsaved and gets its key.

    ``before_telling`` runs when the ticket is stored and before anybody is told of it: whoever may
    know of a restricted ticket has to be named by then.
    """
    case, ticket = move.case, move.ticket
    status, tier = where_to(move)
    event = _store.new_event(move, status, tier)
    columns = _store.after(case, event, status) | move.changes
    columns |= {"status": status, "tier": tier, "is_open": status in OPEN}
    for name, value in columns.items():
        setattr(ticket, name, value)
    ticket.save(force_insert=True)
    event.ticket = ticket
    before_telling()
    _finish(move, event, status, tier)
    return event


def _finish(move: Move, event: TicketEvent, status: Status, tier: Tier) -> None:
    """Write what hangs on the event; a doubled number means that somebody was quicker."""
    try:  # the refusal undoes the whole move: no savepoint of its own
        event.save(force_insert=True)
    except IntegrityError as error:
        raise _conflict(move.case, move.ticket.version) from error
    _store.store_clocks(move.case)
    _store.side_tables(move.case)
    _log(move, status, tier)
    hooks.tell(move.case, event)


def _ends(ticket: Ticket, status: Status, now: datetime) -> dict[str, Any]:
    if status in TERMINAL and ticket.ended_at is None:
        return {"ended_at": now}
    if status not in TERMINAL and ticket.ended_at is not None:
        return {"ended_at": None}
    return {}


def _log(move: Move, status: Status, tier: Tier) -> None:
    """Write the audit entry: the move in words, the text stays in the event."""
    changes = {}
    if status != move.before.status:
        changes["status"] = [move.before.status.label, status.label]
    if tier != move.before.tier:
        changes["tier"] = [move.before.tier.label, tier.label]
    record(
        action=f"tickets.{move.row.code}",
        by=move.by,
        target=move.ticket,
        label=str(move.ticket),
        changes=changes,
    )
