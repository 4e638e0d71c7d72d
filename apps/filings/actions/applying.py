"""Write a checked filing, at most 500 rows a transaction; stopped or killed, it goes on later."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core import jobs
from apps.core.access import Actor
from apps.core.clock import local
from apps.core.collector import paused_collector
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings.actions._base import (
    BUSY,
    MOVED_ON,
    SMALL_ROWS,
    actor_of,
    add_outcome,
    add_undo,
    enqueue,
    move,
)
from apps.filings.actions.zones import write_zones
from apps.filings.checked import entity_facts
from apps.filings.choices import AppendixCode, ChunkKind, Fate, FilingState
from apps.filings.models import RUNNING, Filing
from apps.filings.queries.kept import items
from apps.notices.actions import notify
from apps.registry import actions as registry
from apps.registry.choices import Source
from apps.registry.facts import Applied, EntityFacts
from apps.registry.models import BusinessEntity
from apps.registry.queries.compare import compare_entities
from apps.roster import actions as roster
from apps.roster.models import Zone

APPLY_JOB = "filings.apply"


def start(*, filing: Filing, by: Actor | None, now: datetime) -> None:
    """Begin or continue writing: a small filing at once, a larger one in the background.

    Raises:
        DomainError: there is nothing to write, it is being written, or it was decided on.
    """
    if not filing.good_count:
        raise DomainError("没有可写入的行。请改好表格后重新上传。")
    if filing.is_running:
        raise DomainError(BUSY)
    with transaction.atomic():
        job = enqueue(APPLY_JOB, by, now, filing=filing.pk)
        sources = Filing.objects.filter(pk=filing.pk).exclude(job__status__in=RUNNING)
        if not sources.exists():
            raise DomainError(MOVED_ON)
        move(
            filing,
            source=[FilingState.CHECKED, FilingState.APPLYING],
            to=FilingState.APPLYING,
            job=job,
            started_at=now,
        )
        record(action="filings.apply", by=by, target=filing)
    if filing.good_count <= SMALL_ROWS:
        jobs.run_here(job, now=now)
        filing.refresh_from_db()


def stop(*, filing: Filing, by: Actor, now: datetime) -> None:
    """Stop writing or undoing; finished batches stay.

    Raises:
        DomainError: it had ended.
    """
    if filing.job is None or not jobs.stop(filing.job, now=now):
        raise DomainError("已经结束，不用停止。请刷新后再看。")
    record(action="filings.stop", by=by, target=filing)


@paused_collector()
def run_applying(job: Job) -> None:
    """Do the writing job; run again after a crash, it goes on where it was."""
    rows = Filing.objects.select_related("unit", "upload", "job")
    filing = rows.get(pk=job.payload["filing"])
    if filing.job_id != job.pk or filing.state != FilingState.APPLYING:
        return
    by, now = actor_of(job), timezone.now()
    if filing.appendix == AppendixCode.ZONES:
        write_zones(filing=filing, job=job, by=by, now=now)
    else:
        _write_entities(filing, job, by, now)
    _finish(filing, by, timezone.now())


def _finish(filing: Filing, by: User | None, now: datetime) -> None:
    with transaction.atomic():
        same = Filing.objects.filter(unit=filing.unit, appendix=filing.appendix)
        last = same.aggregate(last=Max("number"))["last"] or 0
        move(
            filing,
            source=[FilingState.APPLYING],
            to=FilingState.APPLIED,
            number=last + 1,
            applied_at=now,
            applied_by_id=by.pk if by else None,
        )
        new, changed = filing.outcome.get("new", 0), filing.outcome.get("changed", 0)
        text = f"新增 {new:,}，更新 {changed:,}"
        record(action="filings.applied", by=by, target=filing, note=text)
        if by is not None and filing.good_count > SMALL_ROWS:
            notify(
                users=[by],
                kind="filings.applied",
                title=f"{filing} 已写入：{text}",
                key=f"filings:{filing.pk}:applied:{last + 1}",
                url=f"/imp/{filing.pk}/",
                now=now,
            )


# ---- Appendix 2 ------------------------------------------------------------------------------
def _write_entities(filing: Filing, job: Job, by: User | None, now: datetime) -> None:
    unit = filing.its_unit()
    facts = [entity_facts(item) for item in items(filing, ChunkKind.ROWS)]
    jobs.beat(job, done=0, total=len(facts))
    _make_zones(filing, facts, by, now)
    found = compare_entities(unit, facts)
    progress = _Progress(filing, job, done=len(found.unchanged), total=len(facts))
    registry.apply_entities(
        unit=unit,
        creates=[facts[position] for position in found.new],
        updates=found.changed,
        by=by,
        now=now,
        source=Source.APPENDIX,
        on_batch=progress,
    )
    _settle(filing, job, by, now)
    registry.suspect_all(unit=unit, now=now)


class _Progress:
    """Called inside each batch's transaction: undo record, numbers and heartbeat go with it."""

    def __init__(self, filing: Filing, job: Job, *, done: int, total: int) -> None:
        self.filing, self.job, self.done, self.total = filing, job, done, total

    def __call__(self, piece: Applied) -> None:
        """Keep what the batch did; raises JobStopped (and so rolls the batch back) when stopped."""
        if piece.created or piece.updated:
            record = {"do": "entities", "created": piece.created, "updated": piece.updated}
            add_undo(self.filing, record)
        add_outcome(
            self.filing,
            new=len(piece.created),
            changed=len(piece.updated),
            skipped=piece.skipped,
        )
        self.done += len(piece.created) + len(piece.updated) + len(piece.skipped)
        jobs.beat(self.job, done=min(self.done, self.total), total=self.total)


def _make_zones(filing: Filing, facts: list[EntityFacts], by: User | None, now: datetime) -> None:
    """Make the zones that the rows name and the township does not have."""
    unit = filing.its_unit()
    wanted = dict.fromkeys(one.zone_name for one in facts if one.zone_name)
    there = set(Zone.objects.active().filter(unit=unit).values_list("name", flat=True))
    for name in wanted:
        if name in there:
            continue
        with transaction.atomic():
            zone = roster.add_zone(
                unit=unit, name=name, boundary="", reported_count=None, by=by, now=now
            )
            add_undo(filing, {"do": "steps", "steps": [{"do": "zone_add", "pk": zone.pk}]})
            add_outcome(filing, zones=1)


def _settle(filing: Filing, job: Job, by: User | None, now: datetime) -> None:
    """Write what was decided about entities that the form does not name any more."""
    today = local(now).date()
    on = min(filing.filed_on or today, today)
    for position, (pk, (fate, note)) in enumerate(sorted(filing.decisions.items())):
        if fate not in (Fate.CANCELLED, Fate.MOVED_OUT):
            continue
        with transaction.atomic():
            _settle_one(filing, int(pk), fate, note, on, by, now)
            if position % 50 == 0:
                jobs.beat(job, done=filing.good_count, total=filing.good_count)


def _settle_one(
    filing: Filing, pk: int, fate: str, note: str, on: Any, by: User | None, now: datetime
) -> None:
    rows = BusinessEntity.objects.present().select_related("unit")
    entity = rows.filter(pk=pk, unit=filing.unit).first()
    if entity is None:  # settled before a crash, or by somebody else
        return
    before = {
        "status": entity.status,
        "status_on": entity.status_on.isoformat() if entity.status_on else None,
        "status_note": entity.status_note,
    }
    registry.set_status(entity=entity, status=fate, on=on, note=note, by=by, now=now)
    undo = {"pk": entity.pk, "version": entity.version, "before": before, "phones": None}
    add_undo(filing, {"do": "entities", "created": [], "updated": [undo]})
    add_outcome(filing, settled=1)


# ---- deciding on the disappeared -------------------------------------------------------------
MOST_NOTE = 60
NEEDS_NOTE = "选“迁出”的，请写迁到哪里，如：迁至宝坻区。"


def decide(
    *, filing: Filing, decisions: dict[str, tuple[str, str]], by: Actor, now: datetime
) -> None:
    """Note what became of entities (or zones) that the form leaves out; done when it is written.

    ``decisions``: pk → (Fate, note). Entities: 漏报, 注销, 迁出; zones: 漏报, 停用.

    Raises:
        DomainError: 迁出 without saying where to, a fate that does not suit, not one of the list.
    """
    is_zones = filing.appendix == AppendixCode.ZONES
    allowed = {Fate.OMITTED, Fate.CLOSED} if is_zones else set(Fate) - {Fate.CLOSED}
    known = {str(item[0]) for item in items(filing, ChunkKind.GONE)}
    kept: dict[str, list[str]] = dict(filing.decisions)
    for pk, (fate, note) in decisions.items():
        if pk not in known or fate not in allowed:
            raise DomainError("名单已有变化，请刷新后再选。")
        if fate == Fate.MOVED_OUT and not note.strip():
            raise DomainError(NEEDS_NOTE)
        kept[pk] = [fate, note.strip()[:MOST_NOTE]]
    with transaction.atomic():
        move(filing, source=[FilingState.CHECKED], to=FilingState.CHECKED, decisions=kept)
        record(action="filings.decide", by=by, target=filing, batch_size=max(len(decisions), 1))
