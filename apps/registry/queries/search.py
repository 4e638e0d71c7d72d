"""Finding entities by part of the name, initials, code, whole phone or its last four digits."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from apps.core.errors import DomainError
from apps.core.phones import normalise, search_index, tail_index
from apps.registry import codes, names
from apps.registry.models import BusinessEntity, Contact, NameIndex

PROBE = 600  # rows looked through before the index is asked
CANDIDATES = 40
CODE_PART = 6
LAST_OF_CODES = "Z" * 18
Entities = QuerySet[BusinessEntity]


def named(text: str) -> QuerySet[NameIndex]:
    """Return the search rows whose name or initials hold a plain text, through the index."""
    rows = NameIndex.objects.filter(tokens__holds=names.wanted_tokens(text))
    return rows.filter(_holds(text))


def _holds(text: str) -> Q:
    """Say it once more without the index: its tokens need not stand side by side."""
    return Q(initials__contains=text) if text.isascii() else Q(plain__contains=text)


def _by_number(word: str) -> list[Q]:
    """Return the conditions for phones and codes; none when the word is neither."""
    conditions = []
    digits = word.replace("-", "")
    if digits.isdecimal() and len(digits) == 4:
        rows = Contact.objects.filter(phone_tail=tail_index(digits))
        conditions.append(Q(pk__in=rows.values("entity")))
    elif digits.isdecimal() and len(digits) >= 7:
        try:
            rows = Contact.objects.filter(phone_index=search_index(normalise(word)))
            conditions.append(Q(pk__in=rows.values("entity")))
        except DomainError:
            pass
    code = codes.normalise(word)
    if len(code) >= CODE_PART and code.isascii():
        # "begins with" as a range: SQLite's LIKE would look through every row
        between = Q(credit_code__gte=code, credit_code__lte=code + LAST_OF_CODES)
        coded = BusinessEntity.objects.filter(between & ~Q(credit_code=""))  # as the index says
        conditions.append(Q(pk__in=coded.values("pk")))
    return conditions


def _ways(word: str) -> list[Q]:
    """Return the conditions by any of which a word finds an entity; each has its own index."""
    plain = names.plain(word)
    by_name = [Q(pk__in=named(plain).values("entity"))] if plain else []
    return [*_by_number(word), *by_name]


def matching(text: str) -> Q:
    """Return the condition by which a text finds entities: each of its words must be found."""
    condition = Q()
    for word in text.split():
        condition &= reduce(or_, _ways(word), Q(pk__in=[]))
    return condition


class Candidate(NamedTuple):
    """A line of the list of candidates; whole entities would cost more than the search."""

    pk: int
    name: str
    principal: str
    unit: str
    zone: str | None
    key: str


def _candidates(rows: QuerySet[Any], prefix: str = "") -> Iterator[Candidate]:
    columns = ("pk", "name", "principal", "unit__name", "zone__name", "name_key")
    found = rows.values_list(*(f"{prefix}{column}" for column in columns))
    return (Candidate(*row) for row in found[:CANDIDATES])


def typeahead(scope: Entities, text: str, limit: int = 10) -> list[Candidate]:
    """Return a few entities for what has been typed so far, the likeliest first.

    A part that many names have is found among the first rows of the scope; asking the index for it
    would gather them all. A rare part is found through the index. Both are quick, either database.
    """
    plain = names.plain(text)
    words = text.split()
    found: list[Candidate] = []
    if len(words) == 1 and plain and not plain.isdecimal():
        window = scope.order_by("pk").values("pk")[:PROBE]
        common = NameIndex.objects.filter(_holds(plain), pk__in=window)
        found = list(_candidates(common, "entity__"))
    if len(words) == 1 and len(found) < limit:  # way after way: OR would use no index
        by_pk = {row.pk: row for way in _ways(words[0]) for row in _candidates(scope.filter(way))}
        found = list(by_pk.values())
    elif len(words) > 1:
        found = list(_candidates(scope.filter(matching(text))))
    key = names.key_of(text)
    found.sort(key=lambda row: (not row.key.startswith(key), len(row.name), row.name, row.pk))
    return found[:limit]
