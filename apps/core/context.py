"""Who is asking, from where: facts of the current request for the audit log and the log lines."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RequestContext:
    """Facts of the request being answered; empty strings outside a request (commands, timers).

    ``kept``: what is read once while a page is shown; None where something may be written.
    """

    request_id: str = ""
    ip: str = ""
    user_agent: str = ""
    kept: dict[str, Any] | None = field(default=None, compare=False)


NOWHERE = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context")


def current() -> RequestContext:
    """Return the facts of the request being answered."""
    return _current.get(NOWHERE)


def enter(context: RequestContext) -> None:
    """Set the facts; called by the middleware at the start and the end of a request."""
    _current.set(context)
