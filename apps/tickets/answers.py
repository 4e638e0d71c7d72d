"""The handbook's answers as the tickets use them: what may fit a request, what is in force."""

from typing import Any

from django.urls import reverse

from apps.handbook.models import Entry
from apps.handbook.queries import suggestions
from apps.tickets.quotes import Answer


def version_in_force(number: str) -> int | None:
    """Return the id of the published version of an entry, or None; a ticket keeps it."""
    rows = Entry.objects.published().filter(number=number)
    found: int | None = rows.values_list("current_id", flat=True).first()
    return found


def suggest(text: str, category: Any) -> list[Answer]:
    """Return the published entries that may answer a request, the likeliest first."""
    return [
        Answer(
            number=one.entry.number,
            question=one.version.question,
            short=one.version.short_answer,
            text=one.version.reply_text(),
            note="；".join([*one.reasons, f"{one.version.unit.name}"]),
            url=reverse("handbook:entry", args=[one.entry.number]),
        )
        for one in suggestions.suggest(text, category)
    ]
