"""Rows of Appendix 2: every mess that townships make, and what is said about it."""

from datetime import date

import pytest

from apps.filings.contents import Appendix
from apps.filings.tests.made import (
    GOOD,
    HEAD2,
    TITLE2,
    appendix2,
    entity,
    part_of,
    read,
    row,
    said,
    xlsx,
)

PHONE = "13800000001"


def rows_of(*rows, **options):
    """Read an Appendix 2 with these rows; row 6 is the first."""
    return part_of(xlsx(appendix2(*rows), **options))


class TestAGoodRow:
    def test_is_read_as_it_is(self):
        found, part = entity(*GOOD)
        assert (found.row, found.zone, found.name, found.kind, found.person, found.phones) == (
            6,
            "第一片区",
            "天津金鑫商贸有限公司",
            "ENTERPRISE",
            "张永国",
            (PHONE,),
        )
        assert part.findings == []
        assert (part.unit, part.unit_code, part.filed_on) == (
            "渔阳镇",
            "120119100",
            date(2026, 1, 9),
        )
        assert (part.appendix, part.rows_read, part.skipped) == (Appendix.ENTITIES, 1, [])


class TestTheName:
    @pytest.mark.parametrize(
        ("written", "name"),
        [
            (" 蓟州区容奇石材厂 ", "蓟州区容奇石材厂"),
            ("\t蓟州区容奇石材厂", "蓟州区容奇石材厂"),
            ("蓟州区容奇\n石材厂", "蓟州区容奇石材厂"),
            ("蓟州区容奇石材 厂", "蓟州区容奇石材厂"),
            ("蓟州区容奇石材厂　", "蓟州区容奇石材厂"),
            ("蓟州区\u200b容奇石材厂", "蓟州区容奇石材厂"),
            ("\u202e蓟州区容奇石材厂", "蓟州区容奇石材厂"),
            ("蓟州区 KTV Star 歌厅", "蓟州区KTV Star歌厅"),
            ("𠮷野家（天津）餐饮管理有限公司", "𠮷野家（天津）餐饮管理有限公司"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("=1+1公司", "=1+1公司"),
        ],
    )
    def test_loses_only_what_typing_left(self, written, name):
        assert entity(name=written)[0].name == name

    @pytest.mark.parametrize("written", ["", "/", "无", "——", "#N/A", "***", "A" * 121])
    def test_without_a_usable_one_the_row_is_an_error(self, written):
        found, part = entity(name=written)
        assert found is None
        assert [level for level, _ in said(part, 6, "C")] == ["ERROR"]
        assert part.rows_read == 1

    def test_a_number_is_kept_and_asked_about(self):
        found, part = entity(name=557)
        assert found.name == "557"
        assert "数字" in said(part, 6, "C")[0][1]

    def test_the_word_example_before_a_real_one_is_taken_off(self):
        found, part = entity(name="示例：天津金鑫商贸有限公司")
        assert found.name == "天津金鑫商贸有限公司"
        assert "示例" in said(part, 6, "C")[0][1]


class TestMendableCells:
    """A row is kept with the cell empty, and a warning at the cell (decisions.md 27)."""

    @pytest.mark.parametrize(
        ("changes", "column", "field"),
        [
            ({"phone": "1380000001"}, "F", "phones"),
            ({"phone": "1.38E+10"}, "F", "phones"),
            ({"phone": ""}, "F", "phones"),
            ({"phone": "无"}, "F", "phones"),
            ({"kind": ""}, "D", "kind"),
            ({"kind": "家庭农场"}, "D", "kind"),
            ({"kind": "村委会"}, "D", "kind"),
            ({"kind": 3}, "D", "kind"),
            ({"person": ""}, "E", "person"),
            ({"person": "/"}, "E", "person"),
            ({"person": 12345}, "E", "person"),
            ({"person": "某" * 31}, "E", "person"),
        ],
    )
    def test_are_empty_and_said(self, changes, column, field):
        found, part = entity(**changes)
        assert not getattr(found, field)
        assert [level for level, _ in said(part, 6)] == ["WARNING"]
        assert said(part, 6, column)
        assert part.findings[0].value == str(next(iter(changes.values())))[:60]

    def test_says_how_to_mend(self):
        _, part = entity(phone="1.38E+10")
        (finding,) = part.findings
        assert (finding.sheet, finding.row, finding.column, finding.field) == (
            "Sheet1",
            6,
            "F",
            "联系方式",
        )
        assert "科学计数法" in finding.message
        assert "文本" in finding.advice

    def test_two_numbers_of_which_one_is_wrong(self):
        found, part = entity(phone=f"{PHONE}、1380000")
        assert found.phones == (PHONE,)
        assert said(part, 6, "F")

    def test_a_kind_against_the_name_is_kept_and_asked_about(self):
        found, part = entity(name="天津墨严苹果农民专业合作社")
        assert found.kind == "ENTERPRISE"
        assert "合作社" in said(part, 6, "D")[0][1]


class TestThePrincipal:
    @pytest.mark.parametrize(
        ("written", "name"),
        [
            ("杜  刚", "杜刚"),
            ("杜　刚", "杜刚"),
            ("欧阳 小强", "欧阳小强"),
            ("粕谷明正", "粕谷明正"),
            ("John Smith", "John Smith"),
            ("买买提·吐尔逊", "买买提·吐尔逊"),
            ("法人：张永国", "张永国"),
        ],
    )
    def test_is_one_name(self, written, name):
        found, part = entity(person=written)
        assert (found.person, part.findings) == (name, [])

    def test_several_are_said(self):
        found, part = entity(person="张三 李四丰")
        assert found.person == "张三、李四丰"
        assert "几个人" in said(part, 6, "E")[0][1]

    def test_a_phone_beside_the_name_is_said(self):
        found, part = entity(person="张永国13800000001")
        assert found.person == "张永国"
        assert "电话" in said(part, 6, "E")[0][1]


class TestTheZone:
    def test_is_filled_from_the_row_above(self):
        part = rows_of(
            row("第一片区"),
            row(None, name="乙商店"),
            row("二片区", name="丙商店"),
            row(name="丁商店"),
        )
        assert [one.zone for one in part.entities] == [
            "第一片区",
            "第一片区",
            "第二片区",
            "第二片区",
        ]

    def test_is_filled_from_a_merged_area(self):
        rows = appendix2(row("渔阳镇第一片区"), row(name="乙商店"), row("第2片区", name="丙商店"))
        part = part_of(xlsx(rows, merges=["A6:A7"]))
        assert [one.zone for one in part.entities] == ["第一片区", "第一片区", "第二片区"]

    def test_a_row_of_its_own_begins_one(self):
        part = rows_of(["第一片区"], row(), [None, "第二片区"], row(name="乙商店"))
        assert [one.zone for one in part.entities] == ["第一片区", "第二片区"]
        assert [(one.row, one.reason) for one in part.skipped] == [
            (6, "片区标题行"),
            (8, "片区标题行"),
        ]

    def test_a_row_of_its_own_with_who_serves_it(self):
        part = rows_of([None, "第二片区（负责人：李明）"], row())
        assert part.entities[0].zone == "第二片区"

    def test_what_stands_behind_it_is_said(self):
        part = rows_of(row("第二片区\n刘玉良"))
        assert part.entities[0].zone == "第二片区"
        assert "刘玉良" in said(part, 6, "A")[0][1]

    def test_of_another_unit_is_an_error(self):
        part = rows_of(row("洇溜镇第一片区"))
        assert part.entities == []
        assert said(part, 6, "A")[0][0] == "ERROR"

    def test_too_long_a_name_is_not_taken(self):
        part = rows_of(row("东" * 41))
        assert part.entities[0].zone == ""
        assert "超过 40" in said(part, 6, "A")[0][1]


class TestBesideTheForm:
    HEAD = [["片区", *HEAD2[1][1:], "统一社会信用代码", "地址"]]

    @pytest.mark.parametrize(
        ("code", "kept", "word"),
        [
            ("91120225MA05XXXX0X", "91120225MA05XXXX0X", "校验"),
            ("", "", ""),
            ("无", "", ""),
            (911202250612345678, "", "存成了数字"),
            ("9.11E+17", "", "存成了数字"),
            ("9" * 25, "", "25 位"),
            ("911202", "911202", "6 位"),
        ],
    )
    def test_the_credit_code(self, code, kept, word):
        part = part_of(xlsx(appendix2([*GOOD, code, "东关村"], head=self.HEAD)))
        assert part.entities[0].extra.get("credit_code", "") == kept
        texts = [text for _, text in said(part, 5, "G")]
        assert len(texts) == bool(word)
        assert all(word in text for text in texts)

    def test_the_address(self):
        part = part_of(
            xlsx(appendix2([*GOOD, None, "东关 村"], [*GOOD, None, "长" * 201], head=self.HEAD))
        )
        assert part.entities[0].extra == {"address": "东关村"}
        assert part.entities[1].extra == {}
        assert "超过 200" in said(part, 6, "H")[0][1]

    def test_a_right_code_needs_no_word(self):
        part = part_of(xlsx(appendix2([*GOOD, "91350100M000100Y43", "无"], head=self.HEAD)))
        assert part.findings == []


class TestSkipped:
    def test_examples_numbers_totals_blanks_and_repeated_headers_are_said(self):
        part = rows_of(
            ["示例：\n第X片区", 1],
            [None, 2],
            row("第一片区"),
            [None, "小计", "1户"],
            [],
            row("第二片区", name="乙商店"),
            ["渔阳镇", "片区内经营主体基本情况"],
            [None, "序号", "名称", "经营主体性质", "经营主体负责人", "联系方式"],
            row(name="丙商店"),
            [None, 4],
            ["合计", None, 3],
            [None, None, "以下空白"],
        )
        assert [one.name for one in part.entities] == ["天津金鑫商贸有限公司", "乙商店", "丙商店"]
        assert [(one.row, one.reason) for one in part.skipped] == [
            (6, "示例行"),
            (7, "示例行"),
            (9, "小计、合计行"),
            (10, "空行"),
            (12, "重复的表头"),
            (13, "重复的表头"),
            (15, "只有序号"),
            (16, "小计、合计行"),
            (17, "“以下空白”行"),
        ]

    @pytest.mark.parametrize(
        "cells",
        [
            ["合计"],
            ["总计", None, None, None, None, 12],
            [None, None, "小计"],
            [None, "共计：12户"],
            ["第一片区小计", None, 12],
            ["本页合计"],
            ["共12户"],
            ["合 计", None, 3],
        ],
    )
    def test_totals_in_any_words(self, cells):
        part = rows_of(row("第一片区"), cells)
        assert (len(part.entities), part.skipped[0].reason) == (1, "小计、合计行")

    def test_a_name_that_only_begins_like_a_total_is_kept(self):
        part = rows_of(row(name="合计划商贸店"), row(name="小计面馆"), row(name="总计算机维修部"))
        assert len(part.entities) == 3

    def test_rows_typed_under_the_example_are_read(self):
        part = rows_of(["示例：\n第X片区", 1], row(seq=2), [None, 3])
        assert [one.row for one in part.entities] == [7]
        assert part.entities[0].zone == ""

    def test_an_example_with_an_open_name_is_left_out(self):
        part = rows_of(row(name="示例：XX有限公司"), row())
        assert [(one.row, one.reason) for one in part.skipped] == [(6, "示例行")]


class TestTwice:
    def test_the_same_name_is_kept_and_said(self):
        part = rows_of(row("第一片区"), row())
        assert len(part.entities) == 2
        assert "第 6 行重复" in said(part, 7, "C")[0][1]

    def test_the_same_entity_spelt_otherwise_takes_the_first_spelling(self):
        part = rows_of(
            row("第一片区", name="天津市蓟县当代木器加工厂"), row(name="天津蓟县当代木器加工厂")
        )
        assert [one.name for one in part.entities] == ["天津市蓟县当代木器加工厂"] * 2
        assert "同一户" in said(part, 7, "C")[0][1]

    def test_without_other_evidence_each_keeps_its_spelling(self):
        part = rows_of(
            row(name="天津市当代木器厂"), row(name="当代木器厂", person="李明", phone="13800000009")
        )
        assert [one.name for one in part.entities] == ["天津市当代木器厂", "当代木器厂"]
        assert "可能" in said(part, 7, "C")[0][1]

    def test_in_two_sheets(self):
        raw = xlsx(appendix2(row("第一片区")), appendix2(row("第二片区")), names=["一", "二"])
        first, second = read(raw).parts
        assert (len(first.entities), len(second.entities)) == (1, 1)
        assert "工作表“一”第 6 行" in said(second, 6, "C")[0][1]

    def test_in_the_tables_of_two_units(self):
        above = [["附件2"], [TITLE2], ["报送单位：洇溜镇  日期：2026年1月9日"]]
        head = [["洇溜镇", *HEAD2[0][1:]], HEAD2[1]]
        other = appendix2(row("第一片区"), above=above, head=head)
        first, second = read(xlsx(appendix2(row("第一片区")), other)).parts
        assert first.findings == []
        assert "渔阳镇的表里" in said(second, 6)[0][1]


class TestMergedNames:
    def test_a_second_row_of_a_merged_name_adds_its_number(self):
        rows = appendix2(row("第一片区"), [None, None, None, None, None, "13800000002"])
        part = part_of(xlsx(rows, merges=["C6:C7"]))
        assert part.entities[0].phones == (PHONE, "13800000002")
        assert part.rows_read == 2

    def test_a_merged_kind_and_person_count_for_each_row(self):
        rows = appendix2(row("第一片区"), [None, 2, "乙商店", None, None, "13800000002"])
        part = part_of(xlsx(rows, merges=["D6:D7", "E6:E7"]))
        assert [(one.kind, one.person) for one in part.entities] == [("ENTERPRISE", "张永国")] * 2


class TestNumbersAndDates:
    def test_of_excel_come_as_text(self):
        part = rows_of(row("第一片区", seq=1.0, phone=13800000001))
        assert part.entities[0].phones == (PHONE,)

    def test_a_date_where_a_name_belongs_is_asked_about(self):
        raw = xlsx(appendix2(row("第一片区")))
        part = part_of(raw)
        assert part.findings == []
        found, part = entity(name=date(2026, 3, 8))
        assert said(part, 6, "C")
        assert found is not None

    def test_a_date_where_a_phone_belongs_is_none(self):
        found, part = entity(phone=date(2026, 3, 8))
        assert found.phones == ()
        assert said(part, 6, "F")
