"""Pieces that several actions share: feedback, results, assignments, applications."""

from collections.abc import Iterable
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.roster.models import Unit
from apps.tickets import quotes
from apps.tickets.actions._move import Move
from apps.tickets.choices import (
    ACTIVE_ASSIGNMENT,
    ApplicationKind,
    ApplicationState,
    AssignmentState,
    Part,
)
from apps.tickets.models import Application, Assignment, Feedback, Participant
from apps.tickets.models.events import ASSIGNED, NAMED


def feed_back(move: Move, *, text: str) -> None:
    """Record that the enterprise was told (decisions.md 8), by the actor's unit."""
    data = move.data
    unit_id = unit_of(move)
    told_at = data.get("told_at") or move.now
    if told_at > move.now:
        raise move.refuse("答复时间不能晚于现在。", "told_at")
    Feedback.objects.create(
        ticket=move.ticket,
        unit_id=unit_id,
        seq=move.case.next_seq,
        by=move.by,
        at=move.now,
        told_at=told_at,
        told_by=data["told_by"],
        told_whom=data.get("told_whom") or "",
        text=text,
        reaction=data.get("reaction") or "",
    )
    move.case.feedback_units = move.case.feedback_units | {unit_id}
    move.changes["is_told"] = True
    if move.ticket.contacted_at is None:
        move.changes["contacted_at"] = told_at
    move.facts |= {"told_by": data["told_by"], "told_at": told_at.isoformat()}


def result_changes(move: Move) -> dict[str, Any]:
    """Return the columns that a result sets."""
    return {
        "outcome": move.data["outcome"],
        "answer": move.data["answer"],
        "basis": move.data.get("basis") or "",
        "latest": move.data["answer"][:120],
    }


def look_up_entry(move: Move) -> dict[str, Any]:
    """Return which version of which handbook entry was quoted, as a fact of the event."""
    quoted = move.data.get("entry")
    return {"entry": quotes.version_of(quoted, field="entry")} if quoted else {}


# ---- assignments ----------------------------------------------------------------------------
def assign(move: Move, unit: Unit, part: Part, **values: Any) -> Assignment:
    """Bind a unit to the ticket.

    Raises:
        TransitionDenied: the unit is the one complained of, or is bound already.
    """
    asked = "assists" if move.row.field_named("assists") else "units"
    field = "lead" if part == Part.LEAD else asked
    if unit.pk == move.ticket.complained_unit_id:
        raise move.refuse("被反映单位不能承办这件工单。请换一个单位。", field)
    bound = [one for one in move.case.assignments if one.is_active and one.unit_id == unit.pk]
    if bound:
        raise move.refuse(f"{unit.name}已在承办这件工单。", field)
    made = Assignment.objects.create(
        ticket=move.ticket,
        unit=unit,
        part=part,
        dispatched_at=move.now,
        dispatched_by=move.by,
        **values,
    )
    move.case.assignments.append(made)
    name_unit(move, unit)
    return made


def name_unit(move: Move, unit: Unit) -> None:
    """Let those who speak for a unit see a restricted ticket; its other people stay outside."""
    if not move.ticket.is_restricted:
        return
    people = User.objects.with_role(Role.LIAISON, Role.COMMISSIONER, Role.TEAM_LEADER)
    Participant.objects.bulk_create(
        [
            Participant(ticket=move.ticket, user=user, kind=NAMED)
            for user in people.filter(unit=unit).order_by("pk")
        ],
        ignore_conflicts=True,
    )


def dispatch_to(
    move: Move, lead: Unit, assists: Iterable[Unit], *, is_designated: bool = False
) -> None:
    """Bind the lead and the assisting units, count the dispatch, start the clocks' facts."""
    ticket = move.ticket
    helpers = list(assists)
    if lead.pk in {unit.pk for unit in helpers}:
        raise move.refuse("协办单位里不用再选主办单位。", "assists")
    main = assign(
        move, lead, Part.LEAD, state=AssignmentState.PENDING_ACCEPT, is_designated=is_designated
    )
    others = [assign(move, unit, Part.ASSIST, state=AssignmentState.PROCESSING) for unit in helpers]
    is_first = ticket.first_dispatched_at is None
    urgency = move.data.get("urgency") or ticket.urgency
    locked = ticket.locked_due_at if is_first else None
    move.facts |= {
        "lead": [main.pk],
        "assists": [one.pk for one in others],
        "lead_unit": lead.pk,
        "is_first": is_first,
        "urgency": urgency,
        "locked_due_at": locked.isoformat() if locked else None,
    }
    move.changes |= {
        "lead_unit_id": lead.pk,
        "handler_id": None,
        "urgency": urgency,
        "dispatched_at": move.now,
        "accepted_at": None,
        "dispatch_count": ticket.dispatch_count + 1,
        "is_designated": is_designated,
        "is_return_denied": False,
    }
    if is_first:
        move.changes["first_dispatched_at"] = move.now
    ticket.lead_unit_id = lead.pk
    move.text = "；".join(
        filter(
            None,
            [
                f"主办：{lead.name}",
                f"协办：{'、'.join(unit.name for unit in helpers)}" if helpers else "",
            ],
        )
    )


def unbind(move: Move, lead_state: AssignmentState) -> None:
    """End every active assignment; the lead with the state that says why."""
    for one in move.case.assignments:
        if one.state in ACTIVE_ASSIGNMENT:
            one.state = lead_state if one.is_lead else AssignmentState.WAIVED
            one.ended_at = move.now
            one.save(update_fields=["state", "ended_at"])
    move.changes |= {"lead_unit_id": None, "handler_id": None, "accepted_at": None}
    move.changes |= {"is_suspended": False, "is_designated": False}
    move.ticket.lead_unit_id = None
    lapse(move, ApplicationKind.EXTENSION, ApplicationKind.TRACKING)


def finish_assignments(move: Move) -> None:
    """The ticket has its answer: everybody's part is done."""
    for one in move.case.assignments:
        if one.state in ACTIVE_ASSIGNMENT:
            one.state = AssignmentState.DONE
            one.ended_at = move.now
            one.save(update_fields=["state", "ended_at"])


def bind_again(move: Move) -> Assignment | None:
    """Take the lead up again whose part was submitted or done; None where there never was one."""
    ticket = move.ticket
    leads = [
        one for one in move.case.assignments if one.is_lead and one.unit_id == ticket.lead_unit_id
    ]
    if ticket.lead_unit_id is None or not leads:
        return None
    lead = leads[-1]
    lead.state, lead.ended_at = AssignmentState.PROCESSING, None
    lead.save(update_fields=["state", "ended_at"])
    return lead


def set_handler(move: Move) -> None:
    """Name the person who handles; somebody of the lead unit."""
    user = move.data["user"]
    lead = move.case.lead
    if user.unit_id != move.ticket.lead_unit_id:
        raise move.refuse("经办人须是主办单位的人员。", "user")
    if lead is not None:
        lead.handler = user
        lead.save(update_fields=["handler"])
    Participant.objects.get_or_create(ticket=move.ticket, user=user, kind=ASSIGNED)
    move.changes["handler_id"] = user.pk
    move.facts["handler"] = user.pk


# ---- applications ---------------------------------------------------------------------------
def unit_of(move: Move) -> int:
    """Return the unit for which the actor speaks.

    Raises:
        TransitionDenied: the account has none.
    """
    if move.actor.unit_id is None:
        raise move.refuse("您的账号没有单位，不能办理。请联系系统管理员。")
    return move.actor.unit_id


def apply_for(
    move: Move, kind: ApplicationKind, reason: str, *, near_due: bool = False, **data: Any
) -> Application:
    """Write an application of the actor's unit; ``near_due``: the term was nearly over."""
    made = Application.objects.create(
        ticket=move.ticket,
        kind=kind,
        unit_id=unit_of(move),
        asked_by=move.by,
        asked_at=move.now,
        reason=reason,
        near_due=near_due,
        data=data,
    )
    move.case.applications.append(made)
    move.facts["application"] = made.pk
    move.text = reason
    return made


def decide(move: Move, kind: ApplicationKind, state: ApplicationState) -> Application:
    """Decide the application that waits; the guard has made sure that there is one."""
    found = move.case.application(kind)
    if found is None:
        raise move.refuse("没有待审的申请。")
    found.state = state
    found.decided_by, found.decided_at = move.by, move.now
    found.opinion = move.data.get("opinion") or ""
    found.save(update_fields=["state", "decided_by", "decided_at", "opinion"])
    move.facts["application"] = found.pk
    move.text = found.opinion
    return found


def lapse(move: Move, *kinds: ApplicationKind) -> None:
    """Applications that nobody can decide any more."""
    for one in move.case.applications:
        waits = one.state in (ApplicationState.PENDING, ApplicationState.SECOND)
        if one.kind in kinds and waits:
            one.state, one.decided_at = ApplicationState.LAPSED, move.now
            one.save(update_fields=["state", "decided_at"])
