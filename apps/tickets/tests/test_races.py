"""Many at once: numbers without gaps, one winner for one ticket, a merge that crosses a merge."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.models import Count
from django.utils import timezone

from apps.core.errors import DomainError
from apps.roster.actions import load_reference
from apps.roster.models import Unit
from apps.tickets.actions import (
    TicketConflict,
    intake_hotline,
    next_number,
    perform,
    register,
)
from apps.tickets.actions.registering import Enterprise
from apps.tickets.actions.sweep import sweep
from apps.tickets.actions.upkeep import check_clocks
from apps.tickets.choices import Status
from apps.tickets.models import Firing, NumberSeries, Ticket, TicketEvent
from apps.tickets.tests.conftest import NOW
from apps.tickets.tests.invariants import check_all, check_district

RETURN = {"code": "R2", "basis": "不在本单位属地", "confirmed_by": "王科长"}
needs_writers = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite in memory lets one thread write"
)


def at_once(count, work):
    """Run ``work(number)`` in so many threads, released together; return what each gave."""
    gate = threading.Barrier(count)

    def run(number):
        try:
            gate.wait(20)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return [job.result(timeout=120) for job in [pool.submit(run, n) for n in range(count)]]


@pytest.mark.django_db
class TestNumbers:
    def test_leave_no_gap_when_a_registration_is_undone(self):
        with transaction.atomic():
            assert next_number(NOW) == "JZ-2603-00001"
            transaction.set_rollback(True)
        assert next_number(NOW) == "JZ-2603-00001"
        assert next_number(NOW) == "JZ-2603-00002"

    def test_begin_anew_each_month_of_the_district(self):
        last = NOW.replace(day=31, hour=15, minute=59)  # 23:59 on the 31st in Asia/Shanghai
        first = last.replace(hour=16)
        assert next_number(last) == "JZ-2603-00001"
        assert next_number(first) == "JZ-2604-00001"

    def test_grow_past_five_digits(self):
        NumberSeries.objects.create(month="2603", last=99_999)
        assert next_number(NOW) == "JZ-2603-100000"


@needs_writers
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture(autouse=True)
    def _reference(self, transactional_db):
        """A transactional test finds an empty database."""
        load_reference(by=None, now=timezone.now())

    def test_eight_who_register_a_hundred_each_leave_no_gap(self, crew, entity, request_data):
        enterprise, officer = Enterprise(entity=entity), crew["OFFICER"]

        def work(number):
            for step in range(100):
                with transaction.atomic():
                    register(enterprise=enterprise, by=officer, now=NOW, data=request_data)
                    transaction.set_rollback(step % 10 == number)

        at_once(8, work)
        assert Ticket.objects.count() == 8 * 90
        check_district()

    def test_twenty_who_press_one_button_move_the_ticket_once(self, pooled, crew):
        lead = Unit.objects.get(name="区住房建设委")
        version = pooled.version

        def work(number):
            try:
                perform(
                    ticket=pooled,
                    action="dispatch",
                    by=crew["HUB_DISPATCHER"],
                    now=NOW,
                    data={"lead": lead},
                    version=version,
                )
            except TicketConflict as refusal:
                return refusal.message
            return "moved"

        said = at_once(20, work)
        assert said.count("moved") == 1
        assert all("刚被" in text and "派单" in text for text in said if text != "moved")
        assert TicketEvent.objects.filter(ticket=pooled, code="dispatch").count() == 1
        check_all(pooled, NOW)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (("accept", "LIAISON", {}), ("recall", "HUB_DISPATCHER", {"reason": "派错了单位"})),
            (
                ("accept", "LIAISON", {}),
                ("withdraw", "OFFICER", {"told_by": "PHONE", "reason": "企业自己解决了"}),
            ),
            (
                ("progress", "LIAISON", {"text": "正在办理"}),
                ("accept", "COMMISSIONER", {}),
            ),
        ],
        ids=["accept-recall", "accept-withdraw", "progress-accept"],
    )
    def test_two_different_steps_leave_a_history_that_some_order_explains(
        self, dispatched, crew, first, second
    ):
        def work(number):
            action, role, data = (first, second)[number]
            try:
                perform(ticket=dispatched, action=action, by=crew[role], now=NOW, data=data)
            except DomainError:
                return 0
            return 1

        done = at_once(2, work)
        assert sum(done) >= 1
        case = check_all(dispatched, NOW)
        assert len(case.events) == 3 + sum(done)

    def test_two_that_merge_into_each_other_leave_one_open(
        self, registered, crew, entity, request_data
    ):
        other = register(
            enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
        )
        pair = [registered, other]

        def work(number):
            try:
                perform(
                    ticket=pair[number],
                    action="merge",
                    by=crew["HUB_DISPATCHER"],
                    now=NOW,
                    data={"master": pair[1 - number].number, "reason": "同一件事登记了两次"},
                )
            except DomainError:
                return 0
            return 1

        assert sum(at_once(2, work)) == 1
        assert Ticket.objects.filter(status=Status.MERGED).count() == 1
        for ticket in pair:
            check_all(ticket, NOW)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (
                ("approve_extension", "HUB_CHIEF", {"opinion": "同意"}),
                ("deny_extension", "OFFICE_CHIEF", {"opinion": "不同意"}),
            ),
            (
                ("add_assist", "LIAISON", {"units": ["区城市管理委"], "matter": "请现场核对"}),
                ("add_assist", "COMMISSIONER", {"units": ["区城市管理委"], "matter": "请派人核对"}),
            ),
            (
                ("request_return", "LIAISON", RETURN),
                ("request_return", "COMMISSIONER", RETURN),
            ),
        ],
        ids=["approve-deny", "assist-twice", "return-twice"],
    )
    def test_of_two_steps_that_exclude_each_other_one_is_done(
        self, processing, act, crew, first, second
    ):
        told = {"told_by": "PHONE", "told_on": "2026-03-18"}
        act(processing, "request_extension", "LIAISON", days=3, reason="图审要补资料", **told)
        before = processing.events.count()

        def work(number):
            action, role, data = (first, second)[number]
            data = dict(data)
            if "units" in data:
                data["units"] = list(Unit.objects.filter(name__in=data["units"]))
            try:
                perform(ticket=processing, action=action, by=crew[role], now=NOW, data=data)
            except DomainError:
                return 0
            return 1

        assert sum(at_once(2, work)) == 1
        case = check_all(processing, NOW)
        assert len(case.events) == before + 1


@needs_writers
@pytest.mark.django_db(transaction=True)
class TestSweepAndSteps:
    """reliability T7: a reminder and then the step, or the step without it; never the other way."""

    @pytest.fixture(autouse=True)
    def _reference(self, transactional_db):
        """A transactional test finds an empty database."""
        load_reference(by=None, now=timezone.now())

    def sweep_and(self, tickets, now, action, by, data):
        """Sweep again and again while somebody takes the same step on one ticket after the other."""

        def work(number):
            if number == 0:
                return sum(sweep(now=now) for _ in range(8))
            for ticket in tickets:
                perform(ticket=ticket, action=action, by=by, now=now, data=data)
            return 0

        at_once(2, work)
        sweep(now=now)
        doubled = Firing.objects.values("clock", "milestone", "cycle").annotate(n=Count("pk"))
        assert not doubled.filter(n__gt=1).exists()
        assert check_clocks(now=now, repair=False).drifted == 0
        return [list(one.events.order_by("seq").values_list("code", flat=True)) for one in tickets]

    def test_of_an_ending_leave_no_reminder_after_it(self, crew, entity, request_data):
        data = {**request_data, "source": "HOTLINE", "urgency": "LIFE", "hotline_at": NOW}
        tickets = [
            intake_hotline(
                enterprise=Enterprise(entity=entity),
                by=crew["HUB_CHIEF"],
                now=NOW,
                data={**data, "hotline_no": f"TJ-{number}"},
            )
            for number in range(12)
        ]
        codes = self.sweep_and(
            tickets,
            NOW + timedelta(minutes=61),
            "reject",
            crew["HUB_CHIEF"],
            {
                "code": "PROCEDURE",
                "basis": "已进入诉讼程序",
                "advice": "请向受理法院查询进展",
                "told_by": "PHONE",
            },
        )
        for found in codes:
            assert found[0] == "intake_hotline"
            assert found[-1] == "reject"
            assert found[1:-1] in ([], ["milestone"])

    def test_of_an_extension_ring_for_the_term_that_counts(self, dispatched, act, crew):
        act(dispatched, "accept", "LIAISON")
        act(dispatched, "contact", "LIAISON", told_by="PHONE", text="已电话联系")
        told = {"told_by": "PHONE", "told_on": "2026-03-18"}
        act(dispatched, "request_extension", "LIAISON", days=3, reason="图审要补资料", **told)
        later = NOW + timedelta(days=9)
        [found] = self.sweep_and(
            [dispatched], later, "approve_extension", crew["HUB_CHIEF"], {"opinion": "同意"}
        )
        extended = found.index("approve_extension") + 1
        rang = TicketEvent.objects.filter(ticket=dispatched, code__in=["milestone", "urge"])
        handling = [
            (event.seq, event.data["cycle"]) for event in rang if event.data["clock"] == "HANDLING"
        ]
        assert all((seq < extended) == (cycle == 1) for seq, cycle in handling), handling
