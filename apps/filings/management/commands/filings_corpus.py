"""`manage.py filings_corpus`: score the reader on folders of files (decisions.md 28)."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.filings import corpus
from apps.filings.corpus import Run, Score
from apps.filings.reading import UnitWords

MOST_MISSES = 40


class Command(BaseCommand):
    """Prints scores and verdicts; fails when one is below its target."""

    help = (
        "用一批文件检验附件读取：有 truth.jsonl 的文件夹逐行打分，其余文件看能否读取或说清拒收原因。"
        "得分不够、崩溃、超过 10 秒或 512 MB、文件夹不存在、一个文件也没有，都以退出码 1 结束。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folders and the expected verdicts."""
        parser.add_argument("folders", nargs="+", metavar="文件夹", help="连同下级文件夹一起检验")
        parser.add_argument("--verdicts", metavar="文件", help="期望的结论（JSON：文件名 → 说明）")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run everything and judge."""
        folders = [Path(folder) for folder in options["folders"]]
        for folder in folders:
            if not folder.is_dir():
                raise CommandError(f"文件夹 {folder} 不存在。请检查路径。")
        expected = self._expected(options["verdicts"])
        units = corpus.shipped_units()
        failures: list[str] = []
        cases = 0
        for folder in folders:
            for path in sorted(folder.rglob(corpus.TRUTH)):
                score, runs = corpus.score_folder(path.parent, units)
                cases += score.total
                self._print_score(score)
                failures += self._failures(score, runs)
            runs = list(self._others(folder, units))
            cases += len(runs)
            failures += self._print_runs(runs, expected)
        if not cases:
            raise CommandError("没有找到可以检验的文件。请检查文件夹。")
        if failures:
            raise CommandError("没有通过：\n" + "\n".join(failures))
        self.stdout.write(f"全部通过，共 {cases} 项。")

    def _expected(self, name: str | None) -> dict[str, dict[str, str]]:
        if not name:
            return {}
        loaded: dict[str, dict[str, str]] = json.loads(Path(name).read_text("utf-8"))
        return loaded

    def _others(self, folder: Path, units: Sequence[UnitWords]) -> Iterable[Run]:
        """Read the files that no table of truth speaks of."""
        for path in sorted(folder.rglob("*")):
            is_scored = (path.parent / corpus.TRUTH).exists()
            if path.is_file() and not is_scored and path.suffix not in corpus.NOT_FILINGS:
                yield corpus.run_file(path, units)

    def _print_score(self, score: Score) -> None:
        self.stdout.write(
            f"\n{score.folder}：{score.total_right} / {score.total}，{score.percent:.2f}%"
        )
        for defect, cases in sorted(score.cases.items(), key=lambda pair: -pair[1]):
            right = score.right[defect]
            self.stdout.write(f"  {defect}\t{right} / {cases}\t{100 * right / cases:.1f}%")
        for miss in score.misses[:MOST_MISSES]:
            self.stdout.write(f"  不符：{miss}")

    def _failures(self, score: Score, runs: Iterable[Run]) -> Iterable[str]:
        if not score.is_enough:
            yield f"{score.folder} 得分 {score.percent:.2f}%，应至少 {score.target}%。"
        yield from (problem for run in runs for problem in self._limits(run))

    def _print_runs(self, runs: list[Run], expected: dict[str, dict[str, str]]) -> list[str]:
        failures: list[str] = []
        if runs:
            self.stdout.write(f"\n其余 {len(runs)} 个文件：")
        for run in runs:
            memory = f"{run.megabytes:4.0f} MB" if run.megabytes else "      -"
            self.stdout.write(f"  {run.seconds:5.2f} s {memory}  {run.path.name}  {run.verdict}")
            failures += self._limits(run)
            wanted = expected.get(run.path.name)
            if wanted and not run.verdict.startswith(wanted["verdict"]):
                failures.append(f"{run.path.name} 应为“{wanted['verdict']}”，却是“{run.verdict}”。")
        return failures

    def _limits(self, run: Run) -> Iterable[str]:
        if run.crash:
            yield f"{run.path.name} {run.crash}"
        if run.seconds > corpus.MOST_SECONDS:
            yield f"{run.path.name} 用了 {run.seconds:.1f} 秒。"
        if run.megabytes > corpus.MOST_MEGABYTES:
            yield f"{run.path.name} 用了 {run.megabytes:.0f} MB。"
