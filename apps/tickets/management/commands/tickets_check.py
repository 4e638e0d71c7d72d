"""`manage.py tickets_check`: the stored due times against the record of events."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.tickets.actions.upkeep import check_clocks


class Command(BaseCommand):
    """按办理记录重算全部在办工单的时限，与库里存的比对；--repair 改正。"""

    help = "按办理记录重算全部在办工单的时限，与库里存的比对；不一致而没有改正时退出码为 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --repair."""
        parser.add_argument("--repair", action="store_true", help="把不一致的改正过来")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print one line, fail when something is wrong and was not mended."""
        found = check_clocks(now=timezone.now(), repair=options["repair"])
        self.stdout.write(f"核对在办工单 {found.tickets} 件、时钟 {found.clocks} 个。")
        if not found.drifted:
            self.stdout.write("全部一致。")
            return
        said = f"{found.drifted} 件不一致：{found.numbers}。"
        if not options["repair"]:
            raise CommandError(f"{said}请执行 manage.py tickets_check --repair 改正。")
        self.stdout.write(f"{said}已改正 {found.repaired} 件。")
