"""Celery's doors to the recurring and the long work; both only trigger, neither carries data."""

from celery import shared_task
from django.utils import timezone

from apps.core import heartbeats, jobs, timers


@shared_task(name="core.tick", time_limit=300, ignore_result=True)
def tick() -> None:
    """Run the timers that are due."""
    now = timezone.now()
    heartbeats.beat("worker", now=now)
    timers.trigger(now=now)


@shared_task(name="core.work", time_limit=1800, ignore_result=True)
def work() -> None:
    """Run the waiting jobs, one after the other."""
    heartbeats.beat("long", now=timezone.now())
    while jobs.run_one(now=timezone.now()):
        heartbeats.beat("long", now=timezone.now())
