"""The example entries that every installation begins with."""

from datetime import datetime

from django.db import transaction

from apps.audit.actions import record
from apps.core.access import Actor
from apps.handbook.actions._base import (
    REVIEW_MONTHS,
    SYSTEM,
    check,
    cleaned,
    index,
    months_after,
    plain_of,
)
from apps.handbook.choices import DraftState, EntryStatus
from apps.handbook.models import Entry, EntryVersion
from apps.roster.actions import read_fixture
from apps.roster.actions._base import day_of, save_checked
from apps.roster.models import Category

#: what ``fixtures/handbook.json`` writes as lists
_LISTS = ("similar", "conditions", "materials", "steps", "basis")


@transaction.atomic
def load_examples(*, by: Actor | None, now: datetime) -> int:
    """Publish the example entries that are missing; what people edited stays.

    They are marked 示例 and belong to the unit that usually leads in their category. One entry in
    the log stands for the whole load. Returns how many were added.
    """
    known = set(Entry.objects.values_list("number", flat=True))
    categories = {
        row.code: row
        for row in Category.objects.filter(default_lead__isnull=False).select_related(
            "default_lead"
        )
    }
    added = 0
    for row in read_fixture("handbook.json"):
        number, code = row.pop("number"), row.pop("category")
        if number in known or code not in categories:
            continue
        row.update({name: "\n".join(row[name]) for name in _LISTS if name in row})
        _add(number, categories[code], row, now)
        added += 1
    if added:
        record(
            action="handbook.load_examples",
            by=by,
            label=f"示例条目 {added} 条",
            batch_size=added,
        )
    return added


def _add(number: str, category: Category, row: dict[str, str], now: datetime) -> None:
    today = day_of(now)
    content = cleaned(
        {
            **row,
            "category": category,
            "unit": category.default_lead,
            "effective_on": today,
            "is_example": True,
        }
    )
    check(content)
    entry = Entry(number=number, draft_by=SYSTEM, draft_at=now, revision=1, **content)
    save_checked(entry)
    version = EntryVersion(
        entry=entry, number=1, published_at=now, published_by=SYSTEM, note="随系统提供", **content
    )
    save_checked(version)
    entry.status, entry.draft_state = EntryStatus.PUBLISHED, DraftState.NONE
    entry.current, entry.plain = version, plain_of(version)
    entry.review_on = months_after(today, REVIEW_MONTHS)
    save_checked(entry)
    index(entry, version)
