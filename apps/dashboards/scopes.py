"""Whose numbers: the district's, a unit's, or one's own. The one place that knows a user's scope."""

from dataclasses import dataclass

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.roster.models import Unit


@dataclass(frozen=True)
class Whose:
    """The district (neither given), a unit, or a person's own tickets."""

    unit: Unit | None = None
    user_id: int | None = None

    @property
    def label(self) -> str:
        """In words."""
        if self.user_id is not None:
            return "我经手的"
        return self.unit.name if self.unit else "全区"

    @property
    def query(self) -> str:
        """The scope as it stands in an address."""
        if self.user_id is not None:
            return "scope=own"
        return f"unit={self.unit.code}" if self.unit else ""


DISTRICT = Whose()


def sees_district(user: Actor) -> bool:
    """Say whether a person may see the numbers of all units (domain.md §8, 统计看板)."""
    return user.has_perm(Permission.VIEW_DASHBOARD) and user.scope.everything


def may_see_unit(user: Actor, unit: Unit) -> bool:
    """Say whether a person may see the numbers of a unit."""
    if not user.has_perm(Permission.VIEW_DASHBOARD):
        return False
    return user.scope.everything or user.unit_id == unit.pk
