"""T20–T23, T35–T40: redo, calls back, the end, reopening, pressing, exclusion, archive."""

from datetime import timedelta

from apps.tickets.actions._facts import (
    bind_again,
    decide,
    finish_assignments,
    lapse,
    name_unit,
    unit_of,
)
from apps.tickets.actions._move import Move, handles
from apps.tickets.choices import (
    ApplicationKind,
    ApplicationState,
    ExemptReason,
    RedoReason,
    ReopenReason,
    Tier,
    ToldBy,
)
from apps.tickets.models import Application, Followup, Participant, Supervision
from apps.tickets.models.events import CALLED
from apps.tickets.workflow.guards import calls_made

BETWEEN_CALLS = timedelta(hours=2)
BETWEEN_URGES = timedelta(hours=24)


@handles("redo")
def redo(move: Move) -> None:
    """The answer is not good enough: the same unit does it again."""
    ticket = move.ticket
    move.text = f"{RedoReason(move.data['cause']).label}：{move.data['opinion']}"
    move.facts["cause"] = move.data["cause"]
    move.changes |= {"redo_count": ticket.redo_count + 1, "is_told": False}
    lead = bind_again(move)
    if lead is not None and move.before.tier == Tier.HUB:
        move.facts["lead"] = [lead.pk]


# ---- calling back ---------------------------------------------------------------------------
@handles("log_call")
def log_call(move: Move) -> None:
    """Nobody answered; three attempts at different times count as not reached."""
    calls = [event.at for event in move.case.events if event.code == "log_call"]
    if calls and move.now - calls[-1] < BETWEEN_CALLS:
        raise move.refuse("两次拨打至少隔 2 小时。请换个时段再打。")
    move.changes["call_count"] = move.ticket.call_count + 1
    move.text = f"第 {move.ticket.call_count + 1} 次未接通。{move.data['note']}"
    _called(move)


def _called(move: Move) -> None:
    """Who calls back keeps seeing the ticket."""
    if move.by is not None:
        Participant.objects.get_or_create(ticket=move.ticket, user=move.by, kind=CALLED)


@handles("close")
def close(move: Move) -> None:
    """What the enterprise says ends the ticket: two questions, two grades (K15–K17)."""
    data = move.data
    reached = data["reached"] == "YES"
    if not reached and (reason := calls_made(move.before, move.actor)):
        raise move.refuse(reason, "reached")
    Followup.objects.create(
        ticket=move.ticket,
        by=move.by,
        at=move.now,
        reached=reached,
        was_contacted=data["was_contacted"] == "YES" if reached else None,
        solved=data["solved"] if reached else "",
        answer_grade=data["answer_grade"] if reached else "",
        solution_grade=data["solution_grade"] if reached else "",
        note=data["note"],
    )
    move.changes |= {
        "followed_up_at": move.now,
        "solved": data["solved"] if reached else "",
        "answer_grade": data["answer_grade"] if reached else "",
        "solution_grade": data["solution_grade"] if reached else "",
    }
    move.facts |= {"reached": reached}
    move.text = data["note"] or ("已接通回访" if reached else "三次未接通")
    _called(move)


@handles("close_exempt")
def close_exempt(move: Move) -> None:
    """No call is needed, for a stated reason."""
    cause = ExemptReason(move.data["cause"])
    Followup.objects.create(
        ticket=move.ticket,
        by=move.by,
        at=move.now,
        reached=False,
        exempt=cause,
        note=move.data["note"],
    )
    move.changes["followed_up_at"] = move.now
    move.facts["cause"] = cause.value
    move.text = "。".join(filter(None, [cause.label, move.data["note"]]))
    _called(move)


@handles("withdraw")
def withdraw(move: Move) -> None:
    """Only the enterprise withdraws; each withdrawal is inspected afterwards."""
    data = move.data
    finish_assignments(move)
    lapse(move, *ApplicationKind)
    move.changes["is_suspended"] = False
    move.facts |= {"told_by": data["told_by"], "record_no": data["record_no"]}
    move.text = f"企业{ToldBy(data['told_by']).label}提出撤单：{data['reason']}"


@handles("inspect")
def inspect(move: Move) -> None:
    """A check of the quality; every withdrawal gets one."""
    passed = move.data["passed"] == "YES"
    move.changes |= {"inspected_at": move.now, "passed_inspection": passed}
    move.facts["passed"] = passed
    move.text = f"质检{'合格' if passed else '不合格'}：{move.data['opinion']}"
    _called(move)


@handles("reopen")
def reopen(move: Move) -> None:
    """Taken up again: a new lap for the unit, the enterprise's own deadline stays as it was."""
    ticket = move.ticket
    lapse(move, *ApplicationKind)
    move.changes |= {
        "reopen_count": ticket.reopen_count + 1,
        "lead_unit_id": None,
        "handler_id": None,
        "accepted_at": None,
        "is_sampled": False,
        "is_told": False,
        "is_designated": False,
        "is_return_denied": False,
        "is_excluded": False,
        "call_count": 0,
    }
    ticket.lead_unit_id = None
    move.facts["cause"] = move.data["cause"]
    move.text = f"{ReopenReason(move.data['cause']).label}：{move.data['opinion']}"


# ---- pressing -------------------------------------------------------------------------------
@handles("urge")
def urge(move: Move) -> None:
    """A reminder by a person or by the clock."""
    for event in reversed(move.case.events):
        same = event.code == "urge" and move.by is not None and event.by_id == move.by.pk
        if same and move.now - event.at < BETWEEN_URGES:
            raise move.refuse("您在 24 小时内催办过这件工单，不用再催。")
    move.changes["urge_count"] = move.ticket.urge_count + 1
    move.text = move.data["text"]


@handles("supervise")
def supervise(move: Move) -> None:
    """A formal order with a term for the reply."""
    data = move.data
    if data["unit"].pk == move.ticket.complained_unit_id:
        raise move.refuse("被反映单位看不到这件工单，不能对它发督办单。请换一个单位。", "unit")
    name_unit(move, data["unit"])
    made = Supervision.objects.create(
        ticket=move.ticket,
        unit=data["unit"],
        level=data["level"],
        demand=data["demand"],
        issued_by=move.by,
        issued_at=move.now,
    )
    move.case.supervisions.append(made)
    move.facts |= {"supervision": [made.pk], "unit": data["unit"].pk, "days": data["days"]}
    move.text = f"{made.get_level_display()}（{data['unit'].name}）：{data['demand']}"


@handles("reply_supervision")
def reply_supervision(move: Move) -> None:
    """What the unit has put right."""
    found = move.data["supervision"]
    if found.unit_id != move.actor.unit_id:
        raise move.refuse("这张督办单不是发给贵单位的。", "supervision")
    found.replied_by, found.replied_at, found.reply = move.by, move.now, move.data["text"]
    found.save(update_fields=["replied_by", "replied_at", "reply"])
    move.facts["supervision"] = [found.pk]
    move.text = move.data["text"]


@handles("transfer")
def transfer(move: Move) -> None:
    """Handed over to discipline: seen only by the head of the office and the inspectors."""
    move.changes["is_transferred"] = True
    move.text = f"移交{move.data['receiver']}：{move.data['matter']}"


# ---- exclusion ------------------------------------------------------------------------------
@handles("request_exclusion")
def request_exclusion(move: Move) -> None:
    """A department asks that a ticket does not count; two people of the office decide."""
    made = Application.objects.create(
        ticket=move.ticket,
        kind=ApplicationKind.EXCLUSION,
        unit_id=unit_of(move),
        asked_by=move.by,
        asked_at=move.now,
        reason=move.data["basis"],
        data={"case": move.data["case"]},
    )
    move.facts |= {"application": made.pk, "case": move.data["case"]}
    move.text = move.data["basis"]


@handles("approve_exclusion")
def approve_exclusion(move: Move) -> None:
    """The first signature passes it on, the second one excludes."""
    waiting = move.case.application(ApplicationKind.EXCLUSION)
    if waiting is not None and waiting.state == ApplicationState.PENDING:
        waiting.state, waiting.first_signed_by = ApplicationState.SECOND, move.by
        waiting.opinion = move.data["opinion"]
        waiting.save(update_fields=["state", "first_signed_by", "opinion"])
        move.text = f"第一人审核同意：{move.data['opinion']}"
        return
    decide(move, ApplicationKind.EXCLUSION, ApplicationState.APPROVED)
    move.changes["is_excluded"] = True
    move.facts["is_excluded"] = True
    move.text = f"第二人审核同意：{move.data['opinion']}"


@handles("deny_exclusion")
def deny_exclusion(move: Move) -> None:
    """It counts."""
    decide(move, ApplicationKind.EXCLUSION, ApplicationState.DENIED)


@handles("archive")
def archive(move: Move) -> None:
    """Thirty days after its end a ticket becomes read-only."""
    move.changes["archived_at"] = move.now
