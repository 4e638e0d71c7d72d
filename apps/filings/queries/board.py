"""报送看板: 28 units × 2 forms: who has filed, when, which time, and what does not agree."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count

from apps.filings.choices import AppendixCode, FilingState
from apps.filings.models import Filing, Reminder
from apps.registry.models import BusinessEntity
from apps.roster.models import Unit, Zone


@dataclass
class Cell:
    """One form of one unit: the last that stands, and one that waits."""

    appendix: str
    last: Filing | None = None
    waiting: Filing | None = None
    reminded: bool = False


@dataclass
class BoardRow:
    """One unit with both forms, and the two numbers that should agree (K27)."""

    unit: Unit
    cells: dict[str, Cell] = field(default_factory=dict)
    reported: int | None = None
    counted: int = 0

    @property
    def difference(self) -> int | None:
        """附件1 填报数 − 附件2 实数; 0 is right, None while nothing was reported (as K27)."""
        return None if self.reported is None else self.reported - self.counted

    @property
    def missing(self) -> int:
        """How many of the two forms were never filed."""
        return sum(cell.last is None for cell in self.cells.values())


def board(units: Iterable[Unit], *, today: date) -> list[BoardRow]:
    """Return the board's rows in the order of the units; six queries."""
    rows = {
        unit.pk: BoardRow(unit, {code: Cell(code) for code in AppendixCode.values})
        for unit in units
    }
    filings = Filing.objects.filter(unit__in=rows).select_related("upload", "applied_by", "job")
    for filing in filings.filter(state=FilingState.APPLIED).order_by("number"):
        rows[filing.unit_id or 0].cells[filing.appendix].last = filing
    for filing in filings.open().order_by("pk"):
        rows[filing.unit_id or 0].cells[filing.appendix].waiting = filing
    for reminder in Reminder.objects.filter(unit__in=rows, on=today):
        rows[reminder.unit_id].cells[reminder.appendix].reminded = True
    zones = Zone.objects.active().filter(unit__in=rows, reported_count__isnull=False)
    for unit_id, count in zones.values_list("unit", "reported_count"):
        rows[unit_id].reported = (rows[unit_id].reported or 0) + (count or 0)
    counted = BusinessEntity.objects.active().filter(unit__in=rows)
    for unit_id, count in counted.values_list("unit").annotate(n=Count("pk")).order_by():
        rows[unit_id].counted = count
    return list(rows.values())


def never_filed(units: Iterable[Unit]) -> int:
    """Return how many forms of these units nobody has filed yet."""
    wanted = {(unit.pk, code) for unit in units for code in AppendixCode.values}
    standing = Filing.objects.standing().values_list("unit", "appendix").distinct()
    return len(wanted - set(standing))
