"""Each SQL statement of an action fails once: the data stay whole and a retry succeeds (F2).

By default the actions are broken whose writes differ in kind; ``FAULTS=all pytest
apps/tickets/tests/test_faults.py`` breaks every action of the table, which takes some minutes.
"""

import os
from datetime import timedelta
from random import Random

import pytest
from django.apps import apps
from django.db import transaction

from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.core.tests.faults import every_statement_fails_once
from apps.tickets.actions import Enterprise, perform, register
from apps.tickets.models import Ticket
from apps.tickets.queries.book import load_book
from apps.tickets.queries.case import actor_of, facts_of, load_case
from apps.tickets.tests.conftest import ANSWER, NOW
from apps.tickets.tests.invariants import check_all
from apps.tickets.tests.moves import fill
from apps.tickets.workflow import TRANSITIONS, allowed

#: what an action may write
TABLES = [*apps.get_app_config("tickets").get_models(), AuditEntry]
#: one action for each kind of write: people, units, records, applications, calls, merges, ends
KINDS = {
    *("resolve_onsite", "escalate_hub", "dispatch", "approve_return", "submit_result", "track"),
    *("close", "reopen", "merge", "escalate_joint", "supervise"),
}
IS_FULL = os.environ.get("FAULTS") == "all"
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]
TOLD = {"told_by": "PHONE"}
ORDER = {"level": "ORDER", "demand": "请说明超期原因", "days": 3}
#: the system's own, begun by another action or by the clock; they are broken along with a merge,
#: or written by the same code as the rest
BY_SYSTEM = {"absorb", "release", "expire_expert", "archive", "save_draft", "intake_hotline"}
EXPERTS = {"request_expert", "answer_expert", "decline_expert"}  # nobody is in the pool here


class Breaking:
    """Takes a ticket from stage to stage and breaks each action once, where it is first possible."""

    def __init__(self, ticket, people, act):
        self.ticket, self.people, self.act = ticket, people, act
        self.now, self.tried = NOW, {}

    def go(self, action, role, *, hours=0, **data):
        """Move on for good."""
        self.now += timedelta(hours=hours)
        self.act(self.ticket, action, role, now=self.now, **data)
        self.break_everything()

    def buttons(self):
        """Yield (action, user, data) for what is possible now and was not broken yet."""
        ticket = Ticket.objects.get(pk=self.ticket.pk)
        case = load_case(ticket, now=self.now, book=load_book())
        facts, found = facts_of(case), set(self.tried)
        for user in self.people:
            for one in allowed(facts, actor_of(user)):
                row = one.transition
                if one.reason or row.code in found or not (IS_FULL or row.code in KINDS):
                    continue
                data = fill(row, case, Random(1).choice, self.people)
                if data is not None:
                    found.add(row.code)
                    yield row.code, user, data

    def break_everything(self):
        """Break each statement of each new action, look at the result, undo it."""
        for code, user, data in list(self.buttons()):
            with transaction.atomic():
                self.break_one(code, user, data)
                transaction.set_rollback(True)

    def break_one(self, code, user, data):
        """Break one action; a rule about the data may refuse it here, then it is tried later."""

        def press():
            ticket = Ticket.objects.get(pk=self.ticket.pk)
            perform(ticket=ticket, action=code, by=user, now=self.now, data=data)

        try:
            self.tried[code] = every_statement_fails_once(press, TABLES)
        except DomainError:
            return
        check_all(self.ticket, self.now)


class TestEveryStatement:
    def test_of_registering(self, crew, entity, request_data):
        faults = every_statement_fails_once(
            lambda: register(
                enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
            ),
            TABLES,
        )
        assert faults > 10
        assert Ticket.objects.get().number == "JZ-2603-00001"

    def test_of_every_action(self, registered, crew, make_user, entity, request_data, act):
        twin = register(
            enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
        )
        people = [
            *crew.values(),
            make_user("LIAISON", unit="市规划资源局蓟州分局", username="helper"),
        ]
        people.append(make_user("OFFICE_CHIEF", unit=crew["OFFICE_CHIEF"].unit, username="second"))
        lead, helper = crew["LIAISON"].unit, people[-2].unit
        walk = Breaking(registered, people, act)
        walk.break_everything()
        hub = {"tried": "查了应答手册", "reason": "需要主管部门答复", "collected_via": "HOTLINE"}
        walk.go("escalate_hub", "OFFICER", **hub)
        walk.go("dispatch", "HUB_DISPATCHER", lead=lead, assists=[helper])
        back = {"code": "R2", "basis": "不在本单位属地", "confirmed_by": "王科长"}
        walk.go("request_return", "LIAISON", **back)
        for _ in range(2):
            act(registered, "approve_return", "HUB_CHIEF", opinion="同意")
            act(registered, "dispatch", "HUB_DISPATCHER", lead=lead, assists=[helper])
            act(registered, "request_return", "LIAISON", **back)
        walk.go("approve_return", "HUB_CHIEF", opinion="同意")
        consultation = "经会商由该单位牵头办理此事"
        walk.go("designate", "HUB_CHIEF", lead=lead, assists=[helper], consultation=consultation)
        walk.go("accept", "LIAISON", user=crew["EXPERT"])
        walk.go("supervise", "OFFICE_CLERK", unit=lead, **ORDER)
        told = {**TOLD, "told_on": "2026-03-18"}
        walk.go("request_extension", "LIAISON", days=2, reason="等待现场复核", **told)
        walk.go("approve_extension", "HUB_CHIEF", opinion="同意")
        plan = {"basis": "FUNDS", "plan_on": "2026-09-01", "reason": "等待资金下达", **TOLD}
        walk.go("suspend", "LIAISON", days=2, reason="补营业执照复印件", evidence="短信")
        walk.go("unsuspend", "LIAISON", hours=1)
        walk.go("request_track", "LIAISON", **plan)
        walk.go("track", "OFFICE_CHIEF", opinion="同意")
        walk.go("resume", "OFFICE_CHIEF", hours=1)
        walk.go("answer_assist", people[-2], answer="没有不同意见")
        walk.go("submit_result", "LIAISON", outcome="RESOLVED", answer=ANSWER, **TOLD)
        walk.go("approve_result", "HUB_CHIEF")
        self.through_the_upper_tiers(walk, crew)
        walk.go("close_exempt", "FOLLOWUP_CLERK", cause="WRITTEN")
        walk.go(
            "request_exclusion", "LIAISON", case="UNTRUE", basis="经查所述情况并不属实，有现场记录"
        )
        walk.go("approve_exclusion", "OFFICE_CHIEF", opinion="同意")
        merging = Breaking(twin, people, act)
        merging.tried = walk.tried
        opened = register(
            enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
        )
        merging.go("merge", "HUB_CHIEF", master=opened, reason="同一件事登记了两次")
        everything = {row.code for row in TRANSITIONS} - BY_SYSTEM - {"register"} - EXPERTS
        assert (everything if IS_FULL else KINDS) - set(walk.tried) == set()
        assert all(count > 10 for count in walk.tried.values())

    def through_the_upper_tiers(self, walk, crew):
        """Joint meeting, letter, reply: told by both sides."""
        joint = {"cause": "HARD", "obstacle": "几家单位各管一段，要统筹", "done": "已现场查看"}
        walk.go("escalate_joint", "HUB_CHIEF", **joint)
        approval = {"asked_on": "2026-03-18", "leader": "王区长", "instruction": "同意上会"}
        walk.go("approve_joint", "OFFICE_CLERK", **approval)
        walk.go("give_feedback", "LIAISON", text="已告知会议议定的事项", **TOLD)
        raised = {
            "cause": "BLANK",
            "done": "区级已开会研究两次，没有先例",
            "wish": "请市级明确口径",
        }
        walk.go("escalate_city", "OFFICE_CHIEF", **raised)
        letter = {"letter_no": "函1号", "sent_on": "2026-03-18", "receiver": "市政务服务办"}
        walk.go("send_city", "OFFICE_CLERK", **letter)
        for role in ("LIAISON", "OFFICER"):
            walk.go("give_feedback", role, text="已告知办理结果", **TOLD)
        reply = {"opinion": "市级已经明确口径", "outcome": "RESOLVED", "answer": ANSWER}
        walk.go("city_reply", "OFFICE_CLERK", **reply)
