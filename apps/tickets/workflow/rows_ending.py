"""回访、销号、撤单、重开、督办、剔除、归档 (plan three, four (三))."""

from collections.abc import Mapping
from typing import Any

from apps.tickets import choices
from apps.tickets.choices import OPEN, TERMINAL, ClockKind, Party, Status, Tier
from apps.tickets.workflow import fields, guards, people
from apps.tickets.workflow.people import whoever
from apps.tickets.workflow.types import ClockEffect, Effect, Field, Kind, TicketFacts, Transition

CALL = frozenset({Status.PENDING_FOLLOWUP})
ENDED = frozenset(TERMINAL)
AGAIN = (
    ClockEffect(Effect.AGAIN, ClockKind.HANDLING, "handle.redo", each="lead"),
    ClockEffect(Effect.REVIVE, ClockKind.TOTAL),
)
REDO_FIELDS = (
    fields.pick("cause", "不合格的地方", choices.RedoReason),
    fields.long("opinion", "要求", 5),
)
REACHED = ("reached", ("YES",))
YES_NO = (("YES", "是"), ("NO", "否"))


def redo_where(facts: TicketFacts, data: Mapping[str, Any]) -> tuple[Status, Tier]:
    """Who gave the answer does it again: the township, the lead, the meeting or the city tier."""
    return {
        Tier.ONSITE: Status.REGISTERED,
        Tier.HUB: Status.PROCESSING,
        Tier.JOINT: Status.JOINT_PROCESSING,
        Tier.CITY: Status.CITY_PROCESSING,
    }[facts.tier], facts.tier


def reopen_where(facts: TicketFacts, data: Mapping[str, Any]) -> tuple[Status, Tier]:
    """What the hub had in hand goes back to it, the rest to the first receiver."""
    if facts.was_dispatched or facts.tier != Tier.ONSITE:
        return Status.PENDING_DISPATCH, Tier.HUB
    return Status.REGISTERED, Tier.ONSITE


ROWS = (
    Transition(
        code="approve_result",
        number="T20",
        label="审核通过",
        sources=frozenset({Status.PENDING_REVIEW}),
        targets=CALL,
        tier=Tier.HUB,
        who=people.REVIEWERS,
        fields=(fields.NOTE,),
        guards=(guards.not_a_handler,),
        clause="三（二）",
    ),
    Transition(
        code="redo",
        number="T21",
        label="退回重办",
        sources=frozenset({Status.PENDING_REVIEW}),
        targets=frozenset({Status.PROCESSING}),
        tier=Tier.HUB,
        who=people.REVIEWERS,
        fields=REDO_FIELDS,
        clocks=AGAIN,
        guards=(guards.not_a_handler,),
        clause="三（二）、四（三）",
    ),
    Transition(
        code="redo",
        number="T21",
        label="退回重办",
        sources=CALL,
        targets=frozenset(
            {
                Status.REGISTERED,
                Status.PROCESSING,
                Status.JOINT_PROCESSING,
                Status.CITY_PROCESSING,
            }
        ),
        target=redo_where,
        who=(*people.CALLERS, *whoever(people.HUB_CHIEF)),
        fields=REDO_FIELDS,
        clocks=AGAIN,
        guards=(guards.not_a_handler,),
        clause="四（三）回访",
    ),
    Transition(
        code="log_call",
        number="T22",
        label="记一次未接通",
        sources=CALL,
        who=people.CALLERS,
        fields=(fields.NOTE,),
        guards=(guards.not_a_handler,),
        is_internal=True,
        clause="四（三）回访",
    ),
    Transition(
        code="close",
        number="T22",
        label="回访销号",
        sources=CALL,
        targets=frozenset({Status.CLOSED}),
        who=people.CALLERS,
        fields=(
            Field("reached", "接通了吗", Kind.CHOICE, choices=YES_NO),
            Field(
                "was_contacted",
                "承办单位联系过企业吗",
                Kind.CHOICE,
                is_required=False,
                choices=YES_NO,
                needed_if=REACHED,
            ),
            Field(
                "solved",
                "问题解决了吗",
                Kind.CHOICE,
                is_required=False,
                choices=tuple(choices.Solved.choices),
                needed_if=REACHED,
            ),
            Field(
                "answer_grade",
                "对答复满意吗",
                Kind.CHOICE,
                is_required=False,
                choices=tuple(choices.Satisfaction.choices),
                needed_if=REACHED,
            ),
            Field(
                "solution_grade",
                "对解决结果满意吗",
                Kind.CHOICE,
                is_required=False,
                choices=tuple(choices.Satisfaction.choices),
                needed_if=REACHED,
            ),
            fields.NOTE,
        ),
        guards=(guards.not_a_handler, guards.has_feedback),
        is_public=True,
        clause="三 件件有回音、四（三）回访",
    ),
    Transition(
        code="close_exempt",
        number="T23",
        label="免访销号",
        sources=CALL,
        targets=frozenset({Status.CLOSED}),
        who=people.CALLERS,
        fields=(fields.pick("cause", "免访理由", choices.ExemptReason), fields.NOTE),
        guards=(guards.not_a_handler, guards.has_feedback),
        is_public=True,
        clause="四（三）回访",
    ),
    Transition(
        code="withdraw",
        number="T35",
        label="企业撤单",
        sources=frozenset(OPEN),
        targets=frozenset({Status.WITHDRAWN}),
        who=(*people.FIRST, *whoever(people.HUB_DISPATCHER, people.HUB_CHIEF)),
        fields=(
            fields.pick("told_by", "企业怎样提出", choices.ToldBy),
            fields.long("reason", "企业说的原因", 5),
            Field("record_no", "留言或录音编号", is_required=False, most=60),
        ),
        is_public=True,
        is_final_word=True,
        clause="三",
        hint="只能由企业提出，之后逐件质检",
    ),
    Transition(
        code="inspect",
        number="T35",
        label="质检",
        sources=frozenset({Status.CLOSED, Status.WITHDRAWN}),
        who=people.CALLERS,
        fields=(
            Field("passed", "质检结论", Kind.CHOICE, choices=(("YES", "合格"), ("NO", "不合格"))),
            fields.long("opinion", "依据", 5),
        ),
        guards=(guards.not_archived, guards.not_a_handler),
        is_internal=True,
        clause="四（三）检查督导",
    ),
    Transition(
        code="reopen",
        number="T36",
        label="重开",
        sources=frozenset({Status.CLOSED, Status.WITHDRAWN, Status.REJECTED}),
        targets=frozenset({Status.PENDING_DISPATCH, Status.REGISTERED}),
        target=reopen_where,
        who=people.CALLERS,
        fields=(
            fields.pick("cause", "为什么重开", choices.ReopenReason),
            fields.long("opinion", "说明", 5),
        ),
        guards=(guards.not_archived, guards.reopen_in_time),
        is_public=True,
        clause="三 事事有着落",
    ),
    Transition(
        code="urge",
        number="T37",
        label="催办",
        sources=frozenset(OPEN),
        who=(
            *people.FIRST,
            *people.DISPATCHERS,
            *whoever(people.OFFICE_CLERK, people.LEADER),
            *people.SYSTEM_ONLY,
        ),
        fields=(fields.long("text", "催办内容", 2),),
        is_internal=True,
        clause="四（三）",
        hint="同一人对同一件 24 小时内一次",
    ),
    Transition(
        code="supervise",
        number="T37",
        label="发督办单",
        sources=frozenset(OPEN),
        who=whoever(people.HUB_CHIEF, people.OFFICE_CLERK, people.OFFICE_CHIEF, people.LEADER),
        fields=(
            Field("unit", "被督办单位", Kind.UNIT),
            Field(
                "level",
                "级别",
                Kind.CHOICE,
                choices=tuple(
                    pair
                    for pair in choices.SupervisionLevel.choices
                    if pair[0] != choices.SupervisionLevel.URGE
                ),
            ),
            fields.long("demand", "督办要求", 5),
            Field("days", "几个工作日内回复", Kind.NUMBER, least=1, most=10),
        ),
        clocks=(
            ClockEffect(Effect.START, ClockKind.SUPERVISION, "supervision", each="supervision"),
        ),
        is_internal=True,
        clause="四（三）检查督导",
    ),
    Transition(
        code="reply_supervision",
        number="T37",
        label="回复督办",
        sources=frozenset(Status) - {Status.DRAFT},
        who=whoever(
            people.LIAISON,
            people.COMMISSIONER,
            people.TEAM_LEADER,
            people.OFFICER,
            party=Party.SUPERVISED,
        ),
        fields=(
            Field("supervision", "督办单", Kind.SUPERVISION),
            fields.long("text", "整改情况", 5),
        ),
        clocks=(ClockEffect(Effect.STOP, ClockKind.SUPERVISION, each="supervision"),),
        is_internal=True,
        clause="四（三）",
    ),
    Transition(
        code="transfer",
        number="T38",
        label="移交",
        sources=frozenset(Status) - {Status.DRAFT},
        who=whoever(people.OFFICE_CHIEF),
        fields=(
            Field("receiver", "接收单位", least=2, most=60),
            fields.long("matter", "事由和材料", 10),
        ),
        is_internal=True,
        is_final_word=True,
        clause="四（三）推诿扯皮、不担当不作为移交",
        hint="只有区营商环境办负责人和督导可见",
    ),
    Transition(
        code="request_exclusion",
        number="T39",
        label="申请剔除",
        sources=frozenset({Status.CLOSED}),
        who=people.LEAD,
        fields=(
            fields.pick("case", "情形", choices.ExclusionCase),
            fields.long("basis", "依据", 10),
        ),
        guards=(guards.not_archived, guards.exclusion_open),
        is_internal=True,
        clause="三（一）受客观因素影响",
    ),
    Transition(
        code="approve_exclusion",
        number="T39",
        label="同意剔除",
        sources=frozenset({Status.CLOSED}),
        who=people.OFFICE,
        fields=(fields.long("opinion", "意见", 2),),
        guards=(guards.exclusion_waiting, guards.second_person, guards.not_a_handler),
        is_internal=True,
        clause="三（一）",
        hint="须两人先后审核",
    ),
    Transition(
        code="deny_exclusion",
        number="T39",
        label="不同意剔除",
        sources=frozenset({Status.CLOSED}),
        who=people.OFFICE,
        fields=(fields.long("opinion", "意见", 2),),
        guards=(guards.exclusion_waiting, guards.not_a_handler),
        is_internal=True,
        clause="三（一）",
    ),
    Transition(
        code="archive",
        number="T40",
        label="归档",
        sources=ENDED,
        who=people.SYSTEM_ONLY,
        guards=(guards.not_archived, guards.ready_to_archive),
        is_internal=True,
        clause="四（四）",
    ),
)
