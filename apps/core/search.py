"""What the search box at the top finds; each app announces its own finder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hit:
    """One result: a title that links to the page, and a line that tells it from its likes."""

    title: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Finder:
    """A group of results. ``find(user, text, limit)`` returns only what the user may see."""

    name: str
    label: str
    find: Callable[[Any, str, int], list[Hit]]


_finders: dict[str, Finder] = {}


def register(*, name: str, label: str, find: Callable[[Any, str, int], list[Hit]]) -> None:
    """Announce a finder; called in ``AppConfig.ready``."""
    _finders[name] = Finder(name=name, label=label, find=find)


def find_all(user: Any, text: str, limit: int = 5) -> list[tuple[str, list[Hit]]]:
    """Return (label, hits) of each group that found something."""
    groups = [(finder.label, finder.find(user, text, limit)) for finder in _finders.values()]
    return [(label, hits) for label, hits in groups if hits]
