"""Who is told what: one row per event of the table and per milestone of a clock.

The first receiver hears of every step until the end (首问负责制, plan three); the others hear what
they have to act on. Sources: decisions.md 4, domain.md §2.3, plan two (一)(2).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.tickets.choices import ClockKind, Status
from apps.tickets.milestones import BEFORE_2, DUE, DUE_DAY, OVER_1, OVER_3, OVER_5, SUGGEST


class To(StrEnum):
    """A part on a ticket that somebody plays; resolved to people by ``queries.audience``."""

    FIRST = "FIRST"  # 首问责任人
    FORMER_FIRST = "FORMER_FIRST"
    TOWN_HEAD = "TOWN_HEAD"
    LEAD = "LEAD"  # liaison of the lead unit
    COMMISSIONER = "COMMISSIONER"
    FORMER_LEAD = "FORMER_LEAD"
    HANDLER = "HANDLER"
    ASSISTS = "ASSISTS"  # liaisons of the assisting units that the event names
    EXPERT = "EXPERT"  # the expert whom the event or the clock names
    APPLICANT = "APPLICANT"  # who asked for what was decided
    SUPERVISED = "SUPERVISED"
    ISSUER = "ISSUER"  # who issued the order that is answered
    NAMED_UNIT = "NAMED_UNIT"  # the unit that a resolution names
    HUB = "HUB"
    HUB_CHIEF = "HUB_CHIEF"
    OFFICE = "OFFICE"
    OFFICE_CHIEF = "OFFICE_CHIEF"
    CALLERS = "CALLERS"  # 回访员
    INSPECTORS = "INSPECTORS"


@dataclass(frozen=True)
class Word:
    """Whom to tell, and the sentence: ``{due}`` is the deadline, ``{who}`` who acted."""

    say: str
    to: tuple[To, ...]


def _word(say: str, *to: To) -> Word:
    return Word(say, to)


FIRST, LEAD, HANDLER, HUB = To.FIRST, To.LEAD, To.HANDLER, To.HUB
COMMISSIONER = To.COMMISSIONER

#: events about which nobody needs a message
SILENT = frozenset(
    {"save_draft", "note", "log_call", "inspect", "archive", "milestone", "recalendar", "attach"}
)
#: after which event who is told; a state in the key narrows it to that outcome
MOVES: Mapping[str | tuple[str, Status], Word] = {
    # 即时办
    "register": _word("新登记的诉求由您首问，请在{due}前答复", FIRST),
    "intake_hotline": _word("12345工单已登记，待派单", FIRST, HUB),
    ("resolve_onsite", Status.CLOSED): _word("已现场答复并销号", FIRST),
    ("resolve_onsite", Status.PENDING_FOLLOWUP): _word("已现场答复，待回访", To.CALLERS, FIRST),
    "request_expert": _word("请您协助答复，请在{due}前回复", To.EXPERT),
    "answer_expert": _word("专家已答复协助", FIRST),
    "decline_expert": _word("专家谢绝协助，请另请专家或转中枢办", FIRST),
    "expire_expert": _word("专家逾时未答，请另请专家或转中枢办", FIRST, To.EXPERT),
    "escalate_hub": _word("转到中枢办，待派单", HUB, FIRST),
    # 中枢办
    "dispatch": _word("派到您单位，办理时限{due}", LEAD, COMMISSIONER, To.ASSISTS, FIRST),
    "designate": _word("指定您单位承办，办理时限{due}", LEAD, COMMISSIONER, To.ASSISTS, FIRST),
    "send_back": _word("退回补充，请补齐后再转中枢办", FIRST),
    "reject": _word("不予受理", FIRST),
    "merge": _word("已并入另一件工单", FIRST, LEAD, HANDLER),
    "absorb": _word("有工单并入，请一并办理", FIRST, LEAD, HANDLER),
    "unmerge": _word("已撤销并单，恢复办理", FIRST, LEAD, HANDLER),
    "release": _word("并入的工单已撤出", FIRST, LEAD, HANDLER),
    "recall": _word("派单已撤回，不用办理", To.FORMER_LEAD, FIRST),
    "request_return": _word("申请退单，请审核", To.HUB_CHIEF, FIRST),
    "approve_return": _word("退单已同意，待重新派单", To.FORMER_LEAD, HUB, FIRST),
    "deny_return": _word("退单未同意，请按期办理，时限{due}", LEAD, COMMISSIONER, FIRST),
    # 承办
    "accept": _word("已签收，办理时限{due}", FIRST, HANDLER),
    "assign_handler": _word("由您经办，办理时限{due}", HANDLER),
    "hand_over": _word("首问责任人已更换", FIRST, To.FORMER_FIRST),
    "add_assist": _word("请您单位协办", To.ASSISTS, LEAD),
    "answer_assist": _word("协办单位已反馈意见", LEAD, HANDLER),
    "waive_assist": _word("协办已豁免", LEAD, HANDLER, To.ASSISTS),
    "contact": _word("已联系企业", FIRST, HANDLER),
    "progress": _word("有新进展", FIRST, LEAD, HANDLER),
    "give_feedback": _word("已反馈企业", FIRST, LEAD, HANDLER),
    "draft_result": _word("办理结果已起草，请审定提交", LEAD, COMMISSIONER),
    "request_extension": _word("申请延期，请审核", To.HUB_CHIEF, FIRST),
    "approve_extension": _word("延期已同意，办理时限{due}", To.APPLICANT, LEAD, HANDLER, FIRST),
    "deny_extension": _word("延期未同意，办理时限{due}", To.APPLICANT, LEAD, HANDLER, FIRST),
    "suspend": _word("已挂起，待企业补件", FIRST, HANDLER),
    "unsuspend": _word("已恢复办理，办理时限{due}", LEAD, HANDLER, FIRST),
    "submit_result": _word("办理结果待审核", HUB, FIRST),
    "approve_result": _word("办理结果审核通过，待回访", To.CALLERS, LEAD, FIRST),
    # 联动办、提级办、挂账
    "escalate_joint": _word(
        "提请联动办，请研判报批", To.OFFICE, To.OFFICE_CHIEF, LEAD, COMMISSIONER, FIRST
    ),
    "back_hub": _word("联动办退回中枢，待派单", HUB, To.FORMER_LEAD, FIRST),
    "approve_joint": _word("进入联动办理", LEAD, COMMISSIONER, FIRST),
    "add_meeting": _word("联席会议有新的议定事项", To.NAMED_UNIT, LEAD, FIRST),
    "finish_joint": _word("联动办结，待回访", To.CALLERS, LEAD, FIRST),
    "escalate_city": _word("提请提级办", To.OFFICE, LEAD, COMMISSIONER, FIRST),
    "send_city": _word("提请函已发出", LEAD, FIRST),
    "city_reply": _word("市级已答复，待回访", To.CALLERS, LEAD, FIRST),
    "city_back": _word("市级退回，继续联动办理", To.OFFICE, LEAD, FIRST),
    "request_track": _word("申请挂账，请审核", To.OFFICE_CHIEF, FIRST),
    "track": _word("同意挂账，请按月更新进展", To.APPLICANT, LEAD, HANDLER, FIRST),
    "deny_track": _word("挂账未同意，请按期办理", To.APPLICANT, LEAD, HANDLER, FIRST),
    "resume": _word("挂账结束，恢复办理，时限{due}", LEAD, HANDLER, FIRST, To.OFFICE),
    # 回访、结束、督促
    "redo": _word("退回重办，时限{due}", LEAD, COMMISSIONER, HANDLER, FIRST),
    "close": _word("已回访销号", FIRST, LEAD, HANDLER),
    "close_exempt": _word("已销号", FIRST, LEAD, HANDLER),
    "withdraw": _word("企业已撤单，待质检", To.CALLERS, LEAD, HANDLER, FIRST),
    ("reopen", Status.PENDING_DISPATCH): _word("已重开，待派单", HUB, FIRST),
    ("reopen", Status.REGISTERED): _word("已重开，请在{due}前答复", FIRST),
    "urge": _word("有人催办，请抓紧办理，时限{due}", LEAD, COMMISSIONER, HANDLER, FIRST),
    "supervise": _word("收到督办单，请按期回复", To.SUPERVISED, FIRST),
    "reply_supervision": _word("督办已回复", To.ISSUER, FIRST),
    "transfer": _word("收到移交件", To.INSPECTORS),
    "request_exclusion": _word("申请剔除统计，请审核", To.OFFICE, To.OFFICE_CHIEF),
    "approve_exclusion": _word("剔除申请已审核", To.APPLICANT),
    "deny_exclusion": _word("剔除申请未同意", To.APPLICANT),
}

#: when which clock rings who is told (decisions.md 4)
RINGS: Mapping[tuple[ClockKind, str], Word] = {
    (ClockKind.ONSITE, DUE): _word("即时答复到期，请答复企业", FIRST),
    (ClockKind.ONSITE, SUGGEST): _word("仍未答复，建议转中枢办", FIRST, To.TOWN_HEAD),
    (ClockKind.EXPERT, DUE): _word("专家逾时未答，请另请专家或转中枢办", FIRST, To.EXPERT),
    (ClockKind.DISPATCH, DUE): _word("超时未派单，请尽快派单", HUB, FIRST),
    (ClockKind.ACCEPT, DUE): _word("超时未签收，请立即签收", LEAD, COMMISSIONER, HUB, FIRST),
    (ClockKind.FIRST_CONTACT, DUE): _word("还没有联系企业，请尽快联系", LEAD, HANDLER, FIRST),
    (ClockKind.HANDLING, BEFORE_2): _word("还剩 2 个工作日，时限{due}", LEAD, HANDLER, FIRST),
    (ClockKind.HANDLING, DUE_DAY): _word(
        "今天到期，请抓紧办结", LEAD, COMMISSIONER, HANDLER, FIRST
    ),
    (ClockKind.HANDLING, OVER_1): _word(
        "已超期 1 个工作日，督办单草稿已生成", LEAD, COMMISSIONER, HANDLER, To.HUB_CHIEF, FIRST
    ),
    (ClockKind.HANDLING, OVER_3): _word(
        "已超期 3 个工作日，建议提请联动办",
        LEAD,
        COMMISSIONER,
        HANDLER,
        HUB,
        To.OFFICE,
        To.OFFICE_CHIEF,
        FIRST,
    ),
    (ClockKind.HANDLING, OVER_5): _word(
        "已超期 5 个工作日", LEAD, COMMISSIONER, HANDLER, To.OFFICE, To.OFFICE_CHIEF, FIRST
    ),
    (ClockKind.ASSIST, DUE): _word("协办意见到期，请反馈", To.ASSISTS, LEAD),
    (ClockKind.RETURN_REVIEW, DUE): _word("退单申请待审超时，请审核", To.HUB_CHIEF),
    (ClockKind.EXTENSION_REVIEW, DUE): _word("延期申请待审超时，请审核", To.HUB_CHIEF),
    (ClockKind.REVIEW, DUE): _word("办理结果待审超时，请审核", HUB),
    (ClockKind.FOLLOWUP, DUE): _word("回访到期，请回访", To.CALLERS),
    (ClockKind.STAGE, DUE): _word(
        "阶段答复到期，请答复企业", To.OFFICE, To.OFFICE_CHIEF, LEAD, FIRST
    ),
    (ClockKind.TRACKING, DUE): _word("挂账进展到期，请更新", LEAD, HANDLER, To.OFFICE, FIRST),
    (ClockKind.PLAN, DUE): _word("计划完成日已到，恢复办理", LEAD, HANDLER, To.OFFICE, FIRST),
    (ClockKind.SUSPENSION, DUE): _word("挂起期满，恢复办理", LEAD, HANDLER, FIRST),
    (ClockKind.SUPERVISION, DUE): _word(
        "督办回复到期，请回复", To.SUPERVISED, To.OFFICE, To.HUB_CHIEF
    ),
}


def word_for_move(code: str, status: str) -> Word | None:
    """Return what is said after an event that led to a state, or None for a silent one."""
    return MOVES.get((code, Status(status))) or MOVES.get(code)


def parties(words: Iterable[Word]) -> set[To]:
    """Return every part that some words address."""
    return {part for word in words for part in word.to}
