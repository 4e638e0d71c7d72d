"""The same pages of django-helpdesk and of ours, asked in turn over HTTP on one machine.

Run ``python benchmarks/bench_peers.py [tickets] [postgres://…]`` with, if you like,
``--ours FOLDER [--ours-database postgres://…]``: a folder (VAR_DIR) that ``seed_demo --size
medium|large`` has filled, which is then served and asked in the same run; or ``--results FILE``: a
table that ``bench_pages.py`` has printed. Without either the table of benchmarks/results that is
nearest is taken, if it is of the same database and at most twice or half as many tickets.

django-helpdesk gets a virtual environment, settings and a database of its own (SQLite in a scratch
folder, or a database made on the server that is given; what the address names is not touched) and
gunicorn with two sync workers. A page is asked ``--rounds`` times, or as often as fits into
``--limit`` seconds. Its lists and searches are two requests, the page and the rows that its script
fetches then: a person waits for both, so their sum is given. Statements and CPU-ms are taken in
one process apart. All of it is removed afterwards, whatever happens.
"""

import argparse
import contextlib
import json
import math
import os
import re
import signal
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
import bench_pages  # noqa: E402
import peer_helpdesk as peer  # noqa: E402
from bench_import import remake  # noqa: E402
from bench_typeahead import cpu_seconds  # noqa: E402
from peer_servers import REGISTRAR, RELEASE, VENDORS, Helpdesk, Line, Ours, kept, peaks  # noqa: E402

TICKETS, WARM, CREATES, STARTS = 10_000, 4, 150, 3


# ---- over HTTP ----------------------------------------------------------------------------------
def in_turn(visits, rounds, limit):
    """Ask each in turn; return {name: [(ms, ms of the rows)]} without what made workers ready.

    One that has used up its seconds is left alone; one that does not answer within them has an
    endless time.
    """
    found = {name: [] for name in visits}
    for _ in range(WARM + rounds):
        for name, visit in visits.items():
            if sum(ms for ms, _ in found[name]) >= limit * 1000:
                continue
            try:
                found[name].append(visit())
            except TimeoutError:
                found[name].append((math.inf, math.inf))
    full = WARM + rounds
    return {
        name: times[WARM if len(times) == full else len(times) // 4 :]
        for name, times in found.items()
    }


def per_second(server, cookies, address, fields, clients, limit):
    """Send the form with so many clients; return how many a second, and CPU-ms of each."""
    sent, wrong = [], []

    def work(client):
        try:
            line = Line(server.port, cookies, limit)
            _, body = line.ask(address)
            token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', body)[1].decode()
            for number in range(WARM):
                line.ask(address, fields(token, number))
            ready.wait()
            until = time.perf_counter() + limit
            for number in range(CREATES // clients):
                line.ask(address, fields(token, client * CREATES + number))
                sent.append(time.perf_counter())
                if sent[-1] > until:
                    break
        except BaseException as error:  # noqa: BLE001  a thread's end would go unnoticed
            wrong.append(error)
            ready.abort()

    ready = threading.Barrier(clients + 1)
    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in range(clients)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        ready.wait()
    began, cpu = time.perf_counter(), cpu_seconds(server.process.pid)
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"{address}: {wrong[0]!r}")
    cpu = (cpu_seconds(server.process.pid) - cpu) / len(sent) * 1000
    return len(sent) / (max(sent) - began), cpu


# ---- all of it ----------------------------------------------------------------------------------
def measure(helpdesk, known, ours, options):
    """Ask every page of both; return {label: ({name: [(ms, ms of the rows)]}, MB so far)}."""
    found = {}
    for label, address, mine, has_rows in peer.pages(known):
        line = Line(helpdesk.port, helpdesk.cookies, options.limit)
        visits = {"theirs": lambda line=line, at=address, has=has_rows: line.page(at, has)}
        if isinstance(ours, Ours):
            visits["ours"] = ours.visit(mine, options.limit)
        times = in_turn(visits, options.rounds, options.limit)
        found[label] = times, helpdesk.look()
        if math.inf in [ms for ms, _ in times["theirs"]]:
            helpdesk.restart()
        print(f"({label}: {len(times['theirs'])} answers)", file=sys.stderr)
    return found


def shown(ms, limit):
    """Return milliseconds for the table."""
    return f"> {limit * 1000:,.0f}" if ms == math.inf else f"{ms:,.1f}"


def rows(known, found, inside, ours, limit):
    """Yield the lines of the table."""
    head = ["Page", "p50", "p95", "rows alone p50", "answers", "CPU ms", "statements"]
    head += ["worker MB so far"]
    head += ["ours", "p50", "p95", "CPU ms", "statements", "p50 against ours"] if ours else []
    yield f"| {' | '.join(head)} |"
    yield "|" + "|".join("---" if name in {"Page", "ours"} else "---:" for name in head) + "|"
    pairs = zip(peer.pages(known), inside, strict=True)
    for (label, _address, mine, has_rows), (queries, cpu) in pairs:
        both, memory = found[label]
        times = both["theirs"]
        p50, p95 = bench_pages.middle(sorted(ms for ms, _ in times))
        alone = statistics.median(ms for _, ms in times) if has_rows else None
        cells = [label, shown(p50, limit), shown(p95, limit)]
        cells += ["" if alone is None else shown(alone, limit), str(len(times))]
        cells += ["", f"> {queries:,}"] if cpu is None else [f"{cpu:,.1f}", f"{queries:,}"]
        cells.append(f"{memory:,.0f}")
        if isinstance(ours, Ours):
            asked, own_cpu = ours.inside[mine]
            own = (*bench_pages.middle(sorted(ms for ms, _ in both["ours"])), own_cpu, asked)
        else:
            own = ours.rows.get(mine) if ours else None
        if own:
            cells += [mine, *(f"{one:,.1f}" for one in own[:3]), str(own[3])]
            least = min(p50, limit * 1000)
            cells.append(f"{'> ' if p50 == math.inf else ''}{least / own[0]:,.1f}×")
        elif ours:
            cells += [mine, *["–"] * 5]
        yield f"| {' | '.join(cells)} |"


def written(helpdesk, known, ours, limit):
    """Yield what is said of new tickets: the form of each, with one client and with two."""

    def theirs(token, number):
        return peer.form(token, known["queue"], number)

    asked = [("django-helpdesk", helpdesk, helpdesk.cookies, "/tickets/submit/", theirs)]
    if isinstance(ours, Ours):
        asked.append(("ours", ours, ours.cookie(REGISTRAR), "/t/new/", ours.register()))
    for clients in (1, 2):
        for name, *what in asked:
            speed, cpu = per_second(*what, clients, limit)
            yield (
                f"- 新建（表单）, {name}, clients: {clients}: {speed:.0f} per second"
                f" ({cpu:.1f} ms of CPU each)"
            )


def escalated(helpdesk, limit):
    """Yield what is said of the escalation; beside it stands our sweep in bench_sweep."""
    starts = []
    for _ in range(STARTS):
        started = time.perf_counter()
        helpdesk.run(helpdesk.python, "-m", "django", "escalate_tickets")
        starts.append(time.perf_counter() - started)
    found = helpdesk.call("escalate", str(limit))
    wall, cpu, asked = found["idle"]
    yield (
        f"- escalate_tickets, nothing due: {wall * 1000:.1f} ms ({cpu * 1000:.1f} of CPU), {asked}"
        f" statements; the whole command, as cron starts it: {statistics.median(starts):.2f} s"
    )
    if found["due"] is None:
        yield f"- escalate_tickets: {found['count']} due tickets took more than {limit:g} s"
        return
    wall, cpu, asked = (value / max(found["count"], 1) for value in found["due"])
    yield (
        f"- escalate_tickets, per due ticket: {wall * 1000:.2f} ms ({cpu * 1000:.2f} of CPU),"
        f" {asked:.1f} statements ({found['count']} due)"
    )


def bench(stack, folder, database, options):
    """Install, fill, serve, ask; return the lines of the report."""
    began, helpdesk = time.perf_counter(), Helpdesk(folder, database)
    helpdesk.install()
    known = helpdesk.call("fill", str(options.tickets))
    print(f"(made in {time.perf_counter() - began:.0f} s)", file=sys.stderr)
    if options.ours:
        ours = Ours(options.ours, options.ours_database)
        stack.callback(ours.stop)
    else:
        ours = kept(options.results, known)
    inside = helpdesk.call("inside", json.dumps(known), str(options.limit))
    stack.callback(helpdesk.stop)
    helpdesk.start(known["password"])
    found = measure(helpdesk, known, ours, options)
    lines = [
        f"{VENDORS[known['vendor']]}, {RELEASE.replace('==', ' ')}: {known['tickets']:,} tickets,"
        f" {known['open_tickets']:,} open, {known['queues']} queues, {options.rounds} rounds,"
        f" at most {options.limit:g} s a page, load {os.getloadavg()[1]:.1f}",
        *([ours.title()] if ours else []),
        "",
        *rows(known, found, inside, ours, options.limit),
        "",
    ]
    most = helpdesk.look()
    memory = ", ".join(f"{size:.0f}" for size in helpdesk.resident)
    lines += written(helpdesk, known, ours, options.limit)
    lines += escalated(helpdesk, options.limit)
    lines.append(f"- memory of its workers: {memory} MB, at most {most:,.0f} MB")
    if isinstance(ours, Ours):
        own = ", ".join(f"{size:.0f}" for size in bench_pages.workers(ours.process.pid))
        most = max(peaks(ours.process.pid))
        lines.append(f"- memory of our workers: {own} MB, at most {most:.0f} MB")
    return lines


def arguments():
    """Return what the command line says."""
    reader = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    reader.add_argument("words", nargs="*", metavar="TICKETS | postgres://…")
    reader.add_argument("--ours", metavar="FOLDER", help="a seeded VAR_DIR of ours to serve")
    reader.add_argument("--ours-database", default="", metavar="postgres://…")
    reader.add_argument("--results", metavar="FILE", help="a table that bench_pages.py printed")
    reader.add_argument("--rounds", type=int, default=20)
    reader.add_argument("--limit", type=float, default=60.0, metavar="SECONDS", help="for a page")
    reader.add_argument("--out", metavar="FILE", help="keep the report here too")
    options = reader.parse_args()
    options.tickets = next((int(word) for word in options.words if word.isdecimal()), TICKETS)
    options.server = next((word for word in options.words if "://" in word), "")
    if options.ours and not Path(options.ours, "demo_accounts.txt").exists():
        reader.error(f"{options.ours} is no folder that seed_demo has filled")
    if options.results and not Path(options.results).exists():
        reader.error(f"there is no {options.results}")
    return options


def main():
    """Make everything, measure, print, and leave nothing behind."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is removed then too
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="jizhou-bench-"))
        database = ""
        if options.server:
            database = f"{options.server.rsplit('/', 1)[0]}/jizhou_bench_peers_{os.getpid()}"
            stack.callback(remake, database, is_last=True)
            remake(database)
        try:
            text = "\n".join(bench(stack, folder, database, options))
        finally:  # a second interrupt must not stop the removing
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
    print(text)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
