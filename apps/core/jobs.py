"""Long work: a row says what to do, the long worker takes one row at a time.

A job whose heartbeat is older than two minutes lost its worker; it is taken again, three times at
most, then parked as failed. Functions must therefore be resumable or idempotent.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from apps.core.access import Actor
from apps.core.choices import JobStatus
from apps.core.errors import DomainError
from apps.core.models import Job

logger = logging.getLogger(__name__)
STALE = timedelta(minutes=2)
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class JobKind:
    """A kind of long work; ``run(job)`` calls :func:`beat` now and then."""

    kind: str
    label: str
    run: Callable[[Job], None]


class JobStopped(Exception):  # noqa: N818  a signal, not an error
    """Somebody pressed 停止; raised by :func:`beat` inside the job's function."""


_kinds: dict[str, JobKind] = {}


def register(*, kind: str, label: str, run: Callable[[Job], None]) -> None:
    """Announce a kind of job; called in ``AppConfig.ready``."""
    _kinds[kind] = JobKind(kind=kind, label=label, run=run)


def label_of(kind: str) -> str:
    """Return the Chinese name of a kind."""
    return _kinds[kind].label if kind in _kinds else kind


def enqueue(*, kind: str, payload: dict[str, Any], by: Actor | None, now: datetime) -> Job:
    """Write the row; the worker finds it. ``payload`` carries ids, never personal data."""
    if kind not in _kinds:
        raise ValueError(f"unknown job kind {kind}")
    return Job.objects.create(
        kind=kind, payload=payload, asked_by=by.username if by else "", asked_at=now
    )


def run_here(job: Job, *, now: datetime) -> Job:
    """Run a waiting job at once, in the caller's process: for work that takes a second or two.

    The row is there all the same: when this process dies half-way, the long worker takes it up.
    """
    won = Job.objects.filter(pk=job.pk, status=JobStatus.WAITING).update(
        status=JobStatus.RUNNING, heartbeat_at=now, attempts=1
    )
    job.refresh_from_db()
    return _run(job) if won else job


def beat(job: Job, *, done: int, total: int) -> None:
    """Say that the job lives and how far it is; raises JobStopped when it was stopped."""
    moved = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING).update(
        heartbeat_at=timezone.now(), done_count=done, total_count=total
    )
    if not moved:
        raise JobStopped


def stop(job: Job, *, now: datetime) -> bool:
    """Stop a waiting or running job; what it has finished stays. False when it had ended."""
    return (
        Job.objects.filter(pk=job.pk, status__in=[JobStatus.WAITING, JobStatus.RUNNING]).update(
            status=JobStatus.STOPPED, finished_at=now
        )
        == 1
    )


def _take(now: datetime) -> Job | None:
    stale = Q(status=JobStatus.RUNNING, heartbeat_at__lt=now - STALE)
    open_jobs = Job.objects.filter(Q(status=JobStatus.WAITING) | stale)
    for job in open_jobs.order_by("asked_at", "pk")[:10]:
        same = Job.objects.filter(pk=job.pk, status=job.status, attempts=job.attempts)
        if job.attempts >= MAX_ATTEMPTS:
            same.update(
                status=JobStatus.FAILED, finished_at=now, error="执行程序三次中断，已停下。"
            )
            continue
        won = same.update(status=JobStatus.RUNNING, heartbeat_at=now, attempts=F("attempts") + 1)
        if won:
            job.refresh_from_db()
            return job
    return None


def run_one(*, now: datetime) -> Job | None:
    """Take the oldest waiting (or abandoned) job and run it; None when there is none."""
    job = _take(now)
    return _run(job) if job is not None else None


def _run(job: Job) -> Job:
    """Run a job that this process has taken, and write how it ended."""
    error = ""
    try:
        _kinds[job.kind].run(job)
    except JobStopped:
        job.refresh_from_db()
        return job
    except DomainError as refusal:
        error = refusal.message
    except Exception as failure:
        logger.exception("job %s failed", job.pk)
        error = f"处理时出错（{type(failure).__name__}），已记录。请稍后重试或联系系统管理员。"
    Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING).update(
        status=JobStatus.FAILED if error else JobStatus.DONE,
        finished_at=timezone.now(),
        error=error[:300],
    )
    job.refresh_from_db()
    return job
