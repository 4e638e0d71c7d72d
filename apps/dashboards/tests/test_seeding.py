"""Bulk-written tickets leave no drift: stored clocks as replayed, tallies as recounted."""

import pytest

from apps.dashboards.actions import tallying
from apps.dashboards.actions.seeding import Gathered
from apps.tickets.actions.upkeep import check_clocks
from apps.tickets.demo import scripts
from apps.tickets.demo.copying import Follower
from apps.tickets.models import Clock, NumberSeries, Ticket, TicketIndex
from apps.tickets.tests.test_crowding import NOW, copied, crowd, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
__all__ = ["crowd"]


class Counting(Follower):
    """Keeps the tallies as the command does."""

    def __init__(self, calendar):
        self.gathered = Gathered(calendar)

    def take(self, mold, copies):
        self.gathered.take(mold.ticket, {**mold.rows, Clock: mold.clocks}, copies)

    def written(self):
        self.gathered.flush()


def test_no_drift_in_clocks_and_tallies(crowd):
    counting = Counting(crowd.stage.calendar)
    acts = [(9, scripts.plain, 4), (26, scripts.suspended, 5), (3, scripts.onsite, None)]
    for number, script, most in acts:
        recording = recorded(crowd, number, script, most=most)
        for back in (3, 25, 90):
            copied(crowd, recording, crowd.last - back, counting)
    counting.gathered.store(NOW)
    assert Ticket.objects.open().count() >= 4
    assert check_clocks(now=NOW, repair=False).drifted == 0
    assert tallying.check(now=NOW) == 0
    numbers = list(Ticket.objects.order_by("pk").values_list("number", flat=True))
    assert len(set(numbers)) == len(numbers)
    assert sum(NumberSeries.objects.values_list("last", flat=True)) == len(numbers)
    assert TicketIndex.objects.count() == len(numbers)
