"""Which phones can be shown in full; each app announces its own, the page asks for a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model


@dataclass(frozen=True)
class Revealable:
    """A kind of object with phones. ``find(user, pk)`` returns it only if the user may see it."""

    kind: str
    label: str
    fields: tuple[str, ...]
    find: Callable[[Any, int], Model | None]


_kinds: dict[str, Revealable] = {}


def register(
    *, kind: str, label: str, fields: tuple[str, ...], find: Callable[[Any, int], Model | None]
) -> None:
    """Announce a kind; called in ``AppConfig.ready``."""
    _kinds[kind] = Revealable(kind=kind, label=label, fields=fields, find=find)


def revealable(kind: str, field: str) -> Revealable | None:
    """Return the kind when it has that phone field, else None."""
    found = _kinds.get(kind)
    return found if found is not None and field in found.fields else None
