"""The record of a ticket as the page shows it: lines, tabs, the strip of the four tiers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.core.access import Actor
from apps.core.permissions import Permission
from apps.roster.models import Unit
from apps.tickets.choices import Outcome, Status, Tier, ToldBy
from apps.tickets.hooks import event_label
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries.case import Case

ALL, HANDLING, INTERNAL, SYSTEM = "all", "handling", "internal", "system"
TABS = ((ALL, "全部"), (HANDLING, "办理"), (INTERNAL, "内部"), (SYSTEM, "系统"))
#: events whose text is a message of somebody, drawn in a frame
SPOKEN = frozenset(
    {
        *("progress", "note", "contact", "give_feedback", "answer_assist", "answer_expert"),
        *("draft_result", "submit_result", "resolve_onsite", "redo", "urge", "supervise"),
        *("reply_supervision", "request_expert", "city_reply", "finish_joint"),
    }
)
ICONS = {
    "register": ("clipboard-plus", "t1"),
    "intake_hotline": ("headset", "b"),
    "resolve_onsite": ("circle-check", "g"),
    "escalate_hub": ("arrow-up-right", "t1"),
    "escalate_joint": ("git-branch", "b"),
    "escalate_city": ("arrow-up-right", "b"),
    "dispatch": ("send", "b"),
    "designate": ("send", "b"),
    "accept": ("check", "g"),
    "contact": ("phone", "b"),
    "give_feedback": ("phone-call", "b"),
    "progress": ("message-2", "b"),
    "note": ("lock", ""),
    "answer_assist": ("users", "b"),
    "add_assist": ("users", "b"),
    "request_expert": ("user-question", "b"),
    "answer_expert": ("id-badge-2", "b"),
    "submit_result": ("pencil", "b"),
    "approve_result": ("checks", "g"),
    "redo": ("refresh", "y"),
    "request_return": ("arrow-back-up", "y"),
    "approve_return": ("arrow-back-up", "y"),
    "send_back": ("arrow-back-up", "y"),
    "suspend": ("clock-pause", "y"),
    "unsuspend": ("player-play", "b"),
    "request_extension": ("calendar", "y"),
    "approve_extension": ("calendar", "g"),
    "merge": ("git-merge", "b"),
    "absorb": ("git-merge", "b"),
    "close": ("circle-check", "g"),
    "close_exempt": ("circle-check", "g"),
    "urge": ("bell", "y"),
    "supervise": ("alert-triangle", "y"),
    "milestone": ("clock", "y"),
    "attach": ("paperclip", ""),
    "assign_handler": ("user-check", "b"),
    "hand_over": ("switch-horizontal", "b"),
    "withdraw": ("x", ""),
    "reject": ("ban", ""),
    "request_track": ("pin", "y"),
    "track": ("pin", "g"),
    "reopen": ("refresh", "y"),
    "recall": ("arrow-back-up", "y"),
    "transfer": ("shield", ""),
    "inspect": ("shield-check", ""),
}


@dataclass(frozen=True)
class Line:
    """An event as a line: icon and colour of its dot, who, what, when, the text."""

    event: TicketEvent
    who: str
    unit: str
    label: str
    icon: str
    colour: str
    is_spoken: bool
    is_new: bool = False

    @property
    def kind(self) -> str:
        """The tab it belongs to beside 全部."""
        if self.event.by_id is None:
            return SYSTEM
        return INTERNAL if self.event.is_internal else HANDLING


@dataclass(frozen=True)
class Tab:
    """A tab of the timeline."""

    code: str
    label: str
    count: int
    is_current: bool


def lines_of(case: Case, user: Actor, *, since: int | None = None) -> list[Line]:
    """Return the events that a person may see, the newest first (one query for the units).

    ``since`` is the version a person had seen; later events are marked as new.
    """
    may_see_secret = user.has_perm(Permission.VIEW_TRANSFERS)
    events = [event for event in case.events if may_see_secret or not event.is_secret]
    names = dict(
        Unit.objects.filter(pk__in={event.unit_id for event in events}).values_list("pk", "name")
    )
    return [_line(event, names, since) for event in reversed(events)]


def _line(event: TicketEvent, names: dict[int, str], since: int | None) -> Line:
    icon, colour = ICONS.get(event.code, ("point", ""))
    label = event_label(event.code)
    if event.from_tier and event.from_tier != event.to_tier:
        label = f"{Tier(event.from_tier).label} → {Tier(event.to_tier).label}"
    outcome = str(event.data.get("outcome") or "")
    if event.code in ("submit_result", "resolve_onsite") and outcome in Outcome.values:
        label = f"{label} · {Outcome(outcome).label}"
    told_by = str(event.data.get("told_by") or "")
    if told_by in ToldBy.values:
        label = f"{label} · {ToldBy(told_by).label}"
    return Line(
        event=event,
        who=event.by_name or "系统",
        unit=names.get(event.unit_id or 0, ""),
        label=label,
        icon=icon,
        colour=colour,
        is_spoken=event.code in SPOKEN or event.is_internal,
        is_new=since is not None and event.data.get("version", 0) > since,
    )


def tabs_of(lines: Iterable[Line], current: str) -> list[Tab]:
    """Return the tabs with their counts."""
    kinds = [line.kind for line in lines]
    return [
        Tab(code, label, len(kinds) if code == ALL else kinds.count(code), code == current)
        for code, label in TABS
    ]


# ---- the four tiers -----------------------------------------------------------------------
@dataclass(frozen=True)
class TierStep:
    """A tier of the strip: done, now, or still to come, with a line about it."""

    tier: Tier
    state: str
    note: str
    at: datetime | None = None


_COMING = {
    Tier.ONSITE: "未经过，直接由中枢受理",
    Tier.HUB: "现场答不了时转办",
    Tier.JOINT: "需区级协调时提请",
    Tier.CITY: "跨区域、体制机制空白时提请",
}


def tier_steps(ticket: Ticket, events: Iterable[TicketEvent]) -> list[TierStep]:
    """Return the strip of the four tiers: when each was reached, where the ticket is now."""
    reached: dict[str, TicketEvent] = {}
    for event in events:
        reached.setdefault(event.to_tier, event)
    now = Tier(ticket.tier)
    steps = []
    for tier in Tier:
        first = reached.get(tier)
        if tier == now:
            state = "done" if ticket.ended_at else "now"
        else:
            state = "done" if first is not None and tier.rank < now.rank else ""
        steps.append(TierStep(tier, state, _tier_note(tier, ticket, first), _at(first, tier, now)))
    return steps


def _at(event: TicketEvent | None, tier: Tier, now: Tier) -> datetime | None:
    return event.at if event is not None and tier.rank <= now.rank else None


def _tier_note(tier: Tier, ticket: Ticket, event: TicketEvent | None) -> str:
    if event is None or tier.rank > Tier(ticket.tier).rank:
        return _COMING[tier]
    if tier == Tier(ticket.tier) and not ticket.ended_at:
        if tier == Tier.HUB and ticket.lead_unit is not None:
            return f"派至{ticket.lead_unit.name}"
        return Status(ticket.status).label
    return "办结" if tier == Tier(ticket.tier) else event_label(event.code)
