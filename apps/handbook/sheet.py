"""Reads a handbook's workbook (.xlsx) within bounds, and writes the empty form. Pure.

Files come from people: sizes are bounded before anything is unpacked, macros and XML with a
document type are refused (reliability.md R14).
"""

import io
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl

from apps.core.errors import DomainError
from apps.core.sheets import Book, put_text

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS, MAX_COLUMNS, HEAD_ROWS = 2000, 40, 10
HEAD_OF_PART = 2048
#: heading → name of the column, in the order of the form
COLUMNS = {
    "编号": "number",
    "类目": "category",
    "责任部门": "unit",
    "标准问": "question",
    "相似问": "similar",
    "一句话答案": "short_answer",
    "书面答复": "answer",
    "条件": "conditions",
    "材料": "materials",
    "流程": "steps",
    "时限": "time_limit",
    "收费": "fee",
    "地点和时间": "place",
    "线上入口": "online",
    "咨询电话": "phone",
    "政策依据": "basis",
    "生效日": "effective_on",
}
NEEDED = ("类目", "标准问", "一句话答案", "书面答复")
HINTS = {
    "编号": "新条目留空；改原有条目填它的编号，如 0401-01",
    "类目": "二级类目的编码或名称，如 0401 或 用电报装增容",
    "责任部门": "单位简称；留空为该类目的默认主办单位",
    "标准问": "必填，不超过 80 字，写企业会怎么问",
    "相似问": "每行一个，最多 5 个",
    "一句话答案": "必填，不超过 150 字，先说能不能办",
    "书面答复": "必填：结论 → 怎么办 → 找谁 → 几天",
    "材料": "每行一项",
    "流程": "每行一步",
    "咨询电话": "办公座机或服务热线，不填个人手机",
    "政策依据": "名称、文号、条款，每行一个",
    "生效日": "如 2026-03-18；留空为发布日",
}
BROKEN = "表格打不开。请用 WPS 或 Excel 另存为 .xlsx 后再试。"


def check_archive(raw: bytes) -> None:
    """Refuse a file that is too large, no workbook, or carries macros or a document type.

    Raises:
        DomainError: with what to do instead.
    """
    if len(raw) > MAX_BYTES:
        raise DomainError("文件超过 5 MB。请删去图片，或分成几份导入。")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise DomainError("表格展开后过大，没有读取。请只留手册内容，另存后再试。")
            names = {part.filename for part in parts}
            if any("vbaproject" in name.lower() for name in names):
                raise DomainError("文件带有宏，没有读取。请另存为不带宏的 .xlsx 后再试。")
            if "xl/workbook.xml" not in names:
                raise DomainError(BROKEN)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        head = stream.read(HEAD_OF_PART)
                    if b"<!DOCTYPE" in head.replace(b"\0", b""):
                        raise DomainError(
                            "文件内容不规范，没有读取。请用 WPS 或 Excel 另存后再试。"
                        )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise DomainError(BROKEN) from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFC", str(value)).replace("\0", "").replace("_x000D_", "")
    return text.strip()


def _cells(raw: bytes) -> list[list[str]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # files lie about their size
            limit = HEAD_ROWS + MAX_ROWS + 1
            rows = sheet.iter_rows(max_row=limit, max_col=MAX_COLUMNS, values_only=True)
            return [[_text(value) for value in row] for row in rows]
        finally:
            book.close()
    except Exception as error:  # a broken workbook may fail anywhere in the parser
        raise DomainError(BROKEN) from error


def _head(cells: list[list[str]]) -> tuple[int, dict[int, str]]:
    """Return the index of the head row and which column each of its cells names."""
    for place, row in enumerate(cells[:HEAD_ROWS]):
        found = {
            column: COLUMNS[label]
            for column, text in enumerate(row)
            if (label := "".join(text.split()).rstrip("*＊")) in COLUMNS
        }
        if {"question", "category"} <= set(found.values()):
            missing = [label for label in NEEDED if COLUMNS[label] not in found.values()]
            if missing:
                raise DomainError(f"表头不符：缺“{missing[0]}”列。请用最新模板。")
            return place, found
    raise DomainError("表头不符：前 10 行里要有“类目”“标准问”等列。请用最新模板。")


def _rows(cells: list[list[str]]) -> Iterator[dict[str, str]]:
    head, columns = _head(cells)
    for number, row in enumerate(cells[head + 1 :], start=head + 2):
        values = {
            name: row[column] if column < len(row) else "" for column, name in columns.items()
        }
        if any(values.values()) and values["question"] != HINTS["标准问"]:
            yield {"row": str(number), **values}


def read(raw: bytes) -> list[dict[str, str]]:
    """Return the rows of the first sheet, each with its Excel row number under ``row``.

    Empty rows and the form's own line of hints are left out.

    Raises:
        DomainError: not a safe workbook, a wrong head, no rows or too many.
    """
    check_archive(raw)
    rows = list(_rows(_cells(raw)))
    if not rows:
        raise DomainError("表里没有条目。请在表头下面逐行填写。")
    if len(rows) > MAX_ROWS:
        raise DomainError(f"一次最多导入 {MAX_ROWS:,} 条。请分成几份。")
    return rows


def write_form(target: Any) -> None:
    """Write the empty form: the head, and a line of hints that the reader passes over."""
    with Book(target, title="应答手册导入模板") as book:
        sheet = book.sheet("应答手册")
        head = book.style(bold=True, bg_color="#E8EEF4", border=1)
        hint = book.style(font_color="#595959", text_wrap=True, valign="top", border=1)
        for column, label in enumerate(COLUMNS):
            put_text(sheet, 0, column, f"{label}*" if label in NEEDED else label, head)
            sheet.set_column(column, column, 28)
        for column, label in enumerate(COLUMNS):
            put_text(sheet, 1, column, HINTS.get(label, ""), hint)
        sheet.freeze_panes(1, 0)
