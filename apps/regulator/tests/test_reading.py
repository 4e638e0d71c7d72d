"""The list as people get it: titles above, other words, states in long form, other file kinds."""

import pytest

from apps.core.errors import DomainError
from apps.filings.opening.child import Opened, Sheet, open_file
from apps.filings.reading.units import Units, UnitWords
from apps.regulator.reading import read_list, status_of
from apps.regulator.tests.builders import HEAD, book, code_of, line

UNITS = Units([UnitWords("yuyang", "渔阳镇"), UnitWords("bangjun", "邦均镇")])


def read(rows, **options):
    return read_list(open_file(book(rows, **options)), units=UNITS)


def sheet_of(*rows):
    numbered = {number: list(row) for number, row in enumerate(rows, start=1)}
    return Opened("csv", [Sheet("表", rows=numbered)])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("存续（在营、开业、在册）", "ACTIVE"),
        ("在业", "ACTIVE"),
        ("", "ACTIVE"),
        ("—", "ACTIVE"),
        ("注销", "CANCELLED"),
        ("已注销", "CANCELLED"),
        ("吊销，未注销", "REVOKED"),
        ("吊销未注销", "REVOKED"),
        ("吊销", "REVOKED"),
        ("吊销，已注销", "CANCELLED"),
        ("迁出", "MOVED_OUT"),
        ("歇业", "SUSPENDED"),
        ("撤销登记", "CANCELLED"),
        ("丙", ""),
    ],
)
def test_states_in_the_regulators_words(words, status):
    assert status_of(words) == status


class TestHeader:
    def test_is_found_below_a_title(self):
        found = read([line(1, "演示甲有限公司")])
        (row,) = found.rows
        assert (row.row, row.name, row.credit_code) == (4, "演示甲有限公司", code_of(1))
        assert (row.unit_code, row.status, row.kind) == ("yuyang", "ACTIVE", "ENTERPRISE")
        assert row.principal == "演示"
        assert "表头在第 3 行" in found.remarks[-1]

    def test_is_known_by_other_words(self):
        opened = sheet_of(
            ("主体名称", "注册号", "经营者姓名", "经营状态", "所属乡镇"),
            ("演示乙商店", code_of(2, "92"), "演示", "注销", "邦均镇"),
        )
        (row,) = read_list(opened, units=UNITS).rows
        assert (row.status, row.kind, row.unit_code) == ("CANCELLED", "INDIVIDUAL", "bangjun")

    def test_that_is_none_says_what_the_file_has(self):
        with pytest.raises(DomainError, match="车牌、司机"):
            read_list(sheet_of(("车牌", "司机"), ("津A", "演示")), units=UNITS)

    def test_without_rows_is_refused(self):
        with pytest.raises(DomainError, match="没有数据"):
            read([])

    def test_again_on_the_next_page_is_no_entity(self):
        found = read([line(1, "演示甲有限公司"), HEAD, line(2, "演示乙有限公司")])
        assert [row.row for row in found.rows] == [4, 6]
        assert found.skipped == []


class TestLines:
    def test_of_the_same_code_count_once(self):
        found = read([line(1, "演示甲有限公司"), line(1, "演示甲有限公司")])
        assert len(found.rows) == 1
        assert found.skipped == [(5, "演示甲有限公司", "与第 4 行信用代码相同")]

    def test_without_a_name_are_left_out_and_said(self):
        found = read([line(1, ""), line(2, "演示乙有限公司")])
        assert found.skipped == [(4, "", "没有填名称")]

    def test_keep_a_wrong_code_and_say_so(self):
        (row,) = read([line(1, "演示甲有限公司", code="91120119MATEX0001X0")]).rows
        assert "信用代码" in row.note

    def test_name_their_township_by_the_address_at_last(self):
        values = {"office": "蓟州区市场监督管理局", "address": "天津市蓟州区邦均镇二路"}
        (row,) = read([line(1, "演示甲有限公司", **values)]).rows
        assert row.unit_code == "bangjun"

    def test_with_an_unknown_state_are_in_business_and_said(self):
        found = read([line(1, "演示甲有限公司", status="丙类")])
        assert found.rows[0].status == "ACTIVE"
        assert any("认不出状态“丙类”（1 行）" in text for text in found.remarks)

    def test_have_the_day_of_their_end(self):
        rows = [
            line(1, "演示甲有限公司", status="注销", ended="2026年3月2日"),
            line(2, "演示乙有限公司", status="注销", ended="2026-02-30"),
        ]
        first, second = read(rows).rows
        assert str(first.ended_on) == "2026-03-02"
        assert second.ended_on is None
