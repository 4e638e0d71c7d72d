"""Large demonstration data: a copy is what the actions would have written on that day."""

from datetime import timedelta
from random import Random

import pytest

from apps.accounts import demo as accounts_demo
from apps.core.bulk import follow_keys
from apps.registry import demo as registry_demo
from apps.roster import demo as roster_demo
from apps.tickets.demo import scripts, seeding
from apps.tickets.demo.copying import Copyist, Follower, read_towns
from apps.tickets.demo.crowding import Crowd
from apps.tickets.demo.play import Play, Stage
from apps.tickets.demo.recording import TABLES, Act, record_act
from apps.tickets.models import Clock, Ticket, TicketEvent
from apps.tickets.queries.search import find
from apps.tickets.tests.test_demo import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
#: what each copy has of its own
OWN = {"id", "number", "entity_id", "entity_name", "zone_id", "content", "title", "contact_name"}
OWN |= {"contact_phone", "contact_phone_index", "contact_phone_tail"}


@pytest.fixture
def crowd(db):
    """The demonstration's people, enterprises and three years of days."""
    rng = Random(20260318)
    roster_demo.seed(size="small", by=None, now=NOW, rng=rng)
    registry_demo.seed(size="small", by=None, now=NOW, rng=rng)
    accounts_demo.seed(now=NOW)
    return Crowd(size=100, now=NOW, rng=rng, stage=Stage.build(NOW, rng))


def recorded(crowd, number, script, **how):
    sample = next(one for one in seeding.samples() if one.number == number)
    start = crowd.days.days[crowd.last - 240]
    return record_act(Act(sample, script, **how), crowd.stage, start)


def copied(crowd, recording, place, follower=None):
    """Write one copy for the recording's own township; return the ticket."""
    towns = [
        town for town in read_towns(crowd.stage.cast) if town.unit.name == recording.act.sample.town
    ]
    copyist = Copyist(crowd.rng, follower or Follower())
    found = crowd.molder.snapshot_at(recording, place, timedelta(0), NOW)
    copyist.copy(crowd.molder.make(recording, found, place, timedelta(0)), towns)
    copyist.flush()
    follow_keys(list(copyist.rows))  # what is played next takes its keys from the database
    return Ticket.objects.order_by("-pk").first()


class TestCopy:
    def test_is_what_is_played_on_that_day(self, crowd):
        """Another week, the spring festival in between: due times and clocks are the played ones."""
        crowd.rng.seed(1)  # what enterprises say is drawn
        recording = recorded(crowd, 40, scripts.plain)
        assert not Ticket.objects.exists()
        place = crowd.days.index(NOW.date().replace(month=2, day=11))
        copy = copied(crowd, recording, place)
        act = recording.act
        crowd.rng.seed(1)
        again = record_act(act, crowd.stage, crowd.days.days[place]).snapshots[-1]
        for field in Ticket._meta.concrete_fields:
            if field.attname not in OWN:
                here, there = (getattr(one, field.attname) for one in (copy, again.ticket))
                assert here == there, field.attname
        for model in TABLES:
            mine = list(model.objects.filter(ticket=copy).order_by("pk"))
            assert len(mine) == len(again.rows[model]), model
        events = copy.events.order_by("seq").values_list("seq", "code", "at", "by_id", "to_status")
        played = [
            (one.seq, one.code, one.at, one.by_id, one.to_status) for one in again.rows[TicketEvent]
        ]
        assert list(events) == played
        clocks = Clock.objects.filter(ticket=copy)
        assert clocks.exists()
        assert not clocks.filter(stopped_at__isnull=True).exists()

    def test_can_be_worked_on(self, crowd):
        """Keys go on after the written ones; the words are found."""
        copy = copied(crowd, recorded(crowd, 9, scripts.plain, most=1), crowd.last - 2)
        sample = next(one for one in seeding.samples() if one.number == 3)
        play = Play(crowd.stage, sample, crowd.days.days[crowd.last - 1])
        played = play.run(scripts.onsite)
        assert played.pk > copy.pk
        assert copy in find(Ticket.objects.all(), copy.title[:6], 5)


class TestDays:
    def test_all_tickets_are_given_out_and_the_newest_days_are_not_fuller(self, crowd):
        shares = crowd.shares()
        assert sum(shares) == 100
        assert max(shares) <= 2
