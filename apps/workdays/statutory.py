"""Days off by law (全国年节及纪念日放假办法), for years whose notice is not published.

Only the statutory days themselves: when a day is made up for one on a weekend, and which weekend
is worked instead, is what the notice decides.
"""

from datetime import date
from functools import lru_cache

import holidays

#: entries of the library that come from notices, not from the law
_BY_NOTICE = "休息日"
_NAMES = {"农历除夕": "春节", "春节（农历新年）": "春节"}


@lru_cache(maxsize=128)
def statutory_days(year: int) -> dict[date, str]:
    """Return the public statutory days of a year with their names; weekends are not in it."""
    found = holidays.country_holidays("CN", years=year, observed=False, language="zh_CN")
    days: dict[date, str] = {}
    for day in sorted(found):
        names = [name.strip() for name in found[day].split(";")]
        by_law = [_NAMES.get(name, name) for name in names if not name.startswith(_BY_NOTICE)]
        if by_law:
            days[day] = "、".join(dict.fromkeys(by_law))
    return days
