"""Plain rows: what a line of the list says, and how it differs from the registry. Pure."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class RegisteredEntity:
    """A line of the list. ``unit_code`` is "" when no township is named in it.

    ``status`` is a value of ``EntityStatus`` ("ACTIVE" where the list says nothing), ``kind`` one of
    ``EntityKind`` or "". Telephone numbers of such lists are not read: nothing here needs them.
    """

    row: int
    name: str
    credit_code: str = ""
    unit_code: str = ""
    status: str = "ACTIVE"
    kind: str = ""
    principal: str = ""
    address: str = ""
    ended_on: date | None = None
    note: str = ""


@dataclass(slots=True)
class ReadList:
    """What a file says: its lines, those that were left out (row, name, reason), and remarks."""

    rows: list[RegisteredEntity] = field(default_factory=list)
    skipped: list[tuple[int, str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. ``fields``: name → (in the registry, in the list)."""

    kind: str
    row: RegisteredEntity | None = None
    entity_id: int | None = None
    version: int = 0
    unit_id: int | None = None
    name: str = ""
    principal: str = ""
    credit_code: str = ""
    entity_kind: str = ""
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    note: str = ""
