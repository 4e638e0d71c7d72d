"""Every (tier, state, action, role): the table of transitions against the reviewed list, both ways."""

from dataclasses import replace

import pytest

from apps.tickets.choices import TIERS_OF, Party, Status, Tier
from apps.tickets.tests import cells
from apps.tickets.workflow import SYSTEM, TRANSITIONS, TransitionDenied, allowed, check

ALLOWED = cells.read_table()


def is_possible(tier, state, action, role, parts=()):
    """Ask the table with an actor who plays exactly these parts."""
    try:
        check(action, cells.facts(tier, state, action, frozenset(parts)), cells.actor(role))
    except TransitionDenied:
        return False
    return True


class TestEveryCombination:
    def test_of_who_plays_every_part_is_allowed_where_the_list_says_so_and_nowhere_else(self):
        wrong, count = [], 0
        for cell in cells.combinations():
            count += 1
            if is_possible(*cell, parts=cells.PARTS) != (cell in ALLOWED):
                wrong.append(cell)
        assert count == len(Tier) * len(Status) * len(cells.ACTIONS) * 16
        assert wrong == []

    def test_of_who_plays_no_part_is_denied_unless_the_list_asks_for_none(self):
        wrong = [
            cell
            for cell in cells.combinations()
            if is_possible(*cell) != (Party.ANY in ALLOWED.get(cell, ()))
        ]
        assert wrong == []

    def test_of_who_plays_one_part_is_allowed_for_the_listed_parts_only(self):
        wrong, count = [], 0
        for cell, parts in ALLOWED.items():
            for part in cells.PARTS:
                count += 1
                expected = Party.ANY in parts or part in parts
                if is_possible(*cell, parts=[part]) != expected:
                    wrong.append((cell, part))
        assert count > 10_000
        assert wrong == []

    def test_beside_the_buttons_shows_the_same_as_the_check_lets_through(self):
        wrong = []
        for tier in Tier:
            for state in Status:
                for role in cells.ROLES:
                    facts = cells.facts(tier, state, "", frozenset(cells.PARTS))
                    shown = {
                        one.transition.code
                        for one in allowed(facts, cells.actor(role))
                        if not one.reason
                    }
                    let_through = {
                        action
                        for action in cells.ACTIONS
                        if _checks(action, facts, cells.actor(role))
                    }
                    if state in TIERS_OF and shown != let_through:
                        wrong.append((tier, state, role, shown ^ let_through))
        assert wrong == []


def _checks(action, facts, actor):
    try:
        check(action, facts, actor)
    except TransitionDenied:
        return False
    return True


class TestTheList:
    def test_is_not_empty_and_names_no_pair_of_state_and_tier_that_cannot_be(self):
        assert len(ALLOWED) > 1_500
        wrong = [cell for cell in ALLOWED if cell[0] not in TIERS_OF[Status(cell[1])]]
        assert wrong == []

    def test_lets_the_three_administrators_and_the_inspector_do_nothing(self):
        assert not {role for *_, role in ALLOWED} & {"SYSADMIN", "SECADMIN", "AUDITOR", "INSPECTOR"}

    def test_leaves_no_open_state_without_a_person_who_can_move_it(self):
        moving = {row.code for row in TRANSITIONS if row.targets}
        for state, tiers in TIERS_OF.items():
            if state in (Status.MERGED, Status.DRAFT):
                continue
            for tier in tiers:
                movers = {
                    role
                    for (t, s, action, role) in ALLOWED
                    if (t, s) == (tier, state) and action in moving and role != SYSTEM
                }
                assert movers, (tier, state)


class TestWhoIsComplainedOf:
    @pytest.mark.parametrize("role", cells.ROLES[:-1])
    def test_does_nothing_on_the_ticket(self, role):
        for tier in Tier:
            for state in Status:
                facts = cells.facts(tier, state, "", frozenset(cells.PARTS))
                facts = replace(facts, complained_unit_id=cells.MY_UNIT)
                assert allowed(facts, cells.actor(role)) == []

    def test_being_the_office_leaves_no_dead_end(self):
        """The head of the hub stands in wherever only the office could move a ticket."""
        office = {"OFFICE_CLERK", "OFFICE_CHIEF", "FOLLOWUP_CLERK"}
        moving = {row.code for row in TRANSITIONS if row.targets}
        checked = 0
        for state, tiers in TIERS_OF.items():
            for tier in tiers:
                cell = {
                    action: {r for (t, s, a, r) in ALLOWED if (t, s, a) == (tier, state, action)}
                    for action in moving
                }
                for action, roles in cell.items():
                    if roles & office and state != Status.DRAFT:
                        checked += 1
                        assert roles - office, (tier, state, action)
        assert checked > 20
