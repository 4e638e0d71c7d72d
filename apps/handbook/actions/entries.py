"""Writes about one entry: draft, check, publish, withdraw, review."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from apps.accounts.choices import Role
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.handbook.actions._base import (
    REVIEW_MONTHS,
    check,
    cleaned,
    index,
    lock_revision,
    months_after,
    name_of,
    office,
    people,
    plain_of,
)
from apps.handbook.choices import DraftState, EntryStatus
from apps.handbook.models import CONTENT, Entry, EntryVersion
from apps.notices.actions import notify
from apps.roster.actions._base import change, day_of, lock, one_line, save_checked
from apps.roster.models import Category

NOTHING_TO_DO = "这条没有未发布的改动。"


def _url(entry: Entry) -> str:
    return reverse("handbook:entry", args=[entry.number])


def _next_number(category: Category) -> str:
    """Return the next number of a category, as 0401-03; the category is locked while we count."""
    lock(category)
    known = Entry.objects.filter(number__startswith=f"{category.code}-")
    last = max((int(one.rpartition("-")[2]) for one in known.values_list("number", flat=True)), default=0)  # fmt: skip
    return f"{category.code}-{last + 1:02d}"


@transaction.atomic
def save_draft(
    *,
    entry: Entry | None,
    by: Actor | None,
    now: datetime,
    revision: int | None = None,
    **content: Any,
) -> Entry:
    """Write the working copy of a new entry (``entry`` None) or of a present one.

    ``content`` are fields of :data:`CONTENT`; those not given stay. What is published stays as it
    is; a draft that had been checked has to be checked again.

    Raises:
        DomainError: a field refuses, or somebody changed the entry since ``revision``.
    """
    content = cleaned(content)
    check(content)
    is_new = entry is None
    if entry is None:
        entry = Entry(number=_next_number(content["category"]))
    else:
        lock_revision(entry, revision)
        if all(getattr(entry, name) == value for name, value in content.items()):
            return entry
    change(
        entry,
        action="handbook.entry.add" if is_new else "handbook.entry.save",
        by=by,
        label=f"{entry.number} {content.get('question', entry.question)}",
        draft_state=DraftState.EDITING,
        draft_by=name_of(by),
        draft_at=now,
        revision=entry.revision + 1,
        **content,
    )
    return entry


def _move(entry: Entry, state: DraftState, action: str, by: Actor | None, note: str = "") -> None:
    change(
        entry,
        action=action,
        by=by,
        label=str(entry),
        note=note,
        draft_state=state,
        revision=entry.revision + 1,
    )


@transaction.atomic
def submit_draft(*, entry: Entry, by: Actor | None, now: datetime) -> None:
    """Hand a draft to the department's commissioner; without one, to the head of the office.

    Raises:
        DomainError: there is no draft, it was handed in already, or it is incomplete.
    """
    lock_revision(entry, None)
    if entry.draft_state != DraftState.EDITING:
        raise DomainError("这条不在修改中，不用再送审。" if entry.has_draft else NOTHING_TO_DO)
    _check_complete(entry)
    _move(entry, DraftState.SUBMITTED, "handbook.entry.submit", by)
    checkers = people(units=[entry.unit_id], roles=[Role.COMMISSIONER])
    notify(
        users=checkers or office(Role.OFFICE_CHIEF),
        kind="HANDBOOK",
        title=f"应答手册 {entry.number} 待审核",
        body=entry.question,
        url=_url(entry),
        key=f"handbook:{entry.pk}:submit:{entry.revision}",
        now=now,
    )


@transaction.atomic
def check_draft(*, entry: Entry, by: Actor | None, now: datetime) -> None:
    """The commissioner agrees to a draft; the head of the office may publish it now.

    Raises:
        DomainError: there is no draft, it is incomplete, or it was agreed to already.
    """
    lock_revision(entry, None)
    if entry.draft_state not in {DraftState.EDITING, DraftState.SUBMITTED}:
        raise DomainError("这条已经审过，等待发布。" if entry.has_draft else NOTHING_TO_DO)
    _check_complete(entry)
    _move(entry, DraftState.CHECKED, "handbook.entry.check", by)
    notify(
        users=office(Role.OFFICE_CHIEF),
        kind="HANDBOOK",
        title=f"应答手册 {entry.number} 待发布",
        body=entry.question,
        url=_url(entry),
        key=f"handbook:{entry.pk}:check:{entry.revision}",
        now=now,
    )


@transaction.atomic
def send_back(*, entry: Entry, reason: str, by: Actor | None, now: datetime) -> None:
    """Give a draft back to those who write it, with the reason.

    Raises:
        DomainError: no reason, or the draft is with its writers anyway.
    """
    reason = one_line(reason)
    if not reason:
        raise DomainError("请写退回的原因，方便对方修改。", field="reason")
    lock_revision(entry, None)
    if entry.draft_state not in {DraftState.SUBMITTED, DraftState.CHECKED}:
        raise DomainError("这条还没有送审，不用退回。" if entry.has_draft else NOTHING_TO_DO)
    _move(entry, DraftState.EDITING, "handbook.entry.send_back", by, note=reason)
    notify(
        users=people(units=[entry.unit_id], roles=[Role.LIAISON, Role.EXPERT]),
        kind="HANDBOOK",
        title=f"应答手册 {entry.number} 退回修改",
        body=reason,
        url=_url(entry),
        key=f"handbook:{entry.pk}:back:{entry.revision}",
        now=now,
    )


def _check_complete(entry: Entry) -> None:
    for name, label in (("short_answer", "一句话答案"), ("answer", "书面答复")):
        if not getattr(entry, name):
            raise DomainError(f"还没有填{label}，请先补齐。", field=name)


@transaction.atomic
def publish(
    *,
    entry: Entry,
    note: str = "",
    revision: int | None = None,
    by: Actor | None,
    now: datetime,
) -> EntryVersion:
    """Make the working copy the next version; from now on readers see it.

    The day of review becomes six months from today. Earlier versions stay as they are.

    Raises:
        DomainError: nothing to publish, something is missing, or the draft was changed since
            ``revision``.
    """
    lock_revision(entry, revision)
    if not entry.has_draft and entry.status == EntryStatus.PUBLISHED:
        raise DomainError(NOTHING_TO_DO)
    _check_complete(entry)
    last = entry.versions.aggregate(last=Max("number"))["last"] or 0
    version = EntryVersion(
        entry=entry,
        number=last + 1,
        note=one_line(note),
        published_at=now,
        published_by=name_of(by),
        **entry.content(),
    )
    version.effective_on = version.effective_on or day_of(now)
    save_checked(version)
    change(
        entry,
        action="handbook.entry.publish",
        by=by,
        label=str(entry),
        note=version.note,
        status=EntryStatus.PUBLISHED,
        draft_state=DraftState.NONE,
        current=version,
        effective_on=version.effective_on,
        review_on=months_after(day_of(now), REVIEW_MONTHS),
        reminded_for=None,
        revision=entry.revision + 1,
        plain=plain_of(version),
    )
    index(entry, version)
    return version


@transaction.atomic
def withdraw(*, entry: Entry, reason: str, by: Actor | None, now: datetime) -> None:
    """Take an entry out of use: nobody finds it any more, its versions stay.

    Raises:
        DomainError: no reason, or it is out of use already.
    """
    reason = one_line(reason)
    if not reason:
        raise DomainError("请写停用的原因。", field="reason")
    lock_revision(entry, None)
    if entry.status == EntryStatus.WITHDRAWN:
        raise DomainError("这条已经停用。")
    change(
        entry,
        action="handbook.entry.withdraw",
        by=by,
        label=str(entry),
        note=reason,
        status=EntryStatus.WITHDRAWN,
        revision=entry.revision + 1,
    )
    index(entry, None)


@transaction.atomic
def confirm_review(*, entry: Entry, by: Actor | None, now: datetime) -> None:
    """Note that a published entry still holds; it is to be reviewed again in six months.

    Raises:
        DomainError: the entry is not published.
    """
    lock_revision(entry, None)
    if entry.status != EntryStatus.PUBLISHED:
        raise DomainError("只有已发布的条目要复核。")
    change(
        entry,
        action="handbook.entry.review",
        by=by,
        label=str(entry),
        review_on=months_after(day_of(now), REVIEW_MONTHS),
        reminded_for=None,
        revision=entry.revision + 1,
    )


@transaction.atomic
def discard_draft(*, entry: Entry, by: Actor | None, now: datetime) -> None:
    """Make the working copy what is published again.

    Raises:
        DomainError: there is no draft, or nothing was published yet.
    """
    lock_revision(entry, None)
    if entry.current is None:
        raise DomainError("这条还没有发布过，不能放弃草稿。不再需要时请停用。")
    if not entry.has_draft:
        raise DomainError(NOTHING_TO_DO)
    kept = {name: getattr(entry.current, name) for name in CONTENT}
    change(
        entry,
        action="handbook.entry.discard",
        by=by,
        label=str(entry),
        draft_state=DraftState.NONE,
        revision=entry.revision + 1,
        **kept,
    )
