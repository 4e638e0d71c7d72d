"""`manage.py rotate_field_keys`: a new key for the encrypted fields."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from apps.core.crypto import keyring
from apps.core.errors import DomainError
from jizhou_service import rotation, running
from jizhou_service.cli import refuse


class Command(BaseCommand):
    """轮换字段密钥：新建一把，重新加密全部电话等内容。"""

    help = "轮换字段密钥：新建一把密钥并重新加密全部内容，可中断后重做；--drop-old 删除不再使用的旧密钥。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --drop-old and --continue."""
        parser.add_argument("--drop-old", action="store_true", help="删除不再使用的旧密钥")
        parser.add_argument(
            "--continue",
            action="store_true",
            dest="only_continue",
            help="不新建密钥，只把内容都改用第一把",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, or drop old keys; each leaves a line in the audit log."""
        try:
            process = running.holder()
            if process:
                raise DomainError(f"系统正在运行（进程 {process}），请先停止再轮换密钥。")
            if options["drop_old"]:
                self._drop()
            else:
                self._rotate(only_continue=options["only_continue"])
        except DomainError as error:
            refuse(self, error.message)

    def _rotate(self, *, only_continue: bool) -> None:
        if only_continue or rotation.is_unfinished():
            self.stdout.write(f"继续把内容改用密钥 {keyring().active}")
        else:
            self.stdout.write(f"已新建密钥 {rotation.add_key()}")
        total = rotation.reencrypt(
            lambda label, count: self.stdout.write(f"{label}：重新加密 {count} 个")
        )
        self._record(f"改用密钥 {keyring().active}，重新加密 {total} 个")
        self.stdout.write(
            f"共重新加密 {total} 个。请把 var/secrets 另存一份；旧备份还需要旧密钥，"
            "不再需要时执行 manage.py rotate_field_keys --drop-old。"
        )

    def _drop(self) -> None:
        dropped = rotation.drop_old()
        if dropped:
            self._record(f"删除旧密钥 {'、'.join(dropped)}")
        self.stdout.write(f"已删除旧密钥：{'、'.join(dropped) or '没有'}")

    def _record(self, text: str) -> None:
        from apps.audit.actions import record

        with transaction.atomic():
            record(action="core.rotate_keys", by=None, note=text)
