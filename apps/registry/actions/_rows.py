"""New entities of an import, written as plain rows.

Model instances and Django's own bulk insert cost four times as much as everything else together;
these rows are the same (a test compares them with ``add_entity``'s).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.phones import last_four, search_index, tail_index
from apps.core.pinyin import initials
from apps.registry import codes, names
from apps.registry.choices import EntityStatus
from apps.registry.facts import EntityFacts
from apps.registry.models import BusinessEntity, Contact, NameIndex
from apps.roster.models import Unit

LONGEST_INITIALS = 120
ACTIVE = EntityStatus.ACTIVE.value
SHOWN = 30  # names that the log's line spells out
ENTITY = (
    *("id", "unit", "zone", "name", "name_key", "name_initials", "twin_no", "kind", "principal"),
    *("address", "credit_code", "has_bad_code", "industry", "status", "status_on", "status_note"),
    *("sources", "has_phone", "has_dead_phone", "version", "created_at", "changed_at"),
)
CONTACT = (
    *("entity", "name", "phone", "phone_index", "phone_tail"),
    *("order", "is_dead", "dead_on", "source"),
)
INDEX = ("entity", "plain", "initials", "tokens")
TOLD = ("name", "kind", "principal", "zone", "address", "credit_code")


def _reserve(model: type[Model], count: int) -> list[int]:
    """Return fresh keys; on SQLite the transaction holds the only write lock."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
        start = last[0] if last else 0
        return list(range(start + 1, start + count + 1))


def _insert(model: type[Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(model._meta.get_field(name).column) for name in fields)  # type: ignore[union-attr,arg-type]
    head = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608  own names
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_values

            execute_values(cursor.cursor, head + "%s", rows, page_size=len(rows))
        else:
            cursor.executemany(f"{head}({', '.join(['%s'] * len(fields))})", rows)


def create_rows(
    unit: Unit,
    rows: Sequence[EntityFacts],
    zones: dict[str, int],
    stamp: list[str],
    by: Actor | None,
    now: datetime,
) -> list[list[int]]:
    """Write new entities with contacts and search rows; return [pk, version] of each.

    Rows whose name the township has already are left out: an import may be run again.
    """
    keyed = [(names.plain(facts.name), facts) for facts in rows]
    keys = [names.key_of_plain(plain) for plain, _ in keyed]
    there = set(
        BusinessEntity.objects.live()
        .filter(unit=unit, name_key__in=keys)
        .values_list("name_key", flat=True)
    )
    fresh: dict[str, tuple[str, EntityFacts]] = {}
    for key, pair in zip(keys, keyed, strict=True):
        if key and key not in there:
            fresh.setdefault(key, pair)
    if not fresh:
        return []
    pks = _reserve(BusinessEntity, len(fresh))
    moment = connection.ops.adapt_datetimefield_value(now)
    entities, contacts, index = [], [], []
    for pk, (key, (plain, facts)) in zip(pks, fresh.items(), strict=True):
        letters = initials(facts.name)[:LONGEST_INITIALS]
        zone = zones.get(facts.zone_name)
        entities.append(_entity(pk, unit.pk, zone, key, letters, facts, stamp, moment))
        contacts += _contacts(pk, facts.phones, stamp[0])
        index.append((pk, plain, letters, names.tokens(plain, letters)))
    _insert(BusinessEntity, ENTITY, entities)
    if contacts:
        _insert(Contact, CONTACT, contacts)
    _insert(NameIndex, INDEX, index)
    told = "、".join(facts.name for _, facts in list(fresh.values())[:SHOWN])
    record(
        action="registry.import.add",
        by=by,
        label=f"{unit.name} {len(pks)} 家",
        note=told,
        batch_size=len(pks),
    )
    return [[pk, 1] for pk in pks]


def _entity(
    pk: int,
    unit_id: int,
    zone_id: int | None,
    key: str,
    letters: str,
    facts: EntityFacts,
    stamp: list[str],
    moment: Any,
) -> tuple[Any, ...]:
    """Return an entity's row in the order of ``ENTITY``."""
    code = facts.credit_code
    kind = facts.kind or codes.kind_of(code)
    values = (facts.name, kind, facts.principal, zone_id, facts.address, code)
    sources = _sources(tuple(map(bool, values)), *stamp)
    status = facts.status or ACTIVE
    on = None if status == ACTIVE else facts.status_on or date.fromisoformat(stamp[1])
    return (
        *(pk, unit_id, zone_id, facts.name, key, letters, 0, kind, facts.principal),
        *(facts.address, code, bool(code and codes.check(code).problem), "", status),
        *(on, facts.status_note, sources, bool(facts.phones), False, 1, moment, moment),
    )


@lru_cache(maxsize=256)
def _sources(is_told: tuple[bool, ...], source: str, day: str) -> str:
    """Return where each told fact comes from, as the JSON column holds it."""
    told = zip(TOLD, is_told, strict=True)
    return json.dumps({name: [source, day] for name, is_there in told if is_there})


def _contacts(pk: int, phones: Iterable[str], source: str) -> list[tuple[Any, ...]]:
    """Return the contacts' rows in the order of ``CONTACT``, encrypted and indexed."""
    sealed = Contact._meta.get_field("phone")
    return [
        (
            *(pk, "", sealed.get_prep_value(number), search_index(number)),
            *(tail_index(last_four(number)), order, False, None, source),
        )
        for order, number in enumerate(dict.fromkeys(phones))
    ]
