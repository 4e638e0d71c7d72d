"""Standing warnings above the pages of those whom they concern."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Source = Callable[[Any, datetime], list[str]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Announce a source of warnings ``source(user, now) -> texts``; must cost no query mostly."""
    if source not in _sources:
        _sources.append(source)


def collect(user: Any, now: datetime) -> list[str]:
    """Return the warnings for a user."""
    return [text for source in _sources for text in source(user, now)]
