"""How much of a worksheet is really filled, counted in its XML as it streams by.

What the sheet says of its own size is not read: writers leave it wrong, in either direction. Empty
formatted cells, which townships have down to the last row, count as nothing.
"""

import re
from dataclasses import dataclass, field

from apps.core.errors import DomainError
from apps.filings.opening import limits

LAST_ROW = 1_048_576
MOST_NOTES = 5_000
LONGEST_ROW = 32 * limits.MEBIBYTE
_ROW_NUMBER = re.compile(rb"""[^>]*?\sr\s*=\s*["'](\d+)["']""")
_PREFIXED = re.compile(rb"<(/?)[A-Za-z_][\w.-]*:")
#: a filled cell beyond column Z, the only ones that can make a sheet wide
_MAY_BE_WIDE = re.compile(rb'"[A-Za-z]{2,}\d')
_WIDE = re.compile(
    rb"""<c\s[^>]*?\br\s*=\s*["']([A-Za-z]{2,})(\d+)["'][^>]*?(?<!/)>\s*<(?:v|is|f)\b"""
)
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d+)["']""")
_IS_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
#: the result of a formula may rightly be an empty text
_IS_TEXT = re.compile(rb"""\bt\s*=\s*["']str["']""")
_VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")


@dataclass(frozen=True)
class Note:
    """A cell that has no usable value: ``value`` is the error (#N/A), or "" for a formula that
    was saved without its result. ``row`` and ``column`` are counted from 1.
    """

    row: int
    column: int
    value: str


@dataclass
class SheetUse:
    """The counts of one worksheet; feed it the XML piece by piece, then finish."""

    name: str
    rows: int = 0
    cells: int = 0
    first_row: int = 0
    last_row: int = 0
    last_column: int = 26
    notes: list[Note] = field(default_factory=list)
    _rest: bytes = b""
    _number: int = 0

    def feed(self, piece: bytes) -> None:
        """Count the rows that end in this piece."""
        text = self._rest + piece
        end = text.rfind(b"</row>") + len(b"</row>")
        if b":row" in text or b":c " in text:
            text = _PREFIXED.sub(rb"<\1", text)
            end = text.rfind(b"</row>") + len(b"</row>")
        if end < len(b"</row>"):
            end = text.rfind(b"<row")
        if end <= 0:
            self._rest = text
            if len(text) > LONGEST_ROW:
                raise DomainError("这个工作表里有一行大得不正常，没有读取。请检查文件后再传。")
            return
        self._count(text[:end])
        self._rest = text[end:]

    def finish(self) -> None:
        """Count what is left and check the limits."""
        self._count(self._rest)
        self._rest = b""
        height = self.last_row - self.first_row + 1
        if self.rows and height * self.last_column > limits.MOST_AREA:
            raise DomainError(
                f"第 {self.last_row} 行还有内容，离表太远，多半是误填。请删掉表格以外的内容再传。"
            )

    def _count(self, text: bytes) -> None:
        pieces = text.split(b"<row")[1:]
        filled = [piece for piece in pieces if b"<v" in piece or b"<is" in piece]
        if filled:
            self.rows += len(filled)
            self.cells += text.count(b"<v") + text.count(b"<is")
            self._numbered(filled, pieces)
        self._check()
        if b"<f" in text or b't="e"' in text or b"t='e'" in text:
            self._note_all(pieces)
        if b"='" in text or _MAY_BE_WIDE.search(text):
            for found in _WIDE.finditer(text):
                self._widen(found[1].upper(), found[2])

    def _numbered(self, filled: list[bytes], pieces: list[bytes]) -> None:
        """Find the first and the last filled row; rows without a number follow the one before."""
        found = [_ROW_NUMBER.match(piece) for piece in filled]
        numbers = [int(one[1][:10]) for one in found if one is not None]
        if len(numbers) < len(filled):
            numbers = []
            for piece in pieces:
                one = _ROW_NUMBER.match(piece)
                self._number = int(one[1][:10]) if one else self._number + 1
                if b"<v" in piece or b"<is" in piece:
                    numbers.append(self._number)
        self.first_row = min(self.first_row or numbers[0], *numbers)
        self.last_row = max(self.last_row, *numbers)

    def _check(self) -> None:
        if self.rows > limits.MOST_ROWS:
            raise DomainError(
                f"这个工作表超过 {limits.MOST_ROWS} 行，读不了。请按乡镇或片区拆成几个文件再传。"
            )
        if self.last_row > LAST_ROW:
            raise DomainError("这个文件的行号不正常，没有读取。请重新导出后再传。")

    def _widen(self, letters: bytes, row: bytes) -> None:
        column = 0
        for letter in letters[:4]:
            column = column * 26 + letter - 64
        if column > limits.MOST_COLUMNS:
            raise DomainError(
                f"第 {row.decode()[:10]} 行 {letters.decode()[:10]} 列还有内容，超过"
                f" {limits.MOST_COLUMNS} 列。请删掉表格以外的内容再传。"
            )
        self.last_column = max(self.last_column, column)

    def _note_all(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            if b"<f" in piece or b't="e"' in piece or b"t='e'" in piece:
                self._note(piece)

    def _note(self, piece: bytes) -> None:
        for attributes, body in _CELL.findall(piece):
            place = _REFERENCE.search(attributes)
            if place is None or len(self.notes) >= MOST_NOTES:
                continue
            value = _VALUE.search(body)
            said = value[1].decode("utf-8", "replace")[:20] if value else ""
            if _IS_ERROR.search(attributes) is None:
                if b"<f" not in body or b"<is" in body or said or _IS_TEXT.search(attributes):
                    continue
                said = ""
            column = 0
            for letter in place[1].upper():
                column = column * 26 + letter - 64
            self.notes.append(Note(int(place[2][:10]), column, said))
