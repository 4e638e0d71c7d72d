"""Type into the search box of 100,000 entities: 200 queries over HTTP, warm, 1 and 8 clients.

Run ``python benchmarks/bench_typeahead.py [small|medium|large] [postgres://…]``. Each database gets
a folder of its own, the demonstration of that size without its tickets (invented names), and the web server with the
command line of production, on the loopback. The queries are parts of names, initials, last four
digits and whole numbers, drawn from the data by a fixed seed. It fails when the 95th
percentile of a database and number of clients exceeds 80 ms, or when a query does not find the
entity that it was drawn from although fewer than ten fit.
Times are milliseconds an answer; the server's processor time stands beside them, because other load
on the machine lengthens the waiting but not the work.
"""

import http.client
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
QUERIES, LIMIT_MS, CLIENTS, ROUNDS = 200, 80.0, (1, 8), 3
SCRATCH = "jizhou_bench_typeahead"
PATIENCE = 1800


# ---- inside a prepared environment ----------------------------------------------------------
def draw():
    """Print the queries as JSON: ``[text, pk of the entity it was drawn from]``."""
    import django

    django.setup()
    from apps.registry.models import BusinessEntity

    rng = random.Random(20260318)
    pks = list(BusinessEntity.objects.present().order_by("pk").values_list("pk", flat=True))
    drawn = []
    for number, pk in enumerate(rng.sample(pks, QUERIES)):
        row = BusinessEntity.objects.prefetch_related("contacts").get(pk=pk)
        phones = [contact.phone for contact in row.contacts.all()]
        drawn.append([_text(number % 10, row, phones, rng), pk])
    print(json.dumps({"entities": len(pks), "queries": drawn}, ensure_ascii=False))


def _text(kind, row, phones, rng):
    """Return what somebody types who looks for the entity: 4 parts, 3 initials, 2 tails, 1 whole."""
    if kind >= 7 and phones:
        digits = phones[0].split("-")[-1] if "-" in phones[0] else phones[0]
        return digits[-4:] if kind < 9 else phones[0]
    if 4 <= kind < 7:
        initials = row.name_initials
        start = rng.randrange(0, max(1, len(initials) - 4))
        return initials[start : start + rng.randint(3, 5)]
    name = re.sub(r"^天津市?(蓟州区)?", "", row.name)
    start = rng.randrange(0, max(1, len(name) - 3))
    return name[start : start + rng.randint(2, 4)]


# ---- outside ----------------------------------------------------------------------------------
def run(env, *command):
    """Run a command of the product."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env, check=True, timeout=PATIENCE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(env, port):
    """Start the web server as production does, and wait until it answers."""
    argv = run(
        env, "-c",
        "import django,json;django.setup();"
        "from jizhou_service.management.commands.up import gunicorn;"
        f"print(json.dumps(gunicorn({port}, 2)))",
    )  # fmt: skip
    process = subprocess.Popen(json.loads(argv), cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                line.request("GET", "/healthz")
                if line.getresponse().status == 200:
                    return process
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start")
    except BaseException:  # an interrupt too: nobody else knows of the process yet
        process.terminate()
        raise


def log_in(port, password):
    """Return the cookies of the office's head, who sees the whole district."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", "/login/")
    answer = line.getresponse()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())[1]
    cookies = [value.split(";")[0] for value in answer.headers.get_all("Set-Cookie")]
    form = {"username": "officechief", "password": password, "csrfmiddlewaretoken": token}
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


def ask(port, cookies, queries, times, missed):
    """Ask all queries over one connection; note milliseconds and what was not found."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    head = {"Cookie": cookies, "X-Requested-With": "fetch"}
    for text, pk in queries:
        started = time.perf_counter()
        line.request("GET", f"/ent/find/?q={quote(text)}", headers=head)
        answer = line.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status == 200, (text, answer.status)
        found = [item["value"] for item in json.loads(body)]
        if pk not in found and len(found) < 10:
            missed.add(text)


def cpu_seconds(parent):
    """Return the processor time that the server's processes have used (Linux)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if parent in {int(fields[1]), int(stat.parent.name)}:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(port, cookies, queries, clients):
    """Return the milliseconds of every answer of so many clients at once, and what was missed."""
    times, missed = [], set()
    for number in range(ROUNDS):
        rng = random.Random(number)
        shares = [rng.sample(queries, len(queries)) for _ in range(clients)]
        threads = [
            threading.Thread(target=ask, args=(port, cookies, share, times, missed))
            for share in shares
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(times) == (number + 1) * clients * len(queries), "a client failed"
    return times, missed


def bench(label, size, env):
    """Prepare a database, serve, measure; return whether the limit holds."""
    began = time.perf_counter()
    run(env, "manage.py", "migrate", "-v0")
    run(env, "manage.py", "collectstatic", "--noinput", "-v0")
    run(env, "manage.py", "seed_demo", "--size", size, "--without-tickets")
    drawn = json.loads(run(env, __file__, "draw"))
    seeded = time.perf_counter() - began
    accounts = (Path(env["VAR_DIR"]) / "demo_accounts.txt").read_text(encoding="utf-8")
    password = next(
        line.split()[2] for line in accounts.splitlines() if line.split()[1] == "officechief"
    )
    port = free_port()
    process = serve(env, port)
    good = True
    try:
        cookies = log_in(port, password)
        ask(port, cookies, drawn["queries"], [], set())  # warm
        for clients in CLIENTS:
            before = cpu_seconds(process.pid)
            times, missed = measure(port, cookies, drawn["queries"], clients)
            used = (cpu_seconds(process.pid) - before) / len(times) * 1000
            cuts = statistics.quantiles(times, n=100)
            good = good and cuts[94] <= LIMIT_MS and not missed
            print(
                f"| {label} | {drawn['entities']:,} | {clients} | {len(times):,} | {cuts[49]:.1f} |"
                f" {cuts[94]:.1f} | {cuts[98]:.1f} | {used:.1f} | {len(missed)} |",
                flush=True,
            )
            if missed:
                print("not found:", "、".join(sorted(missed)), file=sys.stderr)
    finally:
        process.terminate()
        process.wait(60)
    print(f"({label}: made in {seeded:.0f} s)", file=sys.stderr)
    return good


def scratch_database(server):
    """Make an empty database beside others; return its address."""
    import psycopg2

    line = psycopg2.connect(server)
    line.autocommit = True  # databases are not made within a transaction
    line.cursor().execute(f"DROP DATABASE IF EXISTS {SCRATCH}")
    line.cursor().execute(
        f"CREATE DATABASE {SCRATCH} ENCODING 'UTF8' TEMPLATE template0"
        " LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    )
    line.close()
    return server.rsplit("/", 1)[0] + f"/{SCRATCH}"


def main():
    """Measure on SQLite and, where an address is given, on PostgreSQL."""
    arguments = sys.argv[1:]
    size = next((word for word in arguments if word in {"small", "medium", "large"}), "large")
    server = next((word for word in arguments if "://" in word), "")
    print("| Database | Entities | Clients | Answers | p50 | p95 | p99 | Server CPU | Not found |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    good = True
    for label in ["SQLite", *(["PostgreSQL"] if server else [])]:
        folder = tempfile.mkdtemp(prefix="jizhou-bench-")
        env = {**os.environ, "VAR_DIR": folder, "LOG_LEVEL": "WARNING", "BACKUP_EVERY_MINUTES": "0"}
        env.pop("DATABASE_URL", None)
        env.pop("REDIS_URL", None)
        if label == "PostgreSQL":
            env |= {"DATABASE_URL": scratch_database(server), "DATABASE_STATEMENT_SECONDS": "300"}
        try:
            good = bench(label, size, env) and good
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    load = os.getloadavg()[1]
    print(f"\nGoal p95 ≤ {LIMIT_MS:.0f} ms: {'met' if good else 'missed'} (load {load:.1f})")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    draw() if sys.argv[1:] == ["draw"] else main()
