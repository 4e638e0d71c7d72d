"""The people of the ticket tests, each in a fixed place, and a ticket that is brought forward."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from apps.audit.testing import flushable
from apps.registry.actions import EntityData, NewContact, add_entity
from apps.roster.models import Category, Officer, Person, Team, Unit, Zone
from apps.tickets.actions import Enterprise, perform, register

#: Wednesday 2026-03-18, ten in the morning in Asia/Shanghai
NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
ANSWER = "可以办理。请带营业执照到镇便民服务中心，三个工作日内办好。"


@pytest.fixture(scope="session", autouse=True)
def _flushable_log() -> Iterator[None]:
    with flushable():
        yield


@pytest.fixture
def town(db):
    """渔阳镇, with a zone."""
    return Unit.objects.get(name="渔阳镇")


@pytest.fixture
def zone(town):
    """A zone of the town."""
    return Zone.objects.create(unit=town, name="第一片区", order=1)


@pytest.fixture
def entity(town, zone):
    """An enterprise with a phone."""
    data = EntityData(
        name="渔阳示例机械厂",
        kind="ENTERPRISE",
        principal="王一",
        zone=zone,
        contacts=(NewContact("13900001111", "王一"),),
    )
    return add_entity(unit=town, data=data, by=None, now=NOW)


@pytest.fixture
def crew(make_user, town):
    """One account a role, by role code; the officer and the liaison are people of the roster."""
    housing = Unit.objects.get(name="区住房建设委")
    hub, office = Unit.objects.get(is_hub=True), Unit.objects.get(is_office=True)
    person = Person.objects.create(unit=town, name="李春生", title="经济发展办公室干部")
    places = {
        "OFFICER": town,
        "TEAM_LEADER": town,
        "LIAISON": housing,
        "EXPERT": housing,
        "COMMISSIONER": housing,
        "HUB_DISPATCHER": hub,
        "HUB_CHIEF": hub,
        "OFFICE_CLERK": office,
        "OFFICE_CHIEF": office,
        "FOLLOWUP_CLERK": office,
        "LEADER": None,
        "INSPECTOR": None,
    }
    return {
        role: make_user(
            role,
            unit=unit,
            username=role.lower(),
            person=person if role == "OFFICER" else None,
        )
        for role, unit in places.items()
    }


@pytest.fixture
def request_data():
    """What is typed for a plain request for help."""
    return {
        "content": "扩建车间的施工许可要准备哪些材料，图审能不能容缺受理，赶在四月初开工。",
        "source": "VISIT",
        "category": Category.objects.get(code="0301").code,
    }


@pytest.fixture
def act(crew):
    """Do an action as somebody: ``act(ticket, "dispatch", "HUB_DISPATCHER", lead=unit)``."""

    def do(ticket, action, role, *, now=NOW, **data):
        by = crew[role] if isinstance(role, str) else role
        event = perform(ticket=ticket, action=action, by=by, now=now, data=data)
        ticket.refresh_from_db()
        return event

    return do


@pytest.fixture
def registered(crew, entity, request_data):
    """A ticket that the officer has registered."""
    return register(
        enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
    )


@pytest.fixture
def pooled(registered, act):
    """A ticket in the hub's pool."""
    act(
        registered,
        "escalate_hub",
        "OFFICER",
        tried="查了手册，也问了专家",
        reason="需要主管部门答复",
        collected_via="HOTLINE",
    )
    return registered


@pytest.fixture
def dispatched(pooled, act):
    """A ticket dispatched to 区住房建设委, with 市规划资源局蓟州分局 assisting."""
    act(
        pooled,
        "dispatch",
        "HUB_DISPATCHER",
        lead=Unit.objects.get(name="区住房建设委"),
        assists=[Unit.objects.get(name="市规划资源局蓟州分局")],
    )
    return pooled


@pytest.fixture
def processing(dispatched, act):
    """A ticket that the lead has accepted."""
    act(dispatched, "accept", "LIAISON")
    return dispatched


@pytest.fixture
def leader_of_team(town, crew):
    """Make the team's leader a person of the roster."""
    person = Person.objects.create(unit=town, name="吴镇长", is_division_level=True)
    Team.objects.get_or_create(unit=town)
    Team.objects.filter(unit=town).update(leader=person)
    return person


__all__ = ["ANSWER", "NOW", "Officer"]
