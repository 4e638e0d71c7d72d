"""Our side of the child process: start it, feed it, take its answer, and never wait too long."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.core.errors import DomainError
from apps.filings.opening import limits
from apps.filings.opening.cells import Cell, Packed, unpacked

_ROOT = str(Path(__file__).resolve().parents[3])
_PROGRAM = f"import sys; sys.path.insert(0, {_ROOT!r}); from apps.filings.opening.program import main; main()"
TOO_SLOW = "这个文件读取超过 10 秒，已停止。请删掉无关的工作表和内容，或拆成几个文件再传。"
DIED = "这个文件无法解析，可能已损坏或太大。请用 WPS 或 Excel 打开，另存为新的 .xlsx 再传。"


class RefusedFileError(DomainError):
    """The child refused a file; it says how much memory that took."""

    def __init__(self, message: str, *, peak_megabytes: float = 0.0) -> None:
        super().__init__(message)
        self.peak_megabytes = peak_megabytes


@dataclass
class Sheet:
    """A sheet's values; ``rows`` holds the filled ones by their number from 1."""

    name: str
    is_hidden: bool = False
    rows: dict[int, list[Cell]] = field(default_factory=dict)
    #: first and last row, first and last column, from 1
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    #: row, column, error value ("" for a formula without result)
    notes: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class Opened:
    """A file that was opened: its format, its sheets, what the guard has to say."""

    format: str
    sheets: list[Sheet] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    #: the greatest memory of the child
    peak_megabytes: float = 0.0


def open_file(raw: bytes) -> Opened:
    """Open an uploaded file in a child process with limits of memory and time.

    Raises:
        DomainError: one Chinese sentence: why it is not read and what to do.
    """
    if len(raw) > limits.MOST_BYTES:
        most = limits.MOST_BYTES // limits.MEBIBYTE
        raise DomainError(f"文件超过 {most} MB。请删掉图片等无关内容，或拆成几个文件再传。")
    with subprocess.Popen(
        [sys.executable, "-I", "-B", "-X", "utf8", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        start_new_session=True,
    ) as child:
        watch = _Watch(child)
        try:
            return _taken(child, watch, raw)
        except (ValueError, LookupError, TypeError):  # it does not keep to what was agreed
            raise RefusedFileError(DIED) from None
        finally:
            watch.stop()
            child.kill()


class _Watch:
    """Kills the child when its time is over, whatever we are waiting for."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.is_late = False
        self._child = child
        self._timer = threading.Timer(limits.CHILD_SECONDS, self._kill)
        self._timer.daemon = True
        self._timer.start()

    def _kill(self) -> None:
        self.is_late = True
        self._child.kill()

    def stop(self) -> None:
        self._timer.cancel()


def _feed(child: subprocess.Popen[bytes], raw: bytes) -> None:
    """Write the file and close the pipe; a child that died reads nothing."""
    assert child.stdin is not None  # noqa: S101 - as Popen was called
    try:
        child.stdin.write(raw)
        child.stdin.close()
    except OSError:
        return


def _taken(child: subprocess.Popen[bytes], watch: _Watch, raw: bytes) -> Opened:
    feeder = threading.Thread(target=_feed, args=(child, raw), daemon=True)
    feeder.start()
    opened = Opened("")
    is_whole, refused = False, ""
    for line in _lines(child):
        if "refused" in line:
            refused = str(line["refused"])
        elif "end" in line:
            is_whole = True
            opened.peak_megabytes = line["kilobytes"] / 1024
        else:
            _add(opened, line)
    feeder.join(timeout=1)
    if refused:
        raise RefusedFileError(refused, peak_megabytes=opened.peak_megabytes)
    if not is_whole:
        raise RefusedFileError(TOO_SLOW if watch.is_late else _reason(child))
    return opened


def _lines(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None  # noqa: S101 - as Popen was called
    size = 0
    for line in child.stdout:
        size += len(line)
        if size > limits.MOST_ANSWER:
            raise DomainError("这个文件的内容太多。请按乡镇或片区拆成几个文件再传。")
        if not line.endswith(b"\n"):
            return  # the child died in the middle of a line
        yield json.loads(line)


def _add(opened: Opened, line: dict[str, Any]) -> None:
    if "format" in line:
        opened.format = line["format"]
        opened.remarks = line["remarks"]
    elif "sheet" in line:
        opened.sheets.append(
            Sheet(
                line["sheet"],
                is_hidden=line["is_hidden"],
                merges=[tuple(merge) for merge in line["merges"]],
                notes=[tuple(note) for note in line["notes"]],
            )
        )
    else:
        rows = opened.sheets[-1].rows
        for number, cells in line["rows"]:
            rows[number] = _unpacked(cells)


def _unpacked(cells: list[Packed]) -> list[Cell]:
    if any(type(cell) is list for cell in cells):
        return [unpacked(cell) for cell in cells]
    return cells  # type: ignore[return-value]


def _reason(child: subprocess.Popen[bytes]) -> str:
    """Return why the child ended without an answer: out of processor time, or dead."""
    deadline = time.monotonic() + 1
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return TOO_SLOW if child.returncode in (-9, -24) else DIED
