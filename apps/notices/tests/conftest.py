"""Fixtures of the message tests."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import RoleRow, User
from apps.audit.testing import flushable
from apps.notices import recipients, senders
from apps.notices.choices import Channel
from apps.notices.senders import Outgoing, SendError


@pytest.fixture(scope="session", autouse=True)
def _flushable_log() -> Iterator[None]:
    with flushable():
        yield


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def user_of(db: None, now: datetime) -> Callable[..., User]:
    """Return a function that opens an account with a role."""

    def make(name: str, role: str = "OFFICER", **more: object) -> User:
        values = {"must_change_password": False, "password_changed_at": now, "opened_at": now}
        user = User.objects.create(username=name, name=f"测试{name}", **{**values, **more})
        RoleRow.objects.create(user=user, role=role)
        return user

    return make


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Return a function that logs an account in."""

    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="apps.accounts.backends.RoleBackend")
        session = client.session
        session["began"] = session["seen"] = timezone.now().timestamp()
        session.save()
        return client

    return enter


class FakeSender:
    """A channel that remembers what it was given and fails when it is told to."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.failing = False
        self.before = lambda message: None
        self.is_on = True

    def is_configured(self) -> bool:
        return self.is_on

    def send(self, message: Outgoing) -> None:
        self.before(message)
        if self.failing:
            raise SendError("对方没有回应")
        self.sent.append(message)


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeSender]:
    """Both channels are on, everybody has an address."""
    fakes = {Channel.EMAIL: FakeSender(), Channel.WECOM: FakeSender()}
    monkeypatch.setattr(senders, "SENDERS", fakes)
    monkeypatch.setitem(
        recipients._addresses, Channel.EMAIL.value, lambda user: f"{user.username}@test.example"
    )
    return fakes
