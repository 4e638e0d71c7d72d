"""Opening files: limits, values on their way from the child, and the odder corners of the formats."""

import io
import json
import sys
from datetime import date, datetime, time, timedelta

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from apps.core.errors import DomainError
from apps.filings.opening import child, guard, limits, parsers, parts, program, usage
from apps.filings.opening.cells import packed, unpacked
from apps.filings.reading.grid import DenseRows
from apps.filings.tests.hostile import BASE, book, sheet, table
from apps.filings.tests.made import (
    GOOD,
    UNITS,
    appendix2,
    opened_here,
    part_of,
    read_guarded,
    repacked,
    row,
    text,
    word,
    xls,
    xlsx,
)


class TestValues:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("", None),
            (None, None),
            ("x\ny", "x\ny"),
            ("\ud800x", "?x"),
            (13800000001.0, 13800000001),
            (-1.0, -1),
            (0.5, 0.5),
            (1e20, 1e20),
            (float("inf"), "#NUM!"),
            (float("nan"), "#NUM!"),
            (True, True),
            (date(2026, 1, 9), date(2026, 1, 9)),
            (datetime(2026, 1, 9), date(2026, 1, 9)),  # noqa: DTZ001 - a workbook has no zones
            (datetime(2026, 1, 9, 8, 30), datetime(2026, 1, 9, 8, 30)),  # noqa: DTZ001
            (time(8, 30), "08:30:00"),
            (timedelta(hours=30), "1 day, 6:00:00"),
            (object, str(object)),
        ],
    )
    def test_survive_the_way(self, value, expected):
        sent = json.loads(json.dumps(packed(value)))
        assert unpacked(sent) == expected
        assert type(unpacked(sent)) is type(expected)

    def test_a_time_of_day_in_a_cell_is_no_trouble(self):
        part = part_of(xlsx(appendix2(row("第一片区", person=datetime(2026, 1, 9, 8, 30)))))  # noqa: DTZ001
        assert part.entities[0].person == ""

    def test_dense_rows_have_the_empty_ones_between(self):
        rows = DenseRows({2: ["a"], 4: ["b"]})
        assert len(rows) == 4
        assert list(rows) == [[], ["a"], [], ["b"]]
        assert rows[-1] == ["b"]
        assert rows[1:3] == [["a"], []]
        with pytest.raises(IndexError):
            rows[4]


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "most", "reason"),
        [
            ("MOST_UNPACKED", 100, "太大"),
            ("MOST_CELLS", 5, "单元格太多"),
            ("MOST_AREA", 10, "离表太远"),
            ("MOST_ROWS", 3, "超过 3 行"),
            ("MOST_BYTES", 100, "超过 0 MB"),
            ("MOST_SHEETS", 0, "个工作表"),
            ("MOST_MEMBERS", 1, "个部件"),
        ],
    )
    def test_of_a_workbook(self, monkeypatch, limit, most, reason):
        monkeypatch.setattr(limits, limit, most)
        with pytest.raises(DomainError, match=reason):
            list(parsers.parse(BASE).sheets)

    def test_of_sheets_in_an_old_workbook(self, monkeypatch):
        monkeypatch.setattr(limits, "MOST_SHEETS", 1)
        with pytest.raises(DomainError, match="2 个工作表"):
            list(parsers.parse(xls(appendix2(GOOD), [["x"]])).sheets)

    @pytest.mark.parametrize(("limit", "most"), [("MOST_ROWS", 2), ("MOST_COLUMNS", 3)])
    def test_of_a_list_in_csv(self, monkeypatch, limit, most):
        monkeypatch.setattr(limits, limit, most)
        with pytest.raises(DomainError, match="最多"):
            opened_here(text(appendix2(GOOD)))

    @pytest.mark.parametrize(("limit", "most"), [("MOST_ROWS", 2), ("MOST_COLUMNS", 3)])
    def test_of_a_word_file(self, monkeypatch, limit, most):
        monkeypatch.setattr(limits, limit, most)
        with pytest.raises(DomainError, match="超过"):
            opened_here(word(["x"], [["a", "b", "c", "d"]] * 3))

    def test_of_a_row_without_end(self, monkeypatch):
        monkeypatch.setattr(usage, "LONGEST_ROW", 1000)
        with pytest.raises(DomainError, match="大得不正常"):
            guard.check(book(sheet(table()) + b"<x>" * 400_000))

    def test_of_notes(self, monkeypatch):
        monkeypatch.setattr(usage, "MOST_NOTES", 2)
        errors = "".join(
            f'<row r="{at}"><c t="e"><v>#REF!</v></c><c r="C{at}" t="e"><v>#REF!</v></c></row>'
            for at in range(7, 12)
        )
        (use,) = guard.check(book(sheet(table(errors)))).sheets.values()
        assert [(note.row, note.column) for note in use.notes] == [(7, 3), (8, 3)]

    def test_a_cell_is_no_longer_than_in_excel(self):
        assert len(packed("x" * 40_000)) == limits.LONGEST_CELL


class TestParts:
    def test_formula_notes_are_of_the_right_sheet(self):
        note = sheet(table('<row r="7"><c r="C7"><f>A1</f></c></row>'))
        two = xlsx([["说明"]], appendix2(GOOD), names=["一", "二"])
        raw = repacked(two, replaced={"xl/worksheets/sheet2.xml": note})
        assert [one.notes for one in opened_here(raw).sheets] == [[], [(7, 3, "")]]

    def test_absolute_and_missing_targets(self):
        relations = repacked(BASE, dropped=["xl/_rels/workbook.xml.rels"])
        assert parts.by_sheet(relations) == {}
        assert parts._absolute("/xl/worksheets/sheet1.xml") == "xl/worksheets/sheet1.xml"
        assert parts._absolute("../xl/worksheets/sheet1.xml") == "xl/worksheets/sheet1.xml"

    def test_an_empty_result_of_a_formula_is_no_error(self):
        rows = '<row r="7"><c r="C7" t="str"><f>A1</f><v></v></c><c r="D7" t="str"><f>A1</f><v>x</v></c></row>'
        (use,) = guard.check(book(sheet(table(rows)))).sheets.values()
        assert use.notes == []

    def test_a_sheet_of_charts_is_left_out(self):
        import xlsxwriter

        target = io.BytesIO()
        with xlsxwriter.Workbook(target) as made:
            made.add_worksheet("表").write_row(0, 0, ["片区", "名称", "性质"])
            chart = made.add_chart({"type": "line"})
            chart.add_series({"values": "=表!$A$1:$A$2"})
            made.add_chartsheet("图").set_chart(chart)
        assert [one.name for one in opened_here(target.getvalue()).sheets] == ["表"]

    def test_a_part_that_is_no_markup_may_say_anything(self):
        raw = repacked(BASE, added={"xl/media/image1.png": b"<!DOCTYPE x>"})
        assert len(part_of(raw).entities) == 1


class TestWord:
    def table(self, change):
        document = docx.Document()
        made = document.add_table(rows=2, cols=5)
        for column, label in enumerate(["片区", "名称", "性质", "负责人", "电话"]):
            made.cell(0, column).text = label
        for column, value in enumerate(["第一片区", "乙商店", "个体", "张三", "13800000001"]):
            made.cell(1, column).text = value
        change(document, made)
        target = io.BytesIO()
        document.save(target)
        return part_of(target.getvalue(), "渔阳镇.docx")

    def test_blank_lines_and_blank_rows_are_nothing(self):
        def change(document, made):
            made.add_row()
            document.add_paragraph("")

        assert [one.name for one in self.table(change).entities] == ["乙商店"]

    def test_a_row_that_begins_further_right(self):
        def change(document, made):
            cells = made.rows[1]._tr
            cells.remove(made.cell(1, 0)._tc)
            properties = OxmlElement("w:trPr")
            before = OxmlElement("w:gridBefore")
            before.set(qn("w:val"), "1")
            properties.append(before)
            cells.insert(0, properties)

        (found,) = self.table(change).entities
        assert (found.zone, found.name) == ("", "乙商店")

    def test_tabs_and_breaks_inside_a_cell(self):
        def change(document, made):
            run = made.cell(1, 4).paragraphs[0].add_run()
            run.add_break()
            run.add_tab()
            run.add_text("28391234")

        assert self.table(change).entities[0].phones == ("13800000001", "022-28391234")

    def test_a_cell_that_continues_nothing(self):
        def change(document, made):
            properties = made.cell(0, 0)._tc.get_or_add_tcPr()
            properties.append(OxmlElement("w:vMerge"))

        assert [one.name for one in self.table(change).entities] == ["乙商店"]


class TestTheProgram:
    """The child's own program, here without its limits."""

    def answer(self, monkeypatch, raw):
        said = io.StringIO()
        monkeypatch.setattr(program, "confine", lambda: None)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        monkeypatch.setattr(sys, "stdout", said)
        program.main()
        return [json.loads(line) for line in said.getvalue().rstrip("\n").split("\n")]

    def test_answers_in_lines_and_says_its_end(self, monkeypatch):
        first, second, rows, last = self.answer(monkeypatch, BASE)
        assert first == {"format": "xlsx", "remarks": []}
        assert second["sheet"] == "Sheet1"
        assert rows["rows"][5] == [6, GOOD]
        assert last["end"]
        assert last["kilobytes"] > 0

    def test_says_why_it_refuses(self, monkeypatch):
        first, last = self.answer(monkeypatch, b"GIF89a")
        assert "图片" in first["refused"]
        assert last["end"]

    def test_says_when_memory_runs_out(self, monkeypatch):
        def greedy(raw):
            raise MemoryError

        monkeypatch.setattr(program, "parse", greedy)
        assert self.answer(monkeypatch, BASE)[0]["refused"] == program.TOO_LARGE

    def test_a_book_of_nothing_is_refused(self, monkeypatch):
        monkeypatch.setattr(program, "parse", lambda raw: parsers.RawBook("xlsx", []))
        assert "没有表格" in self.answer(monkeypatch, BASE)[0]["refused"]

    def test_many_rows_come_in_several_lines(self, monkeypatch):
        monkeypatch.setattr(program, "ROWS_PER_LINE", 2)
        lines = self.answer(monkeypatch, BASE)
        assert sum(len(line.get("rows", [])) for line in lines) == 7
        assert len(lines) > 5


def test_a_file_on_disk_is_read_by_its_path(tmp_path):
    from apps.filings.reading import read_file

    path = tmp_path / "附件2.xlsx"
    path.write_bytes(BASE)
    assert read_file(path, path.name, units=UNITS) == read_guarded(BASE, path.name)


def test_a_child_that_reads_nothing_is_no_trouble(monkeypatch):
    monkeypatch.setattr(child, "_PROGRAM", "import os; os.close(0); os._exit(3)")
    with pytest.raises(DomainError):
        child.open_file(b"x" * (8 << 20))
