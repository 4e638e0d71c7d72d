"""Every write of the tickets. ``perform`` does an action of the table, ``register`` begins one."""

from apps.tickets.actions import ending, handling, hub, indexing, onsite, upper
from apps.tickets.actions._move import Move, TicketConflict, perform, rehearse
from apps.tickets.actions.intake import (
    Intake,
    intake_of,
    take,
    take_and_answer,
    take_and_pass_on,
    take_hotline,
)
from apps.tickets.actions.registering import (
    Enterprise,
    discard_draft,
    intake_hotline,
    next_number,
    register,
    save_draft,
)

__all__ = [
    "Enterprise",
    "Intake",
    "Move",
    "TicketConflict",
    "discard_draft",
    "ending",
    "handling",
    "hub",
    "indexing",
    "intake_hotline",
    "intake_of",
    "next_number",
    "onsite",
    "perform",
    "register",
    "rehearse",
    "save_draft",
    "take",
    "take_and_answer",
    "take_and_pass_on",
    "take_hotline",
    "upper",
]
