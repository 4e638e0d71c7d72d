"""Pairs of neighbouring characters: how Chinese text without blanks is compared. Pure."""

import re
import unicodedata

_NOISE = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Return a text as it is searched: half width, lower case, letters, digits and characters only.

    Brackets, blanks and punctuation differ from hand to hand and are dropped.
    """
    full = unicodedata.normalize("NFKC", text)
    return (full if full.isalnum() else _NOISE.sub("", full)).lower()


def pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring characters of a text."""
    return {text[place : place + 2] for place in range(len(text) - 1)}


def grams(text: str, size: int = 2) -> set[str]:
    """Return the pieces of a plain text; the last are shorter, so each character begins one."""
    return {text[place : place + size] for place in range(len(text))}


def wanted(text: str, size: int = 2) -> list[tuple[str, bool]]:
    """Return the (token, is only its beginning) that every hit of a plain text has."""
    if len(text) < size:
        return [(text, True)]
    return [(text[place : place + size], False) for place in range(len(text) - size + 1)]
