"""What a change would move before it is made: of the calendar, and of the rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from apps.tickets.choices import ClockKind
from apps.tickets.clocks import STATE_CLOCKS, Book
from apps.tickets.lights import is_overdue
from apps.tickets.models import Clock, Ticket
from apps.tickets.queries.book import load_book
from apps.tickets.queries.crowd import TICKET_FIELDS, Drift, drift_of, load_crowd
from apps.tickets.rules import BY_KEY, RuleItem
from apps.workdays.calendar import Calendar, due_at, due_on
from apps.workdays.hooks import ImpactLine

BATCH = 500
SHOWN = 10
#: a milestone five working days after the due day never lies further off than this
AFTER_DUE = timedelta(days=20)


# ---- the calendar -----------------------------------------------------------------------------
def reach(old: Calendar, new: Calendar) -> date | None:
    """Return the first day from which on terms may differ, or None when none can.

    A day that turns into work or rest, and the start of a year whose notice came or went (its
    terms are 暂定 or not).
    """
    first = max(old.first_year, new.first_year)
    last = min(old.last_year, new.last_year)
    days = [date(year, 1, 1) for year in old.provisional_years ^ new.provisional_years]
    day, end = date(first, 1, 1), date(last, 12, 31)
    while day <= end:
        if old.is_workday(day) != new.is_workday(day):
            days.append(day)
            break
        day += timedelta(days=1)
    return min(days, default=None)


def affected(old: Calendar, new: Calendar, book: Book) -> Iterator[list[Drift]]:
    """Yield, 500 tickets at a time, the open tickets whose clocks a change of the calendar moves.

    ``book`` has the new calendar in it.
    """
    first = reach(old, new)
    if first is None:
        return
    since = due_at(first) - AFTER_DUE
    pks = list(Ticket.objects.open().order_by("due_at", "pk").values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        running = Clock.objects.filter(
            ticket_id__in=pks[start : start + BATCH], stopped_at__isnull=True, due_at__gte=since
        )
        touched = set(running.values_list("ticket_id", flat=True))
        tickets = (
            Ticket.objects.filter(pk__in=touched).only(*TICKET_FIELDS).order_by("due_at", "pk")
        )
        drifts = [drift_of(one, book) for one in load_crowd(tickets, book)]
        yield [drift for drift in drifts if drift]


def calendar_impact(old: Calendar, new: Calendar) -> list[ImpactLine]:
    """Return what a change of the calendar moves: a sentence, then the first tickets."""
    now = timezone.now()
    lines: list[ImpactLine] = []
    count = freed = caught = 0
    for drifts in affected(old, new, load_book(calendar=new)):
        for drift in drifts:
            if "due_at" not in drift.columns:
                continue
            before, after = drift.columns["due_at"]
            was = is_overdue(is_open=True, due_at=before, now=now)
            will = is_overdue(is_open=True, due_at=after, now=now)
            count, freed, caught = count + 1, freed + (was > will), caught + (was < will)
            if len(lines) < SHOWN:
                lines.append(_line(drift.member.ticket, before, after, was, will))
    if not count:
        return []
    return [ImpactLine(label=_summary(count, freed, caught, len(lines))), *lines]


def _summary(count: int, freed: int, caught: int, shown: int) -> str:
    parts = []
    if freed:
        parts.append(f"{freed} 件从超期变为未超期")
    if caught:
        parts.append(f"{caught} 件从未超期变为超期")
    more = f"，其中 {'、'.join(parts)}" if parts else ""
    listed = f"。先列 {shown} 件" if count > shown else ""
    return f"{count} 件在办工单的期限会变{more}{listed}"


def _line(
    ticket: Ticket, before: datetime | None, after: datetime | None, was: bool, will: bool
) -> ImpactLine:
    note = "从超期变为未超期" if was > will else "从未超期变为超期" if was < will else ""
    return ImpactLine(
        label=f"工单 {ticket}",
        before=due_on(before) if before else None,
        after=due_on(after) if after else None,
        note=note,
        url=f"/t/{ticket.number}/",
    )


# ---- the rules --------------------------------------------------------------------------------
#: clocks that no state starts, by their rule
OTHER_CLOCKS: Mapping[str, ClockKind] = {
    "expert_reply": ClockKind.EXPERT,
    "onsite_suggest_escalate": ClockKind.ONSITE,
    "first_contact.life": ClockKind.FIRST_CONTACT,
    "first_contact.utility": ClockKind.FIRST_CONTACT,
    "first_contact.normal": ClockKind.FIRST_CONTACT,
    "handle.lead": ClockKind.HANDLING,
    "handle.assist": ClockKind.ASSIST,
    "handle.redo": ClockKind.HANDLING,
    "extension.review": ClockKind.EXTENSION_REVIEW,
}


def clock_of_rule(key: str) -> ClockKind | None:
    """Return the kind of clock that a rule gives its term to, or None for limits and thresholds."""
    if key in OTHER_CLOCKS:
        return OTHER_CLOCKS[key]
    base = key.partition(".")[0]
    for kind, rule in STATE_CLOCKS.values():
        if rule == key or (rule.endswith("{urgency}") and rule.startswith(f"{base}.")):
            return kind
    return None


@dataclass(frozen=True)
class RuleEffect:
    """One changed figure: before, after, and how many open tickets it can meet.

    ``running`` clocks keep the term they started with; ``ahead`` open tickets have no such clock
    running and get the new figure when one starts.
    """

    item: RuleItem
    before: int
    after: int
    running: int
    ahead: int


@dataclass(frozen=True)
class RuleImpact:
    """What a new version of the rules would touch."""

    open_tickets: int
    running_clocks: int
    effects: list[RuleEffect]


def rule_impact(before: Mapping[str, int], after: Mapping[str, int]) -> RuleImpact:
    """Count what a change of the rules touches among open tickets (three queries).

    Both map every key to its figure.
    """
    pks = list(Ticket.objects.open().values_list("pk", flat=True))
    running: dict[str, int] = {}
    tickets: dict[str, int] = {}
    for start in range(0, len(pks), BATCH):
        rows = Clock.objects.filter(
            ticket_id__in=pks[start : start + BATCH], stopped_at__isnull=True
        )
        for kind, clocks, owners in (
            rows.values_list("kind")
            .annotate(n=Count("pk"), owners=Count("ticket", distinct=True))
            .order_by("kind")
        ):
            running[kind] = running.get(kind, 0) + clocks
            tickets[kind] = tickets.get(kind, 0) + owners
    effects = []
    for key, item in BY_KEY.items():
        if before[key] == after[key]:
            continue
        kind = clock_of_rule(key)
        ours = running.get(kind, 0) if kind else 0
        ahead = len(pks) - (tickets.get(kind, 0) if kind else 0)
        effects.append(RuleEffect(item, before[key], after[key], ours, ahead))
    return RuleImpact(len(pks), sum(running.values()), effects)
