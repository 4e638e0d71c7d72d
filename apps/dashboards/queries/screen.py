"""What the 大屏 shows: numbers and units, no enterprise."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.dashboards.queries.figures import Counts
from apps.roster.models import Unit
from apps.tickets.models import Ticket

MOST_LIGHTS = 9


@dataclass(frozen=True)
class Team:
    """A township: open tickets, registered ones, and whether something is late or soon due."""

    unit: Unit
    open: int
    registered: int
    overdue: int
    yellow: int

    @property
    def kind(self) -> str:
        """The colour's class."""
        return "b" if self.overdue else "w" if self.yellow else ""

    @property
    def words(self) -> str:
        """What the colour says."""
        return "有超期" if self.overdue else "有临期" if self.yellow else "正常"


def teams(townships: list[tuple[Unit, Counts]], now: datetime) -> list[Team]:
    """Return the 28 teams in their fixed order (one query)."""
    units = [unit for unit, _ in townships]
    grouped = Ticket.objects.open().filter(first_unit__in=units).order_by()
    rows: dict[int, dict[str, Any]] = {
        row["first_unit"]: dict(row)
        for row in grouped.values("first_unit").annotate(
            open=Count("pk"),
            overdue=Count("pk", filter=Q(due_at__lte=now)),
            yellow=Count("pk", filter=Q(due_at__gt=now, yellow_at__lte=now)),
        )
    }
    found = []
    for unit, counts in townships:
        row = rows.get(unit.pk, {})
        found.append(
            Team(
                unit,
                row.get("open", 0),
                counts["registered"],
                row.get("overdue", 0),
                row.get("yellow", 0),
            )
        )
    return found


def lights(now: datetime) -> QuerySet[Ticket]:
    """Return the overdue and soon due tickets, the longest overdue first; restricted ones not."""
    found = Ticket.objects.open().filter(yellow_at__lte=now, is_restricted=False)
    return found.select_related("category", "lead_unit", "first_unit").order_by("due_at", "pk")[
        :MOST_LIGHTS
    ]
