"""The same table as .xlsx, .xls, .csv and .docx; what we write reads back equal."""

import io
from datetime import date

import docx
import pytest
from docx.oxml import OxmlElement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import DomainError
from apps.filings import annotate, write_docx, write_xlsx
from apps.filings.contents import Appendix, EntityRow, Staff, ZoneRow
from apps.filings.official import Form
from apps.filings.reading.text import is_nothing
from apps.filings.reading.zones import numeral
from apps.filings.tests.made import (
    GOOD,
    HEAD1,
    HEAD2,
    LEADER,
    OFFICER,
    TITLE1,
    TITLE2,
    UNIT_AND_DATE,
    appendix1,
    appendix2,
    part_of,
    read,
    read_guarded,
    row,
    text,
    word,
    xls,
    xlsx,
)
from apps.filings.tests.written import entities_form, townships, zones_form

ROWS = [
    GOOD,
    row(None, 2, "蓟州区容奇石材厂", "个体户", "李 明", 13800000002),
    row("二片区", 3, "天津丰收农民专业合作社", "合作社", "王丰", "28391234、13800000003"),
    row(None, 4, "乙商店", "家庭农场", "/", "1.38E+10"),
]


def plain(part):
    """Return what a part says, without rows and places."""
    return (
        part.unit,
        part.filed_on,
        [(e.zone, e.name, e.kind, e.person, e.phones) for e in part.entities],
        [(z.zone, z.boundary, z.count, z.staff) for z in part.zones],
        part.leader,
        sorted((f.level, f.field, f.message) for f in part.findings),
    )


EXPECTED = plain(part_of(xlsx(appendix2(*ROWS))))


class TestTheSameTable:
    @pytest.mark.parametrize(
        ("raw", "kind"),
        [
            (xlsx(appendix2(*ROWS)), "xlsx"),
            (xls(appendix2(*ROWS), merges=[(5, 6, 0, 0)]), "xls"),
            (text(appendix2(*ROWS)), "csv"),
            (text(appendix2(*ROWS), encoding="gb18030"), "csv"),
            (text(appendix2(*ROWS), encoding="utf-8"), "csv"),
            (text(appendix2(*ROWS), encoding="utf-16", separator="\t"), "csv"),
            (text(appendix2(*ROWS), separator=";"), "csv"),
            (word(["附件2", TITLE2, UNIT_AND_DATE], [*HEAD2, *ROWS], ["注：说明"]), "docx"),
            (
                word(
                    ["附件2", TITLE2, UNIT_AND_DATE],
                    [*HEAD2, *ROWS],
                    merges=[((0, 1), (0, 5)), ((0, 0), (1, 0)), ((2, 0), (3, 0))],
                ),
                "docx",
            ),
        ],
        ids=[
            "xlsx",
            "xls",
            "csv-bom",
            "csv-gbk",
            "csv",
            "tsv-utf16",
            "csv;",
            "docx",
            "docx-merged",
        ],
    )
    def test_reads_the_same(self, raw, kind):
        reading = read_guarded(raw, "名字不算数.bin")
        assert reading.format == kind
        assert plain(reading.parts[0]) == EXPECTED

    def test_appendix_1_in_word(self):
        more = [None, None, None, None, "李光", "科员", "28391234"]
        raw = word(
            ["附件1", TITLE1, UNIT_AND_DATE],
            [*HEAD1, OFFICER, more],
            [LEADER[0], "注：1.建议"],
            merges=[((0, 4), (0, 6)), ((2, 1), (3, 1)), ((2, 2), (3, 2))],
        )
        assert plain(part_of(raw)) == plain(part_of(xlsx(appendix1(OFFICER, more))))

    def test_appendix_1_as_an_old_workbook(self):
        assert plain(part_of(xls(appendix1(OFFICER)))) == plain(part_of(xlsx(appendix1(OFFICER))))


class TestOldWorkbooks:
    def test_merged_names_hidden_sheets_and_numbers(self):
        raw = xls(appendix2(row("第一片区", phone=13800000001.0), row(name="乙商店")), [["说明"]])
        reading = read(raw)
        assert reading.parts[0].entities[0].phones == ("13800000001",)
        assert reading.ignored[0][0] == "Sheet2"


class TestCsv:
    def test_text_kept_by_a_formula(self):
        part = part_of(text(appendix2(row("第一片区", phone='="13800000001"'))))
        assert part.entities[0].phones == ("13800000001",)

    def test_a_line_break_inside_a_cell(self):
        part = part_of(text(appendix2(row("第一片区", name="容奇\n石材厂"), row(name="乙商店"))))
        assert [one.name for one in part.entities] == ["容奇石材厂", "乙商店"]

    @pytest.mark.parametrize(
        "raw", ['名称,"没有\n'.encode() * 3, b"\xff\xfe\x00", b"\x80\x81\xff" * 9]
    )
    def test_a_broken_one_is_refused(self, raw):
        with pytest.raises(DomainError):
            read(raw)


class TestWord:
    def test_needs_a_table(self):
        with pytest.raises(DomainError, match="没有表格"):
            read(_without_tables())

    def test_tables_inside_content_controls_and_tracked_changes(self):
        document = docx.Document()
        table = document.add_table(rows=2, cols=5)
        for column, label in enumerate(["片区", "名称", "性质", "负责人", "电话"]):
            table.cell(0, column).text = label
        for column, value in enumerate(["第一片区", "乙商店", "个体", "张三", "13800000001"]):
            table.cell(1, column).text = value
        gone = table.cell(1, 1).paragraphs[0]
        deleted = OxmlElement("w:del")
        run = OxmlElement("w:r")
        said = OxmlElement("w:t")
        said.text = "旧名"
        run.append(said)
        deleted.append(run)
        gone._p.append(deleted)
        control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
        control.append(content)
        table._tbl.addprevious(control)
        content.append(table._tbl)
        target = io.BytesIO()
        document.save(target)
        (found,) = part_of(target.getvalue(), "渔阳镇.docx").entities
        assert (found.zone, found.name, found.phones) == ("第一片区", "乙商店", ("13800000001",))

    def test_rows_are_those_of_the_annotated_copy(self):
        raw = word([TITLE2, UNIT_AND_DATE], [*HEAD2, row("第一片区", phone="138")])
        reading = read(raw)
        (finding,) = reading.parts[0].findings
        cells = list(reading.grids[0].rows)[finding.row - 1]
        assert cells[5] == "138"


def _without_tables():
    document = docx.Document()
    document.add_paragraph("附件2")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


class TestRoundTrips:
    @pytest.mark.parametrize("write", [write_xlsx.write, write_docx.write])
    @pytest.mark.parametrize("make", [zones_form, entities_form])
    def test_every_units_form_reads_back_equal(self, write, make):
        forms = [make(unit) for unit in townships()]
        target = io.BytesIO()
        write(target, forms)
        parts = read_guarded(target.getvalue(), "全部.bin").parts
        assert [part.unit for part in parts] == [form.unit for form in forms]
        for part, form in zip(parts, forms, strict=True):
            assert part.filed_on == form.filed_on
            assert part.errors == []
            if form.appendix is Appendix.ZONES:
                assert part.leader == form.leader
                assert _zones(part.zones) == _zones(form.zones)
            else:
                assert _entities(part.entities) == _entities(form.entities)

    def test_the_annotated_copy_reads_the_same(self):
        raw = xlsx(appendix2(*ROWS))
        reading = read(raw)
        target = io.BytesIO()
        annotate.annotate(raw, reading.parts[0].findings, target)
        assert plain(part_of(target.getvalue())) == EXPECTED

    def test_the_annotated_copy_of_other_formats_reads_the_same(self):
        reading = read(text(appendix2(*ROWS)))
        target = io.BytesIO()
        annotate.annotate_grids(reading.grids, reading.parts[0].findings, target)
        assert plain(part_of(target.getvalue())) == EXPECTED


def _zones(rows):
    return [(one.zone, one.boundary, one.count, one.staff) for one in rows]


def _entities(rows):
    return [(one.zone, one.name, one.kind, one.person, one.phones) for one in rows]


HAN = st.characters(min_codepoint=0x4E10, max_codepoint=0x9FA0)
NAMES = st.text(HAN, min_size=2, max_size=12).map(lambda name: f"天津{name}商贸中心")
PEOPLE = st.text(HAN, min_size=2, max_size=3).filter(lambda name: not is_nothing(name))
PHONES = st.lists(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), max_size=3, unique=True)
KINDS = st.sampled_from(["ENTERPRISE", "INDIVIDUAL", "COOPERATIVE", ""])
ENTITIES = st.lists(
    st.tuples(st.integers(1, 3), NAMES, KINDS, PEOPLE, PHONES),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one[1],
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ENTITIES, st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_any_list_reads_back_as_it_was_written(rows, filed_on):
    entities = [
        EntityRow(0, f"第{numeral(zone)}片区", name, kind, person, tuple(phones))
        for zone, name, kind, person, phones in sorted(rows, key=lambda one: one[0])
    ]
    target = io.BytesIO()
    write_xlsx.write(target, [Form(Appendix.ENTITIES, "渔阳镇", filed_on, entities=entities)])
    part = part_of(target.getvalue())
    assert part.filed_on == filed_on
    assert _entities(part.entities) == _entities(entities)


def test_the_blank_template_reads_as_empty():
    target = io.BytesIO()
    write_xlsx.write(target, [Form(Appendix.ZONES, "渔阳镇"), Form(Appendix.ENTITIES, "渔阳镇")])
    parts = read(target.getvalue()).parts
    assert [(part.zones, part.entities) for part in parts] == [([], []), ([], [])]


def test_a_zone_with_many_officers_reads_back():
    staff = tuple(Staff(f"李{numeral(n)}", "科员", f"1380000{n:04}") for n in range(1, 12))
    form = Form(Appendix.ZONES, "渔阳镇", zones=[ZoneRow(0, "第一片区", "东关村", None, staff)])
    target = io.BytesIO()
    write_xlsx.write(target, [form])
    assert part_of(target.getvalue()).zones[0].staff == staff
