"""Which columns a list shows, and in which order: chosen in the URL, so a saved view keeps it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, QueryDict

#: ``(user, name of the list, present query) -> links``; accounts, which keeps the views, sets it
_saved: list[Callable[..., list[Any]]] = []


@dataclass(frozen=True)
class Column:
    """A column of a list; ``is_fixed`` ones (the one with the link) are always shown."""

    key: str
    label: str
    is_fixed: bool = False
    is_shown: bool = True


def chosen(asking: HttpRequest | QueryDict, columns: tuple[Column, ...]) -> list[Column]:
    """Return all columns, the shown ones first in the order asked for (``?col=a&col=b``).

    Unknown keys are ignored; without ``col`` the defaults hold.
    """
    query = asking if isinstance(asking, QueryDict) else asking.GET
    asked = list(dict.fromkeys(query.getlist("col")))
    if not asked:
        return list(columns)
    by_key = {column.key: column for column in columns}
    fixed = [column.key for column in columns if column.is_fixed and column.key not in asked]
    order = [key for key in [*fixed, *asked] if key in by_key]
    hidden = [column for column in columns if column.key not in order]
    return [replace(by_key[key], is_shown=True) for key in order] + [
        replace(column, is_shown=False) for column in hidden
    ]


def shown(columns: list[Column]) -> list[Column]:
    """Return the columns that the table prints."""
    return [column for column in columns if column.is_shown]


def register_saved_views(source: Callable[..., list[Any]]) -> None:
    """Announce who keeps the saved views: ``source(user, list_name, query=…)`` returns links."""
    _saved[:] = [source]


def saved_views(request: HttpRequest, list_name: str) -> list[Any]:
    """Return the saved views of a list that the person may use (name, url, is_current)."""
    query = request.GET.urlencode()
    return _saved[0](request.user, list_name, query=query) if _saved else []
