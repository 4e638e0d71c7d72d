"""Plays a script once with the real actions and keeps every row it leaves, step by step.

The rows are the moulds of large demonstration data (``molds``): what is copied a million times was
written by the product itself. Nothing of the recording stays in the database.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.tickets.actions import perform
from apps.tickets.actions.retention import archive_ended
from apps.tickets.actions.sweep import sweep
from apps.tickets.demo.play import Play, Sample, Stage, Step
from apps.tickets.models import (
    Application,
    Assignment,
    Clock,
    ExpertAssist,
    Feedback,
    Firing,
    Followup,
    Participant,
    RuleVersion,
    Supervision,
    Ticket,
    TicketEvent,
    TicketUnit,
)

#: the tables beside the ticket whose rows are copied as they are; clocks come from the replay
TABLES: tuple[Any, ...] = (
    TicketEvent,
    Assignment,
    ExpertAssist,
    Application,
    Feedback,
    Followup,
    Supervision,
    Participant,
    TicketUnit,
)
#: a reminder later than this is not waited for
PATIENCE = timedelta(days=200)
ARCHIVE_AFTER = timedelta(days=31)
Script = Callable[[Play], Iterator[Step]]


@dataclass(frozen=True)
class Act:
    """What is played: ``pace`` stretches the days between steps, ``lag`` delays what follows the
    registration, ``most`` stops after so many steps for good (None plays to the end), ``percent``
    is how many on-the-spot answers are drawn for a call."""

    sample: Sample
    script: Script
    pace: float = 1.0
    lag: int = 0
    most: int | None = None
    percent: int = 0


@dataclass(frozen=True)
class Fired:
    """A milestone that rang, with the place of its clock."""

    place: tuple[str, str, int]
    milestone: str
    cycle: int
    due_at: datetime
    fired_at: datetime


@dataclass
class Snapshot:
    """A ticket and its rows after one more event."""

    ticket: Ticket
    rows: dict[Any, list[Any]]
    fired: list[Fired]

    @property
    def at(self) -> datetime:
        """When the last event happened."""
        found: datetime = self.rows[TicketEvent][-1].at
        return found


@dataclass
class Recording:
    """The snapshots of one act, and what has to be exchanged in a copy."""

    act: Act
    start: date
    town: str
    officer: User
    heads: list[int]
    snapshots: list[Snapshot] = field(default_factory=list)

    @property
    def is_stuck(self) -> bool:
        """Whether the ticket stays where it is."""
        return self.snapshots[-1].ticket.is_open


class _Paced(Play):
    """A play whose days are stretched and that is written down minute zero."""

    pace, lag = 1.0, 0

    def _moment(self, day: int, hour: int) -> datetime:
        later = round(day * self.pace) + (self.lag if (day, hour) != (0, 8) else 0)
        return super()._moment(later, hour)


def record_act(act: Act, stage: Stage, start: date) -> Recording:
    """Play an act from a day on, with the reminders between its steps, and take it all back."""
    then = datetime.combine(start, stage.now.timetz()) + timedelta(days=20)
    with transaction.atomic():
        RuleVersion.objects.create(
            number=999_999,
            valid_from=datetime(2000, 1, 1, tzinfo=stage.now.tzinfo),
            values={"sample_percent": act.percent},
            reason="演示数据的录制",
            changed_at=stage.now,
        )
        play = _Paced(replace(stage, now=then), act.sample, start)
        play.pace, play.lag, play.minute = act.pace, act.lag, 0
        made = _play(act, play, start)
        transaction.set_rollback(True)
    return made


def _play(act: Act, play: _Paced, start: date) -> Recording:
    play.register()
    heads = User.objects.with_role(Role.TEAM_LEADER).filter(unit=play.town)
    made = Recording(
        act, start, play.town.name, play.officer, sorted(heads.values_list("pk", flat=True))
    )
    made.snapshots.append(_snapshot(play.ticket))
    for count, step in enumerate(act.script(play)):
        if act.most is not None and count >= act.most:
            break
        at = max(play._moment(step.day, step.hour), play.last + timedelta(minutes=3))
        _ring_until(made, play, at)
        at = max(at, play.last + timedelta(minutes=3))
        perform(ticket=play.ticket, action=step.action, by=step.by, now=at, data=step.data)
        play.last = at
        made.snapshots.append(_snapshot(play.ticket))
    _ring_until(made, play, play.last + PATIENCE)
    play.ticket.refresh_from_db()
    if play.ticket.ended_at is not None:
        at = max(play.ticket.ended_at + ARCHIVE_AFTER, play.last)
        if archive_ended(now=at):
            made.snapshots.append(_snapshot(play.ticket))
    return made


def _ring_until(made: Recording, play: _Paced, at: datetime) -> None:
    """Let every reminder of the ticket ring at its own moment, as the timers would."""
    while True:
        rows = Clock.objects.filter(ticket=play.ticket, next_fire_at__lte=at)
        first = rows.order_by("next_fire_at").values_list("next_fire_at", flat=True).first()
        if first is None:
            return
        now = max(first, play.last)
        before = TicketEvent.objects.filter(ticket=play.ticket).count()
        sweep(now=now)
        play.last = now
        if TicketEvent.objects.filter(ticket=play.ticket).count() > before:
            made.snapshots.append(_snapshot(play.ticket))


def _snapshot(ticket: Ticket) -> Snapshot:
    rows: dict[Any, list[Any]] = {
        model: list(model.objects.filter(ticket=ticket).order_by("pk")) for model in TABLES
    }
    fired = Firing.objects.filter(clock__ticket=ticket).select_related("clock").order_by("pk")
    return Snapshot(
        ticket=Ticket.objects.get(pk=ticket.pk),
        rows=rows,
        fired=[
            Fired(
                place=(one.clock.kind, one.clock.key, one.clock.lap),
                milestone=one.milestone,
                cycle=one.cycle,
                due_at=one.due_at,
                fired_at=one.fired_at,
            )
            for one in fired
        ],
    )
