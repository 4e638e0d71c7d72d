"""Makes entries of the log through the only door there is."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.audit import actions
from apps.audit.models import AuditEntry
from apps.audit.testing import unprotected


def entries(count: int, **more: Any) -> list[AuditEntry]:
    """Record some acts of the system."""
    values = {"action": "roster.zone.save", "by": None, **more}
    return [actions.record(label=f"片区 {number}", **values) for number in range(count)]


def sealed(count: int, *, now: datetime | None = None, **more: Any) -> list[AuditEntry]:
    """Record and seal some acts."""
    made = entries(count, **more)
    assert actions.seal(now=now or timezone.now()) == count
    return made


def aged(entry: AuditEntry, seconds: int) -> None:
    """Let an entry be older than it is (before it is sealed)."""
    with unprotected():
        AuditEntry.objects.filter(pk=entry.pk).update(at=entry.at - timedelta(seconds=seconds))
