"""From the events of a ticket to its clocks: each row of the table says what it does to them. Pure."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from apps.tickets.choices import TERMINAL, ClockKind, TermUnit
from apps.tickets.clocks import STATE_CLOCKS, STATE_KINDS, Book, ClockState, Happened
from apps.tickets.rules import RuleSet, Term
from apps.tickets.workflow import any_row, row_of
from apps.tickets.workflow.types import ClockEffect, Effect


class Replay:
    """Runs through the events of one ticket and keeps its clocks."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.clocks: list[ClockState] = []
        self.urgency = "normal"

    def run(self, events: Iterable[Happened]) -> list[ClockState]:
        """Return all clocks after the events, in the order in which they started."""
        for event in events:
            self._take(event)
        return self.clocks

    def _take(self, event: Happened) -> None:
        self.urgency = str(event.data.get("urgency") or self.urgency).lower()
        if event.code == "unmerge":
            merge = event.data.get("merge_seq")
            self._map(lambda c: c.stopped_seq == merge, _unstopped)
            return
        row = row_of(event.code, event.from_status) or any_row(event.code)
        for effect in row.clocks if row else ():
            if not effect.when or event.data.get(effect.when):
                self._apply(effect, event)
        if event.to_status != event.from_status:
            self._change_state(event)

    def _change_state(self, event: Happened) -> None:
        ends = event.to_status in TERMINAL
        self._stop(lambda c: ends or c.kind in STATE_KINDS, event)
        if event.to_status in STATE_CLOCKS:
            kind, term = STATE_CLOCKS[event.to_status]
            self._start(kind, "", term, event)

    def _apply(self, effect: ClockEffect, event: Happened) -> None:
        keys = [str(key) for key in event.data.get(effect.each) or ()] if effect.each else [""]
        for key in keys:
            self._apply_to(effect, key, event)

    def _apply_to(self, effect: ClockEffect, key: str, event: Happened) -> None:
        def mine(clock: ClockState) -> bool:
            return clock.kind == effect.clock and (not effect.each or clock.key == key)

        def mine_open(clock: ClockState) -> bool:
            return mine(clock) and clock.is_open

        moment = _moment(event.data.get(effect.fixed)) if effect.fixed else None
        match effect.effect:
            case Effect.START:
                self._start(effect.clock, key, effect.term, event, fixed_at=moment)
            case Effect.STOP:
                self._stop(mine, event)
            case Effect.RESTART:
                self._restart(mine_open, event)
            case Effect.AGAIN:
                self._again(effect, key, event)
            case Effect.REVIVE:
                self._revive(mine)
            case _:
                self._map(mine_open, _changed(effect.effect, event, moment))

    def _start(
        self,
        kind: ClockKind,
        key: str,
        term: str,
        event: Happened,
        *,
        fixed_at: datetime | None = None,
        before: ClockState | None = None,
    ) -> None:
        rules = self.book.rules_at(event.at)
        lap = 1 + sum(1 for c in self.clocks if c.kind == kind and c.key == key)
        self.clocks.append(
            ClockState(
                kind=kind,
                key=key,
                lap=lap,
                started_at=event.at,
                term=self._term(term, event, rules, fixed_at),
                rule_number=rules.number,
                fixed_at=fixed_at,
                before=before,
            )
        )

    def _term(self, term: str, event: Happened, rules: RuleSet, fixed_at: datetime | None) -> Term:
        if fixed_at is not None:
            return Term(0, TermUnit.FIXED)
        if term in ("suspension", "supervision"):  # the days are said in the action
            return Term(int(event.data.get("days") or 0), TermUnit.WORKDAYS)
        return rules.term(term.format(urgency=self.urgency))

    def _stop(self, which: Callable[[ClockState], bool], event: Happened) -> None:
        self._map(
            lambda c: c.stopped_at is None and which(c),
            lambda c: _resumed(c, event.at).but(
                stopped_at=event.at, stopped_seq=event.seq, held_at=c.paused_at
            ),
        )

    def _restart(self, which: Callable[[ClockState], bool], event: Happened) -> None:
        for clock in [c for c in self.clocks if which(c)]:
            self._stop(lambda c, old=clock: c is old, event)  # type: ignore[misc]
            rules = self.book.rules_at(event.at)
            self.clocks.append(
                ClockState(clock.kind, clock.key, clock.lap + 1, event.at, clock.term, rules.number)
            )

    def _again(self, effect: ClockEffect, key: str, event: Happened) -> None:
        laps = [c for c in self.clocks if c.kind == effect.clock and c.key == key]
        if laps:
            self._start(effect.clock, key, effect.term, event, before=laps[-1])

    def _revive(self, which: Callable[[ClockState], bool]) -> None:
        stopped = [c for c in self.clocks if which(c) and not c.is_open]
        if stopped and not any(which(c) and c.is_open for c in self.clocks):
            last = stopped[-1]
            self._each(lambda c: c is last, stopped_at=None, stopped_seq=None)

    def _each(self, which: Callable[[ClockState], bool], **values: Any) -> None:
        self._map(which, lambda c: c.but(**values))

    def _map(
        self, which: Callable[[ClockState], bool], change: Callable[[ClockState], ClockState]
    ) -> None:
        for place, clock in enumerate(self.clocks):
            if which(clock):
                self.clocks[place] = change(clock)


def _changed(
    effect: Effect, event: Happened, moment: datetime | None
) -> Callable[[ClockState], ClockState]:
    """Return what an effect makes of an open clock."""
    match effect:
        case Effect.PAUSE:
            return lambda c: c if c.paused_at is not None else c.but(paused_at=event.at)
        case Effect.RESUME:
            return lambda c: _resumed(c, event.at)
        case Effect.EXTEND:
            return lambda c: _extended(c, int(event.data.get("days") or 0))
        case _:  # CAP, and UNCAP without a moment
            return lambda c: c.but(cap_at=moment)


def _resumed(clock: ClockState, at: datetime) -> ClockState:
    if clock.paused_at is None:
        return clock
    return clock.but(pauses=(*clock.pauses, (clock.paused_at, at)), paused_at=None)


def _unstopped(clock: ClockState) -> ClockState:
    """Go on as before the merge: running, or in the pause that was open then."""
    pauses = clock.pauses if clock.held_at is None else clock.pauses[:-1]
    return clock.but(
        stopped_at=None,
        stopped_seq=None,
        pauses=pauses,
        paused_at=clock.held_at,
        held_at=None,
    )


def _extended(clock: ClockState, days: int) -> ClockState:
    return clock.but(extra_days=clock.extra_days + days, cycle=clock.cycle + 1)


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def replay(events: Iterable[Happened], book: Book) -> list[ClockState]:
    """Return every clock of a ticket after its events, in the order in which they started."""
    return Replay(book).run(events)
