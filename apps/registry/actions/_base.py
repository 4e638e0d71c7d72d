"""What every write of an entity shares: dated facts, version, search index, phone flags."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.registry import codes, names
from apps.registry.models import BusinessEntity, Contact, EntityLabel, NameIndex
from apps.roster.actions._base import change, day_of, lock
from apps.roster.models import Unit

NAMESAKE = (
    "{unit}已有同名的经营主体（负责人 {principal}）。是同一家请直接改那一家；"
    "确是另一家的，请勾选“同名，但不是同一家”并填经营地址。"
)
STALE = "这家经营主体刚刚被别人改过。请核对下面的内容后再保存，您写的内容已保留。"


def computed(entity: BusinessEntity) -> None:
    """Set the columns that follow from others; bulk writers call it too."""
    entity.name_key = names.key_of(entity.name)
    entity.has_bad_code = bool(codes.check(entity.credit_code).problem)
    if not entity.kind:
        entity.kind = codes.kind_of(entity.credit_code)


def index_row(entity: BusinessEntity) -> NameIndex:
    """Return the search row of an entity whose initials are set (that is, after its save)."""
    plain = names.plain(entity.name)
    return NameIndex(
        entity_id=entity.pk,
        plain=plain,
        initials=entity.name_initials,
        tokens=names.tokens(plain, entity.name_initials),
    )


def index_names(entities: Iterable[BusinessEntity]) -> None:
    """Write the search rows of saved entities, new or changed, in one statement."""
    NameIndex.objects.bulk_create(
        [index_row(entity) for entity in entities],
        update_conflicts=True,
        unique_fields=["entity"],
        update_fields=["plain", "initials", "tokens"],
    )


def free_twin_no(unit: Unit, name: str, *, is_twin: bool, but: int | None = None) -> int:
    """Return the number that tells an entity from its namesakes of the township.

    Raises:
        DomainError: there is a namesake and ``is_twin`` does not say that it is another entity.
    """
    same = BusinessEntity.objects.live().filter(unit=unit, name_key=names.key_of(name))
    if but is not None:
        same = same.exclude(pk=but)
    first = same.order_by("pk").first()
    if first is None:
        return 0
    if not is_twin:
        text = NAMESAKE.format(unit=unit.name, principal=first.principal or "未填")
        raise DomainError(text, field="name")
    return int(same.aggregate(last=Max("twin_no"))["last"]) + 1


def write(
    entity: BusinessEntity,
    *,
    action: str,
    source: str,
    by: Actor | None,
    now: datetime,
    note: str = "",
    labels: Iterable[EntityLabel] | None = None,
    extra: dict[str, list[str]] | None = None,
    **values: Any,
) -> bool:
    """Set fields, date them, save, index and record; say whether anything changed."""
    moved = {name for name, value in values.items() if getattr(entity, name) != value}
    kept = None if labels is None else sorted(label.pk for label in labels)
    if kept is not None and entity.pk:
        old = sorted(entity.labels.values_list("pk", flat=True))
        kept = None if old == kept else kept
    if entity.pk and not moved and kept is None and not extra:
        return False
    for name, value in values.items():
        setattr(entity, name, value)
    computed(entity)
    if entity.kind and not values.get("kind", entity.kind):  # told by the credit code
        values["kind"] = entity.kind
        moved.add("kind")
    stamp = [source, day_of(now).isoformat()]
    facts = {name: stamp for name in moved if values[name] not in ("", None)}
    entity.sources = {**entity.sources, **facts}
    entity.version = entity.version + 1 if entity.pk else 1
    entity.changed_at = now
    entity.created_at = entity.created_at or now
    change(
        entity,
        action=action,
        by=by,
        label=f"{entity.unit.name} {entity.name}",
        note=note,
        many=None if kept is None else {"labels": list(labels or [])},
        extra=extra,
        **values,
    )
    if "name" in moved:
        index_names([entity])
    return True


def lock_version(entity: BusinessEntity, version: int | None) -> None:
    """Make writers wait for each other; refuse when somebody was quicker.

    Raises:
        DomainError: the entity has another version than the one the form was filled in for.
    """
    lock(entity)
    entity.refresh_from_db()
    if entity.merged_into_id is not None:
        raise DomainError("这家已并入另一家，请改保留的那一家。")
    if version is not None and entity.version != version:
        raise DomainError(STALE)


def flag_phones(pks: Iterable[int]) -> None:
    """Bring the phone flags of entities in line with their contacts (three statements)."""
    wanted = list(pks)
    rows = Contact.objects.filter(entity_id__in=wanted).values_list("entity_id", "is_dead")
    good, dead = set[int](), set[int]()
    for pk, is_dead in rows:
        (dead if is_dead else good).add(pk)
    for has_phone in (True, False):
        for has_dead in (True, False):
            some = [pk for pk in wanted if (pk in good) == has_phone and (pk in dead) == has_dead]
            if some:
                BusinessEntity.objects.filter(pk__in=some).update(
                    has_phone=has_phone, has_dead_phone=has_dead
                )
