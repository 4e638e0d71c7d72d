"""The reminder before the day of review."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from apps.accounts.choices import Role
from apps.handbook.actions._base import office, people
from apps.handbook.models import Entry
from apps.notices.actions import notify
from apps.roster.actions._base import day_of

NAMED = 5  # entries that the message spells out


@transaction.atomic
def remind_of_reviews(*, now: datetime) -> int:
    """Tell each responsible unit, once an entry and day of review, 15 days before.

    All entries of a unit that have become due since the last run are in one message. A unit
    without accounts is the office's task. Returns how many entries were reminded of.
    """
    today = day_of(now)
    unsaid = Q(reminded_for__isnull=True) | ~Q(reminded_for=F("review_on"))
    rows = Entry.objects.to_review(today=today).filter(unsaid).select_related("unit")
    due: dict[int, list[Entry]] = defaultdict(list)
    for entry in rows.select_for_update(of=("self",)).order_by("number"):
        due[entry.unit_id].append(entry)
    for unit_id, entries in due.items():
        told = people(units=[unit_id], roles=[Role.LIAISON, Role.EXPERT, Role.COMMISSIONER])
        numbers = "、".join(entry.number for entry in entries[:NAMED])
        notify(
            users=told or office(Role.OFFICE_CLERK),
            kind="HANDBOOK",
            title=f"{entries[0].unit.name}有 {len(entries)} 条应答手册要复核",
            body=f"{numbers}{'等' if len(entries) > NAMED else ''}。内容没变的，点“确认仍然有效”；有变的，请修改。",
            url=f"{reverse('handbook:list')}?show=review",
            key=f"handbook:review:{unit_id}:{today.isoformat()}:{entries[0].pk}",
            now=now,
        )
        Entry.objects.filter(pk__in=[entry.pk for entry in entries]).update(
            reminded_for=F("review_on")
        )
    return sum(map(len, due.values()))
