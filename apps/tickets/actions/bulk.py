"""One action for many tickets: each in its own transaction, the refused ones with their reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.tickets.actions._move import perform
from apps.tickets.models import Ticket


@dataclass
class Outcome:
    """What became of a bulk action."""

    done: list[Ticket] = field(default_factory=list)
    skipped: list[tuple[Ticket, str]] = field(default_factory=list)

    def in_words(self, verb: str) -> str:
        """Return 已派单 17 件，跳过 1 件（…）."""
        text = f"已{verb} {len(self.done)} 件"
        if not self.skipped:
            return f"{text}。"
        reasons = list(dict.fromkeys(reason.rstrip("。") for _ticket, reason in self.skipped))
        return f"{text}，跳过 {len(self.skipped)} 件（{'；'.join(reasons[:3])}）。"


def perform_many(
    tickets: Iterable[Ticket],
    *,
    action: str,
    by: User,
    now: datetime,
    data: Callable[[Ticket], Mapping[str, Any] | str],
) -> Outcome:
    """Do an action on each ticket; ``data`` returns its fields, or the reason to leave it out.

    A refusal of one ticket does not touch the others.
    """
    outcome = Outcome()
    for ticket in tickets:
        values = data(ticket)
        if isinstance(values, str):
            outcome.skipped.append((ticket, values))
            continue
        try:
            perform(
                ticket=ticket, action=action, by=by, now=now, data=values, version=ticket.version
            )
        except DomainError as refusal:
            outcome.skipped.append((ticket, refusal.message))
        else:
            outcome.done.append(ticket)
    return outcome
