"""Everything that is due rings once, in order, whoever sweeps; its consequences follow."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from apps.notices.models import Notice, OutboxMessage
from apps.roster.models import Expert, Person, Unit
from apps.tickets.actions import _rings
from apps.tickets.actions import sweep as sweeping
from apps.tickets.actions.sweep import ALARM_AT, PAUSE, due_clocks, sweep
from apps.tickets.choices import AssistState, Status
from apps.tickets.models import Clock, ExpertAssist, Firing, Ticket, TicketEvent
from apps.tickets.tests.conftest import ANSWER, NOW
from apps.workdays.calendar import SHANGHAI


def at(month, day, hour=9, minute=0):
    """Return an instant of 2026 by the clock of the district."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def rung(ticket, kind="HANDLING"):
    rows = Firing.objects.filter(clock__ticket=ticket, clock__kind=kind)
    return list(rows.order_by("due_at").values_list("milestone", flat=True))


class TestNothingDue:
    def test_takes_one_query(self, processing, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert sweep(now=NOW) == 0

    def test_looks_only_into_the_partial_index(self, db):
        with CaptureQueriesContext(connection) as seen:
            due_clocks(NOW, 500)
        sql = seen[0]["sql"]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # the table is empty: ask for the plan of a full one
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("SET LOCAL enable_bitmapscan = off")
            head = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
            cursor.execute(head + sql)
            plan = "\n".join(str(row) for row in cursor.fetchall())
        assert "tickets_clock_fire" in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


class TestHandling:
    """Dispatched on Wednesday 18 March, due on Friday 27 March."""

    @pytest.fixture
    def quiet(self, processing, act, make_user):
        """The lead has called and the assisting unit has answered: only the term runs."""
        helper = make_user("LIAISON", unit="市规划资源局蓟州分局", username="helper")
        act(processing, "contact", "LIAISON", told_by="PHONE", text="已电话联系")
        act(processing, "answer_assist", helper, answer="没有不同意见")
        Notice.objects.all().delete()
        return processing

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            (at(3, 25, 8, 59), []),
            (at(3, 25), ["BEFORE_2"]),
            (at(3, 27, 8, 59), ["BEFORE_2"]),
            (at(3, 27), ["BEFORE_2", "DUE_DAY"]),
            (at(3, 30), ["BEFORE_2", "DUE_DAY", "OVER_1"]),
            (at(4, 1), ["BEFORE_2", "DUE_DAY", "OVER_1", "OVER_3"]),
            (at(4, 3), ["BEFORE_2", "DUE_DAY", "OVER_1", "OVER_3", "OVER_5"]),
        ],
    )
    def test_rings_at_each_milestone(self, quiet, moment, expected):
        sweep(now=moment)
        assert rung(quiet) == expected

    def test_rings_once_however_often_it_is_swept(self, quiet):
        for _ in range(3):
            sweep(now=at(3, 25))
        assert rung(quiet) == ["BEFORE_2"]
        assert TicketEvent.objects.filter(ticket=quiet, code="milestone").count() == 1

    def test_urges_on_the_due_day(self, quiet, crew):
        sweep(now=at(3, 25))
        Notice.objects.all().delete()
        sweep(now=at(3, 27))
        quiet.refresh_from_db()
        assert quiet.urge_count == 1
        event = quiet.events.get(code="urge")
        assert event.by is None
        told = set(Notice.objects.values_list("user__username", flat=True))
        assert told == {"liaison", "commissioner", "officer"}

    def test_drafts_an_order_one_day_after(self, quiet):
        sweep(now=at(3, 30))
        event = quiet.events.filter(data__milestone="OVER_1").get()
        assert event.data["draft"] == "supervise"
        assert event.data["unit"] == quiet.lead_unit_id
        assert event.is_internal
        assert not quiet.supervisions.exists()

    def test_proposes_the_joint_tier_after_three_days(self, quiet):
        sweep(now=at(4, 1))
        event = quiet.events.filter(data__milestone="OVER_3").get()
        assert event.data["proposal"] == "escalate_joint"
        told = set(Notice.objects.values_list("user__username", flat=True))
        assert {"hub_dispatcher", "hub_chief", "office_clerk", "office_chief"} <= told

    def test_lists_what_is_five_days_overdue_without_a_word(self, quiet):
        sweep(now=at(4, 3))
        assert quiet.events.get(data__milestone="OVER_5").data["is_listed"] is True

    def test_lists_nothing_that_was_explained_after_the_due_day(self, quiet, act):
        act(quiet, "progress", "LIAISON", now=at(3, 31), text="图审单位在补资料，周五出结果")
        sweep(now=at(4, 3))
        assert quiet.events.get(data__milestone="OVER_5").data["is_listed"] is False

    def test_numbers_its_events_on_and_leaves_the_version_alone(self, quiet):
        before = quiet.version
        sweep(now=at(4, 3))
        quiet.refresh_from_db()
        seqs = list(quiet.events.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, len(seqs) + 1))
        assert quiet.version == before

    def test_says_only_the_latest_after_an_outage(self, quiet):
        sweep(now=at(4, 3))
        titles = set(
            Notice.objects.filter(user__username="liaison").values_list("title", flat=True)
        )
        assert titles == {f"{quiet.number} 已超期 5 个工作日"}
        assert len(rung(quiet)) == 5

    def test_rings_again_in_the_cycle_that_an_extension_begins(self, quiet, act):
        sweep(now=at(3, 25))
        told = {"told_by": "PHONE", "told_on": "2026-03-25"}
        act(
            quiet, "request_extension", "LIAISON", now=at(3, 25, 10), days=3,
            reason="图审要补资料", **told,
        )  # fmt: skip
        act(quiet, "approve_extension", "HUB_CHIEF", now=at(3, 25, 11), opinion="同意")
        sweep(now=at(3, 30))
        assert rung(quiet) == ["BEFORE_2", "BEFORE_2"]
        cycles = Firing.objects.filter(clock__ticket=quiet).order_by("cycle")
        assert list(cycles.values_list("cycle", flat=True)) == [1, 2]

    def test_rings_for_nothing_that_has_ended(self, quiet, act):
        told = {"outcome": "RESOLVED", "answer": ANSWER, "told_by": "PHONE"}
        act(quiet, "submit_result", "LIAISON", now=at(3, 24), **told)
        sweep(now=at(4, 10))
        assert rung(quiet) == []
        assert rung(quiet, "REVIEW") == ["DUE"]

    def test_asks_for_no_decision_on_the_extension_of_a_lead_that_was_let_go(self, quiet, act):
        told = {"told_by": "PHONE", "told_on": "2026-03-18"}
        act(quiet, "request_extension", "LIAISON", days=3, reason="图审要补资料", **told)
        back = {"code": "R2", "basis": "不在本单位属地", "confirmed_by": "王科长"}
        act(quiet, "request_return", "LIAISON", **back)
        act(quiet, "approve_return", "HUB_CHIEF", opinion="同意退单")
        open_kinds = set(
            Clock.objects.filter(ticket=quiet, stopped_at=None).values_list("kind", flat=True)
        )
        assert open_kinds == {"DISPATCH", "TOTAL"}
        sweep(now=at(4, 10))
        assert rung(quiet, "EXTENSION_REVIEW") == []
        assert rung(quiet, "DISPATCH") == ["DUE"]

    def test_sets_a_stale_row_right_without_ringing(self, quiet):
        Clock.objects.filter(ticket=quiet, kind="HANDLING").update(next_fire_at=NOW)
        sweep(now=NOW)
        assert rung(quiet) == []
        assert Clock.objects.get(ticket=quiet, kind="HANDLING").next_fire_at == at(3, 25)


class TestOtherClocks:
    def test_tell_that_nobody_accepted(self, dispatched):
        Notice.objects.all().delete()
        sweep(now=at(3, 20))
        assert rung(dispatched, "ACCEPT") == ["DUE"]
        told = set(Notice.objects.values_list("user__username", flat=True))
        assert told == {"liaison", "commissioner", "hub_dispatcher", "hub_chief", "officer"}

    def test_suggest_the_hub_when_nobody_answered(self, registered):
        sweep(now=at(3, 20))
        assert rung(registered, "ONSITE") == ["DUE", "SUGGEST"]

    def test_know_whose_assisting_opinion_is_late(self, processing, make_user):
        make_user("LIAISON", unit="市规划资源局蓟州分局", username="helper")
        Notice.objects.all().delete()
        sweep(now=at(3, 24, 1))
        late = Notice.objects.filter(title__contains="协办意见到期")
        assert set(late.values_list("user__username", flat=True)) == {"helper", "liaison"}


class TestAutomaticEnds:
    def test_expert_who_is_silent_is_let_go(self, registered, act, crew):
        unit = Unit.objects.get(name="区住房建设委")
        person = Person.objects.create(unit=unit, name="郑科长", title="科长")
        expert = Expert.objects.create(person=person, unit=unit, rank="EXPERT", since_on=NOW.date())
        act(registered, "request_expert", "OFFICER", expert=expert, question="能不能容缺受理")
        sweep(now=at(3, 20))
        asked = ExpertAssist.objects.get(ticket=registered)
        assert asked.state == AssistState.TIMEOUT
        assert rung(registered, "EXPERT") == ["DUE"]
        assert registered.events.filter(code="expire_expert").count() == 1
        sweep(now=at(3, 20))
        assert registered.events.filter(code="expire_expert").count() == 1

    def test_suspension_ends_by_itself(self, processing, act):
        act(
            processing, "suspend", "LIAISON", days=2, reason="请企业补营业执照", evidence="已发短信",
        )  # fmt: skip
        sweep(now=at(3, 21, 1))
        processing.refresh_from_db()
        assert not processing.is_suspended
        assert processing.events.filter(code="unsuspend", by__isnull=True).count() == 1

    def test_tracking_ends_on_the_planned_day(self, processing, act):
        act(
            processing, "request_track", "LIAISON", basis="FUNDS", plan_on="2026-04-20",
            reason="等区财政资金下达", told_by="PHONE",
        )  # fmt: skip
        act(processing, "track", "OFFICE_CHIEF", opinion="同意挂账")
        sweep(now=at(4, 21, 1))
        processing.refresh_from_db()
        assert processing.status == Status.PROCESSING
        assert rung(processing, "PLAN") == ["DUE"]


class TestFailures:
    def test_put_one_ticket_off_and_ring_the_others(
        self, registered, crew, entity, request_data, monkeypatch, caplog
    ):
        from apps.tickets.actions import Enterprise, register

        other = register(
            enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data
        )
        whole = _rings.collect

        def broken(members, **more):
            if any(one.ticket.pk == registered.pk for one in members):
                raise RuntimeError("this ticket breaks everything")
            return whole(members, **more)

        monkeypatch.setattr(_rings, "collect", broken)
        moment = at(3, 20)
        sweep(now=moment)
        assert rung(other, "ONSITE") == ["DUE", "SUGGEST"]
        row = Clock.objects.get(ticket=registered, kind="ONSITE")
        assert row.failures == 1
        assert row.next_fire_at == moment + PAUSE
        for hour in range(1, ALARM_AT):
            sweep(now=moment + hour * PAUSE)
        assert "连续失败" in caplog.text
        monkeypatch.setattr(_rings, "collect", whole)
        sweep(now=moment + ALARM_AT * PAUSE)
        assert rung(registered, "ONSITE") == ["DUE", "SUGGEST"]
        assert Clock.objects.get(ticket=registered, kind="ONSITE").failures == 0

    @pytest.mark.parametrize("trouble", [OperationalError, InterfaceError])
    def test_blame_no_ticket_when_the_database_is_in_trouble(
        self, registered, monkeypatch, trouble
    ):
        def down(members, **more):
            raise trouble("the disk is full")

        monkeypatch.setattr(_rings, "collect", down)
        with pytest.raises(trouble):
            sweep(now=at(3, 20))
        assert Clock.objects.get(ticket=registered, kind="ONSITE").failures == 0

    def test_leave_all_or_nothing(self, registered):
        from apps.core.tests.faults import every_statement_fails_once

        assert every_statement_fails_once(lambda: sweep(now=at(3, 20))) > 5


class TestManyTickets:
    @pytest.fixture
    def twelve(self, crew, entity, request_data):
        from apps.tickets.actions import Enterprise, register

        made = [
            register(
                enterprise=Enterprise(entity=entity),
                by=crew["OFFICER"],
                now=NOW + timedelta(minutes=number),
                data=request_data,
            )
            for number in range(12)
        ]
        Notice.objects.all().delete()
        return made

    def test_take_as_many_statements_as_one(self, twelve):
        with CaptureQueriesContext(connection) as seen:
            assert sweep(now=at(3, 20)) == 12
        assert len(seen) <= 30
        assert Firing.objects.count() == 24

    def test_tell_a_person_once(self, twelve):
        sweep(now=at(3, 20))
        message = Notice.objects.get(user__username="officer")
        assert message.title == "12 件工单需要您留意"
        assert twelve[0].number in message.body

    def test_tell_a_person_once_however_many_batches_a_backlog_takes(
        self, twelve, monkeypatch, settings
    ):
        """Three days without any sweep, five clocks a batch: three messages and one that grows."""
        settings.WECOM_ROBOT_URL = "https://robot.example/"
        monkeypatch.setattr(sweeping, "BATCH", 5)
        moment = at(3, 23, 10)
        assert sweep(now=moment) == 12
        assert Firing.objects.count() == 24
        fired = Firing.objects.order_by("pk").values_list("due_at", flat=True)
        suggested = [due for due in fired if due > at(3, 20)]
        assert suggested == sorted(suggested)
        mine = Notice.objects.get(user__username="officer")
        assert mine.title == "12 件工单需要您留意"
        assert all(one.number in mine.body for one in twelve[:8])
        assert "等 12 件" in mine.body
        assert [row.subject for row in OutboxMessage.objects.all()] == ["有一批工单到了提醒的时刻"]
        assert sweep(now=moment) == 0

    def test_make_a_message_unread_that_grows(self, twelve):
        from apps.tickets.actions.telling import Told

        told, tickets = Told(), [one.pk for one in twelve]
        sweeping.ring(tickets[:6], at(3, 20), told)
        Notice.objects.update(read_at=NOW)
        sweeping.ring(tickets[6:], at(3, 20), told)
        mine = Notice.objects.get(user__username="officer")
        assert (mine.title, mine.read_at) == ("12 件工单需要您留意", None)

    def test_forget_what_a_batch_told_that_was_undone(self, twelve, monkeypatch):
        whole = _rings.record

        def broken(**values):
            raise RuntimeError("the log is away")

        monkeypatch.setattr(_rings, "record", broken)
        sweep(now=at(3, 20))
        assert not Notice.objects.exists()
        monkeypatch.setattr(_rings, "record", whole)
        sweep(now=at(3, 20, 10))
        assert Notice.objects.get(user__username="officer").title == "12 件工单需要您留意"

    def test_are_done_in_the_order_of_their_instants(self, twelve):
        sweep(now=at(3, 20), limit=5)
        late = Ticket.objects.filter(clocks__firings__isnull=False).distinct()
        assert set(late) == set(twelve[:5])
