"""The rules that look at more than state, tier and role. Each returns the reason, or "". Pure."""

from apps.tickets.choices import Tier
from apps.tickets.workflow.types import ActorFacts, TicketFacts

MOST_SUSPENSIONS = 2
LEAST_CALLS = 3


def not_archived(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T40: an archived ticket is read-only."""
    return "已归档，只能查看。" if ticket.is_archived else ""


def not_designated(ticket: TicketFacts, actor: ActorFacts) -> str:
    """Invariant ④: who was designated cannot return the ticket."""
    return "这是指定承办件，不能再退单；有异议可在办结后申诉。" if ticket.is_designated else ""


def return_not_denied(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T13: after a denial the ticket counts as accepted and cannot be returned again."""
    return "退单申请已被驳回，不能再退。" if ticket.is_return_denied else ""


def within_return_window(ticket: TicketFacts, actor: ActorFacts) -> str:
    """One working day after the dispatch, two for complex ones; later it must be handled."""
    closes = ticket.complex_return_closes_at or ticket.return_closes_at
    if closes is not None and ticket.now > closes:
        return "已过退单期限（派单后 1 个工作日，复杂疑难 2 个工作日），须按期办理。"
    return ""


def needs_two_returns(ticket: TicketFacts, actor: ActorFacts) -> str:
    """decisions.md 11: the third dispatch, after two returns, may be a designation."""
    if ticket.return_count < 2:
        return f"第三次派单起才可指定承办，现已退单 {ticket.return_count} 次。"
    return ""


def extension_in_time(ticket: TicketFacts, actor: ActorFacts) -> str:
    """At least one working day before the due time (domain.md §2.2)."""
    closes = ticket.extension_closes_at
    if closes is not None and ticket.now > closes:
        return "申请延期须在到期前至少 1 个工作日提出，现在已过。请按期办理，或提请联动办。"
    return ""


def extension_not_waiting(ticket: TicketFacts, actor: ActorFacts) -> str:
    """One request at a time."""
    return "已有一份延期申请待审。" if "EXTENSION" in ticket.pending else ""


def extension_waiting(ticket: TicketFacts, actor: ActorFacts) -> str:
    """There must be something to decide."""
    return "" if "EXTENSION" in ticket.pending else "没有待审的延期申请。"


def extension_granted_by(ticket: TicketFacts, actor: ActorFacts) -> str:
    """The first by the hub, the second by the office (domain.md §2.2)."""
    if ticket.extension_count >= 1 and "OFFICE_CHIEF" not in actor.roles:
        return "再次延期须由区营商环境办负责人批准。"
    return ""


def not_suspended(ticket: TicketFacts, actor: ActorFacts) -> str:
    """A second clock stop inside a first makes no sense."""
    return "已在挂起中（待企业补件），请先恢复。" if ticket.is_suspended else ""


def suspended(ticket: TicketFacts, actor: ActorFacts) -> str:
    """Only what is suspended can be resumed."""
    return "" if ticket.is_suspended else "没有挂起，不用恢复。"


def suspension_left(ticket: TicketFacts, actor: ActorFacts) -> str:
    """decisions.md 5: at most twice."""
    if ticket.suspend_count >= MOST_SUSPENSIONS:
        return f"每件最多挂起 {MOST_SUSPENSIONS} 次，已经用完。"
    return ""


def handling_not_overdue(ticket: TicketFacts, actor: ActorFacts) -> str:
    """A clock that has run out cannot be stopped afterwards."""
    due = ticket.handling_due_at
    if due is not None and ticket.now >= due:
        return "办理时限已过，不能再停钟。请尽快提交结果，或提请联动办。"
    return ""


def assists_answered(ticket: TicketFacts, actor: ActorFacts) -> str:
    """Invariant ⑧: no result before the assisting units have answered or were exempted."""
    count = len(ticket.open_assist_ids)
    return f"还有 {count} 个协办单位没有反馈。请催办，或申请豁免。" if count else ""


def not_a_handler(ticket: TicketFacts, actor: ActorFacts) -> str:
    """Invariant ②: who handled a ticket never follows it up, nor does its first receiver."""
    if actor.user_id is not None and actor.user_id in ticket.handler_ids:
        return "您经办过这件工单，不能由您审核或回访。请换一位同事。"
    return ""


def has_feedback(ticket: TicketFacts, actor: ActorFacts) -> str:
    """Plan two (一)(2), three: closing needs a recorded answer to the enterprise."""
    if ticket.tier == Tier.CITY:
        return both_told(ticket, actor)
    return "" if ticket.feedback_units else "还没有反馈企业的记录。请先反馈企业并登记。"


def both_told(ticket: TicketFacts, actor: ActorFacts) -> str:
    """Plan three (四): the lead unit together with the township tells the enterprise.

    For hidden complainants the hub or the office speaks in place of the lead (decisions.md 15).
    """
    missing = []
    if ticket.hides_entity and ticket.lead_unit_id != ticket.first_unit_id:
        if not ticket.feedback_units - {ticket.first_unit_id}:
            missing.append("区网格化管理中心（代牵头部门）")
    elif ticket.lead_unit_id is None or ticket.lead_unit_id not in ticket.feedback_units:
        missing.append("牵头部门")
    if ticket.first_unit_id is None or ticket.first_unit_id not in ticket.feedback_units:
        missing.append("乡镇（街道）")
    if missing:
        return f"提级件须由牵头部门会同乡镇反馈企业，还缺{'、'.join(missing)}的反馈记录。"
    return ""


def has_lead(ticket: TicketFacts, actor: ActorFacts) -> str:
    """A ticket of the upper tiers needs to know who leads."""
    return "" if ticket.lead_unit_id is not None else "还没有牵头部门。请先明确牵头部门。"


def nothing_waits(ticket: TicketFacts, actor: ActorFacts) -> str:
    """A result cannot be handed in while an application about the term waits."""
    return "延期申请还没有审结。请等待审批，或联系审批人。" if "EXTENSION" in ticket.pending else ""


def tracking_not_waiting(ticket: TicketFacts, actor: ActorFacts) -> str:
    """One request at a time."""
    return "已有一份挂账申请待审。" if "TRACKING" in ticket.pending else ""


def tracking_waiting(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T33: the lead proposes, the office grants."""
    return "" if "TRACKING" in ticket.pending else "没有待审的挂账申请。"


def exclusion_open(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T39: within ten working days after the end, once."""
    if ticket.is_excluded:
        return "已经剔除统计。"
    if "EXCLUSION" in ticket.pending:
        return "已有一份剔除申请待审。"
    if ticket.exclude_closes_at is not None and ticket.now > ticket.exclude_closes_at:
        return "已过申请剔除的期限（销号后 10 个工作日）。"
    return ""


def exclusion_waiting(ticket: TicketFacts, actor: ActorFacts) -> str:
    """There must be something to decide."""
    return "" if "EXCLUSION" in ticket.pending else "没有待审的剔除申请。"


def second_person(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T39: two people of the office sign."""
    first = ticket.second_signature_by
    if first is not None and first == actor.user_id:
        return "剔除须两人审核，第二人不能是同一个人。"
    return ""


def reopen_in_time(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T36: the window in which an ended ticket is taken up again."""
    closes = ticket.reopen_closes_at
    if closes is not None and ticket.now > closes:
        return "已过 30 天的重开期限。企业再次提出时请新登记一件。"
    return ""


def unmerge_in_time(ticket: TicketFacts, actor: ActorFacts) -> str:
    """decisions.md 10: within 24 hours."""
    closes = ticket.unmerge_closes_at
    if closes is None or ticket.now > closes:
        return "并单超过 24 小时，不能再撤销。"
    return ""


def ready_to_archive(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T40: thirty days after the end."""
    start = ticket.archive_from
    if start is None or ticket.now < start:
        return "结束满 30 天后自动归档。"
    return ""


def calls_made(ticket: TicketFacts, actor: ActorFacts) -> str:
    """Shown where nobody was reached: three attempts at different times (domain.md §2.2)."""
    if ticket.call_count < LEAST_CALLS:
        return f"未接通须在 3 个不同时段拨打，现记录 {ticket.call_count} 次。"
    return ""


def tracking_left(ticket: TicketFacts, actor: ActorFacts) -> str:
    """T34 returns to the state that was left."""
    return "" if ticket.left_status is not None else "没有记录挂账前的环节。请联系区营商环境办。"


def own_draft(ticket: TicketFacts, actor: ActorFacts) -> str:
    """A draft belongs to who wrote it."""
    if ticket.creator_id is not None and ticket.creator_id != actor.user_id:
        return "这是别人的草稿。"
    return ""


def may_face_enterprise(ticket: TicketFacts, actor: ActorFacts) -> str:
    """decisions.md 15: for hidden complainants the first receiver or the hub speaks to them."""
    is_handler = actor.unit_id is not None and actor.unit_id != ticket.first_unit_id
    if ticket.hides_entity and is_handler and actor.unit_id in ticket.handling_unit_ids:
        return "这是投诉举报件，由首问单位或区网格化管理中心联系和反馈企业。"
    return ""
