"""What the handbook gives to the shared pages: search, the workbench, recurring work."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from apps.core.clock import local
from apps.core.home import Card
from apps.core.permissions import Permission
from apps.core.search import Hit
from apps.handbook import actions
from apps.handbook.choices import EntryStatus
from apps.handbook.models import Entry, EntryVersion, Remark
from apps.handbook.queries import lists
from apps.handbook.queries.search import matching

LATEST = 6
NEWS_FOR = timedelta(days=30)


def find_entries(user: Any, text: str, limit: int) -> list[Hit]:
    """Published entries by words, number or initials."""
    rows = Entry.objects.visible_to(user).published().filter(matching(text))
    found = rows.select_related("current").order_by("category__order", "number", "pk")[:limit]
    return [
        Hit(
            row.shown.question,
            reverse("handbook:entry", args=[row.number]),
            f"{row.number} · {row.shown.short_answer[:60]}",
        )
        for row in found
    ]


def cards(user: Any, now: datetime) -> list[Card]:
    """手册更新 for readers; what waits for those who work on entries."""
    if not user.has_perm(Permission.VIEW_HANDBOOK):
        return []
    return [*_news(user, now), *_work(user, now)]


def _news(user: Any, now: datetime) -> list[Card]:
    recent = EntryVersion.objects.visible_to(user).filter(
        entry__status=EntryStatus.PUBLISHED, published_at__gte=now - NEWS_FOR
    )
    rows = list(recent.select_related("entry").order_by("-published_at", "-pk")[:LATEST])
    if not rows:
        return []
    context = {"rows": rows, "more_url": reverse("handbook:list"), "more_label": "全部"}
    return [Card("手册更新", "handbook/_card_news.html", context, order=60)]


def _work(user: Any, now: datetime) -> list[Card]:
    """The numbers that wait for the user, each leading to what it counts."""
    here, today = reverse("handbook:list"), local(now).date()
    own = Entry.objects.workable_by(user)
    shows = ["review"]
    if user.has_perm(Permission.EDIT_HANDBOOK):
        shows.append("draft")
    if user.has_perm(Permission.CHECK_HANDBOOK):
        shows.append("check")
    if user.has_perm(Permission.PUBLISH_HANDBOOK):
        shows.append("publish")
    counted = [
        (f"{lists.SHOWS[show]}的条目", lists.shown(own, show, today).count(), f"{here}?show={show}")
        for show in shows
    ]
    remarks = Remark.objects.answerable_by(user).open().count()
    counted.append(("待答复的意见", remarks, reverse("handbook:remarks")))
    lines = [(label, count, url) for label, count, url in counted if count]
    return (
        [Card("手册待办", "handbook/_card_work.html", {"lines": lines}, "side", 50)]
        if lines
        else []
    )


def remind(now: datetime) -> int:
    """The timer: say what is to be reviewed, forget files that nobody confirmed."""
    return actions.remind_of_reviews(now=now) + actions.clear_old_imports(now=now)
