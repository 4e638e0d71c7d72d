"""The list beside the registry: missing, extra, ended, gaps, changes; in memory, one query."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from apps.registry import names
from apps.registry.choices import GONE, EntityKind, EntityStatus
from apps.registry.models import BusinessEntity
from apps.regulator.choices import ENDED, Kind
from apps.regulator.rows import Found, RegisteredEntity
from apps.roster.models import Unit


class _Known(NamedTuple):
    pk: int
    version: int
    unit_id: int
    name: str
    name_key: str
    kind: str
    principal: str
    address: str
    credit_code: str
    status: str


class _Registry:
    """The entities of the list's range by code, by township and name, by name alone."""

    def __init__(self, unit: Unit | None) -> None:
        rows = BusinessEntity.objects.live().order_by("pk")
        # a code is looked for everywhere: an entity may have moved to another township
        self.all: list[_Known] = []
        self.by_code: dict[str, _Known] = {}
        self.by_name: dict[str, list[_Known]] = {}
        for values in rows.values_list(*_Known._fields).iterator(chunk_size=5000):
            known = _Known(*values)
            if unit is None or known.unit_id == unit.pk:
                self.all.append(known)
                self.by_name.setdefault(known.name_key, []).append(known)
            if known.credit_code:
                self.by_code.setdefault(known.credit_code, known)

    def find(self, row: RegisteredEntity, unit_id: int | None) -> tuple[_Known | None, str]:
        """Return the same entity (decisions.md 26) and what is to be said about finding it."""
        if row.credit_code and row.credit_code in self.by_code:
            return self.by_code[row.credit_code], ""
        same = self.by_name.get(names.key_of(row.name), [])
        here = [one for one in same if unit_id in (None, one.unit_id)]
        for one in here:
            if row.principal and one.principal == row.principal:
                return one, ""
        if len(here) == 1 or (here and unit_id is not None):
            return here[0], ""
        if here:
            return None, f"库里有 {len(here)} 家同名，名单没写乡镇，分不清是哪一家。"
        elsewhere = [one for one in same if row.principal and one.principal == row.principal]
        return (elsewhere[0], "") if len(elsewhere) == 1 else (None, "")


class Result(NamedTuple):
    """The differences in the order of the list, those it leaves out last; and how many agree."""

    found: list[Found]
    same: int


def compare(
    rows: Iterable[RegisteredEntity],
    *,
    units: dict[str, Unit],
    unit: Unit | None,
    is_complete: bool,
) -> Result:
    """Compare a list with the registry; nothing is written.

    ``rows`` has those in business first. ``units``: the 28 by their codes; ``unit``: the township
    whose list it is, None for the district's. A list that is not complete says nothing about the
    entities that it leaves out.
    """
    registry = _Registry(unit)
    unit_names = {one.pk: one.name for one in units.values()}
    found: list[Found] = []
    named: set[int] = set()
    same = 0
    for row in rows:
        at = units.get(row.unit_code) or unit
        known, note = registry.find(row, at.pk if at else None)
        has_ended = row.status in ENDED
        if known is None:
            if has_ended:
                same += 1  # neither has it
                continue
            found.append(_missing(row, at, note))
            continue
        if known.pk in named:
            if not has_ended:
                again = f"与名单里另一行是同一家“{known.name}”。"
                found.append(_missing(row, at, again))
            continue
        named.add(known.pk)
        one = _ended(row, known) if has_ended else _differing(row, known, at, unit_names)
        if one is None:
            same += 1
        else:
            found.append(one)
    if is_complete:
        found += _extra(registry, named)
    return Result(found, same)


def _missing(row: RegisteredEntity, at: Unit | None, note: str) -> Found:
    return Found(
        Kind.MISSING,
        row,
        unit_id=at.pk if at else None,
        name=row.name,
        principal=row.principal,
        credit_code=row.credit_code,
        entity_kind=row.kind,
        note=note or row.note,
    )


def _about(known: _Known, row: RegisteredEntity, kind: Kind, **values: object) -> Found:
    return Found(
        kind,
        row,
        entity_id=known.pk,
        version=known.version,
        unit_id=known.unit_id,
        name=known.name,
        principal=known.principal,
        credit_code=row.credit_code or known.credit_code,
        entity_kind=row.kind or known.kind,
        **values,  # type: ignore[arg-type]
    )


def _ended(row: RegisteredEntity, known: _Known) -> Found | None:
    """An entity that the list says has ended; nothing to say when the registry knows."""
    if known.status == row.status or known.status in GONE:
        return None
    states = EntityStatus(known.status).label, EntityStatus(row.status).label
    return _about(known, row, Kind.CANCELLED, fields={"status": states}, note=row.note)


def _differing(
    row: RegisteredEntity, known: _Known, at: Unit | None, unit_names: dict[int, str]
) -> Found | None:
    fields: dict[str, tuple[str, str]] = {}
    if names.key_of(row.name) != known.name_key:
        fields["name"] = (known.name, row.name)
    if row.credit_code and row.credit_code != known.credit_code and not row.note:
        fields["credit_code"] = (known.credit_code, row.credit_code)
    if row.kind and row.kind != known.kind:
        fields["kind"] = (_kind(known.kind), _kind(row.kind))
    if row.principal and not names.same_text(row.principal, known.principal):
        fields["principal"] = (known.principal, row.principal)
    if row.address and not known.address:  # where both have one, the place of business may differ
        fields["address"] = ("", row.address)
    if known.status in ENDED or (row.status == EntityStatus.SUSPENDED != known.status):
        fields["status"] = (EntityStatus(known.status).label, EntityStatus(row.status).label)
    if at is not None and at.pk != known.unit_id:
        fields["unit"] = (unit_names.get(known.unit_id, ""), at.name)
    if not fields:
        return None
    is_gap = not any(before for before, _ in fields.values())
    return _about(known, row, Kind.GAPS if is_gap else Kind.CHANGED, fields=fields, note=row.note)


def _kind(value: str) -> str:
    return EntityKind(value).label if value else ""


def _extra(registry: _Registry, named: set[int]) -> Iterator[Found]:
    for known in registry.all:
        if known.pk not in named and known.status not in (*GONE, EntityStatus.REVOKED):
            yield Found(
                Kind.EXTRA,
                entity_id=known.pk,
                version=known.version,
                unit_id=known.unit_id,
                name=known.name,
                principal=known.principal,
                credit_code=known.credit_code,
                entity_kind=known.kind,
            )
