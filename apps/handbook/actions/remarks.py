"""报错 and 建议: sent by readers, answered by the responsible unit or the office."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.handbook.actions._base import office, people
from apps.handbook.choices import RemarkKind
from apps.handbook.models import Entry, Remark
from apps.notices.actions import notify
from apps.roster.actions._base import change, lock
from apps.roster.models import Unit

LEAST = 5  # characters


@transaction.atomic
def send_remark(
    *,
    entry: Entry | None,
    kind: str,
    text: str,
    unit: Unit | None = None,
    by: Actor,
    now: datetime,
) -> Remark:
    """Keep what a reader says and tell the office and the responsible unit.

    ``unit`` counts for a suggestion without an entry; None leaves it to the office.

    Raises:
        DomainError: the text says nothing.
    """
    text = text.replace("\0", "").strip()
    if len(text) < LEAST:
        raise DomainError(f"写得太短，看不明白。请至少写 {LEAST} 个字。", field="text")
    responsible = entry.unit if entry is not None else unit
    remark = Remark(entry=entry, sender_id=by.pk, sent_at=now, unit=responsible)
    about = str(entry) if entry is not None else "建议增加条目"
    change(remark, action="handbook.remark.send", by=by, label=about, kind=kind, text=text)
    told = office(Role.OFFICE_CLERK, Role.OFFICE_CHIEF)
    if responsible is not None:
        told += people(units=[responsible.pk], roles=[Role.LIAISON, Role.COMMISSIONER])
    notify(
        users=told,
        kind="HANDBOOK",
        title=f"应答手册收到意见：{RemarkKind(kind).label}",
        body=f"{about}。{text[:200]}",
        url=reverse("handbook:remark", args=[remark.pk]),
        key=f"handbook:remark:{remark.pk}",
        now=now,
    )
    return remark


@transaction.atomic
def answer_remark(*, remark: Remark, reply: str, by: Actor, now: datetime) -> None:
    """Say what became of a remark; its sender is told.

    Raises:
        DomainError: no reply, or it was answered already.
    """
    reply = reply.replace("\0", "").strip()
    if not reply:
        raise DomainError("请写处理结果，提出人会看到。", field="reply")
    lock(remark)
    remark.refresh_from_db()
    if remark.closed_at is not None:
        raise DomainError(f"这条意见已由{remark.closed_by}处理。")
    change(
        remark,
        action="handbook.remark.answer",
        by=by,
        label=str(remark),
        reply=reply,
        closed_at=now,
        closed_by=by.display_name,
    )
    notify(
        users=User.objects.filter(pk=remark.sender_id),
        kind="HANDBOOK",
        title="您对应答手册的意见有了处理结果",
        body=reply,
        url=reverse("handbook:remark", args=[remark.pk]),
        key=f"handbook:remark:{remark.pk}:reply",
        now=now,
    )
