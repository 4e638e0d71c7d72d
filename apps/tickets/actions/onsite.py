"""T03–T05 即时办: the answer on the spot, the experts, the way to the hub."""

import secrets
from datetime import timedelta

from apps.tickets.actions._facts import feed_back, look_up_entry, result_changes
from apps.tickets.actions._move import Move, handles
from apps.tickets.choices import (
    HIDING_NATURES,
    NEGATIVE,
    AssistState,
    Outcome,
)
from apps.tickets.models import ExpertAssist, Participant, Ticket
from apps.tickets.models.events import INVITED


@handles("resolve_onsite")
def resolve_onsite(move: Move) -> None:
    """The township's answer; some are drawn for a call back (domain.md §2.2)."""
    move.text = move.data["answer"]
    sampled = must_follow_up(move) or drawn(move)
    entry = look_up_entry(move)
    move.facts |= {"sampled": sampled, "outcome": move.data["outcome"]} | entry
    move.changes |= result_changes(move) | {
        "is_sampled": sampled,
        "quotes_entry": bool(entry),
        "submitted_at": move.now,
    }
    feed_back(move, text=move.data["answer"])


def must_follow_up(move: Move) -> bool:
    """Negative answers, complaints, and an enterprise's second request within thirty days."""
    ticket = move.ticket
    if Outcome(move.data["outcome"]) in NEGATIVE or ticket.nature in HIDING_NATURES:
        return True
    if ticket.entity_id is None:
        return False
    days = move.case.book.rules_at(move.now).figure("repeat_days")
    since = move.now - timedelta(days=days)
    others = Ticket.objects.filter(entity_id=ticket.entity_id, registered_at__gte=since)
    return others.exclude(pk=ticket.pk).exclude(number__isnull=True).exists()


def drawn(move: Move) -> bool:
    """Draw the sample; nobody can foresee it."""
    percent = move.case.book.rules_at(move.now).figure("sample_percent")
    return secrets.randbelow(100) < percent


@handles("request_expert")
def request_expert(move: Move) -> None:
    """A question to an expert; the responsibility stays here."""
    expert = move.data["expert"]
    if expert.unit_id == move.ticket.complained_unit_id:
        raise move.refuse("不能请被反映单位的专家协助。", "expert")
    asked = ExpertAssist.objects.create(
        ticket=move.ticket,
        expert=expert,
        unit_id=expert.unit_id,
        question=move.data["question"],
        asked_by=move.by,
        asked_at=move.now,
    )
    user = getattr(expert.person, "user", None)
    if user is not None:
        Participant.objects.get_or_create(ticket=move.ticket, user=user, kind=INVITED)
    move.case.assists.append(asked)
    move.text = move.data["question"]
    move.facts |= {"asked": [asked.pk], "expert": expert.pk, "name": expert.person.name}


def _end_question(move: Move, state: AssistState, answer: str) -> None:
    asked = move.data["asked"]
    asked.state, asked.answer = state, answer
    asked.answered_by, asked.answered_at = move.by, move.now
    asked.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    move.text = answer
    move.facts |= {"asked": [asked.pk], "expert": asked.expert_id}


@handles("answer_expert")
def answer_expert(move: Move) -> None:
    """The expert's answer."""
    _end_question(move, AssistState.ANSWERED, move.data["answer"])


@handles("decline_expert")
def decline_expert(move: Move) -> None:
    """The expert says that somebody else should be asked."""
    _end_question(move, AssistState.DECLINED, move.data["reason"])


@handles("expire_expert")
def expire_expert(move: Move) -> None:
    """No answer in time: who asked is told and goes on."""
    _end_question(move, AssistState.TIMEOUT, "专家逾时未答，请另请专家或转中枢办。")


@handles("escalate_hub")
def escalate_hub(move: Move) -> None:
    """What was tried, why it was not enough, where the ticket is gathered."""
    suggested = move.data["suggested"]
    move.text = f"已采取的措施：{move.data['tried']}\n没有解决的原因：{move.data['reason']}"
    move.facts |= {"suggested": suggested.pk if suggested else None}
    move.changes |= {"collected_via": move.data["collected_via"]}
