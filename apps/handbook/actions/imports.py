"""Files on their way into the handbook: kept, written, forgotten."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from apps.audit.actions import record
from apps.core import jobs
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.handbook.choices import ImportStatus
from apps.handbook.models import ImportBatch

KIND = "handbook.import"
KEEP = timedelta(days=7)


@transaction.atomic
def keep_import(
    *, file_name: str, raw: bytes, rows: Sequence[dict[str, str]], by: Actor, now: datetime
) -> ImportBatch:
    """Keep the rows of a workbook, encrypted, until somebody confirms them."""
    return ImportBatch.objects.create(
        file_name=file_name[-120:],
        sha256=hashlib.sha256(raw).hexdigest(),
        rows=json.dumps(list(rows), ensure_ascii=False),
        row_count=len(rows),
        uploaded_by_id=by.pk,
        uploaded_at=now,
    )


@transaction.atomic
def start_import(*, batch: ImportBatch, by: Actor, now: datetime) -> None:
    """Have the rows written by the long worker.

    Raises:
        DomainError: they are being written, or were.
    """
    ours = ImportBatch.objects.filter(
        pk=batch.pk, status__in=[ImportStatus.READY, ImportStatus.FAILED]
    )
    if not ours.exclude(rows="").update(status=ImportStatus.WRITING):
        raise DomainError("这份表已经写入过，或正在写入。要再导入请重新上传。")
    jobs.enqueue(kind=KIND, payload={"batch": batch.pk}, by=by, now=now)


def count_import(*, batch: ImportBatch, created: int, updated: int, skipped: int) -> None:
    """Add what a part of the rows came to."""
    ImportBatch.objects.filter(pk=batch.pk).update(
        created_count=F("created_count") + created,
        updated_count=F("updated_count") + updated,
        skipped_count=F("skipped_count") + skipped,
    )


@transaction.atomic
def finish_import(*, batch: ImportBatch, is_done: bool, by: Actor | None) -> None:
    """Close an import; the rows of one that was written are not needed any more."""
    batch.refresh_from_db()
    batch.status = ImportStatus.DONE if is_done else ImportStatus.FAILED
    if is_done:
        batch.rows = ""
    batch.save(update_fields=["status", "rows"])
    record(
        action="handbook.import",
        by=by,
        label=batch.file_name,
        note=f"新增 {batch.created_count}，修改 {batch.updated_count}，未写入 {batch.skipped_count}",
        batch_size=max(1, batch.created_count + batch.updated_count),
    )


def clear_old_imports(*, now: datetime) -> int:
    """Forget the rows of imports that nobody confirmed within a week; return how many."""
    old = ImportBatch.objects.exclude(rows="").exclude(status=ImportStatus.WRITING)
    return old.filter(uploaded_at__lt=now - KEEP).update(rows="", status=ImportStatus.FAILED)
