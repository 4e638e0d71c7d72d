"""Where a ticket stands in the list it was opened from: 第 2 / 9 件, the one before, the one after.

The list that a person saw last is kept in the cache for a working day; nothing is written to the
database. Lists call :func:`remember`, the ticket's page :func:`place_of`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from apps.core.access import Actor

KEEP_SECONDS = 12 * 3600
MOST = 100


@dataclass(frozen=True)
class Place:
    """The place of a ticket in the list a person came from."""

    label: str
    url: str
    number: int
    total: int
    before: str
    after: str


def _key(user: Actor) -> str:
    return f"tickets:list:{user.pk}"


def remember(user: Actor, *, label: str, url: str, numbers: Iterable[str]) -> None:
    """Keep the list that a person sees now: its name, address and ticket numbers in order."""
    rows = [number for number in numbers if number][:MOST]
    cache.set(_key(user), {"label": label, "url": url, "numbers": rows}, KEEP_SECONDS)


def place_of(user: Actor, number: str) -> Place | None:
    """Return the place of a ticket in the last list, or None when it was not in it."""
    kept: dict[str, Any] | None = cache.get(_key(user))
    if not kept or number not in kept["numbers"]:
        return None
    rows = kept["numbers"]
    at = rows.index(number)
    return Place(
        label=kept["label"],
        url=kept["url"],
        number=at + 1,
        total=len(rows),
        before=rows[at - 1] if at else "",
        after=rows[at + 1] if at + 1 < len(rows) else "",
    )
