"""The phone numbers of one cell: several, with names, labels and extensions. Pure.

Single numbers are judged by ``core.phones`` alone; here a cell is only taken apart.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from apps.core.errors import DomainError
from apps.core.phones import normalise
from apps.filings.opening.cells import Cell
from apps.filings.reading.text import is_nothing, said, text_of

MOST_PHONES = 10
LONGEST = 400
EXPECTED = "请填 11 位手机号或带区号的座机，如 13800001234、022-28391234。"
AS_TEXT = "请把这一列设成“文本”格式，再填完整号码。"
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－ー一", "-") | {"＃": "#", "'": " ", "`": " "})
_EXTENSION = re.compile(r"(?:转接?|分机号?|ext\.?|#)\s*:?\s*(?=\d)", re.IGNORECASE)
_AREA = re.compile(r"\(\s*(0\d{2,3})\s*\)\s*-?\s*")
_COUNTRY = re.compile(
    r"(?<![\d-])(?:\+|00)?\s*\(?86\)?[\s-]*(?=1[3-9](?:[\s-]?\d){9}(?!\d))|(?:\+|(?<!\d)00)86[\s-]*(?=0?\d{2,3}-)"
)
_SEPARATORS = re.compile(r"[、,;/|\\\n\t或和及与&]+|-{2,}|\.{2,}|。")
_WORDS = re.compile(r"[A-Za-z\u3400-\u9fff\U00020000-\U0003ffff:()\[\]【】<>《》“”\"?!•●☎]+")
_DECIMAL = re.compile(r"^(\d{7,})\.0+$")
_GLUED = re.compile(r"(?:1[3-9]\d{9}){2,}")
_SPLIT_MOBILE = re.compile(r"(1[3-9]\d{9})-(?=1[3-9]\d{9}|0\d{2,3}-)")
_EXTRA_ZERO = re.compile(r"0(1[3-9]\d{9})")
_LOST = "000000"


class PhoneCheck(NamedTuple):
    """The usable numbers of a cell, and what is wrong with the rest of it."""

    numbers: tuple[str, ...] = ()
    problem: str = ""
    advice: str = ""


NOTHING = PhoneCheck()


def read(cell: Cell) -> PhoneCheck:
    """Return the numbers of a phone cell; an empty one, 无 and / have none and no problem."""
    if isinstance(cell, str):
        if len(cell) == 11 and cell.isascii() and _MOBILE.fullmatch(cell):
            return PhoneCheck((cell,))
        return _read_text(text_of(cell))
    if cell is None:
        return NOTHING
    if isinstance(cell, int) and not isinstance(cell, bool):
        return _read_whole_number(str(cell))
    text = text_of(cell)
    if isinstance(cell, float):
        return PhoneCheck((), f"“{text}”不是完整的电话号码。", AS_TEXT)
    return PhoneCheck((), f"这里填的不是电话：“{said(text)}”。", EXPECTED)


def _read_whole_number(digits: str) -> PhoneCheck:
    if _MOBILE.fullmatch(digits) and digits.endswith(_LOST):
        return PhoneCheck(
            (digits,), "号码末尾全是 0，可能是科学计数法丢了末几位，请核对。", AS_TEXT
        )
    if len(digits) == 10 and digits.startswith("22"):  # Excel drops the 0 of 022 from a number
        digits = f"0{digits}"
    return _read_text(digits)


@lru_cache(4096)
def _read_text(text: str) -> PhoneCheck:
    if is_nothing(text):
        return NOTHING
    if len(text) > LONGEST:
        return PhoneCheck((), f"这一格有 {len(text)} 个字，不像电话。", EXPECTED)
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if _SCIENTIFIC.fullmatch(plain.replace(" ", "")):
        return PhoneCheck((), f"号码变成了科学计数法（{said(text)}），末几位已经丢失。", AS_TEXT)
    numbers: list[str] = []
    wrong: list[str] = []
    for piece in _pieces(plain):
        found, left = _numbers_in(piece, numbers[-1] if numbers else "")
        numbers += [number for number in found if number not in numbers]
        wrong += left
    problem, advice = _problem(text, numbers, wrong)
    return PhoneCheck(tuple(numbers[:MOST_PHONES]), problem, advice)


def _pieces(plain: str) -> list[str]:
    """Take a cell apart at separators and words, so that each piece is digits, dashes, blanks."""
    plain = _EXTENSION.sub("转", plain)
    plain = _AREA.sub(r"\1-", plain)
    plain = _COUNTRY.sub(" ", plain)
    plain = _SPLIT_MOBILE.sub(r"\1、", plain)
    pieces = []
    for part in _SEPARATORS.split(plain):
        kept = part.replace("转", "\0")
        pieces += [
            one.replace("\0", "转").strip(" .-") for one in _WORDS.sub("、", kept).split("、")
        ]
    return _with_area([piece for piece in pieces if piece])


def _with_area(pieces: list[str]) -> list[str]:
    """Join an area code that stands alone to the number after it: 022/29142222."""
    joined: list[str] = []
    for piece in pieces:
        if joined and re.fullmatch(r"0\d{2,3}", joined[-1]) and re.match(r"[2-8]\d{6,7}", piece):
            joined[-1] = f"{joined[-1]}-{piece}"
        else:
            joined.append(piece)
    return joined


def _numbers_in(piece: str, before: str) -> tuple[list[str], list[str]]:
    """Return the numbers of a piece and what is none; blanks may stand in or between numbers."""
    whole = _number(piece, before)
    if whole:
        return [whole], []
    digits = piece.replace(" ", "").replace("-", "")
    if _GLUED.fullmatch(digits):
        return _MOBILE.findall(digits), []
    tokens = piece.split()
    found: list[str] = []
    wrong: list[str] = []
    at = 0
    while at < len(tokens):
        for end in range(min(len(tokens), at + 5), at, -1):
            number = _number(" ".join(tokens[at:end]), found[-1] if found else before)
            if number:
                found.append(number)
                at = end
                break
        else:
            wrong.append(tokens[at])
            at += 1
    return found, wrong


def _number(text: str, before: str) -> str:
    """Return the number in its one form, or an empty string."""
    text = _DECIMAL.sub(r"\1", text)
    bare = re.sub(r"[\s-]", "", text)
    if zero := _EXTRA_ZERO.fullmatch(bare):
        text = zero[1]
    if re.fullmatch(r"[2-8]\d{6}", bare) and re.match(r"0(?!22|10|2\d)\d{3}-", before):
        text = f"{before.split('-')[0]}-{bare}"  # seven digits share the area code before them
    if bare.isdecimal() and len(bare) < 7 and len(bare) != 5:
        return ""  # 110 and 120 are no way to reach a business
    try:
        return normalise(text)
    except DomainError:
        return ""


def _problem(text: str, numbers: list[str], wrong: list[str]) -> tuple[str, str]:
    if len(numbers) > MOST_PHONES:
        return f"一格里有 {len(numbers)} 个号码，只取前 {MOST_PHONES} 个。", ""
    if not wrong:
        if numbers:
            return "", ""
        return f"这里填的不是电话：“{said(text)}”。", EXPECTED
    rest = "、".join(dict.fromkeys(wrong))
    return f"“{said(rest)}”{_why(wrong[0])}", EXPECTED


def _why(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if "*" in text:
        return "遮住了中间几位，没有号码可用。"
    if digits.startswith("1") and 7 <= len(digits) <= 15:
        return f"应为 11 位手机号，现在是 {len(digits)} 位。"
    if len(digits) == 7:
        return "座机少一位，或者缺区号。"
    return "不是电话号码。"
