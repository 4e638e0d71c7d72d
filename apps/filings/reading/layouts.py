"""Where the tables of a sheet are: header rows, the columns under them, the lines around them.

A sheet is cut into blocks. A block begins at a header (one to three rows) and ends before the
next one; a header that repeats the columns above it does not begin another block.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from apps.filings.contents import Appendix
from apps.filings.reading import labels, meta
from apps.filings.reading.grid import Table
from apps.filings.reading.labels import GROUP, NAME, PERSON, PHONE, SEQ, UNIT, ZONE
from apps.filings.reading.meta import LeaderLine, Meta
from apps.filings.reading.text import narrow, text_of
from apps.filings.reading.units import Units

MOST_HEADER_ROWS = 3
MARK, UNIT_LINE, HEADER, LEADER, NOTE, SIGNATURE = (
    "表题",
    "报送单位和日期",
    "表头",
    "负责人",
    "填表说明",
    "落款",
)


@dataclass(frozen=True)
class Header:
    """A header that was found: its rows, and which column has which meaning (counted from 0)."""

    appendix: Appendix
    rows: tuple[int, ...]
    columns: dict[str, int]
    phones: tuple[int, ...]
    texts: dict[int, str]
    unit_text: str = ""
    #: a second column of names beside the first: the list goes on at the right
    second: int | None = None


_WATCHED = (SEQ, labels.KIND, labels.POST, labels.COUNT)


@dataclass
class Block:
    """A header, what was said above and below it, and the numbers of the rows under it."""

    header: Header
    meta: Meta
    rows: list[int] = field(default_factory=list)
    #: rows that belong to the form, not to its content, and what they are
    frame: list[tuple[int, str]] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    leader: tuple[int, LeaderLine] | None = None

    def steps(self) -> Iterator[tuple[int, int]]:
        """Yield each row with the first of the empty rows above it (0 when there are none)."""
        taken = {row for row, _ in self.frame}.union(self.repeated)
        before = 0
        for number in self.rows:
            empty = number - 1
            while before and empty > before and empty not in taken:
                empty -= 1
            yield number, empty + 1 if before and empty < number - 1 else 0
            before = number

    def __post_init__(self) -> None:
        columns = self.header.columns
        #: columns by which a repeated header is noticed: few texts are in them, so they are cached
        self.watched = tuple((name, columns[name]) for name in _WATCHED if name in columns)


class Scanner:
    """Cuts one sheet into blocks."""

    def __init__(self, table: Table, units: Units) -> None:
        self.table, self.units = table, units
        self.blocks: list[Block] = []
        self._meta = Meta()
        self._loose: list[tuple[int, str]] = []  # frame rows above the next header
        self._in_notes = False

    def scan(self) -> list[Block]:
        """Return the blocks; none when the sheet is neither appendix."""
        numbers = self.table.numbers
        at = 0
        while at < len(numbers):
            number = numbers[at]
            block = self.blocks[-1] if self.blocks else None
            if self._may_be_header(number, block):
                header = self._header_at(at)
                if header is not None:
                    self._begin(header)
                    at += len(header.rows)
                    continue
            self._line(number, block)
            at += 1
        if self.blocks:
            last = self.blocks[-1]
            last.frame += self._loose
            last.meta.completed_by(self._meta)  # some sign and date below the table
        return self.blocks

    # ---- headers -----------------------------------------------------------------------------
    def _may_be_header(self, number: int, block: Block | None) -> bool:
        """Look closely only at rows that can be headers: there may be 200,000 others."""
        if block is None or self._loose:
            return True
        cells = self.table.rows[number]
        for name, column in block.watched:
            text = cells[column] if column < len(cells) else None
            if (
                isinstance(text, str)
                and len(text) < labels.LONGEST
                and labels.meaning(text) == name
            ):
                return True
        first = next((cell for cell in cells if cell is not None), None)
        return isinstance(first, str) and self._meaning(first) in (SEQ, GROUP, UNIT, ZONE)

    def _header_at(self, at: int) -> Header | None:
        """Return the header that begins with this row, reading further rows of labels to it."""
        numbers = self.table.numbers[at : at + MOST_HEADER_ROWS]
        texts = [self.table.header_texts(number) for number in numbers]
        if not self._is_label_row(texts[0]):
            return None
        found = None
        for size in range(1, len(texts) + 1):
            if size > 1 and not self._continues_header(numbers[size - 1], texts[size - 1]):
                break
            found = self._header(tuple(numbers[:size]), texts[:size]) or found
        return found

    def _is_label_row(self, texts: dict[int, str]) -> bool:
        """Say whether a row has labels, and at most as many other texts."""
        if not texts or meta.unit_in(list(texts.values())) is not None:
            return False
        known = [text for text in texts.values() if self._meaning(text)]
        sure = {self._meaning(text) for text in known if not labels.is_value_too(text)} - {UNIT}
        return len(known) * 2 >= len(texts) and bool(sure)

    def _continues_header(self, number: int, texts: dict[int, str]) -> bool:
        """Say whether a row still belongs to the header above it; a number begins the content."""
        has_number = any(isinstance(cell, int | float) for cell in self.table.rows[number])
        return not has_number and self._is_label_row(texts)

    def _meaning(self, text: str) -> str:
        found = labels.meaning(text)
        if not found and len(text) <= labels.LONGEST and self.units.named(text) is not None:
            return UNIT
        return found

    def _header(self, rows: tuple[int, ...], texts: list[dict[int, str]]) -> Header | None:
        """Put the rows of a header together, the lower label before the upper one."""
        joined: dict[int, str] = {}
        meanings: dict[int, str] = {}
        for upper in texts:
            for column, text in upper.items():
                name = self._meaning(text)
                if name and (name != GROUP or column not in meanings):
                    joined[column], meanings[column] = text, name
                elif not name:
                    joined.setdefault(column, text)
        columns = _columns(meanings, joined)
        appendix = labels.appendix_of(set(columns), lambda name: joined[columns[name]])
        if appendix is None:
            return None
        phones = tuple(sorted(at for at, name in meanings.items() if name == PHONE))
        unit_text = joined[columns[UNIT]] if UNIT in columns else ""
        return Header(
            appendix, rows, columns, phones, joined, unit_text, _second(meanings, joined, columns)
        )

    def _begin(self, header: Header) -> None:
        """Begin a block, or go on with the one above when its columns only repeat."""
        before = self.blocks[-1] if self.blocks else None
        has_said = bool(self._meta.unit_written or self._meta.title)
        is_same = before is not None and before.header.appendix is header.appendix
        is_repeated = is_same and not has_said
        if before is not None and is_repeated and before.header.columns == header.columns:
            before.repeated += header.rows
            before.frame += self._loose
            self._loose, self._in_notes = [], False
            return
        block = Block(header, self._meta, leader=self._meta.leader)
        block.frame = [*self._loose, *((row, HEADER) for row in header.rows)]
        self._loose, self._meta, self._in_notes = [], Meta(), False
        self.blocks.append(block)

    # ---- other lines -------------------------------------------------------------------------
    def _line(self, number: int, block: Block | None) -> None:
        """Sort a row: a line of the form, or content of the block above."""
        cells = self.table.rows[number]
        first = next((cell for cell in cells if cell is not None), None)
        is_inside = not self._loose and not self._in_notes
        is_plain = not isinstance(first, str) or not _SPECIAL.search(first)
        if block is not None and is_inside and is_plain:
            block.rows.append(number)
            return
        texts = [text for _, text in self.table.filled(number)]
        what = self._what(number, texts, block)
        if not what and block is not None and (not self._loose or len(texts) > 1):
            self._resumed(block).rows.append(number)
        elif block is not None and what in (NOTE, SIGNATURE, LEADER) and not self._loose:
            block.frame.append((number, what))
        else:
            self._loose.append((number, what or MARK))

    def _resumed(self, block: Block) -> Block:
        """Return the block that content after other lines belongs to: the one above, or one of
        its own when the lines named another unit but the header was not repeated.
        """
        written = self._meta.unit_written
        if written and narrow(written) != narrow(block.meta.unit_written):
            block = Block(replace(block.header, rows=()), self._meta)
            self.blocks.append(block)
        block.frame += self._loose
        self._loose, self._meta, self._in_notes = [], Meta(), False
        return block

    def _what(self, number: int, texts: list[str], block: Block | None) -> str:
        """Return which line of the form a row is; "" for a row of content."""
        if not texts:  # formulas without result
            return ""
        leader = meta.leader_in(texts)
        if leader is not None:
            self._led(number, leader, block)
            return LEADER
        first, is_alone = texts[0], len(texts) == 1
        if meta.is_note(first):
            self._in_notes = True
            return NOTE
        unit = meta.unit_in(texts)
        is_date = len(texts) <= 2 and (meta.has_date_label(texts) or meta.is_date(first))
        if unit is not None or is_date:
            self._said(number, unit or "", texts)
            return UNIT_LINE
        if meta.is_signature(first):
            return SIGNATURE
        if is_alone and self._is_title(first, block):
            self._meta.title = f"{self._meta.title} {first}".strip()
            return MARK
        return NOTE if self._in_notes and is_alone else ""

    def _led(self, number: int, leader: LeaderLine, block: Block | None) -> None:
        """Keep the leader's line for the block above it, or for the next one."""
        if block is None or self._loose:
            self._meta.leader = self._meta.leader or (number, leader)
        elif block.leader is None:
            block.leader = (number, leader)

    def _is_title(self, text: str, block: Block | None) -> bool:
        return meta.is_title(text) and (block is None or bool(_BEGINS_FORM.search(text)))

    def _said(self, number: int, unit: str, texts: list[str]) -> None:
        filed_on, written = meta.date_in(texts)
        if unit:
            self._meta.unit_written, self._meta.unit_row = unit, number
        if written or filed_on:
            self._meta.filed_on, self._meta.date_written = filed_on, written
        self._meta.date_row = self._meta.date_row or number


_SPECIAL = re.compile(
    r"负责|分管领导|责任领导|处级|[:：]|附件|附表|统计表|划分表|报送|填报|注|说明|日期|^\s*[(（\d①]|盖章|公章|签章|落款|制表|填表|审核"
)
_BEGINS_FORM = re.compile(r"附件|附表|统计表|划分表|台账|汇总表|登记表")


def _columns(meanings: dict[int, str], texts: dict[int, str]) -> dict[str, int]:
    """Return the column of each meaning: the leftmost, and the best of several for a principal."""
    columns: dict[str, int] = {}
    for column in sorted(meanings):
        name = meanings[column]
        if name == GROUP:
            continue
        held = columns.get(name)
        if (
            held is None
            or (name == PERSON and _rank(texts, column) < _rank(texts, held))
            or (name == NAME and texts[held] != texts[column] and "名" not in texts[held])
        ):
            columns[name] = column
    return columns


def _second(meanings: dict[int, str], texts: dict[int, str], columns: dict[str, int]) -> int | None:
    """Return the column where the same labels begin again, for a list printed in two halves."""
    name = columns.get(NAME)
    again = [
        at
        for at, meaning in meanings.items()
        if meaning == NAME and name is not None and at > name and texts[at] == texts[name]
    ]
    return again[0] if again else None


def _rank(texts: dict[int, str], column: int) -> int:
    return labels.rank_of_person(texts[column])


_HAN = re.compile(r"[\u4e00-\u9fff]")


def nearest_labels(table: Table) -> str:
    """Return the texts of the row that looks most like a header, for the sentence of refusal."""
    best: list[str] = []
    for number in table.numbers[:15]:
        texts = [text for _, text in table.filled(number) if _HAN.search(text) and len(text) <= 20]
        if len(texts) > len(best):
            best = texts
    return "、".join(re.sub(r"\s+", "", text) for text in best[:6])


def content_rows(table: Table, block: Block, most: int = 200) -> Iterator[list[str]]:
    """Yield the first content rows of a block as texts, to tell what a column holds."""
    for number in block.rows[:most]:
        yield [text_of(cell) for cell in table.rows[number]]
