"""Who acts in the demonstration: one account a part in every unit, opened where there is none."""

from datetime import datetime

from apps.accounts.actions import open_account
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.passwords import first_password
from apps.accounts.queries import people_without_account
from apps.roster.models import Unit

SPEAKERS = (Role.LIAISON, Role.COMMISSIONER, Role.OFFICER, Role.TEAM_LEADER)
WANTED = (Role.OFFICER, Role.TEAM_LEADER, Role.LIAISON, Role.COMMISSIONER)


class Cast:
    """Finds people by unit and role, and by role alone for hub, office and leaders."""

    def __init__(self, now: datetime) -> None:
        for unit in Unit.objects.active().order_by("order", "pk"):
            _fill(unit, now)
        self._by_place: dict[tuple[int | None, str], User] = {}
        self._by_role: dict[str, User] = {}
        people = User.objects.active().select_related("unit", "person")
        for user in people.prefetch_related("role_rows").order_by("pk"):
            for role in user.roles:
                self._by_place.setdefault((user.unit_id, role), user)
                self._by_role.setdefault(role, user)

    def one(self, role: str) -> User:
        """Return somebody with a role, whatever the unit."""
        return self._by_role[role]

    def of(self, unit: Unit, *roles: str) -> User:
        """Return who has the first of the roles that somebody of the unit has."""
        return next(
            self._by_place[unit.pk, role] for role in roles if (unit.pk, role) in self._by_place
        )

    def speaker(self, unit: Unit) -> User:
        """Return who accepts and hands in for a unit."""
        return self.of(unit, *SPEAKERS)


def _fill(unit: Unit, now: datetime) -> None:
    """Open the accounts that the scripts need in a unit; nobody learns their passwords."""
    have = set(
        User.objects.active().filter(unit=unit).values_list("role_rows__role", flat=True).distinct()
    )
    for person, roles in people_without_account(unit):
        if roles & set(WANTED) - have:
            open_account(
                username=f"demo-{person.pk}",
                name=person.name,
                unit=unit,
                roles=roles,
                person=person,
                by=None,
                now=now,
                password=first_password(),
            )
            have |= roles
