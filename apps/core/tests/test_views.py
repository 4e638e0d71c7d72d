"""Health, search, preferences, errors: the pages that belong to no business."""

import json
import re

import pytest
from django.db import OperationalError
from django.test import Client

from apps.core import search, status
from apps.core.access import any_staff, public, requires, rule_of
from apps.core.middleware import DatabaseErrorMiddleware, client_ip
from apps.core.models import TimerState
from apps.core.permissions import Permission
from apps.core.search import Hit
from apps.core.status import Status

pytestmark = pytest.mark.django_db


class TestHealth:
    def test_healthz_asks_nothing_of_the_database(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            response = client.get("/healthz")
        assert (response.status_code, response.content) == (200, b"ok")

    def test_readyz_names_what_failed_and_nothing_else(self, client, monkeypatch):
        monkeypatch.setattr(status, "_checks", {})
        status.register(name="good", label="好", check=lambda now: Status("ok", "正常"))
        assert client.get("/readyz").json() == {"ready": True, "failed": []}
        status.register(name="warned", label="警", check=lambda now: Status("warn", "留意"))
        assert client.get("/readyz").status_code == 200
        status.register(name="bad", label="坏", check=lambda now: Status("fail", "/srv/secret"))
        response = client.get("/readyz")
        assert (response.status_code, response.json()["failed"]) == (503, ["bad"])
        assert b"secret" not in response.content

    def test_a_check_that_breaks_counts_as_failed(self, client, monkeypatch):
        monkeypatch.setattr(status, "_checks", {})

        def broken(now):
            raise RuntimeError

        status.register(name="broken", label="坏", check=broken)
        assert client.get("/readyz").json()["failed"] == ["broken"]

    def test_is_not_ready_when_no_timer_has_run_for_two_minutes(self, client, now):
        from datetime import timedelta

        from apps.core import health

        TimerState.objects.all().delete()
        assert health.sweep(now).level == "warn"
        TimerState.objects.create(name="a", next_due_at=now, last_success_at=now)
        assert health.sweep(now + timedelta(seconds=30)).level == "ok"
        assert health.sweep(now + timedelta(seconds=121)).level == "fail"
        TimerState.objects.create(name="b", next_due_at=now, failures=2)
        assert "b" in health.sweep(now + timedelta(seconds=30)).text


class TestSearch:
    def test_groups_what_the_finders_found(self, officer, login, monkeypatch):
        monkeypatch.setattr(search, "_finders", {})
        search.register(
            name="x",
            label="样例",
            find=lambda user, text, limit: [Hit(f"找到{text}", "/home/", "一")],
        )
        search.register(name="y", label="空组", find=lambda user, text, limit: [])
        page = login(officer).get("/search/?q=用电").content.decode()
        assert "找到用电" in page
        assert "空组" not in page

    @pytest.mark.parametrize(
        "text", ["", " ", "x" * 5000, "\0", "%", "_", "'", "𠮷", "<script>", "\\"]
    )
    def test_answers_any_text(self, officer, login, text):
        response = login(officer).get("/search/", {"q": text})
        assert response.status_code == 200
        assert "<script>" not in response.content.decode()


class TestPreferences:
    def test_keeps_only_known_values(self, client):
        response = client.post("/preferences/", {"big": "1", "density": "x", "next": "//evil/"})
        assert response.cookies["big"].value == "1"
        assert "density" not in response.cookies
        assert response.url == "/"

    def test_prints_the_large_page_from_the_server(self, officer, login):
        client = login(officer)
        client.cookies["big"] = "1"
        assert 'class="jz-big"' in client.get("/help/").content.decode()


class TestErrors:
    def test_404_speaks_chinese_and_carries_a_number(self, officer, login):
        response = login(officer).get("/nothing/")
        assert response.status_code == 404
        assert response.headers["X-Request-ID"] in response.content.decode()

    def test_500_needs_nothing(self, rf):
        from apps.core.views import server_error

        response = server_error(rf.get("/"))
        assert response.status_code == 500
        assert "一" <= response.content.decode()[response.content.decode().find("系")] <= "鿿"

    def test_a_lost_database_is_503_with_a_time_to_come_back(self, rf, officer):
        request = rf.get("/")
        request.user = officer
        middleware = DatabaseErrorMiddleware(lambda r: None)
        response = middleware.process_exception(request, OperationalError("gone"))
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert middleware.process_exception(request, ValueError()) is None

    def test_a_database_lost_before_the_view_is_503_as_well(self, officer, login, monkeypatch):
        def gone(*args, **kwargs):
            raise OperationalError("server closed the connection unexpectedly")

        client = login(officer)
        client.raise_request_exception = False
        monkeypatch.setattr("apps.accounts.sessions.SessionStore.load", gone)
        response = client.get("/home/")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert "现在有点忙" in response.content.decode()

    def test_a_form_without_its_token_shows_what_was_typed(self, officer, login):
        client = login(officer, enforce_csrf_checks=True)
        response = client.post("/drafts/", {"content": "写了很久", "password": "geheim"})
        text = response.content.decode()
        assert response.status_code == 403
        assert "写了很久" in text
        assert "geheim" not in text

    def test_takes_the_request_id_of_a_proxy_only_when_it_is_one(self, client):
        good = client.get("/healthz", headers={"X-Request-ID": "abcd-1234"})
        assert good.headers["X-Request-ID"] == "abcd-1234"
        bad = client.get("/healthz", headers={"X-Request-ID": "a\u2028b<script>"})
        assert "<" not in bad.headers["X-Request-ID"]


class TestClientAddress:
    def test_ignores_forwarded_headers_without_a_declared_proxy(self, rf, settings):
        request = rf.get("/", headers={"X-Forwarded-For": "9.9.9.9"})
        settings.AXES_IPWARE_PROXY_COUNT = None
        assert client_ip(request) == "127.0.0.1"
        settings.AXES_IPWARE_PROXY_COUNT = 1
        assert client_ip(request) == "9.9.9.9"

    def test_takes_the_address_that_the_proxy_saw_not_what_the_client_claims(self, rf, settings):
        settings.AXES_IPWARE_PROXY_COUNT = 1
        request = rf.get("/", headers={"X-Forwarded-For": "1.1.1.1, 10.0.0.7"})
        assert client_ip(request) == "10.0.0.7"


class TestAccessMarks:
    def test_are_read_back(self):
        assert rule_of(public(lambda r: None)).is_public
        assert rule_of(any_staff(lambda r: None)).permissions == ()
        assert rule_of(requires(Permission.VIEW_AUDIT)(lambda r: None)).permissions == (
            Permission.VIEW_AUDIT,
        )
        assert rule_of(lambda r: None) is None

    def test_requires_needs_a_permission(self):
        with pytest.raises(TypeError):
            requires()


class TestSessionPing:
    def test_hands_out_a_fresh_token_and_refuses_strangers(self, officer, login):
        assert json.loads(login(officer).post("/ping/").content)["csrf"]
        assert Client().post("/ping/").status_code == 401


class TestCommands:
    def test_tick_prints_what_was_done(self, capsys, monkeypatch):
        from django.core.management import call_command

        from apps.core import timers

        monkeypatch.setattr(timers, "_timers", {})
        timers.register(name="a", label="甲", every_seconds=60, run=lambda now: 4)
        call_command("tick")
        assert json.loads(capsys.readouterr().out) == {"a": 4}
        call_command("tick", "--all")
        assert json.loads(capsys.readouterr().out) == {"a": 4}

    def test_the_tasks_beat_and_trigger(self, monkeypatch):
        from apps.core import jobs, tasks, timers
        from apps.core.models import Heartbeat

        calls = []
        monkeypatch.setattr(timers, "run_due", lambda *, now: calls.append("timers"))
        monkeypatch.setattr(jobs, "run_one", lambda *, now: calls.append("job"))
        tasks.tick()
        tasks.work()
        assert calls == ["timers", "job"]
        assert set(Heartbeat.objects.values_list("name", flat=True)) == {"worker", "long"}


class TestHelp:
    def test_links_only_to_pages_that_open(self, officer, secadmin, office_chief, login):
        """A manual's link that ends in 403 is a dead end for those whom the page is for."""
        readers = {
            officer: ("officer", "team_leader", "department"),
            office_chief: ("hub", "office"),
            secadmin: ("admins",),
        }
        for user, topics in readers.items():
            client = login(user)
            for topic in topics:
                page = client.get(f"/help/{topic}/").content.decode()
                article = page[page.index("<article") : page.index("</article>")]
                for address in set(re.findall(r'href="(/[^"#]*)"', article)):
                    assert client.get(address).status_code == 200, (user, topic, address)

    def test_names_the_pages_in_any_case(self, secadmin, login):
        page = login(secadmin).get("/help/officer/").content.decode()
        assert "为企服务队伍" in page[page.index("<article") : page.index("</article>")]
