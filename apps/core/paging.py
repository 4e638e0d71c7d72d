"""Keyset paging: page 20,000 costs what page 1 costs, and the state is in the URL."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

SIZES = (20, 50, 100)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class KeysetPage(Generic[M]):
    """One page of a list: the rows, and the addresses of the neighbours ("" when there is none)."""

    rows: list[M]
    size: int
    next_url: str
    prev_url: str

    @property
    def sizes(self) -> list[int]:
        """The sizes to choose from, the present one among them."""
        return sorted({self.size, *SIZES})


def _value(row: Model, path: str) -> Any:
    value: Any = row
    for part in path.split("__"):
        value = getattr(value, part) if value is not None else None
    return value


def _encode(row: Model, fields: list[str]) -> str:
    values = [_value(row, name) for name in fields]
    plain = [v.isoformat() if isinstance(v, date | datetime) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _decode(cursor: str, length: int) -> list[Any] | None:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
    good = isinstance(values, list) and len(values) == length
    good = good and all(isinstance(v, str | int | float | bool) for v in values)
    return values if good else None


def _cursor(
    request: HttpRequest, name: str, queryset: QuerySet[Any], fields: list[str]
) -> list[Any] | None:
    """Return the values of a cursor in the URL, or None when it is absent or damaged."""
    values = _decode(request.GET.get(name, ""), len(fields))
    if values is None:
        return None
    try:  # a value of the wrong type for its column is a damaged cursor too
        queryset.filter(**{f"{key}__gt": v for key, v in zip(fields, values, strict=True)})
    except (ValidationError, ValueError, TypeError):
        return None
    return values


def _beyond(fields: list[str], descending: list[bool], values: list[Any]) -> Q:
    """Rows strictly after the given ones in the given order (columns must not be null)."""
    condition = Q(pk__in=[])
    for position, name in enumerate(fields):
        step = Q(**dict(zip(fields[:position], values[:position], strict=True)))
        step &= Q(**{f"{name}__{'lt' if descending[position] else 'gt'}": values[position]})
        condition |= step
    return condition


def page_size(request: HttpRequest, default: int) -> int:
    """Return the page size asked for in the URL; other numbers than 20, 50, 100 are ignored."""
    asked = request.GET.get("size", "")
    return int(asked) if asked.isdecimal() and int(asked) in SIZES else default


def keyset_page(
    queryset: QuerySet[M], *, order: tuple[str, ...], request: HttpRequest, size: int = 20
) -> KeysetPage[M]:
    """Cut the page that the URL asks for (``after`` or ``before`` a cursor, ``size``).

    ``order`` names non-null columns, the last one unique (pk), each with "-" for descending.
    A damaged cursor shows the first page.
    """
    fields = [name.lstrip("-") for name in order]
    descending = [name.startswith("-") for name in order]
    size = page_size(request, size)
    after = _cursor(request, "after", queryset, fields)
    before = _cursor(request, "before", queryset, fields) if after is None else None
    if before is not None:
        reverse = [not flag for flag in descending]
        wanted = queryset.filter(_beyond(fields, reverse, before))
        turned = [
            f"{'' if flag else '-'}{name}" for name, flag in zip(fields, descending, strict=True)
        ]
        rows = list(wanted.order_by(*turned)[: size + 1])
        has_prev, has_next = len(rows) > size, True
        rows = rows[:size][::-1]
    else:
        wanted = queryset.filter(_beyond(fields, descending, after)) if after else queryset
        rows = list(wanted.order_by(*order)[: size + 1])
        has_prev, has_next = after is not None, len(rows) > size
        rows = rows[:size]

    def address(name: str, row: M) -> str:
        query = request.GET.copy()
        query.pop("after", None)
        query.pop("before", None)
        query[name] = _encode(row, fields)
        return f"?{query.urlencode()}"

    return KeysetPage(
        rows=rows,
        size=size,
        next_url=address("after", rows[-1]) if rows and has_next else "",
        prev_url=address("before", rows[0]) if rows and has_prev else "",
    )
