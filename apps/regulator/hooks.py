"""What the comparison gives to the registry: its lines follow when entities are merged."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.regulator import actions
from apps.regulator.models import Difference


def move(kept: int, absorbed: int, now: datetime) -> Any:
    """Point the lines about a merged entity at the one that was kept; return which."""
    rows = Difference.objects.filter(entity=absorbed)
    pks = list(rows.values_list("pk", flat=True))
    Difference.objects.filter(pk__in=pks).update(entity=kept)
    return pks


def back(kept: int, absorbed: int, data: Any, now: datetime) -> None:
    """Undo :func:`move`."""
    Difference.objects.filter(pk__in=data, entity=kept).update(entity=absorbed)


def used(pks: Iterable[int]) -> set[int]:
    """A line of a list keeps no entity from being removed: it goes on without it."""
    return set()


def prune(now: datetime) -> int:
    """Remove undo records that are too old; return how many."""
    return actions.prune(now=now)
