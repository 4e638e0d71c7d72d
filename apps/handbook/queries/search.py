"""Finding published entries by words: whole words of two characters and more, or one."""

from django.db.models import Q, QuerySet

from apps.core.bigrams import plain
from apps.handbook.choices import EntryStatus
from apps.handbook.models import Entry

MOST_WORDS = 8


def matching(text: str) -> Q:
    """Return the condition by which a text finds entries: each of its words must be found.

    A few thousand texts are looked through one by one: exact for every length of word and the same
    on both databases, which no full-text index of theirs is for Chinese.
    """
    condition = Q()
    for word in text.split()[:MOST_WORDS]:
        short = plain(word)
        found = Q(number__startswith=word)
        if short:
            found |= Q(plain__contains=short)
            found |= ~Q(status=EntryStatus.PUBLISHED) & Q(question__contains=word)
        if len(short) > 1 and short.isascii() and short.isalpha():
            found |= Q(question_initials__contains=short)
        condition &= found
    return condition


def search(text: str) -> QuerySet[Entry]:
    """Return the published entries that hold every word of a text; none for an empty text."""
    if not text.strip():
        return Entry.objects.none()
    return Entry.objects.published().filter(matching(text)).select_related("current", "category")
