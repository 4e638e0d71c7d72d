"""Take an act back within 72 hours: whoever nobody edited since returns to what it was."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core import jobs
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings import kept
from apps.filings.actions._base import actor_of, enqueue
from apps.registry import actions as registry
from apps.registry.facts import Applied
from apps.registry.models import BusinessEntity
from apps.regulator.actions.settling import MOVED_ON, SMALL
from apps.regulator.choices import ActState, Outcome
from apps.regulator.models import UNDO_WINDOW, ActPiece, Difference, ListAct
from apps.roster.models import Unit

UNDO_JOB = "regulator.undo"
BATCH = 500
TOO_LATE = "处理已超过 72 小时，不能整批撤销。请在经营主体页逐个修改。"
STAYED = "撤销时保留：处理后又改过，或已在使用。"


def start_undo(*, act: ListAct, by: Actor, now: datetime) -> None:
    """Begin or continue to take an act back.

    Raises:
        DomainError: too late, running, or taken back already.
    """
    if act.is_running or act.state == ActState.UNDONE:
        raise DomainError(MOVED_ON)
    if now > act.undo_until():
        raise DomainError(TOO_LATE)
    with transaction.atomic():
        moved = ListAct.objects.filter(pk=act.pk, state=act.state, job=act.job_id)
        job = enqueue(UNDO_JOB, by, now, act=act.pk)
        if not moved.update(state=ActState.UNDOING, job=job):
            raise DomainError(MOVED_ON)
        record(action="regulator.undo", by=by, target=act.listing, batch_size=max(act.count, 1))
    if act.count <= SMALL:
        jobs.run_here(job, now=now)
    act.refresh_from_db()


def run_undoing(job: Job) -> None:
    """Do the job, the last piece first; run again after a crash, it goes on where it was."""
    act = ListAct.objects.select_related("listing").get(pk=job.payload["act"])
    if act.job_id != job.pk or act.state != ActState.UNDOING:
        return
    by = actor_of(job)
    pks = list(ActPiece.objects.filter(act=act).order_by("-position").values_list("pk", flat=True))
    for done, pk in enumerate(pks, start=1):
        with transaction.atomic():
            _take_back(act, ActPiece.objects.get(pk=pk), by)
            jobs.beat(job, done=done, total=len(pks) + 1)
    _open_again(act)
    ListAct.objects.filter(pk=act.pk).update(state=ActState.UNDONE, undone_at=timezone.now())


def _take_back(act: ListAct, piece: ActPiece, by: User | None) -> None:
    now = timezone.now()
    stayed: list[int] = []
    for step in kept.unpack(piece.payload):
        applied = Applied(created=step["created"], updated=step["updated"])
        undone = registry.undo_entities(
            unit=Unit.objects.get(pk=step["unit"]), applied=applied, by=by, now=now
        )
        stayed += undone.kept
    if stayed:
        # they keep what was done: the difference is settled for good
        rows = Difference.objects.filter(act=act, entity__in=stayed)
        rows.update(note=STAYED, act=None)
        ListAct.objects.filter(pk=act.pk).update(kept_count=act.kept_count + len(stayed))
        act.kept_count += len(stayed)
    piece.delete()


def _open_again(act: ListAct) -> None:
    """The differences wait again, each for the entity's present version."""
    rows = Difference.objects.filter(act=act).order_by("pk")
    while some := list(rows[:BATCH]):
        versions = dict(
            BusinessEntity.objects.filter(
                pk__in=[row.entity_id for row in some if row.entity_id]
            ).values_list("pk", "version")
        )
        for row in some:
            row.version = versions.get(row.entity_id or 0, 0)
            row.outcome, row.act, row.note = Outcome.OPEN, None, ""
        with transaction.atomic():
            Difference.objects.bulk_update(some, ["version", "outcome", "act", "note"])


def prune(*, now: datetime) -> int:
    """Remove the undo records that nobody can use any more; return how many."""
    old = ListAct.objects.filter(state=ActState.DONE, at__lt=now - UNDO_WINDOW)
    removed, _ = ActPiece.objects.filter(act__in=old).delete()
    return removed
