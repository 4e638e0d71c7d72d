"""The cards of the 工作台; each app announces its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Card:
    """One card: a template of the app and its context."""

    title: str
    template: str
    context: dict[str, Any]
    column: Literal["main", "side"] = "main"
    order: int = 50


@dataclass(frozen=True)
class Tile:
    """One number with the link to exactly what it counts; ``is_first`` puts it above the cards.

    ``shape`` is the light of a deadline (g, y, r) in the place of the icon.
    """

    label: str
    value: int
    note: str
    url: str
    icon: str = ""
    kind: str = ""
    is_first: bool = False
    shape: str = ""


_cards: list[Callable[[Any, datetime], list[Card]]] = []
_tiles: list[Callable[[Any, datetime], list[Tile]]] = []
_topics: list[tuple[str, str]] = []


def register_cards(source: Callable[[Any, datetime], list[Card]]) -> None:
    """Announce a source of cards ``source(user, now)``; called in ``AppConfig.ready``."""
    if source not in _cards:
        _cards.append(source)


def register_tiles(source: Callable[[Any, datetime], list[Tile]]) -> None:
    """Announce a source of tiles."""
    if source not in _tiles:
        _tiles.append(source)


def register_help(topics: list[tuple[str, str]]) -> None:
    """Announce pages of the manual: (file name, title)."""
    _topics[:] = topics


def cards_for(user: Any, now: datetime) -> list[Card]:
    """Return the user's cards in order."""
    return sorted((card for source in _cards for card in source(user, now)), key=lambda c: c.order)


def tiles_for(user: Any, now: datetime) -> list[Tile]:
    """Return the user's tiles."""
    return [tile for source in _tiles for tile in source(user, now)]


def help_topics() -> list[tuple[str, str]]:
    """Return the manual's pages."""
    return list(_topics)
