"""What every page needs: navigation, unread messages, standing warnings."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.core import banners, navigation
from apps.core.context import current

_unread: list[Any] = []


def register_unread(count: Any) -> None:
    """Announce the function that returns a user's unread messages, to be counted."""
    _unread[:] = [count]


def _build(request: HttpRequest) -> SimpleNamespace:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return SimpleNamespace(groups=[], mobile=[], unread=0, banners=[], new_url="")
    match = request.resolver_match
    groups, counted = navigation.entries_for(
        user, match.view_name if match else "", *(count(user) for count in _unread)
    )
    flat = [entry for _, entries in groups for entry in entries if entry.mobile]
    return SimpleNamespace(
        groups=groups,
        mobile=sorted(flat, key=lambda entry: entry.mobile)[:4],
        unread=sum(counted),
        banners=banners.collect(user, timezone.now()),
        new_url=navigation.new_url_for(user),
    )


def navigation_context(request: HttpRequest) -> dict[str, Any]:
    """Return the lazily built ``nav`` and a few constants."""
    return {
        "nav": SimpleLazyObject(lambda: _build(request)),
        "request_id": current().request_id,
        "help_phone": settings.HELP_PHONE,
        "version": settings.VERSION,
        "is_big": request.COOKIES.get("big") == "1",
        "density": "dense" if request.COOKIES.get("density") == "dense" else "",
        "allow_http": settings.ALLOW_HTTP and not settings.DEBUG,
        "idle_seconds": settings.SESSION_COOKIE_AGE,
    }
