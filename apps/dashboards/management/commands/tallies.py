"""``manage.py tallies rebuild|check``: 重建或核对统计。"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.dashboards.actions import tallying


class Command(BaseCommand):
    """重建统计，或逐件重算并核对。"""

    help = "rebuild：逐件重算并重建统计（已锁定的月份不变）；check：逐件重算，与统计核对"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("what", choices=["rebuild", "check"], help="rebuild 重建，check 核对")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; a check that finds differences ends with exit code 1."""
        now = timezone.now()
        if options["what"] == "rebuild":
            self.stdout.write(f"已重建，共 {tallying.rebuild(now=now):,} 件工单。")
            return
        wrong = tallying.check(now=now)
        if wrong:
            raise CommandError(f"有 {wrong} 处不一致。请执行 manage.py tallies rebuild 重建。")
        self.stdout.write("统计与逐件重算一致。")
