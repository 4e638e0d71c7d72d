"""The pages of a seeded database: over HTTP with two workers, and their statements and CPU inside.

Run ``python benchmarks/bench_pages.py <folder> [postgres://…] [--rounds=20] [--out=file]`` on a
folder (VAR_DIR) that ``seed_demo --size medium|large`` has filled. Each page is asked for by a role
that uses it: p50 and p95 are milliseconds over HTTP, queries and CPU-ms are taken in one process
with the counters fresh and kept, SQL is the time of all statements of a page run alone: what the
database itself needs. Other programs on the machine lengthen the waiting, less so the CPU time.
It ends with exit code 1 where a page is over its budget (ux.md §7, decisions.md 31).
"""

import contextlib
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
LIST, STAFF, DASH, TYPE, ANY = 300, 250, 400, 80, 2000
DASH_P50 = {"SQLite": 250, "PostgreSQL": 120}
WRITES = 150


# ---- what is asked ------------------------------------------------------------------------------
def pages(known):
    """Return (label, username, address, p95 budget in ms) of every page that is measured."""
    lists = [
        ("全区在办，时限先到", "hubchief", "view=all"),
        ("全区在办，登记晚", "hubchief", "view=all&sort=new"),
        ("全区在办，最近变动", "hubchief", "view=all&sort=changed"),
        ("全区超期", "hubchief", "view=all&light=red"),
        ("全区临期", "hubchief", "view=all&light=yellow"),
        ("待派单", "dispatcher", "view=all&work=dispatch"),
        ("待签收", "dispatcher", "view=all&work=accept"),
        ("办理中", "dispatcher", "view=all&work=processing"),
        ("退单待定", "hubchief", "view=all&work=returns"),
        ("待回访", "office", "view=all&work=callbacks"),
        ("全区已结束", "hubchief", "view=all&state=ended"),
        ("全部，登记晚", "hubchief", "view=all&state=any"),
        ("某类别全部", "hubchief", f"view=all&state=any&cat={known['category']}"),
        ("某主办单位在办", "hubchief", f"view=all&lead={known['lead']}"),
        ("本单位在办", "teamleader", "view=unit"),
        ("本单位全部", "teamleader", "view=unit&state=any"),
        ("我的在办", "officer", "view=mine"),
    ]
    others = [
        ("不满意的（任意条件）", "hubchief", "view=all&state=any&flag=poor"),
        (
            "一镇一状态（任意条件）",
            "hubchief",
            f"view=all&state=any&unit={known['town']}&status=WITHDRAWN",
        ),
        ("关键词（任意条件）", "hubchief", f"view=all&state=any&q={quote('冷棚')}"),
        ("企业名（任意条件）", "hubchief", f"view=all&state=any&ent={quote(known['entity_word'])}"),
        ("我的全部（任意条件）", "officer", "view=mine&state=any"),
        ("联络员本单位全部", "liaison", "view=unit&state=any"),
    ]
    found = [(f"列表 {label}", who, f"/t/?{query}", LIST) for label, who, query in lists]
    found += [(f"列表 {label}", who, f"/t/?{query}", ANY) for label, who, query in others]
    found += [
        (
            f"列表 全部，深页 {known['depth']:,}",
            "hubchief",
            f"/t/?view=all&state=any&after={known['deep']}",
            LIST,
        ),
        (
            f"列表 在办，深页 {known['open_depth']:,}",
            "hubchief",
            f"/t/?view=all&after={known['deep_open']}",
            LIST,
        ),
        ("工作台 首问人员", "officer", "/home/", STAFF),
        ("工作台 联络员", "liaison", "/home/", STAFF),
        ("工作台 中枢", "dispatcher", "/home/", STAFF),
        ("工作台 办公室", "officechief", "/home/", STAFF),
        ("派单台", "dispatcher", "/dispatch/", STAFF),
        ("派单页", "dispatcher", f"/t/{known['to_dispatch']}/dispatch/", STAFF),
        ("回访台", "followup", "/callbacks/", STAFF),
        ("超期台", "officechief", "/late/", STAFF),
        ("看板 全区", "officechief", "/dash/", DASH),
        ("看板 部门", "officechief", f"/dash/unit/{known['lead']}/", DASH),
        ("看板 乡镇", "teamleader", f"/dash/unit/{known['town']}/", DASH),
        ("指标页", "officechief", "/dash/m/K06/", DASH),
        ("指标口径", "officechief", "/dash/metrics/", DASH),
        ("热点与一类事", "officechief", "/dash/topics/", DASH),
        ("三定与报送", "officechief", "/dash/filing/", DASH),
        ("三定体检", "officechief", "/ent/health/", DASH),
        ("工单页 在办", "hubchief", f"/t/{known['open']}/", STAFF),
        ("工单页 已销号", "hubchief", f"/t/{known['closed']}/", STAFF),
        ("企业页", "officechief", f"/ent/{known['entity']}/", STAFF),
        ("企业列表", "officechief", "/ent/", LIST),
        ("边输边找", "officer", f"/ent/find/?q={quote(known['entity_word'])}", TYPE),
        ("接口 工单列表", "hubchief", "/api/v1/tickets/?size=25", STAFF),
    ]
    for word in known["words"]:
        found.append((f"搜索 {word}", "hubchief", f"/search/?q={quote(word)}", STAFF))
        found.append((f"搜索 {word}（乡镇）", "officer", f"/search/?q={quote(word)}", STAFF))
    return found


# ---- inside a prepared environment --------------------------------------------------------------
def facts():
    """Return what the addresses need: units, tickets, cursors, words."""
    from apps.core.paging import _encode
    from apps.registry.models import BusinessEntity
    from apps.roster.models import Category, Unit
    from apps.tickets.models import Ticket

    total = Ticket.objects.exclude(number=None).count()
    depth = min(20_000, total // 2)
    number_of_open = Ticket.objects.open().count()
    open_depth = min(10_000, number_of_open // 2)
    deep = Ticket.objects.exclude(status="DRAFT").order_by("-registered_at", "-pk")[depth]
    deep_open = Ticket.objects.open().order_by("due_at", "pk")[open_depth]
    name = re.sub(r"^天津市?|蓟州区", "", BusinessEntity.objects.present().order_by("pk")[77].name)
    busy = Ticket.objects.exclude(entity=None).order_by("-pk").values_list("entity_id", flat=True)
    return {
        "tickets": total,
        "open_tickets": number_of_open,
        "depth": depth,
        "open_depth": open_depth,
        "deep": _encode(deep, ["registered_at", "pk"]),
        "deep_open": _encode(deep_open, ["due_at", "pk"]),
        "category": Category.objects.get(code="0401").code,
        "lead": Unit.objects.get(name="区住房建设委").code,
        "town": Unit.objects.get(name="渔阳镇").code,
        "entity_word": name[:3],
        "entity": busy[50],
        "open": Ticket.objects.filter(status="PROCESSING", is_restricted=False)
        .order_by("-pk")[0]
        .number,
        "closed": Ticket.objects.filter(status="CLOSED", is_restricted=False)
        .order_by("-pk")[40]
        .number,
        "to_dispatch": Ticket.objects.filter(status="PENDING_DISPATCH", is_restricted=False)
        .order_by("-pk")[0]
        .number,
        "words": ["噪声", "污水", "变压器", "农业电价", "看护房多大", "府前街", "已经问过", "蜜蜂"],
    }


def timed(into):
    """Return a wrapper that notes (milliseconds, statement) of what the database is asked."""

    def execute(run, sql, params, many, context):
        started = time.perf_counter()
        try:
            return run(sql, params, many, context)
        finally:
            into.append(((time.perf_counter() - started) * 1000, sql))

    return execute


def inside(rounds):
    """Print statements, CPU and SQL time of each page as JSON, and the speed of writing."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from apps.accounts.models import User
    from apps.core import clock
    from apps.tickets.queries import work

    settings.ALLOWED_HOSTS = ["*"]
    known, rows = facts(), []
    clients = {}
    for label, username, address, _budget in pages(known):
        if username not in clients:
            clients[username] = Client()
            clients[username].force_login(
                User.objects.get(username=username), backend="apps.accounts.backends.RoleBackend"
            )
            session = clients[username].session
            session["began"] = session["seen"] = time.time()
            session.save()
        client = clients[username]
        typing = {"HTTP_X_REQUESTED_WITH": "fetch"} if "/find/" in address else {}
        answer = client.get(address, **typing)  # what a process reads once
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
        cpu, counts, sqls = [], [], []
        for number in range(rounds):
            if number == 0:
                work.cache.set(work.STAMP, clock.steady(), None)
            seen = []
            with connection.execute_wrapper(timed(seen)):
                client.get(address, **typing)
            started = time.process_time()
            client.get(address, **typing)
            cpu.append((time.process_time() - started) * 1000)
            counts.append(len(seen))
            sqls.append(seen)
        fresh = sum(ms for ms, _ in sqls[0])
        kept = min(sum(ms for ms, _ in one) for one in sqls[1:] or sqls)
        slowest = max(sqls[0], default=(0.0, ""))
        rows.append(
            [label, min(cpu), counts[0], min(counts), fresh, kept, slowest[0], slowest[1][:1500]]
        )
    print(
        json.dumps({"known": known, "rows": rows, "vendor": connection.vendor}, ensure_ascii=False)
    )


def writes():
    """Register tickets and move them, one after another; print how many a second of wall and CPU."""
    import django

    django.setup()
    from django.utils import timezone

    from apps.accounts.models import User
    from apps.registry.models import BusinessEntity
    from apps.tickets.actions import Enterprise, perform, register

    officer = User.objects.get(username="officer")
    found = BusinessEntity.objects.active().filter(unit=officer.unit, contacts__is_dead=False)
    entities = list(found.select_related("unit", "zone").order_by("-pk").distinct()[:WRITES])
    now, made = timezone.now(), []

    def run(label, function, items):
        wall, cpu = time.perf_counter(), time.process_time()
        for item in items:
            function(item)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return [label, len(items) / wall, len(items) / cpu]

    def add(entity):
        data = {"content": "扩建车间要办哪些手续，先后怎么排", "source": "VISIT"}
        made.append(register(enterprise=Enterprise(entity=entity), by=officer, now=now, data=data))

    def send(ticket):
        sent = {
            "tried": "查了应答手册，也问了专家",
            "reason": "需要主管部门答复",
            "collected_via": "HOTLINE",
        }
        later = now + timedelta(minutes=1)
        perform(ticket=ticket, action="escalate_hub", by=officer, now=later, data=sent)

    print(json.dumps([run("登记", add, entities), run("送中枢", send, made)], ensure_ascii=False))


# ---- outside ------------------------------------------------------------------------------------
def prepared(folder, server):
    """Return the environment of an installation, its static files collected."""
    env = {
        **os.environ, "VAR_DIR": str(folder), "LOG_LEVEL": "WARNING", "ALLOW_HTTP": "1",
        "BACKUP_EVERY_MINUTES": "0", "DATABASE_STATEMENT_SECONDS": "300",
    }  # fmt: skip
    env.pop("DATABASE_URL", None)
    if server:
        env["DATABASE_URL"] = server
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    return env


def call(env, *arguments):
    """Run this file inside the environment; return what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], cwd=ROOT, env=env, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def log_in(port, username, password):
    """Return the cookies of somebody."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", "/login/")
    answer = line.getresponse()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())[1]
    cookies = [value.split(";")[0] for value in answer.headers.get_all("Set-Cookie")]
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token}
    head = {
        "Cookie": "; ".join(cookies),
        "Content-Type": "application/x-www-form-urlencoded",
        "Referer": f"http://127.0.0.1:{port}/login/",
    }
    line.request("POST", "/login/", urlencode(form), head)
    answer = line.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    return "; ".join(value.split(";")[0] for value in answer.headers.get_all("Set-Cookie"))


def over_http(env, folder, known, rounds):
    """Return {label: sorted milliseconds} and the workers' memory in MB after all of it."""
    from bench_typeahead import free_port, serve

    known_to = passwords(folder)
    port = free_port()
    process = serve(env, port)
    found, cookies = {}, {}
    try:
        for label, username, address, _budget in pages(known):
            if username not in cookies:
                cookies[username] = log_in(port, username, known_to[username])
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            head = {"Cookie": cookies[username]}
            head |= {"X-Requested-With": "fetch"} if "/find/" in address else {}
            times = []
            for _ in range(rounds + 4):
                started = time.perf_counter()
                line.request("GET", address, headers=head)
                answer = line.getresponse()
                answer.read()
                times.append((time.perf_counter() - started) * 1000)
                assert answer.status == 200, (label, answer.status)
            found[label] = sorted(times[4:])  # the first ones make the workers ready
        memory = workers(process.pid), workers(process.pid, "RssAnon")
    finally:
        process.terminate()
        process.wait(60)
    return found, memory


def passwords(folder):
    """Return the password of each demonstration account of a folder."""
    accounts = (folder / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[1]: line.split()[2] for line in accounts}


def middle(ms):
    """Return p50 and p95 of sorted milliseconds."""
    return statistics.median(ms), ms[max(0, -(-len(ms) * 95 // 100) - 1)]


def workers(parent, kind="VmRSS"):
    """Return the memory of a server's workers in MB (Linux): resident, or ``RssAnon``, its own.

    The difference is shared: program files, and the database's pages that SQLite maps (256 MB).
    """
    sizes = []
    for path in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            fields = dict(line.split(":", 1) for line in path.read_text().splitlines())
            if int(fields["PPid"]) == parent and kind in fields:
                sizes.append(int(fields[kind].split()[0]) / 1000)
    return sorted(sizes)


def main():
    """Measure, print the table, say what is over its budget."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    options = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--"))
    folder, server = Path(words[0]), next((word for word in words if "://" in word), "")
    rounds = int(options.get("rounds", "20"))
    env = prepared(folder, server)
    own = call(env, "inside", str(max(rounds // 4, 3)))
    known, vendor = own["known"], {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[own["vendor"]]
    times, memory = over_http(env, folder, known, rounds)
    lines = [
        f"{vendor}, {known['tickets']:,} tickets, {known['open_tickets']:,} open, {rounds} rounds,"
        f" load {os.getloadavg()[1]:.1f}",
        "",
        "| Page | p50 | p95 | Budget p95 | CPU ms | Queries fresh / kept | SQL ms fresh / kept | Slowest statement ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    over, detail = [], []
    for (label, _who, address, budget), row in zip(pages(known), own["rows"], strict=True):
        _, cpu, fresh, kept, sql_fresh, sql_kept, slowest, text = row
        p50, p95 = middle(times[label])
        bad = p95 > budget or (address == "/dash/" and (p50 > DASH_P50[vendor] or fresh > 12))
        lines.append(
            f"| {label} | {p50:.1f} | {p95:.1f} | {budget}{' **over**' if bad else ''} | {cpu:.1f} |"
            f" {fresh} / {kept} | {sql_fresh:.1f} / {sql_kept:.1f} | {slowest:.1f} |"
        )
        if bad:
            over.append(label)
        detail.append(f"{label}\t{slowest:.1f}\t{text}")
    if "nowrites" not in options:
        for label, wall, cpu in call(env, "writes"):
            lines.append(f"\n{label}: {wall:.0f} per second ({cpu:.0f} per second of CPU)")
    resident, own_mb = (", ".join(f"{size:.0f}" for size in sizes) for sizes in memory)
    lines.append(f"\nMemory of the workers: {resident} MB, their own {own_mb} MB")
    lines.append(f"Over budget: {'、'.join(over) or 'none'}")
    text = "\n".join(lines)
    print(text)
    if options.get("out"):
        Path(options["out"]).write_text(text + "\n", encoding="utf-8")
        Path(options["out"] + ".sql").write_text("\n".join(detail), encoding="utf-8")
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["inside"]:
        inside(int(sys.argv[2]))
    elif sys.argv[1:2] == ["writes"]:
        writes()
    else:
        main()
