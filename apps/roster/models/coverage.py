"""Which rows a permission covers, given the scope of the person."""

from django.db.models import Q

from apps.core.access import Actor
from apps.core.permissions import Permission


def covered(user: Actor, permission: Permission, path: str) -> Q | None:
    """Return the condition on ``path`` (a unit) that a permission covers; None is "nothing"."""
    if not user.has_perm(permission):
        return None
    if user.scope.everything:
        return Q()
    return Q(**{f"{path}__in": user.scope.unit_ids})
