"""The sweep of the clocks: nothing due, and 5,000 tickets due, beside a sweep row by row.

Run ``python benchmarks/bench_sweep.py [tickets] [postgres://…]``: 10,000 tickets and ``tickets``
(default 200,000; 1,000,000 takes some minutes to make), 20,000 of them open, on SQLite and, where
an address is given, on PostgreSQL. Tickets are copies of three that went through the real actions,
events and clocks included, spread over the departments and townships. It fails when an idle sweep
takes more than 5 queries, 50 ms or twice the time of the small database, when a due ticket takes
more than 1 ms in the best of ten batches (other programs disturb), or when a reminder is missing or doubled.
"""

import contextlib
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
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
SMALL, LARGE, OPEN, DUE, NAIVE = 10_000, 200_000, 20_000, 5_000, 300
ROUNDS, BATCH, PATIENCE = 30, 500, 3600
MOST_QUERIES, MOST_IDLE_MS, MOST_GROWTH, MOST_DUE_MS = 5, 50.0, 2.0, 1.0
SCRATCH = "jizhou_bench_sweep"
#: Wednesday 18 March 2026, ten o'clock in Tianjin
NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
#: below this an idle sweep is the noise of the machine, and growth says nothing
FLOOR_MS = 1.0


# ---- inside a prepared environment ----------------------------------------------------------
def people():
    """Open one liaison per department and one officer per township, and the hub's dispatcher."""
    from apps.accounts.models import RoleRow, User
    from apps.roster.models import Unit

    def account(name, unit, role):
        made = User.objects.create(username=name, name=name, unit=unit, opened_at=NOW, password="!")  # noqa: S106  nobody logs in
        RoleRow.objects.create(user=made, role=role)
        return made

    departments = [unit for unit in Unit.objects.order_by("order", "pk") if not unit.has_team]
    towns = list(Unit.objects.with_team().order_by("order", "pk"))
    for number, unit in enumerate(departments):
        account(f"liaison{number}", unit, "LIAISON")
        account(f"commissioner{number}", unit, "COMMISSIONER")
    officers = [account(f"officer{number}", unit, "OFFICER") for number, unit in enumerate(towns)]
    hub = Unit.objects.get(is_hub=True)
    account("hubchief", hub, "HUB_CHIEF")
    return departments, officers, account("hub", hub, "HUB_DISPATCHER")


def templates(departments, officers, dispatcher):
    """Bring four tickets forward by the real actions; return them by what they are copied for."""
    from apps.accounts.models import User
    from apps.tickets.actions import Enterprise, perform, register

    officer, lead = officers[0], departments[0]
    liaison = User.objects.get(unit=lead, role_rows__role="LIAISON")

    def begin(moment):
        data = {"content": "扩建车间的施工许可要准备哪些材料", "source": "VISIT",
                "contact_phone": "13900001111"}  # fmt: skip
        name = Enterprise(name="测试机械厂", township=officer.unit)
        return register(enterprise=name, by=officer, now=moment, data=data)

    def handle(moment):
        ticket = begin(moment)
        sent = {"tried": "查了手册，也问了专家", "reason": "需要主管部门答复",
                "collected_via": "HOTLINE"}  # fmt: skip
        perform(ticket=ticket, action="escalate_hub", by=officer, now=moment, data=sent)
        perform(ticket=ticket, action="dispatch", by=dispatcher, now=moment, data={"lead": lead.pk})
        perform(ticket=ticket, action="accept", by=liaison, now=moment)
        told = {"told_by": "PHONE", "text": "已电话联系"}
        perform(ticket=ticket, action="contact", by=liaison, now=moment, data=told)
        return ticket

    ended = begin(NOW)
    done = {"outcome": "RESOLVED", "answer": "可以办理，三个工作日内办好。", "told_by": "ONSITE"}
    perform(ticket=ended, action="resolve_onsite", by=officer, now=NOW, data=done)
    if ended.is_open:  # drawn for a call
        perform(
            ticket=ended, action="withdraw", by=officer, now=NOW,
            data={"told_by": "PHONE", "reason": "企业说不用了"},
        )  # fmt: skip
    days = {"naive": -7, "due": 0, "later": 5}
    made = {name: handle(NOW + timedelta(days=day)) for name, day in days.items()}
    return made | {"ended": ended}


def copy(ticket, count, base):
    """Copy a ticket with its events, clocks and units ``count`` times, by one statement a table."""
    from django.db import connection

    from apps.tickets.models import Clock, Ticket, TicketEvent, TicketUnit

    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in (Ticket, TicketEvent, Clock, TicketUnit):
            own, source = [], []
            for field in model._meta.concrete_fields:
                if field.primary_key and model is not Ticket:
                    continue
                own.append(quote(field.column))
                if field.primary_key or field.column == "ticket_id":
                    source.append(f"{base} + n.i")
                elif field.column == "number" and model is Ticket:
                    source.append(f"'B' || CAST({base} + n.i AS varchar(19))")
                else:
                    source.append(f"t.{quote(field.column)}")
            key = "id" if model is Ticket else "ticket_id"
            cursor.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) "
                f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(own)}) "
                f"SELECT {', '.join(source)} FROM {quote(model._meta.db_table)} t CROSS JOIN n "
                f"WHERE t.{key} = %s",
                [count, ticket.pk],
            )


def spread(departments, officers, first):
    """Give the open copies to all departments and townships in turn."""
    from django.db.models import F
    from django.db.models.functions import Mod

    from apps.tickets.models import Ticket

    copies = Ticket.objects.filter(pk__gt=first, is_open=True)
    for number, unit in enumerate(departments):
        copies.annotate(turn=Mod(F("pk"), len(departments))).filter(turn=number).update(
            lead_unit=unit
        )
    for number, officer in enumerate(officers):
        copies.annotate(turn=Mod(F("pk"), len(officers))).filter(turn=number).update(
            first_receiver=officer, first_unit=officer.unit
        )


@contextlib.contextmanager
def unchecked():
    """Let PostgreSQL check no foreign key of the copies: fifteen for each ticket take most of an hour.

    The copies name what their templates name. Only a superuser may do so; others wait.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        role = "replica" if cursor.fetchone()[0] else "origin"
        cursor.execute("SELECT set_config('session_replication_role', %s, false)", [role])
        yield
        cursor.execute("SELECT set_config('session_replication_role', 'origin', false)")


def make(size):
    """Fill the database; return how many are open and due."""
    from django.db import connection

    departments, officers, dispatcher = people()
    found = templates(departments, officers, dispatcher)
    first = max(ticket.pk for ticket in found.values())
    is_open = min(OPEN, size * 6 // 10)
    counts = {"naive": NAIVE, "due": DUE, "later": is_open - NAIVE - DUE, "ended": size - is_open}
    base = first
    with unchecked():
        for name, count in counts.items():
            copy(found[name], count, base)
            base += count
        spread(departments, officers, first)
    # the templates themselves rang for nobody: only copies are measured
    from apps.tickets.models import Clock

    Clock.objects.filter(ticket_id__lte=first).update(next_fire_at=None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return is_open, first


def naive(now):
    """Sweep as it is often written: look at every open clock, save row by row; return how many."""
    from django.db import transaction
    from django.db.models import Max

    from apps.accounts.models import User
    from apps.audit.actions import record
    from apps.notices.actions import notify
    from apps.tickets.models import Clock, Firing, TicketEvent

    count = 0
    for clock in Clock.objects.filter(stopped_at__isnull=True, ticket__is_open=True).iterator():
        if clock.next_fire_at is None or clock.next_fire_at > now:
            continue
        with transaction.atomic():
            ticket = clock.ticket
            if Firing.objects.filter(clock=clock, milestone="BEFORE_2", cycle=1).exists():
                continue
            Firing.objects.create(
                clock=clock, milestone="BEFORE_2", cycle=1, due_at=clock.next_fire_at, fired_at=now
            )
            last = TicketEvent.objects.filter(ticket=ticket).aggregate(last=Max("seq"))["last"]
            TicketEvent.objects.create(
                ticket=ticket, seq=last + 1, code="milestone", at=now, to_status=ticket.status,
                to_tier=ticket.tier, text="还剩 2 个工作日",
            )  # fmt: skip
            ticket.last_event_at = now
            ticket.save()
            clock.next_fire_at = None
            clock.save()
            users = User.objects.filter(unit_id=ticket.lead_unit_id, role_rows__role="LIAISON")
            notify(
                users=[*users, ticket.first_receiver], kind="x", title="还剩 2 个工作日",
                key=f"n:{clock.pk}", now=now,
            )  # fmt: skip
            record(action="tickets.sweep", by=None, target=ticket)
        count += 1
    return count


def timed(function, now):
    """Return (milliseconds, queries, result)."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        function(now=now)
    queries = len(seen)
    started = time.perf_counter()
    result = function(now=now)
    return (time.perf_counter() - started) * 1000, queries, result


def measure(size):
    """Make a database, measure, print one line of JSON."""
    import django

    django.setup()
    from apps.tickets.actions.sweep import sweep
    from apps.tickets.models import Firing, TicketEvent

    began = time.perf_counter()
    is_open, first = make(size)
    made = time.perf_counter() - began
    naive_at = datetime(2026, 3, 18, 1, 30, tzinfo=UTC)  # nine o'clock and a half: two days left
    early = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
    idle = [timed(lambda now: sweep(now=now), early) for _ in range(ROUNDS)]
    scan_ms, _, _ = timed(lambda now: naive(now), early)
    started = time.perf_counter()
    by_row = naive(naive_at)
    naive_ms = (time.perf_counter() - started) * 1000
    batches, rung, cpu = [], 0, time.process_time()
    while rung < DUE:
        started = time.perf_counter()
        done = sweep(now=datetime(2026, 3, 25, 2, 0, tzinfo=UTC), limit=BATCH)
        batches.append((time.perf_counter() - started) / max(done, 1) * 1e6)
        rung += done
        if not done:
            break
    cpu = (time.process_time() - cpu) / max(rung, 1) * 1e6
    fired = Firing.objects.filter(clock__ticket_id__gt=first + NAIVE)
    cuts = sorted(ms for ms, _, _ in idle)
    print(
        json.dumps(
            {
                "size": size,
                "open": is_open,
                "made_s": made,
                "idle_ms": statistics.median(cuts),
                "idle_p95": cuts[int(len(cuts) * 0.95)],
                "queries": max(queries for _, queries, _ in idle),
                "naive_idle_ms": scan_ms,
                "due": rung,
                "due_us": statistics.median(batches),
                "due_best_us": min(batches),
                "due_cpu_us": cpu,
                "naive_us": naive_ms / by_row * 1000,
                "by_row": by_row,
                "fired": fired.filter(milestone="BEFORE_2").count(),
                "events": TicketEvent.objects.filter(
                    ticket_id__gt=first + NAIVE, code="milestone"
                ).count(),
            }
        )
    )


# ---- outside ----------------------------------------------------------------------------------
def scratch_database(server):
    """Make an empty database beside others; return its address."""
    import psycopg2

    line = psycopg2.connect(server)
    line.autocommit = True  # "with" would open a transaction, in which no database is made
    line.cursor().execute(f"DROP DATABASE IF EXISTS {SCRATCH}")
    line.cursor().execute(
        f"CREATE DATABASE {SCRATCH} ENCODING 'UTF8' TEMPLATE template0"
        " LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    )
    line.close()
    return server.rsplit("/", 1)[0] + f"/{SCRATCH}"


def bench(size, server):
    """Prepare a database of its own and measure in a process of its own; return the figures."""
    with tempfile.TemporaryDirectory(prefix="jizhou-bench-") as folder:
        env = {**os.environ, "VAR_DIR": folder, "LOG_LEVEL": "ERROR", "DATABASE_URL": ""}
        env.pop("DATABASE_URL")
        env.pop("REDIS_URL", None)
        env["DATABASE_STATEMENT_SECONDS"] = "1800"
        if server:
            env["DATABASE_URL"] = scratch_database(server)
        for command in (["migrate", "-v0"], ["load_reference"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT, env=env, check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        done = subprocess.run(
            [sys.executable, __file__, "measure", str(size)],
            cwd=ROOT, env=env, check=True, timeout=PATIENCE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def faults(found, small):
    """Return what misses its goal, in words."""
    wrong = []
    if found["queries"] > MOST_QUERIES:
        wrong.append(f"{found['queries']} queries")
    if found["idle_ms"] > MOST_IDLE_MS:
        wrong.append(f"idle {found['idle_ms']:.1f} ms")
    if max(found["idle_ms"], FLOOR_MS) > MOST_GROWTH * max(small["idle_ms"], FLOOR_MS):
        wrong.append("idle grows")
    if found["due_best_us"] > MOST_DUE_MS * 1000:
        wrong.append(f"{found['due_best_us']:.0f} µs a due ticket")
    if not found["due"] == found["fired"] == found["events"] == DUE:
        wrong.append(f"{found['fired']} rang of {DUE}, {found['events']} events")
    return wrong


def main():
    """Measure both sizes on SQLite and, where an address is given, on PostgreSQL."""
    arguments = sys.argv[1:]
    size = next((int(word) for word in arguments if word.isdecimal()), LARGE)
    server = next((word for word in arguments if "://" in word), "")
    print(
        "| Database | Tickets (open) | Nothing due, ms p50 / p95 | Queries | Row by row, nothing"
        " due, ms | Due, µs a ticket: median / best batch / CPU | Row by row, µs a ticket | Ratio |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    wrong = []
    for label, address in [("SQLite", ""), *([("PostgreSQL", server)] if server else [])]:
        small = None
        for count in (SMALL, size):
            found = bench(count, address)
            small = small or found
            wrong += [f"{label} {count:,}: {text}" for text in faults(found, small)]
            print(
                f"| {label} | {count:,} ({found['open']:,}) | {found['idle_ms']:.2f} /"
                f" {found['idle_p95']:.2f} | {found['queries']} | {found['naive_idle_ms']:.0f} |"
                f" {found['due_us']:.0f} / {found['due_best_us']:.0f} / {found['due_cpu_us']:.0f} |"
                f" {found['naive_us']:.0f} |"
                f" {found['naive_us'] / found['due_us']:.1f}× |",
                flush=True,
            )
            print(f"({label}, {count:,}: made in {found['made_s']:.0f} s)", file=sys.stderr)
    load = os.getloadavg()[1]
    print(f"\nGoals: {'met' if not wrong else 'missed: ' + '; '.join(wrong)} (load {load:.1f})")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    measure(int(sys.argv[2])) if sys.argv[1:2] == ["measure"] else main()
