"""Both appendices as workbooks: the official layout, and nothing lost on the way."""

import io
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from django.conf import settings

from apps.core.exports import Stamp
from apps.filings import official, write_xlsx
from apps.filings.contents import Appendix, EntityRow, Part, Staff, ZoneRow
from apps.filings.official import Form
from apps.filings.tests.written import (
    column,
    entities_form,
    merges,
    opened,
    townships,
    zones_form,
)

STAMP = Stamp("赵敏", "渔阳镇 & 城关", datetime(2026, 3, 18, 2, tzinfo=UTC))


def text(value):
    """Return a cell's text as a reader takes it: an empty cell is empty text."""
    return "" if value is None else value


class TestLayoutOfZones:
    @pytest.fixture(scope="class")
    @classmethod
    def sheet(cls):
        form = Form(
            Appendix.ZONES,
            "渔阳镇",
            date(2026, 1, 9),
            Staff("王学平", "副镇长", "13800000001"),
            zones=[
                ZoneRow(
                    0, "第一片区", "东关村、西关村", 31, (Staff("邱某", "科员", "13800000002"),)
                ),
                ZoneRow(0, "第二片区", "南关村", None, (Staff("甲"), Staff("乙"), Staff("丙"))),
            ],
        )
        return opened(write_xlsx.write, [form], stamp=STAMP).active

    def test_has_the_official_head(self, sheet):
        assert sheet.title == "附件1 渔阳镇"
        assert [sheet["A1"].value, sheet["A2"].value] == [
            "附件1",
            "乡镇（街道）、开发区管委会为企服务片区划分表",
        ]
        assert sheet["A3"].value.split() == ["报送单位：渔阳镇", "日期：2026年1月9日"]
        assert [cell.value for cell in sheet[4]][:5] == [
            "序号",
            "渔阳镇",
            "划分片区范围",
            "片区范围内经营主体数量",
            "为企服务人员",
        ]
        assert [cell.value for cell in sheet[5]][4:] == ["姓名", "职务", "联系方式\n（手机、座机）"]

    def test_merges_the_head_the_zones_and_the_foot(self, sheet):
        head = {"A2:G2", "A3:G3", "A4:A5", "B4:B5", "C4:C5", "D4:D5", "E4:G4"}
        zone = {"A7:A9", "B7:B9", "C7:C9", "D7:D9"}
        foot = {"A10:G10", "A11:G11", "A12:G12", "A13:G13"}
        assert merges(sheet) == head | zone | foot

    def test_ends_with_the_signatory_and_the_notes(self, sheet):
        assert sheet["A10"].value.split() == [
            "负责人姓名：王学平",
            "职务：副镇长",
            "联系方式：13800000001",
        ]
        notes = [sheet[f"A{row}"].value for row in (11, 12, 13)]
        assert tuple(notes) == official.NOTES[Appendix.ZONES]
        assert sheet.max_row == 13

    def test_is_set_up_for_paper(self, sheet):
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.print_title_rows == "$4:$5"
        assert sheet.print_area == "'附件1 渔阳镇'!$A$1:$G$13"
        assert sheet.page_setup.fitToHeight == 0  # as many pages as needed, one wide
        assert sheet.freeze_panes == "A6"

    def test_says_at_the_foot_of_each_page_who_took_it(self, sheet):
        assert "渔阳镇 && 城关 赵敏 2026-03-18 10:00" in sheet.oddFooter.right.text

    def test_keeps_phones_as_text_and_counts_as_numbers(self, sheet):
        assert (sheet["G6"].value, sheet["G6"].number_format) == ("13800000002", "@")
        assert (sheet["D6"].value, sheet["A6"].value) == (31, 1)

    def test_gives_the_range_of_a_zone_room(self):
        zone = ZoneRow(0, "第一片区", "村" * 400, 1, (Staff("甲"), Staff("乙")))
        sheet = opened(write_xlsx.write, [Form(Appendix.ZONES, "渔阳镇", zones=[zone])]).active
        heights = [sheet.row_dimensions[row].height for row in (6, 7)]
        assert sum(heights) > 800 / 46 * write_xlsx.LINE


class TestLayoutOfEntities:
    @pytest.fixture(scope="class")
    @classmethod
    def sheet(cls):
        return opened(write_xlsx.write, [entities_form("渔阳镇", rows=11)]).active

    def test_has_the_official_head(self, sheet):
        assert sheet["A2"].value == "乡镇（街道）、开发区管委会经营主体统计表"
        assert [cell.value for cell in sheet[4]][:2] == ["渔阳镇", "片区内经营主体基本情况"]
        assert [cell.value for cell in sheet[5]][1:] == list(official.ENTITY_LABELS[1:])

    def test_merges_a_zone_but_not_rows_without_one(self, sheet):
        assert merges(sheet) == {"A2:F2", "A3:F3", "A4:A5", "B4:F4", "A17:F17"} | {
            "A8:A10",
            "A11:A13",
            "A14:A16",
        }

    def test_counts_each_zone_from_one(self, sheet):
        assert column(sheet, "B", 6, 16) == [1, 2, 1, 2, 3, 1, 2, 3, 1, 2, 3]

    def test_is_set_up_for_paper(self, sheet):
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
        assert sheet.print_title_rows == "$4:$5"

    def test_adds_the_columns_asked_for(self):
        book = opened(write_xlsx.write, [entities_form("渔阳镇")], extra=("credit_code", "address"))
        assert [cell.value for cell in book.active[5]][6:] == ["统一社会信用代码", "地址"]
        assert book.active["G6"].value == "91120225000000000X"
        assert "B4:H4" in merges(book.active)


class TestWrite:
    def test_gives_an_empty_form_lines_to_write_on(self):
        sheet = opened(write_xlsx.write, [Form(Appendix.ZONES, "渔阳镇")]).active
        assert sheet["A6"].border.left.style == "thin"
        assert sheet["A9"].value.startswith("负责人姓名：")
        assert sheet["A3"].value.endswith("日期：    年  月  日")

    def test_refuses_rows_that_a_reader_would_give_to_another_zone(self):
        rows = [EntityRow(0, zone, "某店") for zone in ("第一片区", "")]
        with pytest.raises(ValueError, match="together"):
            write_xlsx.write(io.BytesIO(), [Form(Appendix.ENTITIES, "渔阳镇", entities=rows)])

    def test_refuses_to_write_nothing(self):
        with pytest.raises(ValueError, match="nothing"):
            write_xlsx.write(io.BytesIO(), [])

    def test_takes_rows_one_by_one(self):
        rows = (EntityRow(0, "第一片区", f"店{n}") for n in range(50))
        assert write_xlsx.write(io.BytesIO(), [Form(Appendix.ENTITIES, "镇", entities=rows)]) == 50

    def test_keeps_formulas_of_names_as_text(self):
        rows = [EntityRow(0, "第一片区", "=1+1", person="@SUM(1)")]
        sheet = opened(write_xlsx.write, [Form(Appendix.ENTITIES, "镇", entities=rows)]).active
        assert [(c.value, c.data_type) for c in (sheet["C6"], sheet["E6"])] == [
            ("=1+1", "s"),
            ("@SUM(1)", "s"),
        ]

    @pytest.mark.slow
    @pytest.mark.once
    def test_writes_a_hundred_thousand_rows_in_little_memory(self):
        script = (
            "import io; from pathlib import Path\n"
            "from apps.filings import write_xlsx\n"
            "from apps.filings.contents import Appendix, EntityRow\n"
            "from apps.filings.official import Form\n"
            "rows = (EntityRow(0, '第一片区', f'某某商店{n}', 'INDIVIDUAL', '张三', ('13800000001',))\n"
            "        for n in range(100_000))\n"
            "form = Form(Appendix.ENTITIES, '渔阳镇', entities=rows)\n"
            "assert write_xlsx.write(io.BytesIO(), [form]) == 100_000\n"
            "lines = Path('/proc/self/status').read_text().splitlines()\n"
            "print(next(line.split()[1] for line in lines if line.startswith('VmHWM')))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(done.stdout) < 150 * 1024


class TestFormOfPart:
    PART = Part(
        "Sheet1",
        Appendix.ENTITIES,
        unit="渔阳镇",
        entities=[EntityRow(n, zone, f"店{n}") for n, zone in enumerate(["乙", "甲", "", "乙"])],
    )

    def test_brings_the_rows_of_a_zone_together_and_those_without_first(self):
        rows = Form.of(self.PART).entities
        assert [(row.zone, row.row) for row in rows] == [("", 2), ("乙", 0), ("乙", 3), ("甲", 1)]

    def test_can_be_one_zone(self):
        assert [row.row for row in Form.of(self.PART, zone="甲").entities] == [1]


class TestAllTownships:
    """What a reader will take from each cell is what went in, for each of the 28."""

    @pytest.fixture(scope="class")
    @classmethod
    def forms(cls):
        return {unit: (zones_form(unit), entities_form(unit)) for unit in townships()}

    @pytest.fixture(scope="class")
    @classmethod
    def book(cls, forms):
        return opened(write_xlsx.write, [form for pair in forms.values() for form in pair])

    def test_are_28_with_a_sheet_for_each_form(self, forms, book):
        assert len(forms) == 28
        assert len(book.sheetnames) == 56
        assert len({name.casefold() for name in book.sheetnames}) == 56

    @pytest.mark.parametrize("unit", townships())
    def test_read_back_their_zones(self, unit, forms, book):
        form, sheet = forms[unit][0], book[f"附件1 {unit}"]
        wanted = []
        for number, zone in enumerate(form.zones, start=1):
            first = (number, official.zone_text(unit, zone.zone), zone.boundary, zone.count)
            for staff in zone.staff or (Staff(""),):
                phones = "、".join(filter(None, (staff.phone, *staff.more_phones)))
                wanted.append((*first, staff.name, staff.post, phones))
        last = 5 + len(wanted)
        columns = [column(sheet, letter, 6, last) for letter in "ABCDEFG"]
        read = list(zip(*columns, strict=True))
        assert [(*row[:4], *map(text, row[4:])) for row in read] == wanted
        assert f"负责人姓名：{form.leader.name}" in sheet.cell(last + 1, 1).value

    @pytest.mark.parametrize("unit", townships())
    def test_read_back_their_entities(self, unit, forms, book):
        form, sheet = forms[unit][1], book[f"附件2 {unit}"]
        wanted = [
            (
                row.zone,
                row.name,
                official.KINDS.get(row.kind, ""),
                row.person,
                "、".join(row.phones),
            )
            for row in form.entities
        ]
        columns = [column(sheet, letter, 6, 5 + len(wanted)) for letter in "ACDEF"]
        read = zip(*columns, strict=True)
        assert [tuple(map(text, row)) for row in read] == wanted
        assert sheet.cell(6 + len(wanted), 1).value == official.NOTES[Appendix.ENTITIES][0]
