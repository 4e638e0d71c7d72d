"""The recurring work of the audit log and its line on the status page."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.audit import actions, queries, triggers
from apps.core import clock, jobs
from apps.core.choices import JobStatus
from apps.core.models import Job
from apps.core.permissions import Permission
from apps.core.status import Status

FULL_CHECK = "audit.check"
LATE = timedelta(seconds=60)


def seal(now: datetime) -> int:
    """Seal what waits."""
    return actions.seal(now=now)


def watch(now: datetime) -> int:
    """Check the new links and anchor the head."""
    return actions.watch(now=now)


def ask_for_full_check(now: datetime) -> int:
    """Write the job row, unless one is open already."""
    is_open = Job.objects.filter(
        kind=FULL_CHECK, status__in=[JobStatus.WAITING, JobStatus.RUNNING]
    ).exists()
    if is_open:
        return 0
    jobs.enqueue(kind=FULL_CHECK, payload={}, by=None, now=now)
    return 1


def full_check(job: Job) -> None:
    """Walk the whole chain and keep the result; the long worker's function."""
    result = actions.check(now=timezone.now(), full=True, beat=lambda done: _beat(job, done))
    Job.objects.filter(pk=job.pk).update(
        result={"is_good": result.is_good, "text": result.text}, done_count=result.checked
    )


def _beat(job: Job, done: int) -> None:
    jobs.beat(job, done=done, total=0)


def warnings(user: Any, now: datetime) -> list[str]:
    """The standing warning to auditors while the newest check is not good; others cost nothing."""
    if not user.has_perm(Permission.VIEW_AUDIT):
        return []
    check = queries.last_check()
    return [] if check is None or check.is_good else [f"审计链核对发现问题：{check.text}"]


def chain_status(now: datetime) -> Status:
    """The oldest entry without a seal, the last check, and whether the triggers are there.

    Never "fail": a broken link must be seen by people, not take the service off the network.
    """
    if triggers.missing(connection):
        return Status("warn", "禁止改删的触发器不在，请执行 manage.py migrate")
    check = queries.last_check()
    if check is not None and not check.is_good:
        return Status("warn", f"{clock.local(check.at):%m-%d %H:%M} 核对发现问题：{check.text}")
    oldest = queries.oldest_waiting()
    if oldest is not None and now - oldest > LATE:
        seconds = int((now - oldest).total_seconds())
        return Status("warn", f"有记录等了 {seconds} 秒没有封存，请检查后台进程")
    if check is None:
        return Status("ok", "封存及时，还没有核对过")
    hours = max(int((now - check.at).total_seconds() // 3600), 0)
    return Status("ok", f"封存及时，{hours} 小时前核对完好，到序号 {check.until_seq}")
