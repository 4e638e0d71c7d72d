"""A corrected calendar: what it would move, what it moves, and that nothing rings twice."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditEntry
from apps.notices.models import Notice
from apps.tickets.actions.sweep import sweep
from apps.tickets.actions.upkeep import check_clocks
from apps.tickets.models import Clock, Firing, Ticket, TicketEvent, TicketUnit
from apps.tickets.tests.conftest import NOW
from apps.workdays.actions import set_day
from apps.workdays.calendar import SHANGHAI, due_on
from apps.workdays.choices import DayKind
from apps.workdays.queries import preview_day


def at(month, day, hour=9):
    return datetime(2026, month, day, hour, 0, tzinfo=SHANGHAI).astimezone(UTC)


FRIDAY = date(2026, 3, 20)


def close(day, now=NOW):
    """Make a working day a day off."""
    set_day(day=day, kind=DayKind.HOLIDAY, name="临时放假", by=None, now=now)


def give_back(day, now=NOW):
    set_day(day=day, kind=None, name="", by=None, now=now)


class TestPreview:
    def test_says_how_many_move_and_lists_them(self, processing):
        impacts = preview_day(day=FRIDAY, kind=DayKind.HOLIDAY, name="临时放假").impacts
        assert impacts[0].label == "1 件在办工单的期限会变"
        line = impacts[1]
        assert line.label == f"工单 {processing.number}"
        assert (line.before, line.after) == (date(2026, 3, 27), date(2026, 3, 30))
        assert line.url == f"/t/{processing.number}/"

    def test_says_what_is_no_longer_overdue(self, processing, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: at(3, 28))
        impacts = preview_day(day=FRIDAY, kind=DayKind.HOLIDAY, name="临时放假").impacts
        assert impacts[0].label == "1 件在办工单的期限会变，其中 1 件从超期变为未超期"
        assert impacts[1].note == "从超期变为未超期"

    def test_writes_nothing(self, processing):
        before = Ticket.objects.get(pk=processing.pk).due_at
        preview_day(day=FRIDAY, kind=DayKind.HOLIDAY, name="临时放假")
        assert Ticket.objects.get(pk=processing.pk).due_at == before

    def test_says_nothing_about_days_that_no_term_reaches(self, processing):
        assert not preview_day(day=date(2026, 9, 1), kind=DayKind.HOLIDAY, name="放假").impacts


class TestChange:
    def test_moves_every_stored_due_time(self, processing):
        close(FRIDAY)
        processing.refresh_from_db()
        assert due_on(processing.due_at) == date(2026, 3, 30)
        assert processing.ticket_due_at == processing.handle_due_at == processing.due_at
        row = Clock.objects.get(ticket=processing, kind="HANDLING")
        assert row.due_at == processing.due_at
        assert row.next_fire_at == at(3, 26)
        copies = set(TicketUnit.objects.filter(ticket=processing).values_list("due_at", flat=True))
        assert copies == {processing.due_at}
        assert check_clocks(now=NOW, repair=False).drifted == 0

    def test_leaves_one_event_one_entry_and_one_message_each(self, processing):
        since = Notice.objects.order_by("-pk").first().pk
        close(FRIDAY)
        event = TicketEvent.objects.get(ticket=processing, code="recalendar")
        assert event.text == "时限由3月27日改为3月30日（工作日历更正）"
        assert set(event.data) == {"due_at", "handle_due_at", "ticket_due_at"}
        assert AuditEntry.objects.get(action="tickets.recalendar").batch_size == 1
        told = Notice.objects.filter(pk__gt=since).values_list("user__username", flat=True)
        assert sorted(told) == ["liaison", "officer"]

    def test_tells_a_person_with_many_tickets_once(self, crew, entity, request_data):
        from apps.tickets.actions import Enterprise, register

        for _ in range(4):
            register(
                enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
            )
        Notice.objects.all().delete()
        close(date(2026, 3, 19))
        assert Notice.objects.get(user=crew["OFFICER"]).title == "4 件工单需要您留意"

    def test_takes_a_constant_number_of_statements(self, crew, entity, request_data):
        from apps.tickets.actions import Enterprise, register

        def count(day):
            with CaptureQueriesContext(connection) as seen:
                close(day)
            return len(seen)

        def add(number):
            for _ in range(number):
                register(
                    enterprise=Enterprise(entity=entity),
                    by=crew["OFFICER"],
                    now=NOW,
                    data=request_data,
                )

        add(2)
        few = count(date(2026, 3, 19))
        give_back(date(2026, 3, 19))
        add(10)
        assert count(date(2026, 3, 19)) <= few + 2

    def test_is_undone_when_the_change_fails(self, processing, monkeypatch):
        from apps.workdays import hooks

        def broken(*args):
            raise RuntimeError

        monkeypatch.setattr(hooks, "_changed", [*hooks._changed, broken])
        before = Ticket.objects.get(pk=processing.pk).due_at
        with pytest.raises(RuntimeError):
            close(FRIDAY)
        assert Ticket.objects.get(pk=processing.pk).due_at == before
        assert not TicketEvent.objects.filter(code="recalendar").exists()

    def test_never_rings_again_in_the_same_cycle(self, processing):
        sweep(now=at(3, 25))
        close(date(2026, 3, 26), now=at(3, 25))
        sweep(now=at(3, 26))
        rows = Firing.objects.filter(clock__ticket=processing, clock__kind="HANDLING")
        assert list(rows.values_list("milestone", flat=True)) == ["BEFORE_2"]
        sweep(now=at(3, 30))
        assert set(rows.values_list("milestone", flat=True)) == {"BEFORE_2", "DUE_DAY"}


DAYS = [date(2026, 3, 18) + timedelta(days=number) for number in range(25)]
EDITS = st.lists(
    st.tuples(st.sampled_from(DAYS), st.booleans(), st.integers(1, 4)), min_size=1, max_size=6
)


class TestAnyCorrections:
    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(edits=EDITS)
    def test_ring_each_milestone_at_most_once_and_leave_no_drift(self, edits, processing):
        from django.db import transaction

        from apps.core.errors import DomainError

        with transaction.atomic():
            moment = NOW
            for day, is_off, steps in edits:
                moment += timedelta(days=steps)
                try:
                    kind = DayKind.HOLIDAY if is_off else DayKind.WORKDAY
                    set_day(day=day, kind=kind, name="更正", by=None, now=moment)
                except DomainError:
                    continue
                finally:
                    sweep(now=moment)
            sweep(now=moment + timedelta(days=10))  # everything has had its time
            keys = list(Firing.objects.values_list("clock_id", "milestone", "cycle"))
            assert len(keys) == len(set(keys))
            assert keys
            assert check_clocks(now=moment, repair=False).drifted == 0
            transaction.set_rollback(True)
