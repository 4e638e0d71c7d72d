"""Hourly cleaning: expired sessions, drafts of 30 days, records beyond their retention."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Draft, IdempotentAnswer, Reveal, Session

DRAFT_DAYS = 30
ANSWER_DAYS = 30
REVEAL_DAYS = 3 * 365
CHUNK = 500
HELP_TOPICS = [
    ("officer", "为企服务人员"),
    ("team_leader", "乡镇街道负责人"),
    ("department", "部门专员、专家、联络员"),
    ("hub", "网格化管理中心"),
    ("office", "营商环境办"),
    ("leader", "区领导与督导"),
    ("admins", "系统、安全、审计管理员"),
    ("filings", "附件1 / 附件2 报送"),
    ("stats", "统计与报告"),
    ("keys", "快捷键"),
    ("a11y", "无障碍说明"),
]


def run(now: datetime) -> int:
    """Delete what has expired, in chunks so that no writer waits long; return how many rows."""
    expired = (
        Session.objects.filter(expire_date__lt=now),
        Draft.objects.filter(saved_at__lt=now - timedelta(days=DRAFT_DAYS)),
        IdempotentAnswer.objects.filter(at__lt=now - timedelta(days=ANSWER_DAYS)),
        Reveal.objects.filter(at__lt=now - timedelta(days=REVEAL_DAYS)),
    )
    count = 0
    for rows in expired:
        keys: list[Any] = list(rows.values_list("pk", flat=True)[:CHUNK])
        if keys:
            count += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return count
