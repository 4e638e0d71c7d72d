"""The child: reads a file from standard input under limits and answers in lines of JSON.

The first line says the format, or the sentence of refusal. Then each sheet has its own line
followed by lines of rows; the last line is ``{"end": true}``, so that a cut answer is noticed.
"""

import gc
import json
import resource
import sys
from pathlib import Path
from typing import Any

from apps.core.errors import DomainError
from apps.filings.opening import limits
from apps.filings.opening.parsers import RawSheet, parse

ROWS_PER_LINE = 1_000
_STATUS = Path("/proc/self/status")
TOO_LARGE = "这个文件太大或太复杂，读取时内存不够。请按乡镇或片区拆成几个文件再传。"


def main() -> None:
    """Read, answer, and say how much memory it took."""
    confine()
    gc.disable()  # it lives for one file; looking for cycles among its cells finds none
    raw = sys.stdin.buffer.read(limits.MOST_BYTES + 1)
    try:
        _answer(raw)
    except DomainError as error:
        _say({"refused": error.message})
    except MemoryError:
        _say({"refused": TOO_LARGE})
    _say({"end": True, "kilobytes": _peak()})


def confine() -> None:
    """Take away memory, time, files and further processes from this process."""
    for name, most in (
        (resource.RLIMIT_AS, limits.CHILD_MEMORY),
        (resource.RLIMIT_CPU, limits.CHILD_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(name, (most, most))
        except ValueError:  # macOS knows no limit of address space; where we serve, all must hold
            if _STATUS.exists():
                raise


def _answer(raw: bytes) -> None:
    book = parse(raw)
    is_begun = False
    for sheet in book.sheets:
        if not is_begun:
            _say({"format": book.format, "remarks": book.remarks})
            is_begun = True
        _sheet(sheet)
    if not is_begun:
        raise DomainError("这个文件里没有表格。请确认选对了文件，再传。")


def _sheet(sheet: RawSheet) -> None:
    _say(
        {
            "sheet": sheet.name,
            "is_hidden": sheet.is_hidden,
            "merges": sheet.merges,
            "notes": [(note.row, note.column, note.value) for note in sheet.notes],
        }
    )
    rows: list[Any] = []
    for row in sheet.rows:
        rows.append(row)
        if len(rows) >= ROWS_PER_LINE:
            _say({"rows": rows})
            rows = []
    _say({"rows": rows})


def _say(line: dict[str, Any]) -> None:
    # dumps, not dump: only the former is written in C
    sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def _peak() -> int:
    """Return the greatest memory of this program in KiB; getrusage counts the parent's, too."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = _STATUS.read_text("ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
