"""What the tickets give to the shared pages: the panel of an entity, the number to show in full."""

import re
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.accounts.drafts import Place
from apps.core.permissions import Permission
from apps.registry.links import Panel
from apps.tickets import links
from apps.tickets.models import Ticket
from apps.tickets.queries.enterprise import may_see_enterprise, with_known_enterprise
from apps.tickets.workflow import any_row, label_of

PANEL_ROWS = 10
NUMBER = re.compile(r"JZ-\d{4}-\d{5,7}")


def panel(entity: Any, user: Any, now: datetime) -> Panel | None:
    """The latest tickets of an entity, as far as the person sees them together with its name."""
    rows = Ticket.objects.visible_to(user).filter(entity_id=entity.pk)
    known = rows.filter(with_known_enterprise(user)).select_related("lead_unit")
    found = list(known.order_by("-registered_at", "-pk")[: PANEL_ROWS + 1])
    may_register = user.has_perm(Permission.REGISTER_TICKETS)
    if not found and not may_register:
        return None
    context = {
        "rows": found[:PANEL_ROWS],
        "has_more": len(found) > PANEL_ROWS,
        "new_url": f"{reverse('tickets:new')}?entity={entity.pk}" if may_register else "",
    }
    return Panel("诉求工单", "tickets/_panel.html", context, order=20)


def ticket_with_phone(user: Any, pk: int) -> Ticket | None:
    """Return a ticket whose contact may be shown to the user in full."""
    found = Ticket.objects.visible_to(user).filter(pk=pk).first()
    return found if found is not None and may_see_enterprise(user, found) else None


def draft_place(form: str, ref: str) -> Place | None:
    """Say what an unfinished text of these pages belongs to, and where it comes back."""
    query = f"?draft={ref}" if ref.isdecimal() else ""
    if form == "ticket-new":
        return Place("登记诉求", reverse("tickets:new") + query)
    if form == "ticket-check":
        return Place("转中枢办", reverse("tickets:check") + query)
    if any_row(form) is None or not NUMBER.fullmatch(ref):
        return None
    return Place(f"{label_of(form)} · {ref}", links.step(ref, form))


def new_url(user: Any) -> str:
    """Return the address of 登记诉求 for those who may register."""
    return reverse("tickets:new") if user.has_perm(Permission.REGISTER_TICKETS) else ""
