"""Which backups stay: the newest 8, one per day for 7, per week for 5, per month for 12."""

import shutil
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from jizhou_service.backups import manifest

NEWEST, DAILY, WEEKLY, MONTHLY = 8, 7, 5, 12
ABANDONED_SECONDS = 86400


def _last_of_each(
    backups: list[Path], period: Callable[[datetime], object], count: int
) -> set[Path]:
    """Return the last backup of each of the newest `count` periods that have any."""
    last = {period(manifest.moment_of(path)): path for path in backups}
    return set(list(last.values())[-count:])


def to_keep(backups: list[Path], *, good: Iterable[Path] = ()) -> set[Path]:
    """Return those that stay; ``backups`` oldest first, the newest of ``good`` always stays."""
    keep = set(backups[-NEWEST:])
    keep |= _last_of_each(backups, lambda moment: moment.date(), DAILY)
    keep |= _last_of_each(backups, lambda moment: tuple(moment.isocalendar()[:2]), WEEKLY)
    keep |= _last_of_each(backups, lambda moment: (moment.year, moment.month), MONTHLY)
    keep |= set(sorted(good)[-1:])
    return keep


def prune(root: Path | None = None) -> list[Path]:
    """Remove what need not stay, and drafts a day old; return the removed backups."""
    root = root or Path(settings.BACKUP_DIR)
    backups = manifest.all_backups(root)
    keep = to_keep(backups, good=[path for path in backups if manifest.is_verified(path)])
    removed = [path for path in backups if path not in keep]
    for path in removed:
        (path / manifest.MANIFEST).unlink()  # first: half a backup must not look whole
        shutil.rmtree(path)
    for draft in root.glob(".jizhou-*.partial"):
        if time.time() - draft.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(draft, ignore_errors=True)
    return removed
