"""Where a table begins, whose it is and of which day, however the form was changed."""

from datetime import date

import pytest

from apps.core.errors import DomainError
from apps.filings.contents import Appendix
from apps.filings.tests.made import (
    GOOD,
    HEAD1,
    HEAD2,
    LEADER,
    NOTE2,
    OFFICER,
    TITLE1,
    TITLE2,
    UNIT_AND_DATE,
    appendix1,
    appendix2,
    part_of,
    read,
    row,
    said,
    xlsx,
)


def is_good(part):
    (found,) = part.entities
    return (found.zone, found.name, found.kind, found.person, found.phones) == (
        "第一片区",
        "天津金鑫商贸有限公司",
        "ENTERPRISE",
        "张永国",
        ("13800000001",),
    )


class TestHeaders:
    @pytest.mark.parametrize(
        "labels",
        [
            ("序号", "单位名称", "类型", "负责人", "联系方式（手机）"),
            ("序号", "名  称", "主体性质", "经营主体\n负责人", "联系电话"),
            ("编号", "企业名称", "性质", "法定代表人/经营者", "电话"),
            ("序号", "经营主体名称", "经营主体类型", "法人", "手机/座机"),
            ("序号", "市场主体名称", "主体类型", "法定代表人", "手机号码"),
            ("No.", "商户名称", "类别", "经营者姓名", "联系方式\n（手机、座机）"),
            ("序号", "企业（个体户）名称", "企业性质", "业主", "联系人电话"),
            (
                "序号",
                "字号",
                "经营主体性质（企业/个体工商户/农民专业合作社）",
                "主要负责人",
                "联络方式",
            ),
            ("序号*", "名称（必填）", "性质：", "负责人姓名", "【联系电话】"),
            ("序 号", "店铺名称", "经济性质", "企业负责人", "固定电话/手机"),
            ("序号", "经营主体", "经营主体性质", "经营主体负责人", "经营主体联系方式"),
        ],
    )
    def test_in_other_words(self, labels):
        head = [HEAD2[0], [None, *labels]]
        assert is_good(part_of(xlsx(appendix2(GOOD, head=head))))

    def test_columns_in_another_order_with_others_between(self):
        head = [["联系电话", "备注", "经营主体名称", "行业", "所属片区", "性质", "负责人", "序号"]]
        cells = ["13800000001", "无", GOOD[2], "零售", "第一片区", "企业", "张永国", 1]
        assert is_good(part_of(xlsx(appendix2(cells, head=head))))

    def test_shifted_to_the_right_and_down(self):
        rows = [[], [], *([None, None, *cells] for cells in appendix2(GOOD))]
        part = part_of(xlsx(rows))
        assert is_good(part)
        assert part.entities[0].row == 8

    def test_three_lines_of_labels(self):
        head = [["经营主体统计"], *HEAD2, ["（村）", None, "（全称）"]]
        part = part_of(xlsx(appendix2(GOOD, head=head[:3])))
        assert is_good(part)

    def test_without_title_and_without_the_first_line(self):
        part = part_of(xlsx([["片区", *HEAD2[1][1:]], GOOD]), "渔阳镇.xlsx")
        assert is_good(part)

    def test_a_column_without_label_is_recognised_by_its_content(self):
        head = [[None, "序号", "名称", "经营主体性质", "经营主体负责人", "怎么找"]]
        rows = [GOOD, row(name="乙商店", phone="13800000002")]
        part = part_of(xlsx(appendix2(*rows, head=head)))
        assert [(one.zone, one.phones) for one in part.entities] == [
            ("第一片区", ("13800000001",)),
            ("第一片区", ("13800000002",)),
        ]
        assert any("按内容当作联系方式" in remark for remark in part.remarks)

    def test_mobile_and_landline_in_two_columns(self):
        head = [["片区", "序号", "名称", "性质", "负责人", "手机", "座机"]]
        part = part_of(xlsx(appendix2([*GOOD, "28391234"], head=head)))
        assert part.entities[0].phones == ("13800000001", "022-28391234")

    def test_credit_code_and_address_are_kept(self):
        head = [[*HEAD2[1], "统一社会信用代码", "经营地址"]]
        head[0][0] = "片区"
        cells = [*GOOD, "91120225MA05XXXX0X", "渔阳镇东关村"]
        part = part_of(xlsx(appendix2(cells, head=head)))
        assert part.entities[0].extra == {
            "credit_code": "91120225MA05XXXX0X",
            "address": "渔阳镇东关村",
        }
        assert said(part, 5, "G")

    def test_the_principal_is_taken_before_the_contact(self):
        head = [["片区", "序号", "名称", "性质", "联系人", "电话", "法定代表人"]]
        cells = ["第一片区", 1, GOOD[2], "企业", "李明", "13800000001", "张永国"]
        assert part_of(xlsx(appendix2(cells, head=head))).entities[0].person == "张永国"


class TestWhatIsNoHeader:
    @pytest.mark.parametrize("kind", ["企业", "个体工商户", "合作社", "公司"])
    @pytest.mark.parametrize("seq", [1, "1", None])
    def test_a_first_row_with_few_cells_is_content(self, kind, seq):
        part = part_of(xlsx(appendix2([None, seq, None, kind], GOOD)))
        assert is_good(part)
        assert [finding.row for finding in part.errors] == [6]

    def test_the_numbers_of_the_columns_are_skipped(self):
        part = part_of(xlsx(appendix2([1, 2, 3, 4, 5, 6], ["甲", 1, 2, 3, 4, 5], GOOD)))
        assert is_good(part)
        assert [one.reason for one in part.skipped] == ["列号行", "列号行"]

    def test_a_list_in_two_halves_is_said(self):
        head = [[*HEAD2[1], *HEAD2[1][1:]]]
        head[0][0] = "片区"
        part = part_of(xlsx(appendix2([*GOOD, 2, "乙商店", "个体", "李明", "28391234"], head=head)))
        assert "并排" in part.errors[0].message
        assert (part.errors[0].row, part.errors[0].column) == (4, "H")


class TestForms:
    """Tables of other kinds are refused with what was found in them."""

    @pytest.mark.parametrize(
        "rows",
        [
            [
                ["职业培训人员花名册"],
                ["序号", "姓名", "身份证号", "电话号码"],
                [1, "张三", "x", "13800000001"],
            ],
            [
                ["序号", "项目名称", "项目负责人", "联系方式"],
                [1, "智检云盾", "张三", "13800000001"],
            ],
            [["姓名【必填】", "手机号【必填】", "部门"], ["小七", "13800000001", "办公室"]],
            [["产品名称", "预定产量", "本日产量"], ["猕猴桃汁", 1, 2]],
            [["学号", "姓名", "性别"], [1, "张三", "男"]],
            [["员工信息登记表"], ["姓名：", "张三", "电话：", "13800000001"], ["性别：", "男"]],
            [["级别", "描述", "数量"], [1, "省", 31]],
            [["满意度调查问卷"], ["1.您的企业名称："], ["2.您的联系方式："]],
            [["名称", "数量"], ["椅子", 3]],
            [["序号", "名称"], [1, "天津金鑫商贸有限公司"]],
        ],
    )
    def test_of_other_kinds_are_refused(self, rows):
        with pytest.raises(DomainError) as refusal:
            read(xlsx(rows))
        assert "没有找到附件 1 或附件 2" in refusal.value.message
        assert "请下载空白表" in refusal.value.message

    def test_a_flat_list_of_businesses_is_read(self):
        rows = [["企业名称", "法人", "联系电话"], ["天津金鑫商贸有限公司", "张永国", "13800000001"]]
        part = part_of(xlsx(rows), "渔阳镇企业.xlsx")
        (found,) = part.entities
        assert (found.zone, found.kind, found.person) == ("", "", "张永国")

    def test_the_blank_forms_are_read_as_empty(self):
        part = part_of(xlsx(appendix2(["示例：\n第X片区", 1], [None, 2], ["第X片区"])))
        assert (part.entities, part.rows_read) == ([], 0)
        assert [one.reason for one in part.skipped] == ["示例行", "示例行", "片区标题行"]
        assert "没有填数据" in part.findings[-1].message


class TestWhose:
    @pytest.mark.parametrize(
        "line",
        [
            ["报送单位：渔阳镇人民政府      日期：2026年1月9日"],
            ["报送单位：", "渔阳镇", None, None, "日期：", "2026年1月9日"],
            ["报送单位", "蓟州区渔阳镇", None, None, "填报日期", "2026-1-9"],
            ["填报单位（盖章）：渔阳镇", None, None, None, "2026/1/9"],
            ["报送单位:城关镇  填表人：张三  日期:2026.1.9"],
            ["报送单位：  渔阳镇  ", None, None, date(2026, 1, 9)],
            ["上报单位：天津市蓟州区渔阳镇人民政府\n日期：二〇二六年一月九日"],
            ["报送单位： 渔 阳 镇      日期： 2026 年 1 月 9 日"],
            ["报送单位：渔阳镇（公章）   日期：20260109"],
        ],
    )
    def test_the_line_of_unit_and_date(self, line):
        head = [["片区", *HEAD2[1][1:]]]
        part = part_of(xlsx(appendix2(GOOD, above=[[TITLE2], line], head=head)))
        assert (part.unit, part.filed_on) == ("渔阳镇", date(2026, 1, 9))
        assert part.findings == []

    @pytest.mark.parametrize("written", ["2026年1月", "    年  月  日", "2026年13月40日", ""])
    def test_an_unfinished_date_is_said(self, written):
        part = part_of(xlsx(appendix2(GOOD, above=[[f"报送单位：渔阳镇   日期：{written}"]])))
        assert part.filed_on is None
        assert [finding.field for finding in part.findings] == ["日期"]

    @pytest.mark.parametrize(
        ("options", "name", "default"),
        [
            ({"head": [["洇溜镇", *HEAD2[0][1:]], HEAD2[1]]}, "x.xlsx", ""),
            ({"above": [["洇溜镇经营主体统计表"]]}, "x.xlsx", ""),
            ({}, "附件2 洇溜.xlsx", ""),
            ({}, "附件2（洇溜镇最终版）.xlsx", ""),
            ({}, "x.xlsx", "120119101"),
        ],
    )
    def test_found_elsewhere_when_the_line_is_blank(self, options, name, default):
        blank = {
            "above": [["报送单位：      日期：2026年1月9日"]],
            "head": [["片区", *HEAD2[1][1:]]],
        }
        raw = xlsx(appendix2(GOOD, **{**blank, **options}))
        part = part_of(raw, name, default_unit_code=default)
        assert part.unit == "洇溜镇"
        assert any("认定为洇溜镇" in remark for remark in part.remarks)

    def test_found_in_the_name_of_the_sheet(self):
        rows = appendix2(GOOD, above=[], head=[["片区", *HEAD2[1][1:]]])
        parts = read(xlsx(rows, rows, names=["渔阳镇", "洇溜"])).parts
        assert [part.unit for part in parts] == ["渔阳镇", "洇溜镇"]

    def test_found_in_another_table_of_the_file(self):
        blank = appendix2(
            GOOD, above=[["报送单位：     日期：2026年1月9日"]], head=[["片区", *HEAD2[1][1:]]]
        )
        first, second = read(xlsx(blank, appendix1(OFFICER)), "x.xlsx").parts
        assert first.unit == second.unit == "渔阳镇"
        assert any("另一张表" in remark for remark in first.remarks)

    def test_found_below_the_table(self):
        rows = appendix2(
            GOOD,
            above=[[TITLE2]],
            head=[["片区", *HEAD2[1][1:]]],
            below=[NOTE2, ["单位（盖章）：渔阳镇人民政府"], ["2026年1月9日"]],
        )
        part = part_of(xlsx(rows))
        assert (part.unit, part.filed_on, part.findings) == ("渔阳镇", date(2026, 1, 9), [])

    def test_a_date_on_a_line_of_its_own(self):
        part = part_of(xlsx(appendix2(GOOD, above=[[TITLE2], ["报送单位：渔阳镇"], ["2026.1.9"]])))
        assert part.filed_on == date(2026, 1, 9)

    def test_found_in_the_zones(self):
        rows = appendix2(row("洇溜镇第一片区"), above=[], head=[["片区", *HEAD2[1][1:]]])
        assert part_of(xlsx(rows)).unit == "洇溜镇"

    def test_unknown_is_an_error_and_nothing_is_taken(self):
        above = [["报送单位：鱼阳镇   日期：2026年1月9日"]]
        rows = appendix2(GOOD, above=above, head=[["片区", *HEAD2[1][1:]]])
        part = part_of(xlsx(rows), default_unit_code="120119100")
        assert (part.entities, part.unit_code, part.rows_read) == ([], "", 1)
        (finding,) = part.errors
        assert "鱼阳镇" in finding.message
        assert "渔阳镇" in finding.advice

    def test_an_office_for_a_unit_takes_the_chosen_unit_and_says_so(self):
        above = [["报送单位：经发科   日期：2026年1月9日"]]
        rows = appendix2(GOOD, above=above, head=[["片区", *HEAD2[1][1:]]])
        part = part_of(xlsx(rows), default_unit_code="120119100")
        assert (part.unit, len(part.entities)) == ("渔阳镇", 1)
        assert "经发科" in part.warnings[0].message

    def test_a_header_of_another_unit_is_said(self):
        part = part_of(xlsx(appendix2(GOOD, head=[["洇溜镇", *HEAD2[0][1:]], HEAD2[1]])))
        assert part.unit == "渔阳镇"
        assert "洇溜镇" in part.warnings[0].message


class TestSeveral:
    def test_sheets_of_both_appendices(self):
        raw = xlsx(appendix1(OFFICER), appendix2(GOOD), [["说明"]], [])
        reading = read(raw)
        assert [part.appendix for part in reading.parts] == [Appendix.ZONES, Appendix.ENTITIES]
        assert [name for name, _ in reading.ignored] == ["Sheet3", "Sheet4"]

    def test_hidden_sheets_are_left_out_and_named(self):
        reading = read(xlsx(appendix2(GOOD), appendix2(GOOD), hidden=[1]))
        assert len(reading.parts) == 1
        assert "隐藏" in dict(reading.ignored)["Sheet2"]

    def test_a_hidden_sheet_is_read_when_there_is_no_other(self):
        reading = read(xlsx([["说明"]], appendix2(GOOD), hidden=[1]))
        assert is_good(reading.parts[0])
        assert any("隐藏" in remark for remark in reading.parts[0].remarks)

    def test_two_forms_below_each_other(self):
        reading = read(xlsx([*appendix1(OFFICER), [], *appendix2(GOOD)]))
        first, second = reading.parts
        assert (len(first.zones), first.leader.name) == (1, "王学平")
        assert is_good(second)

    def test_a_form_for_each_zone_below_each_other_is_one_part(self):
        part = part_of(xlsx([*appendix2(GOOD), *appendix2(row("第二片区", name="乙商店"))]))
        assert [one.zone for one in part.entities] == ["第一片区", "第二片区"]

    def test_forms_of_two_units_below_each_other(self):
        other = appendix2(
            row("第一片区", name="乙商店"),
            above=[[TITLE2], ["报送单位：洇溜镇 日期：2026年1月10日"]],
            head=[["洇溜镇", *HEAD2[0][1:]], HEAD2[1]],
        )
        first, second = read(xlsx([*appendix2(GOOD), *other])).parts
        assert [(one.unit, one.filed_on.day) for one in (first, second)] == [
            ("渔阳镇", 9),
            ("洇溜镇", 10),
        ]

    def test_another_unit_without_a_header_of_its_own(self):
        rows = [*appendix2(GOOD), ["报送单位：洇溜镇"], row("第一片区", name="乙商店")]
        parts = read(xlsx(rows)).parts
        assert [(part.unit, len(part.entities)) for part in parts] == [("渔阳镇", 1), ("洇溜镇", 1)]

    def test_a_column_of_townships(self):
        head = [["乡镇（街道）", "片区", *HEAD2[1][1:]]]
        rows = [
            ["渔阳镇", *GOOD],
            [None, *row(name="乙商店")],
            ["洇溜镇", *row("第一片区", name="丙商店")],
            ["鱼阳镇", *row("第一片区", name="丁商店")],
        ]
        first, second, unknown = read(xlsx(appendix2(*rows, above=[], head=head))).parts
        assert [(part.unit, len(part.entities)) for part in (first, second)] == [
            ("渔阳镇", 2),
            ("洇溜镇", 1),
        ]
        assert unknown.entities == []
        assert "鱼阳镇" in unknown.errors[0].message

    def test_zones_that_name_their_townships(self):
        rows = [row("渔阳镇第一片区"), row("洇溜镇第一片区", name="乙商店")]
        above = [[TITLE2], ["报送单位：区营商环境办"]]
        parts = read(xlsx(appendix2(*rows, above=above, head=[["片区", *HEAD2[1][1:]]]))).parts
        assert sorted((part.unit, len(part.entities)) for part in parts) == [
            ("洇溜镇", 1),
            ("渔阳镇", 1),
        ]

    def test_sheets_named_after_zones(self):
        head = [HEAD2[1][1:]]
        rows = [["报送单位：渔阳镇"], *head, GOOD[1:]]
        other = [["报送单位：渔阳镇"], *head, row(name="乙商店")[1:]]
        parts = read(xlsx(rows, other, names=["第一片区", "第2片区"])).parts
        assert [part.entities[0].zone for part in parts] == ["第一片区", "第二片区"]


class TestTheFoot:
    @pytest.mark.parametrize(
        "below",
        [
            [LEADER],
            [["负责人姓名：", "王学平", "职务：", "副镇长", "联系方式：", "13800000009"]],
            [["负责人：王学平", None, "职务：副镇长", None, None, "电话：13800000009"]],
            [["处级负责人：王学平  职务：副镇长  联系电话：138 0000 0009"], ["填表人：张三"]],
            [
                [],
                LEADER,
                ["注：1.建议以经济部门为主。"],
                ["2.请明确一名处级领导干部负责。"],
                ["3.经营主体"],
            ],
        ],
    )
    def test_gives_the_leader(self, below):
        part = part_of(xlsx(appendix1(OFFICER, below=below)))
        assert (part.leader.name, part.leader.post, part.leader.phone) == (
            "王学平",
            "副镇长",
            "13800000009",
        )
        assert len(part.zones) == 1
        assert part.findings == []

    def test_a_leader_above_the_table(self):
        part = part_of(
            xlsx(appendix1(OFFICER, above=[[TITLE1], [UNIT_AND_DATE], LEADER], below=[]))
        )
        assert part.leader.name == "王学平"

    def test_a_blank_one_is_said(self):
        below = [["负责人姓名：              职务：           联系方式：       "]]
        part = part_of(xlsx(appendix1(OFFICER, below=below)))
        assert part.leader.name == ""
        assert part.warnings[0].field == "负责人姓名"

    def test_notes_are_no_rows(self):
        part = part_of(xlsx(appendix2(GOOD, below=[NOTE2, ["2.请如实填写。"], ["续行文字"]])))
        assert is_good(part)
        assert [what for _, what in part.frame][-3:] == ["填表说明"] * 3


def test_the_head_of_appendix_1_is_not_taken_for_appendix_2():
    assert part_of(xlsx(appendix1(OFFICER, head=HEAD1))).appendix is Appendix.ZONES
