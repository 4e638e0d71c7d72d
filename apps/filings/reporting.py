"""What was read and what became of it, as JSON (decisions.md 27; the keys of a table of truth)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.filings import official
from apps.filings.contents import Appendix, EntityRow, Finding, Part, Reading, Staff, ZoneRow


@dataclass(frozen=True)
class Outcome:
    """What applying a part did, as counts of its rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


def as_json(readings: Iterable[Reading], outcomes: Sequence[Outcome] = ()) -> dict[str, Any]:
    """Return the report of some files.

    ``outcomes`` are those of the parts, in the order of the files and their parts; without them
    nothing was applied and all counts are 0.

    Raises:
        ValueError: there are outcomes, but not one for each part.
    """
    parts = [part for reading in readings for part in reading.parts]
    if not outcomes:
        outcomes = [Outcome()] * len(parts)
    return {"parts": [_part(*pair) for pair in zip(parts, outcomes, strict=True)]}


def _part(part: Part, outcome: Outcome) -> dict[str, Any]:
    is_zones = part.appendix is Appendix.ZONES
    rows = [_zone(row) for row in part.zones] if is_zones else [_entity(e) for e in part.entities]
    return {
        "sheet": part.sheet,
        "appendix": int(part.appendix),
        "unit": part.unit or part.unit_written,
        "unit_code": part.unit_code,
        "filed_on": part.filed_on.isoformat() if part.filed_on else None,
        "leader": _person(part.leader or Staff("")) if is_zones else None,
        "rows_read": part.rows_read,
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "skipped": [{"row": one.row, "reason": one.reason} for one in part.skipped],
        "errors": [_finding(one) for one in part.errors],
        "warnings": [_finding(one) for one in part.warnings],
        "rows": rows,
    }


def _person(staff: Staff) -> dict[str, str]:
    return {"name": staff.name, "post": staff.post, "phone": official.staff_phones(staff)}


def _zone(row: ZoneRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "zone": row.zone,
        "range": row.boundary,
        "count": row.count,
        "staff": [_person(staff) for staff in row.staff],
    }


def _entity(row: EntityRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "zone": row.zone,
        "name": row.name,
        "kind": official.KINDS.get(row.kind, ""),
        "person": row.person,
        "phones": list(row.phones),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """Return a finding; its message also says how to mend it."""
    return {
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "value": finding.value,
        "message": f"{finding.message}{finding.advice}",
    }
