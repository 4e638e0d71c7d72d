"""The recurring work of the messages, their line on the status page and their card."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.core.home import Card
from apps.core.status import Status
from apps.notices import actions, queries, senders


def deliver(now: datetime) -> int:
    """Send what is due."""
    return actions.deliver(now=now)


def prune(now: datetime) -> int:
    """Remove what nobody needs any more."""
    return actions.prune(now=now)


def outbox_status(now: datetime) -> Status:
    """Given-up messages, and how long the oldest one waits."""
    channels = senders.configured()
    health = queries.outbox_health(channels)
    if health.dead:
        return Status("warn", f"有 {health.dead} 条发送失败，请到发送箱查看")
    if not channels:
        return Status("ok", "邮件和企业微信没有启用，只发站内消息")
    if health.oldest is not None and now - health.oldest > queries.LATE:
        minutes = int((now - health.oldest).total_seconds() // 60)
        return Status("warn", f"有消息等了 {minutes} 分钟没有发出")
    return Status("ok", f"待发送 {health.waiting} 条")


def cards(user: Any, now: datetime) -> list[Card]:
    """The card 消息 of the home page."""
    context = {"notices": queries.latest(user), "more_url": reverse("notices:inbox"), "now": now}
    return [Card("消息", "notices/_card.html", context, column="side", order=60)]
