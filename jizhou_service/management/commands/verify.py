"""`manage.py verify DIR`: restore a backup into a scratch database and compare."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.core.errors import DomainError
from jizhou_service.backups import manifest
from jizhou_service.backups.verify import verify
from jizhou_service.cli import refuse


class Command(BaseCommand):
    """核验一份备份：校验值、试恢复、行数、审计链、密钥。"""

    help = "核验一份备份：恢复到临时数据库，核对行数、结构、审计链和密钥；通过时退出码为 0。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder; without it the newest backup is taken."""
        parser.add_argument("folder", type=Path, nargs="?", help="备份目录，默认最新的一份")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report; exit code 1 when anything failed."""
        started = time.monotonic()
        newest = manifest.all_backups()[-1:]
        folder = options["folder"] or (newest[0] if newest else None)
        if folder is None:
            refuse(self, "还没有备份，请先执行 manage.py backup。")
        try:
            report = verify(Path(folder), now=timezone.now())
        except DomainError as error:
            refuse(self, error.message)
        for line in report.texts():
            self.stdout.write(line)
        seconds = time.monotonic() - started
        if not report.ok:
            refuse(self, f"备份 {folder} 没有通过核验，不能依靠它。")
        self.stdout.write(f"备份 {folder} 通过核验，用时 {seconds:.1f} 秒")
