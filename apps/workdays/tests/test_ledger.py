"""What is on record, and what a change makes of it."""

from datetime import date

from apps.workdays.ledger import Entry, Ledger
from apps.workdays.statutory import statutory_days

NEW_YEAR = Entry(date(2027, 1, 1), "HOLIDAY", "元旦")
MAKEUP = Entry(date(2026, 12, 27), "WORKDAY", "元旦")
MAY = date(2027, 5, 3)


class TestLedger:
    def test_replaces_a_years_earlier_notice_and_its_single_edits(self):
        ledger = Ledger().with_notice(2027, [NEW_YEAR, MAKEUP]).with_day(MAY, "HOLIDAY", "区庆")
        again = ledger.with_notice(2027, [NEW_YEAR])
        assert set(again.days) == {NEW_YEAR.date}
        assert again.years == {2027: True}

    def test_keeps_days_that_another_years_notice_set(self):
        ledger = Ledger().with_notice(2027, [NEW_YEAR, MAKEUP])
        after = ledger.with_notice(2026, [Entry(date(2026, 1, 1), "HOLIDAY", "元旦")])
        assert after.days[MAKEUP.date].notice == 2027

    def test_adds_a_shipped_year_without_touching_what_is_there(self):
        ledger = Ledger().with_day(NEW_YEAR.date, "WORKDAY", "值守")
        after = ledger.with_missing(2027, [NEW_YEAR, MAKEUP])
        assert after.days[NEW_YEAR.date].kind == "WORKDAY"
        assert MAKEUP.date in after.days
        assert after.with_missing(2027, [Entry(MAY, "HOLIDAY", "x")]) is after

    def test_gives_a_day_back_to_the_rule(self):
        ledger = Ledger().with_day(MAY, "HOLIDAY", "区庆")
        assert ledger.with_day(MAY, None, "").days == {}

    def test_takes_the_statutory_days_off_in_unpublished_years_only(self):
        calendar = Ledger(years={2026: True}, version=4).calendar(statutory_days)
        assert calendar.is_workday(date(2026, 1, 1))
        assert not calendar.is_workday(date(2027, 1, 1))
        assert (calendar.first_year, calendar.last_year, calendar.version) == (2015, 2040, 4)

    def test_reaches_ten_years_beyond_the_last_on_record(self):
        assert Ledger(years={2038: True}).calendar(statutory_days).last_year == 2048

    def test_lets_an_entry_overrule_the_law_in_an_unpublished_year(self):
        day = date(2027, 1, 1)
        calendar = Ledger().with_day(day, "WORKDAY", "值守").calendar(statutory_days)
        assert calendar.is_workday(day)
        assert calendar.describe(day).is_provisional


class TestStatutoryDays:
    def test_are_those_of_the_law_for_2027(self):
        expected = ["01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02"]
        expected += ["06-09", "09-15", "10-01", "10-02", "10-03"]
        assert [f"{day:%m-%d}" for day in statutory_days(2027)] == expected

    def test_leave_out_what_only_a_notice_decides(self):
        assert date(2026, 1, 2) not in statutory_days(2026)

    def test_have_one_name_each(self):
        names = set(statutory_days(2027).values())
        assert names == {"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}
        assert statutory_days(2028)[date(2028, 10, 3)] == "中秋节、国庆节"
