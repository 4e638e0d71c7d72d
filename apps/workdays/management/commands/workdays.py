"""工作日历的命令行: count terms, look for gaps, load the shipped years."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core import clock
from apps.core.errors import DomainError
from apps.workdays import actions, queries


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"日期“{text}”不对。请写成 2026-09-24 的样子。") from None


class Command(BaseCommand):
    """``workdays add|between|check|load``."""

    help = "工作日历：推算期限、数工作日、检查缺漏、载入随系统提供的年份。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the four commands."""
        parts = parser.add_subparsers(dest="part", metavar="命令", required=True)
        add = self._part(parts, "add", "某日之后第 n 个工作日，如：workdays add 2026-09-24 7")
        add.add_argument("start", metavar="起始日", help="起始日，当天不计")
        add.add_argument("n", metavar="天数", type=int, help="工作日数；负数往前数")
        add.add_argument("--json", action="store_true", help="输出 JSON，含逐日说明")
        between = self._part(parts, "between", "两日之间的工作日数，前一日不计，后一日计")
        between.add_argument("after", metavar="起", help="起始日，当天不计")
        between.add_argument("until", metavar="止", help="截止日，当天计入")
        self._part(parts, "check", "列出缺少的年份和矛盾的日子；有问题时退出码为 1")
        self._part(parts, "load", "载入随系统提供的年份；已有的和人工修改的不动")

    def _part(self, parts: Any, name: str, text: str) -> ArgumentParser:
        part: ArgumentParser = parts.add_parser(name, help=text, description=text)
        return part

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one of them; a refusal is a sentence, not a trace."""
        try:
            getattr(self, f"_{options['part']}")(options)
        except DomainError as error:
            raise CommandError(error.message) from None

    def _add(self, options: dict[str, Any]) -> None:
        start, n = _day(options["start"]), options["n"]
        calendar = queries.current_calendar()
        due = calendar.add_workdays(start, n)
        provisional = calendar.is_provisional(start, due) if n >= 0 else False
        if not options["json"]:
            self.stdout.write(f"{due}（暂定）" if provisional else f"{due}")
            return
        days = [
            {
                "date": day.date.isoformat(),
                "kind": day.kind.value,
                "name": day.name,
                "number": day.number,
                "provisional": day.is_provisional,
            }
            for day in calendar.explain(start, n)
        ]
        answer = {
            "start": start.isoformat(),
            "n": n,
            "due": due.isoformat(),
            "provisional": provisional,
            "days": days,
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def _between(self, options: dict[str, Any]) -> None:
        after, until = _day(options["after"]), _day(options["until"])
        self.stdout.write(f"{queries.current_calendar().workdays_between(after, until)}")

    def _check(self, options: dict[str, Any]) -> None:
        missing = queries.missing_years(clock.today())
        wrong = queries.contradictions()
        lines = [f"缺少 {year}年的放假安排，涉及的期限为暂定。" for year in missing] + wrong
        if lines:
            self.stdout.write("\n".join(lines))
            raise SystemExit(1)
        last = queries.current_calendar().known_years[-1]
        self.stdout.write(f"工作日历完整，已录入到 {last}年。")

    def _load(self, options: dict[str, Any]) -> None:
        count = actions.load_fixtures(by=None, now=timezone.now())
        self.stdout.write(f"已载入 {count} 天。" if count else "没有需要载入的年份。")
