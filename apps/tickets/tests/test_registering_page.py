"""登记诉求 as its page is used: without a script, field by field, refused and kept."""

import pytest
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Draft
from apps.registry.models import BusinessEntity
from apps.tickets import quotes
from apps.tickets.choices import Nature, Source, Status
from apps.tickets.models import Ticket
from apps.tickets.tests.conftest import ANSWER

pytestmark = pytest.mark.django_db
CONTENT = "扩建车间的施工许可要准备哪些材料，图审能不能容缺受理，赶在四月初开工。"
NEW = "/t/new/"


@pytest.fixture
def officer(crew, login):
    """The officer's browser."""
    return login(crew["OFFICER"])


@pytest.fixture
def typed(entity):
    """The three required fields."""
    return {"entity": entity.pk, "entity_text": entity.name, "content": CONTENT, "source": "VISIT"}


@pytest.fixture
def result():
    """What was answered on the spot."""
    return {"result": "1", "outcome": "CONSULTED", "answer": ANSWER, "told_by": "ONSITE"}


class TestAnsweredOnTheSpot:
    def test_closes_the_ticket_in_one_sending(self, officer, typed, result, crew):
        response = officer.post(NEW, {**typed, **result, "do": "onsite"})
        ticket = Ticket.objects.get()
        assert response.url == f"/t/{ticket.number}/done/"
        assert ticket.status in (Status.CLOSED, Status.PENDING_FOLLOWUP)
        assert (ticket.first_receiver, ticket.answer) == (crew["OFFICER"], ANSWER)
        assert ticket.events.count() == 2

    def test_first_asks_for_the_result_when_there_is_no_script(self, officer, typed):
        response = officer.post(NEW, {**typed, "do": "onsite"})
        page = response.content.decode()
        assert response.status_code == 200
        assert 'id="errors"' not in page
        assert CONTENT in page
        assert '<section class="jz-card mb-3" id="result" aria-labelledby="h-result">' in page
        assert not Ticket.objects.exists()

    def test_writes_nothing_when_the_answer_is_refused(self, officer, typed, result):
        response = officer.post(NEW, {**typed, **result, "answer": "能办", "do": "onsite"})
        page = response.content.decode()
        assert response.status_code == 422
        assert "请至少写 10 个字" in page
        assert "能办" in page
        assert not Ticket.objects.exists()

    def test_is_shown_with_its_number(self, officer, typed, result):
        address = officer.post(NEW, {**typed, **result, "do": "onsite"}).url
        page = officer.get(address).content.decode()
        assert Ticket.objects.get().number in page
        # whether or not it was drawn for a call back
        assert "已登记并办结" in page
        assert "再登记一件" in page


class TestRequiredFields:
    def test_are_three(self, officer):
        response = officer.post(NEW, {"do": "hub"})
        page = response.content.decode()
        assert response.status_code == 422
        for text in ("请选一家企业；找不到可新增。", "请填诉求内容。", "请选来源。"):
            assert text in page
        assert "有 3 处需要修改" in page
        assert "<title>出错：" in page

    def test_keep_what_was_typed(self, officer, typed):
        page = officer.post(NEW, {**typed, "content": "太短", "do": "hub"}).content.decode()
        assert "太短</textarea>" in page
        assert typed["entity_text"] in page

    def test_refuse_an_entity_of_another_township(self, officer, typed, make_user):
        from apps.registry.actions import EntityData, add_entity
        from apps.roster.models import Unit
        from apps.tickets.tests.conftest import NOW

        town = Unit.objects.get(name="下营镇")
        other = add_entity(unit=town, data=EntityData(name="别镇工厂"), by=None, now=NOW)
        response = officer.post(NEW, {**typed, "entity": other.pk, "do": "hub"})
        assert response.status_code == 422
        assert "这家企业已不在库里" in response.content.decode()


class TestEnterprise:
    def test_is_found_by_its_exact_name_without_a_script(self, officer, typed):
        response = officer.post(NEW, {**typed, "entity": "", "do": "hub"})
        assert response.status_code == 302
        assert Ticket.objects.get().entity.name == typed["entity_text"]

    def test_is_asked_about_when_only_a_part_was_typed(self, officer, typed, entity):
        response = officer.post(NEW, {**typed, "entity": "", "entity_text": "机械厂", "do": "hub"})
        page = response.content.decode()
        assert response.status_code == 422
        assert f'id="cand-{entity.pk}"' in page
        assert "新增“机械厂”" in page

    def test_is_added_in_place_with_the_request(self, officer, typed, result, town):
        data = {
            **typed,
            **result,
            "entity": "new",
            "entity_text": "新来的面馆",
            "township": town.pk,
            "contact_phone": "139 0000 2222",
            "do": "onsite",
        }
        officer.post(NEW, data)
        made = BusinessEntity.objects.get(name="新来的面馆")
        assert Ticket.objects.get().entity == made
        assert made.contacts.get().phone == "13900002222"

    def test_is_not_added_when_the_request_is_refused(self, officer, typed, town):
        data = {
            **typed,
            "entity": "new",
            "entity_text": "新来的面馆",
            "township": town.pk,
            "do": "onsite",
            "result": "1",
            "outcome": "CONSULTED",
            "answer": ANSWER,
            "told_by": "PHONE",
        }
        response = officer.post(NEW, data)
        assert response.status_code == 422
        assert "这家企业没有登记电话，请填联系电话。" in response.content.decode()
        assert not BusinessEntity.objects.filter(name="新来的面馆").exists()

    def test_is_only_named_by_those_who_do_not_keep_the_registry(self, crew, login, town):
        data = {
            "kind": "plain",
            "entity": "new",
            "entity_text": "没登记的厂",
            "township": town.pk,
            "contact_phone": "13900003333",
            "content": CONTENT,
            "source": "PHONE",
            "do": "register",
        }
        login(crew["HUB_DISPATCHER"]).post(NEW, data)
        ticket = Ticket.objects.get()
        assert (ticket.entity, ticket.entity_name) == (None, "没登记的厂")
        assert ticket.first_unit == town

    def test_has_candidates_and_the_offer_to_add(self, officer, entity):
        options = {"X-Requested-With": "fetch"}
        rows = officer.get("/t/new/find/?q=示例机械", headers=options).json()
        assert [row["value"] for row in rows] == [entity.pk, "new"]
        assert "13900001111" not in str(rows)

    def test_is_shown_with_a_masked_phone(self, officer, entity):
        page = officer.post("/t/new/picked/", {"entity": entity.pk}).content.decode()
        assert "139****1111" in page
        assert "13900001111" not in page
        assert "tel:" not in page
        assert "在办 0 件，近一年 0 件" in page


class TestPassedToTheHub:
    def test_is_checked_first(self, officer, typed):
        address = officer.post(NEW, {**typed, "do": "hub"}).url
        draft = Ticket.objects.get()
        assert address == f"/t/new/check/?draft={draft.pk}"
        page = officer.get(address).content.decode()
        assert CONTENT in page
        assert "施工许可与联合验收" in page  # the category that the words told

    def test_becomes_a_ticket_of_the_pool_and_the_draft_is_gone(self, officer, typed):
        address = officer.post(NEW, {**typed, "do": "hub"}).url
        draft = Ticket.objects.get()
        response = officer.post(
            address,
            {
                "draft": draft.pk,
                "tried": "查了手册也问了专家",
                "reason": "要主管部门才能定",
                "collected_via": "HOTLINE",
            },
        )
        ticket = Ticket.objects.get()
        assert response.url == f"/t/{ticket.number}/done/"
        assert ticket.status == Status.PENDING_DISPATCH
        assert ticket.category.code == "0301"
        assert ticket.nature == Nature.CONSULT

    def test_says_what_is_missing(self, officer, typed):
        address = officer.post(NEW, {**typed, "do": "hub"}).url
        response = officer.post(address, {"draft": Ticket.objects.get().pk, "tried": "短"})
        assert response.status_code == 422
        assert "请填没有解决的原因。" in response.content.decode()

    def test_shows_nobody_elses_draft(self, officer, typed, crew, login):
        address = officer.post(NEW, {**typed, "do": "hub"}).url
        assert login(crew["TEAM_LEADER"]).get(address).status_code == 404


class TestPutToAnExpert:
    def test_is_registered_and_leads_to_the_question(self, officer, typed):
        response = officer.post(NEW, {**typed, "do": "ask"})
        ticket = Ticket.objects.get()
        assert ticket.status == Status.REGISTERED
        assert response.url == f"/t/{ticket.number}/request_expert/"
        assert "想问的问题" in officer.get(response.url).content.decode()


class TestSavedTexts:
    def test_are_named_in_me_and_lead_back(self, officer, processing):
        for form, ref in (("ticket-new", ""), ("progress", processing.number), ("gone", "1")):
            officer.post("/drafts/", {"form": form, "ref": ref, "content": "{}"})
        page = officer.get("/me/").content.decode()
        assert f'<a class="tt" href="{NEW}">登记诉求</a>' in page
        assert (
            f'href="/t/{processing.number}/progress/">写办理进展 · {processing.number}</a>' in page
        )
        assert "填写的内容" in page


class TestDraft:
    def test_keeps_whatever_is_there(self, officer):
        response = officer.post(NEW, {"content": "半句", "source": "WECHAT", "do": "draft"})
        draft = Ticket.objects.get()
        assert response.url == f"/t/new/?draft={draft.pk}"
        assert (draft.status, draft.source) == (Status.DRAFT, Source.WECHAT)
        page = officer.get(response.url).content.decode()
        assert "半句</textarea>" in page

    def test_is_offered_the_next_time_and_to_nobody_else(self, officer, crew, login):
        officer.post(NEW, {"content": "上次没写完的诉求内容", "do": "draft"})
        assert "上次没写完的诉求内容" in officer.get(NEW).content.decode()
        other = login(crew["TEAM_LEADER"]).get(NEW).content.decode()
        assert "上次没写完的诉求内容" not in other

    def test_of_the_browser_is_kept_on_the_server(self, officer, crew):
        officer.post(
            "/drafts/", {"form": "ticket-new", "ref": "", "content": '{"content":["半句"]}'}
        )
        assert Draft.objects.get(user=crew["OFFICER"]).form == "ticket-new"


class TestHotline:
    def test_is_the_hubs_first_form(self, crew, login):
        page = login(crew["HUB_DISPATCHER"]).get(NEW).content.decode()
        assert "12345 工单号" in page
        assert 'name="source"' not in page

    def test_goes_to_the_pool_with_its_deadline(self, crew, login, entity):
        data = {
            "kind": "hotline",
            "entity": entity.pk,
            "entity_text": entity.name,
            "content": CONTENT,
            "hotline_no": "T2026031800001",
            "hotline_at": "2026-03-18T09:00",
            "hotline_due_at": "2026-03-25T18:00",
            "do": "register",
        }
        login(crew["HUB_DISPATCHER"]).post(NEW, data)
        ticket = Ticket.objects.get()
        assert (ticket.status, ticket.source) == (Status.PENDING_DISPATCH, Source.HOTLINE)
        assert ticket.locked_due_at.isoformat() == "2026-03-25T10:00:00+00:00"

    def test_is_not_for_others(self, officer, typed):
        officer.post(NEW, {**typed, "kind": "hotline", "hotline_no": "1", "do": "hub"})
        assert Ticket.objects.get().source == Source.VISIT


class TestAdvice:
    def test_shows_open_tickets_of_the_same_enterprise(self, officer, registered, entity):
        page = officer.post("/t/new/look/", {"entity": entity.pk, "content": ""}).content.decode()
        assert registered.number in page

    def test_shows_similar_tickets_the_category_and_why(self, officer, registered):
        page = officer.post("/t/new/look/", {"content": CONTENT}).content.decode()
        assert registered.title in page
        assert "施工许可与联合验收" in page
        assert "提到“施工许可”" in page

    def test_hides_the_enterprise_of_a_complaint(self, crew, login, registered, entity):
        Ticket.objects.filter(pk=registered.pk).update(hides_entity=True)
        page = login(crew["LIAISON"]).post(
            "/t/new/look/", {"entity": entity.pk, "content": "施工许可"}
        )
        assert registered.number not in page.content.decode()

    def test_shows_what_the_handbook_suggests(self, officer, monkeypatch):
        answer = quotes.Answer("0301-1", "施工许可要哪些材料", "带图审合格书", "请带图审合格书。")
        monkeypatch.setattr(quotes, "_suggest", [lambda text, category: [answer]])
        page = officer.post("/t/new/look/", {"content": CONTENT}).content.decode()
        assert "0301-1 施工许可要哪些材料" in page
        assert 'data-quote="请带图审合格书。"' in page

    def test_works_without_a_handbook(self, officer):
        assert officer.post("/t/new/look/", {"content": CONTENT}).status_code == 200

    def test_is_on_the_page_without_a_script(self, officer, typed):
        response = officer.post(NEW, {**typed, "do": "look"})
        assert response.status_code == 200
        assert "施工许可与联合验收" in response.content.decode()

    def test_lets_an_unclear_enterprise_be_chosen_meanwhile(self, officer, typed, entity):
        data = {**typed, "entity": "", "entity_text": "机械厂", "do": "look"}
        page = officer.post(NEW, data).content.decode()
        assert f'id="cand-{entity.pk}" name="entity" value="{entity.pk}"' in page
        assert 'name="entity" value="new" checked' not in page

    def test_costs_few_queries(self, officer, registered, entity):
        from django.db import connection

        with CaptureQueriesContext(connection) as queries:
            officer.post("/t/new/look/", {"entity": entity.pk, "content": CONTENT})
        assert len(queries) <= 15


class TestTitle:
    def test_ends_with_the_first_clause_and_never_within_a_number(self, officer, typed):
        text = "企业扩建厂房（约 3,200 平方米），图审还没出结果，想问能不能容缺"
        officer.post(NEW, {**typed, "content": text, "do": "hub"})
        assert Ticket.objects.get().title == "企业扩建厂房（约 3,200 平方米）"


class TestWhoMay:
    @pytest.mark.parametrize("role", ["EXPERT", "INSPECTOR"])
    def test_those_without_the_right_may_not(self, role, crew, login):
        assert login(crew[role]).get(NEW).status_code == 403

    def test_a_department_leaves_the_answer_to_the_first_receiver(self, crew, login):
        page = login(crew["LIAISON"]).get(NEW).content.decode()
        assert "登记，交首问人员答复" in page
        assert "现场已答复" not in page

    def test_the_button_at_the_top_is_for_those_who_may(self, crew, login):
        assert "data-key-new" in login(crew["OFFICER"]).get("/home/").content.decode()
        assert "data-key-new" not in login(crew["EXPERT"]).get("/home/").content.decode()
