"""Take both appendices out: at once up to 10,000 rows, more in the background; always recorded."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core import clock, jobs
from apps.core.access import Actor
from apps.core.exports import Stamp, file_name
from apps.core.models import Job
from apps.filings import kept, official, write_docx, write_xlsx
from apps.filings.actions._base import actor_of, enqueue
from apps.filings.contents import Appendix
from apps.filings.models import ExportedFile
from apps.filings.queries.exporting import Wanted, count_of, forms_of
from apps.notices.actions import notify
from apps.roster.models import Unit, Zone

EXPORT_JOB = "filings.export"
MOST_AT_ONCE = 10_000  # reliability.md R16
KEEP = timedelta(days=7)  # ux.md §3.4


def write(wanted: Wanted, target: BinaryIO, *, by: Actor, now: datetime) -> int:
    """Write the forms in the official layout and return the number of rows.

    Raises:
        DomainError: more rows than a Word file bears.
    """
    forms = forms_of(wanted, filed_on=clock.local(now).date())
    if wanted.is_word:
        return write_docx.write(target, forms)
    stamp = Stamp(by.display_name, by.unit_name, now)
    return write_xlsx.write(target, forms, stamp=stamp, extra=wanted.extra)


def name_of(wanted: Wanted, *, by: Actor, now: datetime) -> str:
    """Return the file's name: 附件2经营主体统计表_渔阳镇_20260318_赵敏.xlsx."""
    appendix = Appendix(wanted.appendix)
    form = official.TITLES[appendix].removeprefix("乡镇（街道）、开发区管委会")
    return file_name(
        f"{official.MARKS[appendix]}{form}",
        wanted.title,
        on=clock.local(now).date(),
        by=by.display_name,
        suffix=".docx" if wanted.is_word else ".xlsx",
    )


def _note(wanted: Wanted, purpose: str, rows: int, raw_sha256: str) -> str:
    return f"用途：{purpose}；{wanted.title}，{rows:,} 行；SHA-256 {raw_sha256}"


def _written(wanted: Wanted, by: Actor, now: datetime) -> tuple[bytes, int]:
    with TemporaryFile() as target:
        rows = write(wanted, target, by=by, now=now)
        target.seek(0)
        return target.read(), rows


def export_now(*, wanted: Wanted, purpose: str, by: Actor, now: datetime) -> tuple[bytes, str]:
    """Return the file and its name; the log says what was taken out and what for.

    Raises:
        DomainError: more rows than a Word file bears.
    """
    raw, rows = _written(wanted, by, now)
    digest = kept.digest(raw)
    label = name_of(wanted, by=by, now=now)
    record(
        action="filings.export",
        by=by,
        label=label,
        note=_note(wanted, purpose, rows, digest),
        batch_size=max(rows, 1),
    )
    return raw, label


def is_large(wanted: Wanted) -> bool:
    """Say whether an export is made in the background."""
    return count_of(wanted) > MOST_AT_ONCE


def start_export(*, wanted: Wanted, purpose: str, by: Actor, now: datetime) -> ExportedFile:
    """Order a large export; its asker is told when it is ready."""
    with transaction.atomic():
        job = enqueue(
            EXPORT_JOB,
            by,
            now,
            units=[unit.pk for unit in wanted.units],
            appendix=wanted.appendix,
            zone=wanted.zone.pk if wanted.zone else None,
            is_word=wanted.is_word,
            extra=list(wanted.extra),
            purpose=purpose,
        )
        return ExportedFile.objects.create(
            job=job, asked_by_id=by.pk, asked_at=now, name=name_of(wanted, by=by, now=now)
        )


def _wanted(payload: dict[str, Any]) -> Wanted:
    units = Unit.objects.filter(pk__in=payload["units"]).order_by("order", "pk")
    return Wanted(
        units=list(units),
        appendix=payload["appendix"],
        zone=Zone.objects.filter(pk=payload["zone"] or 0).first(),
        is_word=payload["is_word"],
        extra=tuple(payload["extra"]),
    )


def run_exporting(job: Job) -> None:
    """Do the export job; done again it makes the same file."""
    made = ExportedFile.objects.select_related("asked_by").get(job=job)
    by = actor_of(job)
    if made.is_ready or by is None:
        return
    wanted, now = _wanted(job.payload), timezone.now()
    jobs.beat(job, done=0, total=count_of(wanted))
    raw, rows = _written(wanted, by, now)
    digest = kept.digest(raw)
    path, key = kept.write_file(raw, Path(settings.EXPORTS_DIR))
    with transaction.atomic():
        jobs.beat(job, done=rows, total=rows)
        made.path, made.file_key, made.size, made.rows = path, key, len(raw), rows
        made.save(update_fields=["path", "file_key", "size", "rows"])
        record(
            action="filings.export",
            by=by,
            label=made.name,
            note=_note(wanted, job.payload["purpose"], rows, digest),
            batch_size=max(rows, 1),
        )
        _tell(made, by, now)


def _tell(made: ExportedFile, by: User, now: datetime) -> None:
    notify(
        users=[by],
        kind="filings.export",
        title=f"{made.name} 已导出",
        body="文件保留 7 天。",
        key=f"filings:export:{made.pk}",
        url=f"/imp/export/{made.pk}/",
        now=now,
    )


def prune_exports(*, now: datetime) -> int:
    """Remove exported files after seven days; return how many."""
    old = ExportedFile.objects.exclude(path="").filter(asked_at__lt=now - KEEP)
    removed = 0
    for made in old.order_by("pk"):
        kept.remove_file(made.path, Path(settings.EXPORTS_DIR))
        made.path, made.file_key, made.size = "", "", 0
        made.save(update_fields=["path", "file_key", "size"])
        removed += 1
    return removed
