"""Which sample takes which branch, since when, and how far it has come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.demo import TOWN
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.roster.actions import read_fixture
from apps.tickets.actions import perform, save_draft
from apps.tickets.demo import scripts
from apps.tickets.demo.copying import Follower
from apps.tickets.demo.crowding import SIZES, flood
from apps.tickets.demo.play import Play, Sample, Stage, Step
from apps.tickets.models import Ticket

Script = Callable[[Play], Iterator[Step]]
FINISHED = 45  # working days after which every script has come to its end


@dataclass(frozen=True)
class Part:
    """A branch, the working days since the registration, and how many steps were taken."""

    script: Script
    age: int
    most: int | None = None


#: domain.md §12, 配套流程样例; the ages leave something in every state and every queue
PLAN: dict[int, Part] = {
    1: Part(scripts.onsite, 9),
    2: Part(scripts.plain, 2, 3),
    3: Part(scripts.onsite, 12),
    4: Part(scripts.onsite, 0, 0),
    5: Part(scripts.plain, 4),
    6: Part(scripts.joint, 8),
    7: Part(scripts.joint, 26),
    8: Part(scripts.city, 33),
    9: Part(scripts.plain, 8, 4),
    10: Part(scripts.onsite, 1, 1),
    11: Part(scripts.plain, 1, 1),
    12: Part(scripts.tracked, 28),
    13: Part(scripts.returned, 14),
    14: Part(scripts.onsite, 15),
    15: Part(scripts.plain, 9),
    16: Part(scripts.supervised, 10),
    17: Part(scripts.onsite, 3),
    18: Part(scripts.plain, 11),
    19: Part(scripts.extended, 5),
    20: Part(scripts.onsite, 6),
    21: Part(scripts.onsite, 20),
    22: Part(scripts.withdrawn, 10),
    23: Part(scripts.onsite, 2, 0),
    24: Part(scripts.joint, 5),
    25: Part(scripts.plain, 1, 2),
    26: Part(scripts.suspended, 5),
    27: Part(scripts.onsite, 18),
    28: Part(scripts.onsite, 0, 0),
    29: Part(scripts.redone, 7),
    30: Part(scripts.joint, 13),
    31: Part(scripts.city, 8, 7),
    32: Part(scripts.plain, 6, 5),
    33: Part(scripts.united, 12),
    34: Part(scripts.onsite, 5),
    35: Part(scripts.plain, 6),
    36: Part(scripts.onsite, 11),
    37: Part(scripts.joint, 20),
    38: Part(scripts.designated, 13),
    39: Part(scripts.city, 20),
    40: Part(scripts.denied_return, 2, 3),
}


def samples() -> list[Sample]:
    """Return the forty requests."""
    rows = read_fixture("sample_requests.json")
    return [Sample(**{**row, "assists": tuple(row["assists"])}) for row in rows]


def play_samples(stage: Stage, *, to_the_end: bool = False) -> list[Ticket]:
    """Play the forty samples, each as far as the plan says, or all to their end."""
    made = []
    for sample in samples():
        part = PLAN[sample.number]
        if to_the_end:
            script = scripts.tracked_to_the_end if sample.number == 12 else part.script
            part = Part(script, FINISHED)
        made.append(_play(stage, sample, part))
    return made


def _play(stage: Stage, sample: Sample, part: Part) -> Ticket:
    start = stage.calendar.add_workdays(local(stage.now).date(), -part.age) if part.age else None
    day = start or local(stage.now).date()
    return Play(stage, sample, day).run(part.script, part.most)


def seed(*, size: str, now: datetime, rng: Random, follower: Follower | None = None) -> int:
    """Fill an empty database with tickets; return how many there are.

    Small data are the forty samples; medium and large have some 20,000 and 1,000,000 more, copied
    from recorded ones, and commit as they go (``crowding``). ``follower`` keeps account of those. Needs
    the roster, the registry and the accounts of the demonstration. Raises DomainError when there
    are tickets already.
    """
    if Ticket.objects.exists():
        raise DomainError("已经有工单，演示数据只写入空的库。")
    stage = Stage.build(now, rng, most=60)
    if size in SIZES:
        flood(
            size=SIZES[size],
            now=now,
            rng=rng,
            stage=stage,
            samples=samples(),
            by=follower or Follower(),
        )
    with transaction.atomic():
        _extras(stage, play_samples(stage))
    return Ticket.objects.count()


def _extras(stage: Stage, made: list[Ticket]) -> None:
    """A refused one, one merged into its twin, a draft: states that no sample ends in; two more."""
    by_number = {sample.number: sample for sample in samples()}
    _play(stage, replace(by_number[20], number=101), Part(scripts.rejected, 6))
    twin = _play(stage, replace(by_number[9], number=102), Part(scripts.plain, 1, 1))
    perform(
        ticket=twin,
        action="merge",
        by=stage.cast.one(Role.HUB_DISPATCHER),
        now=stage.now - timedelta(minutes=5),
        data={"master": made[8], "reason": "同一园区、同一条线路的电压暂降"},
    )
    # the officer's demonstration account finds work on its bench: to answer, and with a department
    for sample, part in ((28, Part(scripts.onsite, 0, 0)), (18, Part(scripts.plain, 3, 3))):
        at_home = replace(by_number[sample], number=sample + 100, town=TOWN)
        _play(stage, at_home, part)
    save_draft(
        by=stage.cast.one(Role.OFFICER),
        now=stage.now - timedelta(minutes=10),
        content="门口路灯不亮，晚上送货不方便，",
    )
