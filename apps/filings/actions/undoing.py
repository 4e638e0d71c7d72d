"""Take a filing back within 72 hours: what nobody edited since returns to what it was."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core import jobs
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings.actions._base import BUSY, SMALL_ROWS, actor_of, add_outcome, enqueue, move
from apps.filings.actions.zones import undo_steps
from apps.filings.choices import ChunkKind, FilingState
from apps.filings.kept import unpack
from apps.filings.models import UNDO_WINDOW, Filing, FilingChunk
from apps.notices.actions import notify
from apps.registry import actions as registry
from apps.registry.facts import Applied
from apps.registry.models import BusinessEntity

UNDO_JOB = "filings.undo"
MOST_NAMED = 50
TOO_LATE = "写入已超过 72 小时，不能整份撤销。请在经营主体或服务队伍页面逐个修改。"


def start_undo(*, filing: Filing, by: Actor, now: datetime) -> None:
    """Begin or continue to take a filing back, also one whose writing stopped half-way.

    Raises:
        DomainError: too late, never written, or being written at present.
    """
    if filing.is_running:
        raise DomainError(BUSY)
    until = filing.undo_until()
    if until is not None and now > until and filing.state == FilingState.APPLIED:
        raise DomainError(TOO_LATE)
    with transaction.atomic():
        job = enqueue(UNDO_JOB, by, now, filing=filing.pk)
        move(
            filing,
            source=[FilingState.APPLIED, FilingState.APPLYING, FilingState.UNDOING],
            to=FilingState.UNDOING,
            job=job,
            started_at=now,
        )
        record(action="filings.undo", by=by, target=filing)
    if filing.good_count <= SMALL_ROWS:
        jobs.run_here(job, now=now)
        filing.refresh_from_db()


def run_undoing(job: Job) -> None:
    """Do the undo job, one record a transaction, the last first."""
    filing = Filing.objects.select_related("unit").get(pk=job.payload["filing"])
    if filing.job_id != job.pk or filing.state != FilingState.UNDOING:
        return
    by = actor_of(job)
    rows = FilingChunk.objects.filter(filing=filing, kind=ChunkKind.UNDO)
    pks = list(rows.order_by("-position").values_list("pk", flat=True))
    for done, pk in enumerate(pks, start=1):
        with transaction.atomic():
            _take_back(filing, FilingChunk.objects.get(pk=pk), by)
            jobs.beat(job, done=done, total=len(pks))
    _finish(filing, by, timezone.now())


def _take_back(filing: Filing, chunk: FilingChunk, by: User | None) -> None:
    now, unit = timezone.now(), filing.its_unit()
    for step in unpack(chunk.payload):
        if step["do"] == "steps":
            add_outcome(filing, kept=undo_steps(step["steps"], by=by, now=now))
            continue
        applied = Applied(created=step["created"], updated=step["updated"])
        undone = registry.undo_entities(unit=unit, applied=applied, by=by, now=now)
        names = BusinessEntity.objects.filter(pk__in=undone.kept).values_list("name", flat=True)
        room = max(MOST_NAMED - len(filing.outcome.get("kept", [])), 0)
        add_outcome(
            filing,
            removed=len(undone.removed),
            reverted=len(undone.reverted),
            kept_count=len(undone.kept),
            kept=[f"{name}写入后又改过或已在使用，保留" for name in names[:room]],
        )
    chunk.delete()


def _finish(filing: Filing, by: User | None, now: datetime) -> None:
    """A filing that was never wholly written waits to be written again."""
    was_written = filing.applied_at is not None
    with transaction.atomic():
        move(
            filing,
            source=[FilingState.UNDOING],
            to=FilingState.UNDONE if was_written else FilingState.CHECKED,
            **({"undone_at": now} if was_written else {"started_at": None}),
        )
        record(action="filings.undone", by=by, target=filing)
        if by is not None and filing.good_count > SMALL_ROWS:
            notify(
                users=[by],
                kind="filings.undone",
                title=f"{filing} 已撤销",
                key=f"filings:{filing.pk}:undone:{filing.job_id}",
                url=f"/imp/{filing.pk}/",
                now=now,
            )


def prune(*, now: datetime) -> int:
    """Remove the undo records that nobody can use any more; return how many."""
    old = Filing.objects.filter(state=FilingState.APPLIED, applied_at__lt=now - UNDO_WINDOW)
    removed, _ = FilingChunk.objects.filter(filing__in=old, kind=ChunkKind.UNDO).delete()
    return removed
