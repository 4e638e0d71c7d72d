"""T10, T15–T19 承办: acceptance, assisting units, contact, term changes, the result."""

from apps.core import clock
from apps.tickets.actions._facts import (
    apply_for,
    assign,
    decide,
    feed_back,
    finish_assignments,
    lapse,
    look_up_entry,
    result_changes,
    set_handler,
)
from apps.tickets.actions._move import Move, handles
from apps.tickets.actions.hub import take_over
from apps.tickets.choices import (
    ApplicationKind,
    ApplicationState,
    AssignmentState,
    ClockKind,
    Part,
    ToldBy,
)
from apps.tickets.clocks import due_of, yellow_at
from apps.tickets.models import Participant
from apps.tickets.models.events import NAMED


@handles("accept")
def accept(move: Move) -> None:
    """The lead takes the ticket and may name who handles it."""
    take_over(move)
    if move.data["user"] is not None:
        set_handler(move)
    name = move.data["user"].display_name if move.data["user"] else ""
    move.text = "，".join(
        filter(None, ["签收", f"经办人 {name}" if name else "", move.data["note"]])
    )


@handles("assign_handler")
def assign_handler(move: Move) -> None:
    """Name or change who handles."""
    set_handler(move)
    move.text = f"经办人 {move.data['user'].display_name}" + (
        f"。{move.data['note']}" if move.data["note"] else ""
    )


@handles("hand_over")
def hand_over(move: Move) -> None:
    """The first receiver's person changes, the unit never (decisions.md 13)."""
    user = move.data["user"]
    if user.unit_id != move.ticket.first_unit_id:
        raise move.refuse("首问责任人须是首问单位的人员。", "user")
    if user.pk == move.ticket.first_receiver_id:
        raise move.refuse("这个人已经是首问责任人。", "user")
    if move.ticket.is_restricted:
        Participant.objects.get_or_create(ticket=move.ticket, user=user, kind=NAMED)
    move.changes["first_receiver_id"] = user.pk
    move.facts |= {"user": user.pk, "former": move.ticket.first_receiver_id}
    move.text = f"移交给 {user.display_name}：{move.data['reason']}"


# ---- assisting units ------------------------------------------------------------------------
@handles("add_assist")
def add_assist(move: Move) -> None:
    """Further units are asked, each with its own term."""
    made = [
        assign(
            move, unit, Part.ASSIST, state=AssignmentState.PROCESSING, matter=move.data["matter"]
        )
        for unit in move.data["units"]
    ]
    move.facts["assists"] = [one.pk for one in made]
    names = "、".join(unit.name for unit in move.data["units"])
    move.text = f"请{names}协办：{move.data['matter']}"


@handles("answer_assist")
def answer_assist(move: Move) -> None:
    """An assisting unit's opinion ends its part."""
    unit_id = move.actor.unit_id
    mine = [one for one in move.case.open_assists if one.unit_id == unit_id]
    for one in mine:
        one.state, one.answer = AssignmentState.DONE, move.data["answer"]
        one.submitted_at = one.ended_at = move.now
        one.save(update_fields=["state", "answer", "submitted_at", "ended_at"])
    move.facts["assists"] = [one.pk for one in mine]
    move.text = move.data["answer"]


@handles("waive_assist")
def waive_assist(move: Move) -> None:
    """The hub does without an assisting unit's opinion."""
    one = move.data["assignment"]
    one.state, one.ended_at = AssignmentState.WAIVED, move.now
    one.save(update_fields=["state", "ended_at"])
    move.facts["assists"] = [one.pk]
    move.text = f"豁免{one.unit.name}协办：{move.data['reason']}"


# ---- contact and progress -------------------------------------------------------------------
@handles("contact")
def contact(move: Move) -> None:
    """The first contact is what K05 calls the response."""
    if move.ticket.contacted_at is None:
        move.changes["contacted_at"] = move.now
    move.text = f"{ToldBy(move.data['told_by']).label}联系：{move.data['text']}"
    move.facts["told_by"] = move.data["told_by"]


@handles("progress")
def progress(move: Move) -> None:
    """One sentence; it may be shown to the enterprise, and may be the reply that a stage demands."""
    move.text = move.data["text"]
    move.is_public = bool(move.data["is_public"])
    move.facts["is_stage_reply"] = bool(move.data["is_stage_reply"])


@handles("note")
def note(move: Move) -> None:
    """A remark for colleagues."""
    move.text = move.data["text"]


@handles("give_feedback")
def give_feedback(move: Move) -> None:
    """The enterprise was told, by whom and how."""
    move.text = move.data["text"]
    feed_back(move, text=move.data["text"])


@handles("draft_result")
def draft_result(move: Move) -> None:
    """An expert drafts; liaison or commissioner hands it in (decisions.md 12)."""
    move.text = move.data["answer"]
    move.facts |= {name: move.data[name] for name in ("outcome", "answer", "basis")}


# ---- the term -------------------------------------------------------------------------------
@handles("request_extension")
def request_extension(move: Move) -> None:
    """In time, with the enterprise told before (domain.md §2.2)."""
    data, case = move.data, move.case
    most = case.book.rules_at(move.now).figure("extension.max")
    if data["days"] > most:
        raise move.refuse(f"一次最多延长 {most} 个工作日。", "days")
    if data["told_on"] > clock.local(move.now).date():
        raise move.refuse("告知企业的日期不能晚于今天。请先告知企业。", "told_on")
    running = case.clock(ClockKind.HANDLING)
    wanted, near_due = "", False
    if running is not None:
        due = due_of(running, case.book)
        near_due = move.now >= yellow_at(running, due, case.book)
        wanted = case.book.calendar.add_workdays(due.on, data["days"]).isoformat()
    apply_for(
        move,
        ApplicationKind.EXTENSION,
        data["reason"],
        near_due=near_due,
        days=data["days"],
        told_by=data["told_by"],
        told_on=data["told_on"].isoformat(),
        wanted_on=wanted,
    )
    move.facts |= {"days": data["days"], "wanted_on": wanted}


@handles("approve_extension")
def approve_extension(move: Move) -> None:
    """The handling term is longer; the enterprise's own deadline stays (invariant ③)."""
    granted = decide(move, ApplicationKind.EXTENSION, ApplicationState.APPROVED)
    move.facts["days"] = granted.data["days"]
    move.changes["extension_count"] = move.ticket.extension_count + 1
    move.text = f"同意延长 {granted.data['days']} 个工作日。{move.text}"


@handles("deny_extension")
def deny_extension(move: Move) -> None:
    """The term stays."""
    decide(move, ApplicationKind.EXTENSION, ApplicationState.DENIED)


@handles("suspend")
def suspend(move: Move) -> None:
    """Waiting for the enterprise's papers: only the handling clock stops (decisions.md 5)."""
    most = move.case.book.rules_at(move.now).figure("suspension.max")
    if move.data["days"] > most:
        raise move.refuse(f"一次最多挂起 {most} 个工作日。", "days")
    move.facts |= {"days": move.data["days"], "evidence": move.data["evidence"]}
    move.changes |= {"is_suspended": True, "suspend_count": move.ticket.suspend_count + 1}
    move.text = f"待企业补件：{move.data['reason']}（{move.data['evidence']}）"


@handles("unsuspend")
def unsuspend(move: Move) -> None:
    """The clock goes on, by hand or by itself."""
    move.changes["is_suspended"] = False
    move.text = move.data["note"] or ("挂起期满，自动恢复办理" if move.by is None else "恢复办理")


# ---- the result -----------------------------------------------------------------------------
@handles("submit_result")
def submit_result(move: Move) -> None:
    """The answer to the enterprise in its own words; the lead tells it (plan three (二))."""
    data, ticket = move.data, move.ticket
    move.text = data["answer"]
    move.facts |= {"outcome": data["outcome"], "head": data["head"]} | look_up_entry(move)
    faces = not ticket.hides_entity or ticket.first_unit_id == move.actor.unit_id
    if faces and not data["told_by"]:
        raise move.refuse("请选答复方式：办理结果须先反馈企业。", "told_by")
    if data["told_by"] and faces:
        feed_back(move, text=data["answer"])
    move.changes |= result_changes(move)
    move.changes |= {"submitted_at": move.now, "is_suspended": False}
    lead = move.case.lead
    lapse(move, ApplicationKind.TRACKING)
    if lead is not None:
        lead.state, lead.submitted_at, lead.answer = (
            AssignmentState.SUBMITTED,
            move.now,
            data["answer"],
        )
        lead.save(update_fields=["state", "submitted_at", "answer"])


@handles("approve_result")
def approve_result(move: Move) -> None:
    """The hub finds the answer good."""
    finish_assignments(move)
    move.text = move.data["note"]
