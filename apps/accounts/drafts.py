"""What an unfinished text belongs to, in words, and where to go on with it.

Forms belong to apps above this one; each announces how to describe its drafts.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """The name of a form as people know it, and the address where the text comes back."""

    label: str
    url: str


Describe = Callable[[str, str], Place | None]
_describers: list[Describe] = []


def register(describe: Describe) -> None:
    """Announce ``describe(form, ref) -> Place or None``; called in ``AppConfig.ready``."""
    if describe not in _describers:
        _describers.append(describe)


def place_of(form: str, ref: str) -> Place:
    """Return the place of a draft; one that no app knows any more has no address."""
    for describe in _describers:
        found = describe(form, ref)
        if found is not None:
            return found
    return Place("填写的内容", "")
