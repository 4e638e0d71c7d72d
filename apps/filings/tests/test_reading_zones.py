"""Rows of Appendix 1: zones, officers over one or several rows, counts, posts."""

import pytest

from apps.filings.contents import Staff
from apps.filings.reading.zone_cells import count_of
from apps.filings.tests.made import HEAD1, LEADER, OFFICER, appendix1, part_of, read, said, xlsx

TWO = [None, None, None, None, "李光", "二级主任科员", "28391234"]


def zones_of(*rows, **options):
    """Read an Appendix 1 with these rows; row 6 is the first."""
    return part_of(xlsx(appendix1(*rows), **options))


def officer(**changes):
    """Return a row with some cells changed."""
    names = ("seq", "zone", "boundary", "count", "name", "post", "phone")
    cells = dict(zip(names, OFFICER, strict=True))
    return list({**cells, **changes}.values())


class TestAGoodZone:
    def test_is_read_as_it_is(self):
        part = zones_of(OFFICER)
        (zone,) = part.zones
        assert (zone.row, zone.zone, zone.boundary, zone.count) == (
            6,
            "第一片区",
            "东关村、西关村",
            31,
        )
        assert zone.staff == (Staff("李明", "经济发展办公室主任", "13800000002"),)
        assert part.findings == []
        assert part.leader == Staff("王学平", "副镇长", "13800000009")

    def test_officers_on_further_rows(self):
        part = zones_of(OFFICER, TWO, officer(zone="第二片区"), merges=["B6:B7", "C6:C7", "D6:D7"])
        assert [[one.name for one in zone.staff] for zone in part.zones] == [
            ["李明", "李光"],
            ["李明"],
        ]
        assert part.zones[0].staff[1].phone == "022-28391234"
        assert part.rows_read == 3

    def test_the_zone_written_again_on_each_row(self):
        part = zones_of(OFFICER, officer(name="李光"), officer(name="李亮", boundary=None))
        assert [one.name for one in part.zones[0].staff] == ["李明", "李光", "李亮"]
        assert len(part.zones) == 1

    def test_two_numbers_of_an_officer(self):
        part = zones_of(officer(phone="13800000002、28391234"))
        assert part.zones[0].staff == (
            Staff("李明", "经济发展办公室主任", "13800000002", ("022-28391234",)),
        )

    def test_a_range_that_goes_on_in_the_next_row(self):
        part = zones_of(OFFICER, [None, None, "南关村", None, "李光", "科员", "28391234"])
        assert part.zones[0].boundary == "东关村、西关村、南关村"

    def test_several_people_stacked_in_a_row(self):
        part = zones_of(
            officer(name="李明\n李光", post="主任\n科员", phone="13800000002\n13800000003")
        )
        assert part.zones[0].staff == (
            Staff("李明", "主任", "13800000002"),
            Staff("李光", "科员", "13800000003"),
        )
        assert part.findings == []

    def test_people_that_cannot_be_told_apart_are_said(self):
        part = zones_of(officer(name="李明、李光", phone="13800000002"))
        assert part.zones[0].staff[0].name == "李明、李光"
        assert "几个人" in said(part, 6, "E")[0][1]


class TestCounts:
    @pytest.mark.parametrize(
        ("text", "count", "is_doubtful"),
        [
            ("31", 31, False),
            ("31户", 31, False),
            ("３１家", 31, False),
            ("共31户", 31, False),
            ("18（其中企业6）", 18, False),
            ("1,200户", 1200, False),
            ("120户，企业20户", 120, False),
            ("约120户", 120, True),
            ("约14", 14, True),
            ("120余户", 120, True),
            ("120户左右", 120, True),
            ("十二户", 12, True),
            ("0", 0, False),
            ("", None, False),
            ("待统计", None, False),
            ("10-20", None, False),
            ("-3", None, False),
            ("12.5", None, False),
            ("9" * 30, None, False),
        ],
    )
    def test_in_words(self, text, count, is_doubtful):
        assert count_of(text) == (count, is_doubtful)

    @pytest.mark.parametrize(
        ("cell", "count", "message"),
        [
            (31, 31, ""),
            ("约120户", 120, "按 120 记"),
            (None, None, "没有填"),
            ("若干", None, "不是整数"),
        ],
    )
    def test_doubts_are_said(self, cell, count, message):
        part = zones_of(officer(count=cell))
        assert part.zones[0].count == count
        texts = [text for _, text in said(part, 6, "D")]
        assert len(texts) == bool(message)
        assert all(message in text for text in texts)


class TestDoubts:
    @pytest.mark.parametrize(
        ("changes", "column", "word"),
        [
            ({"phone": "1380000"}, "G", "11 位"),
            ({"phone": None}, "G", "没有填"),
            ({"post": None}, "F", "没有填职务"),
            ({"post": "东关村党支部书记"}, "F", "村（社区）"),
            ({"post": "社区网格员"}, "F", "村（社区）"),
            ({"post": "党建办主任"}, "F", "党建"),
            ({"boundary": None}, "C", "没有填片区范围"),
            ({"zone": "第X片区", "boundary": "某街"}, "B", "认不出"),
            ({"zone": "示例1：XX街道第一片区"}, "B", "示例"),
            ({"zone": "第一片区：张三"}, "B", "张三"),
            ({"name": None}, "E", "没有服务人员姓名"),
            ({"name": 12345}, "E", "不是一个人的姓名"),
        ],
    )
    def test_are_said_and_the_zone_is_kept(self, changes, column, word):
        part = zones_of(officer(**changes))
        assert len(part.zones) == 1
        assert any(word in text for level, text in said(part, 6, column) if level == "WARNING")
        assert part.errors == []

    def test_a_zone_without_officers_is_said(self):
        part = zones_of(officer(name=None, post=None, phone=None))
        assert part.zones[0].staff == ()
        assert "没有为企服务人员" in said(part, 6, "E")[0][1]

    def test_a_zone_twice_is_said(self):
        part = zones_of(OFFICER, officer(zone="第二片区"), officer(boundary="南关村"))
        assert len(part.zones) == 3
        assert "两次" in said(part, 8, "B")[0][1]

    def test_a_zone_of_another_unit_is_an_error(self):
        part = zones_of(officer(zone="洇溜镇第一片区"))
        assert part.zones == []
        assert said(part, 6, "B")[0][0] == "ERROR"

    def test_a_formula_error_is_said(self):
        part = zones_of(officer(count="#REF!"))
        assert part.zones[0].count is None


class TestLongOrOddCells:
    @pytest.mark.parametrize(
        ("changes", "column", "word"),
        [
            ({"zone": "东" * 41}, "B", "超过 40"),
            ({"boundary": "村" * 2001}, "C", "超过 2000"),
            ({"post": "长" * 61}, "F", "超过 60"),
        ],
    )
    def test_are_cut_and_said(self, changes, column, word):
        part = zones_of(officer(**changes))
        assert len(part.zones) == 1
        assert any(word in text for _, text in said(part, 6, column))

    def test_without_a_column_of_counts(self):
        head = [["序号", "片区", "片区范围", "姓名", "职务", "联系方式"]]
        cells = ["1", "第一片区", "东关村", "李明", "科员", "13800000002"]
        part = part_of(xlsx(appendix1(cells, head=head)))
        assert part.zones[0].count is None
        assert part.findings == []

    def test_a_list_of_officers_by_zone(self):
        head = [["片区", "服务人员姓名", "联系电话"]]
        part = part_of(xlsx(appendix1(["第一片区", "李明", "13800000002"], head=head)))
        assert part.zones[0].staff[0].phone == "13800000002"

    def test_an_officer_before_any_zone(self):
        part = zones_of(officer(zone=None))
        assert part.zones[0].zone == ""
        assert "没有填片区" in said(part, 6, "B")[0][1]

    def test_a_zone_without_number_after_one_without_name(self):
        part = zones_of(officer(zone="第X片区"), officer(zone="城东片区"))
        assert [zone.zone for zone in part.zones] == ["", "城东片区"]

    def test_the_header_again_and_the_end_of_the_page(self):
        part = zones_of(OFFICER, *HEAD1, officer(zone="第二片区"), ["以下空白"])
        assert len(part.zones) == 2
        assert [(one.row, one.reason) for one in part.skipped] == [
            (7, "重复的表头"),
            (8, "重复的表头"),
            (10, "“以下空白”行"),
        ]


class TestSkipped:
    def test_examples_totals_and_numbers(self):
        part = zones_of(
            ["1", "示例1：XX街道第一片区", "某街东至XX路口"],
            ["2", "示例3：XX乡镇第一片区", "XX村和XX村"],
            OFFICER,
            [],
            officer(zone="第二片区"),
            ["5"],
            ["合计", None, None, 62],
        )
        assert [zone.zone for zone in part.zones] == ["第一片区", "第二片区"]
        assert [(one.row, one.reason) for one in part.skipped] == [
            (6, "示例行"),
            (7, "示例行"),
            (9, "空行"),
            (11, "只有序号"),
            (12, "小计、合计行"),
        ]


class TestSeveralUnits:
    HEAD = [["序号", "乡镇", "片区", "片区范围", "经营主体数量", "姓名", "职务", "联系方式"]]

    def test_by_a_column(self):
        rows = [
            [1, "渔阳镇", "第一片区", "东关村", 3, "李明", "科员", "13800000002"],
            [2, None, "第二片区", "西关村", 4, "李光", "科员", "13800000003"],
            [3, "洇溜镇", "第一片区", "高各庄村", 5, "李亮", "科员", "13800000004"],
            [4, "鱼阳镇", "第一片区", "高各庄村", 5, "李方", "科员", "13800000005"],
        ]
        first, second, unknown = read(
            xlsx(appendix1(*rows, above=[], head=self.HEAD, below=[]))
        ).parts
        assert [(part.unit, len(part.zones)) for part in (first, second)] == [
            ("渔阳镇", 2),
            ("洇溜镇", 1),
        ]
        assert unknown.zones == []
        assert "鱼阳镇" in unknown.errors[0].message

    def test_by_their_zones(self):
        rows = [officer(), officer(zone="洇溜镇第一片区")]
        head = [["序号", "片区", "片区范围", "经营主体数量", "姓名", "职务", "联系方式"]]
        parts = read(xlsx(appendix1(*rows, above=[], head=head, below=[]))).parts
        assert sorted((part.unit, len(part.zones)) for part in parts) == [
            ("洇溜镇", 1),
            ("渔阳镇", 1),
        ]


def test_a_leader_with_two_numbers():
    below = [[LEADER[0] + "、28391234"]]
    part = part_of(xlsx(appendix1(OFFICER, below=below)))
    assert part.leader == Staff("王学平", "副镇长", "13800000009", ("022-28391234",))
