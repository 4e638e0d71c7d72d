"""Periods of the statistics: day, week, month, quarter, year, or two days of one's own. Pure.

A period has its neighbour (环比) and its counterpart a year ago (同比, domain.md §9).
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

KINDS = {
    "day": "日",
    "week": "周",
    "month": "月",
    "quarter": "季度",
    "year": "年",
    "custom": "自选",
}
LONGEST = timedelta(days=366 * 3)


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last``, both counted."""

    kind: str
    first: date
    last: date

    @property
    def label(self) -> str:
        """The period in words: 2026年3月, 2026年第1季度, 3月16日至3月22日."""
        first, last = self.first, self.last
        if self.kind == "year":
            return f"{first.year}年"
        if self.kind == "quarter":
            return f"{first.year}年第{(first.month + 2) // 3}季度"
        if self.kind == "month":
            return f"{first.year}年{first.month}月"
        if self.kind == "day":
            return _day(first)
        return f"{_day(first)}至{_day(last)}"

    @property
    def query(self) -> str:
        """The period as it stands in an address."""
        return f"period={self.kind}&first={self.first:%Y-%m-%d}&last={self.last:%Y-%m-%d}"

    @property
    def is_months(self) -> bool:
        """Whether it consists of whole months."""
        return self.first.day == 1 and self.last == month_end(self.last)

    @property
    def whole_months(self) -> "Period":
        """The months it touches, whole: what counts by month are about."""
        if self.is_months:
            return self
        return Period("custom", self.first.replace(day=1), month_end(self.last))

    @property
    def months(self) -> list[date]:
        """The first days of the months it touches."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            found.append(month)
            month = next_month(month)
        return found

    def before(self) -> "Period":
        """The neighbour before it (环比)."""
        if self.kind in ("month", "quarter", "year"):
            return of_kind(self.kind, self.first - timedelta(days=1))
        length = self.last - self.first + timedelta(days=1)
        return Period(self.kind, self.first - length, self.first - timedelta(days=1))

    def year_ago(self) -> "Period":
        """The same period of last year (同比)."""
        if self.kind in ("month", "quarter", "year"):
            return of_kind(self.kind, _last_year(self.first))
        return Period(self.kind, _last_year(self.first), _last_year(self.last))

    def until(self, day: date) -> "Period":
        """The period cut off after ``day``, so that a running month is compared fairly."""
        return self if self.last <= day else Period("custom", self.first, max(day, self.first))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _last_year(day: date) -> date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))


def month_end(day: date) -> date:
    """Return the last day of a month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def next_month(day: date) -> date:
    """Return the first day of the month after."""
    return month_end(day) + timedelta(days=1)


def month_of(day: date) -> Period:
    """Return the month that a day lies in."""
    return of_kind("month", day)


def of_kind(kind: str, day: date) -> Period:
    """Return the day, week, month, quarter or year that ``day`` lies in."""
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        return Period(kind, first, first + timedelta(days=6))
    if kind == "month":
        return Period(kind, day.replace(day=1), month_end(day))
    if kind == "quarter":
        first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        return Period(kind, first, month_end(first.replace(month=first.month + 2)))
    if kind == "year":
        return Period(kind, date(day.year, 1, 1), date(day.year, 12, 31))
    return Period("day", day, day)


def parse(kind: str, first: str, last: str, *, today: date) -> tuple[Period, str]:
    """Return the period that an address asks for, and what is wrong with it ("" for nothing).

    Anything that cannot be understood shows the present month and says so.
    """
    present = month_of(today)
    if not kind:
        return present, ""
    try:
        begin = date.fromisoformat(first) if first else today
        end = date.fromisoformat(last) if last else begin
    except ValueError:
        return present, "日期写法不对，请写成 2026-03-18。现在显示本月。"
    if not date(2000, 1, 1) <= begin <= date(2099, 12, 31) or end > date(2099, 12, 31):
        return present, "日期超出范围，请填 2000 年至 2099 年之间的日期。现在显示本月。"
    if kind in ("day", "week", "month", "quarter", "year"):
        return of_kind(kind, begin), ""
    if kind != "custom":
        return present, "没有这种统计时段。现在显示本月。"
    if end < begin:
        return present, "结束日期早于开始日期，请重新选择。现在显示本月。"
    if end - begin > LONGEST:
        return present, "自选时段最长三年，请缩短。现在显示本月。"
    return Period("custom", begin, end), ""
