"""Which of the 28 units a text names: by name, full name, alias, or an everyday form of them. Pure.

The words come from the caller (``fixtures/units.json`` or the table of units), so that the office
can add an old name without a release.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from apps.filings.reading.text import narrow

_REGION = re.compile(r"^(?:天津市|天津)?(?:蓟州区|蓟州|蓟县)?")
_OFFICE = re.compile(
    r"(?:人民政府|政府|办事处|管理委员会|管委会|党委|党工委|委员会|机关"
    r"|(?:经济发展|营商环境|党政综合|综合)?办公室|经发办|经济办)+$"
)
_KIND = re.compile(r"(?:满族乡|民族乡|街道|镇|乡|街)$")
_KINDS = ("镇", "乡", "街道", "街", "满族乡")
_LOOKS_LIKE_UNIT = re.compile(
    r"(?:镇|乡|街道|街|开发区|园区|农场)(?:人民政府|政府|办事处|管委会|管理委员会)?$"
)
_ZONE = "开发区"
SHORTEST_STEM = 2


@dataclass(frozen=True)
class UnitWords:
    """A unit that files, and the words by which it is known."""

    code: str
    name: str
    full_name: str = ""
    aliases: Sequence[str] = ()


def core_of(text: str) -> str:
    """Return a unit's text without the region before it and the kind of office after it."""
    plain = narrow(text).strip('()（）:：,，。、;；"“”_-—*')
    short = _REGION.sub("", _OFFICE.sub("", plain))
    return short or plain


def looks_like_unit(text: str) -> bool:
    """Say whether a text has the form of a township's name, known or not."""
    return bool(_LOOKS_LIKE_UNIT.search(narrow(text)))


class Units:
    """The words of all units, ready to be looked up."""

    def __init__(self, units: Iterable[UnitWords]) -> None:
        self.by_code = {unit.code: unit for unit in units}
        self._whole: dict[str, UnitWords] = {}
        stems: dict[str, set[str]] = {}
        for unit in self.by_code.values():
            for word in _words(unit):
                self._whole.setdefault(core_of(word), unit)
                self._whole.setdefault(narrow(word), unit)
                stem = _KIND.sub("", core_of(word))
                if len(stem) >= SHORTEST_STEM:
                    stems.setdefault(stem, set()).add(unit.code)
        self._stems = {
            stem: self.by_code[codes.pop()] for stem, codes in stems.items() if len(codes) == 1
        }
        for stem, unit in self._stems.items():
            for kind in _KINDS:
                self._whole.setdefault(f"{stem}{kind}", unit)
        self._finder = _finder(self._whole)
        # the official titles speak of 开发区管委会, so that alone names no unit inside a text
        development = [unit for unit in self.by_code.values() if _ZONE in unit.name]
        if len(development) == 1:
            self._whole.setdefault(_ZONE, development[0])
        self._stem_finder = _finder(self._stems)
        self.named = lru_cache(4096)(self._named)

    def _named(self, text: str) -> UnitWords | None:
        """Return the unit that the whole text names: 渔阳镇人民政府, 蓟州区渔阳镇, 渔阳."""
        core = core_of(text)
        return self._whole.get(core) or self._whole.get(narrow(text)) or self._stems.get(core)

    def inside(self, text: str, *, by_stem: bool = False) -> UnitWords | None:
        """Return the one unit that is named somewhere in a text; None when there are several.

        ``by_stem`` also takes 渔阳 for 渔阳镇, as file and sheet names have it.
        """
        plain = narrow(text)
        found = {self._whole[one].code for one in self._finder.findall(plain)}
        if not found and by_stem:
            found = {self._stems[one].code for one in self._stem_finder.findall(plain)}
        return self.by_code[found.pop()] if len(found) == 1 else None

    def at_start(self, text: str) -> tuple[UnitWords | None, str]:
        """Return the unit that a narrow text begins with, and the rest: 渔阳镇第一片区."""
        rest = _REGION.sub("", text)
        for candidate in (text, rest):
            found = self._finder.match(candidate)
            if found:
                return self._whole[found[0]], _OFFICE_FIRST.sub("", candidate[found.end() :])
        return None, text

    def like(self, text: str) -> str:
        """Return the name of the unit that was probably meant, or an empty string."""
        names = {core_of(unit.name): unit.name for unit in self.by_code.values()}
        close = get_close_matches(core_of(text), names, n=1, cutoff=0.6)
        return names[close[0]] if close else ""


_OFFICE_FIRST = re.compile(r"^(?:人民政府|政府|办事处|管理委员会|管委会)")


def _words(unit: UnitWords) -> Iterator[str]:
    yield from (word for word in (unit.name, unit.full_name, *unit.aliases) if word)


def _finder(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the words, the longest first; one that finds nothing when there are none."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
