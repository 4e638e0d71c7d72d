"""Everything that writes to the audit log: record, seal, anchor, note a check, archive."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from apps.audit import chain, queries, triggers
from apps.audit.changes import clean
from apps.audit.choices import AnchorKind, Outcome
from apps.audit.models import AuditAnchor, AuditEntry, AuditSeal, ChainCheck, PendingSeal
from apps.core.access import Actor
from apps.core.context import current

logger = logging.getLogger("jizhou.audit")
BATCH = 500
MOST_PER_RUN = 20_000
LINKS_PER_ANCHOR = 20_000
Changes = Mapping[str, Iterable[Any]]


def _plain(value: Any) -> Any:
    """Return a value that both databases keep as it is: text, whole number, boolean or null."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return clean("、".join(str(part) for part in value))
    return clean(str(value))


def _entry(
    *,
    action: str,
    by: Actor | None,
    target: Model | None,
    label: str,
    changes: Changes | None,
    note: str,
    outcome: str,
    at: datetime,
    batch_size: int,
) -> AuditEntry:
    context = current()
    known = by is not None and by.pk is not None
    text = label or (str(target) if target is not None else "")
    return AuditEntry(
        at=at,
        actor_id=str(by.pk) if by is not None and known else "",
        actor=clean(by.username, 150) if by is not None and known else "",
        actor_name=clean(by.display_name, 60) if by is not None and known else "",
        actor_unit=clean(by.unit_name, 100) if by is not None and known else "",
        ip=clean(context.ip, 45),
        request_id=clean(context.request_id, 64),
        action=action,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk)[:64] if target is not None and target.pk is not None else "",
        target_label=clean(text, 200),
        outcome=Outcome(outcome).value,
        changes={
            clean(name, 80): [_plain(value) for value in pair]
            for name, pair in (changes or {}).items()
        },
        note=clean(note, 1000),
        batch_size=batch_size,
    )


@transaction.atomic(savepoint=False)  # an act whose entry cannot be written is undone
def record(
    *,
    action: str,
    by: Actor | None,
    target: Model | None = None,
    label: str = "",
    changes: Changes | None = None,
    note: str = "",
    outcome: str = Outcome.OK,
    batch_size: int = 1,
) -> AuditEntry:
    """Write one entry in the caller's transaction: no act without its entry, and none without act.

    ``by`` None is the system itself. ``changes`` is what ``changes.difference`` returns.
    ``batch_size`` is the number of objects of a bulk write that this entry stands for. The address
    and the request's id come from the request being answered.
    """
    entry = _entry(
        action=action,
        by=by,
        target=target,
        label=label,
        changes=changes,
        note=note,
        outcome=outcome,
        at=timezone.now(),
        batch_size=batch_size,
    )
    entry.save(force_insert=True)
    PendingSeal.objects.create(entry_id=entry.pk)
    return entry


@transaction.atomic
def record_many(
    *,
    action: str,
    by: Actor | None,
    rows: Iterable[tuple[Model, Changes | None]],
    note: str = "",
) -> int:
    """Write one entry per object of a bulk write, 500 per statement; return how many."""
    at = timezone.now()
    count = 0
    entries = [
        _entry(
            action=action,
            by=by,
            target=target,
            label="",
            changes=changes,
            note=note,
            outcome=Outcome.OK,
            at=at,
            batch_size=1,
        )
        for target, changes in rows
    ]
    for start in range(0, len(entries), BATCH):
        made = AuditEntry.objects.bulk_create(entries[start : start + BATCH])
        PendingSeal.objects.bulk_create([PendingSeal(entry_id=entry.pk) for entry in made])
        count += len(made)
    return count


def _seal_batch(now: datetime) -> int:
    """Seal up to 500 waiting entries; 0 when there are none or another sealer was quicker."""
    try:
        with transaction.atomic():
            last = AuditSeal.objects.order_by("-seq").first()
            seq, prev = queries.chain_head(last)
            waiting = list(PendingSeal.objects.order_by("entry_id")[:BATCH])
            found = AuditEntry.objects.in_bulk([row.entry_id for row in waiting])
            seals: list[AuditSeal] = []
            for row in waiting:
                entry = found.get(row.entry_id)
                if entry is None:
                    continue
                seq += 1
                digest = chain.link_hash(chain.content(entry), seq=seq, prev=prev, sealed_at=now)
                seals.append(
                    AuditSeal(
                        seq=seq, entry_id=entry.pk, prev_hash=prev, hash=digest, sealed_at=now
                    )
                )
                prev = digest
            AuditSeal.objects.bulk_create(seals)
            PendingSeal.objects.filter(pk__in=[row.pk for row in waiting]).delete()
            return len(waiting)
    except IntegrityError:
        return 0  # two sealers read the same head: the unique sequence let one through


def seal(*, now: datetime) -> int:
    """Seal the waiting entries in the order of their ids; return how many.

    Any number of sealers may run at once. An entry that is committed late is simply sealed later:
    its place in the chain is when it became visible, not its id.
    """
    done = 0
    while done < MOST_PER_RUN and PendingSeal.objects.exists():
        count = _seal_batch(now)
        if not count:
            break
        done += count
    return done


def anchor(*, now: datetime) -> AuditAnchor | None:
    """Write down the head of the chain, in the database and in the log outside of it.

    Returns None when the chain has not grown since the last anchor.
    """
    last = AuditSeal.objects.order_by("-seq").first()
    if last is None:
        return None
    made, is_new = AuditAnchor.objects.get_or_create(
        kind=AnchorKind.DAILY, seq=last.seq, defaults={"made_at": now, "hash": last.hash}
    )
    if not is_new:
        return None
    logger.info("audit anchor seq=%d hash=%s", made.seq, chain.readable(made.hash))
    return made


def check(*, now: datetime, full: bool, beat: Callable[[int], None] | None = None) -> ChainCheck:
    """Check the chain (or only the links since the last good check) and keep the result.

    ``beat(links checked)`` is called after each piece of a long check.
    """
    since = 0 if full else queries.last_good_seq()
    report = queries.verify(
        now=now, since_seq=since, limit=None if full else LINKS_PER_ANCHOR, beat=beat
    )
    if not report.is_good:
        logger.error("audit chain broken: %s", report.text)
    return ChainCheck.objects.create(
        at=now,
        is_full=full,
        is_good=report.is_good,
        checked=report.checked,
        until_seq=report.until_seq,
        text=report.text[:300],
    )


def watch(*, now: datetime) -> int:
    """Check what was sealed since the last time, then anchor; recurring work.

    Seals first: after a pause of the processes everything waits, which is no broken chain.
    """
    if seal(now=now) >= MOST_PER_RUN:
        return 0  # a long backlog: the next run checks
    result = check(now=now, full=False)
    if result.is_good:
        anchor(now=now)
    return result.checked


def remove_archived(*, seq: int) -> int:
    """Remove what has been archived up to a link, a piece at a time; return entries removed.

    The triggers are lifted inside each short transaction only, so that writers hardly wait.
    """
    removed = 0
    while True:
        with transaction.atomic(), triggers.lifted(connection):
            rows = dict(
                AuditSeal.objects.filter(seq__lte=seq)
                .order_by("seq")
                .values_list("seq", "entry_id")[:BATCH]
            )
            if not rows:
                return removed
            AuditEntry.objects.filter(pk__in=rows.values()).delete()
            AuditSeal.objects.filter(seq__in=rows).delete()
        removed += len(rows)


@transaction.atomic
def note_archive(
    *, seq: int, digest: str, count: int, file_name: str, file_sha256: str, now: datetime
) -> AuditAnchor:
    """Write the anchor of an archived period: from here on checks begin after ``seq``."""
    made = AuditAnchor.objects.create(
        kind=AnchorKind.ARCHIVE,
        made_at=now,
        seq=seq,
        hash=digest,
        entry_count=count,
        file_name=file_name,
        file_sha256=file_sha256,
    )
    record(
        action="audit.archive",
        by=None,
        label=file_name,
        note=f"归档 {count} 条，截至序号 {seq}，文件校验值 {file_sha256}",
        batch_size=max(count, 1),
    )
    logger.info("audit archive seq=%d hash=%s", seq, chain.readable(digest))
    return made
