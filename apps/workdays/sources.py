"""Reads a year's days from a file: JSON (days: name, date, isOffDay) or a workbook. Pure.

Files come from people, so sizes are bounded before anything is unpacked.
"""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import openpyxl

from apps.workdays.ledger import HOLIDAY, WORKDAY, Entry
from apps.workdays.notice import Notice, NoticeError

MAX_BYTES = 1024 * 1024
MAX_UNPACKED = 20 * MAX_BYTES
MAX_ROWS, MAX_COLUMNS, HEADER_ROWS, MAX_NAME = 400, 30, 10, 40

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:00:00(?::00)?)?")
_OFF = {"放假", "休", "休息", "节假日", "假日", "假期", "法定节假日", "holiday", "调休放假", "补休"}
_WORK = {"上班", "班", "调休上班", "补班", "工作", "工作日", "调休", "workday"}
_YES = {"是", "true", "1", "yes", "y", "√"}
_NO = {"否", "false", "0", "no", "n", "×", ""}
_DATE_HEADS = {"日期", "date", "放假日期"}
_NAME_HEADS = {"名称", "节日", "节假日", "节日名称", "假期", "name"}
_KIND_HEADS = {"类型", "kind", "类别", "安排", "放假/上班"}
_WORK_HEADS = {"是否上班", "上班"}
_OFF_HEADS = {"是否放假", "放假", "isoffday"}


def _date_of(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _DATE.fullmatch(_word(value))
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _word(value: Any) -> str:
    text = unicodedata.normalize("NFKC", "" if value is None else str(value))
    return re.sub(r"\s+", "", text)


def _collected(year: int, rows: Iterable[tuple[str, Any, str, str]]) -> tuple[Entry, ...]:
    """Check (place, date, kind, name) rows and return them as sorted entries."""
    days: dict[date, Entry] = {}
    for place, value, kind, name in rows:
        day = _date_of(value)
        if day is None:
            raise NoticeError(
                f"{place}的日期“{_word(value)[:20]}”不对。请写成 {year}-01-01 的样子。"
            )
        if abs(day.year - year) > 1:
            raise NoticeError(
                f"{place}是 {day.year} 年的日期，不属于 {year} 年的安排。请核对年份。"
            )
        if not name or len(name) > MAX_NAME:
            raise NoticeError(f"{place}没有节日名称或名称过长。请填写，如“春节”。")
        if day in days:
            raise NoticeError(f"{place}与前面重复：{day}。请删去一行。")
        days[day] = Entry(day, kind, name)
    if not any(day.year == year for day in days):
        raise NoticeError(f"没有 {year} 年的日期。请核对文件和年份。")
    return tuple(days[day] for day in sorted(days))


def _json_year(data: Any, year: int | None) -> int:
    written = data.get("year")
    if written is None and year is None:
        raise NoticeError("文件里没有年份。请补上 year，或先选年份。")
    if written is None:
        return int(year or 0)
    if isinstance(written, bool) or not isinstance(written, int) or not 2000 <= written <= 2100:
        raise NoticeError("文件里的 year 应为四位年份。请核对。")
    if year is not None and written != year:
        raise NoticeError(f"文件是 {written} 年的，您打开的是 {year} 年。请到 {written} 年导入。")
    return written


def _json_row(number: int, row: Any) -> tuple[str, Any, str, str]:
    place = f"第 {number} 条"
    if not isinstance(row, dict) or not isinstance(row.get("isOffDay"), bool):
        raise NoticeError(f"{place}缺少 isOffDay（true 放假，false 上班）。请核对文件。")
    kind = HOLIDAY if row["isOffDay"] else WORKDAY
    return place, row.get("date"), kind, _word(row.get("name"))


def _published_on(value: Any) -> date | None:
    return _date_of(value) if value else None


def read_json(raw: bytes | str, *, year: int | None = None) -> Notice:
    """Read ``{"year", "papers", "days": [{"name", "date", "isOffDay"}]}``; raises NoticeError."""
    if len(raw) > MAX_BYTES:
        raise NoticeError("文件超过 1 MB，不像节假日安排。请核对。")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise NoticeError("文件不是有效的 JSON。请重新下载后再试。") from None
    if not isinstance(data, dict) or not isinstance(data.get("days"), list):
        raise NoticeError("文件里没有 days 列表。请用“日期、名称、是否放假”的格式。")
    if not 0 < len(data["days"]) <= MAX_ROWS:
        raise NoticeError("文件里没有日期，或条数过多。请核对年份是否已公布。")
    wanted = _json_year(data, year)
    rows = [_json_row(number, row) for number, row in enumerate(data["days"], start=1)]
    papers = data.get("papers")
    kept = tuple(str(paper)[:300] for paper in papers[:5]) if isinstance(papers, list) else ()
    return Notice(
        year=wanted,
        days=_collected(wanted, rows),
        papers=kept,
        paper_number=_word(data.get("paper_number"))[:60],
        published_on=_published_on(data.get("published_on")),
    )


def write_json(notice: Notice) -> str:
    """Write a notice so that :func:`read_json` reads the same."""
    return json.dumps(
        {
            "year": notice.year,
            "paper_number": notice.paper_number,
            "published_on": notice.published_on.isoformat() if notice.published_on else "",
            "papers": list(notice.papers),
            "days": [
                {"name": one.name, "date": one.date.isoformat(), "isOffDay": one.kind == HOLIDAY}
                for one in notice.days
            ],
        },
        ensure_ascii=False,
    )


def _sheet_rows(raw: bytes) -> list[tuple[Any, ...]]:
    """Return the first sheet's rows; anything too large or broken is refused."""
    if len(raw) > MAX_BYTES:
        raise NoticeError("文件超过 1 MB，不像节假日安排。请只留日期、名称、类型三列。")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise NoticeError("表格展开后过大，没有读取。请另存为新表格后再试。")
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            return list(
                sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS, values_only=True)
            )
        finally:
            book.close()
    except NoticeError:
        raise
    except Exception as error:  # a broken workbook may fail anywhere in the parser
        raise NoticeError("表格打不开。请用 WPS 或 Excel 另存为 .xlsx 后再试。") from error


def _columns(row: tuple[Any, ...]) -> dict[str, int]:
    heads = {"date": _DATE_HEADS, "name": _NAME_HEADS, "kind": _KIND_HEADS}
    heads |= {"work": _WORK_HEADS, "off": _OFF_HEADS}
    words = [_word(value).lower() for value in row]
    return {
        key: next(index for index, word in enumerate(words) if word in names)
        for key, names in heads.items()
        if any(word in names for word in words)
    }


def _kind_of(row: tuple[Any, ...], columns: dict[str, int], place: str) -> str:
    if "kind" in columns:
        word = _word(row[columns["kind"]]).lower()
        if word in _OFF | _WORK:
            return HOLIDAY if word in _OFF else WORKDAY
        raise NoticeError(f"{place}的类型“{word[:10]}”看不懂。请写“放假”或“上班”。")
    key = "work" if "work" in columns else "off"
    word = _word(row[columns[key]]).lower()
    if word not in _YES | _NO:
        raise NoticeError(f"{place}的“{word[:10]}”看不懂。请写“是”或“否”。")
    return WORKDAY if (word in _YES) == (key == "work") else HOLIDAY


def _header(rows: list[tuple[Any, ...]]) -> tuple[int, dict[str, int]]:
    """Return the index of the header row and the column of each meaning."""
    for index, row in enumerate(rows[:HEADER_ROWS]):
        columns = _columns(row)
        if {"date", "name"} <= columns.keys() and columns.keys() & {"kind", "work", "off"}:
            return index, columns
    raise NoticeError("表头不符：前 10 行里要有“日期”“名称”“类型”（或“是否上班”）三列。")


def read_xlsx(raw: bytes, *, year: int) -> Notice:
    """Read a workbook's first sheet with the columns 日期, 名称 and 类型 (or 是否上班, 是否放假)."""
    rows = _sheet_rows(raw)
    if len(rows) > MAX_ROWS:
        raise NoticeError(f"表格超过 {MAX_ROWS} 行，不像一年的安排。请核对。")
    head, columns = _header(rows)
    found = []
    for number, row in enumerate(rows[head + 1 :], start=head + 2):
        if not any(_word(value) for value in row):
            continue
        place = f"第 {number} 行"
        kind = _kind_of(row, columns, place)
        found.append((place, row[columns["date"]], kind, _word(row[columns["name"]])))
    return Notice(year=year, days=_collected(year, found))
