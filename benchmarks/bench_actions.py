"""What a move of a ticket costs: registering, and every step until the ticket is closed.

Run ``python benchmarks/bench_actions.py [tickets] [postgres://…]``: so many tickets (default 200)
are registered and brought through dispatch, acceptance, contact, progress, result, review and
follow-up by the real actions, with clocks, event, audit entry, messages, outbox rows and search
index; first in one process, then in two at once. On SQLite and, where an address is given, on
PostgreSQL. Processor time is that of our process; a server's own comes on top. Goals
(performance.md): 290 registrations and 150 other actions a second on two cores.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
TICKETS, WARM, PROCESSES, PATIENCE = 200, 10, 2, 3600
GOALS = {"register": 290.0, "others": 150.0}
NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
ANSWER = "可以办理。请带营业执照到镇便民服务中心，三个工作日内办好。"


class Work:
    """The people of a district, and the steps of a ticket by name, in order."""

    def __init__(self, number):
        from apps.accounts.models import User
        from apps.roster.models import Unit

        self.number = number
        one = User.objects.select_related("unit").get
        self.officer = one(username=f"officer{number}")
        self.lead = Unit.objects.get(pk=one(username=f"liaison{number}").unit_id)
        self.helper = Unit.objects.get(pk=one(username=f"liaison{number + 2}").unit_id)
        self.who = {name: one(username=name) for name in ("hub", "hubchief", "caller")}
        self.who |= {"liaison": one(username=f"liaison{number}"), "officer": self.officer}
        self.who["helper"] = one(username=f"liaison{number + 2}")

    def register(self, at):
        """Register one request."""
        from apps.tickets.actions import Enterprise, register

        data = {"content": "扩建车间的施工许可要准备哪些材料，图审能不能容缺受理。", "source": "VISIT",
                "contact_phone": "13900001111"}  # fmt: skip
        enterprise = Enterprise(name="测试机械厂", township=self.officer.unit)
        return register(enterprise=enterprise, by=self.officer, now=at, data=data)

    def steps(self):
        """Return (action, who, what is typed)."""
        return [
            ("escalate_hub", "officer", {"tried": "查了手册，也问了专家", "reason": "需要主管部门答复",
                                         "collected_via": "HOTLINE"}),
            ("dispatch", "hub", {"lead": self.lead.pk, "assists": [self.helper.pk]}),
            ("accept", "liaison", {}),
            ("contact", "liaison", {"told_by": "PHONE", "text": "已电话联系"}),
            ("answer_assist", "helper", {"answer": "没有不同意见"}),
            ("progress", "liaison", {"text": "材料已齐，正在会审", "is_public": True}),
            ("submit_result", "liaison", {"outcome": "RESOLVED", "answer": ANSWER, "told_by": "PHONE"}),
            ("approve_result", "hubchief", {}),
            ("close", "caller", {"reached": "YES", "was_contacted": "YES", "solved": "YES",
                                 "answer_grade": "GOOD", "solution_grade": "GOOD"}),
        ]  # fmt: skip


def run(work, count):
    """Bring tickets through everything; return (wall, processor) seconds by action."""
    from apps.tickets.actions import perform

    found, tickets = {}, []

    def timed(name, act):
        wall, cpu = time.perf_counter(), time.process_time()
        made = act()
        spent = (time.perf_counter() - wall, time.process_time() - cpu)
        found.setdefault(name, []).append(spent)
        return made

    for number in range(count):
        at = NOW + timedelta(seconds=number)
        tickets.append(timed("register", lambda at=at: work.register(at)))
    for step, (action, who, data) in enumerate(work.steps(), 1):
        at = NOW + timedelta(hours=step)
        for ticket in tickets:
            timed(action, lambda t=ticket, a=action, w=who, d=data, at=at: perform(
                ticket=t, action=a, by=work.who[w], now=at, data=d))  # fmt: skip
    return found


def queries(work):
    """Return the number of statements by action, savepoints included."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from apps.tickets.actions import perform

    counts = {}
    with CaptureQueriesContext(connection) as seen:
        ticket = work.register(NOW)
    counts["register"] = len(seen)
    for step, (action, who, data) in enumerate(work.steps(), 1):
        with CaptureQueriesContext(connection) as seen:
            perform(
                ticket=ticket, action=action, by=work.who[who], now=NOW + timedelta(hours=step),
                data=data,
            )  # fmt: skip
        counts[action] = len(seen)
    return counts


def prepare():
    """Open the accounts."""
    from bench_sweep import people

    from apps.accounts.models import RoleRow, User
    from apps.roster.models import Unit

    people()
    office = Unit.objects.get(is_office=True)
    caller = User.objects.create(
        username="caller", name="caller", unit=office, opened_at=NOW, password="!"  # noqa: S106
    )  # fmt: skip
    RoleRow.objects.create(user=caller, role="FOLLOWUP_CLERK")


def child(mode, count, number):
    """Do one part in this process and print one line of JSON."""
    import django

    django.setup()
    if mode == "prepare":
        prepare()
        print("{}")
        return
    work = Work(number)
    if mode == "count":
        queries(work)
        print(json.dumps(queries(work)))
        return
    run(work, WARM)
    print(json.dumps(run(work, count)))


def bench(count, server):
    """Measure one database; return the figures by action."""
    from bench_sweep import scratch_database

    with tempfile.TemporaryDirectory(prefix="jizhou-bench-") as folder:
        env = {**os.environ, "VAR_DIR": folder, "LOG_LEVEL": "ERROR"}
        env.pop("DATABASE_URL", None)
        env.pop("REDIS_URL", None)
        if server:
            env["DATABASE_URL"] = scratch_database(server)
        for command in (["migrate", "-v0"], ["load_reference"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT, env=env, check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL,
            )  # fmt: skip

        def part(mode, number=0):
            return subprocess.Popen(
                [sys.executable, __file__, mode, str(count), str(number)],
                cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip

        def answer(process):
            text, _ = process.communicate(timeout=PATIENCE)
            if process.returncode:
                raise RuntimeError("a part of the benchmark broke")
            return json.loads(text.splitlines()[-1])

        answer(part("prepare"))
        counts = answer(part("count"))
        alone = answer(part("run"))
        pair = [answer(one) for one in [part("run", number) for number in range(PROCESSES)]]
    figures = {}
    for name, spent in alone.items():
        together = sum(1 / statistics.mean(wall for wall, _ in one[name]) for one in pair)
        figures[name] = {
            "queries": counts[name],
            "cpu_ms": statistics.median(cpu for _, cpu in spent) * 1000,
            "wall_ms": statistics.median(wall for wall, _ in spent) * 1000,
            "one": 1 / statistics.mean(wall for wall, _ in spent),
            "two": together,
        }
    return figures


def main():
    """Print a table per database; exit 1 when a goal is missed with two processes."""
    arguments = sys.argv[1:]
    count = next((int(word) for word in arguments if word.isdecimal()), TICKETS)
    server = next((word for word in arguments if "://" in word), "")
    print(
        "| Database | Action | Statements | CPU ms | Wall ms, median | A second, one process"
        " | A second, two processes |"
    )
    print("|---|---|---:|---:|---:|---:|---:|")
    wrong = []
    for label, address in [("SQLite", ""), *([("PostgreSQL", server)] if server else [])]:
        for name, one in bench(count, address).items():
            print(
                f"| {label} | {name} | {one['queries']} | {one['cpu_ms']:.2f} |"
                f" {one['wall_ms']:.2f} | {one['one']:.0f} | {one['two']:.0f} |",
                flush=True,
            )
            goal = GOALS.get(name, GOALS["others"])
            if one["two"] < goal:
                wrong.append(f"{label} {name} {one['two']:.0f} of {goal:.0f}")
    print(
        f"\nGoals: {'met' if not wrong else 'missed: ' + '; '.join(wrong)}"
        f" (load {os.getloadavg()[0]:.1f})"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("prepare", "count", "run"):
        child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
