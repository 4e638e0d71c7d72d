"""Write many rows in one statement, on both databases.

Django's ``bulk_update`` writes a CASE per column and row, which costs some 0.5 ms a row; a join
with a list of values costs a hundredth of it. Its ``bulk_create`` builds an instance and resolves
an expression per cell, which costs more than the database does.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

BATCH = 500
#: what COPY must not meet in a text, the backslash first
_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"))


def insert_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values for the named columns (attnames); other columns get their defaults.

    Constraints hold as ever (IntegrityError); keys are not returned, and no signals are sent.
    """
    given = set(columns)
    fields: list[Any] = [_field(model, name) for name in columns]
    others: list[Any] = [
        one
        for one in model._meta.concrete_fields
        if not one.primary_key and one.attname not in given
    ]
    fixed = [one.get_db_prep_save(one.get_default(), connection) for one in others]
    makers = [_preparer(one) for one in fields]
    ready = [
        [*(make(value) for make, value in zip(makers, row, strict=True)), *fixed] for row in rows
    ]
    quote = connection.ops.quote_name
    names = ", ".join(quote(one.column) for one in [*fields, *others])
    one_row = f"({', '.join(['%s'] * (len(fields) + len(others)))})"
    head = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES "  # noqa: S608
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # one prepared statement, run for each row
            cursor.executemany(head + one_row, ready)
            return
        for start in range(0, len(ready), BATCH):
            part = ready[start : start + BATCH]
            places = ", ".join([one_row] * len(part))
            cursor.execute(head + places, [value for row in part for value in row])


def _field(model: type[Model], name: str) -> Any:
    """Return a field by its attname, so that foreign keys are set by their id."""
    return next(one for one in model._meta.concrete_fields if one.attname == name)


def _preparer(field: Any) -> Callable[[Any], Any]:
    """Return what makes a value of a field ready; the same value is made ready once."""
    known: dict[Any, Any] = {}

    def make(value: Any) -> Any:
        try:
            return known[value]
        except KeyError:
            known[value] = ready = field.get_db_prep_save(value, connection)
            return ready
        except TypeError:  # a dict or a list
            return field.get_db_prep_save(value, connection)

    return make


def update_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Set columns of the rows whose keys come first in each of ``rows``; return how many changed.

    ``columns`` are field names (attnames of foreign keys); a row is (key, value, value, …).
    """
    changed = 0
    for start in range(0, len(rows), BATCH):
        changed += _update(model, columns, rows[start : start + BATCH])
    return changed


def _update(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    key: Any = model._meta.pk
    fields = [key, *(_field(model, name) for name in columns)]
    quote = connection.ops.quote_name
    places, names = [], []
    for number, field in enumerate(fields, 1):
        # SQLite names the columns of a VALUES list itself; PostgreSQL wants to know their types
        is_typed = connection.vendor == "postgresql"
        places.append(f"%s::{field.rel_db_type(connection)}" if is_typed else "%s")
        names.append(f"column{number}")
    sets = ", ".join(
        f"{quote(field.column)} = v.{name}"
        for field, name in zip(fields[1:], names[1:], strict=True)
    )
    table = quote(model._meta.db_table)
    one = f"({', '.join(places)})"
    sql = (
        f"UPDATE {table} SET {sets} FROM (VALUES {', '.join([one] * len(rows))}) AS v "  # noqa: S608
        f"WHERE {table}.{quote(key.column)} = v.column1"
    )
    makers = [_preparer(field) for field in fields]
    values = [make(value) for row in rows for make, value in zip(makers, row, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def pour_rows(model: type[Model], rows: Sequence[Sequence[Any]]) -> None:
    """Write many rows of one table as fast as the database takes them; for bulk writers only.

    Each row has every column of the model in the order of its fields, already in the form that the
    database stores. PostgreSQL is fed by COPY, SQLite by one prepared statement. Defaults, signals
    and ``pre_save`` are the caller's business, and so are sequences (:func:`follow_keys`).
    """
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(one.column)) for one in model._meta.concrete_fields)
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lines = "".join("\t".join(map(_copied, row)) + "\n" for row in rows)
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(lines))
            return
        places = ", ".join(["?"] * len(model._meta.concrete_fields))
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608
        connection.connection.executemany(sql, rows)


def _copied(value: Any) -> str:
    """Return a value in the text form of COPY."""
    if value is None:
        return "\\N"
    text = str(value)
    if isinstance(value, str) and ("\\" in text or "\n" in text or "\t" in text or "\r" in text):
        for sign, written in _ESCAPES:
            text = text.replace(sign, written)
    return text


def follow_keys(models: Sequence[type[Model]]) -> None:
    """Let the sequences go on after rows were written with their keys (PostgreSQL)."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)
