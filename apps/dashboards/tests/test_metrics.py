"""Metrics, rounding, periods and durations: pure rules, with figures worked out by hand."""

from datetime import date
from fractions import Fraction

import pytest

from apps.dashboards.measures import BY_CODE as MEASURES
from apps.dashboards.measures import Same
from apps.dashboards.metrics import BY_CODE, METRICS, change, percent, read
from apps.dashboards.periods import Period, month_of, of_kind, parse
from apps.dashboards.queries.figures import duration

TODAY = date(2026, 3, 18)


class TestMetrics:
    def test_are_all_there(self):
        numbers = {metric.code[:3] for metric in METRICS}
        assert numbers == {f"K{number:02d}" for number in range(1, 33)}

    @pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.code)
    def test_have_a_source_or_say_why_not(self, metric):
        assert metric.formula
        assert metric.clause
        assert bool(metric.top) + bool(metric.live) + bool(metric.pending) == 1
        assert {metric.top, metric.bottom} - {""} <= set(MEASURES)

    @pytest.mark.parametrize(
        "metric", [one for one in METRICS if one.is_rate], ids=lambda o: o.code
    )
    def test_divide_what_is_counted_by_the_same_day(self, metric):
        top, bottom = MEASURES[metric.top], MEASURES[metric.bottom]
        if top.base is bottom.base:
            assert (top.at, top.is_due) == (bottom.at, bottom.is_due)

    def test_leave_excluded_tickets_out_of_every_denominator_but_the_own(self):
        for metric in METRICS:
            if not metric.is_rate or metric.code in ("K20", "K20b"):
                continue
            conditions = dict(MEASURES[metric.bottom].conditions)
            path = MEASURES[metric.bottom].to_ticket
            assert conditions[f"{path}is_excluded"] is False, metric.code

    def test_compare_columns_with_columns_that_exist(self):
        paths = [
            value.path
            for one in MEASURES.values()
            for _, value in one.conditions
            if isinstance(value, Same)
        ]
        assert set(paths) == {
            "due_at",
            "handle_due_at",
            "ticket_due_at",
            "ticket__dispatched_at",
        }


class TestRounding:
    @pytest.mark.parametrize(
        ("top", "bottom", "one", "two"),
        [
            (1, 8, "12.5", "12.50"),
            (1, 16, "6.3", "6.25"),
            (1, 3, "33.3", "33.33"),
            (2, 3, "66.7", "66.67"),
            (9995, 10000, "100.0", "99.95"),
            (99949, 100000, "99.9", "99.95"),
            (1, 800, "0.1", "0.13"),
            (0, 7, "0.0", "0.00"),
        ],
    )
    def test_is_half_up_from_the_exact_ratio(self, top, bottom, one, two):
        assert str(percent(Fraction(top, bottom), 1)) == one
        assert str(percent(Fraction(top, bottom), 2)) == two

    def test_says_nothing_of_few_cases(self):
        rate = BY_CODE["K15"]
        assert read(rate, {"solved": 9, "judged": 9}).text == "样本不足"
        assert read(rate, {"solved": 9, "judged": 10}).text == "90.0%"
        assert read(rate, {"solved": 9, "judged": 10}).exact == "90.00%"
        assert read(rate, {}).text == "—"
        assert read(BY_CODE["K01"], {"registered": 1286}).text == "1,286"


class TestChange:
    def test_is_in_per_cent_for_numbers_and_in_points_for_rates(self):
        volume, rate = BY_CODE["K01"], BY_CODE["K15"]
        now, before = read(volume, {"registered": 412}), read(volume, {"registered": 381})
        assert change(volume, now, before) == "+8.1%"
        now = read(rate, {"solved": 90, "judged": 100})
        before = read(rate, {"solved": 932, "judged": 1000})
        assert change(rate, now, before) == "-3.2 个百分点"

    def test_is_not_said_without_something_to_compare(self):
        volume, rate = BY_CODE["K01"], BY_CODE["K15"]
        assert change(volume, read(volume, {"registered": 4}), read(volume, {})) == ""
        few = read(rate, {"solved": 1, "judged": 2})
        assert change(rate, few, read(rate, {"solved": 50, "judged": 60})) == ""


class TestDuration:
    def test_is_exact(self):
        found = duration({"1": 5, "2": 3, "10": 2})
        assert (found.cases, found.mean) == (10, Fraction(31, 10))
        assert (found.median, found.high) == (1, 10)
        assert found.text == "3.1"

    def test_of_nothing_is_nothing(self):
        assert duration({}).text == "—"
        assert duration({"3": 0}).cases == 0


class TestPeriods:
    @pytest.mark.parametrize(
        ("kind", "first", "last", "label"),
        [
            ("day", "2026-03-18", "2026-03-18", "2026年3月18日"),
            ("week", "2026-03-16", "2026-03-22", "2026年3月16日至2026年3月22日"),
            ("month", "2026-03-01", "2026-03-31", "2026年3月"),
            ("quarter", "2026-01-01", "2026-03-31", "2026年第1季度"),
            ("year", "2026-01-01", "2026-12-31", "2026年"),
        ],
    )
    def test_begin_and_end(self, kind, first, last, label):
        found = of_kind(kind, TODAY)
        assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
        assert found.label == label

    def test_have_neighbours(self):
        march = month_of(TODAY)
        assert march.before() == month_of(date(2026, 2, 3))
        assert march.year_ago() == month_of(date(2025, 3, 3))
        leap = Period("custom", date(2028, 2, 29), date(2028, 3, 2))
        assert leap.year_ago().first == date(2027, 2, 28)
        assert leap.before() == Period("custom", date(2028, 2, 26), date(2028, 2, 28))
        assert of_kind("quarter", TODAY).before() == of_kind("quarter", date(2025, 12, 1))

    def test_are_cut_off_today(self):
        assert month_of(TODAY).until(TODAY).last == TODAY
        assert month_of(date(2026, 2, 1)).until(TODAY) == month_of(date(2026, 2, 1))

    @pytest.mark.parametrize(
        ("asked", "problem"),
        [
            (("month", "2026-02-30", ""), "写法不对"),
            (("custom", "2026-03-18", "2026-03-01"), "早于"),
            (("custom", "2020-01-01", "2026-01-01"), "最长三年"),
            (("moon", "2026-03-18", ""), "没有这种"),
            (("month", "0001-01-01", ""), "超出范围"),
        ],
    )
    def test_that_make_no_sense_show_the_month_and_say_so(self, asked, problem):
        found, said = parse(*asked, today=TODAY)
        assert found == month_of(TODAY)
        assert problem in said
