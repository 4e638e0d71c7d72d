"""Finding tickets: by number however typed, by words, by likeness; the same on both databases."""

import re
import unicodedata
from collections import Counter
from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet

from apps.core import fulltext
from apps.core.bigrams import pairs, plain, wanted
from apps.tickets.models import NumberSeries, Ticket, TicketIndex

PROBE = 1500  # newest rows looked through before the index is asked
CANDIDATES = 200
NEWEST = 2000  # newest hits of the index that are looked at
RARE = 6
SAMPLE = 4000
SAMPLE_SECONDS = 3600
PAIRS = "tickets:pairs"
LEAST_OVERLAP = 0.12
_FULL = re.compile(r"^(?:JZ)?(\d{4})(\d{5})$")
_TAIL = re.compile(r"^\d{5}$")
_HOTLINE = re.compile(r"^[0-9A-Z]{6,40}$")


def numbers_like(word: str) -> list[str]:
    """Return the ticket numbers that a word may mean; an empty list when it is no number.

    Full width, without JZ or hyphens, or the last five digits of any month's series.
    """
    text = re.sub(r"[\s\-—–_]", "", unicodedata.normalize("NFKC", word)).upper()
    full = _FULL.match(text)
    if full:
        return [f"JZ-{full[1]}-{full[2]}"]
    if _TAIL.match(text):
        months = NumberSeries.objects.filter(last__gte=int(text)).values_list("month", flat=True)
        return [f"JZ-{month}-{text}" for month in months]
    return []


def _by_number(word: str) -> Q:
    condition = Q(pk__in=[])
    numbers = numbers_like(word)
    if numbers:
        condition |= Q(number__in=numbers)
    text = unicodedata.normalize("NFKC", word).upper()
    if _HOTLINE.match(text):
        condition |= Q(hotline_no=text) & ~Q(hotline_no="")
    return condition


def indexed(words: list[str]) -> QuerySet[TicketIndex]:
    """Return the index rows that hold every plain word."""
    rows = TicketIndex.objects.all()
    for word in words:
        rows = rows.filter(tokens__holds=wanted(word), plain__contains=word)
    return rows


def matching(text: str) -> Q:
    """Return the condition by which a text finds tickets: each of its words must be found."""
    condition = Q()
    for word in text.split():
        found = _by_number(word)
        clean = plain(word)
        if clean:
            found |= Q(pk__in=indexed([clean]).values("pk"))
        condition &= found
    return condition


def find(tickets: QuerySet[Ticket], text: str, limit: int) -> list[Ticket]:
    """Return the newest tickets of a scope that a text finds; a number's ticket comes first.

    What many tickets hold is found among the newest; asking the index for it would gather them all.
    """
    words = text.split()
    exact = Q(pk__in=[])
    for word in words[:1] if len(words) == 1 else []:
        exact = _by_number(word)
    found = list(tickets.filter(exact).order_by("-pk")[:limit]) if len(words) == 1 else []
    clean = [one for one in map(plain, words) if one]
    if len(found) >= limit or not clean:
        return found
    known = {ticket.pk for ticket in found}
    hits = [ticket for ticket in _by_words(tickets, clean, limit) if ticket.pk not in known]
    return (found + hits)[:limit]


def _by_words(tickets: QuerySet[Ticket], words: list[str], limit: int) -> list[Ticket]:
    """Look among the newest tickets, then among the newest hits, then everywhere."""
    newest = TicketIndex.objects.order_by("-pk").values("pk")[:PROBE]
    pks = _visible(tickets, _holding(TicketIndex.objects.filter(pk__in=newest), words), limit)
    if len(pks) < limit:
        tokens = [token for word in words for token in wanted(word)]
        hits = fulltext.newest(TicketIndex, tokens, NEWEST)
        holding = _holding(TicketIndex.objects.filter(pk__in=hits), words)
        pks = _visible(tickets, holding, limit)
        if len(pks) < limit and len(hits) == NEWEST:  # a small scope: its hits may all be older
            rows = tickets.filter(pk__in=indexed(words).values("pk"))
            pks = list(rows.order_by("-pk").values_list("pk", flat=True)[:limit])
    by_pk = tickets.in_bulk(pks[:limit])
    return [by_pk[pk] for pk in pks[:limit] if pk in by_pk]


def _holding(rows: QuerySet[TicketIndex], words: list[str]) -> list[int]:
    """Return the keys of index rows that hold every word as it stands, the highest first."""
    for word in words:
        rows = rows.filter(plain__contains=word)
    return sorted(rows.values_list("pk", flat=True), reverse=True)


def _visible(tickets: QuerySet[Ticket], pks: list[int], limit: int) -> list[int]:
    """Return the first keys that belong to the scope."""
    found: list[int] = []
    for start in range(0, len(pks), CANDIDATES):
        piece = pks[start : start + CANDIDATES]
        known = set(tickets.filter(pk__in=piece).order_by().values_list("pk", flat=True))
        found += [pk for pk in piece if pk in known]
        if len(found) >= limit:
            break
    return found[:limit]


# ---- likeness -------------------------------------------------------------------------------
def count_pairs() -> Counter[str]:
    """Count how many of the newest tickets hold each pair, and keep it for an hour.

    A timer does it before the hour is over, so that no page has to wait for it.
    """
    newest = TicketIndex.objects.order_by("-pk").values_list("tokens", flat=True)[:SAMPLE]
    counted = Counter(gram for tokens in newest for gram in tokens.split() if len(gram) == 2)
    cache.set(PAIRS, counted, SAMPLE_SECONDS)
    return counted


def _frequencies() -> Counter[str]:
    kept: Counter[str] | None = cache.get(PAIRS)
    return count_pairs() if kept is None else kept


def rarest(text: str) -> list[str]:
    """Return the pairs of a text that tell it best from others: known, but in few tickets."""
    counts = _frequencies()
    own = {gram for part in map(plain, re.split(r"[\W_]+", text)) for gram in pairs(part)}
    known = sorted((gram for gram in own if counts[gram]), key=lambda gram: (counts[gram], gram))
    unknown = sorted(own - set(known))
    return (known + unknown)[:RARE]


def similar(
    text: str, tickets: QuerySet[Ticket], *, without: int | None = None, limit: int = 5
) -> list[tuple[Ticket, float]]:
    """Return (ticket, share of common pairs) of a scope's tickets most like a text.

    Asks only for the rarest pairs (performance.md F.5), then ranks what they bring by overlap.
    """
    grams = rarest(text)
    if not grams:
        return []
    hits = TicketIndex.objects.filter(tokens__holds_any=[(gram, False) for gram in grams])
    if without is not None:
        hits = hits.exclude(pk=without)
    rows: dict[int, Any] = dict(hits.values_list("pk", "plain")[:CANDIDATES])
    own = pairs(plain(text))
    scored = []
    for pk, other in rows.items():
        theirs = pairs(other)
        share = 2 * len(own & theirs) / (len(own) + len(theirs)) if theirs else 0.0
        if share >= LEAST_OVERLAP:
            scored.append((share, pk))
    scored.sort(reverse=True)
    by_pk = tickets.in_bulk([pk for _share, pk in scored[: limit * 4]])
    return [(by_pk[pk], share) for share, pk in scored if pk in by_pk][:limit]
