"""What time alone does to tickets: archiving after the end, throwing old drafts away."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from apps.audit.actions import record
from apps.tickets.choices import Status
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries.book import load_book
from apps.tickets.workflow import label_of

BATCH = 500
KEEP_DRAFTS = timedelta(days=30)


def archive_ended(*, now: datetime, limit: int = 20_000) -> int:
    """Archive tickets that ended long enough ago (T40); return how many, 500 a transaction.

    From then on they are read-only. The figure is the rule ``archive.after`` in force now.
    """
    days = load_book().rules_at(now).figure("archive.after")
    done = 0
    while done < limit:
        count = _archive_batch(now, now - timedelta(days=days))
        done += count
        if count < BATCH:
            break
    return done


@transaction.atomic
def _archive_batch(now: datetime, before: datetime) -> int:
    rows = (
        Ticket.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(archived_at__isnull=True, ended_at__isnull=False, ended_at__lte=before)
        .only("id", "number", "status", "tier", "version")
        .order_by("ended_at", "pk")[:BATCH]
    )
    tickets = list(rows)
    if not tickets:
        return 0
    pks = [ticket.pk for ticket in tickets]
    events = TicketEvent.objects.filter(ticket_id__in=pks).order_by("ticket_id", "seq")
    last = dict(events.values_list("ticket_id", "seq"))  # the last one of each stays
    TicketEvent.objects.bulk_create(
        [
            TicketEvent(
                ticket=ticket,
                seq=last.get(ticket.pk, 0) + 1,
                code="archive",
                at=now,
                from_status=ticket.status,
                to_status=ticket.status,
                from_tier=ticket.tier,
                to_tier=ticket.tier,
                text=label_of("archive"),
                data={"version": ticket.version + 1},
                is_internal=True,
            )
            for ticket in tickets
        ]
    )
    changed = Ticket.objects.filter(pk__in=pks)
    changed.update(archived_at=now, last_event_at=now, version=F("version") + 1)
    record(action="tickets.archive", by=None, label=f"{len(pks)} 件工单", batch_size=len(pks))
    return len(pks)


def remove_old_drafts(*, now: datetime) -> int:
    """Remove drafts that nobody touched for thirty days (domain.md §7.1); return how many."""
    done = 0
    while True:
        with transaction.atomic():
            old = Ticket.objects.filter(
                status=Status.DRAFT, last_event_at__lt=now - KEEP_DRAFTS
            ).order_by("pk")
            pks = list(old.values_list("pk", flat=True)[:BATCH])
            if not pks:
                return done
            # a draft that was registered or touched meanwhile stays
            gone = Ticket.objects.filter(
                pk__in=pks, status=Status.DRAFT, last_event_at__lt=now - KEEP_DRAFTS
            ).delete()[0]
            record(
                action="tickets.drafts.remove",
                by=None,
                label=f"{gone} 份草稿",
                batch_size=max(gone, 1),
            )
        done += gone
