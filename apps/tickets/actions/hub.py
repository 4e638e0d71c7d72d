"""T06–T14 中枢办: dispatching, sending back, refusing, merging, returns."""

from datetime import datetime

from apps.tickets.actions._facts import apply_for, decide, dispatch_to, feed_back, unbind
from apps.tickets.actions._move import Move, handles, perform
from apps.tickets.choices import (
    OPEN,
    ApplicationKind,
    ApplicationState,
    AssignmentState,
    ReturnReason,
)
from apps.tickets.clocks import due_of
from apps.tickets.models import Ticket
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import load_case

LEAST_OTHER_REASON = 30


@handles("dispatch")
def dispatch(move: Move) -> None:
    """One lead, any assisting units; the first dispatch sets the enterprise's own deadline."""
    dispatch_to(move, move.data["lead"], move.data["assists"])
    if move.data["note"]:
        move.text = f"{move.text}。{move.data['note']}"


@handles("designate")
def designate(move: Move) -> None:
    """The third dispatch as a designation: it cannot be returned (decisions.md 11)."""
    dispatch_to(move, move.data["lead"], move.data["assists"], is_designated=True)
    move.text = f"{move.text}。会商：{move.data['consultation']}"


@handles("recall")
def recall(move: Move) -> None:
    """Before acceptance a dispatch can be taken back; it does not count as a return."""
    unbind(move, AssignmentState.RECALLED)
    move.text = move.data["reason"]


@handles("send_back")
def send_back(move: Move) -> None:
    """The first receiver adds what is missing; the enterprise is not asked again."""
    move.text = move.data["missing"]


@handles("reject")
def reject(move: Move) -> None:
    """Not accepted: with a basis, another way, and the enterprise told."""
    move.text = f"{move.data['basis']}\n其他途径：{move.data['advice']}"
    move.facts["code"] = move.data["code"]
    move.changes |= {"answer": move.data["advice"], "basis": move.data["basis"]}
    feed_back(move, text=move.data["advice"])


@handles("request_return")
def request_return(move: Move) -> None:
    """Within one working day of the dispatch, two for complex ones (domain.md §2.2)."""
    data, before = move.data, move.before
    if not data["is_complex"] and before.return_closes_at and move.now > before.return_closes_at:
        raise move.refuse(
            "已过一般件的退单期限（派单后 1 个工作日）。确属复杂疑难的请勾选后再提交。",
            "is_complex",
        )
    if data["code"] == ReturnReason.R6 and len(data["basis"]) < LEAST_OTHER_REASON:
        raise move.refuse(f"其他理由须写 {LEAST_OTHER_REASON} 字以上。", "basis")
    suggested = data["suggested"]
    apply_for(
        move,
        ApplicationKind.RETURN,
        data["basis"],
        code=data["code"],
        is_complex=data["is_complex"],
        confirmed_by=data["confirmed_by"],
        suggested=suggested.pk if suggested else None,
        left_status=move.ticket.status,
    )
    move.facts["code"] = data["code"]


@handles("approve_return")
def approve_return(move: Move) -> None:
    """Back to the pool; this unit's term does not count against it (T12)."""
    decide(move, ApplicationKind.RETURN, ApplicationState.APPROVED)
    unbind(move, AssignmentState.RETURNED)
    move.changes["return_count"] = move.ticket.return_count + 1


@handles("deny_return")
def deny_return(move: Move) -> None:
    """Counts as accepted, and cannot be returned again (T13)."""
    decide(move, ApplicationKind.RETURN, ApplicationState.DENIED)
    move.changes["is_return_denied"] = True
    take_over(move)


def take_over(move: Move) -> None:
    """The lead has accepted."""
    lead = move.case.lead
    if lead is not None:
        lead.state = AssignmentState.PROCESSING
        lead.accepted_at = lead.accepted_at or move.now
        lead.save(update_fields=["state", "accepted_at"])
    if move.ticket.accepted_at is None:
        move.changes["accepted_at"] = move.now
    move.facts["needs_contact"] = move.ticket.contacted_at is None


# ---- merging --------------------------------------------------------------------------------
@handles("merge")
def merge(move: Move) -> None:
    """The same thing twice: the master keeps the earliest term (T09)."""
    ticket = move.ticket
    master = Ticket.objects.select_for_update().get(pk=move.data["master"].pk)
    if master.pk == ticket.pk:
        raise move.refuse("不能并入自己。请选另一件工单。", "master")
    if master.status not in OPEN:
        raise move.refuse("主单已经结束，不能并入。请选一件在办的工单。", "master")
    if ticket.absorbed.exists():
        raise move.refuse("这件工单下面已有并入的工单，请反过来并单。", "master")
    _check_secrecy(move, master)
    move.text = f"并入 {master.number}：{move.data['reason']}"
    move.facts["master"] = master.pk
    move.changes |= {
        "merged_into_id": master.pk,
        "left_status": ticket.status,
        "left_tier": ticket.tier,
        "is_suspended": False,
    }
    _absorb(move, master)


def _check_secrecy(move: Move, master: Ticket) -> None:
    """A merge must not show to a unit or a person what the ticket kept from them."""
    ticket = move.ticket
    if ticket.hides_entity and not master.hides_entity:
        raise move.refuse("投诉举报件不能并入普通工单，以免泄露企业信息。", "master")
    if ticket.is_restricted and not master.is_restricted:
        raise move.refuse("仅指定人员可见的工单不能并入普通工单。", "master")
    if ticket.complained_unit_id and ticket.complained_unit_id != master.complained_unit_id:
        raise move.refuse("两件工单的被反映单位不同，不能并单。", "master")


def _absorb(move: Move, master: Ticket) -> None:
    """Tell the master, and cap its handling clock where the other one's is earlier."""
    mine = due_of_handling(move.ticket, move.now)
    perform(
        ticket=master,
        action="absorb",
        by=None,
        now=move.now,
        data=None,
        extra={
            "cap_at": mine.isoformat() if mine else None,
            "ticket": move.ticket.pk,
            "number": move.ticket.number,
            "reason": move.data["reason"],
            "who": move.by.name if move.by else "",
        },
    )


def due_of_handling(ticket: Ticket, now: datetime) -> datetime | None:
    """Return when the lead's term runs out, or None when there is none running."""
    case = load_case(ticket, now=now, book=load_book())
    clock = next((c for c in case.clocks if c.kind == "HANDLING" and c.is_open), None)
    return due_of(clock, case.book).at if clock else None


@handles("absorb")
def absorb(move: Move) -> None:
    """The master's side of a merge."""
    move.text = f"{move.facts['number']} 并入本单：{move.facts['reason']}{_hand(move)}"


@handles("unmerge")
def unmerge(move: Move) -> None:
    """Within a day the merge is undone: state and clocks as they were (decisions.md 10)."""
    last = next(event for event in reversed(move.case.events) if event.code == "merge")
    move.text = move.data["reason"]
    move.facts["merge_seq"] = last.seq
    waits = any(c.kind == "SUSPENSION" and c.stopped_seq == last.seq for c in move.case.clocks)
    move.changes |= {
        "merged_into_id": None,
        "left_status": "",
        "left_tier": "",
        "is_suspended": waits,
    }
    master = move.ticket.merged_into
    if master is not None and master.status in OPEN:
        perform(
            ticket=master,
            action="release",
            by=None,
            now=move.now,
            data=None,
            extra={
                "ticket": move.ticket.pk,
                "number": move.ticket.number,
                "reason": move.data["reason"],
                "who": move.by.name if move.by else "",
            },
        )


@handles("release")
def release(move: Move) -> None:
    """The master's side of an undone merge."""
    move.text = f"{move.facts['number']} 撤出并单：{move.facts['reason']}{_hand(move)}"


def _hand(move: Move) -> str:
    """Name the person: on the master's side the step is the system's."""
    return f"（{move.facts['who']}）" if move.facts["who"] else ""
