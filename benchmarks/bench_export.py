"""Write 100,000 rows: our writers beside openpyxl and tablib, each in its own process.

Run ``python benchmarks/bench_export.py [rows]``. Three rounds, all writers in each round, so that
other load on the machine hits all alike; the best round counts, CPU time stands beside it, and
ratios are of CPU time. Memory is the peak of the process. It fails when our writers miss their
limits (6 s, 150 MB at 100,000 rows).
"""

import io
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
os.environ.setdefault("ALLOW_HTTP", "1")

RUNS = 3
LIMIT_SECONDS, LIMIT_MB = 6.0, 150
HEAD = ("片区", "序号", "名称", "经营主体性质", "经营主体负责人", "联系方式")
OURS = ("appendix2", "list_xlsx", "list_csv")
LABELS = {
    "appendix2": "附件2（官方版式）",
    "list_xlsx": "清单 xlsx",
    "list_csv": "清单 csv",
    "openpyxl": "openpyxl write_only",
    "tablib": "tablib（django-import-export 的做法）",
}


def plain_rows(count):
    """Yield rows as a query would give them, zone by zone."""
    for number in range(count):
        zone = f"第{number * 20 // count + 1}片区"
        yield (
            zone,
            number + 1,
            f"天津市蓟州区某某商贸有限公司{number}",
            "企业",
            "张某某",
            f"138{number:08}",
        )


def appendix2(count):
    """The official form."""
    from apps.filings import write_xlsx
    from apps.filings.contents import Appendix, EntityRow
    from apps.filings.official import Form

    rows = (
        EntityRow(0, zone, name, "ENTERPRISE", person, (phone,))
        for zone, _, name, _, person, phone in plain_rows(count)
    )
    write_xlsx.write(io.BytesIO(), [Form(Appendix.ENTITIES, "渔阳镇", entities=rows)])


def _list():
    from apps.core.exports import ExportColumn, Kind, Stamp

    columns = [ExportColumn(label) for label in HEAD]
    columns[1] = ExportColumn(HEAD[1], Kind.NUMBER)
    return columns, Stamp("赵敏", "渔阳镇", datetime(2026, 3, 18, 2, tzinfo=UTC))


def list_xlsx(count):
    """A ledger as a workbook."""
    from apps.core import exports

    columns, stamp = _list()
    exports.write_xlsx(
        io.BytesIO(), title="清单", columns=columns, rows=plain_rows(count), stamp=stamp
    )


def list_csv(count):
    """A ledger as CSV, streamed away."""
    from apps.core import exports

    columns, _ = _list()
    for line in exports.csv_lines(columns, plain_rows(count)):
        line.encode()


def openpyxl(count):
    """The usual way to write many rows with openpyxl."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("清单")
    sheet.append(HEAD)
    for row in plain_rows(count):
        sheet.append(row)
    book.save(io.BytesIO())


def tablib(count):
    """What django-import-export does after its resource: a Dataset, then its xlsx."""
    import tablib

    data = tablib.Dataset(headers=HEAD)
    for row in plain_rows(count):
        data.append(row)
    data.export("xlsx")


def run_one(name, count):
    """Run one writer in this process and print seconds, CPU seconds, peak MB."""
    import django

    django.setup()
    start, start_cpu = time.perf_counter(), time.process_time()
    globals()[name](count)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(seconds, cpu, peak / 1024)


def measure(name, count):
    """Return seconds, CPU seconds and peak megabytes of one run."""
    command = [sys.executable, __file__, str(count), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(float(figure) for figure in done.stdout.split())


def main(count):
    """Compare and judge."""
    rounds = [{name: measure(name, count) for name in LABELS} for _ in range(RUNS)]
    best = {name: [min(one[name][at] for one in rounds) for at in range(3)] for name in LABELS}
    print(f"{count:,} 行 × {len(HEAD)} 列，{RUNS} 轮取最好")
    for name, (seconds, cpu, peak) in best.items():
        ratios = (
            f"{other} 用时是它的 {best[other][1] / cpu:.1f} 倍"
            for other in ("openpyxl", "tablib")
            if name in OURS
        )
        figures = f"{seconds:6.2f} s（CPU {cpu:5.2f} s）{peak:6.0f} MB"
        print(f"{LABELS[name]}：{figures}  {'，'.join(ratios)}")
    scale = max(count / 100_000, 1)
    late = [n for n in OURS if best[n][0] > LIMIT_SECONDS * scale or best[n][2] > LIMIT_MB]
    print("超限：" + "、".join(LABELS[name] for name in late) if late else "全部在限内")
    return bool(late)


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        run_one(sys.argv[2], asked)
    else:
        sys.exit(main(asked))
