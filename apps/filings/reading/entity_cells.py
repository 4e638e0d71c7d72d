"""Each cell of an entity's row: the usable value, and what is said about the rest."""

import re

from apps.filings.opening.cells import Cell
from apps.filings.reading import kinds, phone_cells
from apps.filings.reading.labels import ADDRESS, CODE, KIND, NAME, PERSON, PHONE
from apps.filings.reading.people import name_of
from apps.filings.reading.row import Row
from apps.filings.reading.text import is_nothing, narrow, said, squeezed, text_of
from apps.registry import codes, names

LONGEST_NAME, LONGEST_PERSON, LONGEST_ADDRESS = 120, 30, 200
EXAMPLE = re.compile(r"^(?:示例|样例|范例|例如|例)\s*\d*\s*[:：]")
_TITLE_BEFORE = re.compile(r"^(?:法定代表人|法人代表|法人|负责人|经营者|业主|联系人)[:：]\s*")
_HAS_PHONE = re.compile(r"\d[\d\s-]{6,}")
_NO_NAME = re.compile(r"[\d+\-\s()（）:：/、,，]+")


def name(row: Row, text: str) -> str:
    """Return the entity's name; "" when there is none, which is an error of the row."""
    value = squeezed(text)
    if (":" in value or "：" in value) and EXAMPLE.match(narrow(value)):
        value = re.sub(r"^[^:：]*[:：]\s*", "", value)
        row.warn(NAME, text, "名称前面留着“示例”字样，已去掉。")
    problem = ""
    if not value:
        problem = "没有填名称，这一行没有采用。"
    elif is_nothing(value) or not (value.isalnum() or names.plain(value)):
        problem = "这不是经营主体的名称，这一行没有采用。"
    elif len(value) > LONGEST_NAME:
        problem = f"名称有 {len(value)} 个字，最多 {LONGEST_NAME} 个，这一行没有采用。"
    if problem:
        row.refuse(NAME, text, problem, "请填营业执照上的名称。")
        return ""
    if value.isdecimal() or not isinstance(row.cells[row.columns[NAME]], str):
        row.warn(NAME, text, "名称是数字或日期，请核对是不是填错了列。")
    return value


def kind(row: Row, entity_name: str) -> str:
    """Return the kind, "" where it is not sure."""
    text = row.text(KIND)
    checked = kinds.kind_of(text)
    if checked.problem:
        row.warn(KIND, text, f"“{said(text)}”：{checked.problem}")
    elif not checked.kind and KIND in row.columns:
        row.warn(KIND, text, "没有填经营主体性质。", kinds.ASK)
    elif question := kinds.doubt(checked.kind, entity_name):
        row.warn(KIND, text, question)
    return checked.kind


def person(row: Row) -> str:
    """Return the principal's name, "" where there is none."""
    cell = row.cell(PERSON)
    is_short_word = isinstance(cell, str) and len(cell) <= LONGEST_PERSON and cell.isalpha()
    if isinstance(cell, str) and is_short_word and not is_nothing(cell):
        return cell  # as nearly all are
    text = text_of(cell)
    if is_nothing(text):
        if PERSON in row.columns:
            row.warn(PERSON, text, "没有填负责人。", "请填营业执照上的法定代表人或经营者。")
        return ""
    value, is_several = name_of(_TITLE_BEFORE.sub("", text))
    if not isinstance(cell, str) or value.isdecimal():
        row.warn(PERSON, text, "负责人处填的不是姓名，这一格没有采用。", "请填姓名。")
        return ""
    if _HAS_PHONE.search(narrow(value)):
        value = squeezed(_NO_NAME.sub(" ", value).strip())
        row.warn(PERSON, text, "负责人处混有电话，只取了姓名。", "请把电话移到联系方式一列。")
    if len(value) > LONGEST_PERSON:
        row.warn(PERSON, text, f"负责人超过 {LONGEST_PERSON} 个字，这一格没有采用。")
        return ""
    if is_several:
        row.warn(PERSON, text, f"这里像有几个人，按“{value}”记。", "请只填一位负责人。")
    return value


def phones(row: Row, columns: tuple[int, ...], field: str = PHONE) -> tuple[str, ...]:
    """Return the numbers of all phone columns, each number once."""
    found: list[str] = []
    is_empty = True
    for column in columns:
        cell = _phone_cell(row, column)
        checked = phone_cells.read(cell)
        if checked.problem:
            is_empty = False
            row.warn_at(column, field, text_of(cell), checked.problem, checked.advice)
        elif len(columns) == 1 and checked.numbers:
            return checked.numbers
        found += [number for number in checked.numbers if number not in found]
    if columns and not found and is_empty:
        row.warn(field, row.own(field), "没有填联系方式。", phone_cells.EXPECTED)
    return tuple(found)


def _phone_cell(row: Row, column: int) -> Cell:
    if column == row.columns.get(PHONE):
        return row.cell(PHONE)
    return row.cells[column] if column < len(row.cells) else None


def beside(row: Row) -> dict[str, str]:
    """Return what the columns beside the official ones say: credit code and address."""
    values = {}
    if code := _code(row):
        values["credit_code"] = code
    if ADDRESS in row.columns:
        address = squeezed(row.text(ADDRESS))
        if len(address) > LONGEST_ADDRESS:
            row.warn(ADDRESS, address, f"地址超过 {LONGEST_ADDRESS} 个字，没有采用。")
        elif not is_nothing(address):
            values["address"] = address
    return values


def _code(row: Row) -> str:
    """Return the credit code; a wrong one is kept and said, one stored as a number is lost."""
    cell = row.cell(CODE)
    text = text_of(cell)
    code = "" if is_nothing(text) else codes.normalise(text)
    if not code:
        return ""
    if (not isinstance(cell, str) and len(code) > codes.OLD_LENGTH) or "e+" in text.lower():
        message = "信用代码存成了数字，末几位已经不准，没有采用。"
        row.warn(CODE, text, message, phone_cells.AS_TEXT)
        return ""
    if len(code) > codes.LONGEST:
        row.warn(CODE, text, f"信用代码有 {len(code)} 位，没有采用。", "应为 18 位。")
        return ""
    checked = codes.check(code)
    if checked.problem:
        hint = f"是不是 {checked.suggestion}？" if checked.suggestion else "请对照营业执照。"
        row.warn(CODE, text, f"{checked.problem}。", hint)
    return code
