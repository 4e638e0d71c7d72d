"""What the backup tests share: a moment, a passphrase, people with encrypted numbers."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
WORDS = "correct horse battery"
ON_SQLITE = pytest.mark.skipif(
    "postgres" in os.environ.get("DATABASE_URL", ""), reason="只用于内嵌数据库"
)
ON_POSTGRES = pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", "") or shutil.which("pg_dump") is None,
    reason="需要 PostgreSQL 和 pg_dump",
)


def add_person(mobile):
    """Write a person with an encrypted number."""
    from apps.roster.models import Person, Unit

    return Person.objects.create(unit=Unit.objects.order_by("pk").first(), name="甲", mobile=mobile)


def rows(path, sql):
    """Return what a query finds in a database file."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()
