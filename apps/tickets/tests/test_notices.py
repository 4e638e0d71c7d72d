"""Each step tells the right people once: parties, deputies, quiet hours, what stays hidden."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.notices import recipients, senders
from apps.notices.choices import Channel
from apps.notices.models import Notice, OutboxMessage
from apps.roster.models import Absence, Person, Unit
from apps.tickets import notices
from apps.tickets.actions import Enterprise, intake_hotline, register
from apps.tickets.actions.digest import send_digests
from apps.tickets.actions.sweep import sweep
from apps.tickets.choices import ClockKind, Status
from apps.tickets.milestones import DUE, HANDLING_STEPS, SUGGEST
from apps.tickets.models import DigestDay, Participant
from apps.tickets.tests.conftest import ANSWER, NOW
from apps.tickets.workflow import TRANSITIONS
from apps.workdays.calendar import SHANGHAI


def told(since=0):
    """Return who got messages after a key, by account, with how many."""
    rows = Notice.objects.filter(pk__gt=since).values_list("user__username", flat=True)
    counts = {}
    for name in rows:
        counts[name] = counts.get(name, 0) + 1
    return counts


def newest():
    last = Notice.objects.order_by("-pk").first()
    return last.pk if last else 0


class TestTables:
    def test_name_every_action_or_say_that_it_is_silent(self):
        spoken = {key if isinstance(key, str) else key[0] for key in notices.MOVES}
        codes = {row.code for row in TRANSITIONS}
        assert codes - spoken - notices.SILENT == set()
        assert spoken - codes == set()
        assert spoken & notices.SILENT == set()

    def test_name_every_milestone(self):
        wanted = {(ClockKind.HANDLING, name) for name, _ in HANDLING_STEPS}
        others = set(ClockKind) - {ClockKind.HANDLING, ClockKind.TOTAL}
        wanted |= {(kind, DUE) for kind in others} | {(ClockKind.ONSITE, SUGGEST)}
        assert set(notices.RINGS) == wanted

    def test_tell_the_first_receiver_until_the_end(self):
        """首问负责制: every step that leads to another state reaches the first receiver."""
        quiet = {"save_draft", "archive", "note"}
        moving = {row.code for row in TRANSITIONS if row.targets} - quiet
        for key, word in notices.MOVES.items():
            code = key if isinstance(key, str) else key[0]
            if code in moving:
                assert notices.To.FIRST in word.to, code

    def test_say_everything_without_an_exclamation_mark(self):
        words = [*notices.MOVES.values(), *notices.RINGS.values()]
        assert all("！" not in word.say and "!" not in word.say for word in words)
        assert all(word.to for word in words)


class TestMoves:
    def test_tell_each_person_once_and_never_who_acted(self, pooled, act):
        since = newest()
        act(
            pooled,
            "dispatch",
            "HUB_DISPATCHER",
            lead=Unit.objects.get(name="区住房建设委"),
            assists=[Unit.objects.get(name="市规划资源局蓟州分局")],
        )
        assert told(since) == {"liaison": 1, "commissioner": 1, "officer": 1}
        message = Notice.objects.get(user__username="liaison", pk__gt=since)
        assert message.title == f"{pooled.number} 派到您单位，办理时限3月27日"
        assert message.url == f"/t/{pooled.number}/"

    def test_tell_the_hub_what_waits_for_it(self, registered, act):
        since = newest()
        act(
            registered, "escalate_hub", "OFFICER", tried="查了手册，问了专家",
            reason="需要主管部门答复", collected_via="HOTLINE",
        )  # fmt: skip
        assert told(since) == {"hub_dispatcher": 1, "hub_chief": 1}

    def test_tell_the_liaisons_of_assisting_units(self, processing, act, make_user):
        make_user("LIAISON", unit="区水务局", username="water")
        since = newest()
        act(
            processing, "add_assist", "LIAISON", units=[Unit.objects.get(name="区水务局")],
            matter="请看排水方案",
        )  # fmt: skip
        assert told(since) == {"water": 1}

    def test_tell_the_unit_whose_dispatch_was_recalled(self, dispatched, act):
        since = newest()
        act(dispatched, "recall", "HUB_DISPATCHER", reason="派错了单位")
        assert told(since) == {"liaison": 1, "officer": 1}

    def test_tell_who_applied(self, processing, act):
        ask = {"days": 3, "reason": "图审要补资料", "told_by": "PHONE", "told_on": "2026-03-18"}
        act(processing, "request_extension", "COMMISSIONER", **ask)
        since = newest()
        act(processing, "approve_extension", "HUB_CHIEF", opinion="同意")
        assert told(since) == {"commissioner": 1, "liaison": 1, "officer": 1}

    def test_tell_only_inspectors_of_a_hand_over_to_discipline(self, processing, act):
        since = newest()
        act(
            processing, "transfer", "OFFICE_CHIEF", receiver="区纪委监委",
            matter="多次推诿，材料附后，请核查",
        )  # fmt: skip
        assert told(since) == {"inspector": 1}

    def test_tell_the_callers_when_a_result_was_approved(self, processing, act, make_user):
        helper = make_user("LIAISON", unit="市规划资源局蓟州分局", username="helper")
        act(processing, "answer_assist", helper, answer="没有不同意见")
        done = {"outcome": "RESOLVED", "answer": ANSWER, "told_by": "PHONE"}
        act(processing, "submit_result", "LIAISON", **done)
        since = newest()
        act(processing, "approve_result", "HUB_CHIEF")
        assert told(since) == {"followup_clerk": 1, "liaison": 1, "officer": 1}

    def test_are_undone_with_the_move(self, pooled, act):
        from apps.core.errors import DomainError

        since = newest()
        with pytest.raises(DomainError):
            act(pooled, "dispatch", "HUB_DISPATCHER", lead=Unit.objects.get(name="区住房建设委"), assists=[Unit.objects.get(name="区住房建设委")])  # fmt: skip
        assert told(since) == {}


class TestDeputies:
    def test_are_told_beside_the_absent(self, pooled, act, crew, make_user):
        unit = Unit.objects.get(name="区住房建设委")
        away, deputy = (Person.objects.create(unit=unit, name=name) for name in ("甲", "乙"))
        crew["LIAISON"].person = away
        crew["LIAISON"].save()
        make_user("EXPERT", unit=unit, username="deputy", person=deputy)
        day = NOW.date()
        Absence.objects.create(person=away, deputy=deputy, from_on=day, until_on=day)
        since = newest()
        act(pooled, "dispatch", "HUB_DISPATCHER", lead=unit)
        assert told(since)["deputy"] == 1
        assert told(since)["liaison"] == 1

    def test_hear_nothing_when_the_absence_is_over(self, pooled, act, crew, make_user):
        unit = Unit.objects.get(name="区住房建设委")
        away, deputy = (Person.objects.create(unit=unit, name=name) for name in ("甲", "乙"))
        crew["LIAISON"].person = away
        crew["LIAISON"].save()
        make_user("EXPERT", unit=unit, username="deputy", person=deputy)
        past = NOW.date() - timedelta(days=3)
        Absence.objects.create(person=away, deputy=deputy, from_on=past, until_on=past)
        act(pooled, "dispatch", "HUB_DISPATCHER", lead=unit)
        assert "deputy" not in told()


class TestHidden:
    def complaint(self, crew, entity, request_data, **more):
        return register(
            enterprise=Enterprise(entity=entity),
            by=crew["OFFICER"],
            now=NOW,
            data=request_data | {"nature": "COMPLAINT"} | more,
        )

    def test_title_of_a_complaint_is_not_in_the_message(self, crew, entity, request_data, act):
        ticket = self.complaint(crew, entity, request_data)
        act(
            ticket, "escalate_hub", "OFFICER", tried="联系了企业", reason="需部门核实",
            collected_via="HOTLINE",
        )  # fmt: skip
        assert Notice.objects.exists()
        for message in Notice.objects.all():
            assert ticket.title not in message.title + message.body
            assert entity.name not in message.title + message.body

    def test_unit_complained_of_hears_nothing(self, crew, entity, request_data, act, make_user):
        hub = Unit.objects.get(is_hub=True)
        ticket = self.complaint(crew, entity, request_data, complained_unit=hub)
        act(
            ticket, "escalate_hub", "OFFICER", tried="联系了企业", reason="需部门核实",
            collected_via="HOTLINE",
        )  # fmt: skip
        assert not Notice.objects.filter(user__unit=hub).exists()

    def test_restricted_tickets_reach_named_people_only(self, crew, entity, request_data, act):
        ticket = register(
            enterprise=Enterprise(entity=entity), by=crew["OFFICER"], now=NOW, data=request_data,
            is_restricted=True,
        )  # fmt: skip
        act(
            ticket, "escalate_hub", "OFFICER", tried="联系了企业", reason="需部门核实",
            collected_via="HOTLINE",
        )  # fmt: skip
        named = set(
            Participant.objects.filter(ticket=ticket).values_list("user__username", flat=True)
        )
        assert set(told()) == {"hub_chief"}
        assert set(told()) <= named

    def test_first_receiver_of_a_restricted_ticket_is_told(self, crew, entity, request_data, zone):
        from apps.roster.models import Officer

        Officer.objects.create(person=crew["OFFICER"].person, zone=zone, since_on=NOW.date())
        register(
            enterprise=Enterprise(entity=entity), by=crew["HUB_DISPATCHER"], now=NOW,
            data=request_data, is_restricted=True,
        )  # fmt: skip
        assert told() == {"officer": 1}


class FakeSender:
    def is_configured(self):
        return True


@pytest.fixture
def mail(monkeypatch):
    """E-mail is on and everybody has an address."""
    monkeypatch.setattr(senders, "SENDERS", {Channel.EMAIL: FakeSender()})
    monkeypatch.setitem(
        recipients._addresses, Channel.EMAIL.value, lambda user: f"{user.username}@test.example"
    )


def hotline(crew, entity, request_data, moment, **more):
    return intake_hotline(
        enterprise=Enterprise(entity=entity),
        by=crew["HUB_DISPATCHER"],
        now=moment,
        data=request_data | {"hotline_no": "HL-1", "hotline_at": moment} | more,
    )


NIGHT = datetime(2026, 3, 18, 22, 0, tzinfo=SHANGHAI).astimezone(UTC)
MORNING = datetime(2026, 3, 19, 9, 0, tzinfo=SHANGHAI).astimezone(UTC)


class TestQuietHours:
    def test_messages_leave_at_once_while_people_work(self, registered, act, mail):
        act(
            registered, "escalate_hub", "OFFICER", tried="查了应答手册", reason="需要主管部门答复",
            collected_via="HOTLINE",
        )  # fmt: skip
        sent = list(OutboxMessage.objects.all())
        assert {one.recipient for one in sent} == {
            "hub_dispatcher@test.example",
            "hub_chief@test.example",
        }
        assert all(registered.title not in one.subject + one.body for one in sent)

    def test_nothing_leaves_at_night(self, registered, act, mail):
        act(
            registered, "escalate_hub", "OFFICER", now=NIGHT, tried="查了应答手册",
            reason="需要主管部门答复", collected_via="HOTLINE",
        )  # fmt: skip
        assert Notice.objects.exists()
        assert not OutboxMessage.objects.exists()

    def test_minutes_count_at_night_too(self, crew, entity, request_data, mail):
        ticket = hotline(crew, entity, request_data, NIGHT, urgency="LIFE")
        OutboxMessage.objects.all().delete()
        sweep(now=NIGHT + timedelta(minutes=61))
        subjects = set(OutboxMessage.objects.values_list("subject", flat=True))
        assert subjects == {f"{ticket.number} 超时未派单，请尽快派单"}

    def test_morning_brings_one_digest(self, registered, act, mail, crew):
        act(
            registered, "escalate_hub", "OFFICER", now=NIGHT, tried="查了应答手册",
            reason="需要主管部门答复", collected_via="HOTLINE",
        )  # fmt: skip
        assert send_digests(now=NIGHT) == 0
        assert send_digests(now=MORNING) == 2
        assert send_digests(now=MORNING + timedelta(minutes=5)) == 0
        assert OutboxMessage.objects.count() == 2
        assert DigestDay.objects.get().people == 2
        assert set(OutboxMessage.objects.values_list("subject", flat=True)) == {
            "下班后有 1 条工单提醒"
        }

    def test_weekend_brings_none(self, registered, mail):
        sunday = datetime(2026, 3, 22, 10, 0, tzinfo=SHANGHAI).astimezone(UTC)
        assert send_digests(now=sunday) == 0
        assert registered.status == Status.REGISTERED
