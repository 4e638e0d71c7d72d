"""What tests need: an audit log that refuses DELETE cannot be emptied between tests.

``conftest.py`` opens :func:`flushable` once per session; tests that tamper use :func:`unprotected`, tests that count
entries begin with :func:`empty_log`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.test import TransactionTestCase

from apps.audit import triggers
from apps.audit.models import AuditAnchor, AuditEntry, AuditSeal, PendingSeal


@contextmanager
def unprotected(alias: str = "default") -> Iterator[None]:
    """Lift the triggers, whatever happens put them back."""
    connection = connections[alias]
    triggers.remove(connection)
    try:
        yield
    finally:
        triggers.install(connection)


def empty_log() -> None:
    """Remove every row of the log: loading the reference data has written some."""
    with unprotected():
        for model in (AuditEntry, AuditSeal, AuditAnchor, PendingSeal):
            model._base_manager.all().delete()


@contextmanager
def flushable() -> Iterator[None]:
    """Let transactional tests flush: their clean-up lifts the triggers around its DELETE/TRUNCATE."""
    original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(case: Any) -> None:
        with unprotected():
            original(case)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]
    try:
        yield
    finally:
        TransactionTestCase._fixture_teardown = original  # type: ignore[attr-defined]
