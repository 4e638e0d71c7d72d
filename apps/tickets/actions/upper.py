"""T24–T34 联动办, 提级办, 挂账: plain forms now; the records of meetings and letters come later."""

from datetime import date

from apps.core import clock
from apps.tickets.actions._facts import (
    apply_for,
    assign,
    bind_again,
    decide,
    finish_assignments,
    lapse,
    result_changes,
    unbind,
)
from apps.tickets.actions._move import Move, handles
from apps.tickets.choices import (
    ApplicationKind,
    ApplicationState,
    AssignmentState,
    CityReason,
    JointReason,
    Outcome,
    Part,
    Status,
)
from apps.tickets.queries.case import ANSWERED
from apps.workdays.calendar import due_at


def _leave(move: Move) -> None:
    """Waiting applications about the term have lost their object."""
    lapse(move, ApplicationKind.EXTENSION, ApplicationKind.TRACKING, ApplicationKind.RETURN)
    move.changes["is_suspended"] = False


def _take_lead(move: Move) -> None:
    """The upper tiers need a lead department: name one where there is none yet."""
    lead = move.data["lead"]
    if move.ticket.lead_unit_id is not None:
        return
    if lead is None:
        raise move.refuse("还没有主办单位，请选牵头部门。", "lead")
    assign(move, lead, Part.LEAD, state=AssignmentState.PROCESSING, accepted_at=move.now)
    move.changes["lead_unit_id"] = lead.pk
    move.ticket.lead_unit_id = lead.pk
    move.facts["lead_unit"] = lead.pk


@handles("escalate_joint")
def escalate_joint(move: Move) -> None:
    """Plan three (三): coordination by the district, no progress, or hard to solve soon."""
    _leave(move)
    data = move.data
    cause = JointReason(data["cause"]).label
    move.text = f"{cause}。卡点：{data['obstacle']}\n已做的工作：{data['done']}"
    move.facts |= {"cause": data["cause"], "units": [unit.pk for unit in data["units"]]}
    if move.before.status in ANSWERED:
        move.changes["is_told"] = False
        bind_again(move)  # the ticket still needs its lead


@handles("back_hub")
def back_hub(move: Move) -> None:
    """The office finds that the hub can do it."""
    unbind(move, AssignmentState.RELEASED)
    move.text = move.data["reason"]


@handles("approve_joint")
def approve_joint(move: Move) -> None:
    """The leader in charge has agreed to the meeting."""
    _take_lead(move)
    data = move.data
    move.facts |= {"asked_on": data["asked_on"].isoformat(), "leader": data["leader"]}
    move.text = f"{data['leader']}批示：{data['instruction']}"


@handles("add_meeting")
def add_meeting(move: Move) -> None:
    """A resolution: who does what until when."""
    data = move.data
    if data["due_on"] < data["held_on"]:
        raise move.refuse("完成日期不能早于会议日期。", "due_on")
    move.facts |= {
        "meeting": data["meeting"],
        "held_on": data["held_on"].isoformat(),
        "unit": data["unit"].pk,
        "due_on": data["due_on"].isoformat(),
    }
    until = f"{data['due_on'].month}月{data['due_on'].day}日"
    move.text = f"{data['meeting']}议定：{data['resolution']}（{data['unit'].name}，{until}前）"


def _answered(move: Move) -> None:
    move.changes |= result_changes(move)
    move.changes["submitted_at"] = move.now
    move.facts["outcome"] = move.data["outcome"]
    finish_assignments(move)
    lapse(move, ApplicationKind.TRACKING)


@handles("finish_joint")
def finish_joint(move: Move) -> None:
    """The resolutions are done and the enterprise has been told."""
    _answered(move)
    move.text = f"{move.data['answer']}\n议定事项：{move.data['done']}"


@handles("escalate_city")
def escalate_city(move: Move) -> None:
    """Plan three (四): across regions or departments, or without rules."""
    _leave(move)
    _take_lead(move)
    data = move.data
    move.facts["cause"] = data["cause"]
    cause = CityReason(data["cause"]).label
    move.text = f"{cause}。区级已做的工作：{data['done']}\n建议市级支持：{data['wish']}"


@handles("send_city")
def send_city(move: Move) -> None:
    """The letter has gone to the city."""
    data = move.data
    move.facts |= {"letter_no": data["letter_no"], "sent_on": data["sent_on"].isoformat()}
    move.text = f"{data['letter_no']}，致{data['receiver']}"


@handles("city_reply")
def city_reply(move: Move) -> None:
    """The city's answer; lead unit and township have both told the enterprise."""
    _answered(move)
    move.text = f"{move.data['answer']}\n市级意见：{move.data['opinion']}"


@handles("city_back")
def city_back(move: Move) -> None:
    """The city sends it back to the district."""
    move.text = move.data["opinion"]


# ---- 挂账 -----------------------------------------------------------------------------------
@handles("request_track")
def request_track(move: Move) -> None:
    """The lead proposes a planned date, with the enterprise told."""
    data = move.data
    if data["plan_on"] <= clock.local(move.now).date():
        raise move.refuse("计划完成日应晚于今天。", "plan_on")
    apply_for(
        move,
        ApplicationKind.TRACKING,
        data["reason"],
        basis=data["basis"],
        plan_on=data["plan_on"].isoformat(),
        told_by=data["told_by"],
    )
    move.facts["plan_on"] = data["plan_on"].isoformat()


@handles("track")
def track(move: Move) -> None:
    """The term stops, the planned date and a monthly update take its place."""
    ticket = move.ticket
    granted = decide(move, ApplicationKind.TRACKING, ApplicationState.APPROVED)
    lapse(move, ApplicationKind.EXTENSION)
    plan = date.fromisoformat(granted.data["plan_on"])
    move.facts |= {"plan_at": due_at(plan).isoformat(), "plan_on": plan.isoformat()}
    due = move.before.handling_due_at
    move.facts["was_overdue"] = due is not None and move.now >= due
    move.changes |= {
        "left_status": ticket.status,
        "left_tier": ticket.tier,
        "outcome": Outcome.PLANNED,
        "is_suspended": False,
    }
    move.text = f"同意挂账，计划 {plan.month}月{plan.day}日 完成。{move.data['opinion']}"


@handles("deny_track")
def deny_track(move: Move) -> None:
    """The term goes on."""
    decide(move, ApplicationKind.TRACKING, ApplicationState.DENIED)


@handles("resume")
def resume(move: Move) -> None:
    """Back to the state that was left; the unit's term begins anew, the enterprise's stays."""
    lead = move.case.lead
    if move.before.left_status == Status.PROCESSING and lead is not None:
        move.facts["lead"] = [lead.pk]
    move.changes |= {"left_status": "", "left_tier": "", "outcome": ""}
    move.text = move.data["note"] or ("计划完成日已到，自动恢复" if move.by is None else "恢复办理")
