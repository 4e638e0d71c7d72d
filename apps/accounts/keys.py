"""Keys of programs: made and shown once, revoked."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import ApiToken, User
from apps.accounts.queries import digest_of
from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.errors import DomainError

SCOPES: dict[str, str] = {
    "tickets:read": "查工单",
    "tickets:write": "登记和办理工单",
    "entities:read": "查经营主体",
    "roster:read": "查服务队伍和专家库",
    "calendar:read": "查工作日历",
}
LONGEST = timedelta(days=366)


@transaction.atomic
def make_token(
    *, user: User, name: str, scopes: list[str], days: int, by: Actor, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token for an account and return it with its secret, which is kept nowhere."""
    name = " ".join(name.split())
    if not name:
        raise DomainError("请填这个令牌给谁用。", field="name")
    wanted = [scope for scope in SCOPES if scope in scopes]
    if not wanted:
        raise DomainError("至少选一个范围。", field="scopes")
    if not 1 <= days <= LONGEST.days:
        raise DomainError(f"有效期应为 1 到 {LONGEST.days} 天。", field="days")
    secret = f"jz_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name[:60],
        digest=digest_of(secret),
        scopes=wanted,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    note = "、".join(SCOPES[scope] for scope in wanted)
    record(action="accounts.token.make", by=by, target=token, label=str(token), note=note)
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Actor, now: datetime) -> None:
    """End a token at once."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        record(action="accounts.token.revoke", by=by, target=token, label=str(token))
