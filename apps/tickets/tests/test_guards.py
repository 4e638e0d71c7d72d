"""Each rule of the table says no with its own sentence, and yes otherwise."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.tickets.choices import Tier
from apps.tickets.tests.cells import ME, MY_UNIT, NOW, OTHER, OTHER_UNIT, actor, facts
from apps.tickets.workflow import guards
from apps.tickets.workflow.people import OFFICE_CHIEF

HOUR = timedelta(hours=1)
PAST, COMING = NOW - HOUR, NOW + HOUR
#: guard, what makes it refuse, the beginning of its sentence
REFUSALS = [
    (guards.not_archived, {"is_archived": True}, "已归档"),
    (guards.not_designated, {"is_designated": True}, "这是指定承办件"),
    (guards.return_not_denied, {"is_return_denied": True}, "退单申请已被驳回"),
    (guards.within_return_window, {"complex_return_closes_at": PAST}, "已过退单期限"),
    (guards.needs_two_returns, {"return_count": 1}, "第三次派单起才可指定承办，现已退单 1 次"),
    (guards.extension_in_time, {"extension_closes_at": PAST}, "申请延期须在到期前"),
    (guards.extension_not_waiting, {"pending": frozenset({"EXTENSION"})}, "已有一份延期申请"),
    (guards.extension_waiting, {"pending": frozenset()}, "没有待审的延期申请"),
    (guards.extension_granted_by, {"extension_count": 1}, "再次延期须由区营商环境办"),
    (guards.not_suspended, {"is_suspended": True}, "已在挂起中"),
    (guards.suspended, {"is_suspended": False}, "没有挂起"),
    (guards.suspension_left, {"suspend_count": 2}, "每件最多挂起 2 次"),
    (guards.handling_not_overdue, {"handling_due_at": NOW}, "办理时限已过"),
    (guards.assists_answered, {"open_assist_ids": frozenset({1, 2})}, "还有 2 个协办单位"),
    (guards.not_a_handler, {"handler_ids": frozenset({ME})}, "您经办过这件工单"),
    (guards.has_feedback, {"feedback_units": frozenset()}, "还没有反馈企业的记录"),
    (
        guards.has_feedback,
        {"tier": Tier.CITY, "feedback_units": frozenset()},
        "提级件须由牵头部门会同乡镇反馈企业，还缺牵头部门、乡镇（街道）的反馈记录",
    ),
    (guards.both_told, {"first_unit_id": 1, "feedback_units": frozenset({OTHER_UNIT})}, "提级件须"),
    (guards.both_told, {"lead_unit_id": None, "first_unit_id": None}, "提级件须"),
    (
        guards.both_told,
        {"hides_entity": True, "first_unit_id": 1, "feedback_units": frozenset({1})},
        "提级件须由牵头部门会同乡镇反馈企业，还缺区网格化管理中心（代牵头部门）的反馈记录",
    ),
    (guards.has_lead, {"lead_unit_id": None}, "还没有牵头部门"),
    (guards.nothing_waits, {"pending": frozenset({"EXTENSION"})}, "延期申请还没有审结"),
    (guards.tracking_not_waiting, {"pending": frozenset({"TRACKING"})}, "已有一份挂账申请"),
    (guards.tracking_waiting, {"pending": frozenset()}, "没有待审的挂账申请"),
    (guards.exclusion_open, {"is_excluded": True}, "已经剔除统计"),
    (guards.exclusion_open, {"pending": frozenset({"EXCLUSION"})}, "已有一份剔除申请"),
    (guards.exclusion_open, {"exclude_closes_at": PAST}, "已过申请剔除的期限"),
    (guards.exclusion_waiting, {"pending": frozenset()}, "没有待审的剔除申请"),
    (guards.second_person, {"second_signature_by": ME}, "剔除须两人审核"),
    (guards.reopen_in_time, {"reopen_closes_at": PAST}, "已过 30 天的重开期限"),
    (guards.unmerge_in_time, {"unmerge_closes_at": PAST}, "并单超过 24 小时"),
    (guards.unmerge_in_time, {"unmerge_closes_at": None}, "并单超过 24 小时"),
    (guards.ready_to_archive, {"archive_from": COMING}, "结束满 30 天后"),
    (guards.ready_to_archive, {"archive_from": None}, "结束满 30 天后"),
    (guards.calls_made, {"call_count": 2}, "未接通须在 3 个不同时段拨打，现记录 2 次"),
    (guards.tracking_left, {"left_status": None}, "没有记录挂账前的环节"),
    (guards.own_draft, {"creator_id": OTHER}, "这是别人的草稿"),
    (
        guards.may_face_enterprise,
        {"hides_entity": True, "handling_unit_ids": frozenset({MY_UNIT})},
        "这是投诉举报件",
    ),
]
#: guards that want something to be there say yes to these
CONTENT = {
    guards.extension_waiting: {"pending": frozenset({"EXTENSION"})},
    guards.tracking_waiting: {"pending": frozenset({"TRACKING"})},
    guards.exclusion_waiting: {"pending": frozenset({"EXCLUSION"})},
    guards.suspended: {"is_suspended": True},
    guards.own_draft: {"creator_id": ME},
}
EVERY = [
    value
    for name, value in vars(guards).items()
    if callable(value) and getattr(value, "__module__", "") == guards.__name__
]


def names(case):
    return f"{case[0].__name__}-{'-'.join(case[1])}" if isinstance(case, tuple) else None


@pytest.mark.parametrize("case", REFUSALS, ids=names)
def test_refuses_with_a_sentence_that_says_what_is_wrong(case):
    guard, changed, sentence = case
    said = guard(replace(facts("HUB", "PROCESSING", ""), **changed), actor("LIAISON"))
    assert said.startswith(sentence)
    assert said.endswith("。")


@pytest.mark.parametrize("guard", EVERY, ids=lambda guard: guard.__name__)
def test_says_nothing_when_all_is_well(guard):
    ticket = replace(facts("HUB", "PROCESSING", ""), **CONTENT.get(guard, {}))
    assert guard(ticket, actor("LIAISON")) == ""


def test_every_guard_is_tried():
    assert {case[0] for case in REFUSALS} == set(EVERY)


class TestSecondTime:
    def test_is_granted_by_the_office(self):
        ticket = replace(facts("HUB", "PROCESSING", ""), extension_count=1)
        assert guards.extension_granted_by(ticket, actor(OFFICE_CHIEF)) == ""


class TestHiddenComplainant:
    def test_is_told_by_the_hub_in_place_of_the_lead(self):
        ticket = replace(
            facts("CITY", "CITY_PROCESSING", ""),
            hides_entity=True,
            first_unit_id=1,
            feedback_units=frozenset({1, 2}),
        )
        assert guards.both_told(ticket, actor("OFFICE_CLERK")) == ""

    def test_is_faced_by_the_first_unit_even_where_it_handles(self):
        ticket = replace(
            facts("HUB", "PROCESSING", ""),
            hides_entity=True,
            first_unit_id=MY_UNIT,
            handling_unit_ids=frozenset({MY_UNIT}),
        )
        assert guards.may_face_enterprise(ticket, actor("OFFICER")) == ""
