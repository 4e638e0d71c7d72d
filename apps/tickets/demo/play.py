"""Plays a script: registers a sample, then does step after step at realistic past moments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.clock import local
from apps.registry.models import BusinessEntity
from apps.roster.models import Unit
from apps.tickets.actions import Enterprise, intake_hotline, perform, register
from apps.tickets.demo.cast import Cast
from apps.tickets.models import Ticket
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import Case, load_case
from apps.workdays.calendar import SHANGHAI, Calendar

GRADES = ("VERY_GOOD", "VERY_GOOD", "GOOD", "GOOD", "GOOD", "FAIR", "POOR")


@dataclass(frozen=True)
class Sample:
    """A request of ``fixtures/sample_requests.json``."""

    number: int
    town: str
    kind: str
    trade: str
    content: str
    nature: str
    category: str
    tier: str
    lead: str
    assists: tuple[str, ...]
    urgency: str
    outline: str


@dataclass(frozen=True)
class Step:
    """An action ``day`` working days after the registration, at ``hour`` o'clock."""

    day: int
    hour: int
    action: str
    by: User | None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Stage:
    """What all scripts share."""

    cast: Cast
    calendar: Calendar
    now: datetime
    rng: Random
    units: dict[str, Unit]
    #: entities that have not asked for anything yet, by township and kind
    askers: dict[tuple[int, str], list[BusinessEntity]]

    @classmethod
    def build(cls, now: datetime, rng: Random, most: int = 400) -> "Stage":
        """Read units and at most so many entities a place, and see that units have their people."""
        found = BusinessEntity.objects.active().filter(contacts__is_dead=False).distinct()
        askers: dict[tuple[int, str], list[BusinessEntity]] = {}
        for entity in found.select_related("unit", "zone").order_by("pk").iterator(2_000):
            place = askers.setdefault((entity.unit_id, entity.kind), [])
            if len(place) < most:
                place.append(entity)
        return cls(
            cast=Cast(now),
            calendar=load_book().calendar,
            now=now,
            rng=rng,
            units={unit.code: unit for unit in Unit.objects.active()},
            askers=askers,
        )


class Play:
    """One sample on the stage; scripts are generators of steps over it."""

    def __init__(self, stage: Stage, sample: Sample, start: date) -> None:
        self.stage, self.sample, self.start = stage, sample, start
        self.rng, self.cast = stage.rng, stage.cast
        self.town = next(u for u in stage.units.values() if u.name == sample.town)
        self.lead = stage.units[sample.lead]
        self.assists = [stage.units[code] for code in sample.assists]
        self.minute = self.rng.randrange(60)
        self.last = self._moment(0, 8)
        self.ticket = Ticket()

    def _moment(self, day: int, hour: int) -> datetime:
        on = self.stage.calendar.add_workdays(self.start, day) if day else self.start
        return datetime.combine(on, time(hour, self.minute), SHANGHAI)

    # ---- people
    @property
    def officer(self) -> User:
        """Who registers for the township, and later speaks for it."""
        return self.cast.of(self.town, Role.OFFICER, Role.TEAM_LEADER)

    @property
    def handler(self) -> User:
        """Who handles for the lead unit."""
        return self.cast.speaker(self.lead)

    def case(self) -> Case:
        """Return the ticket as it stands."""
        self.ticket.refresh_from_db()
        return load_case(self.ticket, now=self.last, book=load_book())

    # ---- running
    def run(self, script: Callable[["Play"], Iterator[Step]], most: int | None = None) -> Ticket:
        """Register, then take up to ``most`` steps; stop where the next lies in the future."""
        self.register()
        for count, step in enumerate(script(self)):
            at = max(self._moment(step.day, step.hour), self.last + timedelta(minutes=3))
            if at > self.stage.now or (most is not None and count >= most):
                break
            perform(ticket=self.ticket, action=step.action, by=step.by, now=at, data=step.data)
            self.last = at
        return self.ticket

    def register(self) -> None:
        """Write the request down as the township's officer; complaints about it come by 12345."""
        sample = self.sample
        self.last = min(self._moment(0, 8), self.stage.now - timedelta(minutes=20))
        complained = COMPLAINED.get(sample.number)
        data: dict[str, Any] = {
            "content": sample.content,
            "source": self.rng.choice(("VISIT", "PHONE", "WALKIN", "WECHAT")),
            "nature": sample.nature,
            "category": sample.category,
            "urgency": sample.urgency,
            "complained_unit": self._unit_named(complained) if complained else None,
        }
        enterprise = Enterprise(entity=self._asker())
        if complained == TOWNSHIP:
            data |= {
                "source": "HOTLINE",
                "hotline_no": f"TJ12345{self.last:%y%m%d}{sample.number:04d}",
                "hotline_at": self.last,
            }
            by = self.cast.one(Role.HUB_CHIEF)
            self.ticket = intake_hotline(enterprise=enterprise, by=by, now=self.last, data=data)
            return
        self.ticket = register(enterprise=enterprise, by=self.officer, now=self.last, data=data)

    def _unit_named(self, code: str) -> Unit:
        return self.town if code == TOWNSHIP else self.stage.units[code]

    def _asker(self) -> BusinessEntity:
        """Return an entity of the township, of the kind of the sample where there is one left."""
        kinds = (self.sample.kind, "ENTERPRISE", "INDIVIDUAL", "COOPERATIVE")
        for kind in kinds:
            found = self.stage.askers.get((self.town.pk, kind))
            if found:
                return found.pop(0) if len(found) > 1 else found[0]
        raise LookupError(self.town.name)

    @property
    def today(self) -> date:
        """The day of the last step."""
        return local(self.last).date()

    def grades(self) -> dict[str, str]:
        """Return what the enterprise says on the phone."""
        grade = self.rng.choice(GRADES)
        return {
            "reached": "YES",
            "was_contacted": "YES",
            "solved": "PARTLY" if grade in ("FAIR", "POOR") else "YES",
            "answer_grade": grade,
            "solution_grade": self.rng.choice(GRADES),
        }


TOWNSHIP = "TOWNSHIP"
#: whom a request is about: #18 an inspecting department, #24 the township itself
COMPLAINED = {18: "fire", 24: TOWNSHIP}
