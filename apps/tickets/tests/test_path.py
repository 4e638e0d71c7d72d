"""A ticket's whole way through the hub, with one redo: states, terms, and the record of it."""

from datetime import timedelta

import pytest

from apps.core.errors import DomainError
from apps.tickets.choices import Status
from apps.tickets.models import Clock
from apps.tickets.tests.conftest import ANSWER, NOW
from apps.workdays.calendar import due_on


def day(number):
    """Return the same hour so many days later."""
    return NOW + timedelta(days=number)


@pytest.fixture
def helper(make_user):
    """The liaison of the assisting unit."""
    return make_user("LIAISON", unit="市规划资源局蓟州分局", username="helper")


@pytest.fixture
def answered(processing, act, helper):
    """A ticket whose result waits for the review, handed in on Friday the 20th."""
    act(processing, "contact", "LIAISON", told_by="PHONE", text="已电话联系")
    act(processing, "answer_assist", helper, answer="没有不同意见")
    act(
        processing,
        "submit_result",
        "LIAISON",
        now=day(2),
        outcome="RESOLVED",
        answer=ANSWER,
        told_by="PHONE",
    )
    return processing


class TestDispatch:
    def test_gives_seven_working_days_and_the_enterprise_its_own_deadline(self, dispatched):
        assert due_on(dispatched.handle_due_at).isoformat() == "2026-03-27"
        assert dispatched.ticket_due_at == dispatched.handle_due_at == dispatched.due_at

    def test_gives_assisting_units_three_days(self, dispatched):
        assist = Clock.objects.get(ticket=dispatched, kind="ASSIST")
        assert due_on(assist.due_at).isoformat() == "2026-03-23"


class TestResult:
    def test_waits_for_the_assisting_unit(self, processing, act):
        with pytest.raises(DomainError, match="协办单位没有反馈"):
            act(
                processing,
                "submit_result",
                "LIAISON",
                outcome="RESOLVED",
                answer=ANSWER,
                told_by="PHONE",
            )

    def test_stops_the_units_term(self, answered):
        clock = Clock.objects.get(ticket=answered, kind="HANDLING")
        assert clock.stopped_at == day(2)
        assert answered.is_told

    def test_is_never_reviewed_by_who_handled_it(self, answered, act, crew):
        from apps.accounts.models import RoleRow

        RoleRow.objects.create(user=crew["LIAISON"], role="HUB_CHIEF")
        del crew["LIAISON"].roles
        with pytest.raises(DomainError, match="经办过"):
            act(answered, "approve_result", crew["LIAISON"], now=day(2))


class TestRedo:
    def test_goes_on_where_the_term_stopped_and_keeps_the_enterprises_deadline(self, answered, act):
        deadline = answered.ticket_due_at
        act(answered, "approve_result", "HUB_CHIEF", now=day(2))
        act(
            answered,
            "redo",
            "FOLLOWUP_CLERK",
            now=day(5),
            cause="UNSOLVED",
            opinion="企业说问题还在",
        )
        assert answered.status == Status.PROCESSING
        assert due_on(answered.handle_due_at).isoformat() == "2026-03-30"
        assert answered.ticket_due_at == deadline
        assert not answered.is_told

    def test_leaves_at_least_three_days(self, answered, act):
        act(answered, "approve_result", "HUB_CHIEF", now=day(2))
        late = day(20)
        Clock.objects.filter(ticket=answered).update(next_fire_at=None)
        act(
            answered,
            "redo",
            "FOLLOWUP_CLERK",
            now=late,
            cause="NO_BASIS",
            opinion="没有写依据条款",
        )
        assert due_on(answered.handle_due_at) > due_on(late)


class TestClose:
    def test_needs_the_enterprise_to_have_been_told(self, answered, act):
        act(answered, "approve_result", "HUB_CHIEF", now=day(2))
        act(
            answered,
            "close",
            "FOLLOWUP_CLERK",
            now=day(3),
            reached="YES",
            was_contacted="YES",
            solved="YES",
            answer_grade="GOOD",
            solution_grade="VERY_GOOD",
        )
        assert answered.status == Status.CLOSED
        assert answered.ended_at == day(3)
        assert not Clock.objects.filter(ticket=answered, stopped_at__isnull=True).exists()

    def test_without_an_answer_on_the_phone_needs_three_attempts(self, answered, act):
        act(answered, "approve_result", "HUB_CHIEF", now=day(2))
        with pytest.raises(DomainError, match="3 个不同时段"):
            act(answered, "close", "FOLLOWUP_CLERK", now=day(3), reached="NO")
