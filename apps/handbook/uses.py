"""What may be done with an answer: apps above announce a link that the entry's page shows.

Tickets will announce 用它答复 here; until an app does, the page shows nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.handbook.models import EntryVersion


@dataclass(frozen=True)
class Use:
    """A link beside an answer."""

    label: str
    url: str
    icon: str


Source = Callable[[Any, EntryVersion], Use | None]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Announce ``source(user, version) -> Use or None``; called in ``AppConfig.ready``."""
    if source not in _sources:
        _sources.append(source)


def uses_of(user: Any, version: EntryVersion | None) -> list[Use]:
    """Return what the user may do with a published answer."""
    if version is None:
        return []
    return [use for source in _sources if (use := source(user, version)) is not None]
