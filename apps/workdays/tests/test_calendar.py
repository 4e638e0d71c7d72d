"""The rules of working days, against every day of an independent oracle."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.workdays.calendar import (
    ONE_DAY,
    SHANGHAI,
    Calendar,
    CalendarError,
    Kind,
    changed_days,
    due_at,
    due_on,
)
from apps.workdays.hours import WorkHours
from apps.workdays.tests.facts import DATA, real_calendar, rows

SMALL = Calendar(
    {date(2026, 1, 1): "元旦", date(2026, 1, 3): "元旦"},
    [date(2026, 1, 4)],
    2026,
    2027,
    frozenset({2027}),
    version=3,
)
FRIDAY, SUNDAY = date(2026, 1, 9), date(2026, 1, 11)
days = st.dates(date(2015, 3, 1), date(2035, 12, 31))
counts = st.integers(1, 300)


class TestOracle:
    def test_says_of_every_day_whether_it_is_a_working_day(self):
        calendar = real_calendar()
        wrong = [
            row["date"]
            for row in rows("workdays_2015_2026.csv")
            if calendar.is_workday(date.fromisoformat(row["date"])) != (row["is_workday"] == "1")
        ]
        assert wrong == []

    def test_finds_the_seventh_working_day_of_every_day(self):
        calendar = real_calendar()
        facts = rows("deadline7_2015_2026.csv")
        wrong = [
            row["start"]
            for row in facts
            if calendar.add_workdays(date.fromisoformat(row["start"]), 7).isoformat() != row["due"]
        ]
        assert (len(facts), wrong) == (4362, [])

    def test_answers_the_vectors_of_the_rules(self):
        vectors = json.loads((DATA / "vectors.json").read_text(encoding="utf-8"))
        assert len(vectors) == 15
        for one in vectors:
            due = real_calendar().add_workdays(date.fromisoformat(one["dispatch"]), one["n"])
            assert due.isoformat() == one["due"], one

    def test_reaches_into_the_unpublished_year_provisionally(self):
        deadline = real_calendar().deadline(date(2026, 12, 24), 7)
        assert deadline.due_on == date(2027, 1, 5)
        assert deadline.is_provisional
        assert not real_calendar().deadline(date(2026, 12, 21), 7).is_provisional

    @pytest.mark.parametrize("cutoff", [None, time(17, 30)])
    def test_gives_the_whole_answer_for_every_day(self, cutoff):
        calendar = real_calendar()
        for row in rows("deadline7_2015_2026.csv"):
            start, due = date.fromisoformat(row["start"]), date.fromisoformat(row["due"])
            assert calendar.deadline(start, 7, cutoff) == (due, due_at(due, cutoff), False)

    def test_counts_the_working_days_of_the_known_years(self):
        totals = {
            year: real_calendar().workdays_in(date(year, 1, 1), date(year, 12, 31))
            for year in (2024, 2025, 2026)
        }
        assert totals == {2024: 251, 2025: 248, 2026: 248}


class TestProperties:
    @given(days, counts)
    def test_answers_with_a_working_day_after_the_start(self, start, n):
        due = real_calendar().add_workdays(start, n)
        assert due > start
        assert real_calendar().is_workday(due)

    @given(days, counts)
    def test_never_ends_earlier_for_a_later_start_or_more_days(self, start, n):
        calendar = real_calendar()
        assert calendar.add_workdays(start, n) <= calendar.add_workdays(start + ONE_DAY, n)
        assert calendar.add_workdays(start, n) < calendar.add_workdays(start, n + 1)

    @given(days, counts)
    def test_counts_back_what_it_added(self, start, n):
        due = real_calendar().add_workdays(start, n)
        assert real_calendar().workdays_between(start, due) == n
        assert real_calendar().workdays_between(due, start) == -n

    @given(days, counts)
    def test_finds_the_way_back_from_a_working_day(self, start, n):
        calendar = real_calendar()
        due = calendar.add_workdays(start, n)
        assert calendar.add_workdays(due, -n) <= start
        assert calendar.add_workdays(calendar.add_workdays(due, -n), n) == due

    @given(days, st.integers(0, 40))
    def test_explains_what_it_adds(self, start, n):
        strip = real_calendar().explain(start, n)
        assert strip[0].kind is Kind.START
        assert strip[-1].date == real_calendar().add_workdays(start, n)
        assert [day.number for day in strip if day.number] == list(range(1, n + 1))
        assert [day.date for day in strip] == [start + i * ONE_DAY for i in range(len(strip))]

    @given(days, days, days)
    def test_adds_spans_up(self, one, two, three):
        calendar = real_calendar()
        whole = calendar.workdays_between(one, three)
        assert calendar.workdays_between(one, two) + calendar.workdays_between(two, three) == whole

    @given(days, st.integers(1, 20), st.sets(st.integers(1, 30), max_size=12))
    def test_moves_the_end_by_the_paused_working_days(self, start, n, offsets):
        calendar = real_calendar()
        paused = [start + offset * ONE_DAY for offset in offsets]
        strip = calendar.explain(start, n, paused=paused)
        stopped = sum(day.kind is Kind.PAUSED for day in strip)
        assert calendar.workdays_between(start, strip[-1].date) == n + stopped

    @given(days, st.sampled_from([None, time(17, 30), time(9, 0), time(0, 1)]))
    def test_finds_the_day_of_an_instant_it_made(self, day, cutoff):
        assert due_on(due_at(day, cutoff)) == day

    @given(
        st.integers(0, 10_000_000),
        st.integers(1, 4000),
        st.integers(1, 4000),
    )
    def test_adds_working_hours_in_any_portions(self, minutes, one, two):
        calendar = real_calendar()
        start = datetime(2016, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        once = calendar.add_work_hours(start, (one + two) / 60)
        assert calendar.add_work_hours(calendar.add_work_hours(start, one / 60), two / 60) == once
        assert once - start >= timedelta(minutes=one + two)


class TestCalendar:
    def test_takes_days_off_with_or_without_names(self):
        bare = Calendar({date(2026, 1, 1)}, first_year=2026, last_year=2026)
        assert not bare.is_workday(date(2026, 1, 1))
        assert bare.describe(date(2026, 1, 1)).reason == "放假"

    def test_refuses_a_day_both_off_and_worked(self):
        day = date(2026, 1, 1)
        with pytest.raises(CalendarError, match="2026年1月1日既放假又上班"):
            Calendar([day], [day])

    @pytest.mark.parametrize(("first", "last"), [(1980, 2000), (2020, 2019), (2000, 9999)])
    def test_refuses_years_it_cannot_table(self, first, last):
        with pytest.raises(ValueError, match="cannot be tabled"):
            Calendar({}, {}, first, last)

    def test_gives_the_start_itself_for_no_days(self):
        assert SMALL.add_workdays(SUNDAY, 0) == SUNDAY

    def test_counts_backwards_for_a_negative_number(self):
        assert SMALL.add_workdays(FRIDAY, -2) == date(2026, 1, 7)
        assert SMALL.add_workdays(SUNDAY, -1) == FRIDAY

    @pytest.mark.parametrize(
        ("start", "n"), [(date(2026, 1, 2), -2), (date(2027, 12, 31), 1), (date(2026, 6, 1), 9999)]
    )
    def test_refuses_an_answer_outside_the_table(self, start, n):
        with pytest.raises(CalendarError, match="超出工作日历（2026—2027年）"):
            SMALL.add_workdays(start, n)

    @pytest.mark.parametrize("day", [date(2025, 12, 31), date(2028, 1, 1), date.min, date.max])
    def test_refuses_a_day_outside_the_table(self, day):
        with pytest.raises(CalendarError, match="不在工作日历内（2026—2027年）"):
            SMALL.is_workday(day)

    def test_refuses_an_instant_where_a_day_is_meant(self):
        with pytest.raises(TypeError):
            SMALL.add_workdays(datetime(2026, 1, 9, tzinfo=UTC), 7)

    def test_knows_the_remaining_days_of_a_term(self):
        due = date(2026, 1, 9)
        expected = {7: 2, 8: 1, 9: 0, 10: 0, 11: 0, 12: -1, 13: -2}
        found = {day: SMALL.remaining(date(2026, 1, day), due) for day in expected}
        assert found == expected

    def test_calls_a_term_provisional_by_the_days_it_counts(self):
        last = date(2026, 12, 31)
        assert not SMALL.is_provisional(FRIDAY, last)
        assert SMALL.is_provisional(last, date(2027, 1, 1))
        assert SMALL.is_provisional(date(2027, 1, 1), date(2027, 1, 1))
        between = Calendar({}, {}, 2026, 2028, frozenset({2026}))
        assert not between.is_provisional(date(2026, 12, 31), date(2027, 1, 4))

    @pytest.mark.parametrize("n", [-3, 0, 1, 7, 300])
    def test_gives_whole_answers_that_agree_with_the_single_ones(self, n):
        between = Calendar({}, {}, 2025, 2028, frozenset({2026, 2028}))
        for offset in range(0, 700, 3):
            start = date(2025, 1, 10) + offset * ONE_DAY
            last = between.add_workdays(start, n)
            expected = (last, due_at(last), between.is_provisional(start, last))
            assert between.deadline(start, n) == expected

    @pytest.mark.parametrize("start", [date(2025, 12, 31), date(2028, 1, 1), date(2027, 12, 30)])
    def test_refuses_a_term_outside_the_table(self, start):
        with pytest.raises(CalendarError, match="2026—2027年"):
            SMALL.deadline(start, 7)

    def test_refuses_a_term_from_an_instant(self):
        with pytest.raises(TypeError):
            SMALL.deadline(datetime(2026, 1, 9, tzinfo=UTC), 7)

    def test_names_the_published_years(self):
        assert SMALL.known_years == [2026]

    @pytest.mark.parametrize(
        ("day", "kind", "reason"),
        [
            (date(2026, 1, 1), Kind.HOLIDAY, "元旦，放假"),
            (date(2026, 1, 3), Kind.HOLIDAY, "元旦，放假"),
            (date(2026, 1, 4), Kind.MAKEUP, "调休上班"),
            (date(2026, 1, 5), Kind.COUNTED, "工作日"),
            (date(2026, 1, 10), Kind.WEEKEND, "周末"),
            (date(2027, 1, 2), Kind.WEEKEND, "周末（暂按法定节假日推算）"),
        ],
    )
    def test_describes_a_day(self, day, kind, reason):
        found = SMALL.describe(day)
        assert (found.kind, found.reason) == (kind, reason)

    def test_explains_a_term_day_by_day(self):
        strip = SMALL.explain(date(2026, 1, 1), 2)
        assert [(day.date.day, day.kind, day.number) for day in strip] == [
            (1, Kind.START, None),
            (2, Kind.COUNTED, 1),
            (3, Kind.HOLIDAY, None),
            (4, Kind.MAKEUP, 2),
        ]
        assert strip[0].reason == "元旦，起始日，不计"

    def test_passes_over_paused_days_and_leaves_weekends_weekends(self):
        strip = SMALL.explain(FRIDAY, 1, paused=[SUNDAY, date(2026, 1, 12)])
        kinds = [day.kind for day in strip]
        assert kinds == [Kind.START, Kind.WEEKEND, Kind.WEEKEND, Kind.PAUSED, Kind.COUNTED]

    def test_refuses_to_explain_backwards(self):
        with pytest.raises(CalendarError, match="不能是负数"):
            SMALL.explain(FRIDAY, -1)

    def test_lists_the_days_that_differ_from_another_calendar(self):
        other = Calendar(
            {date(2026, 1, 1): "元旦", date(2026, 1, 2): "元旦", date(2025, 5, 1): "x"},
            [date(2026, 1, 4)],
            2025,
            2026,
        )
        found = [(two.date, one.kind, two.kind) for one, two in changed_days(SMALL, other)]
        assert found == [
            (date(2026, 1, 2), Kind.COUNTED, Kind.HOLIDAY),
            (date(2026, 1, 3), Kind.HOLIDAY, Kind.WEEKEND),
        ]


class TestDueInstant:
    def test_is_midnight_in_shanghai_unless_told(self):
        instant = due_at(date(2026, 10, 12))
        assert instant == datetime(2026, 10, 12, 16, 0, tzinfo=UTC)
        assert instant.astimezone(SHANGHAI).time() == time(0)

    def test_can_be_the_end_of_office_hours(self):
        assert due_at(date(2026, 10, 12), time(17, 30)) == datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
        assert due_at(date(2026, 10, 12), time(7)) == datetime(2026, 10, 11, 23, 0, tzinfo=UTC)

    def test_refuses_midnight_written_as_zero(self):
        with pytest.raises(CalendarError, match="留空"):
            due_at(date(2026, 10, 12), time(0))

    def test_agrees_with_the_time_zone_database(self):
        for year in range(1992, 2060):
            for month in (1, 7):
                moment = datetime(year, month, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
                assert moment.utcoffset() == SHANGHAI.utcoffset(None)


class TestWorkHours:
    @pytest.mark.parametrize(
        ("start", "hours", "end"),
        [
            ((9, 8, 30), 3.5, (9, 12, 0)),
            ((9, 8, 30), 4, (9, 14, 0)),
            ((9, 12, 30), 1, (9, 14, 30)),
            ((9, 7, 0), 1, (9, 9, 30)),
            ((9, 17, 0), 1, (12, 9, 0)),
            ((9, 18, 0), 1, (12, 9, 30)),
            ((10, 10, 0), 0.5, (12, 9, 0)),
            ((9, 8, 30), 7.5, (9, 17, 30)),
            ((9, 8, 30), 15, (12, 17, 30)),
            ((9, 17, 30), 7.5, (12, 17, 30)),
            ((9, 16, 30), 9, (13, 9, 0)),
        ],
    )
    def test_end_within_working_time(self, start, hours, end):
        begin = datetime(2026, 1, *start, tzinfo=SHANGHAI)
        assert SMALL.add_work_hours(begin, hours) == datetime(2026, 1, *end, tzinfo=SHANGHAI)

    def test_stay_where_they_are_for_no_hours(self):
        begin = datetime(2026, 1, 10, 3, tzinfo=SHANGHAI)
        assert SMALL.add_work_hours(begin, 0) == begin

    def test_follow_another_rule(self):
        rule = WorkHours(((time(9), time(17)),))
        begin = datetime(2026, 1, 9, 16, tzinfo=SHANGHAI)
        assert SMALL.add_work_hours(begin, 2, rule) == datetime(2026, 1, 12, 10, tzinfo=SHANGHAI)

    def test_refuse_negative_hours_and_naive_instants(self):
        with pytest.raises(CalendarError, match="不能是负数"):
            SMALL.add_work_hours(datetime(2026, 1, 9, tzinfo=UTC), -1)
        with pytest.raises(ValueError, match="aware"):
            SMALL.add_work_hours(datetime(2026, 1, 9), 1)  # noqa: DTZ001  the point
