"""What the registry learns from tickets: whose cases show an entity, and what follows a merge."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.registry.links import Follower
from apps.tickets.models import Ticket


def entities_of_cases(user: Any) -> QuerySet[Any] | None:
    """Return the entities of the tickets a person handles; never those of hidden complainants."""
    mine = Ticket.objects.visible_to(user).filter(entity__isnull=False, hides_entity=False)
    return mine.values("entity_id")


def _move(kept: int, absorbed: int, now: datetime) -> list[int]:
    rows = Ticket.objects.filter(entity_id=absorbed)
    pks = list(rows.values_list("pk", flat=True))
    rows.update(entity_id=kept)
    return pks


def _back(kept: int, absorbed: int, data: Any, now: datetime) -> None:
    Ticket.objects.filter(pk__in=data, entity_id=kept).update(entity_id=absorbed)


def _used(pks: Iterable[int]) -> set[int]:
    found = Ticket.objects.filter(entity_id__in=list(pks)).values_list("entity_id", flat=True)
    return {pk for pk in found if pk is not None}


FOLLOWER = Follower("tickets", _move, _back, _used)
