"""The morning's digest: what came outside office hours leaves the building as one message."""

from datetime import datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Count

from apps.accounts.models import User
from apps.core import clock
from apps.notices.actions import Message, notify_many
from apps.notices.choices import Channel
from apps.notices.models import Notice
from apps.tickets.actions.telling import KIND, LOOK, RING_KIND, is_office_time
from apps.tickets.clocks import Book
from apps.tickets.models import DigestDay
from apps.tickets.queries.book import load_book
from apps.workdays.calendar import SHANGHAI


def send_digests(*, now: datetime) -> int:
    """Write one outgoing message per person for the quiet hours before this working morning.

    Once a day, whoever runs it: a unique row decides. Return how many people got one.
    """
    book = load_book()
    day = clock.local(now).date()
    if not is_office_time(now, book) or DigestDay.objects.filter(day=day).exists():
        return 0
    try:
        with transaction.atomic():
            made = DigestDay.objects.create(day=day, made_at=now)
            made.people = _send(now, book)
            made.save(update_fields=["people"])
            return made.people
    except IntegrityError:  # somebody else is doing it
        return 0


def _quiet_hours(now: datetime, book: Book) -> tuple[datetime, datetime]:
    """Return from the last closing of the office to this morning's opening."""
    day = clock.local(now).date()
    before = book.calendar.add_workdays(day, -1)
    closing: time = book.hours_at(before).periods[-1][1]
    opening: time = book.hours_at(day).periods[0][0]
    return (
        datetime.combine(before, closing, SHANGHAI),
        datetime.combine(day, opening, SHANGHAI),
    )


def _send(now: datetime, book: Book) -> int:
    since, until = _quiet_hours(now, book)
    waiting = Notice.objects.unread().filter(
        kind__in=(KIND, RING_KIND), created_at__gt=since, created_at__lt=until
    )
    counts = dict(waiting.values_list("user_id").annotate(n=Count("pk")).order_by("user_id"))
    people = User.objects.active().filter(pk__in=counts)
    day = clock.local(now).date()
    messages = [
        Message(
            users=[user],
            kind="tickets.digest",
            title=f"下班后有 {counts[user.pk]} 条工单提醒",
            outgoing=LOOK,
            key=f"tickets.digest:{day}:{user.pk}",
            url="/inbox/",
            channels=frozenset({Channel.EMAIL.value}),
            to_inbox=False,
            to_deputies=False,
        )
        for user in people
    ]
    notify_many(messages, now=now)
    return len(messages)
