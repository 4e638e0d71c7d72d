"""Random people press random allowed buttons at advancing times; the invariants hold at each step.

``WALKS=200 pytest apps/tickets/tests/test_machine.py`` goes other ways each time, and further.
"""

import os
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from apps.core.errors import DomainError
from apps.roster.actions import add_expert, save_person
from apps.roster.models import Unit
from apps.tickets.actions import Enterprise, intake_hotline, perform, register
from apps.tickets.choices import TERMINAL, WITH_LEAD, Status
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import actor_of, facts_of, load_case
from apps.tickets.tests.conftest import NOW
from apps.tickets.tests.invariants import check_all, check_district
from apps.tickets.tests.moves import fill
from apps.tickets.workflow import allowed

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]
TOWN, CROWD = "渔阳镇", ("区住房建设委", "市规划资源局蓟州分局", "区城市管理委")
COMPLAINED = "区水务局"
#: some steps end a ticket or hardly move it: they are drawn less often
RARE = {
    "withdraw",
    "merge",
    "transfer",
    "note",
    "progress",
    "contact",
    "urge",
    "hand_over",
    "supervise",
}


@pytest.fixture
def crowd(make_user, town):
    """Several people at each place, so that nobody has to judge his own work."""
    hub, office = Unit.objects.get(is_hub=True), Unit.objects.get(is_office=True)
    plan = [("OFFICER", town), ("OFFICER", town), ("TEAM_LEADER", town)]
    for name in CROWD:
        plan += [("LIAISON", name), ("COMMISSIONER", name)]
    plan += [("HUB_DISPATCHER", hub), ("HUB_CHIEF", hub), ("HUB_CHIEF", hub)]
    plan += [("OFFICE_CLERK", office), ("OFFICE_CHIEF", office), ("OFFICE_CHIEF", office)]
    plan += [("FOLLOWUP_CLERK", office), ("LEADER", None), ("COMMISSIONER", COMPLAINED)]
    people = [make_user(role, unit=unit) for role, unit in plan]
    unit = Unit.objects.get(name=CROWD[0])
    person = save_person(
        person=None,
        unit=unit,
        name="钱六",
        title="业务科科长",
        is_division_level=False,
        mobile="",
        landline="",
        by=None,
        now=NOW,
    )
    add_expert(person=person, unit=unit, matters=[], matters_note="施工许可", by=None, now=NOW)
    people.append(make_user("EXPERT", unit=unit, person=person))
    return people


class World:
    """What the machine finds; and what it has seen, over all examples."""

    people: list
    entity = None
    done: dict
    refused = 0


class TicketMachine(RuleBasedStateMachine):
    """Two tickets, one of them a complaint, and everybody who may do something about them."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = NOW

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(
        nature=st.sampled_from(["HELP", "COMPLAINT"]),
        urgency=st.sampled_from(["NORMAL", "UTILITY"]),
    )
    def begin(self, nature, urgency):
        officer, clerk = World.people[0], next(u for u in World.people if "HUB_CHIEF" in u.roles)
        data = {
            "content": "扩建车间的施工许可要准备哪些材料，赶在四月初开工。",
            "source": "VISIT",
            "nature": nature,
            "urgency": urgency,
        }
        if nature == "COMPLAINT":
            data["complained_unit"] = Unit.objects.get(name=COMPLAINED)
        enterprise = Enterprise(entity=World.entity)
        self.tickets = [
            register(enterprise=enterprise, by=officer, now=self.now, data=data),
            intake_hotline(
                enterprise=enterprise,
                by=clerk,
                now=self.now,
                data={**data, "source": "HOTLINE", "hotline_no": "TJ-1", "hotline_at": self.now},
            ),
        ]
        self.seen = {ticket.pk: self.record_of(ticket) for ticket in self.tickets}
        self.deadlines = {}

    def record_of(self, ticket):
        return list(
            TicketEvent.objects.filter(ticket=ticket)
            .order_by("seq")
            .values_list("seq", "code", "at", "text")
        )

    @rule(
        which=st.integers(0, 1),
        draw=st.integers(0, 10**6),
        hours=st.sampled_from([0, 0, 0, 1, 3, 20, 30, 100, 300]),
        seed=st.integers(0, 10**6),
    )
    def press(self, which, draw, hours, seed):
        self.now += timedelta(hours=hours, minutes=7)
        ticket = Ticket.objects.get(pk=self.tickets[which].pk)
        case = load_case(ticket, now=self.now, book=load_book())
        facts = facts_of(case)
        buttons = {}
        for user in [None, *World.people]:
            for one in allowed(facts, actor_of(user)):
                if not one.reason and one.transition.code not in {"absorb", "release"}:
                    buttons.setdefault(one.transition.code, []).append((user, one.transition))
        codes = sorted(code for code in buttons if code not in RARE or draw % 7 == 0)
        if not codes:
            assert ticket.status in TERMINAL
            return
        code = codes[draw % len(codes)]
        user, row = buttons[code][draw // 7 % len(buttons[code])]
        data = fill(row, case, Random(seed).choice, World.people)
        if data is None:
            return
        self.press_as(user, row, ticket, data, facts)

    def press_as(self, user, row, ticket, data, facts):
        before = ticket.version
        others = [t for t in self.tickets if t.pk != ticket.pk]
        assert user is None or facts.complained_unit_id != user.unit_id
        try:
            with transaction.atomic():
                perform(ticket=ticket, action=row.code, by=user, now=self.now, data=data)
        except DomainError as error:
            refusal = error.message
            World.refused += 1
            assert refusal.endswith("。"), refusal
            assert Ticket.objects.get(pk=ticket.pk).version == before
            return
        World.done[row.code] = World.done.get(row.code, 0) + 1
        self.look(ticket, facts, row)
        if row.code in {"merge", "unmerge"}:
            for other in others:
                check_all(other, self.now)
            check_district()

    def look(self, ticket, facts, row):
        case = check_all(ticket, self.now)
        record, former = self.record_of(ticket), self.seen[ticket.pk]
        assert record[: len(former)] == former, "an event changed"
        assert len(record) == len(former) + 1
        self.seen = {one.pk: self.record_of(one) for one in self.tickets}
        deadline = case.ticket.ticket_due_at
        if ticket.pk in self.deadlines:
            assert deadline == self.deadlines[ticket.pk], "the enterprise's deadline moved"
        elif deadline is not None:
            self.deadlines[ticket.pk] = deadline
        if row.code == "submit_result":
            assert not facts.open_assist_ids
        if row.code == "request_return":
            running = [c for c in case.clocks if c.kind == "HANDLING" and c.is_running]
            assert len(running) == 1, "returning stopped a clock"
        if row.targets:
            self.look_who_sees(case)

    def look_who_sees(self, case):
        ticket = case.ticket
        visible = Ticket.objects.filter(pk=ticket.pk)
        for user in World.people:
            sees = visible.visible_to(user).exists()
            if user.unit_id == ticket.complained_unit_id and user.unit_id is not None:
                assert not sees, "the unit complained of sees the ticket"
            elif ticket.status in WITH_LEAD and user.unit_id == ticket.lead_unit_id:
                assert sees or "EXPERT" in user.roles, "the lead does not see its ticket"


class TestRandomWalks:
    def test_keep_every_invariant(self, crowd, entity):
        World.people, World.entity, World.done, World.refused = crowd, entity, {}, 0
        run_state_machine_as_test(
            TicketMachine,
            settings=settings(
                max_examples=int(os.environ.get("WALKS", "10")),
                stateful_step_count=30,
                deadline=None,
                derandomize="WALKS" not in os.environ,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert sum(World.done.values()) > 120
        assert len(World.done) > 20, sorted(World.done)
        assert Status.DRAFT not in World.done
