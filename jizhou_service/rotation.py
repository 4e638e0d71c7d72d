"""Rotate the field keys: a new key encrypts, every stored value is rewritten, old keys go."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from apps.core.crypto import Keyring, keyring, new_key_line
from apps.core.errors import DomainError
from jizhou_service.backups.columns import Column, encrypted_columns, key_ids
from jizhou_service.backups.examine import run
from jizhou_service.backups.manifest import sync_folder

CHUNK = 500


def key_file() -> Path:
    """Return the file of the keys.

    Raises:
        DomainError: the keys come by environment; only its owner can change them.
    """
    if settings.FIELD_KEYS:
        raise DomainError(
            "字段密钥由 FIELD_KEYS 提供：请先在第一行加上新密钥并重启，再执行 --continue。"
        )
    return Path(settings.FIELD_KEYS_FILE)


def _write(path: Path, lines: list[str]) -> None:
    """Replace the file in one step; nobody ever reads half a keyring."""
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="ascii") as handle:
        handle.write("\n".join(lines) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    sync_folder(path.parent)
    keyring.cache_clear()


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]


def add_key() -> str:
    """Write a new random key as the first line; return its id."""
    ring, path = keyring(), key_file()
    numbers = [int(name[1:]) for name in ring.keys if name[:1] == "k" and name[1:].isdecimal()]
    key_id = f"k{max(numbers, default=0) + 1}"
    _write(path, [new_key_line(key_id), *_lines(path)])
    return key_id


def in_use() -> dict[str, int]:
    """Return how many stored values need each key."""
    return key_ids(run, connection.vendor, set(connection.introspection.table_names()))


def is_unfinished() -> bool:
    """Whether values under an older key are left (a former rotation was interrupted)."""
    return bool(set(in_use()) - {keyring().active})


def _chunk(column: Column, ring: Keyring, after: object | None) -> tuple[object | None, int]:
    """Re-encrypt up to CHUNK values in one transaction; return (last key, how many)."""
    table, key, name = column.quoted()
    where, values = f"{name} <> '' AND {name} NOT LIKE %s", [f"{ring.active}:%"]
    if after is not None:
        where, values = f"{where} AND {key} > %s", [*values, after]  # type: ignore[list-item]
    count = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {name} FROM {table} WHERE {where} ORDER BY {key} LIMIT {CHUNK}",  # noqa: S608
            values,
        )
        rows = cursor.fetchall()
        for row_key, stored in rows:
            text = ring.decrypt(stored, purpose=column.purpose)
            fresh = ring.encrypt(text, purpose=column.purpose)
            # compared with what was read: a value changed meanwhile stays as it was changed
            cursor.execute(
                f"UPDATE {table} SET {name} = %s WHERE {key} = %s AND {name} = %s",  # noqa: S608
                [fresh, row_key, stored],
            )
            count += cursor.rowcount
    return (rows[-1][0] if rows else None), count


def reencrypt(progress: Callable[[str, int], None]) -> int:
    """Bring every value under the first key; may be interrupted and repeated. Returns how many.

    Raises:
        DomainError: a value does not decrypt; what was done before stays done.
    """
    ring, total = keyring(), 0
    for column in _existing_columns():
        last, done = None, 0
        while True:
            last, count = _chunk(column, ring, last)
            done += count
            if last is None:
                break
        total += done
        progress(column.label, done)
    return total


def _existing_columns() -> Iterator[Column]:
    present = set(connection.introspection.table_names())
    return (column for column in encrypted_columns() if column.table in present)


def drop_old() -> list[str]:
    """Remove the keys that no stored value needs; return their ids.

    Raises:
        DomainError: values under an old key are left.
    """
    ring, path, used = keyring(), key_file(), in_use()
    old = [name for name in ring.keys if name != ring.active]
    needed = [f"{name}（{used[name]} 个）" for name in old if used.get(name)]
    if needed:
        raise DomainError(f"还有内容使用旧密钥 {'、'.join(needed)}，请先执行 rotate_field_keys。")
    keep = [line for line in _lines(path) if line.strip().partition(":")[0] not in old]
    if old:
        _write(path, keep)
    return old
