"""`manage.py backup`: one consistent backup, also while people work."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.core.errors import DomainError
from jizhou_service.backups import manifest, retention, secrets_box
from jizhou_service.backups.dump import make_backup
from jizhou_service.cli import refuse

KEYS_APART = (
    "密钥没有放进备份（没有设 BACKUP_PASSPHRASE）。请把 var/secrets 目录另存到别处"
    "（如两只加密 U 盘，各由一人保管）；没有它，备份里的电话解不开。"
)


class Command(BaseCommand):
    """备份数据库与附件；运行中也可执行。"""

    help = "备份数据库与附件，运行中也可执行；完成后请用 verify 核验。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --out and --prune."""
        parser.add_argument("--out", type=Path, help="备份所在目录，默认 BACKUP_DIR")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="清理旧备份：保留最近 8 份、每日 7 份、每周 5 份、每月 12 份",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the backup, say where it is and how large, prune when asked."""
        started = time.monotonic()
        try:
            words = secrets_box.passphrase()
            folder = make_backup(now=timezone.now(), out=options["out"], words=words)
        except DomainError as error:
            refuse(self, error.message)
        content = manifest.read(folder)
        size = sum(part["bytes"] for part in content["parts"].values())
        rows = sum(content["tables"].values())
        seconds = time.monotonic() - started
        self.stdout.write(
            f"已备份到 {folder}：{rows} 行，附件 {content['files']['count']} 个，"
            f"{size / 2**20:.2f} MB，用时 {seconds:.1f} 秒"
        )
        self.stdout.write("密钥已用口令加密，放在备份里。" if words else KEYS_APART)
        self.stdout.write(f"请核验：.venv/bin/python manage.py verify {folder}")
        if options["prune"]:
            removed = retention.prune(folder.parent)
            self.stdout.write(f"清理旧备份 {len(removed)} 份")
