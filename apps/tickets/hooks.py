"""Where notices and other apps listen to the moves of tickets; filled in ``AppConfig.ready``."""

from collections.abc import Callable, Iterable
from typing import Any

from apps.tickets.workflow import label_of

#: events that are no actions of the table
EXTRA_LABELS = {
    "milestone": "时限提醒",
    "recalendar": "时限随日历更正",
    "attach": "上传附件",
    "detach": "撤回附件",
}
Listener = Callable[[Any, Any], None]
_listeners: list[Listener] = []
_rewritten: list[Callable[[Iterable[int]], None]] = []


def register(listener: Listener) -> None:
    """Announce ``listener(case, event)``: runs inside the move's transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(case: Any, event: Any) -> None:
    """Tell everybody that something happened to a ticket."""
    for listener in _listeners:
        listener(case, event)


def register_rewritten(listener: Callable[[Iterable[int]], None]) -> None:
    """Announce who must know that stored clocks were corrected without a move."""
    if listener not in _rewritten:
        _rewritten.append(listener)


def rewritten(tickets: Iterable[int]) -> None:
    """Tell of tickets whose stored clocks were corrected, inside the correction's transaction."""
    pks = list(tickets)
    for listener in _rewritten:
        listener(pks)


def event_label(code: str) -> str:
    """Return the Chinese name of an event."""
    return EXTRA_LABELS.get(code) or label_of(code)
