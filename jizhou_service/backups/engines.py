"""The two databases behind one interface: dump, restore aside, look at it, switch."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from django.db import connection

from jizhou_service.backups.facts import Facts
from jizhou_service.backups.manifest import Alive


class Engine(Protocol):
    """What a database can do for a backup."""

    vendor: str
    #: file name of the database's part
    part: str

    def version(self) -> str:
        """Return the server's or library's version."""

    def dump(self, folder: Path, alive: Alive) -> Facts:
        """Write the part into the folder; return the facts of exactly that copy."""

    def scratch(self, part: Path, alive: Alive) -> AbstractContextManager[str]:
        """Restore into a scratch database; give its URL, drop it afterwards."""

    def users(self) -> int:
        """Return how many others use the present database now."""

    def replace(self, part: Path, stamp: str, look: Callable[[str], None], alive: Alive) -> str:
        """Restore aside, call ``look(url)``, switch; return where the former database is kept."""


def engine_for(config: dict[str, Any] | None = None) -> Engine:
    """Return the engine of Django's database settings (default: the one in use)."""
    from jizhou_service.backups.postgres import Postgres
    from jizhou_service.backups.sqlite import Sqlite

    config = dict(connection.settings_dict) if config is None else config
    if str(config["ENGINE"]).endswith("sqlite3"):
        return Sqlite(Path(str(config["NAME"])))
    return Postgres(config)
