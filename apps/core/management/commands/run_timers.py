"""`manage.py run_timers`: the clock loop, the trigger that survives a clock that steps back."""

import logging
import random
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone

from apps.core import heartbeats, timers

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """时钟循环：每隔几秒运行一遍到期的定时工作；不依赖消息队列。"""

    help = "时钟循环：每隔几秒运行一遍到期的定时工作，按 Ctrl-C 停止。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --every and --once."""
        parser.add_argument("--every", type=float, default=10.0, help="间隔秒数，默认 10")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loop until SIGTERM or SIGINT; the running pass is finished first."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            self.one_pass()
            # a little uneven, so that the loops of several nodes do not march in step
            stopping.wait(options["every"] * random.uniform(0.9, 1.1))  # noqa: S311

    def one_pass(self) -> None:
        """Run what is due; a database error waits for the next pass."""
        close_old_connections()
        now = timezone.now()
        try:
            heartbeats.beat("clock", now=now)
            timers.trigger(now=now)
        except Error:
            logger.exception("数据库暂时不可用，下一轮再试")
