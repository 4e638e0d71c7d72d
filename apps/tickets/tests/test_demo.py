"""The demonstration: something in every state and tier, all of it in order."""

from datetime import UTC, datetime
from random import Random

import pytest

from apps.accounts import demo as accounts_demo
from apps.core.errors import DomainError
from apps.registry import demo as registry_demo
from apps.roster import demo as roster_demo
from apps.tickets import demo
from apps.tickets.choices import Status, Tier
from apps.tickets.models import Ticket
from apps.tickets.tests.invariants import check_all, check_district

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@pytest.fixture
def district(db):
    """Everybody of the demonstration, and the enterprises."""
    rng = Random(20260318)
    roster_demo.seed(size="small", by=None, now=NOW, rng=rng)
    registry_demo.seed(size="small", by=None, now=NOW, rng=rng)
    accounts_demo.seed(now=NOW)
    return rng


class TestSmall:
    def test_leaves_something_in_every_state_and_some_of_it_late(self, district):
        count = demo.seed(size="small", now=NOW, rng=district)
        assert count == 45
        bench = Ticket.objects.open().filter(first_receiver__username="officer")
        assert bench.filter(status=Status.REGISTERED).exists()
        assert bench.filter(status=Status.PROCESSING).exists()
        states = set(Ticket.objects.values_list("status", flat=True))
        assert states == set(Status)
        assert set(Ticket.objects.values_list("tier", flat=True)) == set(Tier)
        assert Ticket.objects.overdue(NOW).count() >= 2
        assert Ticket.objects.yellow(NOW).exists()
        assert Ticket.objects.filter(is_suspended=True).exists()
        assert Ticket.objects.exclude(answer_grade="").exists()
        for ticket in Ticket.objects.exclude(status=Status.DRAFT):
            check_all(ticket, NOW)
        check_district()
        with pytest.raises(DomainError, match="演示数据只写入空的库"):
            demo.seed(size="small", now=NOW, rng=district)
