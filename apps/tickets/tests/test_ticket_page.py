"""The page of a ticket: what each role sees, and what it does not."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEntry
from apps.core.phones import mask
from apps.roster.models import Unit
from apps.tickets.models import Ticket, TicketEvent
from apps.tickets.queries import page as pages
from apps.tickets.queries import position, presence
from apps.tickets.queries.enterprise import may_see_enterprise
from apps.tickets.queries.terms import forecast, terms_of
from apps.tickets.tests.conftest import ANSWER, NOW
from apps.workdays.calendar import due_on

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten(monkeypatch):
    """The pages are opened at the moment at which the tickets are moved."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


SEES = {
    "registered": {"OFFICER", "TEAM_LEADER", "HUB_DISPATCHER", "HUB_CHIEF", "OFFICE_CLERK"}
    | {"OFFICE_CHIEF", "LEADER"},
}
SEES["processing"] = SEES["registered"] | {"LIAISON", "COMMISSIONER"}


@pytest.fixture
def see(crew, login):
    """Open a page as a role: ``see("OFFICER", ticket, "print/")``."""

    def look(role, ticket, rest=""):
        return login(crew[role]).get(f"/t/{ticket.number}/{rest}")

    return look


class TestWhoSees:
    @pytest.mark.parametrize("stage", sorted(SEES))
    def test_is_the_scope_and_nobody_else(self, stage, request, crew, see):
        ticket = request.getfixturevalue(stage)
        for role in crew:
            expected = 403 if role in ("SYSADMIN",) else 200 if role in SEES[stage] else 404
            assert see(role, ticket).status_code == expected, role
            assert see(role, ticket, "print/").status_code == expected, role

    def test_strangers_of_other_units_find_nothing(self, processing, make_user, login):
        for role, unit in (("OFFICER", "下营镇"), ("LIAISON", "区水务局")):
            client = login(make_user(role, unit=unit))
            for rest in ("", "print/", "done/", "presence/", "progress/"):
                assert client.get(f"/t/{processing.number}/{rest}").status_code == 404

    def test_a_restricted_ticket_is_for_those_named(self, registered, see):
        Ticket.objects.filter(pk=registered.pk).update(is_restricted=True)
        assert see("HUB_DISPATCHER", registered).status_code == 404
        assert see("LEADER", registered).status_code == 404

    def test_people_of_the_unit_complained_of_find_nothing(self, processing, see):
        Ticket.objects.filter(pk=processing.pk).update(
            complained_unit=Unit.objects.get(is_office=True)
        )
        assert see("OFFICE_CHIEF", processing).status_code == 404

    def test_a_number_that_does_not_exist_is_not_found(self, see, registered):
        registered.number = "JZ-2603-99999"
        assert see("OFFICER", registered).status_code == 404


class TestPhones:
    def test_of_the_enterprise_are_masked_without_a_link_to_call(self, registered, see):
        page = see("OFFICER", registered).content.decode()
        assert mask("13900001111") in page
        assert "13900001111" not in page
        assert "tel:13900001111" not in page

    def test_are_shown_after_a_reason(self, registered, crew, login):
        client = login(crew["OFFICER"])
        address = f"/reveal/ticket/{registered.pk}/contact_phone/"
        assert "13900001111" not in client.get(address).content.decode()
        page = client.post(address, {"reason": "CONTACT"}).content.decode()
        assert "tel:13900001111" in page

    def test_of_a_hidden_complainant_are_not_for_the_handling_unit(self, processing, crew, login):
        Ticket.objects.filter(pk=processing.pk).update(hides_entity=True)
        address = f"/reveal/ticket/{processing.pk}/contact_phone/"
        assert login(crew["LIAISON"]).get(address).status_code == 404
        assert login(crew["OFFICER"]).get(address).status_code == 200


class TestHiddenComplainants:
    KNOW = ("OFFICER", "TEAM_LEADER", "HUB_CHIEF", "OFFICE_CLERK", "FOLLOWUP_CLERK")

    def test_are_known_to_first_unit_hub_and_office_alone(self, processing, crew):
        processing.hides_entity = True
        knows = {role for role, user in crew.items() if may_see_enterprise(user, processing)}
        assert knows == {*self.KNOW, "HUB_DISPATCHER", "OFFICE_CHIEF"}

    def test_stand_on_no_page_of_the_handling_unit(self, processing, see):
        Ticket.objects.filter(pk=processing.pk).update(hides_entity=True)
        for rest in ("", "print/", "progress/", "done/"):
            page = see("LIAISON", processing, rest).content.decode()
            assert "渔阳示例机械厂" not in page, rest
            assert "王一" not in page, rest

    def test_are_no_entry_of_the_entitys_panel(self, processing, entity, crew, login):
        client = login(crew["OFFICE_CHIEF"])
        assert processing.number in client.get(f"/ent/{entity.pk}/").content.decode()
        Ticket.objects.filter(pk=processing.pk).update(hides_entity=True)
        assert login(crew["LIAISON"]).get(f"/ent/{entity.pk}/").status_code == 404


class TestPage:
    def test_costs_at_most_twenty_five_queries(self, processing, crew, login, act):
        act(processing, "progress", "LIAISON", text="已联系图审机构")
        for role in ("LIAISON", "OFFICER", "HUB_CHIEF", "OFFICE_CHIEF"):
            client = login(crew[role])
            client.get(f"/t/{processing.number}/")
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/t/{processing.number}/")
            assert len(queries) <= 25, (role, len(queries))

    def test_writes_nothing(self, processing, crew, login):
        client = login(crew["LIAISON"])
        client.get(f"/t/{processing.number}/")
        before = AuditEntry.objects.count(), TicketEvent.objects.count()
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/t/{processing.number}/")
            client.get(f"/t/{processing.number}/presence/?writing=1")
        assert (AuditEntry.objects.count(), TicketEvent.objects.count()) == before
        assert [q for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []

    @pytest.mark.parametrize(
        ("stage", "role", "label"),
        [
            ("registered", "OFFICER", "现场答复，办结"),
            ("pooled", "HUB_DISPATCHER", "派单"),
            ("dispatched", "LIAISON", "签收"),
            ("processing", "LIAISON", "联系企业"),
        ],
    )
    def test_offers_the_one_next_step(self, stage, role, label, request, see):
        page = see(role, request.getfixturevalue(stage)).content.decode()
        assert f'<h2 id="h-composer" tabindex="-1">{label}</h2>' in page

    def test_offers_the_result_after_the_first_contact(self, processing, see, act, make_user):
        act(processing, "contact", "LIAISON", told_by="PHONE", text="已联系")
        page = see("LIAISON", processing).content.decode()
        assert "还有 1 个协办单位没有反馈" in page  # impossible, shown with the reason
        helper = make_user("LIAISON", unit="市规划资源局蓟州分局")
        act(processing, "answer_assist", helper, answer="没有不同意见")
        assert "提交办理结果</h2>" in see("LIAISON", processing).content.decode()

    def test_gives_the_expert_who_was_asked_the_answer(self, registered, see, act, crew):
        from datetime import date

        from apps.roster.models import Expert, Person

        person = Person.objects.create(unit=crew["EXPERT"].unit, name="周明远")
        crew["EXPERT"].person = person
        crew["EXPERT"].save()
        expert = Expert.objects.create(
            person=person, unit=person.unit, rank="EXPERT", since_on=date(2026, 1, 5)
        )
        act(registered, "request_expert", "OFFICER", expert=expert, question="图审能否容缺")
        page = see("EXPERT", registered).content.decode()
        assert "答复协助</h2>" in page
        assert "图审能否容缺" in page

    def test_has_nothing_to_do_for_the_leader_but_to_press(self, processing, see):
        page = see("LEADER", processing).content.decode()
        assert 'id="composer"' not in page
        assert f"/t/{processing.number}/supervise/" in page

    def test_filters_the_timeline_by_tab(self, processing, see, act):
        act(processing, "note", "LIAISON", text="请明天上午前给企业一个电话")
        inner = see("LIAISON", processing, "?tl=internal").content.decode()
        assert "请明天上午前给企业一个电话" in inner
        assert "主办：区住房建设委" not in inner

    def test_marks_what_the_enterprise_may_see(self, processing, see):
        assert "企业可见" in see("LIAISON", processing).content.decode()

    def test_shows_a_hand_over_to_those_who_may_know_alone(self, processing, see, act):
        act(
            processing,
            "transfer",
            "OFFICE_CHIEF",
            receiver="区纪委监委",
            matter="推诿扯皮的情况说明和材料一份",
        )
        assert "区纪委监委" in see("OFFICE_CHIEF", processing).content.decode()
        assert "区纪委监委" not in see("HUB_CHIEF", processing).content.decode()
        assert "区纪委监委" not in see("HUB_CHIEF", processing, "print/").content.decode()


class TestDeadline:
    def test_is_explained_day_by_day(self, processing):
        case = pages.case_of(processing, NOW)
        main, _others = terms_of(case)
        assert [cell.day.date.isoformat() for cell in main.cells][::9] == [
            "2026-03-18",
            "2026-03-27",
        ]
        assert (main.total, main.used) == (7, 0)
        assert main.cells[-1].day.date == due_on(processing.handle_due_at)
        assert main.cells[-1].label == "3月27日 第 7 个工作日"

    def test_leaves_out_the_days_of_a_pause(self, processing, act):
        act(processing, "suspend", "LIAISON", days=3, reason="请补图审材料", evidence="电话告知")
        act(processing, "unsuspend", "LIAISON", now=NOW + timedelta(days=2), note="已补")
        case = pages.case_of(processing, NOW + timedelta(days=5))
        main, _others = terms_of(case)
        assert [c.day.date.day for c in main.cells if c.style == "paused"] == [19, 20]
        assert main.total == 7
        assert main.cells[-1].day.date == due_on(processing.handle_due_at)

    def test_says_that_it_is_provisional(self, crew, processing, see):
        Ticket.objects.filter(pk=processing.pk).update(is_due_provisional=True)
        assert "暂定" in see("LIAISON", processing).content.decode()

    def test_of_minutes_has_no_strip(self, pooled, act):
        Ticket.objects.filter(pk=pooled.pk).update(urgency="LIFE")
        act(pooled, "send_back", "HUB_DISPATCHER", missing="缺企业的地址")
        act(
            pooled,
            "escalate_hub",
            "OFFICER",
            tried="已查了手册",
            reason="要主管部门定",
            collected_via="HOTLINE",
        )
        assert terms_of(pages.case_of(pooled, NOW))[0].cells

    def test_is_foretold_for_an_extension_as_it_then_comes(self, processing, act):
        told = forecast(pages.case_of(processing, NOW), "request_extension", 3)
        act(
            processing,
            "request_extension",
            "LIAISON",
            days=3,
            reason="要等专家会的意见",
            told_by="PHONE",
            told_on="2026-03-18",
        )
        act(processing, "approve_extension", "HUB_CHIEF", opinion="同意")
        assert told.after.at == processing.handle_due_at

    def test_is_foretold_for_a_dispatch(self, pooled, act):
        told = forecast(pages.case_of(pooled, NOW), "dispatch", 0)
        act(pooled, "dispatch", "HUB_DISPATCHER", lead=Unit.objects.get(name="区住房建设委"))
        assert (told.before, told.after.at) == (None, pooled.handle_due_at)

    def test_is_foretold_for_a_suspension(self, processing, act):
        told = forecast(pages.case_of(processing, NOW), "suspend", 2)
        act(processing, "suspend", "LIAISON", days=2, reason="请补图审材料", evidence="电话告知")
        act(processing, "unsuspend", "LIAISON", now=NOW + timedelta(days=2), note="已补")
        assert told.after.at == processing.handle_due_at


class TestPresence:
    def test_tells_others_and_never_oneself(self, registered, crew):
        officer, chief = crew["OFFICER"], crew["HUB_CHIEF"]
        assert presence.visit(registered.pk, officer, NOW) == []
        others = presence.visit(registered.pk, chief, NOW, is_writing=True)
        assert [one.sentence for one in others] == ["演示officer（渔阳镇）也在看"]
        found = presence.visit(registered.pk, officer, NOW)
        assert [one.sentence for one in found] == ["演示hub_chief（区网格化管理中心）正在填写"]

    def test_forgets_who_has_left(self, registered, crew):
        presence.visit(registered.pk, crew["OFFICER"], NOW)
        later = NOW + timedelta(minutes=1)
        assert presence.visit(registered.pk, crew["HUB_CHIEF"], later) == []

    def test_is_written_at_most_every_ten_seconds(self, registered, crew, monkeypatch):
        writes = []
        presence.visit(registered.pk, crew["OFFICER"], NOW)
        real = presence.cache
        spy = SimpleNamespace(get=real.get, set=lambda *args: writes.append(args))
        monkeypatch.setattr(presence, "cache", spy)
        presence.visit(registered.pk, crew["OFFICER"], NOW + timedelta(seconds=5))
        assert writes == []
        presence.visit(registered.pk, crew["OFFICER"], NOW + timedelta(seconds=11))
        assert len(writes) == 1

    def test_says_that_something_new_happened(self, processing, see, act):
        seen = processing.version
        act(processing, "progress", "LIAISON", text="已联系图审机构")
        page = see("OFFICER", processing, f"presence/?version={seen}").content.decode()
        assert "刚刚有 1 条新进展" in page
        assert f"?seen={seen}" in page

    def test_does_not_keep_a_session_alive(self, registered, crew, login):
        client = login(crew["OFFICER"])
        session = client.session
        session["seen"] = before = session["seen"] - 600
        session.save()
        client.get(f"/t/{registered.number}/presence/", headers={"X-Background": "1"})
        assert client.session["seen"] == before
        client.get(f"/t/{registered.number}/presence/")
        assert client.session["seen"] > before


class TestPlaceInTheList:
    def test_names_the_neighbours(self, registered, crew, see):
        rows = ["JZ-2603-00009", registered.number, "JZ-2603-00007"]
        position.remember(crew["OFFICER"], label="我的工单", url="/t/?view=mine", numbers=rows)
        page = see("OFFICER", registered).content.decode()
        assert "第 2 / 3 件" in page
        assert "/t/JZ-2603-00009/" in page
        assert "/t/JZ-2603-00007/" in page

    def test_is_left_out_for_a_ticket_of_no_list(self, registered, see):
        assert "返回列表" not in see("OFFICER", registered).content.decode()


class TestOtherPages:
    def test_the_log_is_for_the_whole_districts_readers(self, processing, crew, see):
        assert see("OFFICE_CHIEF", processing, "history/").status_code == 200
        assert see("OFFICER", processing, "history/").status_code == 403

    def test_the_sheet_has_result_and_signatures(self, registered, act, see):
        act(
            registered,
            "resolve_onsite",
            "OFFICER",
            outcome="CONSULTED",
            answer=ANSWER,
            told_by="ONSITE",
        )
        page = see("OFFICER", registered, "print/").content.decode()
        assert ANSWER in page
        assert "审核人：" in page
        assert "data:image/svg+xml" in page
