"""Is the installation ready? The checks that need no business app."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min

from apps.core import heartbeats, status
from apps.core.choices import JobStatus
from apps.core.models import Job, TimerState
from apps.core.status import Status

BACKUP_AGE = timedelta(hours=26)


def database(now: datetime) -> Status:
    """The database answers and has every migration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return Status("fail", "数据库结构不是最新，请执行 manage.py migrate")
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    return Status("ok", f"{name} 正常")


def sweep(now: datetime) -> Status:
    """The recurring work has succeeded within two minutes."""
    last = TimerState.objects.filter(failures=0).order_by("-last_success_at").first()
    broken = list(TimerState.objects.filter(failures__gt=0).values_list("name", flat=True))
    if last is None or last.last_success_at is None:
        return Status("warn", "还没有运行过")
    age = now - last.last_success_at
    if age > heartbeats.FRESH:
        return Status("fail", f"已 {int(age.total_seconds() // 60)} 分钟没有运行，请检查后台进程")
    if broken:
        return Status("warn", f"有 {len(broken)} 项连续出错：{'、'.join(broken)}")
    return Status("ok", f"{int(age.total_seconds())} 秒前运行过")


def processes(now: datetime) -> Status:
    """Each kind of process gave a sign of life within two minutes."""
    silent = [
        heartbeats.KINDS[name]
        for name, age in heartbeats.ages(now=now).items()
        if name != "web" and (age is None or age > heartbeats.FRESH)
    ]
    if silent:
        return Status("warn", f"没有心跳：{'、'.join(silent)}")
    return Status("ok", "定时执行器、长任务执行器、时钟循环都在运行")


def long_jobs(now: datetime) -> Status:
    """No job has waited for long."""
    waiting = Job.objects.filter(status=JobStatus.WAITING)
    oldest = waiting.aggregate(first=Min("asked_at"))["first"]
    if oldest and now - oldest > timedelta(minutes=30):
        return Status("warn", f"有任务等了 {int((now - oldest).total_seconds() // 60)} 分钟")
    return Status("ok", f"排队 {waiting.count()} 件")


def disk(now: datetime) -> Status:
    """There is room on the disk."""
    usage = shutil.disk_usage(settings.VAR_DIR)
    free = usage.free / usage.total
    text = f"剩余 {usage.free // 2**30} GB（{free:.0%}）"
    if free < 0.03:
        return Status("fail", f"{text}，请尽快清理")
    return Status("warn" if free < 0.10 else "ok", text)


def newest_backup() -> tuple[Path, datetime] | None:
    """Return the newest finished backup and its time, or None."""
    files = sorted(Path(settings.BACKUP_DIR).glob("jizhou-*/manifest.json"))
    if not files:
        return None
    moment = datetime.fromtimestamp(files[-1].stat().st_mtime).astimezone()
    return files[-1].parent, moment


def _is_verified(folder: Path) -> bool:
    """Whether the backup was restored into a scratch database and found good."""
    try:
        return bool(json.loads((folder / "verified.json").read_text(encoding="utf-8"))["ok"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def backup(now: datetime) -> Status:
    """A backup is younger than 26 hours; says whether it was verified, or which one was last."""
    newest = newest_backup()
    if newest is None:
        return Status("warn", "还没有备份，请执行 manage.py backup")
    age = now - newest[1]
    text = f"最近一次在 {max(int(age.total_seconds() // 3600), 0)} 小时前"
    if _is_verified(newest[0]):
        text = f"{text}，已核验"
    else:
        folders = sorted(Path(settings.BACKUP_DIR).glob("jizhou-*"), reverse=True)
        good = next((folder.name for folder in folders if _is_verified(folder)), "")
        text = f"{text}，未核验" + (f"（最近通过核验的是 {good}）" if good else "")
    return Status("ok" if age < BACKUP_AGE else "warn", text)


def register_checks() -> None:
    """Announce the base's checks; called in ``AppConfig.ready``."""
    status.register(name="database", label="数据库", check=database)
    status.register(name="sweep", label="定时扫描", check=sweep)
    status.register(name="processes", label="后台进程", check=processes)
    status.register(name="jobs", label="后台任务", check=long_jobs)
    status.register(name="disk", label="磁盘", check=disk)
    status.register(name="backup", label="备份", check=backup)
