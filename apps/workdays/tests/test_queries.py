"""The calendar in force, its cache, previews, completeness and the time rules."""

import threading
from datetime import date, time
from types import SimpleNamespace

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.workdays import actions, hooks, queries
from apps.workdays.choices import DayKind
from apps.workdays.hours import STANDARD_HOURS, WorkHours
from apps.workdays.ledger import Entry
from apps.workdays.models import CalendarYear, DayException
from apps.workdays.notice import read_notice
from apps.workdays.tests.facts import NOTICE_2027, real_calendar

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 27)


def close(day=DAY):
    return actions.set_day(day=day, kind=DayKind.HOLIDAY, name="区庆", by=None, now=timezone.now())


class TestCurrentCalendar:
    def test_is_that_of_the_shipped_years(self):
        calendar, real = queries.current_calendar(), real_calendar()
        days = [date(year, month, 7) for year in range(2015, 2041) for month in range(1, 13)]
        assert [calendar.describe(day) for day in days] == [real.describe(day) for day in days]

    def test_costs_one_query_when_nothing_has_changed(self, django_assert_num_queries):
        first = queries.current_calendar()
        with django_assert_num_queries(1):
            assert queries.current_calendar() is first

    def test_shows_a_change_at_once(self):
        assert queries.current_calendar().is_workday(DAY)
        close()
        assert not queries.current_calendar().is_workday(DAY)

    def test_shows_a_change_of_another_process(self, monkeypatch):
        stale = queries.current_calendar()
        monkeypatch.setattr(queries, "_cached", None)  # the other process has its own cache
        close()
        monkeypatch.setattr(
            queries, "_cached", (queries._version(False)[1].__class__(int=0), stale)
        )
        assert not queries.current_calendar().is_workday(DAY)

    def test_forgets_a_change_that_was_rolled_back(self):
        with transaction.atomic():
            close()
            assert not queries.current_calendar().is_workday(DAY)
            transaction.set_rollback(True)
        assert queries.current_calendar().is_workday(DAY)
        close(date(2026, 11, 26))  # takes the version number that was rolled back
        assert queries.current_calendar().is_workday(DAY)
        assert not queries.current_calendar().is_workday(date(2026, 11, 26))

    def test_for_writing_is_the_same_inside_a_transaction(self):
        with transaction.atomic():
            assert queries.current_calendar(for_writing=True) is queries.current_calendar()

    def test_for_writing_wants_a_transaction(self, monkeypatch):
        outside = SimpleNamespace(in_atomic_block=False, vendor=connection.vendor)
        monkeypatch.setattr(queries, "connection", outside)
        with pytest.raises(transaction.TransactionManagementError):
            queries.current_calendar(for_writing=True)

    def test_is_provisional_throughout_when_nothing_is_on_record(self):
        DayException.objects.all().delete()
        CalendarYear.objects.all().delete()
        queries.CalendarVersion.objects.all().delete()
        calendar = queries.current_calendar()
        assert calendar.known_years == []
        assert not calendar.is_workday(date(2026, 10, 1))
        assert calendar.version == 0


class TestPreview:
    def test_lists_the_changed_day_and_what_it_moves(self, no_hooks):
        preview = queries.preview_day(day=DAY, kind=DayKind.HOLIDAY, name="区庆")
        assert [(a.reason, b.reason) for a, b in preview.changed] == [("工作日", "区庆，放假")]
        moved = {shift.start: (shift.before, shift.after) for shift in preview.shifts}
        assert moved[date(2026, 11, 26)] == (date(2026, 12, 7), date(2026, 12, 8))
        assert min(moved) == date(2026, 11, 18)
        assert max(moved) == date(2026, 11, 26)
        assert preview.shift_count == len(moved) == 9
        assert preview.impacts == []

    def test_agrees_with_what_saving_does(self):
        preview = queries.preview_day(day=DAY, kind=DayKind.HOLIDAY, name="区庆")
        close()
        saved = queries.current_calendar()
        for shift in preview.shifts:
            assert saved.add_workdays(shift.start, 7) == shift.after

    def test_moves_nothing_for_a_mere_name(self):
        preview = queries.preview_day(day=date(2026, 1, 1), kind=DayKind.HOLIDAY, name="新年")
        assert len(preview.changed) == 1
        assert preview.shifts == []
        assert not preview.is_empty

    def test_sees_that_nothing_changes(self):
        assert queries.preview_day(day=DAY, kind=None, name="").is_empty

    def test_asks_the_apps_above_what_would_move(self, no_hooks):
        line = hooks.ImpactLine("一件工单", date(2026, 12, 7), date(2026, 12, 8))
        source = lambda old, new: [line] if old.is_workday(DAY) != new.is_workday(DAY) else []  # noqa: E731
        hooks.register_impact(source)
        hooks.register_impact(source)
        preview = queries.preview_day(day=DAY, kind=DayKind.HOLIDAY, name="区庆")
        assert preview.impacts == [line]

    def test_says_that_a_year_becomes_published(self):
        preview = queries.preview_notice(read_notice(NOTICE_2027))
        assert preview.published == [2027]
        assert preview.shift_count == len(preview.shifts) == 59
        assert DayException.objects.filter(date__year=2027).count() == 0

    def test_lists_a_part_of_very_many(self, monkeypatch):
        monkeypatch.setattr(queries, "MOST_SHIFTS", 5)
        preview = queries.preview_notice(read_notice(NOTICE_2027))
        assert (preview.shift_count, len(preview.shifts)) == (59, 5)

    def test_starts_with_the_table_for_its_first_days(self):
        preview = queries.preview_day(day=date(2015, 1, 5), kind=DayKind.HOLIDAY, name="x")
        assert preview.shifts[0].start == date(2015, 1, 1)


class TestCompleteness:
    @pytest.mark.parametrize(
        ("today", "missing"),
        [
            (date(2026, 10, 31), []),
            (date(2026, 11, 1), [2027]),
            (date(2026, 12, 31), [2027]),
            (date(2027, 1, 1), [2027]),
            (date(2027, 11, 1), [2027, 2028]),
        ],
    )
    def test_misses_the_next_year_from_november(self, today, missing):
        assert queries.missing_years(today) == missing

    def test_finds_nothing_wrong_with_the_shipped_years(self):
        assert queries.contradictions() == []

    def test_finds_a_year_with_too_few_days_off(self):
        row = CalendarYear.objects.create(year=2030, status="PUBLISHED", changed_at=timezone.now())
        DayException.objects.create(date="2030-01-01", kind="HOLIDAY", name="元旦", notice=row)
        DayException.objects.create(date="2030-02-09", kind="WORKDAY", name="春节", notice=row)
        assert queries.contradictions() == [
            "2030-02-09为“春节”调休上班，但没有对应的放假日。请核对。",
            "2030年已公布，但只有 1 个放假日。请重新导入。",
        ]


class TestTimeRules:
    def test_are_midnight_and_the_standard_hours_unless_set(self):
        assert queries.time_rules(DAY) == queries.TimeRules(None, STANDARD_HOURS)

    def test_hold_from_their_day_on(self):
        hours = WorkHours(((time(9), time(12)), (time(13), time(18))))
        actions.set_time_rule(
            valid_from=DAY, cutoff=time(17, 30), hours=hours, by=None, today=date(2026, 11, 24)
        )
        assert queries.time_rules(date(2026, 11, 26)).cutoff is None
        assert queries.time_rules(DAY) == queries.TimeRules(time(17, 30), hours)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="row locks are PostgreSQL's")
@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_a_change_waits_for_terms_that_are_being_stored(self):
        actions.load_fixtures(by=None, now=timezone.now())
        saved = threading.Event()

        def change():
            try:
                close()
                saved.set()
            finally:
                connections.close_all()

        with transaction.atomic():
            queries.current_calendar(for_writing=True)
            thread = threading.Thread(target=change)
            thread.start()
            assert not saved.wait(0.5)
        thread.join(10)
        assert saved.is_set()


def test_an_entry_can_be_sorted_by_day():
    assert Entry(date(2026, 1, 1), "WORKDAY", "b") < Entry(date(2026, 1, 2), "HOLIDAY", "a")
