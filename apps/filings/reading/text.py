"""Cells as clean text: what typing, copying and old programs leave in them is taken out. Pure."""

import re
import unicodedata
from datetime import date, datetime

from apps.filings.opening.cells import Cell

#: control characters but tab and line break, zero-width ones, marks of direction
_JUNK = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    r"|_x00(?:0[0-9A-Fa-f]|1[0-9A-Fa-f]|7[fF])_"
)
_SPACES = re.compile(r"\s+")
#: a space that is not between two Latin words
_LOOSE = re.compile(r"(?<![A-Za-z0-9.,&'])\s+|\s+(?![A-Za-z0-9&'(])")
_BRACKETS = re.compile(r"[(\[【〔<《][^)\]】〕>》]*[)\]】〕>》]")
_MARKS = re.compile(r"[\s*:;,.·…_\-—~\"'“”‘’☆★※#]+")
_NOTHING = frozenset(
    [
        "/",
        "//",
        "\\",
        "-",
        "--",
        "---",
        "----",
        "_",
        "—",
        "——",
        "———",
        "–",
        "―",
        "－",
        "、",
        "。",
        ".",
        "*",
        "**",
        "×",
        "x",
        "无",
        "没有",
        "暂无",
        "暂缺",
        "缺",
        "空",
        "空白",
        "不详",
        "不祥",
        "未知",
        "未填",
        "待补",
        "待填",
        "无电话",
        "无联系方式",
        "无法联系",
        "n/a",
        "na",
        "n.a.",
        "null",
        "none",
        "nil",
        "无此项",
        "○",
        "〇",
        "/",
        "/",
        "／",
        "╱",
        "∕",
        "?",
        "？",
        "??",
        "？？",
    ]
)
_ERRORS = frozenset(
    ["#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#spill!", "#calc!"]
)
LONGEST_NOTHING = 12
LONGEST_SAID = 60  # how much of a cell's text a message repeats


def text_of(cell: Cell) -> str:
    """Return a cell's text without junk and outer blanks; line breaks inside stay.

    Whole numbers have no decimal point, dates are written as 2026-01-09.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        if cell.isprintable():
            return cell.strip()
        return _JUNK.sub("", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return repr(cell) if isinstance(cell, float) else str(cell)


def squeezed(text: str) -> str:
    """Return a name without blanks and line breaks, but those between Latin words."""
    if text.isascii() or _SPACES.search(text) is None:
        return _SPACES.sub(" ", text) if " " in text or "\n" in text else text
    return _SPACES.sub(" ", _LOOSE.sub("", text))


def narrow(text: str) -> str:
    """Return a text in half width (NFKC) without any blanks."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text))


def label_of(text: str) -> str:
    """Return a header's text as labels are compared: narrow, without brackets and marks."""
    plain = narrow(_JUNK.sub("", text)).lower()
    return _MARKS.sub("", _BRACKETS.sub("", plain) or plain.strip("()[]【】〔〕<>《》"))


def is_nothing(text: str) -> bool:
    """Say whether a text only says that there is nothing: 无, /, —, 暂无 …, or an error: #N/A."""
    if not text:
        return True
    plain = _SPACES.sub("", text).lower() if len(text) < LONGEST_NOTHING else ""
    return plain in _NOTHING or (plain.startswith("#") and plain in _ERRORS)


def said(text: str) -> str:
    """Return a cell's text as a message repeats it: one line, not too long."""
    plain = _SPACES.sub(" ", text)
    return plain if len(plain) <= LONGEST_SAID else f"{plain[:LONGEST_SAID]}…"


def column_letter(index: int) -> str:
    """Return the letter of a column counted from 0."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
