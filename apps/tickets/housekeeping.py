"""The recurring work of the tickets and their lines on the status page."""

from datetime import datetime, timedelta

from apps.core.status import Status
from apps.tickets.actions import retention, upkeep
from apps.tickets.actions.digest import send_digests
from apps.tickets.actions.sweep import ALARM_AT
from apps.tickets.actions.sweep import sweep as ring_what_is_due
from apps.tickets.models import Clock, ClockCheck
from apps.tickets.queries.search import count_pairs

CHECK_AGE = timedelta(hours=48)


def sweep(now: datetime) -> int:
    """Ring what is due."""
    return ring_what_is_due(now=now)


def digest(now: datetime) -> int:
    """Send what came outside office hours, once a working morning."""
    return send_digests(now=now)


def upkeep_nightly(now: datetime) -> int:
    """Recompute all open clocks from their events, mend what differs, keep the result."""
    return upkeep.nightly(now=now)


def archive(now: datetime) -> int:
    """Close the files of tickets that ended thirty days ago."""
    return retention.archive_ended(now=now)


def drafts(now: datetime) -> int:
    """Remove drafts that nobody touched for thirty days."""
    return retention.remove_old_drafts(now=now)


def pairs(now: datetime) -> int:
    """Count the words by which similar tickets are found; return how many pairs there are."""
    return len(count_pairs())


def clock_status(now: datetime) -> Status:
    """Say whether reminders fail, and what the last nightly check found."""
    failing = Clock.objects.filter(next_fire_at__isnull=False, failures__gte=ALARM_AT).count()
    if failing:
        return Status("warn", f"有 {failing} 个时限的提醒连续失败，请查看日志")
    last = ClockCheck.objects.order_by("-at").first()
    if last is None:
        return Status("ok", "还没有到第一次夜间核对")
    if now - last.at > CHECK_AGE:
        return Status(
            "warn", f"已 {(now - last.at).days} 天没有核对，请执行 manage.py tickets_check"
        )
    found = f"核对 {last.tickets} 件、{last.clocks} 个时钟"
    if last.drifted > last.repaired:
        return Status(
            "warn", f"{found}，{last.drifted} 件不一致，请执行 manage.py tickets_check --repair"
        )
    if last.drifted:
        return Status("warn", f"{found}，{last.drifted} 件不一致，已改正：{last.numbers}")
    return Status("ok", f"{found}，全部一致")
