"""The light of a ticket: one function for lists, pages, API, exports and the dashboard. Pure.

domain.md §2.3: green, yellow (at most two working days left), red (overdue), blue (stage clock of
the upper tiers), grey (ended). It is derived from two stored instants and never stored itself, so
that a filter in SQL and a page say the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.tickets.choices import Light, TermUnit
from apps.workdays.calendar import SHANGHAI, Calendar, due_on


@dataclass(frozen=True)
class Timing:
    """What the light depends on: the stored instants of a ticket's main clock, or of any clock.

    ``is_untimed``: the upper tiers, tracking and suspension are blue while they are in time.
    """

    is_open: bool
    due_at: datetime | None
    yellow_at: datetime | None = None
    unit: str = TermUnit.WORKDAYS
    is_untimed: bool = False


@dataclass(frozen=True)
class Reading:
    """A light with its words: 剩 3 个工作日, 超期 2 个工作日, 剩 25 分钟.

    ``remaining`` counts working days, negative when overdue; None for terms of minutes or hours.
    """

    light: Light
    text: str
    remaining: int | None = None


def is_overdue(*, is_open: bool, due_at: datetime | None, now: datetime) -> bool:
    """The one definition: open, and the due instant is reached (Civil Code art. 203)."""
    return is_open and due_at is not None and due_at <= now


def light_of(timing: Timing, now: datetime) -> Light:
    """Return the light alone; it needs no calendar."""
    if not timing.is_open:
        return Light.GREY
    if is_overdue(is_open=True, due_at=timing.due_at, now=now):
        return Light.RED
    if timing.yellow_at is not None and timing.yellow_at <= now:
        return Light.YELLOW
    return Light.BLUE if timing.is_untimed or timing.due_at is None else Light.GREEN


def read(timing: Timing, calendar: Calendar, now: datetime) -> Reading:
    """Return the light and its words."""
    light = light_of(timing, now)
    if light == Light.GREY:
        return Reading(light, "已结束")
    if timing.due_at is None:
        return Reading(light, "不计时")
    if timing.unit in (TermUnit.MINUTES, TermUnit.WORK_HOURS):
        span = timing.due_at - now
        text = f"超期 {_words(-span)}" if light == Light.RED else f"剩 {_words(span)}"
        return Reading(light, text)
    today = now.astimezone(SHANGHAI).date()
    left = calendar.remaining(today, due_on(timing.due_at))
    if light == Light.RED:
        return Reading(light, f"超期 {-left} 个工作日" if left < 0 else "刚刚超期", min(left, 0))
    return Reading(light, f"剩 {left} 个工作日" if left else "今天到期", left)


def _words(span: timedelta) -> str:
    """Return 25 分钟, 1 时 52 分, 3 天."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 48 * 60:
        return f"{minutes // 60} 时 {minutes % 60} 分"
    return f"{minutes // (24 * 60)} 天"
