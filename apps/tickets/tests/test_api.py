"""The API: the same scope, checks and words as the pages; keys that make a POST happen once."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.keys import SCOPES, make_token
from apps.roster.models import Unit
from apps.tickets.models import Ticket
from apps.tickets.tests.conftest import ANSWER

pytestmark = pytest.mark.django_db
LIST = "/api/v1/tickets/"


@pytest.fixture
def program(crew):
    """Return a client that sends a role's token: ``program("OFFICER").get(…)``."""

    def make(role, scopes=tuple(SCOPES)):
        _, secret = make_token(
            user=crew[role],
            name="测试",
            scopes=list(scopes),
            days=1,
            by=crew[role],
            now=timezone.now(),
        )
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return make


def post(client, address, key=None, **data):
    """Send JSON with a key of its own."""
    return client.post(
        address,
        data,
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


class TestLogin:
    def test_is_asked_in_json(self, client):
        answer = client.get(LIST)
        assert answer.status_code == 401
        assert "令牌" in answer.json()["message"]

    def test_refuses_a_revoked_or_wrong_token(self, crew):
        assert Client(headers={"Authorization": "Bearer jz_wrong"}).get(LIST).status_code == 401

    def test_takes_the_browsers_session_too(self, login, crew):
        assert login(crew["OFFICER"]).get(LIST).status_code == 200

    def test_of_a_session_needs_the_csrf_token(self, login, crew, registered):
        client = login(crew["OFFICER"], enforce_csrf_checks=True)
        answer = post(client, f"{LIST}{registered.number}/actions/note/", text="备注")
        assert answer.status_code == 403

    def test_keeps_a_token_within_its_scopes(self, program, registered):
        reader = program("OFFICER", ["tickets:read"])
        assert reader.get(LIST).status_code == 200
        answer = post(reader, f"{LIST}{registered.number}/actions/note/", text="备注")
        assert answer.status_code == 403
        assert reader.get("/api/v1/units/").status_code == 403

    def test_never_leads_a_token_to_the_pages(self, program):
        assert program("OFFICER").get("/me/").status_code == 302


class TestList:
    def test_shows_what_the_pages_show(self, program, registered):
        assert [row["number"] for row in program("OFFICER").get(LIST).json()["results"]] == [
            registered.number
        ]
        assert program("LIAISON").get(LIST).json()["results"] == []
        assert program("OFFICE_CLERK").get(LIST).json()["results"] != []

    def test_needs_few_queries_for_a_page_of_fifty(
        self, program, registered, django_assert_max_num_queries
    ):
        units = list(Unit.objects.order_by("pk")[:60])
        columns = {
            field.attname: getattr(registered, field.attname)
            for field in Ticket._meta.concrete_fields
            if not field.primary_key
        }
        Ticket.objects.bulk_create(
            Ticket(
                **columns
                | {"number": f"JZ-2603-9{n:04}", "lead_unit_id": unit.pk, "first_unit_id": unit.pk}
            )
            for n, unit in enumerate(units)
        )
        client = program("OFFICE_CLERK")
        client.get(LIST)
        with django_assert_max_num_queries(8):
            page = client.get(LIST).json()
        assert len(page["results"]) == 50

    def test_filters(self, program, registered):
        client = program("OFFICE_CLERK")
        assert client.get(LIST, {"status": "CLOSED"}).json()["results"] == []
        assert len(client.get(LIST, {"open": "1"}).json()["results"]) == 1
        assert len(client.get(LIST, {"cursor": "%%%"}).json()["results"]) == 1


class TestDetail:
    def test_says_what_may_be_done_and_why_not(self, program, dispatched):
        answer = program("LIAISON").get(f"{LIST}{dispatched.number}/").json()
        actions = {one["code"]: one for one in answer["actions"]}
        assert actions["accept"]["is_possible"]
        assert answer["contact_phone"] == "139****1111"

    def test_is_not_there_for_strangers(self, program, registered):
        answer = program("LIAISON").get(f"{LIST}{registered.number}/")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"

    def test_hides_who_complains_from_the_handling_unit(self, program, dispatched):
        Ticket.objects.filter(pk=dispatched.pk).update(hides_entity=True)
        shown = program("LIAISON").get(f"{LIST}{dispatched.number}/").json()
        assert "渔阳示例机械厂" not in str(shown)
        assert shown["contact_phone"] == ""
        known = program("OFFICER").get(f"{LIST}{dispatched.number}/").json()
        assert known["enterprise"] == "渔阳示例机械厂"


class TestRegister:
    def test_makes_a_ticket(self, program, entity, request_data):
        answer = post(program("OFFICER"), LIST, entity_id=entity.pk, **request_data)
        assert answer.status_code == 201, answer.content
        assert Ticket.objects.get(number=answer.json()["number"]).entity == entity

    def test_names_the_field_that_is_wrong(self, program, entity, request_data):
        answer = post(
            program("OFFICER"), LIST, entity_id=entity.pk, **request_data | {"content": "短"}
        )
        assert answer.status_code == 422
        assert answer.json()["field"] == "content"

    def test_of_an_unknown_enterprise_needs_a_phone(self, program, request_data):
        answer = post(program("OFFICER"), LIST, entity_name="新开的面馆", **request_data)
        assert answer.status_code == 422
        assert answer.json()["field"] == "contact_phone"

    def test_takes_hotline_tickets_into_the_pool(self, program, entity, request_data):
        data = {"entity_id": entity.pk, "hotline_no": "12345-1", "hotline_at": "2026-03-17T09:00"}
        answer = post(program("HUB_DISPATCHER"), f"{LIST}hotline/", **request_data, **data)
        assert answer.status_code == 201, answer.content
        assert answer.json()["status"]["code"] == "PENDING_DISPATCH"
        again = post(program("HUB_DISPATCHER"), f"{LIST}hotline/", **request_data, **data)
        assert again.status_code == 422
        assert again.json()["field"] == "hotline_no"


class TestActions:
    def test_dispatches_by_unit_code(self, program, pooled):
        lead = Unit.objects.get(name="区住房建设委")
        answer = post(
            program("HUB_DISPATCHER"), f"{LIST}{pooled.number}/actions/dispatch/", lead=lead.code
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["lead_unit"]["code"] == lead.code

    def test_are_refused_with_the_tables_reason(self, program, registered):
        answer = post(program("OFFICER"), f"{LIST}{registered.number}/actions/accept/")
        assert answer.status_code == 409
        assert "不能签收" in answer.json()["message"]

    def test_of_an_old_version_are_a_conflict(self, program, registered):
        client, address = program("OFFICER"), f"{LIST}{registered.number}/actions/note/"
        assert post(client, address, text="第一条", version=1).status_code == 200
        answer = post(client, address, text="第二条", version=1)
        assert answer.status_code == 409
        assert answer.json()["code"] == "conflict"

    def test_close_a_request_on_the_spot(self, program, registered):
        answer = post(
            program("OFFICER"),
            f"{LIST}{registered.number}/actions/resolve_onsite/",
            outcome="CONSULTED",
            answer=ANSWER,
            told_by="ONSITE",
        )
        assert answer.status_code == 200, answer.content


class TestKeys:
    def test_are_required(self, program, registered):
        answer = program("OFFICER").post(
            f"{LIST}{registered.number}/actions/note/",
            {"text": "备注"},
            content_type="application/json",
        )
        assert answer.status_code == 422
        assert answer.json()["field"] == "Idempotency-Key"

    def test_make_a_repetition_harmless(self, program, entity, request_data):
        client = program("OFFICER")
        first = post(client, LIST, key="once", entity_id=entity.pk, **request_data)
        second = post(client, LIST, key="once", entity_id=entity.pk, **request_data)
        assert first.json()["number"] == second.json()["number"]
        assert second.headers["Idempotent-Replayed"] == "true"
        assert Ticket.objects.count() == 1

    def test_belong_to_one_request(self, program, entity, request_data):
        client = program("OFFICER")
        post(client, LIST, key="once", entity_id=entity.pk, **request_data)
        other = post(client, LIST, key="once", entity_id=entity.pk, **request_data | {"wish": "急"})
        assert other.status_code == 422

    def test_are_free_again_after_a_refusal(self, program, entity, request_data):
        client = program("OFFICER")
        assert post(client, LIST, key="k", entity_id=entity.pk, source="VISIT").status_code == 422
        assert post(client, LIST, key="k", entity_id=entity.pk, **request_data).status_code == 201
