"""Does the product run on this machine? One lock file answers, stale process ids cannot lie.

And how Ctrl-C ends what a start prepares.
"""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from django.conf import settings


def lock_path() -> Path:
    """Return the file that `manage.py up` holds locked while it runs."""
    return Path(settings.VAR_DIR) / "up.pid"


def hold() -> IO[str] | None:
    """Take the lock and write our process id; None when another `up` holds it.

    The lock ends with the process, however it ends; the caller keeps the file open.
    """
    handle = lock_path().open("a+", encoding="ascii")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def holder() -> str:
    """Return the process id of the running `up`, or an empty string."""
    path = lock_path()
    if not path.exists():
        return ""
    with path.open(encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return handle.read().strip() or "?"
    return ""


def users_of(path: Path) -> list[int]:
    """Return the other processes that have the file open (Linux; elsewhere an empty list)."""
    found: set[int] = set()
    wanted = {str(path.resolve()), f"{path.resolve()}-wal", f"{path.resolve()}-shm"}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target in wanted:
            found.add(int(link.parts[2]))
    return sorted(found - {os.getpid()})


@contextmanager
def insistent_interrupts() -> Iterator[None]:
    """Let Ctrl-C end the block for certain: it is raised again each second until it gets through.

    Finalisers and functions that a C library calls swallow a ``KeyboardInterrupt``. For the main
    thread only.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGALRM)
    }
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
