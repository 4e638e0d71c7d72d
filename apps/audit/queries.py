"""Reading the audit log: lists, the history of an object, and the check of the chain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model, Q
from django.utils import timezone

from apps.audit import chain, triggers
from apps.audit.choices import AnchorKind, Break, Outcome
from apps.audit.labels import action_label, field_label, target_label
from apps.audit.models import (
    GENESIS,
    AuditAnchor,
    AuditEntry,
    AuditEntryQuerySet,
    AuditSeal,
    ChainCheck,
    PendingSeal,
)

BATCH = 1000
GRACE = timedelta(seconds=60)
EXPORT_LIMIT = 100_000


# ---- lists -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Filters:
    """What the auditor asks for; empty values ask for nothing."""

    person: str = ""
    action: str = ""
    target_type: str = ""
    target_id: str = ""
    outcome: str = ""
    since_on: date | None = None
    until_on: date | None = None
    text: str = ""


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def filtered(entries: AuditEntryQuerySet, filters: Filters) -> AuditEntryQuerySet:
    """Narrow entries by the filters; both days of the range are included (Asia/Shanghai)."""
    exact = {
        "action": filters.action,
        "target_type": filters.target_type,
        "target_id": filters.target_id,
        "outcome": filters.outcome,
    }
    entries = entries.filter(**{name: value for name, value in exact.items() if value})
    if filters.person:
        entries = entries.filter(
            Q(actor=filters.person)
            | Q(actor_name__contains=filters.person)
            | Q(actor_unit__contains=filters.person)
        )
    if filters.since_on:
        entries = entries.filter(at__gte=_midnight(filters.since_on))
    if filters.until_on:
        entries = entries.filter(at__lt=_midnight(filters.until_on + timedelta(days=1)))
    if filters.text:
        entries = entries.filter(
            Q(target_label__contains=filters.text)
            | Q(note__contains=filters.text)
            | Q(request_id=filters.text)
            | Q(ip=filters.text)
        )
    return entries


def in_pieces(entries: AuditEntryQuerySet, *, size: int = 2000) -> Iterator[AuditEntry]:
    """Yield entries, newest first, a piece at a time: no open cursor, flat memory."""
    last: AuditEntry | None = None
    while True:
        rest = entries
        if last is not None:
            rest = rest.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
        rows = list(rest.order_by("-at", "-pk")[:size])
        yield from rows
        if len(rows) < size:
            return
        last = rows[-1]


@dataclass(frozen=True)
class Line:
    """An entry made ready for a page."""

    entry: AuditEntry

    @property
    def action_label(self) -> str:
        """The act's Chinese name."""
        return action_label(self.entry.action)

    @property
    def target_label(self) -> str:
        """The object's kind, in Chinese."""
        return target_label(self.entry.target_type)

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field's name, before, after)."""
        kind = self.entry.target_type
        rows = self.entry.changes if isinstance(self.entry.changes, dict) else {}
        pairs = [(name, [*pair, "", ""][:2]) for name, pair in rows.items()]
        return [(field_label(kind, name), pair[0], pair[1]) for name, pair in pairs]

    @property
    def is_refused(self) -> bool:
        """Whether the act did not take place."""
        return self.entry.outcome != Outcome.OK


def history_of(instance: Model, limit: int = 10) -> list[Line]:
    """Return the latest entries about one object, newest first, for the card 变更记录.

    No permission is asked: whoever may see the object may see who changed it.
    """
    rows = AuditEntry.objects.filter(
        target_type=instance._meta.label_lower, target_id=str(instance.pk)
    ).order_by("-pk")[:limit]
    return [Line(entry) for entry in rows]


def target_types() -> list[tuple[str, str]]:
    """Return (kind, name) of every kind of object in the log: one index hop per kind."""
    found: list[tuple[str, str]] = []
    after = ""
    while True:
        rows = AuditEntry.objects.filter(target_type__gt=after)
        kind = rows.order_by("target_type").values_list("target_type", flat=True).first()
        if kind is None:
            return found
        found.append((kind, target_label(kind)))
        after = kind


# ---- the chain ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Problem:
    """The first broken link."""

    kind: Break
    seq: int | None = None
    entry_id: int | None = None
    detail: str = ""

    @property
    def text(self) -> str:
        """What is wrong and where, in one sentence."""
        places = [
            f"序号 {self.seq}" if self.seq is not None else "",
            f"记录 {self.entry_id}" if self.entry_id is not None else "",
        ]
        place = "、".join(part for part in places if part)
        return "：".join(part for part in (place, str(self.kind.label), self.detail) if part)


@dataclass
class Report:
    """The result of a check: how far it came, and the first problem if there is one."""

    checked: int = 0
    until_seq: int = 0
    waiting: int = 0
    problem: Problem | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem is None

    @property
    def text(self) -> str:
        """The result in one sentence."""
        if self.problem is not None:
            return self.problem.text
        return f"完好，核对 {self.checked} 条，到序号 {self.until_seq}，待封存 {self.waiting} 条"


@dataclass
class _Walk:
    seq: int
    prev: str
    beat: Callable[[int], None] | None = None
    report: Report = field(default_factory=Report)


def archive_anchor() -> AuditAnchor | None:
    """Return the last link of the newest archived period, or None."""
    return AuditAnchor.objects.filter(kind=AnchorKind.ARCHIVE).order_by("-seq").first()


def chain_head(last: AuditSeal | None) -> tuple[int, str]:
    """Return (seq, hash) that the next link continues."""
    if last is not None:
        return last.seq, last.hash
    archived = archive_anchor()
    return (archived.seq, archived.hash) if archived else (0, GENESIS)


def _load(ids: list[int]) -> dict[int, AuditEntry | None]:
    """Return entries by id; None for one whose columns cannot even be read."""
    try:
        return dict(AuditEntry.objects.in_bulk(ids))
    except (ValueError, TypeError):
        found: dict[int, AuditEntry | None] = {}
        for pk in ids:
            try:
                found.update(AuditEntry.objects.in_bulk([pk]))
            except (ValueError, TypeError):
                found[pk] = None
        return found


def _link_problem(
    seal: AuditSeal, walk: _Walk, entries: dict[int, AuditEntry | None], anchors: dict[int, str]
) -> Problem | None:
    def broken(kind: Break) -> Problem:
        return Problem(kind, seq=seal.seq, entry_id=seal.entry_id)

    if seal.seq != walk.seq + 1:
        return Problem(Break.SEQ_GAP, seq=walk.seq + 1, detail=f"下一个是 {seal.seq}")
    if seal.prev_hash != walk.prev:
        return broken(Break.ORDER)
    if seal.entry_id not in entries:
        return broken(Break.ENTRY_DELETED)
    entry = entries[seal.entry_id]
    digest = entry and chain.link_hash(
        chain.content(entry), seq=seal.seq, prev=walk.prev, sealed_at=seal.sealed_at
    )
    if digest != seal.hash:
        return broken(Break.CONTENT_CHANGED)
    if anchors.get(seal.seq, seal.hash) != seal.hash:
        return broken(Break.ANCHOR_MISMATCH)
    return None


def _walk_seals(walk: _Walk, limit: int | None) -> Problem | None:
    rows = AuditAnchor.objects.filter(kind=AnchorKind.DAILY, seq__gt=walk.seq)
    anchors = dict(rows.values_list("seq", "hash"))
    while limit is None or walk.report.checked < limit:
        seals = list(AuditSeal.objects.filter(seq__gt=walk.seq).order_by("seq")[:BATCH])
        entries = _load([seal.entry_id for seal in seals])
        for seal in seals:
            problem = _link_problem(seal, walk, entries, anchors)
            if problem is not None:
                return problem
            walk.seq, walk.prev = seal.seq, seal.hash
            walk.report.checked += 1
            walk.report.until_seq = seal.seq
        if walk.beat is not None:
            walk.beat(walk.report.checked)
        if len(seals) < BATCH:
            beyond = [seq for seq in anchors if seq > walk.seq]
            return Problem(Break.TAIL_CUT, seq=walk.seq + 1) if beyond else None
    return None


def _unsealed_problem(now: datetime, since_id: int) -> Problem | None:
    """Find an entry that nobody sealed: the sealer stands still, or somebody wrote by hand."""
    last = since_id
    while True:
        ids = list(
            AuditEntry.objects.filter(pk__gt=last, at__lt=now - GRACE)
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        sealed = set(AuditSeal.objects.filter(entry_id__in=ids).values_list("entry_id", flat=True))
        for pk in ids:
            if pk not in sealed:
                waits = PendingSeal.objects.filter(pk=pk).exists()
                return Problem(Break.UNSEALED if waits else Break.SEAL_MISSING, entry_id=pk)
        if len(ids) < BATCH:
            return None
        last = ids[-1]


def verify(
    *,
    now: datetime,
    since_seq: int = 0,
    limit: int | None = None,
    beat: Callable[[int], None] | None = None,
) -> Report:
    """Walk the chain in pieces and stop at the first broken link.

    ``since_seq`` continues after a link that was found good (its stored hash is trusted);
    ``limit`` ends after that many links. The whole chain begins after the archived part.
    """
    walk = _Walk(*chain_head(None), beat=beat)
    start = AuditSeal.objects.filter(seq=since_seq).first() if since_seq > walk.seq else None
    if start is not None:
        walk.seq, walk.prev = start.seq, start.hash
    walk.report.until_seq = walk.seq
    walk.report.waiting = PendingSeal.objects.count()
    absent = triggers.missing(connection)
    problem = _walk_seals(walk, limit)
    if problem is None:
        problem = _unsealed_problem(now, start.entry_id - BATCH if start else 0)
    if problem is None and absent:
        problem = Problem(Break.TRIGGERS_MISSING, detail="、".join(absent))
    walk.report.problem = problem
    return walk.report


def last_check(*, full: bool | None = None) -> ChainCheck | None:
    """Return the newest check, of either kind or of one."""
    checks = ChainCheck.objects.all() if full is None else ChainCheck.objects.filter(is_full=full)
    return checks.order_by("-at", "-pk").first()


def last_good_seq() -> int:
    """Return how far the chain was found good by the newest check; 0 when it was not good."""
    newest = last_check()
    return newest.until_seq if newest is not None and newest.is_good else 0


def oldest_waiting() -> datetime | None:
    """Return the time of the oldest entry that waits for its seal, or None."""
    ids = PendingSeal.objects.order_by("entry_id").values_list("entry_id", flat=True)[:BATCH]
    rows = AuditEntry.objects.filter(pk__in=list(ids)).order_by("at")
    return rows.values_list("at", flat=True).first()


def seal_of(entry: AuditEntry) -> tuple[AuditSeal | None, bool]:
    """Return an entry's seal and whether the entry still fits it."""
    seal = AuditSeal.objects.filter(entry_id=entry.pk).first()
    if seal is None:
        return None, PendingSeal.objects.filter(pk=entry.pk).exists()
    digest = chain.link_hash(
        chain.content(entry), seq=seal.seq, prev=seal.prev_hash, sealed_at=seal.sealed_at
    )
    return seal, digest == seal.hash
