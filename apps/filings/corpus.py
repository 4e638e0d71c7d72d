"""Measures the reader on a folder of files: against a table of truth, or by its verdicts.

A folder with ``truth.jsonl`` is scored row by row. Any other file must be read or refused with one
sentence, in time and in memory. Expected verdicts may be given by file name.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.core.errors import DomainError
from apps.filings.contents import Reading
from apps.filings.opening.child import RefusedFileError
from apps.filings.reading import UnitWords, read_file
from apps.filings.reporting import as_json
from apps.roster.choices import TEAM_KINDS

MOST_SECONDS, MOST_MEGABYTES = 10.0, 512.0
TARGET, LIGHT_TARGET = 99.5, 100.0
TRUTH = "truth.jsonl"
NOT_FILINGS = {".py", ".jsonl"}
#: defects of which something must be said at the row, and where: level, column in words
MUST_SAY = {
    "phone_short": ("warnings", "F"),
    "phone_float": ("warnings", "F"),
    "missing_phone": ("warnings", "F"),
    "kind_blank": ("warnings", "D"),
    "kind_wrong": ("warnings", "D"),
    "person_blank": ("warnings", "E"),
    "name_blank": ("errors", "C"),
    "dup": ("warnings", "C"),
}
CLEAN = "（无）"


@dataclass
class Run:
    """One file: what came of it, how long it took, how much memory the child had."""

    path: Path
    seconds: float
    reading: Reading | None = None
    refusal: str = ""
    crash: str = ""
    #: the greatest memory of the child, 0 when it died
    megabytes: float = 0.0

    @property
    def verdict(self) -> str:
        """What came of it, in words."""
        if self.reading is not None:
            rows = sum(part.rows_read for part in self.reading.parts)
            return f"读取 {rows} 行"
        return self.crash or f"拒收：{self.refusal}"


@dataclass
class Score:
    """The result of a folder with a table of truth."""

    folder: Path
    target: float
    cases: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    total: int = 0
    total_right: int = 0

    def count(self, defects: Sequence[str], problems: list[str], where: str) -> None:
        """Count a case under each of its defects."""
        self.total += 1
        self.total_right += not problems
        for defect in defects or (CLEAN,):
            self.cases[defect] += 1
            self.right[defect] += not problems
        self.misses += [f"{where} {problem}" for problem in problems]

    @property
    def percent(self) -> float:
        """The share of cases that are right, in percent."""
        return 100 * self.total_right / self.total if self.total else 0.0

    @property
    def is_enough(self) -> bool:
        """Whether the target is met."""
        return bool(self.total) and self.percent >= self.target


def shipped_units() -> list[UnitWords]:
    """Return the units that file, from the shipped list: measuring needs no database."""
    text = Path(settings.BASE_DIR, "fixtures/units.json").read_text("utf-8")
    return [
        UnitWords(unit["code"], unit["name"], unit["full_name"], unit["aliases"])
        for unit in json.loads(text)
        if unit["kind"] in TEAM_KINDS
    ]


def run_file(path: Path, units: Sequence[UnitWords]) -> Run:
    """Read a file; whatever it raises but a refusal is a crash of ours."""
    begun = time.monotonic()
    run = Run(path, 0.0)
    try:
        run.reading = read_file(path, path.name, units=units)
        run.megabytes = run.reading.peak_megabytes
    except RefusedFileError as error:
        run.refusal, run.megabytes = error.message, error.peak_megabytes
    except DomainError as error:
        run.refusal = error.message
    except Exception as error:  # noqa: BLE001 - this is what the measurement looks for
        run.crash = f"崩溃：{type(error).__name__} {error}"
    run.seconds = time.monotonic() - begun
    return run


def score_folder(folder: Path, units: Sequence[UnitWords]) -> tuple[Score, list[Run]]:
    """Compare the files of a folder with its table of truth."""
    score = Score(folder, LIGHT_TARGET if folder.name == "light" else TARGET)
    runs = []
    for line in (folder / TRUTH).read_text("utf-8").splitlines():
        truth = json.loads(line)
        run = run_file(folder / truth["file"], units)
        runs.append(run)
        if run.reading is None:
            score.count(["文件"], [run.verdict], truth["file"])
            continue
        parts = as_json([run.reading])["parts"]
        wanted = [part for part in parts if part["appendix"] == truth["appendix"]]
        if len(wanted) != 1:
            score.count(["文件"], [f"应有一份，读出 {len(wanted)} 份"], truth["file"])
            continue
        _score_part(score, truth, wanted[0])
    return score, runs


def _score_part(score: Score, truth: dict[str, Any], part: dict[str, Any]) -> None:
    name, defects = truth["file"], truth["file_defects"]
    score.count(["单位", *_of(defects, "unit_")], list(_unit_problems(truth, part)), name)
    score.count(["日期", *_of(defects, "date_")], list(_date_problems(truth, part)), name)
    if truth["appendix"] == 1:
        wrong = [] if part["leader"] == truth["leader"] else [f"负责人读成 {part['leader']}"]
        score.count(["负责人", *_of(defects, "leader_")], wrong, name)
        expected = {zone["row"]: _zone_of(zone) for zone in truth["zones"]}
        layout = _of(defects, "zone_", "count_", "header_", "example_", "hidden", "subtotal")
    else:
        expected = {row["row"]: row for row in truth["rows"]}
        layout = []
    found = {row["row"]: row for row in part["rows"]}
    for number, row in expected.items():
        where = f"{name} 第 {number} 行"
        if truth["appendix"] == 1:
            problems = [] if found.get(number) == row else [f"应为 {row}，读成 {found.get(number)}"]
            score.count(["片区行", *layout], problems, where)
        else:
            score.count(row["defects"], list(_row_problems(row, found.get(number), part)), where)
    extra = sorted(found.keys() - expected.keys())
    file_defects = defects or [CLEAN]
    score.count([f"版式 {one}" for one in file_defects], [f"多读了第 {n} 行" for n in extra], name)


def _of(defects: Sequence[str], *beginnings: str) -> list[str]:
    return [one for one in defects if one.startswith(beginnings)]


def _unit_problems(truth: dict[str, Any], part: dict[str, Any]) -> Iterator[str]:
    if part["unit_code"] != truth["unit_code"]:
        yield f"单位应为 {truth['unit']}，读成 {part['unit']}"


def _date_problems(truth: dict[str, Any], part: dict[str, Any]) -> Iterator[str]:
    is_whole = re.fullmatch(r"\d{4}-\d\d-\d\d", truth["date"])
    if is_whole and part["filed_on"] != truth["date"]:
        yield f"日期应为 {truth['date']}，读成 {part['filed_on']}"
    if not is_whole and not any("日期" in one["message"] for one in part["warnings"]):
        yield f"日期“{truth['date_written']}”不完整，却没有说"


def _zone_of(zone: dict[str, Any]) -> dict[str, Any]:
    """Return a zone of the truth as we report it; its count is the number that is written."""
    number = re.search(r"\d+", str(zone["count_written"]))
    return {
        "row": zone["row"],
        "zone": zone["zone"],
        "range": zone["range"],
        "count": int(number[0]) if number else None,
        "staff": zone["staff"],
    }


def _row_problems(
    truth: dict[str, Any], found: dict[str, Any] | None, part: dict[str, Any]
) -> Iterator[str]:
    """Yield what is wrong with a row: another value, nothing read, or a defect not said."""
    expect = truth["expect"]
    if not expect["name"]:
        if found is not None:
            yield f"没有名称却读成 {found}"
    elif found is None:
        yield f"没有读出 {expect}"
    else:
        for key, value in (*expect.items(), ("zone", truth["zone"])):
            if found[key] != value:
                yield f"{key} 应为 {value!r}，读成 {found[key]!r}"
    for defect in truth["defects"]:
        if defect not in MUST_SAY:
            continue
        level, column = MUST_SAY[defect]
        said = [one for one in part[level] if one["row"] == truth["row"]]
        if not any(one["column"] == column for one in said):
            yield f"{defect} 没有在 {column} 列说明"
