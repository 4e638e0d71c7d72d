"""From a recorded ticket to many like it: other days, people, enterprises, the same course.

A mould is one snapshot of a recording brought to one start day. Its due times are not shifted but
computed anew by the product's own replay, for a term of seven working days ends elsewhere in each
week. What differs from copy to copy within a mould are holes: keys, township, officer, enterprise.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState

from apps.core.clock import local
from apps.tickets.clocks import Book
from apps.tickets.demo.recording import Fired, Recording, Snapshot
from apps.tickets.models import (
    Application,
    Assignment,
    Clock,
    ExpertAssist,
    Firing,
    Supervision,
    Ticket,
    TicketEvent,
    TicketUnit,
)
from apps.tickets.queries.case import happened
from apps.tickets.queries.crowd import copies, row_values
from apps.tickets.replay import replay
from apps.workdays.calendar import SHANGHAI

Row = list[Any]
#: (place in the row, name of the value)
Hole = tuple[int, str]
MIDNIGHT = time(0, 0)
#: facts of events that are keys of rows, by the table
KEYS = {
    "lead": Assignment,
    "assists": Assignment,
    "application": Application,
    "supervision": Supervision,
    "asked": ExpertAssist,
}
KEY_TABLES = (Assignment, Application, Supervision, ExpertAssist)
UNITS = frozenset({"lead_unit", "suggested", "unit", "units"})
USERS = frozenset({"user", "former", "handler"})
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
_SAID = re.compile(r"(\d{1,2})月(\d{1,2})日")


class Days:
    """The working days in a row: a moment is so many of them from the start, and a time of day."""

    def __init__(self, calendar: Any, first: date, last: date) -> None:
        day = first
        self.days: list[date] = []
        while day <= last:
            if calendar.is_workday(day):
                self.days.append(day)
            day += timedelta(days=1)

    def index(self, day: date) -> int:
        """Return the place of the last working day that is not later."""
        return bisect_right(self.days, day) - 1

    def moved(self, day: date, start: date, to: int) -> date:
        """Return the day that lies as far from the start ``to`` as ``day`` from ``start``."""
        place = self.index(day)
        rest = day - self.days[place]
        return self.days[to + place - self.index(start)] + rest


@dataclass
class Table:
    """The rows of one table in a mould, with their holes; texts with names are templates."""

    model: Any
    rows: list[tuple[Row, list[Hole], list[tuple[int, str]]]] = field(default_factory=list)


@dataclass
class Mold:
    """What copies of one snapshot on one day have in common."""

    recording: Recording
    ticket: Ticket
    clocks: list[Clock]
    rows: dict[Any, list[Any]]
    tables: list[Table]
    #: how many keys a copy takes of each table, and the name of each
    keys: dict[Any, list[str]]


class Molder:
    """Makes moulds. ``book`` computes the due times."""

    def __init__(self, book: Book, days: Days) -> None:
        self.book, self.days = book, days

    def snapshot_at(
        self, recording: Recording, to: int, shift: timedelta, now: datetime
    ) -> Snapshot | None:
        """Return how far a ticket begun on a day has come by now."""
        found = None
        for one in recording.snapshots:
            day = local(one.at).date()
            place = to + self.days.index(day) - self.days.index(recording.start)
            if place >= len(self.days.days):
                break
            moved = self._moment(
                one.at, recording, to, shift, is_ring=one.rows[TicketEvent][-1].by_id is None
            )
            if moved > now:
                break
            found = one
        return found

    def make(self, recording: Recording, found: Snapshot, to: int, shift: timedelta) -> Mold:
        """Bring a snapshot to the working day ``to``, all that people did later by ``shift``."""
        one = _Move(self, recording, found, to, shift)
        return one.mold()

    def _moment(
        self, at: datetime, recording: Recording, to: int, shift: timedelta, *, is_ring: bool
    ) -> datetime:
        there = at.astimezone(SHANGHAI)
        day = self.days.moved(there.date(), recording.start, to)
        moved = datetime.combine(day, there.time(), SHANGHAI)
        if not is_ring and there.time() != MIDNIGHT:
            moved += shift
        return moved.astimezone(at.tzinfo)


class _Move:
    """One snapshot on its way to another day."""

    def __init__(
        self, molder: Molder, recording: Recording, found: Snapshot, to: int, shift: timedelta
    ) -> None:
        self.molder, self.recording, self.found = molder, recording, found
        self.to, self.shift = to, shift
        self.rings = {one.at for one in found.rows[TicketEvent] if one.by_id is None}
        self.source = found.ticket
        self.town = found.ticket.township_id
        #: what texts name and a copy says otherwise
        self.words = (
            ("number", str(self.source.number)),
            ("town_name", recording.town),
            ("entity_name", self.source.entity_name),
        )
        self.names: dict[tuple[Any, int], str] = {}
        for model in KEY_TABLES:
            for place, row in enumerate(found.rows[model]):
                self.names[model, row.pk] = f"{model._meta.model_name}{place}"
        self.users = {recording.officer.pk: "officer"}
        for place, pk in enumerate(recording.heads):
            self.users.setdefault(pk, f"head{place}")

    # ---- moments -----------------------------------------------------------------------------
    def moment(self, at: datetime) -> datetime:
        return self.molder._moment(
            at, self.recording, self.to, self.shift, is_ring=at in self.rings
        )

    def day(self, day: date) -> date:
        return self.molder.days.moved(day, self.recording.start, self.to)

    def fact(self, value: Any) -> Any:
        """Shift the dates and moments in the facts of an event."""
        if isinstance(value, Mapping):
            return {name: self.fact(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.fact(one) for one in value]
        if isinstance(value, str) and _MOMENT.match(value):
            return self.moment(datetime.fromisoformat(value)).isoformat()
        if isinstance(value, str) and _DATE.match(value):
            return self.day(date.fromisoformat(value)).isoformat()
        return value

    # ---- rows --------------------------------------------------------------------------------
    def mold(self) -> Mold:
        rows = {
            model: [self.copied(one) for one in found] for model, found in self.found.rows.items()
        }
        events = rows[TicketEvent]
        for before, after in pairwise(events):
            after.at = max(before.at, after.at)
        for event, was in zip(events[1:], self.found.rows[TicketEvent][1:], strict=True):
            if was.by_id is None:
                event.text = self.said(was)
        ticket = self.copied(self.source)
        clocks, firings = self.clocks(ticket, events)
        ticket.last_event_at = events[-1].at
        for row in rows[TicketUnit]:
            row.due_at = ticket.due_at
        tables = [Table(Ticket, [self.template(ticket)])]
        for model, found in {**rows, Clock: clocks, Firing: firings}.items():
            made = [self.template(one, number) for number, one in enumerate(found)]
            tables.append(Table(model, made))
        keys = {
            table.model: [self.key_name(table.model, place) for place in range(len(table.rows))]
            for table in tables
            if table.model is not Ticket
        }
        return Mold(self.recording, ticket, clocks, rows, tables, keys)

    @staticmethod
    def key_name(model: Any, place: int) -> str:
        return f"{model._meta.model_name}{place}"

    def copied(self, row: Any) -> Any:
        """Return a row of its own with moved moments; Model.__init__ would take ten times as long."""
        made = object.__new__(type(row))
        made.__dict__.update(row.__dict__)
        made._state = ModelState()
        values = made.__dict__
        for name, value in row.__dict__.items():
            if isinstance(value, datetime):
                values[name] = self.moment(value)
            elif isinstance(value, dict):
                values[name] = self.fact(value)
        return made

    def said(self, was: TicketEvent) -> str:
        """Return the words of a reminder with the day that now is meant."""

        def other(match: re.Match[str]) -> str:
            near = local(was.at).date()
            day = date(near.year, int(match[1]), int(match[2]))
            if abs((day - near).days) > 183:
                day = day.replace(year=near.year + (1 if day < near else -1))
            moved = self.day(day)
            return f"{moved.month}月{moved.day}日"

        return _SAID.sub(other, was.text)

    def clocks(self, ticket: Ticket, events: list[TicketEvent]) -> tuple[list[Clock], list[Firing]]:
        """Replay the moved events; set the ticket's copies; return the rows of clocks and firings."""
        book = self.molder.book
        states = replay(happened(events), book)
        for name, value in copies(ticket.status, states, book).items():
            setattr(ticket, name, value)
        by_place: dict[tuple[str, str, int], list[Fired]] = {}
        for one in self.found.fired:
            by_place.setdefault(one.place, []).append(one)
        clocks, firings = [], []
        for number, state in enumerate(states):
            place = (str(state.kind), state.key, state.lap)
            rung = by_place.get(place, [])
            names = frozenset(one.milestone for one in rung if one.cycle == state.cycle)
            row = Clock(
                pk=number,
                ticket_id=ticket.pk,
                kind=place[0],
                key=place[1],
                lap=place[2],
                **row_values(state, book, names),
            )
            clocks.append(row)
            firings += [
                Firing(
                    pk=0,
                    clock_id=number,
                    milestone=one.milestone,
                    cycle=one.cycle,
                    due_at=self.moment(one.due_at),
                    fired_at=self.moment(one.fired_at),
                )
                for one in rung
            ]
        return clocks, firings

    # ---- templates ---------------------------------------------------------------------------
    def template(self, row: Any, number: int = 0) -> tuple[Row, list[Hole], list[tuple[int, str]]]:
        """Return a row in the form the database stores, its holes and its texts with names."""
        values: Row = []
        holes: list[Hole] = []
        texts: list[tuple[int, str]] = []
        stored = connection.ops.adapt_datetimefield_value
        for place, one in enumerate(row._meta.concrete_fields):
            value = row.__dict__[one.attname]
            hole = self.hole(row, number, one, value)
            if hole is not None:
                holes.append((place, hole))
                value = None
            elif isinstance(one, models.JSONField):
                value = self.json_text(value)
                if "%(" in value:
                    texts.append((place, value))
                else:
                    value = value.replace("%%", "%")
            elif value is None or isinstance(value, int):
                pass
            elif isinstance(value, datetime):
                value = stored(value)
            elif isinstance(value, str) and value:
                value = str(value)  # of an enumeration its value
                template = self.text(value)
                if template is not None:
                    texts.append((place, template))
            else:
                value = one.get_db_prep_save(value, connection)
            values.append(value)
        return values, holes, texts

    def hole(self, row: Any, number: int, one: Any, value: Any) -> str | None:
        """Return the name of what a copy puts there, or None where it stays."""
        model, name = type(row), one.attname
        if model is Ticket and name in _TICKET_HOLES and (value or name in _ALWAYS):
            return _TICKET_HOLES[name]
        if value is None:
            return None
        if one.primary_key:
            return "id" if model is Ticket else self.key_name(model, number)
        if one.is_relation:
            return self.relation(one, value)
        return self.said_of(row, name, value)

    def relation(self, one: Any, value: int) -> str | None:
        """Return what a copy puts in the place of a key: its own rows, township and people."""
        if one.attname == "ticket_id":
            return "id"
        if one.attname == "clock_id":
            return f"clock{value}"
        target = one.related_model._meta.label_lower
        if target == "roster.unit" and value == self.town:
            return "town"
        return self.users.get(value) if target == "accounts.user" else None

    def said_of(self, row: Any, name: str, value: Any) -> str | None:
        """Return what a copy says in the place of a text that is its own."""
        if name == "told_whom" and value and value == self.source.contact_name[:30]:
            return "contact_name"
        if isinstance(row, Clock) and name == "key" and str(value).isdecimal():
            return f"{self.key_of_clock(row)}_text"
        if isinstance(row, TicketEvent) and name == "text" and row.seq == 1:
            return "content"
        if isinstance(row, TicketEvent) and name == "by_name" and row.by_id in self.users:
            return f"{self.users[row.by_id]}_name"
        return None

    def key_of_clock(self, row: Clock) -> str:
        """Return the name of the row that a clock belongs to."""
        return self.names[_CLOCK_TABLES.get(str(row.kind), Assignment), int(row.key)]

    def text(self, value: str) -> str | None:
        """Return a text as a template where it names what differs, else None."""
        if not any(said in value for _, said in self.words):
            return None
        found = value.replace("%", "%%")
        for name, said in self.words:
            found = found.replace(said, f"%({name})s")
        return found

    def json_text(self, value: Any) -> str:
        """Return facts as JSON with templates for keys; a percent sign is doubled."""
        text = json.dumps(self.marked(value)).replace("%", "%%")
        return re.sub(r'"\\u0001(\w+)\\u0001"', r"%(\1)s", text)

    def marked(self, value: Any, name: str = "") -> Any:
        if isinstance(value, Mapping):
            if "clock" in value and str(value.get("key", "")).isdecimal():
                key = self.marked_key(str(value["clock"]), str(value["key"]))
                value = {**value, "key": key}
            return {one: self.marked(inner, one) for one, inner in value.items()}
        if isinstance(value, list):
            return [self.marked(one, name) for one in value]
        if isinstance(value, int) and not isinstance(value, bool):
            if name in KEYS:
                return f"\x01{self.names[KEYS[name], value]}\x01"
            if name in UNITS and value == self.town:
                return "\x01town\x01"
            if name in USERS and value in self.users:
                return f"\x01{self.users[value]}\x01"
        return value

    def marked_key(self, kind: str, key: str) -> str:
        row = Clock(kind=kind, key=key)
        return f"\x01{self.key_of_clock(row)}_json\x01"


_TICKET_HOLES = {
    "number": "number",
    "title": "title",
    "content": "content",
    "entity_id": "entity",
    "entity_name": "entity_name",
    "contact_name": "contact_name",
    "contact_phone": "phone",
    "contact_phone_index": "phone_index",
    "contact_phone_tail": "phone_tail",
    "zone_id": "zone",
    "hotline_no": "hotline",
}
_ALWAYS = frozenset(
    {"contact_name", "contact_phone", "contact_phone_index", "contact_phone_tail", "zone_id"}
)
#: whose keys a clock carries
_CLOCK_TABLES = {"EXPERT": ExpertAssist, "SUPERVISION": Supervision}
