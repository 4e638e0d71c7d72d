"""Writes about one entity: add, change, contacts, status."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.phones import mask, normalise
from apps.registry import codes
from apps.registry.actions._base import flag_phones, free_twin_no, lock_version, write
from apps.registry.actions.merging import suspect
from apps.registry.choices import EntityStatus, Source
from apps.registry.models import BusinessEntity, Contact, EntityLabel
from apps.roster.actions._base import day_of, one_line, save_checked
from apps.roster.models import Unit, Zone

MOST_CONTACTS = 10


@dataclass(frozen=True)
class NewContact:
    """A phone as a form gives it; an empty number is no contact."""

    phone: str
    name: str = ""


@dataclass(frozen=True)
class EntityData:
    """What a form says about an entity; unlike in a list, empty means empty."""

    name: str
    kind: str = ""
    principal: str = ""
    zone: Zone | None = None
    address: str = ""
    credit_code: str = ""
    industry: str = ""
    labels: tuple[EntityLabel, ...] = ()
    contacts: tuple[NewContact, ...] = ()
    is_twin: bool = False

    def columns(self) -> dict[str, Any]:
        """Return the plain columns, cleaned."""
        return {
            "name": one_line(self.name),
            "kind": self.kind,
            "principal": one_line(self.principal),
            "zone": self.zone,
            "address": one_line(self.address),
            "credit_code": codes.normalise(self.credit_code),
            "industry": self.industry,
        }


def _check(data: EntityData, unit: Unit) -> None:
    if not one_line(data.name):
        raise DomainError("请填经营主体名称。", field="name")
    if data.zone is not None and (data.zone.unit_id != unit.pk or not data.zone.is_active):
        raise DomainError("请选本乡镇在用的片区。", field="zone")
    if len(codes.normalise(data.credit_code)) > codes.LONGEST:
        raise DomainError("信用代码应为 18 位，旧注册号为 15 位。", field="credit_code")
    if data.is_twin and not one_line(data.address):
        raise DomainError("同名的另一家要填经营地址，才分得清。", field="address")


@transaction.atomic
def add_entity(
    *,
    unit: Unit,
    data: EntityData,
    by: Actor | None,
    now: datetime,
    source: str = Source.MANUAL,
) -> BusinessEntity:
    """Enter an entity of a township; whoever looks like it goes to the merge queue.

    Raises:
        DomainError: no name, a namesake, a zone of another township, a wrong phone.
    """
    if not unit.has_team:
        raise DomainError("经营主体登记在乡镇、街道、开发区名下。", field="unit")
    _check(data, unit)
    entity = BusinessEntity(unit=unit)
    entity.created_at = now
    entity.twin_no = free_twin_no(unit, data.name, is_twin=data.is_twin)
    contacts = _cleaned(data.contacts)
    write(
        entity,
        action="registry.entity.add",
        source=source,
        by=by,
        now=now,
        labels=data.labels,
        extra={"电话": ["", _masked(contacts)]} if contacts else None,
        **data.columns(),
    )
    _write_contacts(entity, contacts, source)
    suspect(entities=[entity], now=now)
    return entity


@transaction.atomic
def save_entity(
    *,
    entity: BusinessEntity,
    data: EntityData,
    version: int | None = None,
    by: Actor | None,
    now: datetime,
) -> bool:
    """Change an entity's facts and contacts; say whether anything changed.

    Raises:
        DomainError: as :func:`add_entity`; or somebody changed it since ``version``.
    """
    lock_version(entity, version)
    _check(data, entity.unit)
    if data.columns()["name"] != entity.name:
        entity.twin_no = free_twin_no(entity.unit, data.name, is_twin=data.is_twin, but=entity.pk)
    contacts = _cleaned(data.contacts)
    old = list(entity.contacts.order_by("order", "pk"))
    before = [NewContact(row.phone, row.name) for row in old]
    extra = None
    if before != contacts:
        extra = {"电话": [_masked(before), _masked(contacts)]}
    changed = write(
        entity,
        action="registry.entity.save",
        source=Source.MANUAL,
        by=by,
        now=now,
        labels=data.labels,
        extra=extra,
        **data.columns(),
    )
    if extra:
        _write_contacts(entity, contacts, Source.MANUAL)
    if changed:
        suspect(entities=[entity], now=now)
    return changed


# ---- contacts --------------------------------------------------------------------------------
def _cleaned(contacts: Iterable[NewContact]) -> list[NewContact]:
    """Return the contacts with normalised numbers, each number once."""
    found: dict[str, NewContact] = {}
    for one in contacts:
        if one.phone.strip():
            number = normalise(one.phone)
            found.setdefault(number, NewContact(number, one_line(one.name)))
    if len(found) > MOST_CONTACTS:
        raise DomainError(f"一家最多登记 {MOST_CONTACTS} 个号码。", field="contacts")
    return list(found.values())


def _masked(contacts: Iterable[NewContact]) -> str:
    """Write contacts for the log: no number in full."""
    return "、".join(f"{one.name}{mask(one.phone)}" for one in contacts)


def _write_contacts(entity: BusinessEntity, contacts: Sequence[NewContact], source: str) -> None:
    """Make an entity's contacts these; a number that stays keeps its source and its mark."""
    known = {row.phone: row for row in entity.contacts.all()}
    wanted = {one.phone for one in contacts}
    entity.contacts.exclude(
        pk__in=[row.pk for number, row in known.items() if number in wanted]
    ).delete()
    for order, one in enumerate(contacts):
        row = known.get(one.phone) or Contact(entity=entity, phone=one.phone, source=source)
        row.name, row.order = one.name, order
        save_checked(row)
    flag_phones([entity.pk])


@transaction.atomic
def mark_phone(*, contact: Contact, is_dead: bool, by: Actor | None, now: datetime) -> None:
    """Mark a number as dead (标记停机), or as answering again."""
    entity = contact.entity
    lock_version(entity, None)
    contact.refresh_from_db()
    if contact.is_dead == is_dead:
        return
    contact.is_dead, contact.dead_on = is_dead, day_of(now) if is_dead else None
    save_checked(contact)
    flag_phones([entity.pk])
    BusinessEntity.objects.filter(pk=entity.pk).update(version=entity.version + 1, changed_at=now)
    words = ["有效", "停机"]
    record(
        action="registry.contact.dead" if is_dead else "registry.contact.alive",
        by=by,
        target=entity,
        label=f"{entity.unit.name} {entity.name}",
        changes={f"号码 {mask(contact.phone)}": words if is_dead else words[::-1]},
    )


# ---- status ----------------------------------------------------------------------------------
@transaction.atomic
def set_status(
    *,
    entity: BusinessEntity,
    status: str,
    on: date,
    note: str = "",
    version: int | None = None,
    by: Actor | None,
    now: datetime,
) -> None:
    """Say how the registration stands: 注销, 吊销, 迁出, 失联, or 存续 again.

    Raises:
        DomainError: the same as before, a day that has not come, or 迁出 without saying where to.
    """
    lock_version(entity, version)
    if status not in EntityStatus.values:
        raise DomainError("请选一种状态。", field="status")
    if status == entity.status:
        raise DomainError(f"现在已经是“{entity.get_status_display()}”。", field="status")
    if on > day_of(now):
        raise DomainError("日期不能晚于今天。", field="on")
    if status == EntityStatus.MOVED_OUT and not one_line(note):
        raise DomainError("请写迁到哪里，如：迁至宝坻区。", field="note")
    write(
        entity,
        action=f"registry.entity.{status.lower()}",
        source=Source.MANUAL,
        by=by,
        now=now,
        status=status,
        status_on=on,
        status_note=one_line(note),
    )
