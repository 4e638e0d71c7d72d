"""The uploaded workbook comes back marked, otherwise as it was, and without anything that runs."""

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from apps.core.errors import DomainError
from apps.filings import annotate
from apps.filings.annotate import Grid
from apps.filings.contents import Finding, Level

RED, YELLOW = "00FF8A8A", "00FFE88A"


def found(row, column="F", *, level=Level.ERROR, sheet="Sheet1", message="手机号少一位", advice=""):
    """Return a finding about a phone."""
    return Finding(level, sheet, row, column, "联系方式", "1", message, advice)


def workbook(change=None):
    """Return the bytes of a small uploaded workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    sheet.append(["第一片区", 1, "某店", "企业", "张三", 1380000000])
    sheet.append([None, 2, "乙店", "企业", "李四", "=1+1"])
    sheet.merge_cells("A1:A2")
    sheet["C1"].font = Font(bold=True)
    sheet.column_dimensions["C"].width = 33
    if change:
        change(book, sheet)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def marked(raw, *findings):
    """Return the marked workbook."""
    target = io.BytesIO()
    annotate.annotate(raw, findings, target)
    return openpyxl.load_workbook(target)


@pytest.fixture(params=["opened", "anew"])
def either(request, monkeypatch):
    """Both ways a workbook is marked."""
    if request.param == "anew":
        monkeypatch.setattr(annotate, "MOST_ROWS", 1)


@pytest.mark.usefixtures("either")
class TestAnnotate:
    def test_colours_errors_red_and_warnings_yellow(self):
        sheet = marked(workbook(), found(1), found(2, "D", level=Level.WARNING)).active
        assert sheet["F1"].fill.fgColor.rgb[2:] == RED[2:]
        assert sheet["D2"].fill.fgColor.rgb[2:] == YELLOW[2:]
        assert sheet["C1"].fill.fill_type is None

    def test_comments_with_the_problem_and_the_way_out(self):
        sheet = marked(workbook(), found(1, advice="请补全")).active
        assert sheet["F1"].comment.text == "【错误】联系方式：手机号少一位\n怎么改：请补全"

    def test_brings_all_findings_of_a_cell_together(self):
        sheet = marked(workbook(), found(1, level=Level.WARNING, message="甲"), found(1)).active
        assert sheet["F1"].comment.text.splitlines() == [
            "【提醒】联系方式：甲",
            "【错误】联系方式：手机号少一位",
        ]
        assert sheet["F1"].fill.fgColor.rgb[2:] == RED[2:]

    def test_leaves_values_alone(self):
        values = [cell.value for cell in marked(workbook(), found(1)).active[1]]
        assert values == ["第一片区", 1, "某店", "企业", "张三", 1380000000]

    def test_marks_cells_that_were_empty_and_rows_after_the_last(self):
        sheet = marked(workbook(), found(1, "H"), found(9, "B")).active
        assert sheet["H1"].comment is not None
        assert sheet["B9"].comment is not None

    def test_puts_what_concerns_a_row_or_a_sheet_in_front(self):
        sheet = marked(workbook(), found(0, ""), found(3, "")).active
        assert (sheet["A1"].comment is None, sheet["A3"].comment is None) == (False, False)

    def test_writes_no_formula_into_a_comment(self):
        sheet = marked(workbook(), found(1, message="=1+1\x00", advice="@SUM(1)")).active
        assert sheet["F1"].comment.text == "【错误】联系方式：=1+1\n怎么改：@SUM(1)"

    def test_comments_only_as_much_as_programs_bear(self, monkeypatch):
        monkeypatch.setattr(annotate, "MOST_COMMENTS", 1)
        sheet = marked(workbook(), found(1), found(2)).active
        assert (sheet["F1"].comment is None, sheet["F2"].comment is None) == (False, True)
        assert sheet["F2"].fill.fgColor.rgb[2:] == RED[2:]

    def test_keeps_the_sheets_and_their_names(self):
        def change(book, sheet):
            book.create_sheet("说明")["A1"] = "备注"
            book.create_sheet("隐藏").sheet_state = "hidden"

        written = marked(workbook(change), found(1, "A", sheet="说明"))
        assert written.sheetnames == ["Sheet1", "说明", "隐藏"]
        assert written["说明"]["A1"].comment is not None
        assert written["隐藏"].sheet_state == "hidden"

    def test_ignores_findings_of_sheets_that_are_not_there(self):
        assert marked(workbook(), found(1, sheet="别的")).active["F1"].comment is None

    def test_refuses_what_cannot_be_opened(self):
        with pytest.raises(DomainError, match="错误清单"):
            marked(b"PK\x03\x04 nothing", found(1))


class TestOpened:
    """A small workbook keeps what it had."""

    def test_keeps_formats_widths_merges_and_own_formulas(self):
        sheet = marked(workbook(), found(2)).active
        assert sheet["C1"].font.bold
        assert sheet.column_dimensions["C"].width == 33
        assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:A2"]
        assert (sheet["F2"].value, sheet["F2"].data_type) == ("=1+1", "f")

    def test_marks_the_first_cell_of_a_merged_area(self):
        sheet = marked(workbook(), found(2, "A")).active
        assert sheet["A1"].comment is not None

    def test_keeps_a_comment_that_was_there(self):
        def change(book, sheet):
            sheet["F1"].comment = Comment("请核", "李")

        text = marked(workbook(change), found(1)).active["F1"].comment.text
        assert text.endswith("原批注：请核")

    @pytest.mark.parametrize(
        "formula",
        [
            "=cmd|' /C calc'!A0",
            '=HYPERLINK("http://x.invalid")',
            "=[1]Sheet1!A1",
            "='[a.xlsx]S'!A1",
        ],
    )
    def test_keeps_formulas_that_reach_out_as_text(self, formula):
        def change(book, sheet):
            sheet["H1"] = formula

        cell = marked(workbook(change), found(1)).active["H1"]
        assert (cell.value, cell.data_type, cell.quotePrefix) == (formula, "s", True)

    def test_drops_macros(self):
        raw = io.BytesIO(workbook())
        with zipfile.ZipFile(raw, "a") as archive:
            archive.writestr("xl/vbaProject.bin", b"macro")
        target = io.BytesIO()
        annotate.annotate(raw.getvalue(), [found(1)], target)
        assert "xl/vbaProject.bin" not in zipfile.ZipFile(target).namelist()


class TestIsSmall:
    @pytest.mark.parametrize(
        "merged",
        [
            b'<mergeCell ref="A1:XFD1048576"/>',
            b"<mergeCell  ref = 'A1:XFD1048576' />",
            b'<x:mergeCell ref="a1:xfd1048576"/>',
            b'<mergeCell ref="&#65;1:XFD1048576"/>',
            b'<mergeCell ref="A:A"/>',
            b"<row>" * 20_001,
            b"<c/>" * 240_001,
            b"<" + b" " * (2 << 20) + b">",
        ],
    )
    @pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "elsewhere/a.xml"])
    def test_sees_what_would_fill_the_memory(self, merged, name):
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, b"<worksheet>" + merged + b"</worksheet>")
        assert not annotate._is_small(raw.getvalue())

    def test_does_not_count_in_encodings_it_does_not_read(self):
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w") as archive:
            archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>".encode("utf-16"))
        assert not annotate._is_small(raw.getvalue())

    def test_finds_tags_that_lie_across_pieces(self, monkeypatch):
        monkeypatch.setattr(annotate, "MOST_ROWS", 99_999)
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b'<row r="123456789">' * 100_000)
        assert not annotate._is_small(raw.getvalue())

    def test_takes_an_ordinary_workbook_for_small(self):
        assert annotate._is_small(workbook())


class TestAnnotateGrids:
    def test_makes_a_workbook_of_any_grid(self):
        rows = [["名称", "电话", "日期"], ["=1+1", 5, datetime(2026, 1, 9)], ["", None, ""]]  # noqa: DTZ001
        target = io.BytesIO()
        annotate.annotate_grids(
            [Grid("表格1", rows)],
            [found(2, "B", sheet="表格1"), found(3, "A", sheet="表格1")],
            target,
        )
        sheet = openpyxl.load_workbook(target)["表格1"]
        assert [cell.value for cell in sheet[2]] == ["=1+1", 5, datetime(2026, 1, 9)]  # noqa: DTZ001
        assert sheet["A2"].data_type == "s"
        assert (sheet["B2"].comment is None, sheet["A3"].comment is None) == (False, False)
