"""A row of a list, ready for the template: used by the list pages and by the 工作台."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.tickets.choices import Light
from apps.tickets.models import Ticket
from apps.tickets.queries import ledger
from apps.tickets.queries.enterprise import enterprise_name
from apps.tickets.queries.next_steps import Step, next_step
from apps.workdays.queries import current_calendar

EDGES = {Light.RED: "lr", Light.YELLOW: "ly", Light.GREEN: "lg", Light.BLUE: "lb", Light.GREY: "ln"}


@dataclass(frozen=True)
class Line:
    """A row of a list page: the ticket, the words that need thought, the next step."""

    ticket: Ticket
    row: ledger.Row
    enterprise: str
    current: str
    step: Step
    edge: str

    def text(self, key: str) -> Any:
        """Return the value of a plain column."""
        return ledger.FIELDS[key].value(self.row)


def lines_of(
    tickets: Sequence[Ticket], user: Any, now: datetime, needs: Sequence[str] = ()
) -> list[Line]:
    """Return the rows of a page; ``tickets`` were read with ``named()``."""
    rows = ledger.made(tickets, user, current_calendar(), now, needs=needs)
    return [
        Line(
            ticket=row.ticket,
            row=row,
            enterprise=enterprise_name(user, row.ticket),
            current=ledger.current_step(row.ticket),
            step=next_step(row.ticket, user, now),
            edge=EDGES[row.reading.light],
        )
        for row in rows
    ]
