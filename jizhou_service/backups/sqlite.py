"""SQLite: VACUUM INTO takes one consistent picture while others go on writing."""

import contextlib
import gzip
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connections

from apps.core.errors import DomainError
from jizhou_service import running
from jizhou_service.backups.facts import Facts, collect
from jizhou_service.backups.manifest import BLOCK, Alive, sync_folder

COMPANIONS = ("-wal", "-shm")


def with_suffix(path: Path, text: str) -> Path:
    """Return the path with a text appended to its name."""
    return path.with_name(path.name + text)


def check_integrity(database: sqlite3.Connection) -> None:
    """Refuse a damaged file.

    Raises:
        DomainError: with SQLite's first finding.
    """
    findings = [str(row[0]) for row in database.execute("PRAGMA integrity_check(5)")]
    if findings != ["ok"]:
        raise DomainError(f"数据库文件已损坏：{findings[0][:200]}")


def pack(source: Path, target: Path, alive: Alive) -> None:
    """Compress a file in blocks."""
    with source.open("rb") as reader, gzip.open(target, "wb", compresslevel=1) as writer:
        while block := reader.read(BLOCK):
            writer.write(block)
            alive()


def unpack(source: Path, target: Path, alive: Alive) -> None:
    """Unpack a file in blocks."""
    with gzip.open(source, "rb") as reader, target.open("wb") as writer:
        while block := reader.read(BLOCK):
            writer.write(block)
            alive()


class Sqlite:
    """A database file of this machine."""

    vendor = "sqlite"
    part = "database.sqlite3.gz"

    def __init__(self, path: Path) -> None:
        self.path = path

    def version(self) -> str:
        """Return the library's version."""
        return sqlite3.sqlite_version

    def dump(self, folder: Path, alive: Alive) -> Facts:
        """Write the compressed copy; facts are asked of the copy itself."""
        copy = folder / "database.sqlite3"
        if not self.path.exists():
            raise DomainError(f"没有数据库文件 {self.path}，请先执行 make run。")
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
            source.execute("PRAGMA busy_timeout = 500")
            # folds the journal into the file; when somebody writes, the next backup does it
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        alive()
        with closing(sqlite3.connect(copy)) as database:
            check_integrity(database)
            facts = collect(lambda sql: database.execute(sql).fetchall(), self.vendor)
        alive()
        pack(copy, folder / self.part, alive)
        copy.unlink()
        return facts

    def _unpack(self, part: Path, target: Path, alive: Alive) -> None:
        try:
            unpack(part, target, alive)
            with closing(sqlite3.connect(target)) as database:
                check_integrity(database)
        except (OSError, EOFError, zlib.error, sqlite3.DatabaseError) as error:
            raise DomainError(f"备份里的数据库解不开：{error}") from error

    @contextmanager
    def scratch(self, part: Path, alive: Alive) -> Iterator[str]:
        """Unpack into a temporary folder beside the data (the system's may be too small)."""
        folder = Path(tempfile.mkdtemp(prefix="verify-", dir=settings.VAR_DIR))
        try:
            target = folder / "scratch.sqlite3"
            self._unpack(part, target, alive)
            yield f"sqlite:///{quote(str(target))}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def users(self) -> int:
        """Return how many other processes have the file open."""
        return len(running.users_of(self.path))

    def replace(self, part: Path, stamp: str, look: Callable[[str], None], alive: Alive) -> str:
        """Unpack beside the file, look, rename the present one away, rename the new one in."""
        connections.close_all()
        new = with_suffix(self.path, f".restoring-{stamp}")
        try:
            self._unpack(part, new, alive)
            look(f"sqlite:///{quote(str(new))}")
            self._fold(new)
            kept = self._put_aside(stamp)
            new.replace(self.path)
            sync_folder(self.path.parent)
        finally:
            for suffix in ("", *COMPANIONS):
                with_suffix(new, suffix).unlink(missing_ok=True)
        return kept

    def _fold(self, path: Path) -> None:
        """Bring the journal into the file, so that the file alone is the whole database."""
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _put_aside(self, stamp: str) -> str:
        if not self.path.exists():
            return ""
        aside = with_suffix(self.path, f".before-{stamp}")
        # a damaged file is kept as it is, with its journal beside it
        with contextlib.suppress(sqlite3.DatabaseError):
            self._fold(self.path)
        # the journal first: a file without its journal could lose commits, never the reverse
        for suffix in (*COMPANIONS, ""):
            present = with_suffix(self.path, suffix)
            if present.exists():
                present.replace(with_suffix(aside, suffix))
        return str(aside)
