"""即时办 (plan three (一)): registering, the answer on the spot, the experts, the way to the hub."""

from collections.abc import Mapping
from typing import Any

from apps.tickets import choices
from apps.tickets.choices import OPEN, ClockKind, Party, Status, Tier
from apps.tickets.workflow import fields, guards, people
from apps.tickets.workflow.people import whoever
from apps.tickets.workflow.types import ClockEffect, Effect, Field, Kind, TicketFacts, Transition

REGISTRARS = whoever(
    people.OFFICER,
    people.TEAM_LEADER,
    people.LIAISON,
    people.COMMISSIONER,
    people.HUB_DISPATCHER,
    people.HUB_CHIEF,
    people.OFFICE_CLERK,
    people.OFFICE_CHIEF,
    people.FOLLOWUP_CLERK,
    people.LEADER,
)
REQUEST = (
    Field("entity", "企业", Kind.TEXT, hint="从经营主体库选；没有的先新增"),
    fields.long(
        "content", "诉求内容", fields.LEAST_CONTENT, hint="照原话记，写清时间、地点、想要的结果"
    ),
    fields.pick("source", "来源", choices.Source),
    fields.pick("nature", "诉求性质", choices.Nature, is_required=False),
    Field("category", "诉求类别", is_required=False, most=10),
    fields.URGENCY,
    Field("contact_name", "联系人", is_required=False, most=30),
    Field("contact_phone", "联系电话", is_required=False, most=30, hint="企业没有登记电话时必填"),
    Field("wish", "企业希望的时间", is_required=False, most=60),
    Field("complained_unit", "被反映单位", Kind.UNIT, is_required=False),
)


def after_onsite(facts: TicketFacts, data: Mapping[str, Any]) -> tuple[Status, Tier]:
    """Those drawn for a call wait for it, the others are finished (domain.md §2.2)."""
    return (Status.PENDING_FOLLOWUP if data.get("sampled") else Status.CLOSED), Tier.ONSITE


ROWS = (
    Transition(
        code="save_draft",
        number="T01",
        label="存草稿",
        sources=frozenset({None, Status.DRAFT}),
        targets=frozenset({Status.DRAFT}),
        tier=Tier.ONSITE,
        who=REGISTRARS,
        guards=(guards.own_draft,),
        clause="三（首问负责制）",
    ),
    Transition(
        code="register",
        number="T01",
        label="登记",
        sources=frozenset({None, Status.DRAFT}),
        targets=frozenset({Status.REGISTERED}),
        tier=Tier.ONSITE,
        who=REGISTRARS,
        fields=REQUEST,
        guards=(guards.own_draft,),
        is_public=True,
        clause="三（首问负责制）",
    ),
    Transition(
        code="intake_hotline",
        number="T02",
        label="登记12345工单",
        sources=frozenset({None}),
        targets=frozenset({Status.PENDING_DISPATCH}),
        tier=Tier.HUB,
        who=whoever(people.HUB_DISPATCHER, people.HUB_CHIEF),
        fields=(
            *REQUEST,
            Field("hotline_no", "12345工单号", most=40),
            Field("hotline_at", "12345派单时间", Kind.MOMENT),
            Field("hotline_due_at", "12345办理时限", Kind.MOMENT, is_required=False),
        ),
        is_public=True,
        clause="一（一）、三（二）",
    ),
    Transition(
        code="resolve_onsite",
        number="T03",
        label="现场答复，办结",
        sources=frozenset({Status.REGISTERED}),
        targets=frozenset({Status.PENDING_FOLLOWUP, Status.CLOSED}),
        target=after_onsite,
        who=people.FIRST,
        fields=(
            fields.OUTCOME,
            fields.ANSWER,
            fields.TOLD_BY,
            fields.BASIS,
            fields.TOLD_WHOM,
            fields.REACTION,
            fields.ENTRY,
        ),
        is_public=True,
        clause="三（一）",
    ),
    Transition(
        code="request_expert",
        number="T04",
        label="请专家协助",
        sources=frozenset({Status.REGISTERED}),
        who=people.FIRST,
        fields=(
            Field("expert", "专家", Kind.EXPERT),
            fields.long("question", "想问的问题", 5),
        ),
        clocks=(ClockEffect(Effect.START, ClockKind.EXPERT, "expert_reply", each="asked"),),
        clause="二（一）(1)、三（一）",
        hint="责任仍在首问单位",
    ),
    Transition(
        code="answer_expert",
        number="T04",
        label="答复协助",
        sources=frozenset(OPEN),
        who=whoever(people.EXPERT, people.LIAISON, people.COMMISSIONER, party=Party.INVITED),
        fields=(
            Field("asked", "问题", Kind.ASKED),
            fields.long("answer", "答复意见", 5),
        ),
        clocks=(ClockEffect(Effect.STOP, ClockKind.EXPERT, each="asked"),),
        counts_as_progress=True,
        clause="二（一）(1)",
    ),
    Transition(
        code="decline_expert",
        number="T04",
        label="谢绝协助",
        sources=frozenset(OPEN),
        who=whoever(people.EXPERT, people.LIAISON, people.COMMISSIONER, party=Party.INVITED),
        fields=(Field("asked", "问题", Kind.ASKED), fields.REASON),
        clocks=(ClockEffect(Effect.STOP, ClockKind.EXPERT, each="asked"),),
        clause="二（一）(1)",
    ),
    Transition(
        code="expire_expert",
        number="T04",
        label="专家逾时未答",
        sources=frozenset(OPEN),
        who=people.SYSTEM_ONLY,
        fields=(Field("asked", "问题", Kind.ASKED),),
        clocks=(ClockEffect(Effect.STOP, ClockKind.EXPERT, each="asked"),),
        clause="二（一）(1)",
    ),
    Transition(
        code="escalate_hub",
        number="T05",
        label="转中枢办",
        sources=frozenset({Status.REGISTERED}),
        targets=frozenset({Status.PENDING_DISPATCH}),
        tier=Tier.HUB,
        who=people.FIRST,
        fields=(
            fields.long("tried", "已采取的措施", 5, hint="查了哪条手册、问了哪位专家"),
            fields.long("reason", "没有解决的原因", 5),
            Field("suggested", "建议主办单位", Kind.UNIT, is_required=False),
            fields.pick("collected_via", "归集平台", choices.CollectedVia),
        ),
        is_public=True,
        is_final_word=True,
        clause="三（二）",
    ),
)
