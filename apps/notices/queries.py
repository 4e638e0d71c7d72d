"""Reading messages: the inbox, the number on the bell, the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Min, QuerySet

from apps.core import clock
from apps.notices.choices import GROUPS, INBOX, Channel, Group, OutboxStatus
from apps.notices.models import Notice, NoticeSetting, OutboxMessage
from apps.workdays.queries import time_rules

MOST_COUNTED = 100
LATE = timedelta(minutes=30)
WEEKDAYS = "一二三四五六日"


def unread(user: Any) -> QuerySet[Notice]:
    """Return a person's unread messages, at most 100: one look into a partial index."""
    return Notice.objects.visible_to(user).unread()[:MOST_COUNTED]


def unread_count(user: Any) -> int:
    """Return how many messages a person has not read, at most 100."""
    return unread(user).count()


@dataclass(frozen=True)
class Day:
    """The messages of one day."""

    label: str
    notices: list[Notice]


def day_label(day: date, today: date) -> str:
    """Return 今天, 昨天, 3月19日 星期四, or with the year when it is another one."""
    if day == today:
        return "今天"
    if day == today - timedelta(days=1):
        return "昨天"
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def by_day(notices: Iterable[Notice], today: date) -> list[Day]:
    """Group messages, newest first, by their day in Asia/Shanghai."""
    groups = groupby(notices, key=lambda notice: clock.local(notice.created_at).date())
    return [Day(day_label(day, today), list(rows)) for day, rows in groups]


def latest(user: Any, limit: int = 5) -> list[Notice]:
    """Return the newest messages for the card on the home page."""
    return list(Notice.objects.visible_to(user).order_by("-created_at", "-pk")[:limit])


def outbox_counts() -> dict[str, int]:
    """Return the number of messages by status."""
    rows = OutboxMessage.objects.values_list("status").annotate(n=Count("pk"))
    return dict.fromkeys(OutboxStatus.values, 0) | dict(rows)


@dataclass(frozen=True)
class OutboxHealth:
    """What the status page says about the outbox."""

    dead: int
    waiting: int
    oldest: datetime | None


def outbox_health(channels: list[str]) -> OutboxHealth:
    """Return what waits on the configured channels and what was given up."""
    waiting = OutboxMessage.objects.waiting().filter(channel__in=channels)
    return OutboxHealth(
        dead=OutboxMessage.objects.filter(status=OutboxStatus.DEAD).count(),
        waiting=waiting.count(),
        oldest=waiting.aggregate(first=Min("created_at"))["first"],
    )


# ---- what a person chose ------------------------------------------------------------------
@dataclass(frozen=True)
class Switch:
    """A way of a group on the page: its words, whether it is on, whether it may be switched off."""

    value: str
    label: str
    is_on: bool
    is_fixed: bool


@dataclass(frozen=True)
class GroupLine:
    """A group of messages with its ways."""

    group: Group
    switches: list[Switch]


WAYS = ((INBOX, "站内消息"), (Channel.EMAIL.value, Channel.EMAIL.label))


def setting_of(user: Any) -> NoticeSetting:
    """Return what a person chose, or the untouched setting (not stored)."""
    return NoticeSetting.objects.filter(user_id=user.pk).first() or NoticeSetting(user_id=user.pk)


def group_lines(setting: NoticeSetting) -> list[GroupLine]:
    """Return the groups as the page 通知方式 lists them."""
    return [
        GroupLine(
            group,
            [
                Switch(
                    f"{group.code}:{way}",
                    str(label),
                    group.may_choose(way) is False or f"{group.code}:{way}" not in setting.off,
                    way in group.fixed,
                )
                for way, label in WAYS
                if way in group.ways
            ],
        )
        for group in GROUPS
    ]


def quiet_words(on: date) -> str:
    """Return when the office is at work: 08:30—17:30."""
    periods = time_rules(on).hours.periods
    return f"{periods[0][0]:%H:%M}—{periods[-1][1]:%H:%M}"
