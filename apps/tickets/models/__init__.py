"""Models of the tickets."""

from apps.tickets.models.clocks import Clock, Firing
from apps.tickets.models.events import Participant, TicketEvent, TicketUnit
from apps.tickets.models.facts import (
    Application,
    Assignment,
    ExpertAssist,
    Feedback,
    Followup,
    Supervision,
)
from apps.tickets.models.files import Attachment
from apps.tickets.models.search import TicketIndex
from apps.tickets.models.settings import ClockCheck, DigestDay, NumberSeries, RuleVersion
from apps.tickets.models.ticket import Ticket

__all__ = [
    "Application",
    "Assignment",
    "Attachment",
    "Clock",
    "ClockCheck",
    "DigestDay",
    "ExpertAssist",
    "Feedback",
    "Firing",
    "Followup",
    "NumberSeries",
    "Participant",
    "RuleVersion",
    "Supervision",
    "Ticket",
    "TicketEvent",
    "TicketIndex",
    "TicketUnit",
]
