"""Which unit should lead: at most three, each with the reasons it was named for; no percentages.

The reasons are facts that can be looked up: the directory of duties, what became of the last
requests of the same category, how much the unit has in hand (ux.md §1, issue 5).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Count

from apps.core.bigrams import pairs, plain
from apps.roster.models import Expert, Unit
from apps.tickets.choices import ApplicationKind, ApplicationState
from apps.tickets.models import Application, Ticket
from apps.tickets.queries.work import kept

MOST = 3
LATEST = 200  # newest requests of a category that count as its history
HISTORY_SECONDS = 600
LEAST_HISTORY = 2
LEAST_DUTY_PAIRS = 2
#: how much each kind of reason weighs; only the order follows from it, it is never shown
BY_DIRECTORY, BY_HISTORY, BY_DUTIES = 100, 60, 20


@dataclass
class Suggestion:
    """A unit with what speaks for it, and what it has in hand."""

    unit: Unit
    weight: float = 0.0
    reasons: list[str] = field(default_factory=list)
    load: int = 0
    commissioner: str = ""

    @property
    def note(self) -> str:
        """The line under the name: 专员 韩立新 · 在办 4 件."""
        who = f"专员 {self.commissioner} · " if self.commissioner else ""
        return f"{who}在办 {self.load:,} 件"

    @property
    def basis(self) -> str:
        """The reasons in one line."""
        return "；".join(self.reasons)


def history_of(category_id: int) -> Counter[int]:
    """Return which units led the newest requests of a category, with how many; kept ten minutes."""
    key = f"tickets:history:{category_id}"
    found: Counter[int] | None = cache.get(key)
    if found is None:
        newest = Ticket.objects.filter(category_id=category_id, lead_unit__isnull=False)
        leads = newest.order_by("-registered_at", "-pk").values_list("lead_unit_id", flat=True)
        found = Counter(pk for pk in leads[:LATEST] if pk is not None)
        cache.set(key, found, HISTORY_SECONDS)
    return found


def loads() -> dict[int, int]:
    """Return how many open tickets each unit leads (one query, kept until something moves)."""

    def count() -> dict[int, int]:
        rows = Ticket.objects.open().filter(lead_unit__isnull=False).order_by()
        grouped = rows.values("lead_unit").annotate(n=Count("pk"))
        return dict(grouped.values_list("lead_unit", "n"))

    found: dict[int, int] = kept(0, "loads", count, size=lambda found: sum(found.values()))
    return found


def _commissioners(units: Iterable[int]) -> dict[int, str]:
    posts = Expert.objects.current().filter(unit__in=list(units), rank="COMMISSIONER")
    return dict(posts.values_list("unit_id", "person__name"))


def _returned(pks: Sequence[int]) -> set[tuple[int, int]]:
    """Return (ticket, unit) of returns that were granted: nobody is asked twice."""
    rows = Application.objects.filter(
        ticket__in=pks, kind=ApplicationKind.RETURN, state=ApplicationState.APPROVED
    )
    return {(ticket, unit) for ticket, unit in rows.values_list("ticket_id", "unit_id")}


def _units() -> dict[int, Unit]:
    found: dict[int, Unit] | None = cache.get("tickets:units")
    if found is None:
        found = {unit.pk: unit for unit in Unit.objects.active().order_by("order", "pk")}
        cache.set("tickets:units", found, 60)
    return found


def _duties(units: dict[int, Unit], words: set[str]) -> dict[int, int]:
    """Return how many pairs of characters a request's category shares with a unit's duties."""
    found = {}
    for pk, unit in units.items():
        shared = len(words & pairs(plain(unit.duties))) if unit.duties else 0
        if shared >= LEAST_DUTY_PAIRS:
            found[pk] = shared
    return found


def suggest_many(tickets: Sequence[Ticket]) -> dict[int, list[Suggestion]]:
    """Return the suggestions for the tickets of a page (read with category and its parent)."""
    units = _units()
    in_hand = loads()
    refused = _returned([ticket.pk for ticket in tickets if ticket.return_count])
    found: dict[int, list[Suggestion]] = {}
    for ticket in tickets:
        made = _weigh(ticket, units)
        for pk in list(made):
            out = pk == ticket.complained_unit_id or (ticket.pk, pk) in refused
            if out or pk not in units:
                del made[pk]
        for pk, one in made.items():
            one.load = in_hand.get(pk, 0)
        ranked = sorted(made.values(), key=lambda one: (-one.weight, one.load, one.unit.order))
        found[ticket.pk] = ranked[:MOST]
    named = _commissioners({one.unit.pk for many in found.values() for one in many})
    for many in found.values():
        for one in many:
            one.commissioner = named.get(one.unit.pk, "")
    return found


def _weigh(ticket: Ticket, units: dict[int, Unit]) -> dict[int, Suggestion]:
    made: dict[int, Suggestion] = {}

    def speak(pk: int | None, weight: float, reason: str) -> None:
        if pk in units:
            one = made.setdefault(pk, Suggestion(units[pk]))
            one.weight += weight
            one.reasons.append(reason)

    category = ticket.category
    if category is None:
        words = pairs(plain(ticket.title))
        for pk, shared in _duties(units, words).items():
            speak(pk, BY_DUTIES + shared, "涉企职责与诉求标题相符")
        return made
    parent = category.parent
    lead = category.default_lead_id or (parent.default_lead_id if parent else None)
    speak(lead, BY_DIRECTORY, f"职责目录“{category.name}”的主办单位")
    history = history_of(category.pk)
    total = sum(history.values())
    for pk, count in history.most_common(MOST):
        if count >= LEAST_HISTORY:
            speak(pk, BY_HISTORY * count / total, f"近期同类 {total} 件中由该单位主办 {count} 件")
    words = pairs(plain(category.name)) | pairs(plain(ticket.title))
    for pk, shared in _duties(units, words).items():
        speak(pk, min(BY_DUTIES, shared), f"涉企职责与“{category.name}”相符")
    return made


def suggest(ticket: Ticket) -> list[Suggestion]:
    """Return the suggestions for one ticket."""
    return suggest_many([ticket])[ticket.pk]


def first_of(found: dict[int, list[Suggestion]], ticket: Any) -> Suggestion | None:
    """Return the unit that 按建议派单 takes: only one that the directory or history names."""
    many = found.get(ticket.pk) or []
    return many[0] if many and many[0].weight > BY_DUTIES else None
