"""Every statement of every action fails once: nothing is left half-done, a retry succeeds."""

import pytest

from apps.accounts import actions
from apps.accounts.models import User
from apps.core.reveal import Revealable
from apps.core.tests.faults import every_statement_fails_once
from apps.roster.models import Person, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def verbs(now, sysadmin, officer):
    """Each writing action, ready to be called."""
    unit = Unit.objects.get(name="渔阳镇")
    person = Person.objects.create(unit=unit, name="钱二", mobile="13900000003")
    kind = Revealable("person", "人员", ("mobile",), lambda user, pk: person)
    return {
        "open": lambda: actions.open_account(
            username="lichunsheng", name="李春生", unit=unit, roles=frozenset({"OFFICER"}),
            by=sysadmin, now=now,
        ),
        "roles": lambda: actions.set_roles(
            user=officer, roles=frozenset({"OFFICER", "LIAISON"}), by=sysadmin, now=now
        ),
        "close": lambda: actions.close_account(user=officer, by=sysadmin, now=now, reason="调离"),
        "reset": lambda: actions.reset_password(user=officer, by=sysadmin, now=now),
        "change": lambda: actions.change_password(
            user=User.objects.get(pk=officer.pk), new_password="Quiet-River7", keep_session="", now=now
        ),
        "reveal": lambda: actions.reveal(
            kind=kind, target=person, field="mobile", reason="CONTACT", note="", by=officer, now=now
        ),
        "second factor": lambda: actions.confirm_second_factor(
            user=officer, key="00" * 20, by=officer, now=now
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["open", "roles", "close", "reset", "change", "reveal", "second factor"]
)
def test_leaves_all_or_nothing(verbs, name):
    assert every_statement_fails_once(verbs[name]) >= 3


def test_would_notice_an_action_that_is_not_atomic(now, officer):
    def careless():
        actions.save_draft(user=officer, form="a", ref="", content="x", now=now)
        actions.save_draft(user=officer, form="b", ref="", content="x", now=now)

    with pytest.raises(AssertionError, match="half-done"):
        every_statement_fails_once(careless)
