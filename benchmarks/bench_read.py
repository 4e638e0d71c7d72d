"""Read 100,000 rows: ours behind its guard beside openpyxl, tablib and bare calamine.

Run ``python benchmarks/bench_read.py [rows]``. The file is an Appendix 2 in the official layout,
six columns. Each reader runs in its own process, three rounds, all readers in each round, so that
other load on the machine hits all alike; the best round counts. CPU time is the process's and its
children's; memory is the greater peak of the process and of its child. It fails when our guarded
read (safety checks, child process, values of all cells) misses its limits of 2.5 s of CPU time and
512 MB at 100,000 rows, or when a row is missing.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
os.environ.setdefault("ALLOW_HTTP", "1")

RUNS = 3
LIMIT_SECONDS, LIMIT_MB = 2.5, 512
LABELS = {
    "guarded": "ours: checks, child process, all cells",
    "whole": "ours: the same and every row understood",
    "calamine": "calamine, bare",
    "openpyxl": "openpyxl read_only",
    "tablib": "tablib, as django-import-export uses it",
}


def make(count, path):
    """Write the file to read."""
    from apps.filings import write_xlsx
    from apps.filings.contents import Appendix, EntityRow
    from apps.filings.official import Form

    rows = (
        EntityRow(
            0,
            f"第{'一二三四五六七八九'[number * 9 // count]}片区",
            f"天津市蓟州区某某商贸有限公司{number}",
            "ENTERPRISE",
            "张永国",
            (f"138{number:08}",),
        )
        for number in range(count)
    )
    with path.open("wb") as file:
        write_xlsx.write(file, [Form(Appendix.ENTITIES, "渔阳镇", entities=rows)])


def guarded(raw):
    """Return the number of rows and the child's memory."""
    from apps.filings.opening.child import open_file

    opened = open_file(raw)
    return sum(len(sheet.rows) for sheet in opened.sheets), opened.peak_megabytes


def whole(raw):
    """Return the number of entities and the child's memory."""
    from apps.filings.corpus import shipped_units
    from apps.filings.opening.child import open_file
    from apps.filings.reading import read_opened

    opened = open_file(raw)
    reading = read_opened(opened, "附件2.xlsx", units=shipped_units())
    return sum(len(part.entities) for part in reading.parts), opened.peak_megabytes


def calamine(raw):
    """Read all cells without any check."""
    from python_calamine import CalamineWorkbook

    return len(CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()), 0


def openpyxl(raw):
    """Read all values row by row."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    return sum(1 for _ in book.active.iter_rows(values_only=True)), 0


def tablib(raw):
    """Load a Dataset, as django-import-export does."""
    import tablib

    return len(tablib.Dataset().load(io.BytesIO(raw), format="xlsx")), 0


def run_one(name, path):
    """Run one reader in this process and print what it took."""
    import django

    django.setup()
    raw = Path(path).read_bytes()
    begun, before = time.perf_counter(), os.times()
    rows, child = globals()[name](raw)
    seconds, after = time.perf_counter() - begun, os.times()
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    print(json.dumps([rows, seconds, sum(after[:4]) - sum(before[:4]), max(peak, child), child]))


def measure(name, path):
    """Return rows, seconds, CPU seconds, peak megabytes, those of the child."""
    command = [sys.executable, __file__, str(path), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(count):
    """Compare and judge."""
    import django

    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "附件2.xlsx"
        make(count, path)
        rounds = [{name: measure(name, path) for name in LABELS} for _ in range(RUNS)]
    best = {name: [min(one[name][at] for one in rounds) for at in range(5)] for name in LABELS}
    print(f"{count:,} rows × 6 columns, best of {RUNS} rounds\n")
    print("| Reader | Rows | Seconds | CPU s | Peak MB | CPU time against it |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, (rows, seconds, cpu, peak, _) in best.items():
        ratio = cpu / best["guarded"][2]
        print(
            f"| {LABELS[name]} | {rows:,} | {seconds:.2f} | {cpu:.2f} | {peak:.0f} | {ratio:.1f}× |"
        )
    scale = max(count / 100_000, 1)
    is_late = best["guarded"][2] > LIMIT_SECONDS * scale or best["guarded"][3] > LIMIT_MB
    is_short = best["guarded"][0] < count or best["whole"][0] != count
    print(
        f"\nGoal {LIMIT_SECONDS} s and {LIMIT_MB} MB: {'missed' if is_late or is_short else 'met'}"
    )
    return is_late or is_short


if __name__ == "__main__":
    if len(sys.argv) > 2:
        run_one(sys.argv[2], sys.argv[1])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
