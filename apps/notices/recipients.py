"""Who gets a message, and at which address: the two places where later rules plug in.

* Deputies: an app that knows who is absent registers an expander with :func:`register_expander`;
  it says whom to tell beside somebody (the deputy of an absent person, who keeps the own message).
* Addresses: a channel has no address for anybody until an app registers a finder with
  :func:`register_address` (accounts hold no e-mail address today). Without one no row is written.
* Quiet hours: whoever tells decides; a message without channels stays in the inbox, and the
  tickets send what came overnight as one digest in the morning.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from apps.notices.choices import Channel

Expander = Callable[[list[Any], datetime], Mapping[int, Iterable[Any]]]
AddressFinder = Callable[[Any], str]

# The robot speaks in one group: whoever is told, the group is told once.
GROUP = "群机器人"

_expanders: list[Expander] = []
_addresses: dict[str, AddressFinder] = {}


def register_expander(expander: Expander) -> None:
    """Announce ``expander(users, now) -> {pk of a user: whom to tell too}``; called in ``ready``."""
    if expander not in _expanders:
        _expanders.append(expander)


def register_address(channel: str, finder: AddressFinder) -> None:
    """Announce ``finder(user) -> address or ""`` of a channel; called in ``AppConfig.ready``."""
    _addresses[Channel(channel).value] = finder


def deputies(users: Iterable[Any], now: datetime) -> dict[int, list[Any]]:
    """Return whom to tell beside each of the people, by their key (a query per expander)."""
    named = list({user.pk: user for user in users}.values())
    found: dict[int, list[Any]] = {}
    for expander in _expanders if named else ():
        for pk, more in expander(named, now).items():
            found.setdefault(pk, []).extend(more)
    return found


def expand(users: Iterable[Any], standing_in: Mapping[int, Iterable[Any]]) -> list[Any]:
    """Return the active people to tell, each once: those named and who stands in for them."""
    found: dict[int, Any] = {}
    for user in users:
        found.setdefault(user.pk, user)
        found.update({other.pk: other for other in standing_in.get(user.pk, ())})
    return [user for user in found.values() if user.is_active]


def address_of(user: Any, channel: str) -> str:
    """Return a person's address on a channel, or an empty string."""
    finder = _addresses.get(channel)
    return finder(user) if finder is not None else ""
