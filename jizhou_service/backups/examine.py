"""Look at the database in use and print what is found as JSON.

Run as ``python -m jizhou_service.backups.examine`` with DATABASE_URL naming a restored copy: the
whole product then looks at the copy, and the running installation is not touched.
"""

import json
import os
import subprocess
import sys
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from apps.core.crypto import keyring
from apps.core.errors import DomainError
from jizhou_service.backups.columns import Run, encrypted_columns
from jizhou_service.backups.facts import collect

SAMPLE = 50


def run(query: str) -> list[tuple[Any, ...]]:
    """Answer SQL without parameters."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _decrypt_some(run_query: Run, tables: set[str]) -> tuple[int, list[str]]:
    """Decrypt the newest values of each encrypted column; return (how many, what failed)."""
    ring, count, failed = keyring(), 0, []
    for column in encrypted_columns():
        if column.table not in tables:
            continue
        table, key, name = column.quoted()
        rows = run_query(
            f"SELECT {name} FROM {table} WHERE {name} <> '' "  # noqa: S608
            f"ORDER BY {key} DESC LIMIT {SAMPLE}"
        )
        try:
            for (value,) in rows:
                ring.decrypt(value, purpose=column.purpose)
                count += 1
        except DomainError:
            failed.append(column.label)
    return count, failed


def _unknown_migrations(applied: list[str]) -> tuple[list[str], list[str]]:
    """Return migrations that this version lacks, and those it would still apply."""
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    return sorted(set(applied) - known), sorted(known - set(applied))


def _audit(now: datetime) -> dict[str, Any]:
    from apps.audit import queries
    from apps.audit.choices import Break

    report = queries.verify(now=now)
    problem = report.problem
    # entries that still wait for their seal are no sign of tampering
    good = problem is None or problem.kind == Break.UNSEALED
    return {"ok": good, "text": report.text, "checked": report.checked}


def examine(now: datetime) -> dict[str, Any]:
    """Return facts and findings of the database in use; ``now`` is when the backup was made."""
    facts = collect(run, connection.vendor)
    tables = set(facts.tables)
    decrypted, undecryptable = _decrypt_some(run, tables)
    unknown, pending = _unknown_migrations(facts.migrations)
    # with another structure the program cannot read the log through its models
    has_audit = facts.audit is not None and not any(m.startswith("audit.") for m in pending)
    return {
        "facts": facts.as_dict(),
        "decrypted": decrypted,
        "undecryptable": undecryptable,
        "missing_keys": sorted(set(facts.field_keys) - set(keyring().keys)),
        "unknown_migrations": unknown,
        "pending_migrations": pending,
        "audit": _audit(now) if has_audit else None,
    }


def examine_in_child(url: str, created_at: str) -> dict[str, Any]:
    """Examine the database at a URL in a process of its own.

    Raises:
        DomainError: the process did not finish; the message carries its last line.
    """
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL_FILE"}
    environment |= {"DATABASE_URL": url, "VAR_DIR": str(settings.VAR_DIR), "LOG_LEVEL": "ERROR"}
    environment |= {"DATABASE_STATEMENT_SECONDS": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "jizhou_service.backups.examine", created_at],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["没有说明"])[-1]
        raise DomainError(f"恢复出来的数据库打不开：{last[:300]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Examine and print one line of JSON."""
    import django

    django.setup()
    moment = datetime.fromisoformat(sys.argv[1])
    sys.stdout.write(json.dumps(examine(moment), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
    main()
