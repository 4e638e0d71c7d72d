"""中枢办 (plan three (二)): the hub's pool, dispatching, returns, merging."""

from collections.abc import Mapping
from typing import Any

from apps.tickets import choices
from apps.tickets.choices import OPEN, ClockKind, Status, Tier
from apps.tickets.workflow import fields, guards, people
from apps.tickets.workflow.types import ClockEffect, Effect, Field, Kind, TicketFacts, Transition

DISPATCHED = (
    ClockEffect(
        Effect.START, ClockKind.HANDLING, "handle.lead", each="lead", fixed="locked_due_at"
    ),
    ClockEffect(Effect.START, ClockKind.ASSIST, "handle.assist", each="assists"),
    ClockEffect(
        Effect.START, ClockKind.TOTAL, "handle.lead", fixed="locked_due_at", when="is_first"
    ),
)
#: nobody handles any more: neither the units' clocks go on nor those of what a lead applied for
UNBOUND = (
    ClockEffect(Effect.STOP, ClockKind.HANDLING),
    ClockEffect(Effect.STOP, ClockKind.ASSIST),
    ClockEffect(Effect.STOP, ClockKind.FIRST_CONTACT),
    ClockEffect(Effect.STOP, ClockKind.SUSPENSION),
    ClockEffect(Effect.STOP, ClockKind.EXTENSION_REVIEW),
)
FIRST_CONTACT = ClockEffect(
    Effect.START, ClockKind.FIRST_CONTACT, "first_contact.{urgency}", when="needs_contact"
)


def back_where_it_was(facts: TicketFacts, data: Mapping[str, Any]) -> tuple[Status, Tier]:
    """Return to the state and tier that were left."""
    return facts.left_status or Status.PENDING_DISPATCH, facts.left_tier or facts.tier


ROWS = (
    Transition(
        code="dispatch",
        number="T06",
        label="派单",
        sources=frozenset({Status.PENDING_DISPATCH}),
        targets=frozenset({Status.PENDING_ACCEPT}),
        tier=Tier.HUB,
        who=people.DISPATCHERS,
        fields=(fields.LEAD, fields.ASSISTS, fields.URGENCY, fields.NOTE),
        clocks=DISPATCHED,
        is_public=True,
        is_final_word=True,
        clause="一（一）、三（二）",
    ),
    Transition(
        code="send_back",
        number="T07",
        label="退回补充",
        sources=frozenset({Status.PENDING_DISPATCH}),
        targets=frozenset({Status.REGISTERED}),
        tier=Tier.ONSITE,
        who=people.DISPATCHERS,
        fields=(fields.long("missing", "缺什么", 5, hint="企业不用重复提供，由首问人补"),),
        clause="三（首问负责制）",
    ),
    Transition(
        code="reject",
        number="T08",
        label="不予受理",
        sources=frozenset({Status.PENDING_DISPATCH}),
        targets=frozenset({Status.REJECTED}),
        tier=Tier.HUB,
        who=people.HUB_HEADS,
        fields=(
            fields.pick("code", "理由", choices.RejectReason),
            fields.long("basis", "依据", 4),
            fields.long("advice", "告知企业的其他途径", 5),
            fields.TOLD_BY,
            fields.TOLD_WHOM,
        ),
        is_public=True,
        is_final_word=True,
        clause="三（一）解释说明",
    ),
    Transition(
        code="merge",
        number="T09",
        label="并单",
        sources=frozenset(OPEN),
        targets=frozenset({Status.MERGED}),
        who=people.DISPATCHERS,
        fields=(
            Field("master", "并入哪一件", Kind.TICKET),
            fields.long("reason", "为什么是同一件事", 5),
        ),
        clause="三（二）",
        hint="24 小时内可以撤销",
    ),
    Transition(
        code="absorb",
        number="T09",
        label="并入他单",
        sources=frozenset(OPEN),
        who=people.SYSTEM_ONLY,
        clocks=(ClockEffect(Effect.CAP, ClockKind.HANDLING, fixed="cap_at"),),
        clause="三（二）",
    ),
    Transition(
        code="unmerge",
        number="T09",
        label="撤销并单",
        sources=frozenset({Status.MERGED}),
        targets=frozenset(OPEN),
        target=back_where_it_was,
        who=people.DISPATCHERS,
        fields=(fields.REASON,),
        guards=(guards.unmerge_in_time,),
        clause="三（二）",
    ),
    Transition(
        code="release",
        number="T09",
        label="撤出并单",
        sources=frozenset(Status),
        who=people.SYSTEM_ONLY,
        clocks=(ClockEffect(Effect.UNCAP, ClockKind.HANDLING),),
        clause="三（二）",
    ),
    Transition(
        code="recall",
        number="T06",
        label="撤回派单",
        sources=frozenset({Status.PENDING_ACCEPT}),
        targets=frozenset({Status.PENDING_DISPATCH}),
        tier=Tier.HUB,
        who=people.DISPATCHERS,
        fields=(fields.REASON,),
        clocks=UNBOUND,
        clause="三（二）",
        hint="签收前可以撤回",
    ),
    Transition(
        code="designate",
        number="T14",
        label="指定承办",
        sources=frozenset({Status.PENDING_DISPATCH}),
        targets=frozenset({Status.PENDING_ACCEPT}),
        tier=Tier.HUB,
        who=people.HUB_HEADS,
        fields=(
            fields.LEAD,
            fields.ASSISTS,
            fields.URGENCY,
            fields.long("consultation", "会商纪要或说明", 10),
        ),
        clocks=DISPATCHED,
        guards=(guards.needs_two_returns,),
        is_public=True,
        is_final_word=True,
        clause="三（二）",
        hint="被指定的单位不能再退单",
    ),
    Transition(
        code="request_return",
        number="T11",
        label="申请退单",
        sources=frozenset({Status.PENDING_ACCEPT, Status.PROCESSING}),
        targets=frozenset({Status.RETURN_REVIEW}),
        tier=Tier.HUB,
        who=people.LEAD,
        fields=(
            fields.pick("code", "理由", choices.ReturnReason),
            fields.long(
                "basis", "条款或说明", 5, hint="非本单位职责的须引条款；其他理由须 30 字以上"
            ),
            Field("suggested", "建议主办单位", Kind.UNIT, is_required=False),
            Field("confirmed_by", "确认人", least=2, most=30, hint="专员或科长"),
            Field("is_complex", "复杂疑难", Kind.FLAG, is_required=False),
        ),
        guards=(
            guards.not_designated,
            guards.return_not_denied,
            guards.within_return_window,
            guards.not_suspended,
        ),
        clause="三（二）主动受理",
        hint="申请期间办理时限不停",
    ),
    Transition(
        code="approve_return",
        number="T12",
        label="同意退单",
        sources=frozenset({Status.RETURN_REVIEW}),
        targets=frozenset({Status.PENDING_DISPATCH}),
        tier=Tier.HUB,
        who=people.HUB_HEADS,
        fields=(fields.long("opinion", "意见", 2),),
        clocks=UNBOUND,
        guards=(guards.not_a_handler,),
        clause="三（二）",
    ),
    Transition(
        code="deny_return",
        number="T13",
        label="驳回退单",
        sources=frozenset({Status.RETURN_REVIEW}),
        targets=frozenset({Status.PROCESSING}),
        tier=Tier.HUB,
        who=people.HUB_HEADS,
        fields=(fields.long("opinion", "意见", 2),),
        clocks=(FIRST_CONTACT,),
        guards=(guards.not_a_handler,),
        clause="三（二）主动受理",
        hint="视同签收，不能再退",
    ),
)
