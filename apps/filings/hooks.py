"""What the filings give to the shared pages: the workbench and the navigation."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from apps.core.home import Card, Tile
from apps.core.permissions import Permission
from apps.filings.choices import FilingState
from apps.filings.models import Filing
from apps.filings.queries.board import never_filed
from apps.filings.queries.exporting import units_for


def waiting(user: Any) -> QuerySet[Filing]:
    """Return the filings that wait for the user: counted beside the navigation's entry."""
    return Filing.objects.editable_by(user).filter(state=FilingState.CHECKED)


def cards(user: Any, now: datetime) -> list[Card]:
    """Filings that are not finished."""
    rows = Filing.objects.visible_to(user).open().select_related("unit", "upload", "job")
    found = list(rows.order_by("-pk")[:5])
    if not found:
        return []
    context = {"rows": found, "more_url": reverse("filings:list")}
    return [Card("没有办完的附件报送", "filings/_card.html", context, "side", 55)]


def tiles(user: Any, now: datetime) -> list[Tile]:
    """Forms that were never filed: of the 28 units for the office, of the own unit otherwise."""
    if not user.has_perm(Permission.CHECK_APPENDIX):
        return []
    units = list(units_for(user))
    missing = never_filed(units)
    note = f"应报 {len(units) * 2} 张"
    url = f"{reverse('filings:board')}?only=missing"
    kind = "y" if missing else ""
    return [Tile("附件未报", missing, note, url, "clipboard-list", kind)]
