"""Recurring work: any number of triggers may open on it, each piece runs once per interval.

The truth is a row per timer. A trigger (clock loop, Celery beat, ``manage.py tick``, a web request
when nothing else ticks) calls :func:`run_due`; the row's lease, taken by compare-and-swap, decides
who works. Work must be idempotent: after a crash it starts again when the lease has run out.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import Error, transaction
from django.db.models import Max

from apps.core import clock
from apps.core.models import TimerState

logger = logging.getLogger(__name__)
LEASE_SECONDS = 120
#: the longest wait after failures; the first try again comes after one interval of the timer
MOST_PAUSE = timedelta(seconds=60)
#: so long without any success, and a web request lets the timers run
SILENCE = timedelta(seconds=120)
_guard = clock.ClockGuard(time.time(), clock.steady())


@dataclass(frozen=True)
class Timer:
    """One piece of recurring work. ``run(now)`` returns how many items it handled.

    After a crash nobody else takes it before ``lease_seconds`` are over; work that may overlap with
    itself can have a short lease.
    """

    name: str
    label: str
    every_seconds: int
    run: Callable[[datetime], int]
    lease_seconds: int = LEASE_SECONDS


_timers: dict[str, Timer] = {}


def register(
    *,
    name: str,
    label: str,
    every_seconds: int,
    run: Callable[[datetime], int],
    lease_seconds: int = LEASE_SECONDS,
) -> None:
    """Announce recurring work; called in ``AppConfig.ready``."""
    _timers[name] = Timer(name, label, every_seconds, run, lease_seconds)


def registered() -> list[Timer]:
    """Return all announced timers by name."""
    return [_timers[name] for name in sorted(_timers)]


def _take(timer: Timer, seen: TimerState, now: datetime) -> bool:
    """Win the lease of a due timer; exactly one of any number of callers does."""
    rows = TimerState.objects.filter(
        name=timer.name, next_due_at=seen.next_due_at, lease_until=seen.lease_until
    )
    lease = now + timedelta(seconds=timer.lease_seconds)
    return rows.update(lease_until=lease, last_started_at=now) == 1


@dataclass
class _Watch:
    """Notices rows that stand still: after the wall clock was set back they lie in the future.

    A row that nobody has moved for its interval and its lease, by the clock that nobody can set, is
    due whatever its times say. Otherwise an hour back would silence every timer for an hour, and a
    machine that started in a wrong year would silence them for good.
    """

    since: dict[str, tuple[tuple[datetime, datetime | None], float]] = field(default_factory=dict)

    def is_stuck(self, timer: Timer, row: TimerState, moment: float) -> bool:
        """Say whether a row has stood still too long; ``moment`` is a steady clock's."""
        state = (row.next_due_at, row.lease_until)
        known, start = self.since.get(timer.name, (None, moment))
        if known != state:
            self.since[timer.name] = (state, moment)
            return False
        patience = max(timer.every_seconds, timer.lease_seconds) + MOST_PAUSE.total_seconds()
        return moment - start > patience


_watch = _Watch()


def _is_due(timer: Timer, row: TimerState, now: datetime) -> bool:
    if _watch.is_stuck(timer, row, clock.steady()):
        return True
    return row.next_due_at <= now and (row.lease_until is None or row.lease_until < now)


def _ensure_rows(now: datetime) -> None:
    known = set(TimerState.objects.values_list("name", flat=True))
    missing = [TimerState(name=name, next_due_at=now) for name in _timers if name not in known]
    if missing:
        TimerState.objects.bulk_create(missing, ignore_conflicts=True)


def run_due(*, now: datetime, force: bool = False) -> dict[str, int]:
    """Run every timer that is due once; return items handled by name. One failure stops no other.

    ``force`` makes all timers due (tests, ``manage.py tick --all``).
    """
    _ensure_rows(now)
    if force:
        TimerState.objects.filter(lease_until__isnull=True).update(next_due_at=now)
    rows = {row.name: row for row in TimerState.objects.filter(name__in=_timers)}
    done: dict[str, int] = {}
    # what must be taken over soonest goes first: a slow mail server holds up no reminder
    for timer in sorted(_timers.values(), key=lambda one: (one.lease_seconds, one.name)):
        row = rows[timer.name]
        if _is_due(timer, row, now) and _take(timer, row, now):
            done[timer.name] = _run_one(timer, now)
    return done


def trigger(*, now: datetime) -> dict[str, int]:
    """What every trigger calls: run what is due, unless this machine's clock jumped forward."""
    if not _guard.is_sane(time.time(), clock.steady()):
        logger.error("系统时间突然向前跳了超过 5 分钟，时限扫描已暂停；请核对时间后重启本进程。")
        return {}
    return run_due(now=now)


def trigger_if_silent(*, now: datetime) -> dict[str, int]:
    """Trigger when no timer has succeeded for two minutes: loop and beat are dead or hang."""
    last = TimerState.objects.aggregate(last=Max("last_success_at"))["last"]
    return {} if last and now - last <= SILENCE else trigger(now=now)


def _pause(timer: Timer, failures: int) -> timedelta:
    """A database that was away for a moment must not cost a minute; what fails on rests longer."""
    first = timedelta(seconds=min(timer.every_seconds, 10))
    return min(MOST_PAUSE, first * (1 << min(failures - 1, 6)))


def _run_one(timer: Timer, now: datetime) -> int:
    row = TimerState.objects.filter(name=timer.name)
    try:
        count = timer.run(now)
    except Exception as error:
        if isinstance(error, Error) and transaction.get_connection().in_atomic_block:
            raise
        logger.exception("timer %s failed", timer.name)
        failures = (row.values_list("failures", flat=True).first() or 0) + 1
        row.update(
            lease_until=None,
            next_due_at=now + _pause(timer, failures),
            failures=failures,
            last_error=f"{type(error).__name__}: {error}"[:300],
        )
        return -1
    row.update(
        lease_until=None,
        next_due_at=now + timedelta(seconds=timer.every_seconds),
        last_success_at=now,
        failures=0,
        last_error="",
    )
    return count
