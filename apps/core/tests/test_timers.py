"""Recurring work: due once, whoever triggers; one failure stops no other."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from apps.core import clock, timers
from apps.core.middleware import TimerFallbackMiddleware
from apps.core.models import TimerState

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)


@pytest.fixture
def only(monkeypatch):
    """An empty registry for the test, so that the product's own timers stay out."""
    monkeypatch.setattr(timers, "_timers", {})
    return timers


@pytest.mark.django_db
class TestRunDue:
    def test_runs_a_due_timer_and_sets_the_next_time(self, only):
        only.register(name="a", label="甲", every_seconds=60, run=lambda now: 3)
        assert only.run_due(now=NOW) == {"a": 3}
        state = TimerState.objects.get(name="a")
        assert state.next_due_at == NOW + timedelta(seconds=60)
        assert state.last_success_at == NOW

    def test_does_nothing_before_the_time(self, only):
        only.register(name="a", label="甲", every_seconds=60, run=lambda now: 3)
        only.run_due(now=NOW)
        assert only.run_due(now=NOW + timedelta(seconds=59)) == {}
        assert only.run_due(now=NOW + timedelta(seconds=60)) == {"a": 3}

    def test_catches_up_once_after_an_outage(self, only):
        only.register(name="a", label="甲", every_seconds=60, run=lambda now: 1)
        only.run_due(now=NOW)
        assert only.run_due(now=NOW + timedelta(days=3)) == {"a": 1}
        assert only.run_due(now=NOW + timedelta(days=3)) == {}

    def test_lets_only_one_of_two_triggers_work(self, only):
        inner = []

        def run(now):
            inner.append(only.run_due(now=now))
            return 1

        only.register(name="a", label="甲", every_seconds=60, run=run)
        assert only.run_due(now=NOW) == {"a": 1}
        assert inner == [{}]

    def test_takes_over_when_the_lease_of_a_dead_process_has_run_out(self, only):
        only.register(name="a", label="甲", every_seconds=60, run=lambda now: 1)
        TimerState.objects.create(name="a", next_due_at=NOW, lease_until=NOW + timedelta(seconds=5))
        assert only.run_due(now=NOW) == {}
        assert only.run_due(now=NOW + timedelta(seconds=6)) == {"a": 1}

    def test_is_taken_over_after_its_own_lease(self, only):
        leases = []

        def run(now):
            leases.append(TimerState.objects.get(name="a").lease_until - now)
            return 1

        only.register(name="a", label="甲", every_seconds=60, run=run, lease_seconds=15)
        only.run_due(now=NOW)
        assert leases == [timedelta(seconds=15)]

    def test_goes_on_with_the_others_when_one_fails(self, only, caplog):
        def broken(now):
            raise RuntimeError("电话 13800001234")

        only.register(name="a", label="甲", every_seconds=60, run=broken)
        only.register(name="b", label="乙", every_seconds=60, run=lambda now: 2)
        assert only.run_due(now=NOW) == {"a": -1, "b": 2}
        state = TimerState.objects.get(name="a")
        assert state.failures == 1
        assert state.next_due_at == NOW + timedelta(seconds=10)

    def test_rests_longer_each_time_it_fails_and_a_minute_at_most(self, only):
        def broken(now):
            raise RuntimeError("it fails again")

        only.register(name="a", label="甲", every_seconds=10, run=broken)
        moment, pauses = NOW, []
        for failures in range(1, 6):
            assert only.run_due(now=moment) == {"a": -1}
            state = TimerState.objects.get(name="a")
            assert state.failures == failures
            pauses.append((state.next_due_at - moment).total_seconds())
            moment = state.next_due_at
        assert pauses == [10, 20, 40, 60, 60]

    def test_takes_first_what_must_be_taken_over_soonest(self, only):
        order = []
        for name, lease in (("a", 120), ("b", 15)):
            only.register(
                name=name, label=name, every_seconds=10, lease_seconds=lease,
                run=lambda now, name=name: order.append(name) or 1,
            )  # fmt: skip
        only.run_due(now=NOW)
        assert order == ["b", "a"]

    @pytest.mark.parametrize("lease", [None, NOW + timedelta(seconds=15)])
    def test_go_on_after_the_wall_clock_was_set_back(self, only, monkeypatch, lease):
        """Nothing moves the row for its interval, its lease and a minute, by the steady clock."""
        seconds = [0.0]
        monkeypatch.setattr(timers.clock, "steady", lambda: seconds[0])
        monkeypatch.setattr(timers, "_watch", timers._Watch())
        only.register(name="a", label="甲", every_seconds=10, run=lambda now: 1, lease_seconds=15)
        TimerState.objects.create(name="a", next_due_at=NOW, lease_until=lease)
        early = NOW - timedelta(hours=1)
        assert only.run_due(now=early) == {}
        seconds[0] = 74.0
        assert only.run_due(now=early) == {}
        seconds[0] = 76.0
        assert only.run_due(now=early) == {"a": 1}
        seconds[0] = 86.0
        assert only.run_due(now=early + timedelta(seconds=10)) == {"a": 1}

    def test_are_left_alone_by_a_machine_that_is_behind_while_others_work(self, only, monkeypatch):
        seconds = [0.0]
        monkeypatch.setattr(timers.clock, "steady", lambda: seconds[0])
        monkeypatch.setattr(timers, "_watch", timers._Watch())
        only.register(name="a", label="甲", every_seconds=10, run=lambda now: 1)
        for step in range(30):
            seconds[0] = step * 10.0
            moment = NOW + timedelta(seconds=step * 10)
            TimerState.objects.update_or_create(name="a", defaults={"next_due_at": moment})
            assert only.run_due(now=moment - timedelta(hours=1)) == {}

    def test_runs_everything_when_forced(self, only):
        only.register(name="a", label="甲", every_seconds=3600, run=lambda now: 1)
        only.run_due(now=NOW)
        assert only.run_due(now=NOW + timedelta(seconds=1), force=True) == {"a": 1}


class TestClockGuard:
    def test_holds_after_a_jump_forward_and_not_after_a_step_back(self):
        guard = clock.ClockGuard(1000.0, 50.0)
        assert guard.is_sane(1010.0, 60.0)
        assert not guard.is_sane(1010.0 + 8 * 86400, 60.0)
        assert guard.is_sane(1020.0, 70.0)
        assert guard.is_sane(1030.0 - 3600, 80.0)
        assert guard.is_sane(1040.0 - 3600, 90.0)
        assert guard.is_sane(1050.0, 100.0)  # and forth again
        assert not guard.is_sane(1060.0 + 3600, 110.0)

    def test_lets_small_corrections_pass_however_many(self):
        guard = clock.ClockGuard(1000.0, 0.0)
        assert all(guard.is_sane(1000.0 + n * 290, n * 90.0) for n in range(10))

    def test_measures_seconds_that_go_on(self):
        first = clock.steady()
        assert 0 <= clock.steady() - first < 5


@pytest.fixture
def counted(only):
    """One timer that is always due, and how often it ran."""
    ran = []
    only.register(name="a", label="甲", every_seconds=1, run=lambda now: ran.append(now) or 1)
    return ran


@pytest.mark.django_db
class TestTrigger:
    def test_runs_what_is_due(self, counted, monkeypatch):
        monkeypatch.setattr(timers, "_guard", clock.ClockGuard(time.time(), clock.steady()))
        assert timers.trigger(now=NOW) == {"a": 1}

    def test_holds_and_says_so_when_the_clock_jumped(self, counted, monkeypatch, caplog):
        early = time.time() - 8 * 86400
        monkeypatch.setattr(timers, "_guard", clock.ClockGuard(early, clock.steady()))
        assert timers.trigger(now=NOW) == {}
        assert counted == []
        assert "时限扫描已暂停" in caplog.text


@pytest.mark.django_db
class TestFallback:
    @pytest.fixture
    def page(self, monkeypatch, counted):
        """A page at a given second of the process."""
        seconds = [0.0]
        stand_ins = {"time": {"monotonic": lambda: seconds[0]}, "timezone": {"now": lambda: NOW}}
        for name, functions in stand_ins.items():
            monkeypatch.setattr(f"apps.core.middleware.{name}", SimpleNamespace(**functions))
        monkeypatch.setattr(timers, "_guard", clock.ClockGuard(time.time(), clock.steady()))
        monkeypatch.setattr(TimerFallbackMiddleware, "EVERY_SECONDS", 60.0)
        middleware = TimerFallbackMiddleware(lambda request: HttpResponse("page"))

        def get(second):
            seconds[0] = second
            return middleware(RequestFactory().get("/")).content

        return get

    def test_lets_the_timers_run_when_nothing_else_does(self, page, counted):
        assert page(61) == b"page"
        assert counted == [NOW]

    def test_costs_nothing_within_a_minute(self, page, counted, django_assert_num_queries):
        with django_assert_num_queries(0):
            page(59)
        assert counted == []

    def test_keeps_away_while_the_others_work(self, page, counted, django_assert_num_queries):
        state = {"next_due_at": NOW, "last_success_at": NOW - timedelta(seconds=30)}
        TimerState.objects.create(name="a", **state)
        with django_assert_num_queries(1):
            page(61)
        assert counted == []

    def test_never_spoils_the_page(self, page, monkeypatch, caplog):
        def broken(*, now):
            raise OperationalError("gone")

        monkeypatch.setattr(timers, "run_due", broken)
        assert page(61) == b"page"
        assert "the next minute tries again" in caplog.text
