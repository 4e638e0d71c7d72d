"""Who may know which enterprise asks (domain.md §5, decisions.md 15), and its card."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from apps.accounts.roles import HUB_ROLES, OFFICE_ROLES
from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.registry.codes import mask
from apps.registry.models import BusinessEntity
from apps.tickets.choices import SATISFIED
from apps.tickets.models import Ticket

HIDDEN = "（投诉举报件，企业信息不对承办单位显示）"
YEAR = timedelta(days=365)
_TRUSTED = frozenset({*HUB_ROLES, *OFFICE_ROLES})


def _is_trusted(user: Actor) -> bool:
    roles: frozenset[str] = getattr(user, "roles", frozenset())
    return bool(_TRUSTED & roles)


def may_see_enterprise(user: Actor, ticket: Ticket) -> bool:
    """Say whether a person may know the enterprise of a ticket he sees.

    Of a hidden complainant only the first unit, the hub and the office know.
    """
    if not ticket.hides_entity or _is_trusted(user):
        return True
    return user.unit_id is not None and user.unit_id == ticket.first_unit_id


def with_known_enterprise(user: Actor, prefix: str = "") -> Q:
    """Return the same rule as a condition; ``prefix`` leads to the tickets ("ticket__")."""
    if _is_trusted(user):
        return Q(pk__isnull=False)  # everything; an empty condition would vanish beside another
    known = Q(**{f"{prefix}hides_entity": False})
    if user.unit_id is not None:
        known |= Q(**{f"{prefix}first_unit_id": user.unit_id})
    return known


def enterprise_name(user: Actor, ticket: Ticket) -> str:
    """Return the name for this person, or the words that it is hidden."""
    return ticket.entity_name if may_see_enterprise(user, ticket) else HIDDEN


@dataclass(frozen=True)
class EnterpriseCard:
    """What a page shows of an enterprise; the phone stays masked, ``reveal_*`` says where it is."""

    name: str
    code: str
    kind: str
    place: str
    address: str
    contact: str
    phone: str
    entity_id: int | None
    may_open: bool
    may_reveal: bool
    open_count: int = 0
    year_count: int = 0
    satisfied: int = 0
    unrated: int = 0


def counts_of(entity_id: int, now: datetime) -> dict[str, int]:
    """Return an entity's tickets: open, of the last year, of those satisfied and not rated."""
    recent = Q(registered_at__gte=now - YEAR)
    found: dict[str, int] = Ticket.objects.filter(
        entity_id=entity_id, number__isnull=False
    ).aggregate(
        open_count=Count("pk", filter=Q(is_open=True)),
        year_count=Count("pk", filter=recent),
        satisfied=Count("pk", filter=recent & Q(answer_grade__in=sorted(SATISFIED))),
        unrated=Count("pk", filter=recent & Q(answer_grade="")),
    )
    return found


def _place(unit: Any, zone: Any) -> str:
    return f"{unit.name}{zone.name if zone else ''}"


def card_of_ticket(ticket: Ticket, user: Actor, now: datetime) -> EnterpriseCard | None:
    """Return the card of a ticket's enterprise, or None when the person may not know it."""
    if not may_see_enterprise(user, ticket):
        return None
    entity = ticket.entity
    may_open = (
        entity is not None and BusinessEntity.objects.visible_to(user).filter(pk=entity.pk).exists()
    )
    return EnterpriseCard(
        name=entity.name if entity else ticket.entity_name,
        code=mask(entity.credit_code) if entity else "",
        kind=entity.get_kind_display() if entity and entity.kind else "",
        place=_place(ticket.township, ticket.zone),
        address=entity.address if entity else "",
        contact=ticket.contact_name,
        phone=ticket.contact_phone,
        entity_id=entity.pk if entity else None,
        may_open=may_open,
        may_reveal=bool(ticket.contact_phone) and user.has_perm(Permission.REVEAL_PHONE),
        **(counts_of(entity.pk, now) if entity else {}),
    )


def card_of_entity(entity: BusinessEntity, user: Actor, now: datetime) -> EnterpriseCard:
    """Return the card of an entity that was picked for a new request (``entity`` with its unit)."""
    contact = entity.contacts.filter(is_dead=False).order_by("order", "pk").first()
    return EnterpriseCard(
        name=entity.name,
        code=mask(entity.credit_code),
        kind=entity.get_kind_display() if entity.kind else "",
        place=_place(entity.unit, entity.zone),
        address=entity.address,
        contact=(contact.name if contact else "") or entity.principal,
        phone=contact.phone if contact else "",
        entity_id=entity.pk,
        may_open=True,
        may_reveal=False,
        **counts_of(entity.pk, now),
    )
