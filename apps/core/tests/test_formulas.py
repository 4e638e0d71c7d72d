"""Nothing that a person typed becomes a formula in somebody else's spreadsheet (B4)."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from apps.core import formulas
from apps.core.sheets import Book, put, put_text

PROBES = (
    "=1+1",
    "==1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "　=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.invalid","点我")',
    "+8613812345678",
    "'=1+1",
    "﹢1",
    "<r><t>x</t></r></is></c><c><f>1+1</f></c><c><is><r><t></t></r>",
)


def written(values):
    """Return the cells of column A after a trip through a workbook."""
    target = io.BytesIO()
    with Book(target) as book:
        sheet, style = book.sheet("表"), book.style(num_format="@")
        for row, value in enumerate(values):
            put(sheet, row, 0, value, style)
    sheet = openpyxl.load_workbook(target).active
    return [row[0] for row in sheet.iter_rows()]


class TestWorkbook:
    @pytest.mark.parametrize("probe", PROBES)
    def test_keeps_a_probe_as_the_text_it_was(self, probe):
        (cell,) = written([probe])
        assert (unescape(cell.value), cell.data_type) == (probe, "s")

    def test_marks_a_probe_so_that_editing_keeps_it_text(self):
        risky, plain = written(["=1+1", "正文"])
        assert (risky.quotePrefix, plain.quotePrefix) == (True, False)

    def test_keeps_numbers_as_numbers(self):
        assert [cell.value for cell in written([5, -3, 2.5])] == [5, -3, 2.5]

    def test_turns_a_number_too_long_to_be_exact_into_text(self):
        assert written([123456789012345678])[0].value == "123456789012345678"

    def test_keeps_text_that_looks_like_a_number(self):
        assert written(["13812345678"])[0].value == "13812345678"

    @pytest.mark.parametrize("odd", ["𠮷㸆", "a\x00b", "_x0041_", "末尾 ", "一\r\n二", "\u202e倒"])
    def test_keeps_rare_characters(self, odd):
        assert unescape(written([odd])[0].value) == odd

    def test_replaces_half_a_character(self):
        assert written(["甲\ud800乙"])[0].value == "甲\ufffd乙"

    def test_cuts_what_no_cell_can_hold_and_says_so(self):
        target = io.BytesIO()
        with Book(target) as book:
            put_text(book.sheet("表"), 0, 0, "长" * 40_000, book.style())
        value = openpyxl.load_workbook(target).active["A1"].value
        assert len(value) < 32_767
        assert value.endswith("已截断）")

    def test_leaves_out_what_is_no_number(self):
        assert written([float("nan"), 1])[0].value is None


class TestCsv:
    @pytest.mark.parametrize("probe", PROBES[:-1])
    def test_puts_an_apostrophe_in_front_and_takes_it_away_again(self, probe):
        shown = formulas.to_csv(probe)
        assert shown == f"'{probe}"
        assert formulas.from_csv(shown) == probe

    @pytest.mark.parametrize(
        "text", ["正文", "1-2", "", "022-2***0002", "a=b", "-5", "-8.50%", "'"]
    )
    def test_leaves_other_texts_alone(self, text):
        assert formulas.to_csv(text) == text

    def test_keeps_numbers_as_numbers(self):
        assert [formulas.to_csv(value) for value in (-5, 1.5, None)] == ["-5", "1.5", ""]

    @given(st.text(alphabet="'=+-@ ＝\t\r\n1a", max_size=6) | st.text(max_size=20))
    def test_is_exact_for_every_text(self, text):
        assert formulas.from_csv(formulas.to_csv(text)) == formulas.storable(text)

    def test_begins_with_the_mark_that_spreadsheets_need(self):
        lines = list(formulas.csv_lines(["名称"], [["=1"], ["甲,乙"]]))
        assert lines[0] == "\ufeff名称\r\n"
        assert list(csv.reader(lines[1:])) == [["'=1"], ["甲,乙"]]

    def test_reads_rows_one_by_one(self):
        taken = []
        lines = formulas.csv_lines(["a"], ([taken.append(n) or n] for n in range(10)))
        next(lines)
        next(lines)
        assert taken == [0]


class TestPrintable:
    def test_drops_what_xml_cannot_hold(self):
        assert formulas.printable("a\x00\x0b\tb\n\uffff\ud800") == "a\tb\n\ufffd"
