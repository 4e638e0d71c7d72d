"""Which entries answer a request: by the pairs of characters that both have."""

from collections import defaultdict
from dataclasses import dataclass
from math import log

from django.db.models import Count

from apps.handbook import terms
from apps.handbook.models import Entry, EntryTerm, EntryVersion
from apps.roster.models import Category

MOST_ROWS = 2000  # looked at for one request; the rarest pairs come first
LEAST_SCORE = 9.0
USUAL = 1.5  # how much a pair tells that no question has
SAME_CATEGORY, SAME_GROUP = 1.6, 1.2


@dataclass(frozen=True)
class Suggestion:
    """An entry that may answer a request, and why: words for people."""

    entry: Entry
    version: EntryVersion
    score: float
    reasons: list[str]


def _rarest(asked: list[str], total: int) -> dict[str, float]:
    """Return ``{pair: how much it tells}`` of the pairs that some questions have, not too many."""
    counts = (
        EntryTerm.objects.filter(term__in=asked, weight__gt=terms.BODY)
        .values_list("term")
        .annotate(rows=Count("pk"))
    )
    room = MOST_ROWS
    kept: dict[str, float] = {}
    for term, rows in sorted(counts.order_by(), key=lambda pair: (pair[1], pair[0])):
        room -= rows
        if room < 0 and kept:
            break
        kept[term] = log(1 + total / rows)
    return kept


def _scores(asked: list[str], limit: int) -> tuple[dict[int, float], dict[int, list[str]]]:
    """Return the scores of the likeliest entries, and the pairs their questions share."""
    tells = _rarest(asked, max(1, Entry.objects.published().count()))
    scores: dict[int, float] = defaultdict(float)
    shared: dict[int, list[str]] = defaultdict(list)
    rows = EntryTerm.objects.filter(term__in=list(tells), weight__gt=terms.BODY)
    for entry_id, term, weight in rows.values_list("entry_id", "term", "weight"):
        scores[entry_id] += weight * tells[term]
        shared[entry_id].append(term)
    likely = sorted(scores, key=lambda pk: (-scores[pk], pk))[:limit]
    body = EntryTerm.objects.filter(entry__in=likely, term__in=asked, weight=terms.BODY)
    for entry_id, term in body.values_list("entry_id", "term"):
        scores[entry_id] += terms.BODY * tells.get(term, USUAL)
    return {pk: scores[pk] for pk in likely}, shared


def suggest(text: str, category: Category | None = None, limit: int = 3) -> list[Suggestion]:
    """Return the published entries that fit a request best, at most ``limit``, with reasons.

    An entry scores the weight of each pair it shares with the request, rare pairs more than common
    ones; at least one must stand in its question, a similar question or its category. Entries of
    the request's category (or its group) are lifted. Five queries, whatever the handbook's size.
    """
    asked = terms.asked(text)
    if not asked:
        return []
    scores, shared = _scores(asked, limit * 5)
    entries = Entry.objects.published().select_related("current__unit", "current__category__parent")
    found = [
        _suggestion(entry, scores[entry.pk], shared[entry.pk], text, category)
        for entry in entries.filter(pk__in=list(scores))
    ]
    good = (one for one in found if one.score >= LEAST_SCORE)
    return sorted(good, key=lambda one: (-one.score, one.entry.pk))[:limit]


def _suggestion(
    entry: Entry, score: float, shared: list[str], text: str, category: Category | None
) -> Suggestion:
    version = entry.current
    assert version is not None  # noqa: S101  a constraint: what is published has a version
    words = terms.words(text, shared)
    reasons = [f"都提到{'、'.join(f'“{word}”' for word in words)}"] if words else []
    if category is not None and version.category_id == category.pk:
        score *= SAME_CATEGORY
        reasons.append(f"同属“{category.name}”")
    elif category is not None and version.category.parent_id == category.parent_id:
        score *= SAME_GROUP
    return Suggestion(entry=entry, version=version, score=score, reasons=reasons)
