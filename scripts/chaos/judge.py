"""The judge of the chaos test: ``python judge.py <facts.json>``; prints one line per invariant.

Each says how many items it examined; nothing examined is a failure, for a test that saw nothing
has shown nothing.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
LATEST = 30.0
#: a request of the clients is due so many seconds after it
TERM_SECONDS = 12
DRAIN_SECONDS = 40
SOON = 10.0


class Judge:
    """Reads the journals of the clients and the database, and says what holds."""

    def __init__(self, facts):
        self.facts, self.lines, self.bad = facts, [], 0
        self.journal = [
            json.loads(line)
            for path in facts["journals"]
            for line in Path(path).read_text(encoding="utf-8").splitlines()
        ]

    def said(self, what):
        """Return the lines of a kind."""
        return [line for line in self.journal if line["what"] == what]

    def rule(self, name, text, examined, wrong, note=""):
        """Note the verdict on one invariant; ``wrong`` are examples."""
        good = examined > 0 and not wrong
        self.bad += not good
        shown = f"（如 {'、'.join(map(str, list(wrong)[:3]))}）" if wrong else ""
        mark = "通过" if good else "未通过"
        self.lines.append(
            f"| {name} | {text} | {examined:,} | {len(wrong)}{shown} | {note} | {mark} |"
        )

    # ---- what was acknowledged is there ---------------------------------------------------------
    def tickets(self):
        """I1–I4: nothing acknowledged is lost, nothing is there twice or without having been asked."""
        from apps.tickets.models import Ticket

        rows = list(Ticket.objects.values_list("hotline_no", "number", "status"))
        by_number = {number: status for _, number, status in rows}
        made = self.said("made")
        self.rule("I1", "确认过的工单都在", len(made),
                  [m["key"] for m in made if m["number"] not in by_number])  # fmt: skip
        counts = Counter(key for key, _, _ in rows)
        first = {m["key"]: m["number"] for m in made}
        doubled = [key for key, count in counts.items() if count > 1]
        doubled += [m["key"] for m in self.said("again_made") if first[m["key"]] != m["number"]]
        self.rule("I2", "一个键一件工单，重试得到同一编号", len(counts), doubled,
                  f"重试 {len(self.said('again_made'))} 次")  # fmt: skip
        tried = {line["key"] for line in self.said("try")}
        self.rule("I3", "没有来历不明的工单", len(rows), [k for k, _, _ in rows if k not in tried])
        closed = self.said("closed")
        self.rule("I4", "确认过的结束都在", len(closed),
                  [c["number"] for c in closed if by_number.get(c["number"]) != "REJECTED"])  # fmt: skip

    # ---- reminders ------------------------------------------------------------------------------
    def reminders(self):
        """I5–I8: each overdue dispatch rang, once, in time; none that ended in time."""
        from apps.tickets.models import Clock, Firing, TicketEvent

        clocks = Clock.objects.filter(kind="DISPATCH").values_list("pk", "due_at", "stopped_at")
        fired = Counter(Firing.objects.values_list("clock_id", flat=True))
        until = datetime.fromtimestamp(self.facts["judged_at"], UTC)
        grace = timedelta(seconds=LATEST)
        must, never = [], []
        for pk, due, stopped in clocks:
            if stopped is not None and stopped < due:
                never.append(pk)
            elif due < until and (stopped is None or stopped > due + 2 * grace):
                must.append(pk)
        self.rule("I5", "超时未派单的都提醒过", len(must), [pk for pk in must if not fired[pk]],
                  f"应提醒 {len(must)}，已提醒 {sum(1 for pk in must if fired[pk])}")  # fmt: skip
        self.rule("I6", "按时结束的没有提醒", len(never), [pk for pk in never if fired[pk]])
        events = Counter(
            (ticket, data["clock"], data["key"], data["lap"], data["cycle"], data["milestone"])
            for ticket, data in TicketEvent.objects.filter(code="milestone").values_list(
                "ticket_id", "data"
            )
        )
        wrong = [key for key, count in events.items() if count > 1]
        wrong += [pk for pk, count in fired.items() if count > 1]
        wrong += ["提醒与记录数不等"] if sum(events.values()) != sum(fired.values()) else []
        self.rule("I7", "同一里程碑只响一次", sum(fired.values()), wrong,
                  f"记录 {sum(events.values())} 条")  # fmt: skip
        self.order(TicketEvent)
        self.lateness(Firing)

    def order(self, events):
        """I15: closing and sweeping at once leave an order: a reminder never follows the end (T7)."""
        ended, wrong = 0, []
        closed = set(events.objects.filter(code="reject").values_list("ticket_id", flat=True))
        codes = {}
        rows = events.objects.filter(ticket_id__in=closed).order_by("ticket_id", "seq")
        for ticket, code in rows.values_list("ticket_id", "code"):
            codes.setdefault(ticket, []).append(code)
        for ticket, found in codes.items():
            ended += 1
            wrong += [ticket] if "milestone" in found[found.index("reject") :] else []
        rang = sum("milestone" in found for found in codes.values())
        self.rule("I15", "结束之后不再提醒", ended, wrong, f"先提醒后结束 {rang} 件")

    def lateness(self, firings):
        """I8: late by at most 30 s, counted from the last recovery."""
        ends = sorted(self.facts["recoveries"])
        late, worst = [], 0.0
        rows = firings.objects.values_list("pk", "due_at", "fired_at")
        for pk, due, at in rows:
            since = max([due.timestamp(), *(end for end in ends if end <= at.timestamp())])
            delay = at.timestamp() - since
            worst = max(worst, delay)
            if delay > LATEST:
                late.append(pk)
        self.rule("I8", f"恢复后 {LATEST:.0f} 秒内提醒", len(rows), late, f"最迟 {worst:.1f} 秒")

    # ---- log, messages, pages -------------------------------------------------------------------
    def log(self):
        """I9: the chain is whole and every change stands in it exactly once."""
        from django.utils import timezone

        from apps.audit.actions import seal
        from apps.audit.models import AuditEntry
        from apps.audit.queries import verify
        from apps.tickets.models import Ticket

        while seal(now=timezone.now()):
            pass
        report = verify(now=timezone.now(), since_seq=0, limit=None)
        counts = Counter(
            AuditEntry.objects.filter(action="tickets.intake_hotline").values_list(
                "target_id", flat=True
            )
        )
        wrong = [pk for pk, count in counts.items() if count != 1]
        wrong += [
            str(pk) for pk in Ticket.objects.values_list("pk", flat=True) if str(pk) not in counts
        ]
        wrong += [] if report.is_good else [report.text]
        self.rule("I9", "审计链完整，每次变动恰有一条", report.checked, wrong)

    def messages(self):
        """I10, I12: everything goes out, repetitions carry their key; one inbox row per occasion."""
        from django.utils import timezone

        from apps.notices.actions import deliver
        from apps.notices.models import Notice, OutboxMessage
        from apps.notices.senders import dedupe_id

        end = time.monotonic() + DRAIN_SECONDS
        while OutboxMessage.objects.waiting().exists() and time.monotonic() < end:
            deliver(now=timezone.now(), limit=500)
            time.sleep(0.5)
        sent = Counter(json.loads(Path(self.facts["sent"]).read_text(encoding="utf-8")))
        keys = list(OutboxMessage.objects.values_list("key", "status"))
        wrong = [key for key, status in keys if status != "SENT" or not sent[dedupe_id(key)]]
        known = {dedupe_id(key) for key, _ in keys}
        wrong += [identity for identity in sent if identity not in known]
        repeats = sum(count - 1 for count in sent.values())
        self.rule("I10", "外发消息全部发出", len(keys), wrong, f"同键重发 {repeats} 次")
        rows = Counter(Notice.objects.values_list("user_id", "key"))
        self.rule("I12", "站内消息每人每事一条", len(rows), [k for k, n in rows.items() if n > 1])

    def pages(self):
        """I11: pages never break; they are away only for a fault, and are back soon after it.

        Soon is ten seconds, or twice what the first start took on this machine under its load.
        """
        patience = max(SOON, 2 * self.facts["start_seconds"])
        spans = [(start - 1, end + patience) for start, end in self.facts["faults"]]
        wrong, longest, since = [], 0.0, None
        for at, status, address, took in self.facts["pages"]:
            if status == (302 if address == "/login/" else 200):  # one who is logged in goes home
                longest = max(longest, at + took - since) if since else longest
                since = None
                continue
            since = since or at
            if status not in (0, 503) or not any(start <= at <= end for start, end in spans):
                wrong.append(f"{address} {status}")
        wrong += ["没有恢复"] if since else []
        away = sum(1 for _, status, *_ in self.facts["pages"] if status in (0, 503))
        self.rule("I11", f"网页从不出错，故障后 {patience:.0f} 秒内恢复", len(self.facts["pages"]), wrong,
                  f"不可用 {away} 次，最长 {longest:.1f} 秒")  # fmt: skip

    def disk(self):
        """I13: the files of the database are sound."""
        from django.db import connection

        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA integrity_check")
                wrong = [row[0] for row in cursor.fetchall() if row[0] != "ok"]
            self.rule("I13", "数据库完好", 1, wrong, "integrity_check")
            return
        done = subprocess.run(
            [self.facts["amcheck"], "--install-missing", "--heapallindexed", "-d", self.facts["db_name"],
             "-h", "127.0.0.1", "-p", str(self.facts["db_port"]), "-U", "jizhou"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        wrong = [] if done.returncode == 0 else [(done.stdout + done.stderr)[:200]]
        self.rule("I13", "数据库完好", 1, wrong, "pg_amcheck")

    def people(self):
        """I14: every process is back without anybody's help."""
        alive = self.facts["alive"]
        self.rule("I14", "进程都自己恢复", len(alive), [name for name, up in alive.items() if not up],
                  f"自动重启 {self.facts['restarts']} 次")  # fmt: skip

    def drift(self):
        """The stored due times agree with the events."""
        from django.utils import timezone

        from apps.tickets.actions.upkeep import check_clocks

        found = check_clocks(now=timezone.now(), repair=False)
        self.rule(
            "R5",
            "存的时限与办理记录一致",
            found.tickets,
            found.numbers.split("、") if found.drifted else [],
        )


def wait(seconds):
    """Wait until nothing is due any more, and so long that what was just registered is due, too.

    The sweepers must do it themselves: nothing is swept here.
    """
    from django.utils import timezone

    from apps.tickets.models import Clock

    ripe = timezone.now() + timedelta(seconds=TERM_SECONDS)
    end = time.monotonic() + seconds
    waiting = Clock.objects.filter(next_fire_at__isnull=False, next_fire_at__lte=ripe)
    while time.monotonic() < end:
        if timezone.now() > ripe and not waiting.exists():
            return
        time.sleep(0.5)


def main():
    """Judge and print; exit 1 when an invariant does not hold."""
    import django

    django.setup()
    if sys.argv[1] == "wait":
        wait(float(sys.argv[2]))
        return
    judge = Judge(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    for part in (
        judge.tickets, judge.reminders, judge.log, judge.messages, judge.pages, judge.disk,
        judge.people, judge.drift,
    ):  # fmt: skip
        part()
    print("| 编号 | 不变量 | 核对 | 违反 | 说明 | 结论 |")
    print("|---|---|---:|---:|---|---|")
    print("\n".join(judge.lines))
    sys.exit(1 if judge.bad else 0)


if __name__ == "__main__":
    main()
