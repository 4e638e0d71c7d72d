"""Every address of the product, read from the resolver, with sample objects for its parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """One pattern: its full name, the names of its parameters, and the view."""

    name: str
    params: tuple[str, ...]
    view: Any
    pattern: str


def routes() -> list[Route]:
    """Return all named routes, the admin's too; an unnamed one is listed by its pattern."""
    return sorted(_walk(get_resolver().url_patterns, "", ""), key=lambda route: route.name)


def _walk(patterns: Any, namespace: str, prefix: str) -> Iterator[Route]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, inner, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            full = prefix + str(entry.pattern)
            yield Route(
                name=f"{namespace}{entry.name or full}",
                params=tuple(entry.pattern.regex.groupindex),
                view=entry.callback,
                pattern=full,
            )
