"""A side table of tokens with the database's own full-text index, the same on both databases.

PostgreSQL keeps a GIN index over the tokens, SQLite an FTS5 table that triggers keep in step
(performance.md F.4). Tokens are pairs of characters, so words of two characters are found. A model
with a :class:`TokensField` calls :func:`install` after each migration; its primary key is the row
that is found.
"""

from typing import Any

from django.db import connection, models
from django.db.models import Lookup, Model

#: so many bits of a row's key make a small and a large block; see :func:`newest`
SMALL_BLOCK, LARGE_BLOCK = 16, 18
# text alone knows nothing of age: the blocks of the key stand in the index beside the tokens
_VECTOR = (
    "array_to_tsvector(string_to_array({tokens}, ' ')"
    f" || ARRAY['#' || ({{key}} >> {SMALL_BLOCK})::text,"
    f" '@' || ({{key}} >> {LARGE_BLOCK})::text])"
)


class TokensField(models.TextField):
    """Tokens by blanks; ``filter(tokens__holds=[("宏远", False), …])`` asks the full-text index."""


def _question(value: Any, joint: dict[str, str], connection: Any) -> str:
    is_postgres = connection.vendor == "postgresql"
    mark, star = ("'", ":*") if is_postgres else ('"', "*")
    pieces = [
        f"{mark}{token.replace(mark, '')}{mark}{star if is_beginning else ''}"
        for token, is_beginning in value
    ]
    return joint["postgresql" if is_postgres else "sqlite"].join(pieces)


class _Tokens(Lookup):
    """A question to the full-text index; ``joint`` says whether all tokens or one of them."""

    prepare_rhs = False
    joint = {"postgresql": " & ", "sqlite": " AND "}

    def question(self, value: Any, connection: Any) -> str:
        """Write the tokens in the database's own query language, quoted."""
        return _question(value, self.joint, connection)

    def key_of(self, column: str) -> str:
        """Return the column of the row's key beside the column of its tokens."""
        return column.replace('"tokens"', f'"{self.lhs.target.model._meta.pk.column}"')

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Use the GIN index."""
        column, params = self.process_lhs(compiler, connection)
        vector = _VECTOR.format(tokens=column, key=self.key_of(column))
        return f"{vector} @@ %s::tsquery", [*params, self.question(self.rhs, connection)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Use the FTS5 table."""
        column, params = self.process_lhs(compiler, connection)
        table = f"{self.lhs.target.model._meta.db_table}_fts"
        inner = f"SELECT rowid FROM {table} WHERE {table} MATCH %s"  # noqa: S608  own names
        return f"{self.key_of(column)} IN ({inner})", [
            *params,
            self.question(self.rhs, connection),
        ]


@TokensField.register_lookup
class Holds(_Tokens):
    """All the tokens are there; a token marked True may go on (it is only a beginning)."""

    lookup_name = "holds"


@TokensField.register_lookup
class HoldsAny(_Tokens):
    """At least one of the tokens is there."""

    lookup_name = "holds_any"
    joint = {"postgresql": " | ", "sqlite": " OR "}


def newest(model: type[Model], tokens: list[tuple[str, bool]], most: int) -> list[int]:
    """Return the highest keys of the rows that hold every token, at most ``most``, highest first.

    Asked for through the ORM, SQLite would walk the table from its end or give the oldest hits, and
    PostgreSQL might compare row by row; here the index alone is read. SQLite's keeps the order of
    the keys. PostgreSQL's does not, and would fetch every hit to find the newest of them: so it is
    asked for the two newest small blocks of keys first, then two large ones, then for all.
    """
    table, key = model._meta.db_table, str(model._meta.pk.column)
    question = _question(tokens, _Tokens.joint, connection)
    if connection.vendor != "postgresql":
        full = f"{table}_fts"
        sql = f"SELECT rowid FROM {full} WHERE {full} MATCH %s ORDER BY rowid DESC LIMIT %s"  # noqa: S608
        return _keys(sql, question, most)
    # OFFSET 0 keeps the planner from walking the keys in order and testing each row
    vector = _VECTOR.format(tokens="tokens", key=key)
    sql = (
        f"SELECT {key} FROM (SELECT {key} FROM {table} WHERE {vector}"  # noqa: S608  own names
        f" @@ %s::tsquery OFFSET 0) found ORDER BY {key} DESC LIMIT %s"
    )
    top = model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
    for mark, bits in (("#", SMALL_BLOCK), ("@", LARGE_BLOCK)):
        last = top >> bits
        if last < 2:  # two blocks are all there is
            break
        found = _keys(sql, f"{question} & ('{mark}{last}' | '{mark}{last - 1}')", most)
        if len(found) == most:
            return found
    return _keys(sql, question, most)


def _keys(sql: str, question: str, most: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [question, most])
        return [row[0] for row in cursor.fetchall()]


def install(connection: Any, model: type[Model]) -> None:
    """Make the full-text index of a model's ``tokens`` if it is not there, filled with its rows."""
    table = model._meta.db_table
    if table not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            vector = _VECTOR.format(tokens="tokens", key=model._meta.pk.column)
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS {table}_fts ON {table} USING gin (({vector}))"
            )
        else:
            _install_sqlite(cursor, table, str(model._meta.pk.column))


def _install_sqlite(cursor: Any, table: str, key: str) -> None:
    full = f"{table}_fts"
    cursor.execute("SELECT 1 FROM sqlite_master WHERE name = %s", [full])
    if cursor.fetchone() is None:
        cursor.execute(
            f"CREATE VIRTUAL TABLE {full} USING fts5(tokens, content='{table}',"
            f" content_rowid='{key}', tokenize='ascii', detail=none)"
        )
        cursor.execute(f"INSERT INTO {full}({full}) VALUES ('rebuild')")  # noqa: S608  own names
    add = f"INSERT INTO {full}(rowid, tokens) VALUES (NEW.{key}, NEW.tokens);"  # noqa: S608
    drop = (
        f"INSERT INTO {full}({full}, rowid, tokens)"  # noqa: S608  own names
        f" VALUES ('delete', OLD.{key}, OLD.tokens);"
    )
    for event, body in (("INSERT", add), ("DELETE", drop), ("UPDATE", drop + " " + add)):
        name = f"{full}_{event.lower()}"
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {body} END")
