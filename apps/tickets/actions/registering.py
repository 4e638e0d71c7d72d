"""T01, T02: a request becomes a ticket; drafts before it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import DomainError
from apps.core.phones import normalise
from apps.registry.models import BusinessEntity
from apps.roster.models import Category, Unit, Zone
from apps.tickets.actions import _inputs
from apps.tickets.actions._move import Move, create
from apps.tickets.choices import (
    HIDING_NATURES,
    Nature,
    Source,
    Status,
    Tier,
    Urgency,
)
from apps.tickets.models import Attachment, NumberSeries, Participant, Ticket
from apps.tickets.models.events import NAMED
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import Case, actor_of, facts_of, officer_for
from apps.tickets.workflow import Transition, TransitionDenied, any_row, reason_against
from apps.tickets.workflow.types import TicketFacts

TITLE = 30
#: where the first clause ends; a comma within a number, 3,200, ends nothing
CLAUSE_END = re.compile(r"[，。；？：;?]|,(?!\d)")
#: 权益保护: only named people see them unless the registrar says otherwise
RIGHTS_CATEGORY = "18"


@dataclass(frozen=True)
class Enterprise:
    """Who asks: an entity of the registry, or a name that is not in it yet."""

    entity: BusinessEntity | None = None
    name: str = ""
    township: Unit | None = None
    zone: Zone | None = None


def next_number(now: datetime) -> str:
    """Return the next number of the month, ``JZ-2603-01342``; gapless, for a rollback undoes it."""
    month = f"{clock.local(now):%y%m}"
    series = NumberSeries.objects.filter(month=month)
    if not series.update(last=F("last") + 1):
        try:
            with transaction.atomic():
                NumberSeries.objects.create(month=month, last=1)
        except IntegrityError:  # two began the month at once
            series.update(last=F("last") + 1)
    return f"JZ-{month}-{series.values_list('last', flat=True).get():05d}"


@transaction.atomic
def register(
    *,
    enterprise: Enterprise,
    by: User,
    now: datetime,
    data: Mapping[str, Any],
    title: str = "",
    is_restricted: bool = False,
    draft: Ticket | None = None,
) -> Ticket:
    """Register a request (T01) and start the on-the-spot clock; return the ticket.

    ``data`` has the fields of the row ``register``. Of a township's own staff the writer becomes the
    first receiver, otherwise the officer of the entity's zone (decisions.md 13).
    """
    return _open("register", enterprise, by, now, data, title, is_restricted, draft)


@transaction.atomic
def intake_hotline(
    *,
    enterprise: Enterprise,
    by: User,
    now: datetime,
    data: Mapping[str, Any],
    title: str = "",
    is_restricted: bool = False,
) -> Ticket:
    """Take a ticket of the hotline into the hub's pool (T02); its deadline is kept as it came."""
    number = str(data.get("hotline_no") or "").strip()
    if number and Ticket.objects.filter(hotline_no=number).exists():
        raise DomainError("这个 12345 工单号已经登记过。请搜索后在原单上办理。", field="hotline_no")
    return _open("intake_hotline", enterprise, by, now, data, title, is_restricted, None)


def _open(
    code: str,
    enterprise: Enterprise,
    by: User,
    now: datetime,
    data: Mapping[str, Any],
    title: str,
    is_restricted: bool,
    draft: Ticket | None,
) -> Ticket:
    row = any_row(code)
    if row is None:
        raise KeyError(code)
    _may_open(row, by, now, draft)
    values = _inputs.cleaned(
        row, {**data, "entity": _name_of(enterprise) or data.get("entity")}, None
    )
    township = _township(enterprise, by)
    ticket = Ticket(
        number=next_number(now),
        status=Status.DRAFT,  # until the first event
        title=title_of(title, values["content"]),
        is_restricted=is_restricted or str(values["category"]).startswith(RIGHTS_CATEGORY),
        township=township,
        zone=_zone(enterprise),
        entity=enterprise.entity,
        entity_name=values["entity"],
        registered_by=by,
        registered_at=now,
        last_event_at=now,
        **_said(values),
        **_contact(enterprise.entity, values),
        **_first(by, township, _zone(enterprise), values["complained_unit"], now),
        **_hotline(values),
    )
    _check_complained(ticket)
    case = Case(ticket, load_book(for_writing=True), now, [], [], [], [], [], [], frozenset())
    move = Move(case, row, actor_of(by), by, now, facts_of(case), values)
    move.facts = {"urgency": ticket.urgency, "source": ticket.source, "nature": ticket.nature}
    move.text = ticket.content
    create(move, before_telling=lambda: _name_people(ticket, by))
    if draft is not None:
        Attachment.objects.filter(ticket_id=draft.pk).update(ticket=ticket)
        Ticket.objects.filter(pk=draft.pk, status=Status.DRAFT).delete()
    return ticket


def _may_open(row: Transition, by: User, now: datetime, draft: Ticket | None) -> None:
    """Ask the table; a new ticket has no state yet, a draft has."""
    creator = draft.registered_by_id if draft else by.pk
    facts = TicketFacts(tier=Tier.ONSITE, status=Status.DRAFT, now=now, creator_id=creator)
    if None in row.sources and Status.DRAFT not in row.sources:
        if not row.roles & by.roles:
            raise TransitionDenied("您的岗位不能做这一步。")
        return
    reason = reason_against(row, facts, actor_of(by))
    if reason:
        raise TransitionDenied(reason)


def _name_of(enterprise: Enterprise) -> str:
    return enterprise.entity.name if enterprise.entity else enterprise.name.strip()


def _township(enterprise: Enterprise, by: User) -> Unit:
    """Return the township of the entity; for an unknown one that was picked, or the writer's own."""
    if enterprise.entity is not None:
        return enterprise.entity.unit
    own = by.unit if by.unit is not None and by.unit.has_team else None
    found = enterprise.township or own
    if found is None or not found.has_team:
        raise DomainError("请选企业所在的乡镇（街道、开发区）。", field="township")
    return found


def _zone(enterprise: Enterprise) -> Zone | None:
    return enterprise.entity.zone if enterprise.entity else enterprise.zone


def title_of(title: str, content: str) -> str:
    """Return the title, or the first clause of the request."""
    plain = " ".join((title or content).split())
    if title:
        return plain[:60]
    end = CLAUSE_END.search(plain, 6, TITLE + 1)
    return plain[: end.start()] if end else plain[:TITLE]


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    code = values["category"]
    category = Category.objects.active().filter(code=code).first() if code else None
    if code and category is None:
        raise DomainError("没有这个诉求类别。请从名单里选。", field="category")
    nature = values["nature"] or Nature.HELP
    return {
        "content": values["content"],
        "source": values["source"],
        "nature": nature,
        "category": category,
        "urgency": values["urgency"] or Urgency.NORMAL,
        "wish": values["wish"],
        "complained_unit": values["complained_unit"],
        "hides_entity": nature in HIDING_NATURES,
    }


def _contact(entity: BusinessEntity | None, values: Mapping[str, Any]) -> dict[str, str]:
    """Return who is to be called; a phone is required only where none is known (decisions.md 14)."""
    phone = normalise_field(values["contact_phone"])
    name = values["contact_name"]
    if not phone and entity is not None:
        known = entity.contacts.filter(is_dead=False).order_by("order", "pk").first()
        phone = known.phone if known else ""
        name = name or (known.name if known else "") or entity.principal
    if not phone:
        raise DomainError("这家企业没有登记电话，请填联系电话。", field="contact_phone")
    return {"contact_phone": phone, "contact_name": name}


def normalise_field(text: str) -> str:
    """Return a phone in its written form, or "" for nothing; a refusal names the field."""
    if not text:
        return ""
    try:
        return normalise(text)
    except DomainError as error:
        raise DomainError(error.message, field="contact_phone") from error


def _first(
    by: User, township: Unit, zone: Zone | None, complained: Unit | None, now: datetime
) -> dict[str, Any]:
    """Return the first receiver (首问负责制): the unit never changes, the person may be handed over.

    Where the township itself is complained of, the hub or the office that registers stands in.
    """
    if complained == township and by.unit is not None and (by.unit.is_hub or by.unit.is_office):
        return {"first_unit": by.unit, "first_receiver": by}
    if by.unit is not None and by.unit.has_team:
        return {"first_unit": by.unit, "first_receiver": by}
    officer = officer_for(township, zone.pk if zone else None, clock.local(now).date())
    return {"first_unit": township, "first_receiver": officer}


def _hotline(values: Mapping[str, Any]) -> dict[str, Any]:
    if "hotline_no" not in values:
        return {}
    at, due = values["hotline_at"], values["hotline_due_at"]
    if due is not None and due <= at:
        raise DomainError("12345 办理时限应晚于派单时间。请核对。", field="hotline_due_at")
    return {
        "hotline_no": values["hotline_no"],
        "hotline_at": at,
        "locked_due_at": due,
        "collected_via": Source.HOTLINE,
    }


def _check_complained(ticket: Ticket) -> None:
    """The unit complained of cannot be the first receiver either: it would not see its ticket."""
    if ticket.complained_unit_id and ticket.complained_unit_id == ticket.first_unit_id:
        raise DomainError(
            "被反映的就是首问单位。请由区网格化管理中心或区营商环境办登记并办理。",
            field="complained_unit",
        )


def _name_people(ticket: Ticket, by: User) -> None:
    """A restricted ticket is seen by who is named: the writer, the first receiver, both heads."""
    if not ticket.is_restricted:
        return
    chiefs = User.objects.with_role(Role.OFFICE_CHIEF, Role.HUB_CHIEF)
    heads = User.objects.with_role(Role.TEAM_LEADER).filter(unit_id=ticket.first_unit_id)
    people = {by.pk, *chiefs.values_list("pk", flat=True)}
    people |= set(heads.values_list("pk", flat=True))
    if ticket.first_receiver_id is not None:
        people.add(ticket.first_receiver_id)
    Participant.objects.bulk_create(
        [Participant(ticket=ticket, user_id=pk, kind=NAMED) for pk in sorted(people)],
        ignore_conflicts=True,
    )


@transaction.atomic
def save_draft(
    *,
    by: User,
    now: datetime,
    content: str,
    entity_name: str = "",
    enterprise: Enterprise | None = None,
    details: Mapping[str, Any] | None = None,
    draft: Ticket | None = None,
) -> Ticket:
    """Keep an unfinished request as a draft that only its writer sees.

    ``details`` are further fields of the row ``register``; nothing is demanded, and what is not
    one of the choices is left out.
    """
    row = any_row("save_draft")
    if row is None:
        raise KeyError("save_draft")
    _may_open(row, by, now, draft)
    if by.unit is None:
        raise DomainError("您的账号没有单位，不能存草稿。请联系系统管理员。")
    who = enterprise or Enterprise(name=entity_name)
    ticket = draft or Ticket(
        status=Status.DRAFT,
        tier=Tier.ONSITE,
        registered_by=by,
        registered_at=now,
        first_unit=by.unit,
        first_receiver=by,
    )
    ticket.title = title_of("", content) or "未写内容"
    ticket.content, ticket.entity_name = content[:4000], _name_of(who)[:120]
    ticket.entity, ticket.zone = who.entity, _zone(who)
    ticket.township = who.entity.unit if who.entity else who.township or by.unit
    ticket.last_event_at = now
    for name, value in _unfinished(details or {}).items():
        setattr(ticket, name, value)
    ticket.save()
    return ticket


def _unfinished(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a draft: every one of them, the empty ones with their defaults."""
    code = str(details.get("category") or "")
    unit = details.get("complained_unit")
    pk = str(getattr(unit, "pk", unit) or "")
    try:
        phone = normalise(str(details.get("contact_phone") or ""))
    except DomainError:  # half a number is typed again
        phone = ""
    return {
        "source": _known(Source, details.get("source"), Source.OTHER),
        "nature": _known(Nature, details.get("nature"), Nature.HELP),
        "urgency": _known(Urgency, details.get("urgency"), Urgency.NORMAL),
        "category": Category.objects.active().filter(code=code).first() if code else None,
        "contact_name": str(details.get("contact_name") or "")[:30],
        "contact_phone": phone,
        "wish": str(details.get("wish") or "")[:60],
        "complained_unit": Unit.objects.filter(pk=int(pk)).first() if pk.isdecimal() else None,
    }


def _known(options: Any, value: Any, default: str) -> str:
    return str(value) if value in options.values else default


@transaction.atomic
def discard_draft(*, draft: Ticket, by: User) -> None:
    """Throw an own draft away."""
    Ticket.objects.drafts_of(by).filter(pk=draft.pk).delete()
