"""Blank forms: filled in by hand, then read as any other filing."""

import pytest

from apps.filings import official
from apps.filings.contents import Appendix
from apps.filings.templates_xlsx import write_template
from apps.filings.tests.written import opened

ZONES = ("第一片区", "第二片区")


def template(appendix, **options):
    """Return the blank form of 渔阳镇."""
    return opened(write_template, appendix=appendix, unit="渔阳镇", **{"zones": ZONES, **options})


def lists(sheet):
    """Return the drop-downs of a sheet by the cells they stand in."""
    return {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}


class TestWriteTemplate:
    @pytest.mark.parametrize("appendix", list(Appendix))
    def test_names_the_unit_and_leaves_the_date_open(self, appendix):
        sheet = template(appendix).worksheets[0]
        assert sheet["A3"].value.split()[0] == "报送单位：渔阳镇"
        assert sheet["A3"].value.endswith("日期：    年  月  日")
        assert "渔阳镇" in [cell.value for cell in sheet[4]]

    def test_offers_kinds_and_zones_for_appendix_2(self):
        sheet = template(Appendix.ENTITIES).worksheets[0]
        assert lists(sheet) == {
            "A7:A206": "'选项'!$A$1:$A$2",
            "D7:D206": '"企业,个体工商户,农民专业合作社"',
        }

    def test_offers_zones_by_their_full_name_for_appendix_1(self):
        book = template(Appendix.ZONES)
        assert "B9:B48" in lists(book.worksheets[0])
        assert [row[0].value for row in book["选项"]["A1:A2"]] == [
            "渔阳镇第一片区",
            "渔阳镇第二片区",
        ]
        assert book["选项"].sheet_state == "hidden"

    def test_marks_the_examples_and_leaves_their_names_empty(self):
        zones = template(Appendix.ZONES).worksheets[0]
        assert [zones[f"B{row}"].value[:2] for row in (6, 7, 8)] == ["示例"] * 3
        assert [zones[f"E{row}"].value for row in (6, 7, 8)] == [None] * 3
        entities = template(Appendix.ENTITIES).worksheets[0]
        assert (entities["A6"].value[:2], entities["C6"].value) == ("示例", None)

    def test_keeps_typed_phones_as_text(self):
        sheet = template(Appendix.ENTITIES).worksheets[0]
        assert {sheet[f"F{row}"].number_format for row in (7, 206)} == {"@"}

    @pytest.mark.parametrize("appendix", list(Appendix))
    def test_ends_with_the_official_notes(self, appendix):
        sheet = template(appendix).worksheets[0]
        last = [sheet.cell(sheet.max_row - n, 1).value for n in range(3)]
        assert official.NOTES[appendix][-1] == last[0]

    @pytest.mark.parametrize("appendix", list(Appendix))
    def test_explains_in_single_cells_that_no_reader_takes_for_a_head(self, appendix):
        guide = template(appendix)["填写说明"]
        assert guide.max_column == 1
        assert [guide[f"A{n + 1}"].value.partition(".")[0] for n in range(1, 10)] == [
            str(n) for n in range(1, 10)
        ]

    def test_needs_no_zones(self):
        book = template(Appendix.ENTITIES, zones=())
        assert book.sheetnames == ["附件2 渔阳镇", "填写说明"]
        assert list(lists(book.worksheets[0])) == ["D7:D206"]
