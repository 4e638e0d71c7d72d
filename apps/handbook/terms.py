"""Which pairs of characters tell what an entry is about, and how much. Pure."""

from collections.abc import Iterable, Iterator

from apps.core.bigrams import pairs, plain

QUESTION, SIMILAR, CATEGORY, BODY = 5, 4, 3, 1
LONGEST = 800  # characters of a request that are looked at


def _tells(pair: str) -> bool:
    """Digits tell nothing: they are amounts, dates and phones."""
    return not any(char.isdigit() for char in pair)


def _pairs(text: str) -> Iterator[str]:
    """The pairs within each sentence: none spans a stop."""
    for piece in text.replace("；", "。").replace("，", "。").split("。"):
        yield from filter(_tells, pairs(plain(piece)))


def weights(
    *, question: str, similar: Iterable[str], category: str, body: Iterable[str]
) -> dict[str, int]:
    """Return ``{pair: weight}`` of an entry; a pair counts where it tells most."""
    found: dict[str, int] = {}
    for weight, texts in (
        (BODY, body),
        (CATEGORY, [category]),
        (SIMILAR, similar),
        (QUESTION, [question]),
    ):
        for text in texts:
            found.update(dict.fromkeys(_pairs(text), weight))
    return found


def asked(text: str) -> list[str]:
    """Return the pairs of a request in their order, each once."""
    short = plain(text[:LONGEST])
    ordered = (short[place : place + 2] for place in range(len(short) - 1))
    return [pair for pair in dict.fromkeys(ordered) if _tells(pair)]


def words(text: str, matched: Iterable[str], most: int = 4) -> list[str]:
    """Return the stretches of a request that the matched pairs cover, the longest first."""
    short, wanted = plain(text[:LONGEST]), set(matched)
    stretches: list[str] = []
    begin = place = 0
    while place < len(short) - 1:
        begin = place
        while place < len(short) - 1 and short[place : place + 2] in wanted:
            place += 1
        if place > begin:
            stretches.append(short[begin : place + 1])
        place += 1
    unique = dict.fromkeys(stretches)
    return sorted(unique, key=len, reverse=True)[:most]
