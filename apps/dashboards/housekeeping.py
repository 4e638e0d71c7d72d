"""The recurring work of the statistics and its line on the status page."""

from datetime import datetime, timedelta

from apps.core.clock import local
from apps.core.status import Status
from apps.dashboards.actions import reports, tallying
from apps.dashboards.choices import ReportKind
from apps.dashboards.models import Dirty, MonthClose, Report, TallyState

CHECK_AGE = timedelta(hours=48)
NIGHT = range(2, 5)
#: the month before is closed on this day (domain.md §10, O22)
CLOSING_DAY = 3
REPORT_HOUR = 8


def roll_up(now: datetime) -> int:
    """Count the tickets that changed."""
    return tallying.roll_up(now=now)


def check_nightly(now: datetime) -> int:
    """Compare with recomputation, once a night; return how many places differ."""
    state = TallyState.objects.filter(pk=1).first()
    last = state.checked_at if state else None
    if local(now).hour not in NIGHT or (last and now - last < timedelta(hours=12)):
        return 0
    return tallying.check(now=now)


def close_last_month(now: datetime) -> int:
    """Close the month before from the third on, unless it was closed by hand."""
    today = local(now).date()
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    if today.day < CLOSING_DAY or MonthClose.objects.filter(month=month).exists():
        return 0
    tallying.close_month(month=month, by=None, now=now)
    return 1


def draft_reports(now: datetime) -> int:
    """Write last week's report on Mondays from 8:00, last month's on the first day."""
    moment = local(now)
    yesterday = moment.date() - timedelta(days=1)
    due = []
    if moment.weekday() == 0 and moment.hour >= REPORT_HOUR:
        due.append(ReportKind.WEEK)
    if moment.day == 1 and moment.hour >= REPORT_HOUR:
        due.append(ReportKind.MONTH)
    made = 0
    for kind in due:
        first = reports.period_of(kind, yesterday).first
        if not Report.objects.filter(kind=kind, first=first).exists():
            reports.draft(kind=kind, day=yesterday, by=None, now=now)
            made += 1
    return made


def tally_status(now: datetime) -> Status:
    """Say how far the tallies are, and what the last check found."""
    waiting = Dirty.objects.count()
    state = TallyState.objects.filter(pk=1).first()
    if waiting and (state is None or not state.done_at or now - state.done_at > CHECK_AGE / 48):
        return Status("warn", f"有 {waiting} 件工单等待汇总，请查看后台任务是否在运行")
    if state is None or state.checked_at is None:
        return Status("ok", "还没有到第一次夜间核对")
    if state.drifted:
        return Status("warn", f"{state.drifted} 处不一致，请执行 manage.py tallies rebuild")
    return Status("ok", "统计与逐件重算一致")
