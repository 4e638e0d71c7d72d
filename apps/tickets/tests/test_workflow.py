"""The table as a whole: reachable, leavable, cited, worded as the style guide says, documented."""

from pathlib import Path

import pytest
from django.conf import settings

from apps.tickets.actions import _move
from apps.tickets.choices import TERMINAL, TIERS_OF, Status, Tier
from apps.tickets.management.commands.workflow_docs import workflow_document
from apps.tickets.tests import cells
from apps.tickets.workflow import (
    TRANSITIONS,
    TransitionDenied,
    any_row,
    check,
    label_of,
    row_of,
    rows_from,
)
from apps.tickets.workflow.types import Kind

#: what plan two, three and four oblige somebody to; each is somebody's row
OBLIGATIONS = {
    "首问负责制": "答复、引导、办理、反馈",
    "三（一）": "现场答复或解决、专家协助、解释说明",
    "三（二）": "归集、派单、主动受理、7 个工作日、反馈企业",
    "三（三）": "报请分管负责同志、联席会议协调督办",
    "三（四）": "提请市政务服务办、牵头部门会同乡镇反馈",
    "四（三）": "回访、移交",
    "一（一）": "中枢承接、分派、流转",
    "二（一）(1)": "专家协助答复",
    "二（二）(3)": "及时响应",
    "件件有回音": "销号以反馈为前提",
    "事事有着落": "重开",
    "主动受理": "签收、退单受限",
    "会同乡镇反馈": "双方反馈",
    "分管负责同志": "报请",
    "提请市政务服务办": "提请函",
    "解释说明": "不予受理、受客观因素影响",
    "7个工作日": "延期",
    "回访": "回访",
    "移交": "推诿扯皮、不担当不作为",
}
#: ux.md §8: words that are not used, and what stands for them
BANNED = (
    *("需求单", "case", "任务", "创建", "指派", "受理确认", "提交流程", "一级", "二级", "责任部门"),
    *("参与方", "逾期", "SLA", "违约", "倒计时", "施压", "暂停", "冻结", "客户", "坐席", "管理员"),
    *("确定", "OK", "系统异常", "非法", "操作成功", "！", "!"),
)
#: 超期 is the word for terms; an unanswered question is said to be 逾时
EXEMPT = {"expire_expert"}


class TestRows:
    def test_cover_t01_to_t40(self):
        assert {row.number for row in TRANSITIONS} == {f"T{n:02d}" for n in range(1, 41)}

    def test_are_one_for_each_action_and_state(self):
        places = [(row.code, source) for row in TRANSITIONS for source in row.sources]
        assert len(places) == len(set(places))

    @pytest.mark.parametrize("clause", OBLIGATIONS)
    def test_cite_every_obligation_of_the_plan(self, clause):
        assert any(clause in row.clause for row in TRANSITIONS), clause

    def test_all_have_a_clause_people_and_a_chinese_label(self):
        for row in TRANSITIONS:
            assert row.clause, row.code
            assert row.who, row.code
            assert any("一" <= char <= "鿿" for char in row.label), row.code
            assert row.target is None or row.targets, row.code

    def test_name_each_field_once_and_give_choices_to_pick_from(self):
        for row in TRANSITIONS:
            names = [one.name for one in row.fields]
            assert len(names) == len(set(names)), row.code
            for one in row.fields:
                assert bool(one.choices) == (one.kind == Kind.CHOICE), (row.code, one.name)
                assert one.needed_if is None or one.needed_if[0] in names, (row.code, one.name)

    def test_have_a_handler_or_need_none(self):
        silent = {row.code for row in TRANSITIONS} - set(_move._handlers)
        assert silent == {"register", "intake_hotline", "save_draft"}


class TestStates:
    def test_can_all_be_reached_from_nothing(self):
        reached, waiting = set(), [(None, Tier.ONSITE)]
        while waiting:
            state, tier = waiting.pop()
            for row in TRANSITIONS:
                if state not in row.sources or (state and tier not in row.tiers):
                    continue
                for target in row.targets:
                    for new in [row.tier] if row.tier else TIERS_OF[target]:
                        if new in TIERS_OF[target] and (target, new) not in reached:
                            reached.add((target, new))
                            waiting.append((target, new))
        assert reached == {(state, tier) for state, tiers in TIERS_OF.items() for tier in tiers}
        assert {state for state, _ in reached} == set(Status)

    def test_can_all_be_left(self):
        for state, tiers in TIERS_OF.items():
            for tier in tiers:
                ways = {target for row in rows_from(state, tier) for target in row.targets}
                assert ways - {state}, (state, tier)

    def test_that_end_a_ticket_are_left_by_reopening_or_by_undoing_a_merge_only(self):
        leaving = {
            row.code
            for row in TRANSITIONS
            for source in row.sources
            if source in TERMINAL and row.targets
        }
        assert leaving == {"reopen", "unmerge"}

    def test_raise_the_tier_except_where_it_is_listed(self):
        """decisions.md 9: T07, T25, T32, T36 lower it; T34 and an undone merge return to it."""
        lowering = {
            row.number
            for row in TRANSITIONS
            for source in row.sources
            if source is not None and row.tier is not None and row.targets
            for tier in TIERS_OF[source] & row.tiers
            if row.tier.rank < tier.rank
        }
        assert lowering | {"T36"} == {"T07", "T25", "T32", "T36"}


class TestWords:
    def texts(self):
        for row in TRANSITIONS:
            if row.code in EXEMPT:
                continue
            yield row.code, row.label
            yield row.code, row.hint
            for one in row.fields:
                yield row.code, one.label
                yield row.code, one.hint
                yield from ((row.code, label) for _, label in one.choices)

    def test_are_those_of_the_style_guide(self):
        texts = list(self.texts())
        assert len(texts) > 300
        assert [(code, text) for code, text in texts if any(word in text for word in BANNED)] == []

    def test_of_actions_are_short_verbs(self):
        assert [row.label for row in TRANSITIONS if not 2 <= len(row.label) <= 10] == []


class TestRefusals:
    def test_name_the_state(self):
        facts = cells.facts("HUB", "CLOSED", "accept", frozenset(cells.PARTS))
        with pytest.raises(TransitionDenied, match="“已销号”的工单不能签收。"):
            check("accept", facts, cells.actor("LIAISON"))

    def test_name_the_tier(self):
        facts = cells.facts("CITY", "PENDING_FOLLOWUP", "escalate_joint", frozenset(cells.PARTS))
        with pytest.raises(TransitionDenied, match="“提级办”的工单不能提请联动办。"):
            check("escalate_joint", facts, cells.actor("OFFICE_CHIEF"))

    def test_name_the_post(self):
        facts = cells.facts("HUB", "PENDING_DISPATCH", "dispatch")
        with pytest.raises(TransitionDenied, match="您的岗位不能做这一步。"):
            check("dispatch", facts, cells.actor("OFFICER"))

    def test_name_the_unit_whose_step_it_is(self):
        facts = cells.facts("HUB", "PROCESSING", "progress")
        with pytest.raises(TransitionDenied, match="这一步由主办单位、协办单位、首问单位办理。"):
            check("progress", facts, cells.actor("OFFICER"))

    def test_say_when_there_is_no_such_action(self):
        facts = cells.facts("HUB", "PROCESSING", "progress")
        with pytest.raises(TransitionDenied, match="没有这个动作。"):
            check("fly", facts, cells.actor("OFFICER"))

    def test_keep_an_unknown_code_as_its_own_name(self):
        assert label_of("fly") == "fly"
        assert label_of("accept") == "签收"
        assert any_row("fly") is None
        assert row_of("accept", Status.CLOSED) is None


@pytest.mark.once
class TestDocument:
    def test_is_what_the_command_prints(self):
        written = (Path(settings.BASE_DIR) / "docs/workflow.md").read_text(encoding="utf-8")
        assert written == workflow_document(), "run: manage.py workflow_docs > docs/workflow.md"

    def test_shows_every_state_and_action(self):
        text = workflow_document()
        assert all(f"`{row.code}`" in text for row in TRANSITIONS)
        assert all(f"    {status} : {status.label}" in text for status in Status)
