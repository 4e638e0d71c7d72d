"""Tickets in several stages, made by the real moves, and the people of the ticket tests."""

from datetime import timedelta

import pytest

from apps.dashboards.actions.tallying import roll_up
from apps.roster.models import Unit
from apps.tickets.actions import Enterprise, register
from apps.tickets.tests.conftest import (  # noqa: F401  (fixtures)
    ANSWER,
    NOW,
    act,
    crew,
    entity,
    request_data,
    town,
    zone,
)

HOUSING, PLANNING = "区住房建设委", "市规划资源局蓟州分局"
LATER = NOW + timedelta(days=45)


@pytest.fixture
def tickets(crew, entity, request_data, act):  # noqa: F811
    """Six tickets: answered at once, closed in time, late, returned, withdrawn, hidden."""
    made = []

    def new(**data):
        ticket = register(
            enterprise=Enterprise(entity=entity),
            by=crew["OFFICER"],
            now=NOW,
            data=request_data | data,
        )
        made.append(ticket)
        return ticket

    def pool(ticket):
        act(ticket, "escalate_hub", "OFFICER", tried="查了手册，也问了专家",
            reason="需要主管部门答复", collected_via="HOTLINE")  # fmt: skip

    def dispatch(ticket, name=HOUSING, **more):
        act(ticket, "dispatch", "HUB_DISPATCHER", lead=Unit.objects.get(name=name), **more)

    def submit(ticket, days):
        act(ticket, "submit_result", "LIAISON", now=NOW + timedelta(days=days),
            outcome="RESOLVED", answer=ANSWER, told_by="PHONE")  # fmt: skip

    at_once = new()
    act(at_once, "resolve_onsite", "OFFICER", outcome="RESOLVED", answer=ANSWER, told_by="ONSITE")
    for days in (2, 20):
        ticket = new(content=f"第二件：施工许可的材料清单和图审时间，第 {days} 天。")
        pool(ticket)
        dispatch(ticket)
        act(ticket, "accept", "LIAISON")
        act(ticket, "contact", "LIAISON", told_by="PHONE", text="已电话联系")
        submit(ticket, days)
        act(ticket, "approve_result", "HUB_CHIEF", now=NOW + timedelta(days=days))
        act(ticket, "close", "FOLLOWUP_CLERK", now=NOW + timedelta(days=days + 1), reached="YES",
            was_contacted="YES", solved="YES" if days == 2 else "NO", answer_grade="GOOD",
            solution_grade="VERY_GOOD" if days == 2 else "POOR")  # fmt: skip
    waiting = new(content="第四件：派出去以后没有人签收的诉求，请尽快答复。")
    pool(waiting)
    dispatch(waiting)
    idle = new(content="第五件：登记以后还没有答复的诉求，请尽快答复。")
    other = new(content="第六件：派给规划部门的诉求，请尽快答复我们。")
    pool(other)
    dispatch(other, PLANNING)
    assert idle.pk
    roll_up(now=NOW)
    for ticket in made:
        ticket.refresh_from_db()
    return made
