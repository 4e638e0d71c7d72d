"""Made-up filings of every township, and what the tests read back from a written file."""

import io
import json
import random
from datetime import date
from pathlib import Path

import openpyxl
from django.conf import settings

from apps.filings.contents import Appendix, EntityRow, Staff, ZoneRow
from apps.filings.official import Form

KINDS = ("ENTERPRISE", "INDIVIDUAL", "COOPERATIVE", "")
NUMBERS = "一二三四五六"


def townships():
    """Return the short names of the 28 units that file."""
    units = json.loads(Path(settings.BASE_DIR, "fixtures/units.json").read_text("utf-8"))
    return [unit["name"] for unit in units if unit["kind"] != "DEPARTMENT"]


def zones_form(unit, *, zones=4):
    """Return an Appendix 1 of the unit, the same at each call."""
    chance = random.Random(unit)

    def staff(index):
        more = ("022-29123456",) if chance.random() < 0.3 else ()
        return Staff(f"张{index}", "科员", f"1380000{chance.randrange(10**4):04}", more)

    rows = [
        ZoneRow(
            row=0,
            zone=f"第{NUMBERS[index]}片区",
            boundary="、".join(f"{NUMBERS[n % 6]}号村" for n in range(chance.randrange(1, 40))),
            count=chance.choice([None, 0, 31]),
            staff=tuple(staff(n) for n in range(chance.randrange(0, 4))),
        )
        for index in range(zones)
    ]
    leader = Staff("王学平", "党委委员、副镇长", "13800000001")
    return Form(Appendix.ZONES, unit, date(2026, 1, 9), leader, zones=rows)


def entities_form(unit, *, rows=30, zones=3):
    """Return an Appendix 2 of the unit, two of its rows without a zone."""
    chance = random.Random(unit)
    size = -(-(rows - 2) // zones)
    entities = [
        EntityRow(
            row=0,
            zone="" if index < 2 else f"第{NUMBERS[(index - 2) // size]}片区",
            name=f"{unit}金鑫{'粮油面粉' * chance.randrange(1, 8)}加工厂{index}",
            kind=chance.choice(KINDS),
            person=chance.choice(["", "张永国", "欧阳小强"]),
            phones=chance.choice([(), ("13800000002",), ("022-28391234-801", "13800000003")]),
            extra={"credit_code": "91120225000000000X"},
        )
        for index in range(rows)
    ]
    return Form(Appendix.ENTITIES, unit, date(2026, 1, 9), entities=entities)


def opened(write, *args, **kwargs):
    """Return the workbook that a writer makes."""
    target = io.BytesIO()
    write(target, *args, **kwargs)
    return openpyxl.load_workbook(target)


def merges(sheet):
    """Return the merged ranges of a sheet as text."""
    return {str(area) for area in sheet.merged_cells.ranges}


def column(sheet, letter, first, last):
    """Return the values of a column, merged cells filled from their first one."""
    anchors = {
        place: (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for place in area.cells
    }
    return [
        sheet.cell(*anchors.get((cell.row, cell.column), (cell.row, cell.column))).value
        for (cell,) in sheet[f"{letter}{first}:{letter}{last}"]
    ]
