"""Files as townships send them, made by the tests: workbooks, CSV, Word, old workbooks, zip parts."""

import contextlib
import csv
import io
import json
import zipfile

import docx
import xlsxwriter
import xlwt

from apps.filings.corpus import shipped_units
from apps.filings.opening import child, program
from apps.filings.reading import read_file, read_opened

UNITS = shipped_units()
TITLE1 = "乡镇（街道）、开发区管委会为企服务片区划分表"
TITLE2 = "乡镇（街道）、开发区管委会经营主体统计表"
UNIT_AND_DATE = "报送单位：渔阳镇                         日期：2026年1月9日"
HEAD1 = [
    ["序号", "渔阳镇", "划分片区范围", "片区范围内经营主体数量", "为企服务人员", None, None],
    [None, None, None, None, "姓名", "职务", "联系方式\n（手机、座机）"],
]
HEAD2 = [
    ["渔阳镇", "片区内经营主体基本情况", None, None, None, None],
    [None, "序号", "名称", "经营主体性质", "经营主体负责人", "联系方式"],
]
NOTE2 = ["注：经营主体包含所有企业、个体工商户和农民专业合作社。"]
LEADER = ["负责人姓名：王学平          职务：副镇长          联系方式：13800000009"]
GOOD = ["第一片区", 1, "天津金鑫商贸有限公司", "企业", "张永国", "13800000001"]
OFFICER = ["1", "渔阳镇第一片区", "东关村、西关村", 31, "李明", "经济发展办公室主任", "13800000002"]


def appendix2(*rows, above=None, head=HEAD2, below=(NOTE2,)):
    """Return the rows of an Appendix 2; the first content row is row 6."""
    top = [["附件2"], [TITLE2], [UNIT_AND_DATE]] if above is None else above
    return [*top, *head, *(list(row) for row in rows), *below]


def appendix1(*rows, above=None, head=HEAD1, below=(LEADER, ["注：1.建议以经济部门为主。"])):
    """Return the rows of an Appendix 1; the first content row is row 6."""
    top = [["附件1"], [TITLE1], [UNIT_AND_DATE]] if above is None else above
    return [*top, *head, *(list(row) for row in rows), *below]


def row(
    zone=None, seq=1, name="天津金鑫商贸有限公司", kind="企业", person="张永国", phone="13800000001"
):
    """Return a row of Appendix 2 with some cells changed."""
    return [zone, seq, name, kind, person, phone]


def xlsx(*sheets, merges=(), hidden=(), names=()):
    """Return a workbook; ``merges`` are areas of the first sheet, ``hidden`` the hidden sheets."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    options["default_date_format"] = "yyyy-mm-dd"
    with xlsxwriter.Workbook(target, options) as book:
        for index, rows in enumerate(sheets):
            sheet = book.add_worksheet(names[index] if names else f"Sheet{index + 1}")
            for number, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if value is not None:
                        sheet.write(number, column, value)
            for area in merges if index == 0 else ():
                sheet.merge_range(area, _value_at(rows, area))
            if index in hidden:
                sheet.hide()
    return target.getvalue()


def _value_at(rows, area):
    first = area.split(":")[0]
    column, number = ord(first[0]) - 65, int(first[1:]) - 1
    cells = rows[number]
    return cells[column] if column < len(cells) and cells[column] is not None else ""


def xls(*sheets, merges=()):
    """Return an old workbook (BIFF8); ``merges`` are (top, bottom, left, right) from 0."""
    book = xlwt.Workbook(encoding="utf-8")
    for index, rows in enumerate(sheets):
        sheet = book.add_sheet(f"Sheet{index + 1}", cell_overwrite_ok=True)
        for number, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if value is not None:
                    sheet.write(number, column, value)
        for area in merges if index == 0 else ():
            sheet.merge(*area)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def text(rows, *, encoding="utf-8-sig", separator=","):
    """Return the rows as CSV."""
    target = io.StringIO()
    csv.writer(target, delimiter=separator).writerows(
        [["" if value is None else value for value in cells] for cells in rows]
    )
    return target.getvalue().encode(encoding)


def word(lines_above, table, lines_below=(), *, merges=()):
    """Return a Word file with one table; ``merges`` are pairs of (row, column) from 0."""
    document = docx.Document()
    for line in lines_above:
        document.add_paragraph(line)
    width = max(len(cells) for cells in table)
    made = document.add_table(rows=len(table), cols=width)
    for number, cells in enumerate(table):
        for column, value in enumerate(cells):
            if value is not None:
                made.cell(number, column).text = str(value)
    for first, last in merges:
        made.cell(*first).merge(made.cell(*last))
    for line in lines_below:
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def repacked(raw, *, replaced=None, added=None, dropped=(), compression=zipfile.ZIP_DEFLATED):
    """Return a zip file with some members changed, added or left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            if name not in dropped:
                new.writestr(name, (replaced or {}).get(name, old.read(name)))
        for name, content in (added or {}).items():
            new.writestr(name, content)
    return target.getvalue()


def opened_here(raw):
    """Open a file as the child does, but in this process: quicker, for tests of what is read."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        program._answer(raw)
    opened = child.Opened("")
    for line in said.getvalue().rstrip("\n").split("\n"):
        child._add(opened, json.loads(line))
    return opened


def read(raw, name="附件.xlsx", **options):
    """Read a file with the shipped units."""
    return read_opened(opened_here(raw), name, units=UNITS, **options)


def read_guarded(raw, name="附件.xlsx", **options):
    """Read a file as it is read in earnest, in a child process."""
    return read_file(raw, name, units=UNITS, **options)


def part_of(raw, name="附件.xlsx", **options):
    """Read a file that holds one part and return it."""
    (part,) = read(raw, name, **options).parts
    return part


def entity(*cells, **changes):
    """Read an Appendix 2 with one row; return the entity (None when it was refused) and the part."""
    part = part_of(xlsx(appendix2(cells or row("第一片区", **changes))))
    return (part.entities[0] if part.entities else None), part


def said(part, row_number, column=""):
    """Return what was said about a row, or a cell of it, as (level, message)."""
    return [
        (finding.level.value, finding.message)
        for finding in part.findings
        if finding.row == row_number and column in ("", finding.column)
    ]
