"""Opening, changing, closing accounts; passwords; numbers shown."""

import pytest
from django.conf import settings

from apps.accounts import actions
from apps.accounts.models import Reveal, Session, User
from apps.accounts.passwords import first_password
from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.core.reveal import Revealable
from apps.roster.models import Person, Unit

pytestmark = pytest.mark.django_db


def open_one(now, by, **changes):
    values = {
        "username": "lichunsheng",
        "name": "李春生",
        "unit": Unit.objects.get(name="渔阳镇"),
        "roles": frozenset({"OFFICER"}),
        "by": by,
        "now": now,
    }
    return actions.open_account(**{**values, **changes})


class TestOpenAccount:
    def test_gives_a_first_password_that_must_be_changed(self, now, sysadmin):
        opened = open_one(now, sysadmin)
        assert opened.user.check_password(opened.password)
        assert opened.user.must_change_password
        assert AuditEntry.objects.filter(action="accounts.open", actor="sysadmin").count() == 1

    def test_keeps_the_password_nowhere(self, now, sysadmin):
        opened = open_one(now, sysadmin)
        texts = [str(vars(entry)) for entry in AuditEntry.objects.all()]
        assert not any(opened.password in text for text in texts)

    def test_refuses_a_name_that_is_taken(self, now, sysadmin):
        open_one(now, sysadmin)
        with pytest.raises(DomainError, match="已有人用"):
            open_one(now, sysadmin)

    @pytest.mark.parametrize("username", ["Li", "1abc", "李", "ab", "a b c", "x" * 61])
    def test_refuses_a_strange_name(self, now, sysadmin, username):
        with pytest.raises(DomainError, match="小写字母"):
            open_one(now, sysadmin, username=username)

    @pytest.mark.parametrize(
        ("roles", "reason"),
        [
            ({"SYSADMIN", "AUDITOR"}, "三员"),
            ({"SYSADMIN", "OFFICER"}, "兼业务"),
            ({"EXPERT"}, "不能设"),
            ({"HUB_CHIEF"}, "不能设"),
            (set(), "至少选一个"),
        ],
    )
    def test_refuses_roles_that_do_not_go_together(self, now, sysadmin, roles, reason):
        with pytest.raises(DomainError, match=reason):
            open_one(now, sysadmin, roles=frozenset(roles))

    def test_lets_a_unit_head_open_accounts_of_the_own_unit_only(self, now, team_leader, neighbour):
        open_one(now, team_leader)
        with pytest.raises(DomainError, match="本单位"):
            open_one(now, neighbour, username="other")

    def test_lets_no_unit_head_make_a_district_leader(self, now, team_leader):
        with pytest.raises(DomainError, match="系统管理员"):
            open_one(now, team_leader, roles=frozenset({"LEADER"}))

    def test_lets_the_hub_and_the_office_have_their_roles(self, now, sysadmin):
        for name, role in (("区网格化管理中心", "HUB_CHIEF"), ("区营商环境办", "OFFICE_CHIEF")):
            unit = Unit.objects.get(name=name)
            opened = open_one(
                now,
                sysadmin,
                username=role.lower().replace("_", ""),
                unit=unit,
                roles=frozenset({role}),
            )
            assert role in opened.user.roles

    def test_wants_a_unit_for_business_roles(self, now, sysadmin):
        with pytest.raises(DomainError, match="要选单位"):
            open_one(now, sysadmin, unit=None)

    def test_gives_one_account_to_a_person(self, now, sysadmin):
        person = Person.objects.create(unit=Unit.objects.get(name="渔阳镇"), name="赵一")
        open_one(now, sysadmin, person=person)
        with pytest.raises(DomainError, match="已经有账号"):
            open_one(now, sysadmin, username="other", person=person)

    def test_refuses_a_person_of_another_unit(self, now, sysadmin):
        person = Person.objects.create(unit=Unit.objects.get(name="下营镇"), name="赵一")
        with pytest.raises(DomainError, match="不在所选单位"):
            open_one(now, sysadmin, person=person)

    def test_finds_a_free_name_by_pinyin(self, now, sysadmin):
        assert actions.free_username("李春生") == "lichunsheng"
        open_one(now, sysadmin)
        assert actions.free_username("李春生") == "lichunsheng2"


class TestSetRoles:
    def test_changes_and_says_before_and_after(self, now, sysadmin, officer):
        actions.set_roles(
            user=officer, roles=frozenset({"OFFICER", "LIAISON"}), by=sysadmin, now=now
        )
        assert User.objects.get(pk=officer.pk).roles == {"OFFICER", "LIAISON"}
        entry = AuditEntry.objects.get(action="accounts.set_roles")
        assert entry.changes["岗位"] == ["为企服务人员", "为企服务人员、部门联络员"]

    def test_refuses_oneself(self, now, team_leader):
        with pytest.raises(DomainError, match="自己"):
            actions.set_roles(
                user=team_leader, roles=frozenset({"OFFICER"}), by=team_leader, now=now
            )

    def test_refuses_a_stranger(self, now, neighbour, officer):
        with pytest.raises(DomainError, match="本单位"):
            actions.set_roles(user=officer, roles=frozenset({"OFFICER"}), by=neighbour, now=now)

    def test_writes_nothing_when_nothing_changes(self, now, sysadmin, officer):
        actions.set_roles(user=officer, roles=frozenset({"OFFICER"}), by=sysadmin, now=now)
        assert not AuditEntry.objects.filter(action="accounts.set_roles").exists()


class TestCloseAndReopen:
    def test_ends_the_sessions_at_once(self, now, sysadmin, officer, login):
        client = login(officer)
        assert client.get("/home/").status_code == 200
        actions.close_account(user=officer, by=sysadmin, now=now, reason="调离")
        assert client.get("/home/").status_code == 302
        assert not Session.objects.filter(user=officer).exists()

    def test_wants_a_reason_and_not_oneself_and_not_twice(self, now, sysadmin, officer):
        with pytest.raises(DomainError, match="原因"):
            actions.close_account(user=officer, by=sysadmin, now=now, reason=" ")
        with pytest.raises(DomainError, match="自己"):
            actions.close_account(user=sysadmin, by=sysadmin, now=now, reason="x")
        actions.close_account(user=officer, by=sysadmin, now=now, reason="调离")
        with pytest.raises(DomainError, match="已经停用"):
            actions.close_account(user=officer, by=sysadmin, now=now, reason="调离")

    def test_gives_a_new_first_password_when_reopened(self, now, sysadmin, officer):
        actions.close_account(user=officer, by=sysadmin, now=now, reason="调离")
        officer.refresh_from_db()
        opened = actions.reopen_account(user=officer, by=sysadmin, now=now)
        assert opened.user.is_active
        assert opened.user.must_change_password
        with pytest.raises(DomainError, match="正在使用"):
            actions.reopen_account(user=officer, by=sysadmin, now=now)


class TestPasswords:
    def test_first_passwords_pass_the_rules_and_differ(self):
        from django.contrib.auth.password_validation import validate_password

        made = {first_password() for _ in range(50)}
        assert len(made) == 50
        for password in made:
            validate_password(password)

    @pytest.mark.parametrize(
        ("password", "reason"),
        [
            ("Ab1-", "至少 10 位"),
            ("abcdefghijkl", "三种"),
            ("Jizhou-2026x", "jizhou"),
            ("officer-2026A", "相似"),
            ("Password-1a", "最近 5 次"),
        ],
    )
    def test_refuses_weak_ones_in_chinese(self, now, officer, password, reason):
        with pytest.raises(DomainError) as refusal:
            actions.change_password(user=officer, new_password=password, keep_session="", now=now)
        assert reason in refusal.value.message

    def test_ends_the_other_sessions_after_a_change(self, now, officer, login):
        here, there = login(officer), login(officer)
        actions.change_password(
            user=officer,
            new_password="Quiet-River7",
            keep_session=here.session.session_key,
            now=now,
        )
        assert Session.objects.filter(user=officer).count() == 1
        assert there.get("/home/").status_code == 302

    def test_a_unit_head_resets_the_own_unit_only(self, now, team_leader, neighbour, officer):
        assert actions.reset_password(user=officer, by=team_leader, now=now).password
        with pytest.raises(DomainError, match="本单位"):
            actions.reset_password(user=officer, by=neighbour, now=now)

    def test_the_security_administrator_resets_anybody(self, now, secadmin, officer):
        assert actions.reset_password(user=officer, by=secadmin, now=now).user.must_change_password


class TestReveal:
    @pytest.fixture
    def person(self):
        unit = Unit.objects.get(name="渔阳镇")
        return Person.objects.create(unit=unit, name="钱二", mobile="13900000001")

    @pytest.fixture
    def show(self, person, officer, now):
        kind = Revealable("person", "人员", ("mobile", "landline"), lambda user, pk: person)

        def call(**changes):
            values = {"field": "mobile", "reason": "CONTACT", "note": "", "by": officer, "now": now}
            return actions.reveal(kind=kind, target=person, **{**values, **changes})

        return call

    def test_returns_the_number_and_writes_it_down_masked(self, show):
        assert show() == "13900000001"
        assert Reveal.objects.get().reason == "CONTACT"
        entry = AuditEntry.objects.get(action="accounts.reveal")
        assert "139****0001" in entry.target_label
        assert "13900000001" not in str(vars(entry))

    def test_wants_a_reason(self, show):
        with pytest.raises(DomainError, match="原因"):
            show(reason="")
        with pytest.raises(DomainError, match="写明"):
            show(reason="OTHER", note="x")

    def test_says_when_there_is_no_number(self, show):
        with pytest.raises(DomainError, match="没有登记"):
            show(field="landline")

    def test_stops_at_the_daily_cap_and_starts_again_the_next_day(self, show, officer, now):
        from datetime import timedelta

        Reveal.objects.bulk_create(
            Reveal(
                user=officer, at=now, kind="person", target_id="1", field="mobile", reason="CHECK"
            )
            for _ in range(settings.REVEAL_DAILY_CAP)
        )
        with pytest.raises(DomainError, match="上限"):
            show()
        assert show(now=now + timedelta(days=1))


class TestDrafts:
    def test_replaces_the_former_text(self, now, officer):
        actions.save_draft(user=officer, form="zone", ref="1", content="一", now=now)
        actions.save_draft(user=officer, form="zone", ref="1", content="二", now=now)
        actions.save_draft(user=officer, form="zone", ref="2", content="三", now=now)
        assert sorted(d.content for d in officer.drafts.all()) == ["三", "二"]

    def test_is_encrypted_in_the_table(self, now, officer):
        from django.db import connection

        actions.save_draft(user=officer, form="zone", ref="1", content="企业电话", now=now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM accounts_draft")
            assert "企业电话" not in cursor.fetchone()[0]

    def test_refuses_too_long_a_text(self, now, officer):
        with pytest.raises(DomainError, match="太长"):
            actions.save_draft(user=officer, form="z", ref="", content="长" * 50_001, now=now)


class TestSavedViews:
    def test_keeps_and_drops(self, officer):
        view = actions.save_view(
            user=officer,
            list_name="experts",
            name="用电",
            query="q=用电",
            columns=[],
            is_shared=True,
        )
        assert view.unit_id == officer.unit_id
        actions.drop_view(user=officer, pk=view.pk)
        assert not officer.saved_views.exists()

    def test_wants_a_name_and_not_too_many(self, officer):
        with pytest.raises(DomainError, match="名字"):
            actions.save_view(
                user=officer, list_name="x", name=" ", query="", columns=[], is_shared=False
            )
        for number in range(actions.VIEWS_PER_LIST):
            actions.save_view(
                user=officer,
                list_name="x",
                name=f"第{number}",
                query="",
                columns=[],
                is_shared=False,
            )
        with pytest.raises(DomainError, match="最多"):
            actions.save_view(
                user=officer, list_name="x", name="再来", query="", columns=[], is_shared=False
            )
