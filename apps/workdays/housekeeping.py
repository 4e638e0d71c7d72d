"""The standing warning, the line on the status page and the system check of the calendar."""

from datetime import datetime
from typing import Any

from django.core.checks import Tags, Warning, register  # noqa: A004
from django.db import DatabaseError

from apps.core import clock
from apps.core.permissions import Permission
from apps.core.status import Status
from apps.workdays import queries


def _named(years: list[int]) -> str:
    return "、".join(f"{year}年" for year in years)


def warnings(user: Any, now: datetime) -> list[str]:
    """The standing warning to those who keep the calendar; everybody else costs no query."""
    if not user.has_perm(Permission.EDIT_CALENDAR):
        return []
    missing = queries.missing_years(clock.local(now).date())
    if not missing:
        return []
    return [
        f"{_named(missing)}的放假安排还没有录入，涉及的期限为暂定。"
        "请在“设置 - 工作日历”中导入国务院办公厅的通知。"
    ]


def calendar_status(now: datetime) -> Status:
    """Say whether every year that should be published is, and nothing on record contradicts."""
    today = clock.local(now).date()
    missing, wrong = queries.missing_years(today), queries.contradictions()
    if today.year in missing:
        return Status("fail", f"缺 {_named(missing)}的放假安排，现有期限都是暂定")
    if wrong:
        return Status("warn", wrong[0])
    if missing:
        return Status("warn", f"缺 {_named(missing)}的放假安排，涉及的期限为暂定")
    return Status("ok", f"已录入到 {queries.current_calendar().known_years[-1]} 年")


@register(Tags.database)
def calendar_complete(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[Warning]:
    """Warn at ``check --database default`` and ``migrate`` when a year's notice is missing."""
    if "default" not in (databases or ()):
        return []
    try:
        missing = queries.missing_years(clock.today())
    except DatabaseError:  # the tables are not made yet
        return []
    if not missing:
        return []
    return [
        Warning(
            f"工作日历缺 {_named(missing)}的放假安排。",
            hint="执行 manage.py workdays load，或在“设置 - 工作日历”中导入通知。",
            id="workdays.W001",
        )
    ]
