"""Shared set-up of the tests: fast hashes, reference data once per session, and
the people that every test may meet: one account a role, in fixed places."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)


#: what lets a test see the database; without one of them it is refused (pytest-django)
DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that never see a database ``once``: on another one they say the same again."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if not names & DATABASE and item.get_closest_marker("django_db") is None:
            item.add_marker("once")


@pytest.fixture(scope="session", autouse=True)
def _quick_settings() -> None:
    """Cheap password hashes, plain static files, no timers from pages; the rest is production's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True

    from apps.core.middleware import TimerFallbackMiddleware

    # a test that takes minutes must not find its pages running the timers
    TimerFallbackMiddleware.EVERY_SECONDS = float("inf")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Load units, categories and holidays once; tests see them as an installation does."""
    from jizhou_service.reference import load_reference_data

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        load_reference_data()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No test sees the counters of another."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def var_dir() -> Path:
    """The folder that stands for an installation's data folder."""
    return Path(settings.VAR_DIR)


@pytest.fixture
def now():
    """A Wednesday, ten in the morning in Asia/Shanghai."""
    return NOW


@pytest.fixture
def make_user(db):
    """Open an account: ``make_user("OFFICER", unit="渔阳镇")``; its password is Password-1a."""
    from django.utils import timezone

    from apps.accounts import actions
    from apps.accounts.models import User
    from apps.roster.models import Unit

    def make(*roles, unit=None, username=None, person=None):
        found = Unit.objects.get(name=unit) if isinstance(unit, str) else unit
        username = username or f"u{User.objects.count() + 1:03d}"
        opened = actions.open_account(
            username=username,
            name=f"演示{username}",
            unit=found,
            roles=frozenset(roles),
            person=person,
            by=None,
            now=timezone.now(),
            password="Password-1a",
        )
        User.objects.filter(pk=opened.user.pk).update(
            must_change_password=False, password_changed_at=timezone.now()
        )
        return User.objects.select_related("unit").get(pk=opened.user.pk)

    return make


@pytest.fixture
def login():
    """Return a browser in which a person is logged in."""
    from django.utils import timezone

    def enter(user, **options):
        client = Client(**options)
        client.force_login(user, backend="apps.accounts.backends.RoleBackend")
        session = client.session
        session["began"] = session["seen"] = timezone.now().timestamp()
        session.save()
        return client

    return enter


@pytest.fixture
def officer(make_user):
    """为企服务人员 of 渔阳镇."""
    return make_user("OFFICER", unit="渔阳镇", username="officer")


@pytest.fixture
def team_leader(make_user):
    """The 处级 leader of 渔阳镇."""
    return make_user("TEAM_LEADER", unit="渔阳镇", username="teamleader")


@pytest.fixture
def neighbour(make_user):
    """The leader of another township: a stranger to 渔阳镇's editing."""
    return make_user("TEAM_LEADER", unit="下营镇", username="neighbour")


@pytest.fixture
def commissioner(make_user):
    """The 专员 of 区住房建设委."""
    return make_user("COMMISSIONER", unit="区住房建设委", username="commissioner")


@pytest.fixture
def office_chief(make_user):
    """The head of 区营商环境办."""
    return make_user("OFFICE_CHIEF", unit="区营商环境办", username="officechief")


@pytest.fixture
def sysadmin(make_user):
    """The system administrator."""
    return make_user("SYSADMIN", username="sysadmin")


@pytest.fixture
def secadmin(make_user):
    """The security administrator."""
    return make_user("SECADMIN", username="secadmin")


@pytest.fixture
def auditor(make_user):
    """The audit administrator."""
    return make_user("AUDITOR", username="auditor")
