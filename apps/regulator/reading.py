"""Read a registration list: a flat table whose header is found by its words. Pure.

The file was opened by the guarded child process of the filings; here only values are looked at.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

from apps.core.errors import DomainError
from apps.filings.opening.cells import Cell
from apps.filings.opening.child import Opened, Sheet
from apps.filings.reading import kinds, labels
from apps.filings.reading.labels import ADDRESS, CODE, KIND, NAME, PERSON, UNIT
from apps.filings.reading.text import is_nothing, label_of, narrow, said, squeezed, text_of
from apps.filings.reading.units import Units
from apps.registry import codes, names
from apps.regulator.rows import ReadList, RegisteredEntity

STATUS, ENDED, OFFICE = "status", "ended_on", "office"
_OWN: tuple[tuple[str, re.Pattern[str]], ...] = (
    (STATUS, re.compile(r".{0,8}状态(?:名称)?")),
    (ENDED, re.compile(r"(?:注销|吊销|注吊销|迁出|核准注销)(?:\w{0,4})(?:日期|时间)")),
    (
        OFFICE,
        re.compile(
            r"(?:登记|管辖|监管|属地|所属)(?:机关|单位|所|部门)|(?:市场)?监管所|(?:所属|所在|属地)(?:乡镇|街道|街镇|区域).*"
        ),
    ),
)
LOOKED_AT = 40  # rows in which the header is looked for
LONGEST_NAME, LONGEST_PERSON, LONGEST_ADDRESS = 120, 30, 200
NOTHING_FOUND = (
    "没有找到登记名单的表头：要有“企业名称”和“统一社会信用代码”（或“登记状态”）这些列{seen}。"
    "请保留表头那一行再传。"
)
EMPTY = "表头下面没有数据。请填好或换一个文件再传。"
#: words of a state, the first that fits counts
_STATES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("REVOKED", re.compile(r"吊销[^已]*未注销|^吊销[(（]?未|未注销")),
    ("CANCELLED", re.compile(r"注销|撤销|关闭|清算完结|已注")),
    ("REVOKED", re.compile(r"吊销")),
    ("MOVED_OUT", re.compile(r"迁出|迁往|已迁")),
    ("SUSPENDED", re.compile(r"歇业|停业")),
    ("ACTIVE", re.compile(r"存续|在业|在营|开业|在册|正常|迁入|有效|登记成立|^成立|确立")),
)
_DAY = re.compile(r"(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})")


def meaning(text: str) -> str:
    """Return what a column's label means here, or an empty string."""
    plain = label_of(text)
    own = next((name for name, pattern in _OWN if pattern.fullmatch(plain)), "")
    return own or labels.meaning(text)


def status_of(text: str) -> str:
    """Return the state that words mean; "" when they are none that we know."""
    plain = narrow(text)
    if is_nothing(plain):
        return "ACTIVE"
    return next((state for state, pattern in _STATES if pattern.search(plain)), "")


def read_list(opened: Opened, *, units: Units) -> ReadList:
    """Read every visible sheet that has such a header.

    Raises:
        DomainError: no sheet is such a list, or it has no rows.
    """
    found = ReadList(remarks=list(opened.remarks))
    reader = _Reader(found, units)
    tables = 0
    for sheet in opened.sheets:
        header = None if sheet.is_hidden else _header(sheet)
        if header is not None:
            tables += 1
            reader.sheet(sheet, *header)
    if not tables:
        raise DomainError(NOTHING_FOUND.format(seen=_seen(opened)))
    if not found.rows and not found.skipped:
        raise DomainError(EMPTY)
    return found


def _seen(opened: Opened) -> str:
    for sheet in opened.sheets:
        for number in sorted(sheet.rows)[:3]:
            texts = [text_of(cell) for cell in sheet.rows[number] if cell is not None]
            if len(texts) > 1:
                return f"，这个文件里是“{said('、'.join(texts[:6]))}”"
    return ""


def _header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Return the row of the header and the column of each meaning: names and two further facts."""
    best: tuple[int, dict[str, int]] | None = None
    for number in sorted(sheet.rows)[:LOOKED_AT]:
        columns: dict[str, int] = {}
        for at, cell in enumerate(sheet.rows[number]):
            name = meaning(cell) if isinstance(cell, str) else ""
            if name:
                columns.setdefault(name, at)
        facts = {CODE, STATUS, PERSON, KIND, ADDRESS} & set(columns)
        is_list = NAME in columns and len(facts) >= 2 and {CODE, STATUS} & facts
        if is_list and (best is None or len(columns) > len(best[1])):
            best = number, columns
    return best


class _Reader:
    """Takes the lines of the sheets; a second line of the same code is left out."""

    def __init__(self, found: ReadList, units: Units) -> None:
        self.found, self.units = found, units
        self.seen: dict[str, int] = {}
        self.unknown: dict[str, int] = {}

    def sheet(self, sheet: Sheet, header: int, columns: dict[str, int]) -> None:
        """Read the rows below a header."""
        where = f"“{sheet.name}”表头在第 {header} 行"
        lacking = [
            word
            for name, word in ((CODE, "统一社会信用代码"), (STATUS, "登记状态"))
            if name not in columns
        ]
        without = f"，没有{'、'.join(lacking)}列" if lacking else ""
        self.found.remarks.append(f"{where}{without}。")
        for number in sorted(sheet.rows):
            if number > header:
                self._row(number, sheet.rows[number], columns)
        for text, count in self.unknown.items():
            self.found.remarks.append(f"认不出状态“{said(text)}”（{count:,} 行），按存续对待。")
        self.unknown = {}

    def _row(self, number: int, cells: list[Cell], columns: dict[str, int]) -> None:
        texts = {
            name: text_of(cells[at]) if at < len(cells) else "" for name, at in columns.items()
        }
        texts = {name: "" if is_nothing(text) else text for name, text in texts.items()}
        name, code = squeezed(texts.get(NAME, "")), codes.normalise(texts.get(CODE, ""))
        if not name and not code:
            return
        if meaning(texts.get(NAME, "")) == NAME and meaning(texts.get(CODE, "")) == CODE:
            return  # the header again, on the next printed page
        reason = self._refusal(name, code, number)
        if reason:
            self.found.skipped.append((number, name, reason))
            return
        problem = codes.check(code).problem
        ended = columns.get(ENDED)
        self.found.rows.append(
            RegisteredEntity(
                row=number,
                name=name,
                credit_code=code if len(code) <= codes.LONGEST else "",
                unit_code=self._unit(texts),
                status=self._status(texts.get(STATUS, "")),
                kind=_kind(texts.get(KIND, ""), code),
                principal=" ".join(texts.get(PERSON, "").split())[:LONGEST_PERSON],
                address=" ".join(texts.get(ADDRESS, "").split())[:LONGEST_ADDRESS],
                ended_on=_day(cells[ended]) if ended is not None and ended < len(cells) else None,
                note=f"{problem}。" if problem else "",
            )
        )

    def _refusal(self, name: str, code: str, number: int) -> str:
        """Return why a line is left out, or an empty string."""
        if not names.key_of(name):
            return "没有填名称"
        if len(name) > LONGEST_NAME:
            return f"名称超过 {LONGEST_NAME} 字"
        if not code:
            return ""
        first = self.seen.setdefault(code, number)
        return f"与第 {first} 行信用代码相同" if first != number else ""

    def _status(self, text: str) -> str:
        state = status_of(text)
        if not state:
            self.unknown[text] = self.unknown.get(text, 0) + 1
        return state or "ACTIVE"

    def _unit(self, texts: dict[str, str]) -> str:
        """Return the township that the line names: its own column, the registrar, the address."""
        for name, by_stem in ((UNIT, True), (OFFICE, True), (ADDRESS, False)):
            text = texts.get(name, "")
            if text:
                unit = self.units.named(text) or self.units.inside(text, by_stem=by_stem)
                if unit is not None:
                    return unit.code
        return ""


def _kind(text: str, code: str) -> str:
    return codes.kind_of(code) or (kinds.kind_of(text).kind if text else "")


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DAY.search(text_of(cell))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def lines_of(found: ReadList) -> Iterator[RegisteredEntity]:
    """Yield those in business first: who registered anew under an old name is known by it."""
    ended = ("CANCELLED", "REVOKED", "MOVED_OUT")
    yield from (row for row in found.rows if row.status not in ended)
    yield from (row for row in found.rows if row.status in ended)
