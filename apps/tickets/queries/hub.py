"""What the hub's pages show: the queue's tabs, one ticket's facts for dispatching, applications."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from apps.core import clock
from apps.core.phones import mask
from apps.tickets.choices import (
    ApplicationKind,
    ApplicationState,
    Satisfaction,
    Status,
    Urgency,
)
from apps.tickets.clocks import Book
from apps.tickets.models import Application, Ticket, TicketEvent
from apps.tickets.queries.enterprise import enterprise_name, with_known_enterprise
from apps.workdays.calendar import due_at, due_on

#: the tabs of the 派单台, in the order of the mock-up
TABS = (
    *("dispatch", "accept", "processing", "yellow", "red"),
    *("returns", "extensions", "callbacks"),
)
ENDED_TAB = "ended"
POOR = (Satisfaction.POOR, Satisfaction.VERY_POOR)
ENOUGH_CALLS = 3


def same_enterprise(user: Any, ticket: Ticket, *, limit: int = 20) -> list[Ticket]:
    """Return the enterprise's other open tickets that the person may know as its own."""
    if ticket.entity_id is None:
        return []
    others = Ticket.objects.visible_to(user).filter(with_known_enterprise(user), is_open=True)
    rows = others.filter(entity_id=ticket.entity_id).exclude(pk=ticket.pk)
    return list(rows.select_related("lead_unit").order_by("-registered_at", "-pk")[:limit])


@dataclass(frozen=True)
class Term:
    """The handling term that a dispatch now would give."""

    words: str
    due_at: datetime
    is_locked: bool = False
    is_provisional: bool = False


def term_of(ticket: Ticket, book: Book, now: datetime) -> Term:
    """Return the term of a dispatch made now: the rule's, or the hotline's own deadline."""
    if ticket.first_dispatched_at is None and ticket.locked_due_at is not None:
        return Term("按 12345 时限", ticket.locked_due_at, is_locked=True)
    term = book.rules_at(now).term("handle.lead")
    day = clock.local(now).date()
    due = book.calendar.deadline(day, term.amount, book.cutoff_at(day))
    return Term(str(term), due.due_at, is_provisional=due.is_provisional)


def extended_due(ticket: Ticket, days: int, book: Book) -> datetime | None:
    """Return the due instant that an extension by so many working days would give."""
    if ticket.handle_due_at is None:
        return None
    last = book.calendar.add_workdays(due_on(ticket.handle_due_at), days)
    return due_at(last, book.cutoff_at(last))


def onsite_tried(ticket: Ticket) -> str:
    """Return what the first receiver tried before it went to the hub."""
    event = TicketEvent.objects.filter(ticket=ticket, code="escalate_hub").order_by("-seq").first()
    return event.text if event else ""


def hotline_text(ticket: Ticket, user: Any) -> str:
    """Return the request as text for the hotline's form: one line a field, no phone in full.

    The number is looked up in the system, where it is written down who did (decisions.md 19).
    """
    phone = (
        f"{mask(ticket.contact_phone)}（查看完整号码请在系统内登记原因）"
        if ticket.contact_phone
        else "未登记"
    )
    lines = (
        ("标题", ticket.title),
        ("诉求主体", enterprise_name(user, ticket)),
        ("联系人", ticket.contact_name or "未登记"),
        ("联系电话", phone),
        ("所属乡镇街道", f"{ticket.township.name}{ticket.zone.name if ticket.zone else ''}"),
        ("诉求性质", ticket.get_nature_display()),
        ("诉求类别", ticket.category.name if ticket.category else "未分类"),
        ("紧急程度", Urgency(ticket.urgency).label),
        ("诉求内容", ticket.content),
        ("登记时间", f"{clock.local(ticket.registered_at):%Y-%m-%d %H:%M}"),
        ("来源", f"政企同行 {ticket.number}（{ticket.get_source_display()}）"),
    )
    return "\n".join(f"{label}：{value}" for label, value in lines)


# ---- applications ----------------------------------------------------------------------------
@dataclass
class Asked:
    """An application that waits, with what to weigh it against."""

    application: Application
    ticket: Ticket
    dispatched: str = ""
    reason_label: str = ""
    suggested: Any = None
    unit_returns: int = 0
    unit_granted: int = 0
    new_due_at: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_third(self) -> bool:
        """Whether granting leads to the third dispatch, which may be a designation."""
        return self.ticket.return_count + 1 >= 2


def waiting(user: Any, kind: ApplicationKind) -> list[Asked]:
    """Return the applications of a kind that wait, the longest waiting first."""
    status = {
        ApplicationKind.RETURN: Status.RETURN_REVIEW,
        ApplicationKind.EXTENSION: Status.PROCESSING,
    }[kind]
    rows = (
        Application.objects.visible_to(user)
        .filter(kind=kind, state=ApplicationState.PENDING, ticket__status=status)
        .select_related("ticket__category__parent", "ticket__lead_unit", "ticket__township")
        .select_related("unit", "asked_by")
        .order_by("asked_at", "pk")[:200]
    )
    found = [Asked(row, row.ticket) for row in rows]
    _tell_dispatches(found)
    _tell_units(found, kind)
    return found


def _tell_dispatches(found: list[Asked]) -> None:
    """Fill in on what grounds each ticket was dispatched (one query)."""
    events = TicketEvent.objects.filter(
        ticket__in=[one.ticket.pk for one in found], code__in=("dispatch", "designate")
    ).order_by("seq")
    last = dict(events.values_list("ticket_id", "text"))
    for one in found:
        one.dispatched = last.get(one.ticket.pk, "")


def _tell_units(found: list[Asked], kind: ApplicationKind) -> None:
    """Fill in how often each unit has asked before, and was granted (one query)."""
    before: dict[int, list[str]] = defaultdict(list)
    rows = Application.objects.filter(
        unit__in={one.application.unit_id for one in found}, kind=kind
    )
    for unit, state in rows.values_list("unit_id", "state"):
        before[unit].append(state)
    for one in found:
        states = before[one.application.unit_id]
        one.unit_returns = len(states) - 1
        one.unit_granted = states.count(ApplicationState.APPROVED)


# ---- calls back ------------------------------------------------------------------------------
def callbacks(tickets: QuerySet[Ticket]) -> QuerySet[Any]:
    """Return the tickets to call back about: bad ratings first, then by the call's own term."""
    poor = When(answer_grade__in=POOR, then=Value(0)), When(solution_grade__in=POOR, then=Value(0))
    rank = Case(*poor, default=Value(1), output_field=IntegerField())
    waits = tickets.filter(is_open=True, status=Status.PENDING_FOLLOWUP)
    return waits.annotate(call_rank=rank, list_due=F("due_at"))


CALLBACK_ORDER = ("call_rank", "due_at", "pk")
SCRIPT = (
    "您好，这里是蓟州区企业服务回访。您之前反映的“{title}”，我们想了解三件事：",
    "一、承办单位联系过您吗？",
    "二、问题解决了吗？",
    "三、对答复和解决结果分别满意吗（非常满意、满意、基本满意、不满意、非常不满意）？",
    "不满意的，请您说说哪里没办好，我们会退回重办。谢谢。",
)


def script_for(ticket: Ticket) -> list[str]:
    """Return what the caller says."""
    return [line.format(title=ticket.title) for line in SCRIPT]
