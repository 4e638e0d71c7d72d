"""What several pages need: rows ready for the table, ticked rows, the confirmation by a count."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.http import QueryDict

from apps.core.http import StaffRequest
from apps.tickets.models import Ticket
from apps.tickets.queries import ledger, lists
from apps.tickets.queries.bulk import CAREFUL, MOST_AT_ONCE, Fate


def ticked(request: StaffRequest) -> list[int]:
    """Return the primary keys of the rows that were ticked."""
    found = [pk for pk in request.POST.getlist("pk") if pk.isdecimal() and len(pk) < 18]
    return [int(pk) for pk in dict.fromkeys(found)][: MOST_AT_ONCE + 1]


def chosen_rows(request: StaffRequest, now: datetime) -> QuerySet[Ticket]:
    """Return the ticked rows, or all that the list's conditions find, in the list's order."""
    filters = lists.Filters.of(QueryDict(request.POST.get("query", "")))
    found = lists.wanted(filters, request.user, now)
    if not request.POST.get("all"):
        found = lists.scope(request.user, lists.ALL).filter(pk__in=ticked(request))
        return ledger.named(found.order_by("pk"))
    return ledger.named(found.order_by(*filters.chosen_sort.order))


def kept_fields(request: StaffRequest) -> list[tuple[str, str]]:
    """Return the hidden fields that carry the choice from the preview to the deed."""
    pks = [("pk", str(pk)) for pk in ticked(request)]
    return [*pks, ("all", request.POST.get("all", "")), ("query", request.POST.get("query", ""))]


def count_problem(request: StaffRequest, number: int) -> str:
    """More than a hundred at once: the number has to be typed (UX-6)."""
    if number <= CAREFUL or request.POST.get("type_count", "").strip() == str(number):
        return ""
    return f"一次处理 {number} 件，请在下面输入数字 {number} 确认。"


def split(fates: Sequence[Fate]) -> tuple[list[Fate], list[Fate]]:
    """Return what would be done, and what would be left out."""
    return [one for one in fates if not one.skip], [one for one in fates if one.skip]
