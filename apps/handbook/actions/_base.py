"""What the writes of the handbook share: cleaning, locking, whom to tell, the search terms."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.access import Actor
from apps.core.bigrams import plain
from apps.core.errors import DomainError
from apps.handbook import terms
from apps.handbook.models import CONTENT, Entry, EntryTerm, EntryVersion
from apps.roster.actions._base import lock, one_line
from apps.roster.models import Category, Unit

REVIEW_MONTHS = 6  # domain.md §3.5
MOST_SIMILAR, LONGEST_SIMILAR = 5, 60
STALE = "这条刚刚被别人改过。请核对现在的内容后再提交，您写的内容已保留。"
#: ux.md §8: words after which an enterprise knows no more than before
EMPTY_WORDS = ("按规定办理", "请耐心等待", "已转相关部门")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_LISTS = frozenset({"similar", "answer", "conditions", "materials", "steps", "basis"})
SYSTEM = "系统"


def name_of(by: Actor | None) -> str:
    """Return who acts, as kept beside a version."""
    return by.display_name if by else SYSTEM


def months_after(day: date, months: int) -> date:
    """Return the same day some months later; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _lines(text: str) -> str:
    """Return a text with clean lines and no empty ones."""
    return "\n".join(line for line in (one_line(raw) for raw in text.splitlines()) if line)


def cleaned(content: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an entry, texts trimmed.

    Raises:
        TypeError: a name that is not in :data:`CONTENT`.
    """
    unknown = content.keys() - set(CONTENT)
    if unknown:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    return {
        name: (_lines(value) if name in _LISTS else one_line(value))
        if isinstance(value, str)
        else value
        for name, value in content.items()
    }


def check(content: dict[str, Any]) -> None:
    """Refuse what no entry may hold.

    Raises:
        DomainError: a group instead of a category, too many similar questions, a mobile number,
            words that say nothing.
    """
    category, unit = content.get("category"), content.get("unit")
    if isinstance(category, Category) and category.parent_id is None:
        raise DomainError("请选二级类目。", field="category")
    if isinstance(unit, Unit) and not unit.is_active:
        raise DomainError("这个单位已停用，请另选责任部门。", field="unit")
    similar = content.get("similar", "").splitlines()
    if len(similar) > MOST_SIMILAR:
        raise DomainError(f"相似问最多写 {MOST_SIMILAR} 个，每行一个。", field="similar")
    if any(len(line) > LONGEST_SIMILAR for line in similar):
        raise DomainError(f"每个相似问不超过 {LONGEST_SIMILAR} 个字。", field="similar")
    if _MOBILE.search(content.get("phone", "")):
        raise DomainError("咨询电话请填办公座机或服务热线，个人手机由专家库显示。", field="phone")
    for name in ("short_answer", "answer"):
        found = next((word for word in EMPTY_WORDS if word in content.get(name, "")), "")
        if found:
            raise DomainError(f"“{found}”企业看不明白，请写清楚怎么办、找谁。", field=name)


def lock_revision(entry: Entry, revision: int | None) -> None:
    """Make writers of an entry wait for each other; refuse when somebody was quicker.

    Raises:
        DomainError: the entry was changed since the form with ``revision`` was drawn.
    """
    lock(entry)
    entry.refresh_from_db()
    if revision is not None and entry.revision != revision:
        raise DomainError(STALE)


def index(entry: Entry, version: EntryVersion | None) -> None:
    """Make the terms of an entry those of a version; without one nothing finds it."""
    EntryTerm.objects.filter(entry=entry).delete()
    if version is None:
        return
    found = terms.weights(
        question=version.question,
        similar=version.similar_list,
        category=version.category.name,
        body=body_of(version),
    )
    EntryTerm.objects.bulk_create(
        (EntryTerm(entry=entry, term=term, weight=weight) for term, weight in found.items()),
        batch_size=500,
    )


def body_of(version: EntryVersion) -> list[str]:
    """Return the texts of a version that are neither question nor similar question."""
    names = ("short_answer", "answer", "conditions", "materials", "steps", "basis")
    return [getattr(version, name) for name in names]


def plain_of(version: EntryVersion) -> str:
    """Return what the search looks through: each field apart, so that no word spans two."""
    texts = (version.question, *version.similar_list, version.category.name, *body_of(version))
    return " ".join(filter(None, map(plain, texts)))


def people(*, units: Iterable[int], roles: Iterable[Role]) -> list[User]:
    """Return the active accounts of units that hold any of the roles."""
    return list(User.objects.with_role(*roles).filter(unit_id__in=list(units)))


def office(*roles: Role) -> list[User]:
    """Return the active accounts of the office that hold any of the roles."""
    return list(User.objects.with_role(*roles))
