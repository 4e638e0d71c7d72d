"""Writing the messages about tickets: one per person and occasion, merged when there are many."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core import clock
from apps.notices.actions import Message, notify_many
from apps.notices.choices import Channel
from apps.tickets.choices import Part, TermUnit, Urgency
from apps.tickets.clocks import Book
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.notices import To, word_for_move
from apps.tickets.queries.audience import Circle, Directory, circle
from apps.tickets.queries.case import Case
from apps.workdays.calendar import due_on

KIND = "tickets.move"
RING_KIND = "tickets.ring"
#: so many reminders of one pass stay single; more become one message with the first ones named
MOST_SINGLE = 3
MOST_NAMED = 8
LOOK = "请登录系统查看。"


@dataclass(frozen=True)
class Occasion:
    """Something that some people are told of. ``is_urgent``: minutes count, also at night."""

    circle: Circle
    say: str
    key: str
    is_urgent: bool = False


def is_office_time(now: datetime, book: Book) -> bool:
    """Say whether people are at work: a working day, from the first opening to the last closing."""
    local = clock.local(now)
    if not book.calendar.is_workday(local.date()):
        return False
    periods = book.hours_at(local.date()).periods
    return periods[0][0] <= local.time() <= periods[-1][1]


def due_text(at: datetime, unit: str) -> str:
    """Return 3月27日, or with the hour where hours count: 3月27日 10:30."""
    if unit in (TermUnit.MINUTES, TermUnit.WORK_HOURS):
        local = clock.local(at)
        return f"{local.month}月{local.day}日 {local:%H:%M}"
    day = due_on(at)
    return f"{day.month}月{day.day}日"


def _channels(is_urgent: bool, now: datetime, book: Book) -> frozenset[str]:
    """Outside office hours only minutes leave the building; the morning's digest has the rest."""
    return frozenset(Channel.values) if is_urgent or is_office_time(now, book) else frozenset()


def _body(ticket: Ticket) -> str:
    """Return the ticket's title, unless it could give away who complains."""
    return "" if ticket.is_restricted or ticket.hides_entity else ticket.title


def _single(one: Occasion, users: Sequence[Any], kind: str, now: datetime, book: Book) -> Message:
    ticket = one.circle.ticket
    return Message(
        users=users,
        kind=kind,
        title=f"{ticket} {one.say}",
        body=_body(ticket),
        outgoing=LOOK,
        key=one.key,
        url=ticket_url(ticket),
        channels=_channels(one.is_urgent, now, book),
        to_deputies=not ticket.is_restricted,
    )


def ticket_url(ticket: Ticket) -> str:
    """Return the address of a ticket's page, as agreed for the whole product."""
    return f"/t/{ticket.number}/"


@dataclass
class Told:
    """What one run has told each person so far, over its batches: a backlog is no storm.

    Whoever got a few single messages gets one more that grows with each further batch.
    """

    key: str = ""
    singles: Counter[int] = field(default_factory=Counter)
    merged: Counter[int] = field(default_factory=Counter)
    named: dict[int, list[str]] = field(default_factory=dict)

    def add(self, pk: int, mine: Sequence[Occasion]) -> None:
        """Note what goes into a person's one message."""
        self.merged[pk] += len(mine)
        room = MOST_NAMED - len(self.named.setdefault(pk, []))
        self.named[pk] += [f"{one.circle.ticket} {one.say}" for one in mine[:room]]


def tell(
    occasions: Sequence[Occasion],
    *,
    now: datetime,
    book: Book,
    kind: str = KIND,
    most_single: int = MOST_SINGLE,
    told: Told | None = None,
) -> int:
    """Tell everybody concerned, set-wise; return how many messages were written.

    Whoever would get more than ``most_single`` gets one that names the first of them. ``told`` is
    what earlier batches of the same run have told; it is carried on.
    """
    told = told if told is not None else Told()
    told.key = told.key or (occasions[0].key if occasions else "")
    directory = Directory(one.circle for one in occasions)
    people = [(one, directory.people_of(one.circle)) for one in occasions]
    inbox: dict[int, list[Occasion]] = {}
    for one, users in people:
        for user in users:
            inbox.setdefault(user.pk, []).append(one)
    crowded = {
        pk
        for pk, mine in inbox.items()
        if told.merged[pk] or told.singles[pk] + len(mine) > most_single
    }
    messages = []
    for one, users in people:
        few = [user for user in users if user.pk not in crowded]
        if few:
            messages.append(_single(one, few, kind, now, book))
            told.singles.update(user.pk for user in few)
    users_by_pk = {user.pk: user for _, users in people for user in users}
    for pk in sorted(crowded):
        told.add(pk, inbox[pk])
        messages.append(_merged(users_by_pk[pk], inbox[pk], told, kind, now, book))
    if crowded:
        messages += _group(users_by_pk[min(crowded)], occasions, told, kind, now, book)
    return notify_many(messages, now=now)


def _merged(
    user: Any, mine: Sequence[Occasion], told: Told, kind: str, now: datetime, book: Book
) -> Message:
    """Return a person's one message of a run; the group's robot is told of the run once."""
    count, named = told.merged[user.pk], "；".join(told.named[user.pk])
    more = f"；等 {count} 件" if count > MOST_NAMED else ""
    is_urgent = any(one.is_urgent for one in mine)
    return Message(
        users=[user],
        kind=kind,
        title=f"{count} 件工单需要您留意",
        body=f"{named}{more}。",
        outgoing=LOOK,
        key=f"{told.key}:{user.pk}",
        url="/t/",
        channels=_channels(is_urgent, now, book) - {Channel.WECOM.value},
        # a deputy may not open what is open to named people only
        to_deputies=not any(one.circle.ticket.is_restricted for one in mine),
        replaces=True,
    )


def _group(
    user: Any, occasions: Sequence[Occasion], told: Told, kind: str, now: datetime, book: Book
) -> list[Message]:
    """Return the one line about a run of many for the group, where it may be told now."""
    is_urgent = any(one.is_urgent for one in occasions)
    channels = _channels(is_urgent, now, book) & {Channel.WECOM.value}
    if not channels:
        return []
    return [
        Message(
            users=[user],
            kind=kind,
            title="有一批工单到了提醒的时刻",
            outgoing=LOOK,
            key=f"{told.key}:all",
            url="/t/",
            channels=channels,
            to_deputies=False,
            to_inbox=False,
        )
    ]


# ---- after a move -----------------------------------------------------------------------------
def on_move(case: Case, event: TicketEvent) -> None:
    """Tell everybody concerned that a ticket has moved; runs inside the move's transaction."""
    word = word_for_move(event.code, event.to_status)
    if word is None:
        return
    ticket = case.ticket
    due = due_text(ticket.due_at, ticket.due_unit) if ticket.due_at else "规定时间"
    occasion = Occasion(
        circle=circle(
            ticket,
            word.to,
            units=_units(case, event),
            people=_people(case, event),
            except_user_id=event.by_id,
        ),
        say=word.say.format(due=due),
        key=f"ticket:{ticket.pk}:{event.seq}",
        is_urgent=event.code in ("dispatch", "designate") and ticket.urgency != Urgency.NORMAL,
    )
    tell([occasion], now=event.at, book=case.book)


def _units(case: Case, event: TicketEvent) -> dict[To, frozenset[int]]:
    data = event.data
    named = set(data.get("assists") or ())
    leads = [one.unit_id for one in case.assignments if one.part == Part.LEAD]
    unit = frozenset({data["unit"]}) if data.get("unit") else frozenset()
    return {
        To.ASSISTS: frozenset(one.unit_id for one in case.assignments if one.pk in named),
        To.FORMER_LEAD: frozenset(leads[-1:]),
        To.SUPERVISED: unit,
        To.NAMED_UNIT: unit,
    }


def _people(case: Case, event: TicketEvent) -> dict[To, frozenset[int]]:
    data = event.data
    asked = set(data.get("asked") or ())
    orders = set(data.get("supervision") or ())
    return {
        To.EXPERT: _pks(
            getattr(getattr(one.expert.person, "user", None), "pk", None)
            for one in case.assists
            if one.pk in asked
        ),
        To.APPLICANT: _pks(
            one.asked_by_id for one in case.applications if one.pk == data.get("application")
        ),
        To.ISSUER: _pks(one.issued_by_id for one in case.supervisions if one.pk in orders),
        To.FORMER_FIRST: _pks([data.get("former")]),
    }


def _pks(found: Iterable[int | None]) -> frozenset[int]:
    return frozenset(pk for pk in found if pk is not None)
