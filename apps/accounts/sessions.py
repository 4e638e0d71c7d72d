"""The session store: Django's database store with the person, the address and the times beside."""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from apps.accounts.models import Session
from apps.core.context import current

TOUCH_SECONDS = 60


class SessionStore(DatabaseStore):
    """Writes :class:`apps.accounts.models.Session` rows."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the model."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Fill the columns that people see in their list of sessions."""
        row = cast(Session, super().create_model_instance(data))
        user_id = data.get("_auth_user_id")
        row.user_id = int(user_id) if user_id else None
        row.began_at = _moment(data.get("began"))
        row.seen_at = _moment(data.get("seen"))
        row.ip = str(data.get("ip") or current().ip)
        row.user_agent = str(data.get("agent") or current().user_agent)
        return row


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
