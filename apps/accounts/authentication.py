"""How the API knows who asks: a token that the middleware found, or the session with its CSRF."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class TokenOrSession(SessionAuthentication):
    """A token needs no CSRF token; a browser's session does."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return (user, token or None), or None for a stranger."""
        token = getattr(request._request, "api_token", None)
        if token is not None:
            return token.user, token
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        """Make a missing login a 401."""
        return "Bearer"
