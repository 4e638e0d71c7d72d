"""Working days: our calendar against chinesecalendar, holidays and numpy, in one run.

Each candidate answers "the 7th working day after this day" for every day of 2015 to 2026 of the
oracle; its answers are compared with the oracle first. Measured is CPU time (other programs on the
machine disturb less), the median of the rounds. Usage: ``make bench-workdays``.
"""

import argparse
import contextlib
import csv
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")

import chinese_calendar  # noqa: E402
import holidays  # noqa: E402
import numpy as np  # noqa: E402

from apps.workdays.tests.facts import real_calendar  # noqa: E402

ORACLE = ROOT / "apps/workdays/tests/data/deadline7_2015_2026.csv"
DAYS = 7
GOAL_PER_SECOND = 1_000_000

Answer = Callable[[date], date]


def oracle() -> tuple[list[date], list[date]]:
    """Return the start days and their true seventh working days."""
    with ORACLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return (
        [date.fromisoformat(row["start"]) for row in rows],
        [date.fromisoformat(row["due"]) for row in rows],
    )


def with_chinesecalendar(start: date) -> date:
    """Step day by day: the library has no function for the n-th working day."""
    day, left = start, DAYS
    while left:
        day += timedelta(days=1)
        if chinese_calendar.is_workday(day):
            left -= 1
    return day


def numpy_calendar() -> np.busdaycalendar:
    """Give numpy our facts: its week mask knows no make-up days, so every day is a week day."""
    ours = real_calendar()
    first, last = date(2015, 1, 1), date(2027, 2, 28)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return np.busdaycalendar("1111111", [day for day in days if not ours.is_workday(day)])


def candidates() -> dict[str, Answer]:
    """Return each way of asking for one deadline."""
    ours, china, table = real_calendar(), holidays.country_holidays("CN"), numpy_calendar()
    return {
        "ours: Calendar.deadline": lambda start: ours.deadline(start, DAYS).due_on,
        "ours: Calendar.add_workdays": lambda start: ours.add_workdays(start, DAYS),
        "numpy.busday_offset, one at a time": lambda start: np.busday_offset(
            start, DAYS, roll="backward", busdaycal=table
        ).item(),
        "holidays: get_nth_working_day": lambda start: china.get_nth_working_day(start, DAYS),
        "chinesecalendar: is_workday in a loop": with_chinesecalendar,
    }


def exactness(answer: Answer, starts: list[date], due: list[date]) -> str:
    """Say on how many days the answer is the oracle's; a refusal counts as wrong."""
    right = 0
    for start, expected in zip(starts, due, strict=True):
        with contextlib.suppress(Exception):  # a library may lack a year
            right += answer(start) == expected
    return f"{right:,} of {len(starts):,}"


def nanoseconds(answer: Answer, starts: list[date], rounds: int) -> float:
    """Return the median CPU time of one call."""
    found = []
    for _ in range(rounds):
        began = time.process_time_ns()
        for start in starts:
            answer(start)
        found.append((time.process_time_ns() - began) / len(starts))
    return statistics.median(found)


def bare_loop(method: Callable[[date, int], object], starts: list[date], rounds: int) -> float:
    """Return the median CPU time of one direct call of our own methods."""
    found = []
    for _ in range(rounds):
        began = time.process_time_ns()
        for start in starts:
            method(start, DAYS)
        found.append((time.process_time_ns() - began) / len(starts))
    return statistics.median(found)


def whole_array(starts: list[date], rounds: int) -> float:
    """Return numpy's median CPU time of one deadline when all are asked for at once."""
    table, array, found = numpy_calendar(), np.array(starts, dtype="datetime64[D]"), []
    for _ in range(rounds):
        began = time.process_time_ns()
        for _ in range(20):
            np.busday_offset(array, DAYS, roll="backward", busdaycal=table)
        found.append((time.process_time_ns() - began) / len(starts) / 20)
    return statistics.median(found)


def main() -> int:
    """Print the table; exit code 1 when ours is wrong anywhere or below the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    starts, due = oracle()
    ours = real_calendar()
    measured: list[tuple[str, str, float]] = []
    for name, answer in candidates().items():
        exact = exactness(answer, starts, due)
        if name.startswith("ours"):
            method = ours.deadline if "deadline" in name else ours.add_workdays
            spent = bare_loop(method, starts, rounds)
        elif name.startswith("numpy"):
            spent = nanoseconds(answer, starts, rounds)
        else:  # far slower: fewer days, fewer rounds
            spent = nanoseconds(answer, starts[::10], max(rounds // 3, 3))
        measured.append((name, exact, spent))
    base = measured[0][2]
    cores = os.cpu_count()
    print(f"{date.today():%Y-%m-%d}, Python {platform.python_version()}, {cores} cores, ", end="")
    print(f"load {os.getloadavg()[0]:.1f}, {len(starts):,} days, median of {rounds} rounds\n")
    print("| Candidate | Exact | ns per call | Calls per second | Time against ours |")
    print("|---|---|---:|---:|---:|")
    for name, exact, spent in measured:
        print(f"| {name} | {exact} | {spent:,.0f} | {1e9 / spent:,.0f} | {spent / base:,.2f}× |")
    spent = whole_array(starts, rounds)
    print(
        f"| numpy.busday_offset, whole array at once | as above | {spent:,.0f} "
        f"| {1e9 / spent:,.0f} | {spent / base:,.2f}× |"
    )
    is_exact = all(
        exact == f"{len(starts):,} of {len(starts):,}"
        for name, exact, _ in measured
        if name.startswith("ours")
    )
    is_fast = 1e9 / base >= GOAL_PER_SECOND
    print(f"\nGoal {GOAL_PER_SECOND:,} deadlines a second: {'met' if is_fast else 'MISSED'}")
    return 0 if is_exact and is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
