"""manage.py seed_demo: invented, deterministic, only into an empty database."""

import io

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.accounts.models import User
from apps.roster.models import Officer, Person, Zone

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def seed(settings, tmp_path):
    """Seed, look, and undo; return what was found."""
    settings.DEMO_ACCOUNTS_FILE = tmp_path / "demo_accounts.txt"

    def run(size):
        out = io.StringIO()
        with time_machine.travel("2026-03-18T02:00:00Z", tick=False), transaction.atomic():
            call_command("seed_demo", size=size, without_tickets=True, stdout=out)
            found = {
                "people": sorted(
                    Person.objects.values_list("unit__name", "name", "title", "landline")
                ),
                "mobiles": sorted(person.mobile for person in Person.objects.all()),
                "zones": sorted(Zone.objects.values_list("unit__name", "name")),
                "officers": sorted(Officer.objects.values_list("zone__name", "person__name")),
                "accounts": sorted(User.objects.values_list("username", "unit__name")),
            }
            transaction.set_rollback(True)
        return found, out.getvalue()

    return run


class TestSeedDemo:
    def test_gives_the_same_twice(self, seed):
        first, second = seed("small")[0], seed("small")[0]
        assert first == second
        assert len(first["people"]) > 200
        assert len(first["accounts"]) == 15

    def test_prints_each_password_once_and_keeps_them_to_the_owner(self, seed, settings):
        said = seed("small")[1]
        kept = settings.DEMO_ACCOUNTS_FILE.read_text(encoding="utf-8").splitlines()
        assert len(kept) == 15
        assert all(line.strip() in said for line in kept)
        assert settings.DEMO_ACCOUNTS_FILE.stat().st_mode & 0o777 == 0o600

    @pytest.mark.once
    def test_grows_with_the_size_and_covers_every_unit(self, seed):
        small, medium = (seed(size)[0] for size in ("small", "medium"))
        counts = [len(found["zones"]) for found in (small, medium)]
        assert counts[0] < counts[1] / 1.5
        for found in (small, medium):
            assert len({unit for unit, _ in found["zones"]}) == 28

    def test_refuses_an_unknown_size(self):
        with pytest.raises(CommandError, match="huge"):
            call_command("seed_demo", "--size", "huge")

    def test_refuses_a_database_in_use(self, make_user):
        make_user("SYSADMIN")
        with pytest.raises(CommandError, match="演示数据只能写入空库"):
            call_command("seed_demo")
