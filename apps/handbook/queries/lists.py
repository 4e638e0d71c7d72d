"""What the pages show: the tree of categories, the filtered list, the difference of versions."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.access import Actor
from apps.handbook.choices import DraftState, EntryStatus
from apps.handbook.models import CONTENT, Entry, EntryContent, EntryVersion
from apps.handbook.queries.search import matching
from apps.roster.models import Category, Expert, Unit

MOST_EXPERTS = 6
ORDER = ("category__order", "category_id", "number", "pk")
#: what the tabs show, for those who work on entries
SHOWS = {
    "": "已发布",
    "draft": "修改中",
    "check": "待审核",
    "publish": "待发布",
    "review": "该复核",
    "withdrawn": "已停用",
}


@dataclass(frozen=True)
class Filters:
    """What is asked for in the address of the list."""

    q: str = ""
    category: str = ""
    unit: str = ""
    show: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> "Filters":
        """Read the address; what is unknown counts as not asked."""
        show = str(query.get("show", ""))
        return cls(
            q=str(query.get("q", "")).replace("\0", "").strip()[:60],
            category=str(query.get("category", ""))[:8],
            unit=str(query.get("unit", ""))[:30],
            show=show if show in SHOWS else "",
        )


def shown(rows: QuerySet[Entry], show: str, today: date) -> QuerySet[Entry]:
    """Narrow entries to a tab."""
    narrowed: dict[str, QuerySet[Entry]] = {
        "draft": rows.filter(draft_state=DraftState.EDITING),
        "check": rows.filter(draft_state=DraftState.SUBMITTED),
        "publish": rows.filter(draft_state=DraftState.CHECKED),
        "review": rows.to_review(today=today),  # type: ignore[attr-defined]
        "withdrawn": rows.filter(status=EntryStatus.WITHDRAWN),
    }
    if show in {"draft", "check", "publish"}:
        return narrowed[show].exclude(status=EntryStatus.WITHDRAWN)
    return narrowed.get(show, rows.filter(status=EntryStatus.PUBLISHED))


def filtered(rows: QuerySet[Entry], filters: Filters, today: date) -> QuerySet[Entry]:
    """Narrow entries to what is asked for; a group of categories finds its children."""
    rows = shown(rows, filters.show, today)
    if filters.category:
        code = filters.category
        rows = rows.filter(Q(category__code=code) | Q(category__parent__code=code))
    if filters.unit:
        rows = rows.filter(unit__code=filters.unit)
    return rows.filter(matching(filters.q)) if filters.q else rows


@dataclass(frozen=True)
class Branch:
    """A group of the tree: how many published entries it has, and its children with theirs."""

    category: Category
    count: int
    children: list[tuple[Category, int]]
    is_open: bool


def tree(chosen: str = "") -> list[Branch]:
    """Return the groups of categories with the published entries counted (two queries)."""
    counts = Counter(Entry.objects.published().values_list("category_id", flat=True))
    children: dict[int, list[Category]] = defaultdict(list)
    groups = []
    for row in Category.objects.active().order_by("order", "pk"):
        if row.parent_id is None:
            groups.append(row)
        else:
            children[row.parent_id].append(row)
    return [
        Branch(
            group,
            sum(counts[child.pk] for child in children[group.pk]),
            [(child, counts[child.pk]) for child in children[group.pk]],
            chosen == group.code or chosen in {child.code for child in children[group.pk]},
        )
        for group in groups
    ]


def tabs(rows: QuerySet[Entry], user: Actor, today: date) -> list[tuple[str, str, int]]:
    """Return (show, label, count) of the tabs; readers have none."""
    own = rows.workable_by(user)  # type: ignore[attr-defined]
    return [
        (show, label, shown(rows if not show else own, show, today).count())
        for show, label in SHOWS.items()
    ]


def experts_for(unit: Unit, category: Category) -> list[Expert]:
    """Return whom to ask: the unit's experts of the category, else its commissioner and experts."""
    pool = Expert.objects.current().filter(unit=unit).select_related("person", "unit")
    own = list(pool.filter(matters=category).order_by("rank", "pk")[:MOST_EXPERTS])
    return own or list(pool.order_by("rank", "pk")[:MOST_EXPERTS])


# ---- versions ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Piece:
    """A stretch of text: "same", "out" (only before) or "in" (only after)."""

    kind: str
    text: str


@dataclass(frozen=True)
class FieldDifference:
    """A field that two versions have differently, before and after in pieces."""

    label: str
    before: list[Piece]
    after: list[Piece]


def _words_of(content: EntryContent, name: str) -> str:
    value = getattr(content, name)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def differences(before: EntryContent, after: EntryContent) -> list[FieldDifference]:
    """Return the fields that differ, in their order."""
    found = []
    for name in CONTENT:
        old, new = _words_of(before, name), _words_of(after, name)
        if old != new:
            label = str(EntryVersion._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            found.append(FieldDifference(label, *_pieces(old, new)))
    return found


def _pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    before: list[Piece] = []
    after: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            before.append(Piece("same", old[a:b]))
            after.append(Piece("same", new[c:d]))
            continue
        if a < b:
            before.append(Piece("out", old[a:b]))
        if c < d:
            after.append(Piece("in", new[c:d]))
    return before, after
