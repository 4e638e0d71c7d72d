"""审计链：核对、封存、归档。"""

import json
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.audit import actions, archive, queries
from apps.core import clock
from apps.core.errors import DomainError


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"日期应写成 2026-01-01 的样子，现在是“{text}”") from error


class Command(BaseCommand):
    """Check, seal or archive the audit log; exits 1 when the chain is broken."""

    help = "审计日志：verify 核对全链，seal 立即封存，archive 按整月归档，check-file 核对归档文件"

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the four subcommands."""
        commands = parser.add_subparsers(dest="what", required=True, metavar="做什么")
        verify = commands.add_parser("verify", help="逐环核对，指出第一处问题；有问题时退出码为 1")
        verify.add_argument("--json", action="store_true", help="输出 JSON")
        commands.add_parser("seal", help="封存等待中的记录")
        shelve = commands.add_parser(
            "archive", help="把某月 1 日以前的记录连同封存值移到压缩文件，链从归档处接续"
        )
        shelve.add_argument("--before", type=_day, required=True, help="某月 1 日，如 2026-01-01")
        shelve.add_argument("--to", type=Path, help="存放文件夹，默认在数据文件夹的 audit-archive")
        check = commands.add_parser("check-file", help="核对一个归档文件里的链")
        check.add_argument("file", type=Path, help="归档文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the chosen subcommand."""
        try:
            getattr(self, f"_{options['what'].replace('-', '_')}")(options)
        except DomainError as error:
            raise CommandError(error.message) from error

    def _verify(self, options: dict[str, Any]) -> None:
        report = queries.verify(now=timezone.now())
        if options["json"]:
            problem = report.problem
            self.stdout.write(
                json.dumps(
                    {
                        "good": report.is_good,
                        "checked": report.checked,
                        "until_seq": report.until_seq,
                        "waiting": report.waiting,
                        "problem": {
                            "kind": str(problem.kind),
                            "seq": problem.seq,
                            "entry_id": problem.entry_id,
                            "text": problem.text,
                        }
                        if problem
                        else None,
                    },
                    ensure_ascii=False,
                )
            )
        else:
            self.stdout.write(report.text)
        if not report.is_good:
            raise SystemExit(1)

    def _seal(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"封存 {actions.seal(now=timezone.now())} 条")

    def _archive(self, options: dict[str, Any]) -> None:
        folder = options["to"] or Path(settings.VAR_DIR) / "audit-archive"
        done = archive.run(
            before=options["before"], folder=folder, today=clock.today(), now=timezone.now()
        )
        if not done.count:
            self.stdout.write("没有可归档的记录")
            return
        self.stdout.write(f"归档 {done.count} 条，到序号 {done.until_seq}")
        self.stdout.write(f"文件 {done.path}")
        self.stdout.write(f"校验值 {done.sha256}，请把文件和校验值另存一处")

    def _check_file(self, options: dict[str, Any]) -> None:
        count, seq, _ = archive.check_file(options["file"])
        self.stdout.write(f"完好，{count} 条，到序号 {seq}")
