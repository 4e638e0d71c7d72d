"""Import 100,000 rows of Appendix 2: ours beside django-import-export, each in its own process.

Run ``python benchmarks/bench_import.py [rows] [peer rows]``. Ours does everything a user gets: guard,
reading in the child, row checks, kept rows, preview, writing in transactions of 500 rows with audit,
search index and undo records, merge suspicions. The peers read a flat workbook of the same rows with
openpyxl and write one table. Peers run ``peer rows`` rows and are scaled. Each kind of import runs
three times in turn: first, the same file again, and with 1 % changed.

Databases: SQLite in a temporary folder; with ``BENCH_POSTGRES=postgres://user@host:port`` also a
database made for the run. It fails when a goal of performance.md C is missed.
"""

import contextlib
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
os.environ.setdefault("ALLOW_HTTP", "1")
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "600")

ROUNDS = ("first", "same again", "1 % changed")
PEERS = ("default", "use_bulk", "tuned")
LABELS = {
    "ours": "ours, everything",
    "default": "django-import-export, default",
    "use_bulk": "django-import-export, use_bulk",
    "tuned": "django-import-export, best tuned",
}
GOAL_FIRST, GOAL_AGAIN, GOAL_MB = 15.0, 6.0, 512
GOAL_DEFAULT, GOAL_TUNED = 10.0, 4.0
SIGNS = "盛恒瑞泰鑫源顺达福兴隆昌嘉诚信德润丰宏伟永盘山渔阳燕翠屏古渡青松云岭秀水金穗绿野"
HEAD = ("zone", "name", "kind", "principal", "phones", "unit")
ZONES = 20
UNIT = "渔阳镇"


def plain_rows(count, *, is_changed=False):
    """Yield (zone, name, kind, principal, phone), zone by zone; of one in a hundred another boss."""
    size = len(SIGNS)
    for number in range(count):
        sign = "".join(SIGNS[number // size**power % size] for power in range(4))
        boss = SIGNS[number % size] + SIGNS[number // 7 % size]
        if is_changed and number % 100 == 0:
            boss += "明"
        zone = f"第{'一二三四五六七八九十'[number * ZONES // count % 10]}{'甲乙'[number * ZONES // count // 10]}片区"
        yield zone, f"天津市{sign}商贸有限公司", "ENTERPRISE", boss, str(15_400_000_000 + number)


def official(count, *, is_changed=False):
    """Return the rows as an official Appendix 2."""
    from apps.filings import write_xlsx
    from apps.filings.contents import Appendix, EntityRow
    from apps.filings.official import Form

    rows = (
        EntityRow(0, zone, name, kind, boss, (phone,))
        for zone, name, kind, boss, phone in plain_rows(count, is_changed=is_changed)
    )
    target = io.BytesIO()
    write_xlsx.write(target, [Form(Appendix.ENTITIES, UNIT, entities=rows)])
    return target.getvalue()


def flat(count, *, is_changed=False):
    """Return the same rows as a flat workbook, the only kind that the peers read."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("list")
    sheet.append(HEAD)
    for row in plain_rows(count, is_changed=is_changed):
        sheet.append([*row, UNIT])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def make_files(kind, count, folder):
    """Write the files of the rounds; in a process of its own, so that it costs the others nothing."""
    make = official if kind == "ours" else flat
    Path(folder, "first").write_bytes(make(count))
    Path(folder, "changed").write_bytes(make(count, is_changed=True))


def files_of(folder):
    """Yield the file of each round."""
    for name in ("first", "first", "changed"):
        yield Path(folder, name).read_bytes()


# ---- one candidate in its own process ---------------------------------------------------------
class Watch:
    """Wall and CPU seconds (children included) since it was made."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), self._cpu()

    def _cpu(self):
        own, others = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime

    def read(self):
        """Return (wall, CPU)."""
        return time.perf_counter() - self.wall, self._cpu() - self.cpu


class Memory(threading.Thread):
    """Samples the process's own memory, and apart from it that of the reader it starts.

    Without the database's pages that are mapped into it. ``ru_maxrss`` of a child would not do: it
    begins with what its parent had mapped.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.reader, self.is_over = 0.0, 0.0, threading.Event()

    def run(self):
        """Look twenty times a second."""
        while not self.is_over.wait(0.05):
            self.peak = max(self.peak, self._own("self"))
            for task in Path("/proc/self/task").iterdir():
                with contextlib.suppress(OSError):
                    for child in (task / "children").read_text().split():
                        self.reader = max(self.reader, self._own(child))

    def _own(self, process):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith("RssAnon"):
                    return int(line.split()[1]) / 1024
        return 0.0


def ours(count, folder):
    """Upload, check and write through the product's own actions."""
    from django.utils import timezone

    from apps.core import jobs
    from apps.filings import actions
    from apps.filings.models import Filing
    from apps.registry.models import BusinessEntity
    from apps.roster.models import Unit

    found = []
    for raw in files_of(folder):
        watch, now = Watch(), timezone.now()
        upload = actions.receive(
            raw=raw, name="附件2.xlsx", default_unit=Unit.objects.get(name=UNIT), by=None, now=now
        )
        actions.start_reading(upload=upload, by=None, now=now)
        jobs.run_here(upload.job, now=now)
        upload.refresh_from_db()
        assert upload.state == "READ", upload.problem
        checked = watch.read()
        filing = Filing.objects.select_related("job", "unit", "upload").get(upload=upload)
        actions.start(filing=filing, by=None, now=now)
        filing.refresh_from_db()
        jobs.run_here(filing.job, now=now)
        filing.refresh_from_db()
        assert filing.state == "APPLIED", filing.job.error
        wall, cpu = watch.read()
        counts = (filing.new_count, filing.changed_count, filing.same_count)
        found.append({"wall": wall, "cpu": cpu, "checked": checked[0], "counts": counts})
    assert BusinessEntity.objects.count() == count
    expected = [(count, 0, 0), (0, 0, count), (0, -(-count // 100), count - -(-count // 100))]
    assert [one["counts"] for one in found] == expected, found
    return found


def peer(kind, count, folder):
    """Import by django-import-export into one table with a natural key."""
    import tablib
    from django.db import connection, models
    from import_export import fields, resources, widgets
    from import_export.instance_loaders import CachedInstanceLoader

    from apps.roster.models import Unit

    class PeerEntity(models.Model):
        name = models.CharField(max_length=120, unique=True)
        kind = models.CharField(max_length=12)
        unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
        zone = models.CharField(max_length=40)
        principal = models.CharField(max_length=30)
        phones = models.CharField(max_length=60)

        class Meta:
            app_label = "filings"

    with connection.schema_editor() as editor:
        editor.create_model(PeerEntity)

    class Remembering(widgets.ForeignKeyWidget):
        """Looks each unit up once."""

        known = {}

        def clean(self, value, row=None, **kwargs):
            if value not in self.known:
                self.known[value] = super().clean(value, row=row, **kwargs)
            return self.known[value]

    is_tuned = kind == "tuned"
    widget = Remembering if is_tuned else widgets.ForeignKeyWidget
    options = {"model": PeerEntity, "import_id_fields": ("name",), "fields": HEAD}
    if kind != "default":
        options |= {"use_bulk": True, "batch_size": 1000, "skip_diff": True}
    if is_tuned:
        options |= {
            "instance_loader_class": CachedInstanceLoader,
            "skip_unchanged": True,
            "report_skipped": False,
            "clean_model_instances": False,
        }

    class PeerResource(resources.ModelResource):
        unit = fields.Field(column_name="unit", attribute="unit", widget=widget(Unit, "name"))
        Meta = type("Meta", (), options)

    found = []
    for raw in files_of(folder):
        watch = Watch()
        dataset = tablib.import_set(io.BytesIO(raw), format="xlsx")
        result = PeerResource().import_data(dataset, dry_run=False, raise_errors=True)
        assert not result.has_errors()
        wall, cpu = watch.read()
        found.append({"wall": wall, "cpu": cpu})
    assert PeerEntity.objects.count() == count
    return found


def run_one(kind, count, folder):
    """Set an empty installation up, run a candidate, print what was measured."""
    import django

    django.setup()
    from django.core.management import call_command

    from jizhou_service.reference import load_reference_data

    call_command("migrate", verbosity=0)
    load_reference_data()
    memory = Memory()
    memory.start()
    found = ours(count, folder) if kind == "ours" else peer(kind, count, folder)
    memory.is_over.set()
    peak = max(memory.peak, memory.reader)
    print(json.dumps({"rounds": found, "peak": peak}))


# ---- all of them ------------------------------------------------------------------------------
def measured(kind, count, database):
    """Run a candidate in a process and an installation of its own."""
    folder = tempfile.mkdtemp(prefix="jizhou-bench-")
    env = {**os.environ, "VAR_DIR": folder}
    env.pop("DATABASE_URL", None)
    if database:
        env["DATABASE_URL"] = database
        remake(database)
    try:
        for step in ("--make", "--one"):
            command = [sys.executable, __file__, step, kind, str(count), folder]
            answer = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.stderr[-3000:]) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if database:
            remake(database, is_last=True)
    return json.loads(answer.stdout.strip().splitlines()[-1])


def remake(database, *, is_last=False):
    """Drop the run's database and make it anew."""
    import psycopg2

    server, _, name = database.rpartition("/")
    link = psycopg2.connect(f"{server}/postgres")
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if not is_last:
            cursor.execute(f'CREATE DATABASE "{name}"')
    link.close()


def report(title, count, peer_count, database):
    """Measure on one database, print the table, return the goals that were missed."""
    scale = count / peer_count
    results = {"ours": measured("ours", count, database)}
    results |= {kind: measured(kind, peer_count, database) for kind in PEERS}
    print(
        f"\n### {title}, {count:,} rows (peers {peer_count:,}, scaled), load {os.getloadavg()[0]:.1f}\n"
    )
    print(
        "| Import | first s (CPU) | same again s (CPU) | 1 % changed s (CPU) | Peak MB | CPU against ours, first |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    base = results["ours"]["rounds"][0]["cpu"]
    for kind, result in results.items():
        by = 1 if kind == "ours" else scale
        cells = [f"{one['wall'] * by:.1f} ({one['cpu'] * by:.1f})" for one in result["rounds"]]
        ratio = result["rounds"][0]["cpu"] * by / base
        print(f"| {LABELS[kind]} | {' | '.join(cells)} | {result['peak']:.0f} | {ratio:.1f}× |")
    mine = results["ours"]
    checked = "、".join(f"{one['checked']:.1f}" for one in mine["rounds"])
    print(f"\nUntil the check page: {checked} s of each round.")
    cpu = {kind: results[kind]["rounds"][0]["cpu"] * scale / base for kind in PEERS}
    goals = (
        (f"first ≤ {GOAL_FIRST} s of CPU", mine["rounds"][0]["cpu"] <= GOAL_FIRST),
        (f"same again ≤ {GOAL_AGAIN} s of CPU", mine["rounds"][1]["cpu"] <= GOAL_AGAIN),
        (f"peak ≤ {GOAL_MB} MB", mine["peak"] <= GOAL_MB),
        (f"≥ {GOAL_DEFAULT}× the default", cpu["default"] >= GOAL_DEFAULT),
        (f"≥ {GOAL_TUNED}× the best tuned", cpu["tuned"] >= GOAL_TUNED),
    )
    for text, is_met in goals:
        print(f"- {text}: {'met' if is_met else 'MISSED'}")
    return [text for text, is_met in goals if not is_met]


def main():
    """Run all candidates on each database."""
    if sys.argv[1:2] == ["--make"]:
        make_files(sys.argv[2], int(sys.argv[3]), sys.argv[4])
        return
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], int(sys.argv[3]), sys.argv[4])
        return
    numbers = [int(text) for text in sys.argv[1:]]
    count = numbers[0] if numbers else 100_000
    peer_count = numbers[1] if len(numbers) > 1 else min(count, 10_000)
    missed = report("SQLite", count, peer_count, "")
    server = os.environ.get("BENCH_POSTGRES", "")
    if server:
        name = f"jizhou_bench_{os.getpid()}"
        missed += report("PostgreSQL", count, peer_count, f"{server}/{name}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
