"""What both appendices say today, row by row from the data; what is written reads back the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.filings.choices import AppendixCode
from apps.filings.contents import Appendix, EntityRow, Staff, ZoneRow
from apps.filings.official import Form
from apps.registry.models import BusinessEntity, Contact
from apps.roster.models import Officer, Person, Team, Unit, Zone

CHUNK = 1000


@dataclass(frozen=True)
class Wanted:
    """What to export: units, one of the forms, perhaps one zone only; as Excel or Word."""

    units: Sequence[Unit]
    appendix: str
    zone: Zone | None = None
    is_word: bool = False
    extra: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return whose form it is, in words."""
        if self.zone is not None:
            return f"{self.units[0].name}{self.zone.name}"
        return self.units[0].name if len(self.units) == 1 else "全区"


def units_for(user: Actor) -> QuerySet[Unit]:
    """Return the units whose forms a person may take out."""
    units = Unit.objects.active().with_team().order_by("order", "pk")
    return units if user.scope.everything else units.filter(pk__in=user.scope.unit_ids)


def zones_for(user: Actor) -> QuerySet[Zone]:
    """Return the zones that a person may take out: an officer's own, all of the units otherwise."""
    zones = Zone.objects.active().filter(unit__in=units_for(user)).order_by("unit", "order", "pk")
    if user.has_perm(Permission.CHECK_APPENDIX):
        return zones
    return zones.filter(pk__in=user.scope.zone_ids)


def count_of(wanted: Wanted) -> int:
    """Return how many rows an export will have."""
    if wanted.appendix == AppendixCode.ZONES:
        return Zone.objects.active().filter(unit__in=wanted.units).count()
    rows = BusinessEntity.objects.present().filter(unit__in=wanted.units)
    return rows.filter(zone=wanted.zone).count() if wanted.zone else rows.count()


def forms_of(wanted: Wanted, *, filed_on: date) -> Iterator[Form]:
    """Yield the forms of the units, their rows read as they are written."""
    for unit in wanted.units:
        zones = Zone.objects.active().filter(unit=unit).order_by("order", "pk")
        if wanted.zone is not None:
            zones = zones.filter(pk=wanted.zone.pk)
        if wanted.appendix == AppendixCode.ZONES:
            leader = _leader(unit)
            rows = zone_rows(zones)
            yield Form(Appendix.ZONES, unit.name, filed_on, leader, zones=rows)
        else:
            listed = entity_rows(unit, list(zones), is_whole=wanted.zone is None)
            yield Form(Appendix.ENTITIES, unit.name, filed_on, entities=listed)


def _staff(person: Person) -> Staff:
    numbers = [number for number in (person.mobile, person.landline) if number]
    return Staff(person.name, person.title, (numbers or [""])[0], tuple(numbers[1:]))


def _leader(unit: Unit) -> Staff | None:
    team = Team.objects.filter(unit=unit).select_related("leader").first()
    return _staff(team.leader) if team and team.leader else None


def zone_rows(zones: QuerySet[Zone]) -> list[ZoneRow]:
    """Return zones with those who serve them."""
    serving = Officer.objects.current().filter(person__is_active=True).select_related("person")
    found = zones.prefetch_related(Prefetch("officers", serving.order_by("pk"), to_attr="serving"))
    return [
        ZoneRow(
            row=0,
            zone=zone.name,
            boundary=zone.boundary,
            count=zone.reported_count,
            staff=tuple(_staff(post.person) for post in zone.serving),
        )
        for zone in found
    ]


def entity_rows(unit: Unit, zones: list[Zone], *, is_whole: bool) -> Iterator[EntityRow]:
    """Yield the entities zone by zone; those without one come first, as the form demands.

    Entities 注销 or 迁出 are left out, and numbers that do not answer any more.
    """
    present = BusinessEntity.objects.present().filter(unit=unit)
    alive = Contact.objects.filter(is_dead=False).order_by("order", "pk")
    groups: list[tuple[str, Any]] = []
    if is_whole:
        groups.append(("", present.filter(Q(zone__isnull=True) | Q(zone__is_active=False))))
    groups += [(zone.name, present.filter(zone=zone)) for zone in zones]
    for name, rows in groups:
        listed = rows.order_by("pk").prefetch_related(Prefetch("contacts", alive, to_attr="alive"))
        for entity in listed.iterator(chunk_size=CHUNK):
            yield EntityRow(
                row=0,
                zone=name,
                name=entity.name,
                kind=entity.kind,
                person=entity.principal,
                phones=tuple(contact.phone for contact in entity.alive),
                extra={"credit_code": entity.credit_code, "address": entity.address},
            )
