"""Which files a person sees, and how much of the day's allowance is used."""

from datetime import datetime, time
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.accounts.models import User
from apps.core.clock import local
from apps.tickets.models import Attachment, Ticket
from apps.tickets.queries.enterprise import with_known_enterprise


def files_visible_to(user: User, ticket: Ticket) -> QuerySet[Any]:
    """Return the files of a ticket that a person may open, the newest first.

    Files of a hidden complainant only for who knows the enterprise, but everybody sees what he
    uploaded himself, and what is marked as harmless.
    """
    shown = with_known_enterprise(user, "ticket__") | Q(for_handlers=True) | Q(uploaded_by=user)
    return (
        Attachment.objects.visible_to(user)
        .filter(shown, ticket=ticket)
        .select_related("uploaded_by__unit")
        .order_by("-uploaded_at", "-pk")
    )


def used_today(user: User, now: datetime) -> tuple[int, int]:
    """Return how many files and bytes a person has uploaded since midnight in Asia/Shanghai."""
    midnight = datetime.combine(local(now).date(), time.min, local(now).tzinfo)
    found = Attachment.objects.filter(uploaded_by=user, uploaded_at__gte=midnight).aggregate(
        files=Count("pk"), size=Sum("size")
    )
    return found["files"], found["size"] or 0
