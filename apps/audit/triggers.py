"""Database triggers that make the audit log append-only on SQLite and PostgreSQL.

They stop mistakes and ordinary tampering; whoever owns the database can remove them, which the
chain of seals and its outside anchors then show.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: the protected tables and their keys
KEYS = {"audit_auditentry": "id", "audit_auditseal": "seq", "audit_auditanchor": "id"}
MESSAGE = "这类记录只增不改"
FUNCTION = "audit_refuse_change"


def protect(table: str, key: str) -> None:
    """Announce a further append-only table; called in ``AppConfig.ready``, made by ``install``."""
    KEYS[table] = key


def _sqlite(table: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    key = KEYS[table]
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608  own constants
    return {
        f"{table}_no_update": f"BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} {refuse}",
        # INSERT OR REPLACE removes a row without firing the trigger on DELETE
        f"{table}_no_replace": f"BEFORE INSERT ON {table} WHEN {taken} {refuse}",
    }


def _postgresql(table: str) -> dict[str, str]:
    run = f"EXECUTE FUNCTION {FUNCTION}()"
    return {
        f"{table}_no_change": f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {run}",
        f"{table}_no_truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    }


def _wanted(connection: Any) -> dict[str, tuple[str, str]]:
    """Return {trigger: (table, definition)} for the tables that exist."""
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    present = set(connection.introspection.table_names())
    return {
        name: (table, body)
        for table in KEYS
        if table in present
        for name, body in make(table).items()
    }


def install(connection: Any) -> None:
    """Make the triggers; those that exist are made anew. Tables that do not exist are left out."""
    wanted = _wanted(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and wanted:
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$"
            )
        _drop(cursor, connection, wanted)
        for name, (_, body) in wanted.items():
            cursor.execute(f"CREATE TRIGGER {name} {body}")


def _drop(cursor: Any, connection: Any, wanted: dict[str, tuple[str, str]]) -> None:
    for name, (table, _) in wanted.items():
        where = f" ON {table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")


def remove(connection: Any) -> None:
    """Drop the triggers."""
    with connection.cursor() as cursor:
        _drop(cursor, connection, _wanted(connection))


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    """Work without the triggers; put back even when the work fails.

    Only inside a transaction: the database undoes the lifting together with failed work.
    """
    remove(connection)
    yield
    install(connection)


def missing(connection: Any) -> list[str]:
    """Return the names of triggers that should be there and are not."""
    question = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(question)
        present = {row[0] for row in cursor.fetchall()}
    return sorted(set(_wanted(connection)) - present)
