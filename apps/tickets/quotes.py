"""The handbook as the tickets see it: which version an answer quotes, which entries may answer.

The handbook announces both; without it nothing is suggested and nothing can be quoted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.core.errors import DomainError


@dataclass(frozen=True)
class Answer:
    """A published entry that may answer a request.

    ``text`` is what goes into an answer to the enterprise, ``note`` says why it fits and how new it
    is, ``url`` is the entry's page.
    """

    number: str
    question: str
    short: str
    text: str
    note: str = ""
    url: str = ""


Suggest = Callable[[str, Any], list[Answer]]
_look_up: list[Callable[[str], int | None]] = []
_suggest: list[Suggest] = []


def register(look_up: Callable[[str], int | None]) -> None:
    """Announce ``look_up(number) -> id of the published version, or None``."""
    _look_up[:] = [look_up]


def register_suggestions(suggest: Suggest) -> None:
    """Announce ``suggest(text, category or None) -> answers``, the likeliest first."""
    _suggest[:] = [suggest]


def is_ready() -> bool:
    """Say whether there is a handbook to quote from."""
    return bool(_look_up)


def suggest(text: str, category: Any = None, limit: int = 3) -> list[Answer]:
    """Return the entries that may answer a request; none without a handbook."""
    return _suggest[0](text, category)[:limit] if _suggest and text.strip() else []


def version_of(number: str, *, field: str) -> int:
    """Return the id of the version that stands for an entry's number now.

    Raises:
        DomainError: there is no such published entry.
    """
    found = _look_up[0](number) if _look_up else None
    if found is None:
        raise DomainError("没有这个手册条目，或已停用。请重新选择。", field=field)
    return found
