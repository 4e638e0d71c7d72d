"""Names of entities: the key by which two spellings are one, likeness, tokens to search by. Pure."""

import re

from apps.core.bigrams import grams, pairs, plain, wanted

__all__ = [
    "are_alike",
    "core_of",
    "key_of",
    "key_of_plain",
    "pairs",
    "plain",
    "tokens",
    "wanted_tokens",
]
_PREFIX = re.compile(r"^(?:天津市|天津)?(?:蓟州区|蓟县)?")
_PREFIX_STARTS = ("天", "蓟")
_FORM = re.compile(
    r"(?:有限责任公司|股份有限公司|有限公司|公司|个体工商户|个体|农民专业合作社|专业合作社|合作社"
    r"|经营部|商行|商店|商贸|门市部|服务部|店|厂|部)+$"
)
LIKE_ENOUGH = 0.6


def key_of(name: str) -> str:
    """Return the key of a name (domain.md §3.1): ``plain`` without 天津市/蓟州区 at the front."""
    return key_of_plain(plain(name))


def key_of_plain(full: str) -> str:
    """Return the key of a name that is plain already."""
    if full[:1] not in _PREFIX_STARTS:
        return full
    short = _PREFIX.sub("", full)
    return short if len(short) >= 2 else full


def core_of(name: str) -> str:
    """Return what is left of a name without the words for its legal form."""
    full = key_of(name)
    short = _FORM.sub("", full)
    return short if len(short) >= 2 else full


def squeezed(text: str) -> str:
    """Return a text without any blank: how many stand inside differs from hand to hand."""
    return "".join(text.split())


def same_text(one: str, other: str) -> bool:
    """Say whether two texts are the same but for blanks."""
    return one == other or squeezed(one) == squeezed(other)


def are_alike(one: str, other: str) -> bool:
    """Say whether two names may mean one entity, given that its principal is the same."""
    a, b = core_of(one), core_of(other)
    if a == b or a in b or b in a:
        return True
    left, right = pairs(a), pairs(b)
    return 2 * len(left & right) / (len(left) + len(right)) >= LIKE_ENOUGH


# ---- tokens of the search index --------------------------------------------------------------
def tokens(plain_name: str, initials: str) -> str:
    """Return what the index holds of a name: pairs of characters, threes of initials, by blanks.

    The pieces at the end are shorter, so that each character begins a token.
    """
    return " ".join(sorted(grams(plain_name, 2) | grams(initials, 3)))


def wanted_tokens(text: str) -> list[tuple[str, bool]]:
    """Return the (token, is only its beginning) that every hit of a plain text has.

    Latin letters and digits are found in the initials, which keep them.
    """
    return wanted(text, 3 if text.isascii() else 2)
