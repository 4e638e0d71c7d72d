"""联动办, 提级办 and 挂账 (plan three (三), (四)): records of the meetings come with their own app."""

from apps.tickets import choices
from apps.tickets.choices import ClockKind, Party, Status, Tier
from apps.tickets.workflow import fields, guards, people
from apps.tickets.workflow.people import whoever
from apps.tickets.workflow.rows_handling import STOP_HANDLING
from apps.tickets.workflow.rows_hub import UNBOUND, back_where_it_was
from apps.tickets.workflow.types import ClockEffect, Effect, Field, Kind, Transition

JOINT_FIELDS = (
    fields.pick("cause", "为什么要联动", choices.JointReason),
    fields.long("obstacle", "卡在哪里", 10),
    fields.long("done", "已做的工作", 5),
    Field("units", "建议参会单位", Kind.UNITS, is_required=False),
)
TO_JOINT = (
    ClockEffect(Effect.PAUSE, ClockKind.HANDLING),
    ClockEffect(Effect.STOP, ClockKind.EXTENSION_REVIEW),
    ClockEffect(Effect.STOP, ClockKind.SUSPENSION),
)
TOWN_HEAD = whoever(people.TEAM_LEADER, party=Party.FIRST)
COMMISSIONER = whoever(people.COMMISSIONER, party=Party.LEAD)
HUB_HEAD = whoever(people.HUB_CHIEF)
UPPER = frozenset({Status.JOINT_PROCESSING, Status.CITY_PROCESSING})
LEAD_IF_NONE = Field("lead", "牵头部门", Kind.UNIT, is_required=False, hint="还没有主办单位的必填")


def _to_joint(sources: frozenset[Status | None], who: tuple) -> Transition:
    return Transition(
        code="escalate_joint",
        number="T24",
        label="提请联动办",
        sources=sources,
        targets=frozenset({Status.JOINT_DRAFTING}),
        tier=Tier.JOINT,
        # a ticket that has been in the city's hands does not go back to a district meeting
        tiers=frozenset({Tier.ONSITE, Tier.HUB, Tier.JOINT}),
        who=who,
        fields=JOINT_FIELDS,
        clocks=TO_JOINT,
        is_public=True,
        is_final_word=True,
        clause="三（三）",
    )


ROWS = (
    _to_joint(frozenset({Status.REGISTERED}), (*TOWN_HEAD, *people.OFFICE)),
    _to_joint(frozenset({Status.PENDING_DISPATCH}), (*TOWN_HEAD, *HUB_HEAD, *people.OFFICE)),
    _to_joint(
        frozenset({Status.PROCESSING, Status.PENDING_REVIEW, Status.PENDING_FOLLOWUP}),
        (*TOWN_HEAD, *COMMISSIONER, *HUB_HEAD, *people.OFFICE),
    ),
    Transition(
        code="back_hub",
        number="T25",
        label="退回中枢",
        sources=frozenset({Status.JOINT_DRAFTING}),
        targets=frozenset({Status.PENDING_DISPATCH}),
        tier=Tier.HUB,
        who=people.OFFICE,
        fields=(fields.REASON,),
        clocks=UNBOUND,
        clause="三（三）",
    ),
    Transition(
        code="approve_joint",
        number="T26",
        label="报批通过",
        sources=frozenset({Status.JOINT_DRAFTING}),
        targets=frozenset({Status.JOINT_PROCESSING}),
        tier=Tier.JOINT,
        who=people.OFFICE,
        fields=(
            Field("asked_on", "报请日期", Kind.DATE),
            Field("leader", "分管负责同志", least=2, most=30),
            fields.long("instruction", "批示摘要", 2),
            LEAD_IF_NONE,
        ),
        is_public=True,
        clause="三（三）报请区政府分管负责同志",
    ),
    Transition(
        code="add_meeting",
        number="T27",
        label="记议定事项",
        sources=frozenset({Status.JOINT_PROCESSING}),
        who=people.OFFICE,
        fields=(
            Field("meeting", "会议名称", least=2, most=60),
            Field("held_on", "会议日期", Kind.DATE),
            fields.long("resolution", "议定事项", 5),
            Field("unit", "责任单位", Kind.UNIT),
            Field("due_on", "完成日期", Kind.DATE),
        ),
        counts_as_progress=True,
        clause="三（三）联席会议协调督办",
    ),
    Transition(
        code="finish_joint",
        number="T28",
        label="联动办结",
        sources=frozenset({Status.JOINT_PROCESSING}),
        targets=frozenset({Status.PENDING_FOLLOWUP}),
        tier=Tier.JOINT,
        who=people.OFFICE,
        fields=(
            fields.long("done", "议定事项完成或取消的情况", 5),
            fields.OUTCOME,
            fields.ANSWER,
            fields.BASIS,
            fields.HEAD,
        ),
        clocks=STOP_HANDLING,
        guards=(guards.has_feedback,),
        is_public=True,
        is_final_word=True,
        clause="三（三）",
    ),
    Transition(
        code="escalate_city",
        number="T29",
        label="提请提级办",
        sources=frozenset({Status.JOINT_DRAFTING, Status.JOINT_PROCESSING}),
        targets=frozenset({Status.CITY_DRAFTING}),
        tier=Tier.CITY,
        who=people.OFFICE_HEAD,
        fields=(
            fields.pick("cause", "为什么要提级", choices.CityReason),
            fields.long("done", "区级已做的工作", 10),
            fields.long("wish", "建议市级支持的事项", 5),
            LEAD_IF_NONE,
        ),
        is_public=True,
        is_final_word=True,
        clause="三（四）",
    ),
    Transition(
        code="send_city",
        number="T30",
        label="发提请函",
        sources=frozenset({Status.CITY_DRAFTING}),
        targets=frozenset({Status.CITY_PROCESSING}),
        tier=Tier.CITY,
        who=people.OFFICE,
        fields=(
            Field("letter_no", "函号", least=2, most=40),
            Field("sent_on", "发函日期", Kind.DATE),
            Field("receiver", "市级接收单位", least=2, most=60),
        ),
        is_public=True,
        clause="三（四）提请市政务服务办",
    ),
    Transition(
        code="city_reply",
        number="T31",
        label="登记市级答复",
        sources=frozenset({Status.CITY_PROCESSING}),
        targets=frozenset({Status.PENDING_FOLLOWUP}),
        tier=Tier.CITY,
        who=people.OFFICE,
        fields=(
            fields.long("opinion", "市级意见", 5),
            fields.OUTCOME,
            fields.ANSWER,
            fields.BASIS,
            fields.HEAD,
        ),
        clocks=STOP_HANDLING,
        guards=(guards.both_told,),
        is_public=True,
        is_final_word=True,
        clause="三（四）牵头部门会同乡镇反馈",
    ),
    Transition(
        code="city_back",
        number="T32",
        label="市级退回",
        sources=frozenset({Status.CITY_PROCESSING}),
        targets=frozenset({Status.JOINT_PROCESSING}),
        tier=Tier.JOINT,
        who=people.OFFICE,
        fields=(fields.long("opinion", "市级意见", 5),),
        clause="三（四）",
    ),
    Transition(
        code="request_track",
        number="T33",
        label="申请挂账",
        sources=frozenset({Status.PROCESSING, *UPPER}),
        who=(*people.LEAD, *whoever(people.OFFICE_CLERK)),
        fields=(
            fields.pick("basis", "计划依据", choices.PlanBasis),
            Field("plan_on", "计划完成日", Kind.DATE),
            fields.long("reason", "计划和目前情况", 5),
            Field("told_by", "告知企业的方式", Kind.CHOICE, choices=tuple(choices.ToldBy.choices)),
        ),
        guards=(guards.tracking_not_waiting, guards.not_suspended),
        clause="三（三）短期内难以协调解决",
    ),
    Transition(
        code="track",
        number="T33",
        label="同意挂账",
        sources=frozenset({Status.PROCESSING, *UPPER}),
        targets=frozenset({Status.TRACKING}),
        who=people.OFFICE_HEAD,
        fields=(fields.long("opinion", "意见", 2),),
        clocks=(
            ClockEffect(Effect.PAUSE, ClockKind.HANDLING),
            ClockEffect(Effect.STOP, ClockKind.EXTENSION_REVIEW),
            ClockEffect(Effect.STOP, ClockKind.SUSPENSION),
            ClockEffect(Effect.START, ClockKind.PLAN, fixed="plan_at"),
        ),
        guards=(guards.tracking_waiting, guards.not_a_handler),
        is_public=True,
        clause="三（三）",
    ),
    Transition(
        code="deny_track",
        number="T33",
        label="不同意挂账",
        sources=frozenset({Status.PROCESSING, *UPPER}),
        who=people.OFFICE_HEAD,
        fields=(fields.long("opinion", "意见", 2),),
        guards=(guards.tracking_waiting, guards.not_a_handler),
        clause="三（三）",
    ),
    Transition(
        code="resume",
        number="T34",
        label="恢复办理",
        sources=frozenset({Status.TRACKING}),
        targets=frozenset({Status.PROCESSING, *UPPER}),
        target=back_where_it_was,
        who=(*people.LEAD, *people.OFFICE, *people.SYSTEM_ONLY),
        fields=(fields.NOTE,),
        clocks=(
            ClockEffect(Effect.STOP, ClockKind.HANDLING),
            ClockEffect(Effect.START, ClockKind.HANDLING, "handle.lead", each="lead"),
            ClockEffect(Effect.STOP, ClockKind.PLAN),
        ),
        guards=(guards.tracking_left,),
        clause="三（三）",
        hint="承办时限重新计 7 个工作日",
    ),
)
