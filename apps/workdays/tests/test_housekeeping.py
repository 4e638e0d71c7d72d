"""The standing warning, the status line and the system check."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import time_machine
from django.core.checks import run_checks
from django.db import DatabaseError
from django.utils import timezone

from apps.core.permissions import Permission
from apps.workdays import actions, housekeeping, queries
from apps.workdays.choices import Source
from apps.workdays.models import CalendarYear, DayException
from apps.workdays.notice import read_notice
from apps.workdays.tests.facts import NOTICE_2027

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)
NOVEMBER = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # the first minute of November in Shanghai
KEEPER = SimpleNamespace(has_perm=lambda code: code == Permission.EDIT_CALENDAR)
OTHER = SimpleNamespace(has_perm=lambda code: False)


def publish_2027():
    actions.import_year(
        notice=read_notice(NOTICE_2027), source=Source.NOTICE, by=None, now=timezone.now()
    )


class TestWarnings:
    def test_stand_from_the_first_of_november(self):
        assert housekeeping.warnings(KEEPER, OCTOBER) == []
        (text,) = housekeeping.warnings(KEEPER, NOVEMBER)
        assert text.startswith("2027年的放假安排还没有录入")

    def test_end_with_the_notice(self):
        publish_2027()
        assert housekeeping.warnings(KEEPER, NOVEMBER) == []

    def test_concern_those_who_keep_the_calendar(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert housekeeping.warnings(OTHER, NOVEMBER) == []


class TestStatus:
    def test_is_good_while_nothing_is_missing(self):
        status = housekeeping.calendar_status(OCTOBER)
        assert (status.level, status.text) == ("ok", "已录入到 2026 年")

    def test_warns_when_the_next_year_is_missing(self):
        status = housekeeping.calendar_status(NOVEMBER)
        assert (status.level, status.text) == ("warn", "缺 2027年的放假安排，涉及的期限为暂定")

    def test_warns_of_contradictions(self):
        CalendarYear.objects.create(year=2030, status="PUBLISHED", changed_at=timezone.now())
        assert housekeeping.calendar_status(OCTOBER).level == "warn"

    def test_fails_when_this_year_is_missing(self):
        later = datetime(2027, 3, 1, tzinfo=UTC)
        assert housekeeping.calendar_status(later).level == "fail"


class TestSystemCheck:
    def found(self):
        with time_machine.travel(NOVEMBER):
            return [one.id for one in run_checks(tags=["database"], databases=["default"])]

    def test_warns_when_a_year_is_missing(self):
        assert "workdays.W001" in self.found()

    def test_is_silent_when_the_calendar_is_complete(self):
        publish_2027()
        assert "workdays.W001" not in self.found()

    def test_does_not_ask_the_database_unasked(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert housekeeping.calendar_complete(None) == []

    def test_keeps_quiet_before_the_tables_are_made(self, monkeypatch):
        def fail(today):
            raise DatabaseError("no such table")

        monkeypatch.setattr(queries, "missing_years", fail)
        assert housekeeping.calendar_complete(None, databases=["default"]) == []


def test_rows_used_here_exist():
    assert DayException.objects.exists()
