"""Remind a unit of a form that it has not filed: at most once a day."""

from datetime import datetime

from django.db import IntegrityError, transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.filings.choices import AppendixCode
from apps.filings.models import Reminder
from apps.notices.actions import notify
from apps.roster.models import Unit


@transaction.atomic
def remind(*, unit: Unit, appendix: str, by: Actor, now: datetime) -> int:
    """Tell the unit's heads that a form is awaited; return how many were told.

    Raises:
        DomainError: reminded today already, or the unit has no account of a head.
    """
    heads = list(User.objects.active().with_role(Role.TEAM_LEADER).filter(unit=unit))
    if not heads:
        raise DomainError(f"{unit.name}还没有负责人账号，请先开通账号或电话告知。")
    today = local(now).date()
    try:
        with transaction.atomic():
            Reminder.objects.create(unit=unit, appendix=appendix, on=today, told=len(heads))
    except IntegrityError as error:
        raise DomainError(f"{unit.name}今天已经催报过，明天可再催。") from error
    label = AppendixCode(appendix).label
    notify(
        users=heads,
        kind="filings.remind",
        title=f"请报送{label}",
        body=f"区营商环境办提醒：{unit.name}的{label}请尽快报送或更新。",
        key=f"filings:remind:{unit.pk}:{appendix}:{today.isoformat()}",
        url="/imp/",
        now=now,
    )
    record(action="filings.remind", by=by, target=unit, note=label)
    return len(heads)
