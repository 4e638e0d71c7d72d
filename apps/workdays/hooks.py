"""Where higher apps tell the calendar what depends on it; filled in ``AppConfig.ready``.

``register_impact``: say before a change is saved what it would move. ``register_changed``: do what
must follow, in the same transaction, so that a calendar never changes without its consequences.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from apps.core.access import Actor
from apps.workdays.calendar import Calendar


@dataclass(frozen=True)
class ImpactLine:
    """Something a change would move: 工单 JZ-2603-01342, from one last day to another.

    ``before``/``after`` are None where a line is a summary only (``label`` then says it all).
    """

    label: str
    before: date | None = None
    after: date | None = None
    note: str = ""
    url: str = ""


Impact = Callable[[Calendar, Calendar], list[ImpactLine]]
Changed = Callable[[Calendar, Calendar, Actor | None, datetime], None]

_impacts: list[Impact] = []
_changed: list[Changed] = []


def register_impact(source: Impact) -> None:
    """Announce ``source(old, new) -> lines``: what a change would move; must not write."""
    if source not in _impacts:
        _impacts.append(source)


def register_changed(follower: Changed) -> None:
    """Announce ``follower(old, new, by, now)``: runs inside the change's transaction."""
    if follower not in _changed:
        _changed.append(follower)


def impact_lines(old: Calendar, new: Calendar) -> list[ImpactLine]:
    """Ask everybody what the change would move."""
    return [line for source in _impacts for line in source(old, new)]


def tell_changed(old: Calendar, new: Calendar, by: Actor | None, now: datetime) -> None:
    """Tell everybody that the calendar has changed."""
    for follower in _changed:
        follower(old, new, by, now)
