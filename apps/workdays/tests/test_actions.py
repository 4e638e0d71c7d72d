"""Writing the calendar: what is stored, recorded, refused, and told."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.workdays import actions, hooks, queries
from apps.workdays.choices import DayKind, Source, YearStatus
from apps.workdays.hours import STANDARD_HOURS, WorkHours
from apps.workdays.models import CalendarVersion, CalendarYear, DayException, TimeRule
from apps.workdays.notice import read_notice
from apps.workdays.tests.facts import NOTICE_2026, NOTICE_2027, shipped

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 27)


def set_day(day=DAY, kind=DayKind.HOLIDAY, name="区庆", **more):
    return actions.set_day(day=day, kind=kind, name=name, by=None, now=timezone.now(), **more)


def import_2027(**more):
    return actions.import_year(
        notice=read_notice(NOTICE_2027), source=Source.NOTICE, by=None, now=timezone.now(), **more
    )


def last_entry():
    return AuditEntry.objects.order_by("-pk").first()


class TestLoadFixtures:
    def test_has_put_every_shipped_year_on_record(self):
        assert list(
            CalendarYear.objects.filter(status=YearStatus.PUBLISHED)
            .order_by("year")
            .values_list("year", flat=True)
        ) == list(range(2015, 2027))
        row = CalendarYear.objects.get(year=2019)
        assert row.source == Source.FIXTURE
        assert len(row.paper_urls.splitlines()) == 2
        assert row.days.count() == len(shipped(2019))

    def test_does_nothing_the_second_time(self):
        version = CalendarVersion.objects.get().stamp
        assert actions.load_fixtures(by=None, now=timezone.now()) == 0
        assert CalendarVersion.objects.get().stamp == version

    def test_leaves_what_people_entered(self):
        set_day(date(2026, 1, 4), None, "")
        set_day()
        assert actions.load_fixtures(by=None, now=timezone.now()) == 0
        assert not DayException.objects.filter(date=date(2026, 1, 4)).exists()
        assert DayException.objects.get(date=DAY).name == "区庆"

    def test_publishes_a_year_that_was_provisional_around_single_edits(self):
        DayException.objects.filter(notice__year=2026).delete()
        CalendarYear.objects.filter(year=2026).delete()
        set_day(date(2026, 10, 8), DayKind.HOLIDAY, "区庆")
        set_day(date(2026, 10, 1), DayKind.WORKDAY, "值守")
        assert actions.load_fixtures(by=None, now=timezone.now()) == len(shipped(2026)) - 1
        calendar = queries.current_calendar()
        assert calendar.is_workday(date(2026, 10, 1))
        assert not calendar.is_workday(date(2026, 10, 8))
        assert last_entry().action == "workdays.load"


class TestImportYear:
    def test_publishes_the_year(self):
        assert queries.current_calendar().is_provisional(DAY, date(2027, 1, 5))
        row = import_2027()
        assert (row.status, row.source) == (YearStatus.PUBLISHED, Source.NOTICE)
        assert row.published_on == date(2026, 11, 10)
        calendar = queries.current_calendar()
        assert not calendar.is_provisional(DAY, date(2027, 1, 5))
        assert not calendar.is_workday(date(2027, 2, 11))
        assert calendar.is_workday(date(2027, 1, 31))

    def test_records_every_changed_day(self):
        import_2027()
        entry = last_entry()
        assert entry.action == "workdays.year.import"
        assert entry.changes["2027-01-31"] == ["周末", "调休上班（春节）"]
        assert entry.changes["status"] == ["", "已公布"]
        assert "粘贴通知原文" in entry.note

    def test_replaces_single_edits_and_the_earlier_notice(self):
        set_day()
        actions.import_year(
            notice=read_notice(NOTICE_2026), source=Source.NOTICE, by=None, now=timezone.now()
        )
        assert set(DayException.objects.filter(date__year=2026).values_list("date", flat=True)) == {
            one.date for one in shipped(2026)
        }
        assert CalendarYear.objects.get(year=2026).paper_number == "国办发明电〔2025〕7号"

    def test_keeps_what_is_known_of_the_paper(self):
        notice = read_notice(NOTICE_2026[NOTICE_2026.index("一、") :], year=2026)
        row = actions.import_year(notice=notice, source=Source.NOTICE, by=None, now=timezone.now())
        assert "gov.cn" in row.paper_urls

    def test_refuses_an_outdated_preview(self):
        shown = queries.preview_notice(read_notice(NOTICE_2027)).before.version
        set_day()
        with pytest.raises(DomainError, match="刚被别人改过"):
            import_2027(expected_version=shown)
        import_2027(expected_version=CalendarVersion.objects.get().number)


class TestSetDay:
    def test_makes_a_day_off(self):
        calendar = set_day()
        assert calendar.describe(DAY).reason == "区庆，放假"
        assert calendar.version == CalendarVersion.objects.get().number
        assert last_entry().changes == {"2026-11-27": ["工作日", "放假（区庆）"]}

    def test_makes_a_weekend_a_day_of_work(self):
        assert set_day(date(2026, 11, 28), DayKind.WORKDAY, "值守").is_workday(date(2026, 11, 28))

    def test_gives_a_day_back_to_the_rule(self):
        set_day()
        assert set_day(kind=None, name="").is_workday(DAY)
        assert not DayException.objects.filter(date=DAY).exists()

    def test_overrules_a_notice(self):
        calendar = set_day(date(2026, 10, 7), DayKind.WORKDAY, "值守")
        assert calendar.is_workday(date(2026, 10, 7))
        assert DayException.objects.get(date=date(2026, 10, 7)).notice is None

    @pytest.mark.parametrize("name", ["", "  ", "长" * 41])
    def test_wants_a_reason(self, name):
        with pytest.raises(DomainError, match="请填写原因"):
            set_day(name=name)

    def test_refuses_what_changes_nothing(self):
        with pytest.raises(DomainError, match="没有变化"):
            set_day(kind=None, name="")

    def test_refuses_a_day_outside_the_calendar(self):
        with pytest.raises(DomainError, match="不在工作日历内"):
            set_day(date(2099, 1, 1))

    def test_refuses_an_outdated_preview(self):
        shown = CalendarVersion.objects.get().number
        set_day()
        with pytest.raises(DomainError, match="刚被别人改过"):
            set_day(kind=None, name="", expected_version=shown)


class TestFollowers:
    def test_are_told_inside_the_transaction(self, no_hooks):
        told = []

        def follow(old, new, by, now):
            told.append((old.is_workday(DAY), new.is_workday(DAY), by))
            assert queries.current_calendar().version == new.version

        hooks.register_changed(follow)
        hooks.register_changed(follow)
        set_day()
        assert told == [(True, False, None)]

    def test_undo_the_change_when_they_fail(self, no_hooks):
        def fail(old, new, by, now):
            raise ZeroDivisionError

        hooks.register_changed(fail)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            set_day()
        assert queries.current_calendar().is_workday(DAY)
        assert not DayException.objects.filter(date=DAY).exists()


class TestSetTimeRule:
    TODAY = date(2026, 11, 24)

    def set(self, **more):
        given = {"valid_from": DAY, "cutoff": time(17, 30), "hours": STANDARD_HOURS} | more
        return actions.set_time_rule(by=None, today=self.TODAY, **given)

    def test_records_the_rule(self):
        self.set()
        assert last_entry().action == "workdays.time.set"
        assert last_entry().changes["cutoff"] == ["", "17:30:00"]

    def test_corrects_the_rule_of_the_same_day(self):
        self.set()
        self.set(cutoff=None)
        assert TimeRule.objects.get().cutoff is None
        assert last_entry().changes == {"cutoff": ["17:30:00", ""]}

    def test_never_reaches_back(self):
        with pytest.raises(DomainError, match="不能早于今天"):
            self.set(valid_from=date(2026, 11, 23))

    def test_writes_midnight_by_leaving_it_empty(self):
        with pytest.raises(DomainError, match="留空"):
            self.set(cutoff=time(0))

    def test_wants_a_morning_and_an_afternoon(self):
        with pytest.raises(DomainError, match="上午和下午"):
            self.set(hours=WorkHours(((time(9), time(17)),)))


class TestConstraints:
    @pytest.mark.parametrize(
        "values",
        [
            {"date": date(2026, 1, 1), "kind": "HOLIDAY", "name": "又一个"},
            {"date": DAY, "kind": "MAYBE", "name": "x"},
            {"date": DAY, "kind": "HOLIDAY", "name": ""},
        ],
    )
    def test_refuse_a_wrong_day(self, values):
        with pytest.raises(IntegrityError), transaction.atomic():
            DayException.objects.create(**values)

    @pytest.mark.parametrize(
        "values", [{"year": 2026}, {"year": 1999}, {"status": "MAYBE"}, {"source": "RADIO"}]
    )
    def test_refuse_a_wrong_year(self, values):
        with pytest.raises(IntegrityError), transaction.atomic():
            CalendarYear.objects.create(**{"year": 2050, "changed_at": timezone.now(), **values})

    def test_refuse_a_second_version(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            CalendarVersion.objects.create(pk=2)

    @pytest.mark.parametrize(
        "values", [{"cutoff": time(0)}, {"morning_start": time(12)}, {"afternoon_start": time(11)}]
    )
    def test_refuse_a_wrong_rule(self, values):
        right = {
            "valid_from": DAY,
            "morning_start": time(8, 30),
            "morning_end": time(12),
            "afternoon_start": time(13, 30),
            "afternoon_end": time(17, 30),
        }
        with pytest.raises(IntegrityError), transaction.atomic():
            TimeRule.objects.create(**{**right, **values})

    def test_rows_say_what_they_are(self):
        assert str(CalendarYear.objects.get(year=2026)) == "2026年"
        assert str(DayException.objects.get(date=date(2026, 1, 1))) == "2026-01-01 放假（元旦）"
        assert str(CalendarVersion(number=3)) == "第 3 版"
        assert str(TimeRule(valid_from=DAY)) == "2026-11-27 起"
