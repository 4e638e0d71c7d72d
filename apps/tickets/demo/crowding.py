"""Large demonstration data: what is asked how often and when, over three years up to now."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from apps.core.clock import local
from apps.tickets.actions import pouring
from apps.tickets.demo import scripts
from apps.tickets.demo.copying import Copyist, Follower, Town, read_towns
from apps.tickets.demo.molds import Days, Molder
from apps.tickets.demo.play import Sample, Stage
from apps.tickets.demo.recording import Act, Recording, record_act
from apps.tickets.queries.book import load_book

SIZES = {"medium": 20_000, "large": 1_000_000}
YEARS = 3
#: most copies of one mould: they share their course and the second of their registration
MOST_ALIKE = 24
#: recordings begin so many working days ago, so that each lies in the past to its end
RECORDED_AGO = 240
#: how much more than usual enterprises ask in a month: after the spring festival, before winter
SEASON = (0.8, 0.6, 1.2, 1.15, 1.0, 1.05, 0.9, 0.9, 1.1, 0.95, 1.3, 1.2)
#: of the newest days' tickets this share stays where it is; it halves every so many working days
STUCK, HALF_LIFE = 0.23, 31
#: an open ticket that nobody touched is at most so old
OLDEST_STUCK = 180
LATEST_HOUR = 18
MOST_SHIFT = 89 * 60


@dataclass(frozen=True)
class Weighed:
    """An act and how often it is seen."""

    act: Act
    weight: float


Played = tuple[list[Weighed], list[Recording]]


def flowing(samples: list[Sample]) -> list[Weighed]:
    """Return the acts that come to an end, with their shares: over half on the spot."""
    found: list[Weighed] = []

    def add(sample: Sample, script: Any, weight: float, **how: Any) -> None:
        found.append(Weighed(Act(sample, script, **how), weight))

    for one in samples:
        if one.tier == "ONSITE":
            add(one, scripts.onsite, 3.2)
            add(one, scripts.onsite, 0.35, percent=100)
            add(one, scripts.onsite, 0.5, lag=2)
            add(one, scripts.plain, 0.25)
        elif one.tier == "HUB":
            special = _SPECIAL.get(one.number)
            if special is not None:
                add(one, special, 0.35)
            add(one, scripts.plain, 1.1)
            add(one, scripts.plain, 0.5, pace=1.5)
            add(one, scripts.plain, 0.25, pace=2.4)
        elif one.tier == "JOINT":
            add(one, scripts.joint, 0.45)
            add(one, scripts.plain, 0.4)
        else:
            add(one, scripts.city, 0.25)
            add(one, scripts.plain, 0.4)
        if one.number in _REJECTED:
            add(one, scripts.rejected, 0.3)
    return found


_SPECIAL = {
    13: scripts.returned,
    16: scripts.supervised,
    19: scripts.extended,
    22: scripts.withdrawn,
    26: scripts.suspended,
    29: scripts.redone,
    33: scripts.united,
    38: scripts.designated,
    40: scripts.denied_return,
}
_REJECTED = (20, 11)


def stuck(samples: list[Sample]) -> list[Weighed]:
    """Return the acts that stop on the way: what is in hand, and what is overdue."""
    found: list[Weighed] = []
    for one in samples:
        if one.tier == "ONSITE":
            found.append(Weighed(Act(one, scripts.onsite, most=0), 0.7))
        elif one.tier == "HUB":
            for most, weight in ((1, 0.35), (2, 0.45), (4, 2.2), (6, 0.6), (7, 0.3)):
                found.append(Weighed(Act(one, scripts.plain, most=most), weight))
        else:
            script = scripts.joint if one.tier == "JOINT" else scripts.city
            for most, weight in ((5, 0.3), (6, 0.4), (7, 0.3)):
                found.append(Weighed(Act(one, script, most=most), weight))
    more: dict[int, tuple[Any, int | None]] = {
        12: (scripts.tracked, None),
        26: (scripts.suspended, 5),
        13: (scripts.returned, 3),
    }
    by_number = {one.number: one for one in samples}
    for number, (begun, stop) in more.items():
        found.append(Weighed(Act(by_number[number], begun, most=stop), 1.0))
    return found


class Crowd:
    """The three years: which day sees how much of what."""

    def __init__(self, *, size: int, now: datetime, rng: Random, stage: Stage) -> None:
        self.size, self.now, self.rng, self.stage = size, now, rng, stage
        calendar = stage.calendar
        today = local(now).date()
        if local(now).hour < LATEST_HOUR:
            today -= timedelta(days=1)
        first = date(today.year - YEARS, today.month, 1)
        self.days = Days(calendar, first, today + timedelta(days=400))
        self.last = self.days.index(today)
        self.molder = Molder(load_book(calendar=calendar), self.days)

    def record(self, acts: list[Weighed]) -> list[Recording]:
        """Play every act once."""
        start = self.days.days[self.last - RECORDED_AGO]
        return [record_act(one.act, self.stage, start) for one in acts]

    def shares(self) -> list[int]:
        """Return how many tickets each working day brings."""
        raw = []
        for place, day in enumerate(self.days.days[: self.last + 1]):
            growth = 0.75 + 0.5 * place / max(self.last, 1)
            monday = 1.15 if day.weekday() == 0 else 1.0
            noise = self.rng.uniform(0.85, 1.15)
            raw.append(SEASON[day.month - 1] * growth * monday * noise)
        whole = sum(raw)
        counts, given, wanted = [], 0, 0.0
        for one in raw:
            wanted += self.size * one / whole
            counts.append(round(wanted) - given)
            given += counts[-1]
        return counts

    def pour(self, copyist: Copyist, towns: list[Town], flow: Played, rest: Played) -> None:
        """Write all tickets, the oldest first."""
        weights = [self.rng.uniform(0.5, 2.0) for _ in towns]
        for place, count in enumerate(self.shares()):
            for recording, alike, shift in self._day(place, count, flow, rest):
                found = self.molder.snapshot_at(recording, place, shift, self.now)
                if found is None:
                    continue
                mold = self.molder.make(recording, found, place, shift)
                copyist.copy(mold, self.rng.choices(towns, weights, k=alike))
        copyist.flush()

    def _day(
        self,
        place: int,
        count: int,
        flow: Played,
        rest: Played,
    ) -> list[tuple[Recording, int, timedelta]]:
        """Return what a day brings, in the order of registration."""
        age = self.last - place
        share = STUCK * math.pow(0.5, age / HALF_LIFE) if age <= OLDEST_STUCK else 0.0
        size = max(1, min(MOST_ALIKE, count // 30))
        made, left = [], count
        while left > 0:
            acts, recordings = rest if self.rng.random() < share else flow
            chosen = self.rng.choices(recordings, [one.weight for one in acts])[0]
            alike = min(size, left)
            made.append((chosen, alike, timedelta(seconds=self.rng.randrange(MOST_SHIFT))))
            left -= alike
        made.sort(key=lambda one: one[2])
        return made


def flood(
    *, size: int, now: datetime, rng: Random, stage: Stage, samples: list[Sample], by: Follower
) -> int:
    """Write so many tickets over three years; return how many. ``by`` keeps account of them."""
    crowd = Crowd(size=size, now=now, rng=rng, stage=stage)
    flow, stops = flowing(samples), stuck(samples)
    recordings = crowd.record(flow), crowd.record(stops)
    copyist = Copyist(rng, by)
    indexes = pouring.begin(list(copyist.rows))
    crowd.pour(copyist, read_towns(stage.cast), (flow, recordings[0]), (stops, recordings[1]))
    pouring.finish(list(copyist.rows), indexes)
    return copyist.count
