"""What is true of a database: asked of the copy when it is made, asked again when it is restored."""

from dataclasses import asdict, dataclass, field
from typing import Any

from jizhou_service.backups.columns import Run, key_ids

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}


@dataclass(frozen=True)
class Facts:
    """Row counts by table, applied migrations, head of the audit chain, key ids in use."""

    tables: dict[str, int] = field(default_factory=dict)
    migrations: list[str] = field(default_factory=list)
    audit: dict[str, Any] | None = None
    field_keys: dict[str, int] = field(default_factory=dict)
    #: highest audit entry: data people changed have one above the last backup's
    last_entry: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def collect(run: Run, vendor: str) -> Facts:
    """Ask a database for its facts; ``run`` answers SQL without parameters."""
    names = sorted(str(row[0]) for row in run(TABLES[vendor]))
    tables = {name: int(run(f'SELECT COUNT(*) FROM "{name}"')[0][0]) for name in names}  # noqa: S608
    migrations: list[str] = []
    if "django_migrations" in tables:
        rows = run("SELECT app, name FROM django_migrations")
        migrations = sorted({f"{app}.{name}" for app, name in rows})
    audit, last_entry = None, 0
    if "audit_auditseal" in tables:
        heads = run("SELECT seq, hash FROM audit_auditseal ORDER BY seq DESC LIMIT 1")
        audit = {"seq": heads[0][0], "hash": heads[0][1]} if heads else {"seq": 0, "hash": ""}
        last_entry = int(run("SELECT COALESCE(MAX(id), 0) FROM audit_auditentry")[0][0])
    return Facts(tables, migrations, audit, key_ids(run, vendor, set(names)), last_entry)
