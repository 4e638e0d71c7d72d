"""Pinyin initials, so that "jzq" finds 蓟州区."""

import itertools
import re
import unicodedata
from functools import cache, lru_cache

LONGEST_PHRASE = 4
MOST_LETTERS = 30_000


@lru_cache(maxsize=30_000)
def _of_char(char: str) -> str:
    """Return the usual initial of one character; anything else stays as it is."""
    from pypinyin import Style, lazy_pinyin  # 60 MB of tables: loaded when first needed

    return "".join(lazy_pinyin(char, style=Style.FIRST_LETTER))


@cache
def _phrases() -> dict[str, str]:
    """Return the words whose characters read differently than alone: 重庆 → cq, 银行 → yh.

    They come from the library's own list; looking only these up is twenty times as fast as letting
    the library cut every text into words.
    """
    from pypinyin.phrases_dict import phrases_dict

    found = {}
    for phrase, readings in phrases_dict.items():
        if not 2 <= len(phrase) <= LONGEST_PHRASE or len(readings) != len(phrase):
            continue
        letters = "".join(unicodedata.normalize("NFD", one[0])[:1] for one in readings)
        if letters != "".join(map(_of_char, phrase)):
            found[phrase] = letters
    return found


@cache
def _beginnings() -> frozenset[str]:
    """Return the first two characters of the words: a text without any of them needs no search."""
    return frozenset(phrase[:2] for phrase in _phrases())


class _Letters(dict[int, str]):
    """Character → initial for ``str.translate``, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        letter = re.sub(r"[^a-z0-9]", "", _of_char(chr(code)).lower())
        if len(self) < MOST_LETTERS:
            self[code] = letter
        return letter


_letters = _Letters()


def initials(text: str) -> str:
    """Return the lower-case initials of Chinese characters; letters and digits stay as they are."""
    if not _beginnings().isdisjoint(map("".join, itertools.pairwise(text))):
        text = _with_phrases(text)
    return text.translate(_letters)


def _with_phrases(text: str) -> str:
    """Put the initials of the words that read differently in their places."""
    phrases, beginnings = _phrases(), _beginnings()
    pieces: list[str] = []
    position = 0
    while position < len(text):
        length = 1
        if text[position : position + 2] in beginnings:
            for tried in range(min(LONGEST_PHRASE, len(text) - position), 1, -1):
                if text[position : position + tried] in phrases:
                    length = tried
                    break
        piece = text[position : position + length]
        pieces.append(phrases[piece] if length > 1 else piece)
        position += length
    return "".join(pieces)
