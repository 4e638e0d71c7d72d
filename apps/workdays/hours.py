"""Working hours of a day: a rule, by default 08:30–12:00 and 13:30–17:30. Pure, no clock."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from apps.core.errors import DomainError

_ANY_DAY = date(2000, 1, 3)


def _since_midnight(clock: time) -> timedelta:
    return datetime.combine(_ANY_DAY, clock) - datetime.combine(_ANY_DAY, time.min)


@dataclass(frozen=True, slots=True)
class WorkHours:
    """The periods of work of a day, in order, each (from, to) by the clock of the district."""

    periods: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        """Refuse periods that are empty, reversed or overlap."""
        if not self.periods or any(start >= end for start, end in self.periods):
            raise DomainError("工作时间须先开始后结束。请核对上下班时刻。")
        if any(one[1] > two[0] for one, two in pairwise(self.periods)):
            raise DomainError("上午、下午的工作时间有重叠。请核对上下班时刻。")

    @property
    def length(self) -> timedelta:
        """The working time of a whole day."""
        return self.left_after(time.min)

    def left_after(self, clock: time) -> timedelta:
        """Return the working time of a day from ``clock`` on."""
        now = _since_midnight(clock)
        left = timedelta()
        for start, end in self.periods:
            left += max(_since_midnight(end) - max(_since_midnight(start), now), timedelta())
        return left

    def instant(self, worked: timedelta) -> time:
        """Return when ``worked`` of a day is over: the earliest such time, 0 < worked ≤ length."""
        left = worked
        for start, end in self.periods:
            span = _since_midnight(end) - _since_midnight(start)
            if left <= span:
                return (datetime.combine(_ANY_DAY, start) + left).time()
            left -= span
        raise ValueError(f"a day has no {worked} of work")


STANDARD_HOURS = WorkHours(((time(8, 30), time(12, 0)), (time(13, 30), time(17, 30))))
