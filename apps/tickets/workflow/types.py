"""What a row of the table of transitions is made of. Pure: no database, no clock, no request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from apps.tickets.choices import ClockKind, Nature, Outcome, Party, Status, Tier

SYSTEM = "SYSTEM"


class Kind(StrEnum):
    """What is typed into a field; forms, the API and its schema are made from it."""

    TEXT = "TEXT"
    LONG = "LONG"
    CHOICE = "CHOICE"
    UNIT = "UNIT"
    UNITS = "UNITS"
    EXPERT = "EXPERT"
    USER = "USER"
    TICKET = "TICKET"
    DATE = "DATE"
    MOMENT = "MOMENT"
    NUMBER = "NUMBER"
    FLAG = "FLAG"
    ASSIGNMENT = "ASSIGNMENT"
    ASKED = "ASKED"
    SUPERVISION = "SUPERVISION"
    ENTRY = "ENTRY"


@dataclass(frozen=True)
class Field:
    """One thing an action asks for. ``least`` and ``most`` are characters, or numbers for NUMBER."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    is_required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    least: int = 0
    most: int = 2000
    hint: str = ""
    #: required only when another field has one of these values: ("outcome", ("EXPLAINED", …))
    needed_if: tuple[str, tuple[str, ...]] | None = None
    #: UNITS that the action binds: those bound already are not offered
    binds: bool = False


@dataclass(frozen=True)
class Who:
    """A role that may act, and the part its unit must play on the ticket."""

    role: str
    party: Party = Party.ANY


class Effect(StrEnum):
    """What an action does to clocks beside those that belong to states."""

    START = "START"
    STOP = "STOP"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    RESTART = "RESTART"  # a running clock begins anew under its own rule
    EXTEND = "EXTEND"  # working days from the event's data are added to the term
    AGAIN = "AGAIN"  # redo: goes on where it stopped, but leaves at least the term's days
    REVIVE = "REVIVE"  # the last stopped one goes on as if it had not stopped
    CAP = "CAP"  # due no later than the event's moment
    UNCAP = "UNCAP"


@dataclass(frozen=True)
class ClockEffect:
    """An effect on the clocks of a kind. ``term`` names the rule, ``{urgency}`` is filled in.

    ``each`` names the event's list of keys (ids of assignments, questions …) where there is one
    clock for each; ``fixed`` names the event's moment that is the due time itself.
    """

    effect: Effect
    clock: ClockKind
    term: str = ""
    each: str = ""
    fixed: str = ""
    when: str = ""  # the effect counts only if the event's data has a true value here


@dataclass(frozen=True)
class TicketFacts:
    """Everything a rule may look at; ids are primary keys. Times are aware, ``now`` included."""

    tier: Tier
    status: Status
    now: datetime
    nature: Nature = Nature.HELP
    creator_id: int | None = None
    first_unit_id: int | None = None
    first_receiver_id: int | None = None
    lead_unit_id: int | None = None
    assist_unit_ids: frozenset[int] = frozenset()
    open_assist_ids: frozenset[int] = frozenset()
    assigned_user_ids: frozenset[int] = frozenset()
    invited_user_ids: frozenset[int] = frozenset()
    invited_unit_ids: frozenset[int] = frozenset()
    supervised_unit_ids: frozenset[int] = frozenset()
    complained_unit_id: int | None = None
    is_office_complained_of: bool = False
    #: people who wrote, submitted or accepted for a handling unit, and the first receiver
    handler_ids: frozenset[int] = frozenset()
    #: units that ever handled the ticket
    handling_unit_ids: frozenset[int] = frozenset()
    is_designated: bool = False
    is_return_denied: bool = False
    is_suspended: bool = False
    is_excluded: bool = False
    is_archived: bool = False
    is_sampled: bool = False
    was_dispatched: bool = False
    dispatch_count: int = 0
    return_count: int = 0
    suspend_count: int = 0
    extension_count: int = 0
    call_count: int = 0
    #: last instants at which the lead may return, and ask for an extension
    return_closes_at: datetime | None = None
    complex_return_closes_at: datetime | None = None
    extension_closes_at: datetime | None = None
    handling_due_at: datetime | None = None
    reopen_closes_at: datetime | None = None
    exclude_closes_at: datetime | None = None
    unmerge_closes_at: datetime | None = None
    archive_from: datetime | None = None
    pending: frozenset[str] = frozenset()  # kinds of applications that wait
    second_signature_by: int | None = None  # who signed an exclusion first
    left_status: Status | None = None
    left_tier: Tier | None = None
    outcome: Outcome | None = None
    feedback_units: frozenset[int] = frozenset()
    hides_entity: bool = False


@dataclass(frozen=True)
class ActorFacts:
    """Who acts: ``user_id`` and ``unit_id`` are None for the system."""

    roles: frozenset[str]
    user_id: int | None = None
    unit_id: int | None = None


Guard = Callable[[TicketFacts, ActorFacts], str]
Target = Callable[[TicketFacts, Mapping[str, Any]], tuple[Status, Tier]]


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    ``sources`` are the states it starts from (None in there: no ticket yet); ``targets`` all the
    states it may lead to, empty when the state stays. ``target`` picks among them. ``tier`` is the
    tier it leads to, None when it stays. ``guards`` return the reason why it is not possible now,
    or an empty string. ``clause`` cites the plan or the rule.
    """

    code: str
    number: str  # of domain.md §7.2; an added row carries the number of the row it belongs to
    label: str
    sources: frozenset[Status | None]
    who: tuple[Who, ...]
    clause: str
    targets: frozenset[Status] = frozenset()
    target: Target | None = None
    tier: Tier | None = None
    tiers: frozenset[Tier] = frozenset(Tier)
    fields: tuple[Field, ...] = ()
    clocks: tuple[ClockEffect, ...] = ()
    guards: tuple[Guard, ...] = ()
    is_public: bool = False  # the enterprise may see the event
    is_internal: bool = False  # not shown to units outside
    counts_as_progress: bool = False
    is_final_word: bool = False  # irreversible or outward-facing: ask before doing
    hint: str = ""

    @property
    def roles(self) -> frozenset[str]:
        """The roles that may act."""
        return frozenset(one.role for one in self.who)

    def field_named(self, name: str) -> Field | None:
        """Return a field of the row."""
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True)
class Allowed:
    """An action beside a ticket: possible (``reason`` empty), or why not."""

    transition: Transition
    reason: str = ""
