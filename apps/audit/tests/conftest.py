"""Fixtures of the audit tests. Accounts are made without importing their app: it lies above."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from apps.audit.testing import empty_log, flushable
from apps.core.access import Scope


@pytest.fixture(scope="session", autouse=True)
def _flushable_log() -> Iterator[None]:
    with flushable():
        yield


@pytest.fixture(autouse=True)
def _empty_log(request: pytest.FixtureRequest) -> None:
    """The reference data of the session have left entries; these tests count their own."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        empty_log()


@dataclass(frozen=True)
class Somebody:
    """An actor without an account."""

    pk: int = 7
    username: str = "lichunsheng"
    display_name: str = "李春生"
    unit_id: int | None = 3
    unit_name: str = "渔阳镇"
    scope: Scope = field(default_factory=Scope)

    def has_perm(self, perm: str) -> bool:
        return True


@pytest.fixture
def somebody() -> Somebody:
    return Somebody()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def client_of(db: None) -> Callable[[str], Client]:
    """Return a function that logs in a fresh account with a role."""

    def enter(role: str) -> Client:
        moment = timezone.now()
        user = get_user_model().objects.create(
            username=f"test-{role.lower()}",
            name="周明远",
            opened_at=moment,
            must_change_password=False,
            password_changed_at=moment,
        )
        user.role_rows.create(role=role)
        client = Client()
        client.force_login(user, backend="apps.accounts.backends.RoleBackend")
        session = client.session
        session["began"] = session["seen"] = moment.timestamp()
        session.save()
        client.user = user
        return client

    return enter
