"""The tallies of bulk-written tickets: gathered while they are written, stored at the end."""

import json
from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction

from apps.core.bulk import pour_rows
from apps.dashboards.actions.tallying import hold
from apps.dashboards.contributions import Bundle, contributions
from apps.dashboards.measures import CODES, Base
from apps.dashboards.models import DayTally, KindTally, TallyState, TicketTally
from apps.dashboards.queries.bundles import MODELS
from apps.workdays.calendar import Calendar

BATCH = 500
_PLACE = {code: number for number, code in enumerate(CODES)}


class Gathered:
    """What tickets contribute, by :func:`contributions`, without reading them again."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.days: dict[tuple[str, int | None], array[int]] = {}
        self.kinds: Counter[tuple[str, int | None, str, str]] = Counter()
        self.rows: list[tuple[int, str]] = []

    def take(
        self, ticket: Any, rows: dict[Any, list[Any]], copies: Sequence[tuple[int, int]]
    ) -> None:
        """Count tickets that differ only in their township, given (ticket, township).

        ``rows`` are those of one of them, by model. Where the township received it first it is one
        of the units whose numbers it is part of.
        """
        by_base: dict[Base, list[Any]] = {
            base: rows.get(model, []) for base, model in MODELS.items() if base is not Base.TICKET
        }
        for found in by_base.values():
            for row in found:
                row.ticket = ticket
        cells = contributions(Bundle(ticket, by_base), self.calendar)
        is_first = ticket.first_unit_id == ticket.township_id
        town = ticket.township_id
        texts: dict[int, str] = {}
        for pk, unit in copies:
            if unit not in texts:
                texts[unit] = json.dumps(_moved(cells, town, unit) if is_first else cells)
            self.rows.append((pk, texts[unit]))
        counted = Counter(unit for _, unit in copies)
        others = {one for _, units, _ in cells["days"] for one in units} | {
            one for *_, units in cells["kinds"] for one in units
        }
        others -= {town} if is_first else set()
        places: list[tuple[int | None, int]] = [(None, len(copies))]
        places += [(unit, len(copies)) for unit in others]
        if is_first:
            places += list(counted.items())
        self._add(cells, places)

    def _add(self, cells: Any, places: list[tuple[int | None, int]]) -> None:
        for day, _units, codes in cells["days"]:
            for unit, amount in places:
                row = self.days.get((day, unit))
                if row is None:
                    row = self.days[day, unit] = array("l", bytes(8 * len(CODES)))
                for code in codes:
                    row[_PLACE[code]] += amount
        for month, dimension, value, _units in cells["kinds"]:
            for unit, amount in places:
                self.kinds[month, unit, dimension, value] += amount

    def flush(self) -> None:
        """Write the cells of the tickets taken so far; they must be there by now."""
        with transaction.atomic():
            pour_rows(TicketTally, self.rows)
        self.rows.clear()

    @transaction.atomic
    def store(self, now: datetime) -> None:
        """Write the tables; nothing has been counted there before."""
        self.flush()
        hold(wait=True)
        days = iter(sorted(self.days.items(), key=_order))
        while piece := list(islice(days, BATCH)):
            DayTally.objects.bulk_create(
                DayTally(
                    day=date.fromisoformat(day),
                    unit_id=unit,
                    **dict(zip(CODES, row, strict=True)),
                )
                for (day, unit), row in piece
            )
        kinds = iter(self.kinds.items())
        while part := list(islice(kinds, BATCH)):
            KindTally.objects.bulk_create(
                KindTally(
                    month=date.fromisoformat(month),
                    unit_id=unit,
                    dimension=dimension,
                    value=value,
                    count=count,
                )
                for (month, unit, dimension, value), count in part
            )
        TallyState.objects.filter(pk=1).update(done_at=now)


def _order(item: tuple[tuple[str, int | None], Any]) -> tuple[str, int]:
    return item[0][0], item[0][1] or 0


def _moved(cells: Any, town: int, unit: int) -> Any:
    """Return cells with another township in the place of the recorded one."""

    def other(units: list[int]) -> list[int]:
        return sorted({unit if one == town else one for one in units})

    return {
        "days": [[day, other(units), codes] for day, units, codes in cells["days"]],
        "kinds": [[month, dim, value, other(units)] for month, dim, value, units in cells["kinds"]],
    }
