"""The only place that turns instants into the district's calendar days (Asia/Shanghai)."""

import time
from datetime import date, datetime

from django.utils import timezone

JUMP_SECONDS = 300


def today() -> date:
    """Return the present date in Asia/Shanghai."""
    return timezone.localdate()


def local(moment: datetime) -> datetime:
    """Return an aware datetime moved to Asia/Shanghai."""
    return timezone.localtime(moment)


def steady() -> float:
    """Return seconds that nobody can set: since the machine's start, sleep included where known."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class ClockGuard:
    """Compares the wall clock with a steady one; a jump forward holds all deadlines.

    A wrong date would declare thousands of tickets overdue. Whoever triggers holds until the clocks
    agree again or an operator restarts the process (reliability rule: hold and alarm). A step back
    is harmless for deadlines, and so is the step that undoes it.
    """

    def __init__(self, wall: float, steady_now: float) -> None:
        self.trusted = wall - steady_now

    def is_sane(self, wall: float, steady_now: float) -> bool:
        """Say whether the wall clock has not run ahead by more than five minutes."""
        offset = wall - steady_now
        if offset - self.trusted > JUMP_SECONDS:
            return False
        self.trusted = max(self.trusted, offset)  # small corrections do not add up to a jump
        return True
