"""Default deny: a view that names no access rule answers nobody.

Each view carries exactly one of ``public``, ``any_staff`` or ``requires``; the middleware reads
the mark. Rows are narrowed by querysets, this only answers "may this person do this kind of thing".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.http import HttpRequest

from apps.core.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])
MARK = "access_rule"


@dataclass(frozen=True)
class Scope:
    """Which rows a person works with: everything, or the rows of some units and zones."""

    everything: bool = False
    unit_ids: frozenset[int] = frozenset()
    zone_ids: frozenset[int] = frozenset()

    def covers_unit(self, unit_id: int | None) -> bool:
        """Say whether rows of this unit are within the scope."""
        return self.everything or (unit_id is not None and unit_id in self.unit_ids)


class Actor(Protocol):
    """What the apps below ``accounts`` know of the person who acts."""

    @property
    def pk(self) -> Any: ...
    @property
    def username(self) -> str: ...
    @property
    def display_name(self) -> str: ...
    @property
    def unit_id(self) -> int | None: ...
    @property
    def unit_name(self) -> str: ...
    @property
    def scope(self) -> Scope: ...
    def has_perm(self, perm: str) -> bool: ...


@dataclass(frozen=True)
class AccessRule:
    """The mark of a view: open to strangers, to every member of staff, or to some permissions."""

    is_public: bool = False
    permissions: tuple[Permission, ...] = ()

    def admits(self, request: HttpRequest) -> bool:
        """Say whether the request's user may enter (being logged in is checked before)."""
        if self.is_public or not self.permissions:
            return True
        return any(request.user.has_perm(code) for code in self.permissions)


def _mark(rule: AccessRule) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, MARK, rule)
        return view

    return decorate


def public(view: View) -> View:
    """Open a view to people who are not logged in."""
    return _mark(AccessRule(is_public=True))(view)


def any_staff(view: View) -> View:
    """Open a view to everybody who is logged in."""
    return _mark(AccessRule())(view)


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Open a view to those who have any of the permissions."""
    if not permissions:
        raise TypeError("requires() needs at least one permission")
    return _mark(AccessRule(permissions=permissions))


def rule_of(view: Callable[..., Any]) -> AccessRule | None:
    """Return the mark of a resolved view, or None when it has none."""
    rule = getattr(view, MARK, None)
    return rule if isinstance(rule, AccessRule) else None
