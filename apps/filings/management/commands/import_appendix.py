"""`manage.py import_appendix`: check an appendix from the command line, and write it if asked."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core import jobs
from apps.core.errors import DomainError
from apps.filings import actions, intake
from apps.filings.checked import Checked
from apps.filings.choices import FilingState
from apps.filings.contents import Reading
from apps.filings.models import Filing
from apps.filings.queries.checking import check
from apps.filings.reporting import Outcome, as_json
from apps.roster.models import Unit

WRONG, UNREADABLE = 1, 2


class Command(BaseCommand):
    """核对附件1 或附件2 文件，加 --apply 时写入。"""

    help = (
        "核对附件1 或附件2 文件；不加 --apply 不写入任何内容。"
        "退出码：0 没有错误，1 有错误的行（正确的行照常写入），2 文件读不了。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file and the options."""
        parser.add_argument("file", type=Path, help=".xlsx、.xls、.csv 或 .docx 文件")
        parser.add_argument("--unit", default="", help="表里没有写报送单位时的单位，如 渔阳镇")
        parser.add_argument("--apply", action="store_true", help="写入正确的行；可在页面上撤销")
        parser.add_argument("--json", action="store_true", help="按固定格式输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, perhaps write, print; the exit code says how it went."""
        unit = self._unit(options["unit"])
        try:
            raw = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"打不开文件 {options['file']}。", returncode=UNREADABLE) from error
        try:
            reading = intake.read(
                raw, options["file"].name, default_unit_code=unit.code if unit else ""
            )
        except DomainError as error:
            raise CommandError(error.message, returncode=UNREADABLE) from error
        found = check(reading, None)
        self._print(reading, found, is_json=options["json"])
        if options["apply"]:
            try:
                self._apply(raw, options["file"].name, unit)
            except DomainError as error:
                raise CommandError(error.message, returncode=WRONG) from error
        if any(one.refusal or one.rows_wrong() for one in found):
            raise SystemExit(WRONG)

    def _unit(self, name: str) -> Unit | None:
        if not name:
            return None
        unit = Unit.objects.active().with_team().filter(name=name).first()
        if unit is None:
            raise CommandError(f"没有叫“{name}”的乡镇、街道或开发区。", returncode=UNREADABLE)
        return unit

    def _print(self, reading: Reading, found: list[Checked], *, is_json: bool) -> None:
        if is_json:
            outcomes = [Outcome(one.new, one.changed, one.same) for one in found]
            merged = replace(reading, parts=[one.merged_part() for one in found])
            self.stdout.write(json.dumps(as_json([merged], outcomes), ensure_ascii=False))
            return
        for one in found:
            part = one.part
            unit = part.unit or part.unit_written or "（没有认出单位）"
            self.stdout.write(
                f"{part.sheet}：附件{part.appendix.value} {unit}，读到 {part.rows_read:,} 行，"
                f"新增 {one.new:,}，更新 {one.changed:,}，没有变化 {one.same:,}"
            )
            if one.refusal:
                self.stdout.write(f"  不能写入：{one.refusal}")
            for finding in one.all_findings():
                place = f"第 {finding.row} 行 {finding.column}" if finding.row else "整表"
                self.stdout.write(f"  {place} {finding.field}：{finding.message}{finding.advice}")

    def _apply(self, raw: bytes, name: str, unit: Unit | None) -> None:
        """File the same bytes in the usual way, here and now."""
        now = timezone.now()
        upload = actions.receive(raw=raw, name=name, default_unit=unit, by=None, now=now)
        actions.start_reading(upload=upload, by=None, now=now)
        if upload.job is not None:
            jobs.run_here(upload.job, now=now)
        rows = Filing.objects.select_related("unit", "upload", "job").filter(upload=upload)
        for filing in rows.filter(state=FilingState.CHECKED, good_count__gt=0):
            actions.start(filing=filing, by=None, now=now)
            if filing.job is not None:
                jobs.run_here(filing.job, now=now)
            filing.refresh_from_db()
            if filing.state != FilingState.APPLIED:
                raise DomainError(f"{filing} 没有写完：{filing.job.error if filing.job else ''}")
