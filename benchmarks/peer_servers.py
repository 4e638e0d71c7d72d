"""Who is asked by ``bench_peers.py``: a scratch django-helpdesk, our product, or its kept table."""

import contextlib
import http.client
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import bench_pages
import peer_helpdesk as peer
from bench_typeahead import free_port, serve

ROOT = Path(__file__).resolve().parent.parent
RELEASE, INSIDE = "django-helpdesk==2.6.1", ROOT / "benchmarks" / "peer_helpdesk.py"
#: of the same release as ours, so that two products are compared, not two versions of Django
SHARED = ("Django==", "djangorestframework==", "gunicorn==", "psycopg2-binary==")
PATIENCE = 4 * 3600
#: who registers a request at ours
REGISTRAR = "officer"
VENDORS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


# ---- over HTTP ----------------------------------------------------------------------------------
class Line:
    """A person's connection: it refuses every answer but the expected one."""

    def __init__(self, port, cookies, limit):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=limit)
        self.origin, self.head = f"http://127.0.0.1:{port}", {"Cookie": cookies}

    def ask(self, address, form=None):
        """Return milliseconds and the body; a form is answered by going on to another page."""
        head, body = dict(self.head), None
        if form is not None:
            body = urlencode(form)
            head |= {"Content-Type": "application/x-www-form-urlencoded"}
            head |= {"Referer": self.origin + address}
        self.http.close()  # the other's turn may have been longer than a server keeps a connection
        started = time.perf_counter()
        self.http.request("GET" if form is None else "POST", address, body, head)
        answer = self.http.getresponse()
        content = answer.read()
        ms = (time.perf_counter() - started) * 1000
        if answer.status != (200 if form is None else 302):
            raise SystemExit(f"{address}: {answer.status} {content[:300]}")
        return ms, content

    def page(self, address, has_rows):
        """Return milliseconds of all that a person waits for, and of the rows among them."""
        ms, content = self.ask(address)
        if not has_rows:
            return ms, 0.0
        rows_ms, content = self.ask(peer.rows_of(content))
        peer.check_rows(content)
        return ms + rows_ms, rows_ms


# ---- an installation of django-helpdesk ---------------------------------------------------------
class Helpdesk:
    """An installation in a scratch folder, and its server."""

    def __init__(self, folder, database):
        self.folder, self.database = Path(folder), database
        self.python = str(self.folder / "venv" / "bin" / "python")
        self.env = {**os.environ, "PYTHONPATH": folder, "PEER_DATABASE": database}
        self.env |= {"DJANGO_SETTINGS_MODULE": "peer_settings", "PYTHONWARNINGS": "ignore"}
        self.process, self.cookies, self.peak, self.resident = None, "", 0.0, []

    def install(self):
        """Make the virtual environment and the tables."""
        lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        shared = [line for line in lines if line.startswith(SHARED)]
        self.run(sys.executable, "-m", "venv", str(self.folder / "venv"))
        pip = ("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
        self.run(self.python, *pip, RELEASE, *shared)
        peer.site(self.folder)
        self.run(self.python, "-m", "django", "migrate", "-v0")

    def run(self, *command):
        """Run a command in the folder; return what it printed."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=PATIENCE
        )
        if done.returncode:
            raise SystemExit(f"{command[:4]}: {done.stdout[-500:]}{done.stderr[-3000:]}")
        return done.stdout

    def call(self, *part):
        """Run a part of peer_helpdesk with this installation; return its figures."""
        return json.loads(self.run(self.python, str(INSIDE), *part).splitlines()[-1])

    def start(self, password):
        """Serve, wait for the first answer, log the member of staff in."""
        self.password, self.port = password, free_port()
        argv = [self.python, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"]
        argv += ["--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--worker-class", "sync"]
        argv += ["--timeout", "3600", "--log-level", "critical", "--no-control-socket"]
        # a group of its own: an interrupt from the keyboard is for stop() to pass on
        self.process = subprocess.Popen(argv, cwd=self.folder, env=self.env, start_new_session=True)
        for _ in range(300):
            try:
                Line(self.port, "", 5).ask("/login/")
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit("the server of django-helpdesk did not start")
        self.cookies = bench_pages.log_in(self.port, "staff", password)

    def stop(self):
        """End the server; a worker may be in the middle of a page of minutes."""
        if self.process is None:
            return
        self.look()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        self.process = None

    def restart(self):
        """Begin anew after a page that was given up: its worker still works on it."""
        self.stop()
        self.start(self.password)

    def look(self):
        """Note the memory of the workers; return the most that one ever had, in MB."""
        self.resident = bench_pages.workers(self.process.pid)
        self.peak = max([self.peak, *peaks(self.process.pid)])
        return self.peak


def peaks(parent):
    """Return the most memory that each worker of a server ever had, in MB (Linux)."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
            if int(lines["PPid"]) == parent and "VmHWM" in lines:
                found.append(int(lines["VmHWM"].split()[0]) * 1024 / 1e6)
    return found


# ---- ours ---------------------------------------------------------------------------------------
class Ours:
    """Our product in a folder that is there, served and asked beside the other."""

    def __init__(self, folder, database):
        self.folder = Path(folder).resolve()
        self.env = bench_pages.prepared(self.folder, database)
        own = bench_pages.call(self.env, "inside", "3")
        self.known, self.vendor = own["known"], VENDORS[own["vendor"]]
        self.inside = {label: (queries, cpu) for label, cpu, queries, *_ in own["rows"]}
        self.pages = {label: rest for label, *rest in bench_pages.pages(self.known)}
        self.known_to, self.cookies = bench_pages.passwords(self.folder), {}
        self.port = free_port()
        self.process = serve(self.env, self.port)

    def stop(self):
        """End the server."""
        self.process.terminate()
        self.process.wait(60)

    def cookie(self, who):
        """Return somebody's cookies."""
        if who not in self.cookies:
            self.cookies[who] = bench_pages.log_in(self.port, who, self.known_to[who])
        return self.cookies[who]

    def visit(self, label, limit):
        """Return what asks for a page of ours."""
        who, address, _budget = self.pages[label]
        line = Line(self.port, self.cookie(who), limit)
        return lambda: line.page(address, has_rows=False)

    def register(self):
        """Return what gives an officer's form, for one of the enterprises of the own unit."""
        body = Line(self.port, self.cookie(REGISTRAR), 60).ask("/ent/")[1].decode()
        entities = re.findall(r'href="/ent/(\d+)/"', body)

        def form(token, number):
            _subject, text = peer.SUBJECTS[number % len(peer.SUBJECTS)]
            return {
                "csrfmiddlewaretoken": token, "entity": entities[number % len(entities)],
                "content": f"{text}（第 {number} 件）", "source": "VISIT",
                "contact_phone": "13900001111", "do": "register",
            }  # fmt: skip

        return form

    def title(self):
        """Return what was asked, in words."""
        return (
            f"ours: {self.vendor}, {self.known['tickets']:,} tickets, {self.known['open_tickets']:,}"
            " open, asked in turn with it in this run"
        )


class Kept:
    """A table of bench_pages from another run."""

    def __init__(self, path):
        self.path, self.rows = Path(path), {}
        text = self.path.read_text(encoding="utf-8")
        self.head = text.splitlines()[0]
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 8 and re.fullmatch(r"[\d.]+", cells[1]):
                p50, p95, cpu = float(cells[1]), float(cells[2]), float(cells[4])
                self.rows[cells[0]] = (p50, p95, cpu, cells[5].split(" / ")[0])

    def title(self):
        """Say that it was another run."""
        return f"ours: from ANOTHER RUN, {self.path.name} ({self.head}): the ratios are rough"


def kept(path, known):
    """Return the table that is named, or the nearest that is kept of this database, or None."""
    if path:
        return Kept(path)
    near = []
    for found in sorted((ROOT / "benchmarks" / "results").glob("pages-*.md")):
        table = Kept(found)
        count = re.match(rf"{VENDORS[known['vendor']]}, ([\d,]+) tickets", table.head)
        if count:
            apart = abs(math.log2(int(count[1].replace(",", "")) / known["tickets"]))
            near.append((apart, str(found), table))
    return min(near)[2] if near and min(near)[0] <= 1 else None
