"""What checking a sheet found: what it would do, and everything to look at first. Plain data."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from apps.filings.contents import Appendix, EntityRow, Finding, Level, Part, Staff, ZoneRow
from apps.registry.facts import EntityFacts


@dataclass(frozen=True)
class Change:
    """An item that would change: field → (before, after), phones masked."""

    row: int
    name: str
    fields: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Vanished:
    """An entity or zone that is known and that the sheet does not name."""

    pk: int
    name: str
    note: str


@dataclass
class Checked:
    """A sheet beside what is known.

    ``items`` are what would be written: (row, facts) of Appendix 2, zones of Appendix 1 as kept.
    """

    part: Part
    items: list[Any] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    same: int = 0
    staff: int = 0
    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    gone: list[Vanished] = field(default_factory=list)
    refusal: str = ""

    def kept_items(self) -> Iterator[Any]:
        """Yield what would be written, as it is kept (JSON)."""
        if self.part.appendix is Appendix.ZONES:
            yield from self.items
        else:
            yield from (entity_item(row, facts) for row, facts in self.items)

    def all_findings(self) -> list[Finding]:
        """Return the reader's and the comparison's findings in the order of the rows."""
        rows = [*self.part.findings, *self.findings]
        return sorted(rows, key=lambda one: (one.row, one.column))

    def rows_with(self, level: Level) -> set[int]:
        """Return the rows with a finding of a level; a row with an error counts only there."""
        wrong = {one.row for one in self.all_findings() if one.level is Level.ERROR}
        if level is Level.ERROR:
            return wrong
        return {one.row for one in self.all_findings() if one.level is level} - wrong

    def rows_wrong(self) -> set[int]:
        """Return the rows that are not written."""
        return self.rows_with(Level.ERROR)

    def merged_part(self) -> Part:
        """Return the sheet with the comparison's findings among its own."""
        return replace(self.part, findings=self.all_findings())

    def names(self) -> dict[int, str]:
        """Return the names of the sheet's rows that have findings: entities or zones."""
        told = {one.row for one in self.all_findings()}
        names = {one.row: one.name for one in self.part.entities if one.row in told}
        return names | {one.row: one.zone for one in self.part.zones if one.row in told}

    def summary(self) -> dict[str, Any]:
        """Return what the page says beside the numbers."""
        fields: dict[str, Counter[str]] = {level.value: Counter() for level in Level}
        for one in self.all_findings():
            fields[one.level.value][one.field or WHOLE] += 1
        return {
            "remarks": self.part.remarks,
            "skipped": dict(Counter(one.reason for one in self.part.skipped)),
            "fields": {level: dict(found) for level, found in fields.items()},
            "staff": self.staff,
        }


#: the group of findings that name no column
WHOLE = "整行"


# ---- rows as kept ----------------------------------------------------------------------------
def entity_item(row: int, facts: EntityFacts) -> list[Any]:
    """Return a row of Appendix 2 as it is kept."""
    return [
        *(row, facts.name, facts.kind, facts.principal, facts.zone_name, list(facts.phones)),
        *(facts.address, facts.credit_code),
    ]


def entity_facts(item: list[Any]) -> EntityFacts:
    """Return the facts of a kept row of Appendix 2."""
    _, name, kind, principal, zone, phones, address, code = item
    return EntityFacts(name, kind, principal, zone, tuple(phones), address, code)


def zone_items(part: Part, zones: Iterable[ZoneRow]) -> list[Any]:
    """Return Appendix 1 as it is kept: the leader first (or null), then the zones."""
    leader = asdict(part.leader) if part.leader else None
    return [leader, *(asdict(zone) for zone in zones)]


def zones_of(items: list[Any]) -> tuple[Staff | None, list[ZoneRow]]:
    """Return the leader and the zones of a kept Appendix 1."""
    leader = _staff(items[0]) if items and items[0] else None
    return leader, [
        ZoneRow(**{**item, "staff": tuple(_staff(one) for one in item["staff"])})
        for item in items[1:]
    ]


def _staff(values: dict[str, Any]) -> Staff:
    return Staff(**{**values, "more_phones": tuple(values["more_phones"])})


def finding_item(finding: Finding, name: str) -> list[Any]:
    """Return a finding as it is kept, with the name of the entity or zone of its row."""
    return [
        *(finding.level.value, finding.sheet, finding.row, finding.column, finding.field),
        *(finding.value, finding.message, finding.advice, name),
    ]


def finding_of(item: list[Any]) -> Finding:
    """Return a kept finding."""
    return Finding(Level(item[0]), *item[1:8])


def extra_of(row: EntityRow) -> tuple[str, str]:
    """Return the address and the credit code of columns beside the official ones."""
    return row.extra.get("address", ""), row.extra.get("credit_code", "")
