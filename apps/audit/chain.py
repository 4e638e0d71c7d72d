"""The links of the chain: what is hashed, and how. Changing this file breaks every old seal.

``hash = SHA-256(canonical JSON of {entry, seq, prev, sealed_at})``. Canonical: keys sorted, no
blanks, UTF-8, instants in UTC with microseconds. Everything in an entry is text, a number or null,
so that both databases give back what was hashed.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from apps.audit.models import AuditEntry

FIELDS = tuple(field.attname for field in AuditEntry._meta.concrete_fields)


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else None


def content(entry: AuditEntry) -> dict[str, Any]:
    """Return everything an entry says, in the form that is hashed and archived."""
    values = {name: getattr(entry, name) for name in FIELDS}
    return {**values, "at": _instant(entry.at)}


def link_hash(entry: dict[str, Any], *, seq: int, prev: str, sealed_at: datetime) -> str:
    """Return the hash (64 hex digits) of a link; ``entry`` is what :func:`content` returns."""
    link = {"entry": entry, "prev": prev, "seq": seq, "sealed_at": _instant(sealed_at)}
    text = json.dumps(link, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def readable(digest: str) -> str:
    """Return a hash in groups of eight: easy to compare, and no digits run on like a phone's."""
    return ":".join(digest[start : start + 8] for start in range(0, len(digest), 8))
