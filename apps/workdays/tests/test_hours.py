"""The working hours of a day."""

from datetime import time, timedelta

import pytest

from apps.core.errors import DomainError
from apps.workdays.hours import STANDARD_HOURS, WorkHours


class TestWorkHours:
    def test_are_seven_and_a_half_by_default(self):
        assert STANDARD_HOURS.length == timedelta(hours=7.5)

    @pytest.mark.parametrize(
        ("clock", "hours"),
        [(time(0), 7.5), (time(9, 30), 6.5), (time(12, 30), 4), (time(17), 0.5), (time(18), 0)],
    )
    def test_know_what_is_left_of_a_day(self, clock, hours):
        assert STANDARD_HOURS.left_after(clock) == timedelta(hours=hours)

    @pytest.mark.parametrize(
        ("hours", "clock"), [(1, time(9, 30)), (3.5, time(12)), (4, time(14)), (7.5, time(17, 30))]
    )
    def test_find_when_some_of_them_are_over(self, hours, clock):
        assert STANDARD_HOURS.instant(timedelta(hours=hours)) == clock

    def test_have_an_end(self):
        with pytest.raises(ValueError, match="has no"):
            STANDARD_HOURS.instant(timedelta(hours=8))

    @pytest.mark.parametrize(
        "periods",
        [(), ((time(12), time(9)),), ((time(9), time(9)),)],
    )
    def test_refuse_periods_without_time(self, periods):
        with pytest.raises(DomainError, match="先开始后结束"):
            WorkHours(periods)

    def test_refuse_periods_that_overlap(self):
        with pytest.raises(DomainError, match="重叠"):
            WorkHours(((time(8), time(12)), (time(11), time(17))))
