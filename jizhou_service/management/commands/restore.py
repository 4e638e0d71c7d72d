"""`manage.py restore DIR`: put a backup in place of the present data."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from apps.core.errors import DomainError
from jizhou_service.backups import manifest, secrets_box
from jizhou_service.backups.load import note, restore
from jizhou_service.cli import refuse

WORD = "恢复"


class Command(BaseCommand):
    """用一份备份替换现有数据；原数据保留。"""

    help = "用一份备份替换现有的数据库和附件；先停止系统。原数据改名保留，不删除。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder, --yes and --with-keys."""
        parser.add_argument("folder", type=Path, help="备份目录")
        parser.add_argument("--yes", action="store_true", help="不再询问")
        parser.add_argument(
            "--with-keys",
            action="store_true",
            help="同时恢复密钥（需要 BACKUP_PASSPHRASE）；换新机器时用",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, restore, say where the former data is, leave a line in the audit log."""
        folder, now = options["folder"], timezone.now()
        try:
            content = manifest.read(folder)
            self._confirm(content, options["yes"])
            outcome = restore(
                folder, now=now, with_keys=options["with_keys"], words=secrets_box.passphrase()
            )
        except DomainError as error:
            refuse(self, error.message)
        for line in outcome.report.texts():
            self.stdout.write(line)
        for place in outcome.kept:
            self.stdout.write(f"原数据保留在 {place}")
        self._record(note(content, outcome.kept))
        self.stdout.write("已恢复。请启动系统并登录查看；确认无误后可删除保留的原数据。")

    def _confirm(self, content: dict[str, Any], is_sure: bool) -> None:
        if is_sure:
            return
        rows = sum(content["tables"].values())
        self.stdout.write(
            f"将用 {content['created_at']} 的备份（{rows} 行）替换现有数据，此后的改动会消失。"
        )
        try:
            answer = input(f"确定请输入“{WORD}”：").strip()
        except EOFError:
            answer = ""
        if answer != WORD:
            raise DomainError(f"没有确认，没有改动。确定时请输入“{WORD}”，或加 --yes。")

    def _record(self, text: str) -> None:
        from apps.audit.actions import record

        try:
            record(action="core.restore", by=None, note=text)
        except DatabaseError:
            self.stdout.write("恢复的数据库结构较旧，启动时会自动更新；本次恢复请人工登记。")
