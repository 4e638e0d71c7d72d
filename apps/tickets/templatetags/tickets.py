"""Shapes of a ticket that look the same everywhere: light, tier, state."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.core import clock
from apps.core.clock import local
from apps.core.templatetags.jz import day, moment
from apps.core.templatetags.jz import light as draw_light
from apps.tickets import lights, links
from apps.tickets.choices import TERMINAL, Light, Status, Tier
from apps.tickets.queries.timeline import ICONS
from apps.workdays.calendar import Calendar, due_on
from apps.workdays.queries import current_calendar

register = template.Library()
SHAPES = {Light.GREEN: "g", Light.YELLOW: "y", Light.RED: "r", Light.BLUE: "n", Light.GREY: "n"}
#: so many characters are a text to read; a shorter one stays on one line of a wide table
LONG_TEXT = 14
TIERS = {Tier.ONSITE: "t1", Tier.HUB: "t2", Tier.JOINT: "t3", Tier.CITY: "t4"}


def _once(context: Context) -> tuple[Calendar, datetime]:
    """Return the calendar and the moment of the page: looked up once, whatever the rows."""
    root = context.dicts[0]
    if "_ticket_clock" not in root:
        calendar = context.get("calendar") or current_calendar()
        root["_ticket_clock"] = (calendar, context.get("now") or timezone.now())
    found: tuple[Calendar, datetime] = root["_ticket_clock"]
    return found


@register.simple_tag(takes_context=True)
def ticket_light(context: Context, ticket: Any, extra_class: str = "") -> SafeString:
    """Draw the light of a ticket or of a clock's timing: ``{% ticket_light ticket "box" %}``."""
    calendar, now = _once(context)
    timing = ticket if isinstance(ticket, lights.Timing) else ticket.timing
    found = lights.read(timing, calendar, now)
    return draw_light(SHAPES[found.light], found.text, extra_class)


@register.filter
def deadline(value: datetime | None) -> str:
    """Write the instant at which a term ends: 3月19日 24:00, not 3月20日 00:00 (Civil Code art. 203)."""
    if value is None:
        return ""
    time = local(value)
    if (time.hour, time.minute) == (0, 0):
        return f"{day(due_on(value))} 24:00"
    return f"{day(value)} {time:%H:%M}"


@register.filter
def action_icon(code: str) -> str:
    """Name the icon of an action: ``{% icon row.code|action_icon %}``."""
    return ICONS.get(code, ("point", ""))[0]


@register.inclusion_tag("components/tag.html")
def tier_tag(tier: str) -> dict[str, str]:
    """Draw the tier: ``{% tier_tag ticket.tier %}``."""
    found = Tier(tier)
    return {"text": found.label, "kind": TIERS[found]}


@register.inclusion_tag("components/tag.html")
def status_tag(ticket: Any) -> dict[str, str]:
    """Draw the state in words: ``{% status_tag ticket %}``; suspended and redone ones say so."""
    status = Status(ticket.status)
    text = status.label
    if status == Status.PROCESSING and ticket.is_suspended:
        text = "待企业补件"
    elif status == Status.PROCESSING and ticket.redo_count:
        text = "重办中"
    return {"text": text, "kind": "" if status in TERMINAL else "info"}


@register.filter
def due(value: datetime | None) -> str:
    """Write a deadline: 3月27日 24:00 for the last instant of a day, else as any instant."""
    if value is None:
        return ""
    local = clock.local(value)
    if local.hour or local.minute:
        return moment(value)
    return moment(value - timedelta(minutes=1)).replace("23:59", "24:00")


@register.filter
def ticket_page(number: str) -> str:
    """Return the address of a ticket's page: ``{{ ticket.number|ticket_page }}``."""
    return links.page(number)


@register.filter
def ticket_step(number: str, code: str) -> str:
    """Return the address of an action's page: ``{{ ticket.number|ticket_step:"close" }}``."""
    return links.step(number, code)


@register.simple_tag
def ticket_cell(line: Any, key: str) -> dict[str, Any]:
    """Return the text of a plain column of the list: ``{% ticket_cell line "source" as cell %}``."""
    value = line.text(key)
    if isinstance(value, datetime):
        return {"text": moment(value), "is_number": False}
    is_number = isinstance(value, int)
    text = str(value) if is_number else (value or "")
    return {"text": text, "is_number": is_number, "is_long": len(text) > LONG_TEXT}
