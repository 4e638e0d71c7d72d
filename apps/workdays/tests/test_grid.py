"""The year as it is drawn."""

from datetime import date

from apps.workdays import grid
from apps.workdays.tests.facts import real_calendar


class TestMonths:
    def test_hold_every_day_of_the_year_once(self):
        months = grid.months(real_calendar(), 2026, date(2026, 11, 24))
        days = [cell.date for month in months for week in month.weeks for cell in week if cell]
        assert (len(days), len(set(days))) == (365, 365)
        assert sum(month.workdays for month in months) == 248

    def test_say_by_word_what_the_colour_says(self):
        months = grid.months(real_calendar(), 2026, date(2026, 2, 16))
        cells = {c.date.day: c for week in months[1].weeks for c in week if c}
        assert (cells[14].mark, cells[14].css) == ("班", "makeup")
        assert (cells[16].mark, cells[16].css) == ("休", "holiday today")
        assert cells[16].label == "16休，2月16日周一，春节，放假，今天"
        assert (cells[7].mark, cells[7].css) == ("", "weekend")
        assert (cells[3].mark, cells[3].css) == ("", "")

    def test_mark_the_days_that_are_provisional(self):
        months = grid.months(real_calendar(), 2027, date(2026, 2, 16))
        first = next(cell for cell in months[0].weeks[0] if cell)
        assert first.css == "holiday provisional"


class TestFestivals:
    def test_are_listed_by_their_first_day(self):
        found = grid.festivals(real_calendar(), 2026)
        assert [one.name for one in found] == [
            "元旦",
            "春节",
            "清明节",
            "劳动节",
            "端午节",
            "中秋节",
            "国庆节",
        ]
        spring = found[1]
        assert (spring.off, spring.off_count, spring.work) == (
            "2月15日—23日",
            9,
            "2月14日、2月28日",
        )

    def test_may_have_only_a_part_in_the_year(self):
        found = {one.name: one for one in grid.festivals(real_calendar(), 2018)}
        assert found["元旦"].off == "1月1日、12月30日—31日"
        assert found["元旦"].work == "12月29日"

    def test_write_a_span_over_two_months(self):
        found = {one.name: one for one in grid.festivals(real_calendar(), 2023)}
        assert found["劳动节"].off == "4月29日—5月3日"
        assert found["端午节"].work == "6月25日"
