"""What the registry gives to the shared pages: search, the workbench, numbers to show in full."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from apps.core.home import Card, Tile
from apps.core.permissions import Permission
from apps.core.search import Hit
from apps.registry.models import BusinessEntity, Contact, MergeCandidate
from apps.registry.queries import search
from apps.registry.queries.checks import entities_with


def find_entities(user: Any, text: str, limit: int) -> list[Hit]:
    """Entities by part of the name, initials, code, phone."""
    scope = BusinessEntity.objects.visible_to(user).live()
    return [
        Hit(
            row.name,
            reverse("registry:entity", args=[row.pk]),
            " · ".join(part for part in (row.unit, row.zone, row.principal) if part),
        )
        for row in search.typeahead(scope, text, limit)
    ]


def contact_with_phone(user: Any, pk: int) -> Contact | None:
    """Return a contact whose number may be shown to the user."""
    rows = Contact.objects.visible_to(user).select_related("entity__unit")
    return rows.filter(pk=pk).first()


def tiles(user: Any, now: datetime) -> list[Tile]:
    """The township's entities in two numbers, each leading to what it counts."""
    if not user.has_perm(Permission.EDIT_ENTITIES) or user.scope.everything:
        return []
    own = BusinessEntity.objects.visible_to(user)
    here = reverse("registry:list")
    unbound = entities_with("unbound", own).count()
    return [
        Tile(
            "经营主体",
            own.present().count(),
            "本单位，未注销、未迁出",
            here,
            "building-store",
        ),
        Tile(
            "三定未完成",
            unbound,
            "没归片区，或片区无人",
            f"{here}?check=unbound",
            "alert-triangle",
            "y" if unbound else "",
        ),
    ]


def cards(user: Any, now: datetime) -> list[Card]:
    """Suspected duplicates that wait for the user."""
    if not user.has_perm(Permission.MERGE_ENTITIES):
        return []
    waiting = MergeCandidate.objects.visible_to(user).open()
    rows = list(waiting.select_related("first__unit", "second").order_by("pk")[:5])
    if not rows:
        return []
    context = {"rows": rows, "more_url": reverse("registry:candidates")}
    return [Card("疑似重复的经营主体", "registry/_card_candidates.html", context, "side", 60)]


def open_candidates(user: Any) -> QuerySet[MergeCandidate]:
    """Return the pairs that wait for the user: counted beside the entry of the navigation."""
    return MergeCandidate.objects.visible_to(user).open()
