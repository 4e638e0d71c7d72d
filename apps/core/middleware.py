"""Request facts, security headers, default deny, and a calm answer when the database stumbles."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.core import timers
from apps.core.access import AccessRule, rule_of
from apps.core.context import RequestContext, enter
from apps.core.http import database_away

logger = logging.getLogger("jizhou.requests")
GetResponse = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def client_ip(request: HttpRequest) -> str:
    """Return the client's address; forwarded headers count only behind the declared proxies."""
    proxies = settings.AXES_IPWARE_PROXY_COUNT or 0
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(forwarded) >= proxies and forwarded[-proxies]:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


class RequestContextMiddleware:
    """Sets the request's facts for audit and logs, returns the id, writes one line per request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex[:16]
        enter(
            RequestContext(
                request_id=request_id,
                ip=client_ip(request),
                user_agent=request.headers.get("User-Agent", "")[:200],
                kept={} if request.method in ("GET", "HEAD") else None,
            )
        )
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id
            match = request.resolver_match
            logger.info(
                "%s %s",
                request.method,
                match.view_name if match else "-",
                extra={
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000),
                },
            )
            return response
        finally:
            enter(RequestContext())


class TimerFallbackMiddleware:
    """The last trigger: when nothing else runs the timers, once a minute a finished page does.

    It stands outside the request's context, so that what the timers write names no visitor.
    """

    EVERY_SECONDS = 60.0

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.looked_at = time.monotonic()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        moment = time.monotonic()
        if moment - self.looked_at >= self.EVERY_SECONDS:
            self.looked_at = moment
            try:
                timers.trigger_if_silent(now=timezone.now())
            except Error:
                logger.exception("timers could not run; the next minute tries again")
        return response


class SecurityHeadersMiddleware:
    """Adds the content security policy and keeps pages of logged-in people out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault(
            "Permissions-Policy", "geolocation=(), camera=(), microphone=(), payment=()"
        )
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class DatabaseErrorMiddleware:
    """A database that does not answer is 503 with a way on, never a stack trace."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn a lost or busy database into 503 + Retry-After."""
        return database_away(request, error)


class AccessMiddleware:
    """Default deny: only views that carry an access rule answer, and only to those it admits."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Ask the rule of the view before it runs."""
        match = request.resolver_match
        if match and match.app_names[:1] == ["admin"]:
            return None  # the admin site checks its own permissions, see jizhou_service.admin
        rule = rule_of(view)
        if rule is not None and rule.is_public:
            return None
        if request.path.startswith("/api/"):
            return self._api(request, rule)
        if not request.user.is_authenticated:
            from apps.core.views import login_expired

            if request.method == "GET" and request.headers.get("HX-Request") != "true":
                return redirect_to_login(request.get_full_path())
            return login_expired(request)
        if rule is None or not rule.admits(request):
            raise PermissionDenied
        return None

    def _api(self, request: HttpRequest, rule: AccessRule | None) -> HttpResponse | None:
        """Programs get JSON, never a login page."""
        from apps.core.api import NEED_LOGIN, NOT_ALLOWED, refusal

        if not request.user.is_authenticated:
            return refusal(401, NEED_LOGIN, "login")
        if rule is None or not rule.admits(request):
            return refusal(403, NOT_ALLOWED)
        return None
