"""`manage.py seed_demo`: invented people and units' teams, so that the product can be tried."""

import random
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts import demo as accounts_demo
from apps.accounts.models import User
from apps.dashboards.actions.seeding import Gathered
from apps.dashboards.actions.tallying import roll_up
from apps.filings import demo as filings_demo
from apps.registry import demo as registry_demo
from apps.regulator import demo as regulator_demo
from apps.roster import demo as roster_demo
from apps.tickets import demo as tickets_demo
from apps.tickets.demo.copying import Follower
from apps.tickets.demo.molds import Mold
from apps.tickets.models import Clock
from apps.workdays.queries import current_calendar
from jizhou_service.reference import load_reference_data


class Tallies(Follower):
    """Counts what is written in bulk, so that it need not be read again."""

    def __init__(self) -> None:
        self.gathered = Gathered(current_calendar())

    def take(self, mold: Mold, copies: list[tuple[int, int]]) -> None:
        """Count copies of a mould."""
        self.gathered.take(mold.ticket, {**mold.rows, Clock: mold.clocks}, copies)

    def written(self) -> None:
        """Store what refers to tickets that are there now."""
        self.gathered.flush()


class Command(BaseCommand):
    """写入演示数据：28 支队伍、34 个部门的专家、经营主体、工单和十五个岗位的演示账号，全部为虚构。"""

    help = "写入演示数据（虚构的队伍、专家、经营主体、账号、工单）；只能在空库上执行。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --size and --without-tickets."""
        parser.add_argument(
            "--size", choices=["small", "medium", "large"], default="small", help="规模，默认 small"
        )
        parser.add_argument("--without-tickets", action="store_true", help="不写工单")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed an empty database; the accounts are printed once and kept in var/demo_accounts.txt."""
        if User.objects.exists():
            raise CommandError(
                "数据库里已有账号，演示数据只能写入空库。上一次没有写完的，请换一个空库重来。"
            )
        now = timezone.now()
        load_reference_data()
        rng = random.Random(20260318)  # noqa: S311  deterministic on purpose
        with transaction.atomic():  # half a demonstration would refuse every later start
            roster_demo.seed(size=options["size"], by=None, now=now, rng=rng)
            registry_demo.seed(size=options["size"], by=None, now=now, rng=rng)
            accounts = accounts_demo.seed(now=now)
            filings_demo.seed(now=now)
            regulator_demo.seed(now=now)
            if not options["without_tickets"] and options["size"] == "small":
                tickets_demo.seed(size="small", now=now, rng=rng)
        if not options["without_tickets"]:
            if options["size"] != "small":
                self._many_tickets(options["size"], now, rng)
            roll_up(now=now)
        if connection.vendor == "postgresql":  # plans need to know now how much there is
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        lines = [f"{a.role:　<10}{a.username:<14}{a.password}  {a.unit}{a.name}" for a in accounts]
        kept = Path(settings.DEMO_ACCOUNTS_FILE)
        kept.touch(mode=0o600)
        kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.stdout.write("演示账号（密码只生成这一次，另存于 var/demo_accounts.txt）：")
        for line in lines:
            self.stdout.write(f"  {line}")

    def _many_tickets(self, size: str, now: datetime, rng: random.Random) -> None:
        """Pour the tickets in, batch by batch, with what the pages add up instead of them."""
        tallies = Tallies()
        tickets_demo.seed(size=size, now=now, rng=rng, follower=tallies)
        tallies.gathered.store(now)
