"""Files that come with a request: whoever keeps attachments announces how one is kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

_keep: list[Callable[..., Any]] = []


def register(keep: Callable[..., Any]) -> None:
    """Announce ``keep(ticket=, upload=, by=, now=)``; it raises DomainError for what it refuses."""
    _keep[:] = [keep]


def is_ready() -> bool:
    """Say whether files can be kept; without it no page offers them."""
    return bool(_keep)


def keep_all(*, ticket: Any, uploads: list[Any], by: Any, now: datetime) -> None:
    """Keep the files of a request, within the caller's transaction."""
    for upload in uploads:
        _keep[0](ticket=ticket, upload=upload, by=by, now=now)
