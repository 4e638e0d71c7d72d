"""Who else looks at a ticket or writes on it: kept in the cache, never in the database (UX-9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache

from apps.core.access import Actor

#: somebody who was not heard of for so long has left; pages report every 20 seconds
GONE_AFTER = timedelta(seconds=50)
#: reporting again within this time, with nothing new, writes nothing
WRITE_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class Visitor:
    """Somebody who is at the same ticket."""

    name: str
    unit: str
    is_writing: bool

    @property
    def sentence(self) -> str:
        """赵敏（区网格化管理中心）正在填写."""
        place = f"（{self.unit}）" if self.unit else ""
        return f"{self.name}{place}{'正在填写' if self.is_writing else '也在看'}"


def _key(ticket_id: int) -> str:
    return f"tickets:presence:{ticket_id}"


def visit(ticket_id: int, user: Actor, now: datetime, *, is_writing: bool = False) -> list[Visitor]:
    """Note that somebody is here; return the others, those who write first.

    Two people who report at the same instant may miss each other until the next report.
    """
    moment = now.timestamp()
    limit = moment - GONE_AFTER.total_seconds()
    known: dict[str, list[Any]] = cache.get(_key(ticket_id)) or {}
    here = {pk: row for pk, row in known.items() if row[2] >= limit}
    mine = here.get(str(user.pk))
    is_news = mine is None or mine[3] != is_writing
    if is_news or moment - mine[2] >= WRITE_EVERY.total_seconds():  # type: ignore[index]
        here[str(user.pk)] = [user.display_name, user.unit_name, moment, is_writing]
        cache.set(_key(ticket_id), here, GONE_AFTER.total_seconds() * 2)
    others = [
        Visitor(name, unit, writes)
        for pk, (name, unit, _at, writes) in here.items()
        if pk != str(user.pk)
    ]
    return sorted(others, key=lambda one: (not one.is_writing, one.name))
