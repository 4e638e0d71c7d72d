"""What the pages of registering read: advice beside the text, one's drafts, words for the end."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from apps.accounts.models import User
from apps.core.clock import local, today
from apps.registry.models import BusinessEntity
from apps.registry.queries.search import Candidate
from apps.roster.models import Category, Expert
from apps.roster.queries import look_up_contacts
from apps.tickets import quotes
from apps.tickets.choices import Status, Tier
from apps.tickets.models import Ticket
from apps.tickets.queries.people import experts_for
from apps.tickets.queries.similar import Similar, open_of_entity, similar_tickets
from apps.tickets.queries.suggest import (
    CategoryGuess,
    NatureGuess,
    guess_categories,
    guess_nature,
)

LEAST_TEXT = 4
MOST_DRAFTS = 5


# ---- who may what -----------------------------------------------------------------------------
def may_answer(user: User) -> bool:
    """Say whether somebody answers on the spot himself: the staff of the townships (三（一）)."""
    is_town = user.unit is not None and user.unit.has_team
    return is_town and bool({"OFFICER", "TEAM_LEADER"} & user.roles)


def may_take_hotline(user: User) -> bool:
    """Say whether somebody takes tickets of 12345 (T02)."""
    return bool({"HUB_DISPATCHER", "HUB_CHIEF"} & user.roles)


# ---- advice -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Advice:
    """What may help while a request is typed; every part may be empty."""

    open_ones: list[Ticket] = field(default_factory=list)
    similar: list[Similar] = field(default_factory=list)
    answers: list[quotes.Answer] = field(default_factory=list)
    experts: list[Expert] = field(default_factory=list)
    categories: list[CategoryGuess] = field(default_factory=list)
    nature: NatureGuess | None = None
    is_category_chosen: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.open_ones or self.similar or self.answers or self.categories)


def advice(user: User, text: str, entity_id: int | None, category_code: str | None) -> Advice:
    """Return what is known about a text and its enterprise (at most nine queries)."""
    open_ones = open_of_entity(user, entity_id) if entity_id is not None else []
    if len(text.strip()) < LEAST_TEXT:
        return Advice(open_ones=open_ones)
    known = {ticket.pk for ticket in open_ones}
    similar = [one for one in similar_tickets(user, text) if one.ticket.pk not in known]
    guesses = guess_categories(text, history=similar)
    chosen = _category(category_code)
    category = chosen or (guesses[0].category if guesses else None)
    experts = experts_for(category)
    look_up_contacts([expert.person for expert in experts], today())
    return Advice(
        open_ones=open_ones,
        similar=similar,
        answers=quotes.suggest(text, category),
        experts=experts,
        categories=guesses,
        nature=guess_nature(text),
        is_category_chosen=chosen is not None,
    )


def _category(code: str | None) -> Category | None:
    return Category.objects.active().filter(code=code).first() if code else None


# ---- the enterprise --------------------------------------------------------------------------------
def entity_of(value: Any, user: User) -> BusinessEntity | None:
    """Return the entity that was picked, if the person sees it."""
    pk = str(value or "")
    if not (pk.isdecimal() and len(pk) < 18):
        return None
    rows = BusinessEntity.objects.visible_to(user).present().select_related("unit", "zone")
    return rows.filter(pk=int(pk)).first()


def open_counts(pks: list[int]) -> dict[int, int]:
    """Return how many tickets are open, by entity (one query)."""
    rows = Ticket.objects.open().filter(entity_id__in=pks, hides_entity=False)
    return {
        pk: count
        for pk, count in rows.values_list("entity_id").annotate(Count("pk")).order_by()
        if pk is not None
    }


def note_of(row: Candidate, count: int) -> str:
    """Return the second line of a candidate: place, principal, open tickets."""
    parts = [
        f"{row.unit} {row.zone or ''}".strip(),
        row.principal,
        f"在办 {count} 件" if count else "",
    ]
    return " · ".join(part for part in parts if part)


# ---- drafts -------------------------------------------------------------------------------------------
def drafts_of(user: User) -> list[Ticket]:
    """Return one's own unfinished requests, the newest first."""
    rows = Ticket.objects.drafts_of(user).order_by("-last_event_at", "-pk")
    return list(rows.only("pk", "title", "entity_name", "last_event_at", "status")[:MOST_DRAFTS])


def initial_of(draft: Ticket | None, query: Any, user: User) -> dict[str, Any]:
    """Return what the form shows at first: the draft, or the enterprise named in the address."""
    own = user.unit if user.unit is not None and user.unit.has_team else None
    base: dict[str, Any] = {"township": str(own.pk) if own else ""}
    if draft is None:
        entity = entity_of(query.get("entity"), user)
        return base | ({"entity": str(entity.pk), "entity_text": entity.name} if entity else {})
    return base | {
        "entity": str(draft.entity_id or ("new" if draft.entity_name else "")),
        "entity_text": draft.entity.name if draft.entity else draft.entity_name,
        "township": str(draft.township_id),
        "content": draft.content,
        "source": draft.source,
        "contact_name": draft.contact_name,
        "contact_phone": draft.contact_phone,
        "nature": draft.nature,
        "category": draft.category.code if draft.category else "",
        "urgency": draft.urgency,
        "wish": draft.wish,
        "complained_unit": str(draft.complained_unit_id or ""),
    }


def usual_lead(draft: Ticket) -> str:
    """Return the unit that usually leads the draft's category."""
    pk = draft.category.default_lead_id if draft.category else None
    return "" if pk is None or pk == draft.complained_unit_id else str(pk)


# ---- the end ---------------------------------------------------------------------------------------------
def what_next(ticket: Ticket) -> str:
    """Return one sentence: who does what now, and until when."""
    due = _day(ticket.due_at)
    status = Status(ticket.status)
    receiver = ticket.first_receiver.name if ticket.first_receiver else ticket.first_unit.name
    if status == Status.CLOSED:
        return "已办结并销号，不用再做别的。"
    if status == Status.PENDING_FOLLOWUP:
        return f"已办结。这件抽中回访，区营商环境办将在{due}前联系企业。"
    if status == Status.PENDING_DISPATCH:
        return f"区网格化管理中心将在{due}前派单。您仍是首问责任人，进展会发消息给您。"
    if status == Status.REGISTERED:
        return f"由{receiver}在{due}前答复企业；答不了的转中枢办。"
    return f"现在是“{status.label}”。"


def _day(moment: Any) -> str:
    if moment is None:
        return "期限"
    on = local(moment)
    return f"{on.month}月{on.day}日 {on:%H:%M}"


def sms(ticket: Ticket) -> str:
    """Return the words with which the enterprise may be told its number (ux.md §8)."""
    tail = (ticket.number or "")[-5:]
    head = f"【蓟州企业服务】您反映的“{ticket.title}”（{tail}）"
    if ticket.status in (Status.CLOSED, Status.PENDING_FOLLOWUP):
        return f"{head}已答复。如有疑问请联系首问服务人员。"
    if Tier(ticket.tier) == Tier.HUB:
        return f"{head}已转区级中枢办理，办理进展会及时告知您。"
    return f"{head}已登记，服务人员将尽快答复您。"
