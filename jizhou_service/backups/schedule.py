"""Backups without anybody pressing: timers write job rows, the long worker does them."""

from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.utils import timezone

from apps.core import clock, jobs
from apps.core.choices import JobStatus
from apps.core.errors import DomainError
from apps.core.models import Job
from jizhou_service import env
from jizhou_service.backups import manifest, retention, secrets_box
from jizhou_service.backups.dump import make_backup
from jizhou_service.backups.verify import verify

BACKUP, VERIFY = "backup", "backup.verify"
NIGHT_HOUR = 2
VERIFY_EVERY = timedelta(days=7)
BEAT_EVERY = timedelta(seconds=5)
PAUSE_AFTER_FAILURE = timedelta(hours=6)


def every_minutes() -> int:
    """Return BACKUP_EVERY_MINUTES: how often the embedded database is backed up; 0 never."""
    return env.number("BACKUP_EVERY_MINUTES", 15, high=1440)


def has_changed(newest: Path | None) -> bool:
    """Whether people changed anything since a backup: each change leaves an audit entry."""
    if newest is None:
        return True
    entry = apps.get_model("audit", "AuditEntry")
    last = entry._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
    return bool(last != manifest.read(newest)["last_entry"])


def is_due(now: datetime, newest: Path | None) -> bool:
    """Embedded: after every change, at the interval. PostgreSQL: once a night (plus WAL)."""
    if newest is None:
        return True
    age = now - manifest.moment_of(newest)
    if connection.vendor == "postgresql":
        # a night that was missed (machine off) is made up for in the morning
        return age > timedelta(hours=20) and (
            clock.local(now).hour >= NIGHT_HOUR or age > timedelta(hours=26)
        )
    interval = timedelta(minutes=every_minutes()) - timedelta(seconds=30)
    return age > timedelta(hours=24) or (age > interval and has_changed(newest))


def _ask(kind: str, now: datetime) -> int:
    open_states = [JobStatus.WAITING, JobStatus.RUNNING]
    if Job.objects.filter(kind=kind, status__in=open_states).exists():
        return 0
    jobs.enqueue(kind=kind, payload={}, by=None, now=now)
    return 1


def ask_for_backup(now: datetime) -> int:
    """Write a job row when a backup is due; returns how many."""
    if every_minutes() == 0:
        return 0
    backups = manifest.all_backups()
    newest = backups[-1] if backups else None
    return _ask(BACKUP, now) if is_due(now, newest) else 0


def ask_for_verification(now: datetime) -> int:
    """Write a job row when no backup of the last seven days was verified; returns how many."""
    backups = manifest.all_backups()
    if not backups or every_minutes() == 0:
        return 0
    recent = [path for path in backups if now - manifest.moment_of(path) < VERIFY_EVERY]
    if any(manifest.is_verified(path) for path in recent):
        return 0
    failed = Job.objects.filter(kind=VERIFY, finished_at__gt=now - PAUSE_AFTER_FAILURE)
    return 0 if failed.exists() else _ask(VERIFY, now)


class _Beat:
    """Tells the job's row that we live, not more often than every few seconds."""

    def __init__(self, job: Job) -> None:
        self.job, self.last = job, timezone.now()

    def __call__(self) -> None:
        if timezone.now() - self.last > BEAT_EVERY:
            self.last = timezone.now()
            jobs.beat(self.job, done=0, total=0)


def run_backup(job: Job) -> None:
    """Make a backup and thin out the old ones; the long worker's function."""
    folder = make_backup(now=timezone.now(), words=secrets_box.passphrase(), alive=_Beat(job))
    removed = retention.prune()
    Job.objects.filter(pk=job.pk).update(result={"name": folder.name, "removed": len(removed)})


def run_verification(job: Job) -> None:
    """Verify the newest backup; a bad one fails the job, so that people see it."""
    newest = manifest.all_backups()[-1:]
    if not newest:
        raise DomainError("还没有备份，没有可核验的。")
    report = verify(newest[0], now=timezone.now(), alive=_Beat(job))
    Job.objects.filter(pk=job.pk).update(result={"name": newest[0].name, "report": report.texts()})
    if not report.ok:
        raise DomainError(f"备份 {newest[0].name} 没有通过核验，请执行 manage.py verify 查看。")


def register() -> None:
    """Announce the timers and the kinds of jobs; called in ``AppConfig.ready``."""
    from apps.core import timers

    jobs.register(kind=BACKUP, label="备份", run=run_backup)
    jobs.register(kind=VERIFY, label="核验备份", run=run_verification)
    timers.register(
        name="core.backup",
        label="备份",
        every_seconds=max(every_minutes(), 1) * 60,
        run=ask_for_backup,
    )
    timers.register(
        name="core.verify", label="核验备份", every_seconds=3600, run=ask_for_verification
    )
