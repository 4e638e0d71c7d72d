"""How the API's description names its ways to log in."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token in the header, or the browser's session."""

    target_class = "apps.accounts.authentication.TokenOrSession"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """Return both schemes."""
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "description": "接口令牌，在“我的 → 接口令牌”建立",
            },
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        ]
