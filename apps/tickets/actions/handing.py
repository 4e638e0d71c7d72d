"""Somebody leaves or is away for long: zones, tickets and drafts go to a colleague, with events."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core.errors import DomainError
from apps.roster import actions as roster_actions
from apps.roster.models import Officer
from apps.tickets.actions._move import perform
from apps.tickets.models import Ticket
from apps.tickets.queries.handing import InHand, leavers

LEAST_REASON = 5
PARTS = ("zones", "received", "handled", "drafts")
#: the action that changes the person, and its field for the reason
ACTIONS = {"received": ("hand_over", "reason"), "handled": ("assign_handler", "note")}


@dataclass
class Handed:
    """What went over, and what did not with the reason."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    refused: list[tuple[str, str]] = field(default_factory=list)

    def in_words(self) -> str:
        """Return 已移交片区 1 个、首问工单 3 件…."""
        names = {
            "zones": "片区 {} 个",
            "received": "首问工单 {} 件",
            "handled": "经办工单 {} 件",
            "drafts": "草稿 {} 份",
        }
        done = [names[key].format(count) for key, count in self.counts.items() if count]
        text = f"已移交{'、'.join(done)}。" if done else "没有移交任何内容。"
        return text + (f"有 {len(self.refused)} 项没有移交，原因见下。" if self.refused else "")


def hand_all(
    found: InHand, *, to: User, by: User, reason: str, parts: list[str], now: datetime
) -> Handed:
    """Hand over the chosen parts one by one; what is refused stays and is told.

    Raises:
        DomainError: the receiver or the reason does not fit, or the person is not of the own unit.
    """
    person = found.person
    if not leavers(by).filter(pk=person.pk).exists():
        raise DomainError("只能移交本人或本单位人员的工作。", field="who")
    if to.pk == person.pk or to.unit_id != person.unit_id or not to.is_active:
        raise DomainError("请选本单位的另一位在用账号接手。", field="to")
    if len(reason) < LEAST_REASON:
        raise DomainError(f"请写移交原因，至少 {LEAST_REASON} 个字。", field="reason")
    result = Handed()
    for part in PARTS:
        for one in getattr(found, part) if part in parts else []:
            _try(result, part, one, to=to, by=by, reason=reason, now=now)
    return result


def _try(
    result: Handed, part: str, one: Any, *, to: User, by: User, reason: str, now: datetime
) -> None:
    """Hand one thing over; a refusal is kept with the name of the thing."""
    try:
        if part == "zones":
            _zone(one, to, by, now)
        elif part == "drafts":
            _draft(one, to, by)
        else:
            action, words = ACTIONS[part]
            perform(ticket=one, action=action, by=by, now=now, data={"user": to, words: reason})
    except DomainError as refusal:
        label = one.zone.name if part == "zones" else str(one)
        result.refused.append((label, refusal.message))
    else:
        result.counts[part] += 1


def _zone(post: Officer, to: User, by: User, now: datetime) -> None:
    if to.person is None:
        raise DomainError("接手人的账号没有关联名册人员，不能服务片区。请先在名册里关联。")
    if not Officer.objects.editable_by(by).filter(pk=post.pk).exists():
        raise DomainError("调整片区人员由单位负责人办理。")
    serves = Officer.objects.current().filter(zone=post.zone, person=to.person).exists()
    if serves:
        roster_actions.end_officer(officer=post, by=by, now=now)
    else:
        roster_actions.change_officer(officer=post, person=to.person, by=by, now=now)


@transaction.atomic
def _draft(draft: Ticket, to: User, by: User) -> None:
    """A draft is its writer's alone: it goes over whole, or not at all."""
    moved = Ticket.objects.filter(pk=draft.pk, status="DRAFT").update(
        registered_by=to, first_receiver=to
    )
    if not moved:
        raise DomainError("草稿已经提交，不用移交。")
    record(action="tickets.take_draft", by=by, target=draft, label="草稿", note=f"移交给 {to.name}")
