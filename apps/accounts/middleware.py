"""The life of a session, and what somebody must do before anything else."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.queries import must_add_second_factor, token_behind
from apps.accounts.sessions import TOUCH_SECONDS

GetResponse = Callable[[HttpRequest], HttpResponse]
ALWAYS_OPEN = {"accounts:logout", "core:ping", "core:preferences", "core:healthz", "core:readyz"}


class SessionLifeMiddleware:
    """Idle limit (the row's expiry, moved on at most once a minute) and absolute limit.

    One write a minute and person instead of one a request: on SQLite every write waits its turn.
    What a page asks by itself (``X-Background``) is no sign of a person and moves nothing on.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now().timestamp()
            began = request.session.get("began", 0)
            if now - began > settings.SESSION_ABSOLUTE_SECONDS:
                logout(request)
            elif (
                now - request.session.get("seen", 0) > TOUCH_SECONDS
                and "X-Background" not in request.headers
            ):
                request.session["seen"] = now
        return self.get_response(request)


class ApiTokenMiddleware:
    """A program's token in the header stands for its account, on the API's addresses only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and request.path.startswith("/api/"):
            token = token_behind(secret.strip(), now=timezone.now())
            request.user = token.user if token else AnonymousUser()
            if token is not None:
                request.api_token = token  # type: ignore[attr-defined]
        return self.get_response(request)


class MustDoFirstMiddleware:
    """First password, expired password, missing second factor: this page before any other."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        """Send the person to what is due."""
        user = request.user
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not isinstance(user, User) or name in ALWAYS_OPEN or hasattr(request, "api_token"):
            return None
        if password_is_due(user) and name != "accounts:password":
            return redirect("accounts:password")
        if name not in {"accounts:password", "accounts:second-factor"} and must_add_second_factor(
            user
        ):
            return redirect("accounts:second-factor")
        return None


def password_is_due(user: User) -> bool:
    """Say whether the password is a first one or older than the limit (0 days: no limit)."""
    if user.must_change_password or user.password_changed_at is None:
        return True
    days = settings.PASSWORD_MAX_AGE_DAYS
    return bool(days) and timezone.now() - user.password_changed_at > timedelta(days=days)
