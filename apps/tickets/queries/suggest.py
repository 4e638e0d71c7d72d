"""What a request is about, proposed from its words: always with the reason, always correctable."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from apps.roster.models import Category
from apps.tickets.choices import Nature
from apps.tickets.keywords import CATEGORY_WORDS, NATURE_WORDS
from apps.tickets.queries.similar import Similar

#: how much a word tells: what enterprises say, what the category is called, what its lead does
SAID, NAMED, DUTY, BEFORE = 3.0, 2.0, 0.5, 1.5
LEAST_SCORE = 3.0
_JOINTS = "、，与和及（）"


@dataclass(frozen=True)
class CategoryGuess:
    """A category that a request may belong to; ``reason`` is a Chinese sentence."""

    category: Category
    score: float
    reason: str


@dataclass(frozen=True)
class NatureGuess:
    """The nature a request seems to have, and the word that told it."""

    nature: Nature
    word: str = ""

    @property
    def reason(self) -> str:
        """Why, in words."""
        return f"提到“{self.word}”" if self.word else "没有咨询、投诉等字样"


def guess_nature(text: str) -> NatureGuess:
    """Return the nature of a request by its words; a plain request for help otherwise."""
    for nature, words in NATURE_WORDS:
        for word in words:
            if word in text:
                return NatureGuess(nature, word)
    return NatureGuess(Nature.HELP)


def _pieces(name: str) -> list[str]:
    """Split the name of a category into its words: 供水排水与管网接入 → 供水排水, 管网接入."""
    for joint in _JOINTS:
        name = name.replace(joint, " ")
    return [piece for piece in name.split() if len(piece) > 1]


def _found(text: str, words: Any, weight: float) -> list[tuple[str, float]]:
    """Return the words that a text holds with what each tells; long ones tell more."""
    return [(word, weight * len(word) / 2) for word in words if word in text]


def _score(category: Category, text: str) -> tuple[float, list[str]]:
    hits = _found(text, CATEGORY_WORDS.get(category.code, ()), SAID)
    hits += _found(text, _pieces(category.name), NAMED)
    told = list(dict.fromkeys(word for word, _ in sorted(hits, key=lambda hit: -hit[1])))
    lead = category.default_lead
    duties = _found(text, _pieces(lead.duties), DUTY) if lead is not None else []
    return sum(score for _, score in [*hits, *duties]), told


def guess_categories(
    text: str, *, history: list[Similar] | None = None, limit: int = 3
) -> list[CategoryGuess]:
    """Return the likeliest categories of a request, the best first (one query).

    Scores add up: words of enterprises, words of the category's name, duties of its usual lead,
    and the categories of similar tickets (``history``). Nothing below a least score is proposed.
    """
    before: Counter[int] = Counter(
        one.ticket.category_id for one in history or [] if one.ticket.category_id is not None
    )
    found = []
    rows = Category.objects.active().filter(parent__isnull=False, parent__is_active=True)
    for category in rows.select_related("default_lead", "parent"):
        score, told = _score(category, text)
        reasons = [f"提到{'、'.join(f'“{word}”' for word in told[:3])}"] if told else []
        if before[category.pk]:
            score += BEFORE * before[category.pk]
            reasons.append(f"{before[category.pk]} 件相似工单也是这一类")
        if score >= LEAST_SCORE:
            found.append(CategoryGuess(category, score, "；".join(reasons) or "与主管部门职责相符"))
    return sorted(found, key=lambda one: (-one.score, one.category.code))[:limit]
