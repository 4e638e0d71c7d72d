"""Who sees which ticket: an independent reading of domain.md §8 over tickets in many places."""

import pytest

from apps.roster.models import Unit
from apps.tickets.actions import Enterprise, register
from apps.tickets.choices import Status
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.tests.conftest import NOW

pytestmark = pytest.mark.django_db
DISTRICT = {"HUB_DISPATCHER", "HUB_CHIEF", "OFFICE_CLERK", "OFFICE_CHIEF", "LEADER"}
UNIT = {"OFFICER", "TEAM_LEADER", "LIAISON", "COMMISSIONER"}


@pytest.fixture
def everybody(crew, make_user):
    """The crew, strangers of other units, and the three administrators."""
    people = dict(crew)
    people["STRANGER_TOWN"] = make_user("TEAM_LEADER", unit="下营镇", username="stranger-town")
    people["STRANGER_UNIT"] = make_user("COMMISSIONER", unit="区水务局", username="stranger-unit")
    for role in ("SYSADMIN", "SECADMIN", "AUDITOR"):
        people[role] = make_user(role, username=role.lower())
    return people


@pytest.fixture
def tickets(crew, entity, request_data, act):
    """One of each: plain, complaint about a department, restricted, dispatched, in follow-up."""

    def make(**data):
        extra = {name: data.pop(name) for name in ("is_restricted",) if name in data}
        return register(
            enterprise=Enterprise(entity=entity),
            by=crew["OFFICER"],
            now=NOW,
            data={**request_data, **data},
            **extra,
        )

    housing = Unit.objects.get(name="区住房建设委")
    made = {
        "plain": make(),
        "complaint": make(nature="COMPLAINT", complained_unit=housing),
        "restricted": make(is_restricted=True),
        "rights": make(category="1803"),
        "dispatched": make(),
        "led": make(is_restricted=True),
        "called": make(nature="REPORT"),
    }
    hub = {"tried": "查了应答手册", "reason": "需要主管部门答复", "collected_via": "HOTLINE"}
    for name in ("dispatched", "led"):
        act(made[name], "escalate_hub", "OFFICER", **hub)
        act(made[name], "dispatch", "HUB_CHIEF", lead=housing)
    answer = {
        "outcome": "CONSULTED",
        "answer": "已当面答复，材料清单已发给企业",
        "told_by": "PHONE",
    }
    act(made["called"], "resolve_onsite", "OFFICER", **answer)
    return made


def expected(name, role, user, ticket):
    """Say who sees a ticket, from domain.md §8 and decisions.md 15, without the product's query."""
    if user.unit_id is not None and user.unit_id == ticket.complained_unit_id:
        return False
    named = set(ticket.participants.values_list("user_id", flat=True))
    if ticket.is_restricted and user.pk not in named:
        return False
    involved = {ticket.township_id, ticket.first_unit_id, ticket.lead_unit_id}
    if user.roles & DISTRICT:
        return True
    if user.roles & UNIT:
        return user.unit_id in involved
    if "FOLLOWUP_CLERK" in user.roles:
        return ticket.status == Status.PENDING_FOLLOWUP
    return False


class TestVisibility:
    def test_is_as_the_matrix_of_roles_says(self, everybody, tickets):
        wrong, seen = [], 0
        for name, ticket in tickets.items():
            for role, user in everybody.items():
                sees = Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists()
                seen += sees
                if sees != expected(name, role, user, ticket):
                    wrong.append((name, role, sees))
        assert wrong == []
        assert 20 < seen < len(tickets) * len(everybody)

    def test_is_the_same_for_a_list_and_for_what_hangs_on_a_ticket(self, everybody, tickets):
        for user in everybody.values():
            listed = set(Ticket.objects.visible_to(user).values_list("pk", flat=True))
            assert len(listed) == Ticket.objects.visible_to(user).count()
            one_by_one = {
                ticket.pk
                for ticket in tickets.values()
                if Ticket.objects.visible_to(user).filter(number=ticket.number).exists()
            }
            assert listed == one_by_one
            events = TicketEvent.objects.visible_to(user).values_list("ticket_id", flat=True)
            assert set(events) == listed

    def test_of_a_restricted_ticket_comes_to_those_who_speak_for_the_lead(self, crew, tickets):
        led = Ticket.objects.filter(pk=tickets["led"].pk)
        assert led.visible_to(crew["LIAISON"]).exists()
        assert led.visible_to(crew["COMMISSIONER"]).exists()
        assert not led.visible_to(crew["EXPERT"]).exists()
        assert not led.visible_to(crew["HUB_DISPATCHER"]).exists()

    def test_ends_for_a_unit_when_its_dispatch_is_recalled(self, crew, tickets, act):
        act(tickets["dispatched"], "recall", "HUB_CHIEF", reason="派错了单位")
        found = Ticket.objects.filter(pk=tickets["dispatched"].pk)
        assert not found.visible_to(crew["LIAISON"]).exists()

    def test_shows_a_hand_over_to_discipline_to_few(self, crew, tickets, act):
        act(
            tickets["plain"],
            "transfer",
            "OFFICE_CHIEF",
            receiver="区纪委监委",
            matter="多次推诿，附全部办理记录",
        )
        secret = TicketEvent.objects.filter(code="transfer")
        readers = {role for role, user in crew.items() if secret.visible_to(user).exists()}
        assert readers == {"OFFICE_CHIEF", "INSPECTOR"}
