"""One page for every action: its fields, refusals, the question before what cannot be undone."""

import re

import pytest
from django.urls import reverse

from apps.accounts.actions import add_phrase
from apps.roster.models import Unit
from apps.tickets.choices import Status
from apps.tickets.forms import action_form
from apps.tickets.models import Feedback, TicketEvent
from apps.tickets.queries import page as pages
from apps.tickets.tests.conftest import ANSWER, NOW
from apps.tickets.workflow import TRANSITIONS, Kind, row_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten(monkeypatch):
    """The pages are opened at the moment at which the tickets are moved."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def go(crew, login):
    """Open or send an action's page: ``go("LIAISON", ticket, "progress", text="…")``."""

    def send(role, ticket, action, sent=True, **data):
        client = login(crew[role] if isinstance(role, str) else role)
        address = reverse("tickets:action", args=[ticket.number, action])
        return client.post(address, data) if sent else client.get(address)

    return send


class TestForms:
    @pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.code}-{row.number}")
    def test_are_made_from_every_row(self, row, processing):
        case = pages.case_of(processing, NOW)
        form = action_form(row, case)
        shown = row.fields
        assert [name for name in form.fields if name != "version"] == [one.name for one in shown]
        for one in shown:
            assert form.fields[one.name].label == one.label
            assert form.fields[one.name].required == (one.is_required and one.kind != Kind.FLAG)
        assert len(form.main_fields()) + len(form.folded_fields()) == len(shown)

    def test_name_every_field_that_is_missing(self, processing, go):
        response = go("LIAISON", processing, "request_extension")
        page = response.content.decode()
        assert response.status_code == 422
        for text in ("请填延长几个工作日。", "请填原因。", "请选告知企业的方式。"):
            assert text in page

    def test_take_the_experts_draft_over(self, processing, act, crew):
        act(processing, "assign_handler", "LIAISON", user=crew["EXPERT"])
        act(processing, "draft_result", "EXPERT", outcome="RESOLVED", answer=ANSWER)
        row = row_of("submit_result", Status.PROCESSING)
        form = action_form(row, pages.case_of(processing, NOW))
        assert form.initial["answer"] == ANSWER

    def test_never_offer_the_unit_complained_of(self, pooled):
        pooled.complained_unit = Unit.objects.get(name="区住房建设委")
        form = action_form(row_of("dispatch", Status.PENDING_DISPATCH), pages.case_of(pooled, NOW))
        values = [
            pk
            for _, rows in form.fields["lead"].choices
            if isinstance(rows, list)
            for pk, _ in rows
        ]
        assert values
        assert str(pooled.complained_unit_id) not in values
        assert form.initial["lead"] == ""

    def test_offer_as_assisting_only_units_that_are_not_bound_yet(self, processing):
        form = action_form(row_of("add_assist", Status.PROCESSING), pages.case_of(processing, NOW))
        offered = {pk for _, rows in form.fields["units"].choices for pk, _ in rows}
        bound = {str(one.unit_id) for one in processing.assignments.all()}
        assert len(bound) == 2
        assert len(offered) > 50
        assert not offered & bound


class TestDoing:
    def test_moves_the_ticket_and_says_so(self, dispatched, go):
        response = go("LIAISON", dispatched, "accept")
        dispatched.refresh_from_db()
        assert (response.status_code, dispatched.status) == (302, Status.PROCESSING)
        assert response.url == f"/t/{dispatched.number}/"

    def test_keeps_what_was_typed_when_a_rule_refuses(self, processing, go):
        response = go(
            "LIAISON",
            processing,
            "request_extension",
            days="3",
            reason="要等专家会的意见",
            told_by="PHONE",
            told_on="2099-01-01",
        )
        page = response.content.decode()
        assert response.status_code == 422
        assert "告知企业的日期不能晚于今天。请先告知企业。" in page
        assert "要等专家会的意见</textarea>" in page
        assert 'href="#id_told_on"' in page

    def test_shows_the_reason_where_it_is_too_late(self, processing, go):
        from apps.tickets.models import Ticket

        Ticket.objects.filter(pk=processing.pk).update(dispatched_at="2026-01-05T02:00:00Z")
        response = go("LIAISON", processing, "request_return", code="R1", basis="不属于本单位职责")
        page = response.content.decode()
        assert response.status_code == 422
        assert "已过退单期限" in page
        assert "不属于本单位职责" in page  # what was typed can still be copied

    def test_is_refused_in_words_from_another_state(self, registered, go):
        response = go("OFFICER", registered, "accept", sent=False)
        assert response.status_code == 200
        assert "“即时办理中”的工单不能签收。" in response.content.decode()

    def test_is_unknown_for_what_is_no_action(self, registered, go):
        for code in ("nothing", "register", "save_draft", "intake_hotline"):
            assert go("OFFICER", registered, code, sent=False).status_code == 404

    def test_is_forbidden_for_other_roles(self, registered, go):
        assert go("OFFICER", registered, "dispatch", sent=False).status_code == 403
        assert go("HUB_CHIEF", registered, "expire_expert", sent=False).status_code == 403


class TestFinalWords:
    DATA = {"outcome": "RESOLVED", "answer": ANSWER, "told_by": "PHONE"}

    @pytest.fixture
    def ready(self, pooled, act):
        """A ticket in processing without assisting units."""
        act(pooled, "dispatch", "HUB_DISPATCHER", lead=Unit.objects.get(name="区住房建设委"))
        act(pooled, "accept", "LIAISON")
        return pooled

    def test_are_asked_about_before_anything_is_written(self, ready, go):
        events = TicketEvent.objects.count()
        response = go("LIAISON", ready, "submit_result", **self.DATA)
        page = response.content.decode()
        assert response.status_code == 200
        assert "提交后不能撤销" in page
        assert "已解决" in page
        assert 'name="confirmed" value="1"' in page
        assert (TicketEvent.objects.count(), Feedback.objects.count()) == (events, 0)

    def test_are_done_after_the_question(self, ready, go):
        version = ready.version
        go("LIAISON", ready, "submit_result", confirmed="1", version=version, **self.DATA)
        ready.refresh_from_db()
        assert (ready.status, ready.answer) == (Status.PENDING_REVIEW, ANSWER)
        assert ready.is_told

    def test_can_be_gone_back_from(self, ready, go):
        response = go("LIAISON", ready, "submit_result", confirmed="1", edit="1", **self.DATA)
        assert response.status_code == 200
        assert f"{ANSWER}</textarea>" in response.content.decode()

    def test_are_refused_before_the_question(self, processing, go):
        response = go("LIAISON", processing, "submit_result", **self.DATA)
        assert response.status_code == 422
        assert "协办单位没有反馈" in response.content.decode()

    def test_of_a_dispatch_name_the_units_and_the_new_term(self, pooled, go):
        lead = Unit.objects.get(name="区住房建设委")
        helper = Unit.objects.get(name="区水务局")
        response = go("HUB_DISPATCHER", pooled, "dispatch", lead=lead.pk, assists=[helper.pk])
        page = response.content.decode()
        assert "区住房建设委" in page
        assert "区水务局" in page
        assert "办结时限" in page


class TestConflict:
    def test_shows_both_texts_and_loses_none(self, processing, act, go):
        seen = processing.version
        act(processing, "progress", "COMMISSIONER", text="另一个人先写的进展")
        response = go("LIAISON", processing, "progress", version=seen, text="我写了很久的进展")
        page = response.content.decode()
        assert response.status_code == 409
        assert "您写的内容" in page
        assert "我写了很久的进展</textarea>" in page
        assert "另一个人先写的进展" in page
        assert "刚被演示commissioner改过" in page

    def test_can_be_sent_again_after_looking(self, processing, act, go):
        seen = processing.version
        act(processing, "progress", "COMMISSIONER", text="另一个人先写的进展")
        go("LIAISON", processing, "progress", version=seen, text="我写了很久的进展")
        processing.refresh_from_db()
        go("LIAISON", processing, "progress", version=processing.version, text="我写了很久的进展")
        assert processing.events.filter(code="progress").count() == 2


class TestForecast:
    def test_answers_while_the_days_are_typed(self, processing, crew, login):
        address = reverse("tickets:forecast", args=[processing.number, "request_extension"])
        client = login(crew["LIAISON"])
        assert "→" in client.post(address, {"days": "3"}).content.decode()
        assert client.post(address, {"days": "三"}).content.decode().strip() == ""


class TestPhrases:
    def test_go_into_the_text_without_a_script(self, processing, crew, go):
        phrase = add_phrase(user=crew["LIAISON"], text="请带营业执照到窗口办理。")
        other = add_phrase(user=crew["OFFICER"], text="别人的话")
        assert (
            f'value="{phrase.pk}" data-phrase'
            in go("LIAISON", processing, "progress", sent=False).content.decode()
        )
        answer = go(
            "LIAISON",
            processing,
            "progress",
            text="已核对。",
            is_public="on",
            phrase=str(phrase.pk),
        )
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "已核对。\n请带营业执照到窗口办理。</textarea>" in page
        box = re.search('<input[^>]*name="is_public"[^>]*>', page)[0]
        assert " checked" in box
        refused = go("LIAISON", processing, "progress", text="已核对。", phrase=str(other.pk))
        assert "别人的话" not in refused.content.decode()
        assert not TicketEvent.objects.filter(code="progress").exists()
