"""统一社会信用代码 (GB 32100) and the 15-digit registration numbers before it. Pure.

A wrong code is said and a repair proposed; nothing is refused because of it.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from apps.registry.choices import EntityKind

LENGTH, OLD_LENGTH, LONGEST = 18, 15, 20
#: letters that a code never has, and what they are taken for
NEVER = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}
#: 蓟州区 and the former 蓟县, as places 3–8 name the registrar
REGIONS = ("120119", "120225")
ALIKE = ("08DQ", "1L7", "2Z", "5S", "6G", "8B", "UV", "MN", "4A", "39")
KINDS = {
    "91": EntityKind.ENTERPRISE,
    "92": EntityKind.INDIVIDUAL,
    "93": EntityKind.COOPERATIVE,
}


@dataclass(frozen=True)
class CodeCheck:
    """What is wrong with a code ("" when nothing is), and the code that was probably meant."""

    problem: str = ""
    suggestion: str = ""


def normalise(text: str) -> str:
    """Return a code in capitals, half width, without blanks and dashes."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in plain if char.isalnum())


def is_valid(code: str) -> bool:
    """Say whether a normalised code of 18 or 15 places has the right check digit."""
    if len(code) == OLD_LENGTH:
        return code.isascii() and code.isdecimal() and bool(mod_11_10.is_valid(code))
    try:
        uscc.validate(code)
    except ValidationError:
        return False
    return True


def check(code: str) -> CodeCheck:
    """Check a normalised code; an empty one is fine."""
    if not code or is_valid(code):
        return CodeCheck()
    suggestion = _meant(code)
    if len(code) not in (LENGTH, OLD_LENGTH):
        return CodeCheck(f"信用代码应为 18 位（旧注册号 15 位），现在是 {len(code)} 位", suggestion)
    if any(char in NEVER for char in code):
        wrong = "、".join(dict.fromkeys(char for char in code if char in NEVER))
        return CodeCheck(f"信用代码里不会有字母 {wrong}", suggestion)
    return CodeCheck("信用代码的校验位对不上，可能抄错了一位", suggestion)


def _meant(code: str) -> str:
    """Return the one valid code near by; among several the one registered here, else nothing."""
    found = {one for one in _repairs(code) if is_valid(one)}
    if len(found) > 1:
        found = {one for one in found if one[2:8] in REGIONS}
    return found.pop() if len(found) == 1 else ""


def _repairs(code: str) -> Iterator[str]:
    """Yield the codes that one slip of the eye or the hand away could have been meant."""
    mended = "".join(NEVER.get(char, char) for char in code)
    yield mended
    for place, char in enumerate(mended):
        for group in ALIKE:
            if char in group:
                yield from (mended[:place] + one + mended[place + 1 :] for one in group)
        if place:
            yield mended[: place - 1] + char + mended[place - 1] + mended[place + 1 :]


def kind_of(code: str) -> str:
    """Return the kind that a code's first two places tell, or an empty string."""
    return KINDS[code[:2]].value if len(code) == LENGTH and code[:2] in KINDS else ""


def mask(code: str) -> str:
    """Return a code as lists show it: its first and last four places (ux.md UX-17)."""
    return f"{code[:4]}…{code[-4:]}" if len(code) > 8 else code
