"""A list beside what is known: new, changed, unchanged, disappeared; all in memory."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from apps.core.phones import mask, search_index
from apps.registry import names
from apps.registry.choices import GONE, EntityKind, EntityStatus, Source
from apps.registry.facts import Changed, Comparison, EntityFacts, Gone
from apps.registry.models import BusinessEntity, Contact
from apps.roster.models import Unit, Zone

CHUNK = 500


class _Known(NamedTuple):
    pk: int
    version: int
    name: str
    name_key: str
    kind: str
    principal: str
    zone_id: int | None
    address: str
    credit_code: str
    status: str


class _Township:
    """What is known of a township's entities, read in three queries without decrypting a number."""

    def __init__(self, unit: Unit, source: str) -> None:
        self.zones = dict(Zone.objects.active().filter(unit=unit).values_list("name", "pk"))
        self.zone_names = dict(Zone.objects.filter(unit=unit).values_list("pk", "name"))
        rows = BusinessEntity.objects.live().filter(unit=unit).order_by("pk")
        self.by_key: dict[str, tuple[_Known, ...]] = {}
        self.by_code: dict[str, _Known] = {}
        self.all: list[_Known] = []
        for values in rows.values_list(*_Known._fields).iterator(chunk_size=5000):
            known = _Known(*values)
            self.all.append(known)
            self.by_key[known.name_key] = (*self.by_key.get(known.name_key, ()), known)
            if known.credit_code:
                self.by_code.setdefault(known.credit_code, known)
        #: entity → digests of its numbers, and of those that such a list brought and may take away
        self.numbers: dict[int, tuple[str, ...]] = {}
        self.listed: dict[int, tuple[str, ...]] = {}
        contacts = Contact.objects.filter(entity__unit=unit).values_list(
            "entity_id", "phone_index", "is_dead", "source"
        )
        for pk, digest, is_dead, origin in contacts.iterator(chunk_size=5000):
            self.numbers[pk] = (*self.numbers.get(pk, ()), digest)
            if origin == source and not is_dead:
                self.listed[pk] = (*self.listed.get(pk, ()), digest)

    def find(self, facts: EntityFacts, key: str) -> _Known | None:
        """Return the same entity (decisions.md 26); among namesakes the one with the principal.

        ``key`` is the key of the row's name.
        """
        if facts.credit_code and facts.credit_code in self.by_code:
            return self.by_code[facts.credit_code]
        found = self.by_key.get(key, ())
        for known in found:
            if facts.principal and known.principal == facts.principal:
                return known
        return found[0] if found else None

    def phones_differ(self, pk: int, phones: tuple[str, ...]) -> bool:
        """Say whether a row's numbers add one, or leave out one that such a list brought."""
        if not phones:
            return False
        wanted = {search_index(number) for number in phones}
        is_new = not wanted.issubset(self.numbers.get(pk, ()))
        return is_new or not wanted.issuperset(self.listed.get(pk, ()))


def compare_entities(
    unit: Unit, rows: Sequence[EntityFacts], *, source: str = Source.APPENDIX
) -> Comparison:
    """Compare the rows of a list with the township's entities; nothing is written.

    An empty cell says nothing and changes nothing. An entity known as 注销 or 迁出 that the list
    names comes back to 存续. Disappeared are those present (neither 注销 nor 迁出) that no row
    names.
    """
    township = _Township(unit, source)
    result = Comparison()
    seen: dict[int | str, int] = {}
    missing: dict[str, None] = {}
    for position, facts in enumerate(rows):
        if facts.zone_name and facts.zone_name not in township.zones:
            missing[facts.zone_name] = None
        key = names.key_of(facts.name)
        known = township.find(facts, key)
        identity = known.pk if known else key
        if identity in seen:
            result.repeated.append((position, seen[identity]))
            continue
        seen[identity] = position
        if known is None:
            result.new.append(position)
            continue
        fields = _changes(township, known, facts)
        if fields:
            result.changed.append(Changed(position, known.pk, known.version, facts, fields))
        else:
            result.unchanged.append(position)
    result.missing_zones = list(missing)
    result.disappeared = [
        Gone(one.pk, one.name, one.principal, township.zone_names.get(one.zone_id or 0, ""))
        for one in township.all
        if one.pk not in seen and one.status not in GONE
    ]
    _show_phones(result.changed)
    return result


def _changes(township: _Township, known: _Known, facts: EntityFacts) -> dict[str, tuple[str, str]]:
    fields: dict[str, tuple[str, str]] = {}
    for name in ("name", "principal", "address", "credit_code"):
        new, old = getattr(facts, name), getattr(known, name)
        if new and not names.same_text(new, old):
            fields[name] = (old, new)
    if facts.kind and facts.kind != known.kind:
        fields["kind"] = (_kind(known.kind), _kind(facts.kind))
    zone = township.zone_names.get(known.zone_id or 0, "")
    if facts.zone_name and facts.zone_name != zone:
        fields["zone"] = (zone, facts.zone_name)
    if township.phones_differ(known.pk, facts.phones):
        fields["phones"] = ("", "、".join(mask(number) for number in facts.phones))
    if known.status in GONE:
        fields["status"] = (EntityStatus(known.status).label, EntityStatus.ACTIVE.label)
    return fields


def _kind(value: str) -> str:
    return EntityKind(value).label if value else ""


def _show_phones(changed: list[Changed]) -> None:
    """Fill in the former numbers, masked: only of rows whose numbers change."""
    by_pk = {row.pk: row for row in changed if "phones" in row.fields}
    pks = list(by_pk)
    before: dict[int, list[str]] = defaultdict(list)
    for start in range(0, len(pks), CHUNK):
        contacts = Contact.objects.filter(entity_id__in=pks[start : start + CHUNK])
        for contact in contacts.order_by("order", "pk"):
            before[contact.entity_id].append(mask(contact.phone))
    for pk, row in by_pk.items():
        row.fields["phones"] = ("、".join(before[pk]), row.fields["phones"][1])
