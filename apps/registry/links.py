"""What the apps above hang on an entity: panels of its page, rows that follow a merge, cases.

Each registers its own in ``AppConfig.ready``; the registry knows none of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True)
class Panel:
    """A part of the entity's page: a template of the app and its context."""

    title: str
    template: str
    context: dict[str, Any]
    order: int = 50


@dataclass(frozen=True)
class Follower:
    """Rows of another app that point at entities.

    ``move(kept, absorbed, now)`` points the absorbed one's rows at the kept one and returns what
    undoing needs (JSON); ``back(kept, absorbed, data, now)`` undoes it; ``used(pks)`` returns those
    of the entities that its rows name, which therefore cannot be removed.
    """

    name: str
    move: Callable[[int, int, datetime], Any]
    back: Callable[[int, int, Any, datetime], None]
    used: Callable[[Iterable[int]], set[int]]


_panels: dict[str, Callable[[Any, Any, datetime], Panel | None]] = {}
_followers: dict[str, Follower] = {}
_cases: list[Callable[[Any], QuerySet[Any] | None]] = []


def register_panel(name: str, source: Callable[[Any, Any, datetime], Panel | None]) -> None:
    """Announce a panel ``source(entity, user, now)``; None when there is nothing to show."""
    _panels[name] = source


def register_follower(follower: Follower) -> None:
    """Announce rows that follow a merge."""
    _followers[follower.name] = follower


def register_cases(source: Callable[[Any], QuerySet[Any] | None]) -> None:
    """Announce ``source(user)``: pks of the entities of the cases a person handles, or None."""
    if source not in _cases:
        _cases.append(source)


def panels_for(entity: Any, user: Any, now: datetime) -> list[Panel]:
    """Return the panels of an entity's page in order."""
    found = [source(entity, user, now) for source in _panels.values()]
    return sorted((one for one in found if one is not None), key=lambda one: one.order)


def followers() -> list[Follower]:
    """Return everything that follows a merge."""
    return list(_followers.values())


def used(pks: Iterable[int]) -> set[int]:
    """Return those of the entities that rows of other apps name."""
    wanted = list(pks)
    return set().union(*(follower.used(wanted) for follower in _followers.values()))


def case_sources(user: Any) -> list[QuerySet[Any]]:
    """Return the sets of entities that a person sees because of a case."""
    found = [source(user) for source in _cases]
    return [one for one in found if one is not None]
