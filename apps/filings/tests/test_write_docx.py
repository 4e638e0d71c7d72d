"""Both appendices as Word tables."""

import io

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from apps.core.errors import DomainError
from apps.filings import official, write_docx
from apps.filings.contents import Appendix, EntityRow, Staff, ZoneRow
from apps.filings.official import Form
from apps.filings.tests.written import entities_form, townships, zones_form


def document(*forms):
    """Return the document as python-docx reads it."""
    target = io.BytesIO()
    write_docx.write(target, forms)
    return docx.Document(target)


def cells(table):
    """Return the table's texts, merged cells repeated."""
    return [[cell.text for cell in row.cells] for row in table.rows]


class TestWrite:
    def test_has_the_words_of_the_form_around_the_table(self):
        lines = [paragraph.text for paragraph in document(zones_form("渔阳镇")).paragraphs]
        assert lines[:2] == ["附件1", official.TITLES[Appendix.ZONES]]
        assert lines[2].split() == ["报送单位：渔阳镇", "日期：2026年1月9日"]
        assert lines[3].startswith("负责人姓名：王学平")
        assert tuple(lines[4:]) == official.NOTES[Appendix.ZONES]

    def test_merges_the_head_and_repeats_it_on_each_page(self):
        table = document(zones_form("渔阳镇")).tables[0]
        upper, lower = cells(table)[:2]
        assert upper[4:] == ["为企服务人员"] * 3
        assert (
            upper[:4] == lower[:4] == ["序号", "渔阳镇", "划分片区范围", "片区范围内经营主体数量"]
        )
        repeated = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows]
        assert repeated[:3] == [True, True, False]

    def test_merges_a_zone_over_its_officers(self):
        zone = ZoneRow(0, "第一片区", "东关村", 5, (Staff("甲"), Staff("乙", "科员")))
        table = document(Form(Appendix.ZONES, "渔阳镇", zones=[zone])).tables[0]
        assert cells(table)[2:] == [
            ["1", "渔阳镇第一片区", "东关村", "5", "甲", "", ""],
            ["1", "渔阳镇第一片区", "东关村", "5", "乙", "科员", ""],
        ]

    def test_is_a4_and_turned_for_appendix_1(self):
        sections = document(zones_form("渔阳镇"), entities_form("渔阳镇")).sections
        sizes = [(round(s.page_width.mm), round(s.page_height.mm)) for s in sections]
        assert sizes == [(297, 210), (210, 297)]
        assert [s.orientation for s in sections] == [WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
        assert (round(sections[1].top_margin.mm), round(sections[1].left_margin.mm)) == (37, 28)

    def test_names_the_fonts_of_official_papers(self):
        written = document(entities_form("渔阳镇"))
        fonts = {node.get(qn("w:eastAsia")) for node in written.element.iter(qn("w:rFonts"))}
        assert fonts >= {"仿宋_GB2312", "方正小标宋简体", "黑体"}

    @pytest.mark.parametrize("appendix", list(Appendix))
    def test_has_tables_no_wider_than_the_text(self, appendix):
        top, right, bottom, left = (margin.mm for margin in write_docx.MARGINS)
        room = 297 - top - bottom if appendix is Appendix.ZONES else 210 - left - right
        assert sum(write_docx.WIDTHS[appendix]) <= round(room)

    def test_gives_an_empty_form_lines_to_write_on(self):
        table = document(Form(Appendix.ENTITIES, "渔阳镇")).tables[0]
        assert cells(table)[2:] == [[""] * 6] * 3

    def test_survives_characters_that_xml_cannot_hold(self):
        rows = [EntityRow(0, "第一片区", "A&B<\x00>\ud800=1")]
        table = document(Form(Appendix.ENTITIES, "镇", entities=rows)).tables[0]
        assert table.rows[2].cells[2].text == "A&B<>\ufffd=1"

    def test_refuses_more_than_word_can_bear(self, monkeypatch):
        monkeypatch.setattr(write_docx, "MOST_ROWS", 40)
        forms = [entities_form("渔阳镇"), entities_form("官庄镇")]
        with pytest.raises(DomainError, match="请改为导出 Excel"):
            write_docx.write(io.BytesIO(), forms)

    def test_refuses_to_write_nothing(self):
        with pytest.raises(ValueError, match="nothing"):
            write_docx.write(io.BytesIO(), [])


class TestAllTownships:
    def test_read_back_their_entities(self):
        forms = [entities_form(unit) for unit in townships()]
        tables = document(*forms).tables
        assert len(tables) == 28
        for form, table in zip(forms, tables, strict=True):
            read = [(row[0], *row[2:]) for row in cells(table)[2:]]
            assert read == [
                (
                    row.zone,
                    row.name,
                    official.KINDS.get(row.kind, ""),
                    row.person,
                    "、".join(row.phones),
                )
                for row in form.entities
            ]
