"""The check of zones: villages that no boundary names, and those that two zones claim."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

from apps.roster.actions import read_fixture
from apps.roster.models import Unit, Zone

_ENDING = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|社区|村)$")


@dataclass(frozen=True)
class ZoneCheck:
    """How a township's zones cover its villages; empty lists are good news."""

    villages: int
    unnamed: list[str] = field(default_factory=list)
    claimed_twice: list[tuple[str, list[Zone]]] = field(default_factory=list)
    #: zones without a boundary in words
    without_boundary: list[Zone] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many things are to be looked at."""
        return len(self.unnamed) + len(self.claimed_twice) + len(self.without_boundary)


@cache
def _all_villages() -> dict[str, list[str]]:
    return {
        row["unit"]: [village["name"] for village in row["villages"]]
        for row in read_fixture("villages.json")
    }


def villages_of(unit: Unit) -> list[str]:
    """Return the names of a township's villages and communities (none for the development zone)."""
    return _all_villages().get(unit.code, [])


def _short(name: str) -> str:
    short = _ENDING.sub("", name)
    return short if len(short) >= 2 else name


def _spellings(villages: list[str]) -> dict[str, list[str]]:
    """Return spelling → villages meant: each full name, and the name without 村 or 社区."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in villages:
        found[name].append(name)
    for name in villages:
        short = _short(name)
        if name not in found[short] and (short not in villages or short == name):
            found[short].append(name)
    return {spelling: names for spelling, names in found.items() if names}


def check_zones(unit: Unit) -> ZoneCheck:
    """Compare the boundaries of a township's zones with its villages (one query).

    Names are looked for longest first, so that 东大屯村 is not taken for 大屯村.
    """
    villages = villages_of(unit)
    spellings = _spellings(villages)
    ordered = sorted(spellings, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(one) for one in ordered)) if ordered else None
    claims: dict[str, list[Zone]] = defaultdict(list)
    zones = list(Zone.objects.active().filter(unit=unit).order_by("order", "pk"))
    for zone in zones:
        named = set(pattern.findall(zone.boundary)) if pattern else set()
        for village in {name for spelling in named for name in spellings[spelling]}:
            claims[village].append(zone)
    return ZoneCheck(
        villages=len(villages),
        unnamed=[name for name in villages if name not in claims],
        claimed_twice=[(name, claims[name]) for name in villages if len(claims[name]) > 1],
        without_boundary=[zone for zone in zones if not zone.boundary.strip()],
    )
