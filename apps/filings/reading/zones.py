"""Names of zones brought to one form: 渔阳镇三片区, 第3片区, 片区三 → 第三片区. Pure."""

import re
from dataclasses import dataclass

from apps.filings.reading.text import narrow, squeezed
from apps.filings.reading.units import Units, UnitWords

LONGEST = 40
_DIGITS = "零一二三四五六七八九"
_NUMERAL = r"[〇零一二三四五六七八九十百两\d]{1,5}"
_EXAMPLE = re.compile(r"^(?:示例|样例|举例|例如|例|范例)\d*(?:[:：、.]|(?=第))?")
_WORK = r"(?:为企)?(?:服务|责任|包保|包联|划分|管理|网格|企业)?"
_NUMBERED = re.compile(
    rf"^(?:第)?({_NUMERAL})(?:号|个)?{_WORK}(?:大)?片(?:区|)$|^{_WORK}片区?(?:第)?({_NUMERAL})(?:号)?$"
)
#: what some write after a zone, mostly who serves it: 第二片区张三, 第二片区(东关村、西关村)
_AFTER = re.compile(r"(?<=片区).+$")
_BEHIND = re.compile(r"(?<=片区)[(:：,，、].*$")
_BARE = re.compile(rf"^\(?({_NUMERAL})\)?$")
_OPEN = re.compile(r"^(?:第)?(?:[x×某]+|\s*)片区$", re.IGNORECASE)
_INSIDE = re.compile(rf"第?({_NUMERAL})(?:号)?{_WORK}片区")


@dataclass(frozen=True)
class ZoneName:
    """A zone as read: its name, the unit named before it, and whether it is an example.

    ``after`` is what stood behind a numbered zone's name and was left out.
    """

    name: str
    unit: UnitWords | None = None
    is_example: bool = False
    after: str = ""


def numeral(number: int) -> str:
    """Return 1 to 99 in Chinese numerals: 三, 十, 十二, 二十一."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[number]
    head = "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def number_of(text: str) -> int | None:
    """Return the value of Chinese or Arabic numerals from 1 to 99, else None."""
    if text.isdecimal():
        value = int(text)
    else:
        value = _chinese(text.replace("两", "二").replace("〇", "零"))
    return value if 1 <= value <= 99 else None


def _chinese(text: str) -> int:
    if "十" not in text:
        digits = [_DIGITS.find(char) for char in text]
        return -1 if -1 in digits or not digits else int("".join(map(str, digits)))
    head, _, tail = text.partition("十")
    tens = 1 if not head else _DIGITS.find(head)
    ones = 0 if not tail else _DIGITS.find(tail)
    return -1 if tens < 1 or ones < 0 or len(head) > 1 or len(tail) > 1 else tens * 10 + ones


def read(text: str, units: Units) -> ZoneName:
    """Return the zone that a cell names; ``name`` is empty for 第X片区 and the like."""
    plain = narrow(text)
    short = _EXAMPLE.sub("", plain)
    is_example = short != plain
    unit, rest = units.at_start(short)
    rest = rest.strip(":：-—_、,，.。()（）") if unit else rest.strip(":：-—_、,，.。")
    if not rest:
        # the unit's own name alone: a zone of that name, or none at all
        return ZoneName("", unit, is_example)
    head = _AFTER.sub("", rest)
    if number := _number(rest) or _number(head):
        after = rest[len(head) :] if _number(rest) is None else ""
        return ZoneName(f"第{numeral(number)}片区", unit, is_example, after)
    if _OPEN.fullmatch(rest) or (is_example and re.search(r"[xX×]{2}|某", rest) and not number):
        numbered = _INSIDE.search(rest)
        value = number_of(numbered[1]) if numbered else None
        return ZoneName(f"第{numeral(value)}片区" if value else "", unit, is_example)
    return ZoneName(rest if unit else squeezed(_EXAMPLE.sub("", text.strip())), unit, is_example)


def _number(rest: str) -> int | None:
    found = _NUMBERED.fullmatch(rest) or _BARE.fullmatch(rest)
    return number_of(next(group for group in found.groups() if group)) if found else None


def is_zone(text: str, units: Units) -> bool:
    """Say whether a text surely is a zone's name: numbered, or ending in 片区."""
    plain = narrow(text)
    if not plain or len(plain) > LONGEST or plain.isdecimal():
        return False
    _, rest = units.at_start(_EXAMPLE.sub("", plain))
    head = _BEHIND.sub("", rest)
    return bool(_NUMBERED.fullmatch(head) or _OPEN.fullmatch(head) or head.endswith("片区"))


def in_title(text: str) -> str:
    """Return the numbered zone that a title or a sheet's name mentions, or an empty string."""
    found = _INSIDE.search(narrow(text))
    value = number_of(found[1]) if found else None
    return f"第{numeral(value)}片区" if value else ""
