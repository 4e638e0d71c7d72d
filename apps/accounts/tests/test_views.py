"""Coming in and staying in: login, lock-out, idle time, second factor, sessions, drafts."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts import actions
from apps.accounts.models import Draft, Session, User
from apps.audit.models import AuditEntry
from apps.roster.models import Person, Unit

pytestmark = pytest.mark.django_db
RIGHT = "Password-1a"


def enter(client, username="officer", password=RIGHT, **more):
    return client.post("/login/", {"username": username, "password": password, **more})


class TestLogin:
    def test_lets_the_right_password_in(self, officer):
        client = Client()
        response = enter(client)
        assert (response.status_code, response.url) == (302, "/home/")
        assert client.get("/home/").status_code == 200
        assert AuditEntry.objects.filter(action="accounts.login", actor="officer").exists()

    def test_forgives_capitals_in_the_name(self, officer):
        assert enter(Client(), username=" Officer").status_code == 302

    def test_says_how_many_tries_are_left(self, officer):
        response = enter(Client(), password="wrong")
        assert response.status_code == 422
        assert "还可试 4 次" in response.content.decode()

    def test_says_the_same_for_an_unknown_name(self, officer):
        response = enter(Client(), username="nobody", password="wrong")
        assert "账号或密码不对，还可试 4 次" in response.content.decode()

    def test_locks_after_five_even_with_the_right_password(self, officer):
        client = Client()
        codes = [enter(client, password="wrong").status_code for _ in range(5)]
        assert codes == [422, 422, 422, 422, 429]
        assert enter(client).status_code == 429
        assert AuditEntry.objects.filter(action="accounts.login_locked").exists()

    def test_lets_in_again_after_a_quarter_of_an_hour(self, officer):
        client = Client()
        with time_machine.travel(timezone.now()) as clock:
            for _ in range(5):
                enter(client, password="wrong")
            clock.shift(timedelta(minutes=16))
            assert enter(client).status_code == 302

    def test_does_not_lock_another_address_out(self, officer):
        client = Client()
        for _ in range(5):
            enter(client, password="wrong")
        assert enter(Client(REMOTE_ADDR="10.0.0.9")).status_code == 302

    def test_locks_an_address_that_tries_many_names(self, officer):
        client = Client()
        for number in range(20):
            enter(client, username=f"name{number}", password="wrong")
        assert enter(client).status_code == 429

    def test_refuses_a_closed_account_like_a_wrong_password(self, officer, sysadmin, now):
        actions.close_account(user=officer, by=sysadmin, now=now, reason="调离")
        assert enter(Client()).status_code == 422

    def test_goes_on_to_the_page_asked_for_but_never_elsewhere(self, officer):
        assert enter(Client(), next="/me/").url == "/me/"
        assert enter(Client(), next="//evil.example/").url == "/home/"
        assert enter(Client(), next="javascript:alert(1)").url == "/home/"

    def test_remembers_the_name_only_when_asked(self, officer):
        client = Client()
        enter(client, remember="on")
        assert client.cookies["account"].value == "officer"
        assert RIGHT not in str(client.cookies)

    def test_gives_a_new_session_key(self, officer):
        client = Client()
        client.get("/login/")
        before = client.cookies.get("sessionid")
        enter(client)
        assert client.cookies["sessionid"] != before

    def test_logs_out_and_clears_the_browser(self, officer, login):
        client = login(officer)
        response = client.post("/logout/")
        assert response.headers["Clear-Site-Data"]
        assert client.get("/home/").status_code == 302
        assert not Session.objects.filter(user=officer).exists()


class TestFirstPassword:
    def test_must_be_changed_before_anything_else(self, officer, login):
        User.objects.filter(pk=officer.pk).update(must_change_password=True)
        client = login(officer)
        assert client.get("/home/").url == "/me/password/"
        assert client.get("/teams/").url == "/me/password/"
        form = {"old_password": RIGHT, "new_password": "Quiet-River7", "again": "Quiet-River7"}
        assert client.post("/me/password/", form).url == "/home/"
        assert client.get("/home/").status_code == 200

    def test_shows_what_is_wrong_with_422(self, officer, login):
        client = login(officer)
        form = {"old_password": "x", "new_password": "Quiet-River7", "again": "Quiet-River8"}
        response = client.post("/me/password/", form)
        text = response.content.decode()
        assert response.status_code == 422
        assert "现在的密码不对" in text
        assert "两次填的新密码不一样" in text

    def test_an_old_password_is_due_again(self, officer, login, settings):
        long_ago = timezone.now() - timedelta(days=settings.PASSWORD_MAX_AGE_DAYS + 1)
        User.objects.filter(pk=officer.pk).update(password_changed_at=long_ago)
        assert login(officer).get("/home/").url == "/me/password/"
        settings.PASSWORD_MAX_AGE_DAYS = 0
        assert login(officer).get("/home/").status_code == 200


class TestSessionLife:
    def test_ends_after_half_an_hour_of_idling(self, officer):
        with time_machine.travel(timezone.now()) as clock:
            client = Client()
            enter(client)
            clock.shift(timedelta(minutes=29))
            assert client.get("/home/").status_code == 200
            clock.shift(timedelta(minutes=29))
            assert client.get("/home/").status_code == 200
            clock.shift(timedelta(minutes=31))
            assert client.get("/home/").status_code == 302

    def test_ends_after_twelve_hours_whatever_happens(self, officer):
        with time_machine.travel(timezone.now()) as clock:
            client = Client()
            enter(client)
            for _ in range(26):
                clock.shift(timedelta(minutes=27))
                client.get("/home/")
            clock.shift(timedelta(minutes=27))
            assert client.get("/home/").status_code == 302

    def test_writes_the_session_at_most_once_a_minute(self, officer, django_assert_num_queries):
        with time_machine.travel(timezone.now()) as clock:
            client = Client()
            enter(client)
            seen = Session.objects.get(user=officer).seen_at
            clock.shift(timedelta(seconds=30))
            client.get("/home/")
            assert Session.objects.get(user=officer).seen_at == seen
            clock.shift(timedelta(seconds=31))
            client.get("/home/")
            assert Session.objects.get(user=officer).seen_at > seen

    def test_keeps_what_was_typed_when_a_form_comes_too_late(self, officer):
        client = Client()
        typed = {"boundary": "东至一路\n西至二路", "csrfmiddlewaretoken": "x", "password": "p"}
        late = client.post("/zones/1/edit/", typed)
        text = late.content.decode()
        assert late.status_code == 401
        assert "东至一路" in text
        assert "内容没有丢" in text
        resumed = client.post(
            "/login/",
            {
                "username": "officer",
                "password": RIGHT,
                "resume_action": "/zones/1/edit/",
                "resume_fields": late.context["resume_fields"],
            },
        )
        text = resumed.content.decode()
        assert 'action="/zones/1/edit/"' in text
        assert 'name="boundary"' in text
        assert "西至二路" in text
        assert 'name="password"' not in text

    def test_resumes_nothing_on_another_site(self, officer):
        response = enter(
            Client(), resume_action="https://evil.example/", resume_fields='[["a","b"]]'
        )
        assert response.status_code == 302

    def test_survives_damaged_resume_fields(self, officer):
        assert enter(Client(), resume_action="/me/", resume_fields="{").status_code == 302


class TestSecondFactor:
    KEY = "00" * 20

    def code(self, when=None):
        from django_otp.oath import totp

        return f"{totp(bytes.fromhex(self.KEY)):06d}"

    @pytest.fixture
    def guarded(self, officer, now):
        actions.confirm_second_factor(user=officer, key=self.KEY, by=officer, now=now)
        return officer

    def test_asks_for_the_code_after_the_password(self, guarded):
        client = Client()
        assert enter(client).url == "/login/code/"
        assert client.get("/home/").status_code == 302
        response = client.post("/login/code/", {"code": self.code()})
        assert response.url == "/home/"
        assert client.get("/home/").status_code == 200

    def test_refuses_a_wrong_code_and_a_used_one(self, guarded):
        client = Client()
        enter(client)
        wrong = client.post(
            "/login/code/", {"code": "000000" if self.code() != "000000" else "111111"}
        )
        assert wrong.status_code == 422
        with time_machine.travel(timezone.now() + timedelta(seconds=90)):
            good = self.code()
            assert client.post("/login/code/", {"code": good}).status_code == 302
            again = Client()
            enter(again)
            assert again.post("/login/code/", {"code": good}).status_code == 422

    def test_cannot_be_skipped_without_the_password(self, guarded):
        assert Client().get("/login/code/").url == "/login/"

    def test_can_be_demanded_of_a_role(self, officer, login, settings):
        settings.TOTP_REQUIRED_ROLES = ["OFFICER"]
        client = login(officer)
        assert client.get("/home/").url == "/me/second-factor/"
        page = client.get("/me/second-factor/")
        assert "密钥" in page.content.decode()
        from django_otp.oath import totp

        key = client.session["totp_key"]
        response = client.post("/me/second-factor/", {"code": f"{totp(bytes.fromhex(key)):06d}"})
        assert response.url == "/me/"
        assert client.get("/home/").status_code == 200


class TestOwnPages:
    def test_lists_and_ends_ones_sessions(self, officer, login):
        here, there = login(officer), login(officer)
        page = here.get("/me/").content.decode()
        assert "本次登录" in page
        key = there.session.session_key[:8]
        assert here.post(f"/me/sessions/{key}/end/").status_code == 302
        assert there.get("/me/").status_code == 302

    def test_does_not_end_somebody_elses(self, officer, neighbour, login):
        key = login(neighbour).session.session_key[:8]
        assert login(officer).post(f"/me/sessions/{key}/end/").status_code == 404

    def test_saves_reads_and_discards_a_draft(self, officer, login):
        client = login(officer)
        data = {"form": "zone", "ref": "1", "content": json.dumps({"boundary": "东"})}
        assert client.post("/drafts/", data).json()["saved"]
        assert (
            "东" in json.loads(client.get("/drafts/?form=zone&ref=1").json()["content"])["boundary"]
        )
        client.post("/drafts/", {"form": "zone", "ref": "1", "discard": "1"})
        assert not Draft.objects.exists()
        assert client.post("/drafts/", {"content": "x"}).status_code == 422

    def test_shows_a_number_only_after_a_reason(self, officer, login):
        unit = Unit.objects.get(name="渔阳镇")
        person = Person.objects.create(unit=unit, name="钱二", mobile="13900000002")
        client = login(officer)
        address = f"/reveal/person/{person.pk}/mobile/"
        assert "13900000002" not in client.get(address).content.decode()
        assert client.post(address, {}).status_code == 422
        shown = client.post(address, {"reason": "CONTACT"}).content.decode()
        assert 'href="tel:13900000002"' in shown
        assert client.get(f"/reveal/person/{person.pk}/name/").status_code == 404
        assert client.get("/reveal/person/999999/mobile/").status_code == 404


class TestManagingAccounts:
    def test_shows_the_own_unit_only(self, officer, neighbour, team_leader, login):
        text = login(team_leader).get("/set/users/").content.decode()
        assert "演示officer" in text
        assert "演示neighbour" not in text
        assert login(team_leader).get(f"/set/users/{neighbour.pk}/").status_code == 404

    def test_opens_an_account_and_shows_the_password_once(self, team_leader, login):
        client = login(team_leader)
        form = {"name": "李春生", "roles": ["OFFICER"], "unit": team_leader.unit_id}
        response = client.post("/set/users/new/", form)
        text = response.content.decode()
        assert "lichunsheng" in text
        made = User.objects.get(username="lichunsheng")
        assert any(
            made.check_password(word) for word in text.replace("<", " ").replace(">", " ").split()
        )

    def test_keeps_what_was_typed_when_refused(self, team_leader, login):
        response = login(team_leader).post("/set/users/new/", {"name": "李春生"})
        assert response.status_code == 422
        assert "李春生" in response.content.decode()

    def test_opens_accounts_for_a_whole_unit(self, team_leader, login, now):
        from apps.roster.models import Officer, Zone

        zone = Zone.objects.create(unit=team_leader.unit, name="第一片区", order=1)
        person = Person.objects.create(unit=team_leader.unit, name="孙三")
        Officer.objects.create(person=person, zone=zone, since_on=now.date())
        client = login(team_leader)
        address = f"/set/users/bulk/?unit={team_leader.unit_id}"
        assert "孙三" in client.get(address).content.decode()
        client.post("/set/users/bulk/", {"unit": team_leader.unit_id})
        assert User.objects.get(person=person).roles == {"OFFICER"}

    def test_closes_resets_and_reopens(self, officer, team_leader, login):
        client = login(team_leader)
        base = f"/set/users/{officer.pk}/"
        client.post(f"{base}close/", {"reason": "调离"})
        assert not User.objects.get(pk=officer.pk).is_active
        assert "初始密码" in client.post(f"{base}reopen/").content.decode()
        assert "初始密码" in client.post(f"{base}reset/").content.decode()

    def test_the_security_administrator_ends_logins(self, officer, secadmin, login):
        there = login(officer)
        login(secadmin).post(f"/set/users/{officer.pk}/end-sessions/")
        assert there.get("/home/").status_code == 302

    def test_writes_down_who_tried_a_forbidden_door(self, officer, login):
        assert login(officer).get("/set/users/").status_code == 403
        assert AuditEntry.objects.filter(action="core.denied", actor="officer").exists()

    def test_keeps_filters_and_columns_as_a_view_shared_with_the_unit(
        self, team_leader, officer, neighbour, make_user, login
    ):
        client = login(team_leader)
        client.post(
            "/views/",
            {
                "list": "accounts:users",
                "name": "没登录的",
                "query": "state=all&col=seen",
                "shared": 1,
            },
        )
        second = make_user("TEAM_LEADER", unit="渔阳镇", username="second")
        page = login(second).get("/set/users/?state=all&col=seen").content.decode()
        assert "没登录的" in page
        assert 'aria-current="true"' in page
        assert '<th scope="col">单位</th>' not in page
        assert "没登录的" not in login(neighbour).get("/set/users/").content.decode()
        view = team_leader.saved_views.get()
        assert login(second).post(f"/views/{view.pk}/drop/").status_code == 404
        assert client.post(f"/views/{view.pk}/drop/").status_code == 302


class TestPhrases:
    def test_are_kept_once_and_are_ones_own(self, officer, neighbour, login):
        client = login(officer)
        for _twice in range(2):
            client.post("/me/phrases/", {"text": " 请带营业执照到窗口办理。 "})
        phrase = officer.phrases.get()
        assert phrase.text == "请带营业执照到窗口办理。"
        assert phrase.text in client.get("/me/").content.decode()
        assert login(neighbour).post(f"/me/phrases/{phrase.pk}/drop/").status_code == 404
        client.post(f"/me/phrases/{phrase.pk}/drop/")
        assert not officer.phrases.exists()

    def test_need_words_and_are_twenty_at_most(self, officer, login):
        client = login(officer)
        assert client.post("/me/phrases/", {"text": "好"}).status_code == 422
        for number in range(20):
            client.post("/me/phrases/", {"text": f"常用语第 {number} 句"})
        refused = client.post("/me/phrases/", {"text": "再多一句"})
        assert refused.status_code == 422
        assert "最多存 20 句" in refused.content.decode()

    def test_a_shared_one_is_the_units(self, officer, team_leader, neighbour, login):
        login(officer).post("/me/phrases/", {"text": "请到便民服务中心办理", "is_shared": "on"})
        assert "请到便民服务中心办理" in login(team_leader).get("/me/").content.decode()
        assert "请到便民服务中心办理" not in login(neighbour).get("/me/").content.decode()
        phrase = officer.phrases.get()
        assert login(team_leader).post(f"/me/phrases/{phrase.pk}/drop/").status_code == 404
