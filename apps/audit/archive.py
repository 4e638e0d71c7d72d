"""Retention: whole months go to a compressed file with its own proof, then leave the database.

The file (``.jsonl.gz``) holds one link per line: sequence, hashes, time of sealing and the entry in
the form that was hashed. An ARCHIVE anchor in the database keeps the last hash, so that the chain
that stays continues the chain in the file. Order of work: file, check of the file, anchor, removal;
whatever crashes in between, the next run goes on and nothing is lost.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.audit import actions, chain, queries
from apps.audit.models import AuditEntry, AuditSeal
from apps.core.errors import DomainError

# 网络安全法：日志不少于六个月
LEAST_DAYS = 180
BATCH = 1000


@dataclass(frozen=True)
class Archived:
    """What a run put away: nothing when ``count`` is 0."""

    count: int
    path: Path | None = None
    sha256: str = ""
    until_seq: int = 0


@dataclass
class _Link:
    """The last link that was read."""

    seq: int
    hash: str
    count: int = 0


def check_cutoff(before: date, today: date) -> None:
    """Refuse a cut within a month or within the time that the law wants logs kept."""
    if before.day != 1:
        raise DomainError("只能按整月归档，日期请写某月 1 日，如 2026-01-01。")
    if before > today - timedelta(days=LEAST_DAYS):
        raise DomainError(f"日志至少在线保留 {LEAST_DAYS} 天，请把日期提前。")


def _links(cutoff: datetime, start: _Link) -> Iterator[dict[str, Any]]:
    """Yield the links in order up to the first entry that is not before the cut."""
    while True:
        seals = list(AuditSeal.objects.filter(seq__gt=start.seq).order_by("seq")[:BATCH])
        entries = AuditEntry.objects.in_bulk([seal.entry_id for seal in seals])
        for seal in seals:
            entry = entries.get(seal.entry_id)
            if entry is not None and entry.at >= cutoff:
                return
            body = chain.content(entry) if entry is not None else {}
            digest = chain.link_hash(body, seq=seal.seq, prev=start.hash, sealed_at=seal.sealed_at)
            if digest != seal.hash or seal.seq != start.seq + 1:
                raise DomainError(
                    f"序号 {seal.seq} 处链已断，不能归档。请先运行 audit verify 查清。"
                )
            yield {
                "seq": seal.seq,
                "prev": start.hash,
                "hash": digest,
                "sealed_at": seal.sealed_at.isoformat(timespec="microseconds"),
                "entry": body,
            }
            start.seq, start.hash, start.count = seal.seq, digest, start.count + 1
        if len(seals) < BATCH:
            return


def _write(draft: Path, cutoff: datetime, head: _Link) -> None:
    with draft.open("wb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            for link in _links(cutoff, head):
                packed.write(json.dumps(link, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        raw.flush()
        os.fsync(raw.fileno())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(path: Path) -> tuple[int, int, str]:
    """Walk the chain inside an archive; return (links, last seq, last hash).

    Raises:
        DomainError: a line does not fit its hash or its predecessor; the sentence names it.
    """
    count, seq, last = 0, 0, ""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                link = json.loads(line)
                digest = chain.link_hash(
                    link["entry"],
                    seq=link["seq"],
                    prev=link["prev"],
                    sealed_at=datetime.fromisoformat(link["sealed_at"]),
                )
                fits = not count or (link["seq"] == seq + 1 and link["prev"] == last)
                if digest != link["hash"] or not fits:
                    raise DomainError(f"归档文件在序号 {link['seq']} 处对不上。")
                count, seq, last = count + 1, link["seq"], digest
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DomainError(f"归档文件读不出来（{type(error).__name__}）。") from error
    return count, seq, last


def run(*, before: date, folder: Path, today: date, now: datetime) -> Archived:
    """Archive every sealed entry before a day (Asia/Shanghai, the first of a month)."""
    check_cutoff(before, today)
    finish()
    cutoff = timezone.make_aware(datetime.combine(before, time.min))
    first_seq, first_hash = queries.chain_head(None)
    head = _Link(first_seq, first_hash)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".audit-{os.getpid()}.part"
    try:
        _write(draft, cutoff, head)
        if not head.count:
            return Archived(0)
        if check_file(draft) != (head.count, head.seq, head.hash):
            raise DomainError("归档文件写完后核对不上，没有删除任何记录。请检查磁盘后重试。")
        path = folder / f"audit-{first_seq + 1}-{head.seq}.jsonl.gz"
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    digest = sha256_of(path)
    actions.note_archive(
        seq=head.seq,
        digest=head.hash,
        count=head.count,
        file_name=path.name,
        file_sha256=digest,
        now=now,
    )
    finish()
    return Archived(head.count, path, digest, head.seq)


def finish() -> int:
    """Remove what an anchor says is archived: a removal that was interrupted goes on here."""
    anchor = queries.archive_anchor()
    return actions.remove_archived(seq=anchor.seq) if anchor is not None else 0
