"""`manage.py create_admin`: the first administrator of an installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts import actions
from apps.accounts.choices import Role
from apps.accounts.roles import ADMIN_ROLES
from apps.core.errors import DomainError


class Command(BaseCommand):
    """开通第一位管理员（系统、安全、审计三员各一个账号），打印一次初始密码。"""

    help = "开通一位管理员账号，初始密码只显示这一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare username, name, role."""
        parser.add_argument("username", help="账号，小写字母开头")
        parser.add_argument("name", help="姓名")
        parser.add_argument(
            "--role",
            choices=[role.value for role in ADMIN_ROLES],
            default=Role.SYSADMIN.value,
            help="岗位：SYSADMIN 系统、SECADMIN 安全、AUDITOR 审计，默认系统",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Open the account."""
        try:
            opened = actions.open_account(
                username=options["username"],
                name=options["name"],
                unit=None,
                roles=frozenset({options["role"]}),
                by=None,
                now=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"账号 {opened.user.username} 已开通。初始密码（只显示一次）：")
        self.stdout.write(opened.password)
