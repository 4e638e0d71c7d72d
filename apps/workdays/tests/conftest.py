"""People who open the calendar, and empty lists of followers."""

import pytest

from apps.workdays import hooks, queries


@pytest.fixture
def editor(make_user, login):
    """A client of somebody who keeps the calendar."""
    return login(make_user("OFFICE_CLERK", unit="区营商环境办"))


@pytest.fixture
def reader(make_user, login):
    """A client of somebody who only reads it."""
    return login(make_user("OFFICER", unit="渔阳镇"))


@pytest.fixture
def no_hooks(monkeypatch):
    """Empty lists of followers, put back afterwards."""
    monkeypatch.setattr(hooks, "_impacts", [])
    monkeypatch.setattr(hooks, "_changed", [])


@pytest.fixture(autouse=True)
def _calendar_of_the_test_alone():
    """A calendar read while a test plays with the days is not the next test's."""
    before = queries._cached
    yield
    queries._cached = before
