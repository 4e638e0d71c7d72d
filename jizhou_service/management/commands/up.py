"""`manage.py up`: prepares the installation and runs everything it needs on this machine."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from apps.core.errors import DomainError
from jizhou_service import preparation, running, supervisor
from jizhou_service.cli import refuse
from jizhou_service.supervisor import Plan, Program


def gunicorn(port: int, workers: int) -> list[str]:
    """Return the web server's command line."""
    argv = [sys.executable, "-m", "gunicorn", "jizhou_service.wsgi:application"]
    argv += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--preload"]
    argv += ["--workers", str(workers), "--threads", "4", "--timeout", "60"]
    argv += ["--graceful-timeout", "28", "--max-requests", "5000", "--max-requests-jitter", "500"]
    argv += ["--no-control-socket", "--log-level", "warning"]
    if os.access("/dev/shm", os.W_OK):  # noqa: S108  heartbeat files must not touch a disk
        argv += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    return argv


def celery(queue: str, *, with_beat: bool) -> list[str]:
    """Return the command line of a solo worker for one queue."""
    argv = [sys.executable, "-m", "celery", "-A", "jizhou_service", "worker", "--pool=solo"]
    argv += ["-Q", queue, "-n", f"{queue}@%h", "--loglevel", "WARNING"]
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [*argv, "-B"] if with_beat else argv


def programs(port: int, workers: int) -> list[Program]:
    """Return the processes of one machine: web, both workers, the clock loop."""
    clock = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "run_timers"]
    patient = {"DATABASE_STATEMENT_SECONDS": "300"}  # an import may ask more than a page
    return [
        Program("web", "网页服务", gunicorn(port, workers)),
        Program("worker", "定时执行器", celery("timers", with_beat=True), waits_for_web=True),
        Program("long", "长任务执行器", celery("long", with_beat=False), True, patient),
        Program("clock", "时钟循环", clock, waits_for_web=True),
    ]


class Command(BaseCommand):
    """一条命令启动：建库、载入、网页服务、执行器与时钟循环。"""

    help = "一条命令启动：准备数据库和页面文件，然后运行网页服务、两个执行器和时钟循环。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --port, --workers and --no-demo."""
        parser.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
        parser.add_argument("--workers", type=int, default=2, help="网页进程数，默认 2")
        parser.add_argument("--no-demo", action="store_true", help="空库时不写入演示数据")

    def say(self, line: str) -> None:
        """Print one progress line at once."""
        self.stdout.write(line)
        self.stdout.flush()

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, then become the supervisor (this process is replaced)."""
        port = options["port"]
        try:
            preparation.check_folder(Path(settings.VAR_DIR))
            other = running.holder()
            if other:
                raise DomainError(f"已经在运行（进程 {other}），请先在那个终端按 Ctrl-C 停止。")
            preparation.check_port(port)
            lock = running.hold()
            if lock is None:
                raise DomainError("另一个启动命令正在进行，请稍后再试。")
            with running.insistent_interrupts():
                is_seeded = preparation.prepare(self.say, with_demo=not options["no_demo"])
        except DomainError as error:
            refuse(self, error.message)
        plan = Plan(
            programs=programs(port, options["workers"]),
            log_dir=str(Path(settings.VAR_DIR) / "log"),
            folder=str(settings.BASE_DIR),
            port=port,
            banner=preparation.banner(port, is_seeded=is_seeded),
        )
        self.say("正在启动…")
        connections.close_all()
        os.set_inheritable(lock.fileno(), True)
        script = supervisor.__file__
        os.execv(sys.executable, [sys.executable, "-P", script, plan.to_json()])  # noqa: S606
