"""What every write of a filing shares: moving it on, keeping its pieces, starting its job."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.core import jobs
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings.choices import ChunkKind
from apps.filings.kept import pack, pieces
from apps.filings.models import Filing, FilingChunk

MOVED_ON = "这份报送刚刚被他人处理过，请刷新后再看。"
BUSY = "这个单位的同一附件正在写入或撤销，请等它结束再试。"
#: so many rows are read or written while the person waits; more becomes a job
SMALL_BYTES, SMALL_ROWS = 256 * 1024, 500
ROWS_TOGETHER = 20


def move(filing: Filing, *, source: Iterable[str], to: str, **values: Any) -> None:
    """Set the state if it is still one of ``source``; the instance follows.

    Raises:
        DomainError: somebody was quicker, or another filing of the unit is being written.
    """
    try:
        with transaction.atomic():
            moved = Filing.objects.filter(pk=filing.pk, state__in=list(source)).update(
                state=to, **values
            )
    except IntegrityError as error:
        raise DomainError(BUSY) from error
    if not moved:
        raise DomainError(MOVED_ON)
    filing.refresh_from_db()


def keep(filing: Filing, kind: str, items: Iterable[Any], *, level: str = "") -> None:
    """Keep items in pieces of 500, encrypted."""
    chunks = [
        FilingChunk(
            filing=filing,
            kind=kind,
            level=level,
            position=position,
            first=first,
            count=len(piece),
            payload=pack(piece),
        )
        for position, (first, piece) in enumerate(pieces(items))
    ]
    FilingChunk.objects.bulk_create(chunks, batch_size=ROWS_TOGETHER)


def add_undo(filing: Filing, record: dict[str, Any]) -> None:
    """Keep what taking a step back needs; called in the step's own transaction."""
    rows = FilingChunk.objects.filter(filing=filing, kind=ChunkKind.UNDO)
    last = rows.aggregate(last=Max("position"))["last"]
    FilingChunk.objects.create(
        filing=filing,
        kind=ChunkKind.UNDO,
        position=0 if last is None else last + 1,
        first=0,
        count=1,
        payload=pack([record]),
    )


def forget(filing: Filing, *kinds: str) -> None:
    """Remove kept pieces: of some kinds, or all."""
    rows = FilingChunk.objects.filter(filing=filing)
    (rows.filter(kind__in=kinds) if kinds else rows).delete()


def enqueue(kind: str, by: Actor | None, now: datetime, **payload: Any) -> Job:
    """Write a job that acts for a person; ``payload`` carries ids only."""
    who = {"by": by.pk if by is not None else None}
    return jobs.enqueue(kind=kind, payload={**payload, **who}, by=by, now=now)


def actor_of(job: Job) -> User | None:
    """Return the person for whom a job acts."""
    pk = job.payload.get("by")
    return User.objects.select_related("unit").get(pk=pk) if pk else None


def add_outcome(filing: Filing, **values: Any) -> None:
    """Add to what writing did so far: numbers are summed, lists grow."""
    for name, value in values.items():
        before = filing.outcome.get(name, [] if isinstance(value, list) else 0)
        filing.outcome[name] = before + value
    Filing.objects.filter(pk=filing.pk).update(outcome=filing.outcome)
