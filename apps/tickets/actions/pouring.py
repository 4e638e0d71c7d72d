"""The one bulk writer of tickets: for demonstration data, never for work.

It writes the rows that the actions would have written, without asking the table of transitions:
whoever calls it has taken them from moves that the actions made (``demo.recording``). Nobody is
told of such tickets, and the log has one entry for each batch (decisions.md 33).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from apps.audit.actions import record
from apps.core import fulltext
from apps.core.bulk import follow_keys, pour_rows
from apps.tickets.models import NumberSeries, Ticket, TicketIndex

#: memory for the pages of the embedded database while it is being filled, in KiB
SQLITE_CACHE = 400_000


@transaction.atomic
def write_batch(rows: Mapping[Any, Sequence[Sequence[Any]]], numbers: Mapping[str, int]) -> None:
    """Write the rows of whole tickets, table by table, with the numbers they have used up.

    ``rows`` are in the form of :func:`apps.core.bulk.pour_rows`; tables in an order in which each
    refers only to the ones before.
    """
    for model, found in rows.items():
        if found:
            pour_rows(model, found)
    for month, last in numbers.items():
        NumberSeries.objects.update_or_create(month=month, defaults={"last": last})
    count = len(rows[Ticket])
    record(action="tickets.demo", by=None, label=f"{count} 件演示工单", batch_size=count)


def begin(models: Sequence[Any]) -> list[str]:
    """Take the indexes away while rows are written; return the statements that make them anew."""
    table = TicketIndex._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP INDEX IF EXISTS {table}_fts")
        else:
            cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE}")
            for event in ("insert", "delete", "update"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_fts_{event}")
            cursor.execute(f"DROP TABLE IF EXISTS {table}_fts")
        kept = _indexes(cursor, [model._meta.db_table for model in models])
        for name in kept:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return list(kept.values())


def _indexes(cursor: Any, tables: Sequence[str]) -> dict[str, str]:
    """Return {name: statement} of the tables' indexes; those of unique constraints stay."""
    marks = ", ".join(["%s"] * len(tables))
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"  # noqa: S608
            f" AND tablename IN ({marks}) AND indexdef LIKE 'CREATE INDEX %%'",
            list(tables),
        )
    else:
        cursor.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ({marks})"  # noqa: S608
            " AND sql LIKE 'CREATE INDEX %%'",
            list(tables),
        )
    return dict(cursor.fetchall())


def finish(models: Sequence[Any], indexes: Sequence[str]) -> None:
    """Make the indexes, let keys go on after those written, and tell the planner how much there is."""
    with connection.cursor() as cursor:
        for statement in indexes:
            cursor.execute(statement)
    fulltext.install(connection, TicketIndex)
    follow_keys(models)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
