"""Flat lists as files: what stands where, and the names of the files."""

import csv
import io
from datetime import UTC, date, datetime
from urllib.parse import unquote

import openpyxl
import pytest

from apps.core import exports
from apps.core.exports import ExportColumn, Kind, Stamp

STAMP = Stamp("赵敏", "渔阳镇", datetime(2026, 3, 18, 2, tzinfo=UTC))
COLUMNS = (
    ExportColumn("名称"),
    ExportColumn("信用代码", width=22),
    ExportColumn("件数", Kind.NUMBER),
    ExportColumn("登记日", Kind.DATE),
    ExportColumn("时间", Kind.MOMENT),
    ExportColumn("办结率", Kind.PERCENT),
)
ROWS = (
    ("=1+1", 13800000002.0, 12, date(2026, 3, 18), STAMP.at, 0.93456),
    ("某店" * 10, "012345678901234567", None, None, None, None),
)


def book(rows=ROWS, **options):
    """Return the workbook of the list."""
    target = io.BytesIO()
    options = {"title": "超期清单", "columns": COLUMNS, "stamp": STAMP, **options}
    exports.write_xlsx(target, rows=rows, **options)
    return openpyxl.load_workbook(target)


class TestWriteXlsx:
    def test_has_filters_in_row_one_and_the_head_in_row_two(self):
        sheet = book(filters="单位=渔阳镇").active
        assert sheet["A1"].value == "筛选条件：单位=渔阳镇"
        assert [cell.value for cell in sheet[2]] == [column.label for column in COLUMNS]
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A3", "$2:$2")
        assert sheet.auto_filter.ref == "A2:F4"

    def test_keeps_codes_as_text_dates_as_dates_and_ratios_exact(self):
        cells = list(book().active[3])
        assert [cell.value for cell in cells[:4]] == [
            "=1+1",
            "13800000002",
            12,
            datetime(2026, 3, 18),  # noqa: DTZ001
        ]
        assert cells[1].number_format == "@"
        assert cells[4].value == datetime(2026, 3, 18, 10)  # noqa: DTZ001
        assert (cells[5].value, cells[5].number_format) == (0.93456, "0.00%")

    def test_widens_columns_for_chinese(self):
        widths = book().active.column_dimensions
        assert 41 < widths["A"].width < 44
        assert 22 <= widths["B"].width < 23.5

    def test_says_who_took_it_when_and_how_much(self):
        written = book()
        facts = {row[0]: row[1] for row in written["导出说明"].iter_rows(values_only=True)}
        assert facts["导出人"] == "赵敏"
        assert facts["导出单位"] == "渔阳镇"
        assert facts["导出时间"] == "2026-03-18 10:00:00"
        assert (facts["行数"], facts["筛选条件"]) == ("2", "无")
        assert "赵敏 2026-03-18 10:00" in written.active.oddFooter.right.text

    def test_goes_on_a_new_sheet_at_the_last_row_of_excel(self, monkeypatch):
        monkeypatch.setattr(exports, "LAST_ROW", 5)
        rows = ((n,) for n in range(7))
        written = book(rows, columns=(ExportColumn("号", Kind.NUMBER),))
        assert written.sheetnames == ["超期清单", "超期清单(2)", "超期清单(3)", "导出说明"]
        read = [row[0].value for name in written.sheetnames[:3] for row in written[name]["A3:A9"]]
        assert [value for value in read if value is not None] == list(range(7))

    def test_returns_the_number_of_rows(self):
        options = {"title": "表", "columns": COLUMNS, "stamp": STAMP}
        assert exports.write_xlsx(io.BytesIO(), rows=ROWS, **options) == 2

    def test_refuses_a_row_that_lacks_a_cell(self):
        with pytest.raises(ValueError, match="shorter"):
            book([("名",)])


class TestCsvLines:
    def test_is_the_same_list(self):
        text = "".join(exports.csv_lines(COLUMNS, ROWS))
        head, first, second = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
        assert head == [column.label for column in COLUMNS]
        assert first == ["'=1+1", "13800000002", "12", "2026-03-18", "2026-03-18 10:00", "93.46%"]
        assert second[1:] == ["012345678901234567", "", "", "", ""]

    def test_says_yes_and_no_in_words(self):
        lines = list(exports.csv_lines([ExportColumn("是否")], [(True,), (False,)]))
        assert lines[1:] == ["是\r\n", "否\r\n"]


class TestFileName:
    def test_names_content_unit_day_and_person(self):
        name = exports.file_name(
            "经营主体统计表", "渔阳镇", on=date(2026, 3, 18), by="赵敏", suffix=".xlsx"
        )
        assert name == "经营主体统计表_渔阳镇_20260318_赵敏.xlsx"

    @pytest.mark.parametrize(
        ("part", "name"),
        [
            ("../../etc/passwd", "etcpasswd.csv"),
            ('a"b\r\nSet-Cookie: x', "abSet-Cookiex.csv"),
            ("单\u202e倒\u200b", "单倒.csv"),
            ("", "导出.csv"),
            ("\ud800", "\ufffd.csv"),
            ("长" * 300, "长" * 116 + ".csv"),
        ],
    )
    def test_leaves_out_what_systems_cannot_bear(self, part, name):
        assert exports.file_name(part, suffix=".csv") == name


class TestDisposition:
    def test_has_both_forms(self):
        header = exports.disposition("统计表_渔阳镇_20260318_赵敏.xlsx")
        plain, encoded = header.split("; ")[1:]
        assert plain == 'filename="20260318.xlsx"'
        assert (
            unquote(encoded.removeprefix("filename*=UTF-8''")) == "统计表_渔阳镇_20260318_赵敏.xlsx"
        )

    @pytest.mark.parametrize("name", ['a";b.csv', "甲\r\nX: 1.csv", "甲.c\nsv", "甲'乙.xlsx", "甲"])
    def test_cannot_be_broken_out_of(self, name):
        header = exports.disposition(name)
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2
        assert unquote(header.split("filename*=UTF-8''")[1]) == name
