"""The database itself refuses changes of the log."""

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import actions, triggers
from apps.audit.models import AuditAnchor, AuditEntry, AuditSeal
from apps.audit.testing import unprotected
from apps.audit.tests.factories import sealed

pytestmark = pytest.mark.django_db
TABLES = {
    "audit_auditentry": ("note", AuditEntry),
    "audit_auditseal": ("prev_hash", AuditSeal),
    "audit_auditanchor": ("file_name", AuditAnchor),
}


@pytest.fixture
def log(now):
    sealed(3)
    actions.anchor(now=now)


def refused(statement):
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("table", TABLES)
class TestTriggers:
    def test_refuse_update(self, log, table):
        refused(f"UPDATE {table} SET {TABLES[table][0]} = 'x'")  # noqa: S608

    def test_refuse_delete(self, log, table):
        refused(f"DELETE FROM {table}")  # noqa: S608

    def test_refuse_the_same_through_the_models(self, log, table):
        name, model = TABLES[table]
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**{name: "x"})
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()
        assert model.objects.exists()

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
    def test_refuse_truncate(self, log, table):
        refused(f"TRUNCATE {table}")

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no REPLACE")
    def test_refuse_to_replace_a_row(self, log, table):
        refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608


class TestInstalling:
    def test_can_be_repeated(self):
        triggers.install(connection)
        triggers.install(connection)
        assert triggers.missing(connection) == []

    def test_is_told_what_is_missing(self):
        triggers.remove(connection)
        expected = len(triggers.KEYS) * (3 if connection.vendor == "sqlite" else 2)
        assert len(triggers.missing(connection)) == expected
        triggers.install(connection)

    def test_is_repeated_after_migrations(self):
        from apps.audit.apps import _protect

        triggers.remove(connection)
        _protect(None, using="default")
        assert triggers.missing(connection) == []


class TestUnprotected:
    def test_puts_the_triggers_back_after_a_failure(self):
        with pytest.raises(RuntimeError), unprotected():
            raise RuntimeError
        assert triggers.missing(connection) == []


@pytest.mark.django_db(transaction=True)
class TestFlushing:
    def test_leaves_rows_for_the_next_test(self):
        sealed(2)

    def test_finds_an_empty_log_with_its_triggers(self):
        assert not AuditEntry.objects.exists()
        assert triggers.missing(connection) == []

    def test_undoes_a_lifting_that_failed(self):
        made = sealed(1)

        def act() -> None:
            with transaction.atomic(), triggers.lifted(connection):
                AuditEntry.objects.all().delete()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            act()
        assert triggers.missing(connection) == []
        assert AuditEntry.objects.get() == made[0]
