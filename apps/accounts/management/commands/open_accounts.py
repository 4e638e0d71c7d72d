"""`manage.py open_accounts`: accounts for everybody of the roster who has a post and none yet."""

import csv
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from apps.accounts import actions
from apps.roster.models import Unit


class Command(BaseCommand):
    """按名册批量开通账号，打印账号与初始密码（只显示这一次），可重定向到文件后打印。"""

    help = "按名册批量开通账号；初始密码只显示这一次，请打印后当面交给本人。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --unit."""
        parser.add_argument("--unit", help="只开通这个单位（简称），默认全部单位")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open and print as CSV."""
        units = Unit.objects.filter(is_active=True).order_by("order", "pk")
        if options["unit"]:
            units = units.filter(name=options["unit"])
            if not units:
                raise CommandError(f"没有叫“{options['unit']}”的单位。")
        writer = csv.writer(self.stdout)
        writer.writerow(["单位", "姓名", "账号", "初始密码", "岗位"])
        with transaction.atomic():
            for unit in units:
                for opened in actions.open_accounts_of_unit(unit=unit, by=None, now=timezone.now()):
                    user = opened.user
                    roles = "、".join(user.role_labels)
                    writer.writerow([unit.name, user.name, user.username, opened.password, roles])
