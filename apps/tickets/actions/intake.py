"""Registering as people do it: with a new enterprise, an answer at once, or straight to the hub.

Each is one transaction over the engine's own steps: either everything is there, or nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.core.permissions import Permission
from apps.registry.actions import EntityData, NewContact, add_entity
from apps.registry.models import BusinessEntity
from apps.tickets import uploads
from apps.tickets.actions._move import perform
from apps.tickets.actions.registering import Enterprise, intake_hotline, register
from apps.tickets.models import Ticket

#: columns of a draft that are fields of the row ``register``
_KEPT = (
    *("content", "source", "nature", "urgency", "contact_name", "contact_phone", "wish"),
    "complained_unit",
)
#: a refusal of the registry about the new enterprise belongs to these fields of the page
_FIELDS = {"name": "entity", "unit": "township", "contacts": "contact_phone"}


@dataclass(frozen=True)
class Intake:
    """What the page of registering gives: who asks, what is asked, files that come along.

    ``data`` has the fields of the row ``register`` (or ``intake_hotline``).
    """

    enterprise: Enterprise
    data: Mapping[str, Any]
    files: list[Any] = field(default_factory=list)
    draft: Ticket | None = None


def intake_of(draft: Ticket) -> Intake:
    """Return a draft as an intake."""
    who = (
        Enterprise(entity=draft.entity)
        if draft.entity is not None
        else Enterprise(name=draft.entity_name, township=draft.township)
    )
    data = {name: getattr(draft, name) for name in _KEPT}
    data["category"] = draft.category.code if draft.category else ""
    return Intake(enterprise=who, data=data, draft=draft)


def _entered(intake: Intake, by: User, now: datetime) -> Enterprise:
    """Enter an unknown enterprise in the registry where the person may, else keep its name.

    Somebody of another unit cannot keep the township's registry; the name on the ticket is enough.
    """
    enterprise = intake.enterprise
    township = enterprise.township
    if enterprise.entity is not None or township is None or not enterprise.name.strip():
        return enterprise
    if not by.has_perm(Permission.EDIT_ENTITIES) or not by.scope.covers_unit(township.pk):
        return enterprise
    phone, contact = intake.data.get("contact_phone") or "", intake.data.get("contact_name") or ""
    data = EntityData(
        name=enterprise.name,
        principal=contact,
        zone=enterprise.zone,
        contacts=(NewContact(phone, contact),) if phone else (),
    )
    try:
        made: BusinessEntity = add_entity(unit=township, data=data, by=by, now=now)
    except DomainError as error:
        raise DomainError(
            error.message, field=_FIELDS.get(error.field or "", error.field)
        ) from error
    return replace(enterprise, entity=made)


def _finish(ticket: Ticket, intake: Intake, by: User, now: datetime) -> Ticket:
    if intake.files:
        uploads.keep_all(ticket=ticket, uploads=intake.files, by=by, now=now)
    return ticket


@transaction.atomic
def take(*, intake: Intake, by: User, now: datetime) -> Ticket:
    """Register a request (T01), an unknown enterprise with it; return the ticket.

    Raises:
        DomainError: what is missing or wrong; ``field`` names it.
    """
    ticket = register(
        enterprise=_entered(intake, by, now), by=by, now=now, data=intake.data, draft=intake.draft
    )
    return _finish(ticket, intake, by, now)


@transaction.atomic
def take_and_answer(
    *, intake: Intake, result: Mapping[str, Any], by: User, now: datetime
) -> Ticket:
    """Register a request that was answered on the spot, and close it (T01, T03)."""
    ticket = take(intake=intake, by=by, now=now)
    perform(ticket=ticket, action="resolve_onsite", by=by, now=now, data=result)
    return ticket


@transaction.atomic
def take_and_pass_on(
    *, intake: Intake, handing: Mapping[str, Any], by: User, now: datetime
) -> Ticket:
    """Register a request and pass it to the hub (T01, T05)."""
    ticket = take(intake=intake, by=by, now=now)
    perform(ticket=ticket, action="escalate_hub", by=by, now=now, data=handing)
    return ticket


@transaction.atomic
def take_hotline(*, intake: Intake, by: User, now: datetime) -> Ticket:
    """Take a ticket of the hotline into the hub's pool (T02), an unknown enterprise with it."""
    ticket = intake_hotline(enterprise=_entered(intake, by, now), by=by, now=now, data=intake.data)
    return _finish(ticket, intake, by, now)
