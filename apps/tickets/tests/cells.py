"""The cells of the table of allowed actions, and an actor who is well placed for each.

``matrix.csv`` lists what is allowed: (tier, state, action, role) with the parts that the role's unit
(or the person) must play. Everything that it does not list is denied; ``test_matrix`` asks the
table of transitions for every combination, the impossible ones too.
"""

import csv
from datetime import datetime, timedelta
from pathlib import Path

from apps.accounts.choices import Role
from apps.core.clock import local
from apps.tickets.choices import Party, Status, Tier
from apps.tickets.workflow import SYSTEM, TRANSITIONS, ActorFacts, TicketFacts

TABLE = Path(__file__).with_name("matrix.csv")
COLUMNS = ["tier", "state", "action", "role", "parts"]
ROLES = [*Role.values, SYSTEM]
ACTIONS = sorted({row.code for row in TRANSITIONS})
ME, MY_UNIT, OTHER, OTHER_UNIT = 7, 70, 8, 80
NOW = local(datetime.fromisoformat("2026-03-18T10:00:00+08:00"))
#: guards that want something to be there, and the actions that ask for its absence
WAITING = {
    "approve_extension": "EXTENSION",
    "deny_extension": "EXTENSION",
    "track": "TRACKING",
    "deny_track": "TRACKING",
    "approve_exclusion": "EXCLUSION",
    "deny_exclusion": "EXCLUSION",
}
PARTS = [party for party in Party if party != Party.ANY]


def facts(tier, state, action, parts=frozenset()):
    """Return a ticket on which every rule but the role is content with the action.

    ``parts`` are played by MY_UNIT or ME, all others by somebody else.
    """

    def unit(party):
        return MY_UNIT if party in parts else OTHER_UNIT

    def user(party):
        return ME if party in parts else OTHER

    told = frozenset({MY_UNIT, OTHER_UNIT})
    return TicketFacts(
        tier=Tier(tier),
        status=Status(state),
        now=NOW,
        creator_id=user(Party.CREATOR) if action not in DRAFTING else ME,
        first_unit_id=unit(Party.FIRST),
        lead_unit_id=unit(Party.LEAD),
        assist_unit_ids=frozenset({unit(Party.ASSIST)}),
        assigned_user_ids=frozenset({user(Party.ASSIGNED)}),
        invited_user_ids=frozenset({user(Party.INVITED)}),
        invited_unit_ids=frozenset({unit(Party.INVITED)}),
        supervised_unit_ids=frozenset({unit(Party.SUPERVISED)}),
        complained_unit_id=99,
        is_office_complained_of=Party.STANDIN in parts,
        is_suspended=action == "unsuspend",
        return_count=2,
        call_count=3,
        pending=frozenset({WAITING[action]} if action in WAITING else ()),
        return_closes_at=NOW + timedelta(hours=1),
        complex_return_closes_at=NOW + timedelta(hours=1),
        extension_closes_at=NOW + timedelta(hours=1),
        handling_due_at=NOW + timedelta(days=1),
        reopen_closes_at=NOW + timedelta(days=1),
        exclude_closes_at=NOW + timedelta(days=1),
        unmerge_closes_at=NOW + timedelta(hours=1),
        archive_from=NOW - timedelta(days=1),
        left_status=Status.PROCESSING,
        left_tier=Tier.HUB,
        feedback_units=told,
        was_dispatched=True,
    )


DRAFTING = {"save_draft", "register"}


def actor(role):
    """Return somebody of MY_UNIT with one role, or the system."""
    if role == SYSTEM:
        return ActorFacts(roles=frozenset({SYSTEM}))
    return ActorFacts(roles=frozenset({role}), user_id=ME, unit_id=MY_UNIT)


def combinations():
    """Yield every (tier, state, action, role)."""
    for tier in Tier.values:
        for state in Status.values:
            for action in ACTIONS:
                for role in ROLES:
                    yield tier, state, action, role


def read_table():
    """Return {(tier, state, action, role): parts} of the reviewed table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = {
        (row["tier"], row["state"], row["action"], row["role"]): frozenset(
            Party(part) for part in row["parts"].split("|")
        )
        for row in rows
    }
    assert len(cells) == len(rows), "a cell is listed twice"
    return cells
