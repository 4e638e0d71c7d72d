"""Plain rows that pass between the registry and the apps above it. Pure."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """What one row of a list says about an entity; an empty value says nothing.

    ``kind`` is a value of ``EntityKind``; ``phones`` are normalised numbers in the row's order;
    ``zone_name`` is the name of a zone of the same township.
    """

    name: str
    kind: str = ""
    principal: str = ""
    zone_name: str = ""
    phones: tuple[str, ...] = ()
    address: str = ""
    credit_code: str = ""
    #: a value of ``EntityStatus`` where the list itself says how the registration stands
    status: str = ""
    status_on: date | None = None
    status_note: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """An entity that a row changes. ``fields``: name → (before, after), phones masked."""

    position: int
    pk: int
    version: int
    facts: EntityFacts
    fields: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Gone:
    """An entity of the township that the list no longer names."""

    pk: int
    name: str
    principal: str
    zone_name: str


@dataclass(slots=True)
class Comparison:
    """A list beside what is known; positions count the rows from 0."""

    new: list[int] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    #: (position, the earlier position of the same entity): not written
    repeated: list[tuple[int, int]] = field(default_factory=list)
    disappeared: list[Gone] = field(default_factory=list)
    #: names of zones that the township does not have, in the order of the rows
    missing_zones: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Applied:
    """What a bulk write did: everything that undoing it needs, as JSON keeps it.

    ``created``: [pk, version]. ``updated``: {"pk", "version", "before": {field: value},
    "phones": [...]}; phones in there are encrypted, so that the record may be stored as it is.
    ``skipped``: pks of entities that somebody edited meanwhile.
    """

    created: list[list[int]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)

    def add(self, other: "Applied") -> None:
        """Take in what a further piece did."""
        self.created += other.created
        self.updated += other.updated
        self.skipped += other.skipped


@dataclass(slots=True)
class Undone:
    """What an undo did: pks removed and reverted, and those kept because edited or in use."""

    removed: list[int] = field(default_factory=list)
    reverted: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
