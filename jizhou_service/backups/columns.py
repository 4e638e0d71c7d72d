"""Which columns are encrypted, and which keys their values need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from apps.core.fields import EncryptedTextField

#: runs a query without parameters and returns the rows
Run = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Column:
    """One encrypted column; ``purpose`` is bound into each value."""

    table: str
    key: str
    name: str
    purpose: str
    label: str

    def quoted(self) -> tuple[str, str, str]:
        """Return table, key and column for SQL; names come from our own models."""
        return f'"{self.table}"', f'"{self.key}"', f'"{self.name}"'


def encrypted_columns() -> Iterator[Column]:
    """Yield the encrypted columns of all models."""
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.proxy or not meta.managed or meta.pk is None:
            continue
        for field in meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield Column(
                    table=meta.db_table,
                    key=str(meta.pk.column),
                    name=str(field.column),
                    purpose=field.purpose,
                    label=f"{meta.verbose_name}的{field.verbose_name}",
                )


def key_ids(run: Run, vendor: str, tables: set[str]) -> dict[str, int]:
    """Return how many values need each key id, over all encrypted columns that exist."""
    counts: dict[str, int] = {}
    for column in encrypted_columns():
        if column.table not in tables:
            continue
        table, _, name = column.quoted()
        prefix = f"split_part({name}, ':', 1)"
        if vendor == "sqlite":
            prefix = f"substr({name}, 1, instr({name}, ':') - 1)"
        sql = f"SELECT {prefix}, COUNT(*) FROM {table} WHERE {name} <> '' GROUP BY 1"  # noqa: S608
        for key_id, count in run(sql):
            counts[str(key_id)] = counts.get(str(key_id), 0) + int(count)
    return counts
