"""The rows behind a number: the measure's own conditions as a queryset.

Lists, exports and the API take these rows and no others, so what they hold is what the page counts.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import (
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)

from apps.core.access import Actor
from apps.core.clock import local
from apps.dashboards.measures import Measure, Same
from apps.dashboards.periods import Period
from apps.dashboards.queries.bundles import MODELS
from apps.dashboards.scopes import Whose
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.workdays.calendar import SHANGHAI

REPEATED_WITHIN = timedelta(days=30)


def midnight(day: date) -> datetime:
    """Return the first instant of a day in Asia/Shanghai, in UTC as the database compares it."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def span(measure: Measure, period: Period, now: datetime) -> Q:
    """Return the condition that a row's day lies in the period; terms must be over."""
    begin, end = midnight(period.first), midnight(period.last + timedelta(days=1))
    if not measure.is_due:
        return Q(**{f"{measure.at}__gte": begin, f"{measure.at}__lt": end})
    end = min(end, midnight(local(now).date()))
    return Q(**{f"{measure.at}__gt": begin, f"{measure.at}__lte": end})


def of_whom(whose: Whose, path: str) -> Q:
    """Return the condition that a ticket is part of somebody's numbers."""
    if whose.user_id is not None:
        return Q(**{f"{path}first_receiver": whose.user_id}) | Q(
            **{f"{path}handler": whose.user_id}
        )
    if whose.unit is not None:
        unit = whose.unit.pk
        return Q(**{f"{path}first_unit": unit}) | Q(**{f"{path}lead_unit": unit})
    return Q()


def rows(measure: Measure, whose: Whose, period: Period, now: datetime) -> QuerySet[Any]:
    """Return exactly the rows that a measure counts."""
    conditions = {
        lookup: F(value.path) if isinstance(value, Same) else value
        for lookup, value in measure.conditions
    }
    found: QuerySet[Any] = MODELS[measure.base].objects.filter(
        span(measure, period, now), of_whom(whose, measure.to_ticket), **conditions
    )
    found = found.exclude(**{f"{measure.to_ticket}status": Status.DRAFT})
    for lookup, value in measure.without:
        found = found.exclude(**{lookup: value})
    return found


def seen(found: QuerySet[Any], measure: Measure, user: Actor) -> QuerySet[Any]:
    """Return the rows whose ticket a person may open; the others are counted, not listed."""
    if not measure.to_ticket:
        return found & Ticket.objects.visible_to(user)
    visible = Ticket.objects.visible_to(user).filter(pk=OuterRef("ticket_id"))
    return found.filter(Exists(visible))


# ---- numbers of this moment --------------------------------------------------------------------
LIVE_LABELS = {"open": "在办", "overdue": "超期在办", "yellow": "临期", "repeated": "重复诉求"}


def present(key: str, whose: Whose, period: Period, now: datetime) -> Any:
    """Return the tickets of a live number: open, overdue, yellow (the default), repeated."""
    whole = Ticket.objects.filter(of_whom(whose, ""))
    if key == "repeated":
        return _repeated(whole, period)
    if key == "open":
        return whole.open()
    return whole.overdue(now) if key == "overdue" else whole.yellow(now)


def _repeated(whole: QuerySet[Any], period: Period) -> QuerySet[Any]:
    """Closed in the period, and asked again by the same enterprise within 30 days (K19)."""
    # SQLite reckons with dates in Python: on the few later requests, not on every ended one
    earliest = ExpressionWrapper(F("registered_at") - REPEATED_WITHIN, DateTimeField())
    again = Ticket.objects.alias(earliest=earliest).filter(
        entity=OuterRef("entity"),
        category=OuterRef("category"),
        registered_at__gt=OuterRef("ended_at"),
        earliest__lte=OuterRef("ended_at"),
    )
    again = again.exclude(status=Status.DRAFT)
    return whole.filter(
        Exists(again),
        status=Status.CLOSED,
        is_excluded=False,
        ended_at__gte=midnight(period.first),
        ended_at__lt=midnight(period.last + timedelta(days=1)),
    )
