"""Widths, sheet names and values of workbooks that are written row by row."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from apps.core.sheets import Book, footer_text, lines_in, merge, put, sheet_name, text_width


class TestTextWidth:
    @pytest.mark.parametrize(
        ("text", "width"),
        [("", 0), ("abc", 3), ("渔阳镇", 6), ("（A）", 5), ("𠮷", 2), ("一\nabc", 3), ("｡", 1)],
    )
    def test_counts_a_chinese_character_twice(self, text, width):
        assert text_width(text) == width


class TestLinesIn:
    @pytest.mark.parametrize(
        ("text", "lines"),
        [("", 1), ("短", 1), ("十" * 5, 1), ("十" * 6, 2), ("a" * 21, 3), ("一\n\n二", 3)],
    )
    def test_wraps_at_ten_columns(self, text, lines):
        assert lines_in(text, 10) == lines


class TestSheetName:
    @pytest.mark.parametrize(
        ("wanted", "name"),
        [
            ("渔阳镇", "渔阳镇"),
            ("a[b]:*?/\\c", "abc"),
            ("'引号'", "引号"),
            ("", "表"),
            ("History", "History表"),
            ("\u202e倒\x00", "倒"),
            ("长" * 40, "长" * 31),
            ("𠮷" * 20, "𠮷" * 15),
        ],
    )
    def test_is_one_that_excel_accepts(self, wanted, name):
        assert sheet_name(wanted, set()) == name

    def test_is_unique_without_regard_to_case(self):
        taken: set[str] = set()
        names = [
            sheet_name(wanted, taken) for wanted in ("表A", "表a", "表A", "长" * 31, "长" * 40)
        ]
        assert names == ["表A", "表a(2)", "表A(3)", "长" * 31, "长" * 28 + "(2)"]

    def test_never_hits_a_name_that_was_made(self):
        taken: set[str] = set()
        names = [sheet_name(wanted, taken) for wanted in ("甲", "甲(2)", "甲")]
        assert names == ["甲", "甲(2)", "甲(3)"]


class TestFooterText:
    def test_doubles_the_sign_that_starts_a_code(self):
        assert footer_text("A&B\n\x07") == "A&&B "


class TestPut:
    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            (None, None),
            ("", None),
            (True, "是"),
            (date(2026, 3, 18), datetime(2026, 3, 18)),  # noqa: DTZ001
            (datetime(2026, 3, 17, 16, 30, tzinfo=UTC), datetime(2026, 3, 18, 0, 30)),  # noqa: DTZ001
            (date(1800, 1, 1), "1800-01-01"),
        ],
    )
    def test_keeps_the_type_of_a_value(self, value, stored):
        target = io.BytesIO()
        with Book(target) as book:
            put(book.sheet("表"), 0, 0, value, book.style(num_format="yyyy-mm-dd hh:mm"))
        assert openpyxl.load_workbook(target).active["A1"].value == stored

    @pytest.mark.parametrize("value", [3, -1.5, Decimal("2.5")])
    def test_keeps_a_number_a_number(self, value):
        target = io.BytesIO()
        with Book(target) as book:
            put(book.sheet("表"), 0, 0, value, book.style())
        assert openpyxl.load_workbook(target).active["A1"].value == value


class TestMerge:
    def test_joins_rows_that_are_written_already(self):
        target = io.BytesIO()
        with Book(target) as book:
            sheet, style = book.sheet("表"), book.style(border=1)
            for row in range(3):
                put(sheet, row, 0, "片区" if row == 0 else None, style)
                put(sheet, row, 1, row, style)
            merge(sheet, 0, 0, 2, 0)
            merge(sheet, 2, 1, 2, 1)
        sheet = openpyxl.load_workbook(target).active
        assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:A3"]
        assert [sheet[f"B{row}"].value for row in (1, 2, 3)] == [0, 1, 2]
