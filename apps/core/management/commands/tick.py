"""`manage.py tick`: one pass over the recurring work."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.core import timers


class Command(BaseCommand):
    """运行一遍到期的定时工作（与后台进程同一件事，可由 cron 调用）。"""

    help = "运行一遍到期的定时工作，打印每项处理了多少。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --all."""
        parser.add_argument("--all", action="store_true", help="不论是否到期，全部运行一遍")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and print the counts as JSON."""
        done = timers.run_due(now=timezone.now(), force=options["all"])
        self.stdout.write(json.dumps(done, ensure_ascii=False, sort_keys=True))
