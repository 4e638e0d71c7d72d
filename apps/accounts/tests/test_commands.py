"""The first administrator and accounts in bulk, from the command line."""

import csv

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.roster.models import Officer, Person, Unit, Zone

pytestmark = pytest.mark.django_db


class TestCreateAdmin:
    def test_opens_one_and_prints_the_password_once(self, capsys):
        call_command("create_admin", "guanli", "管理员")
        password = capsys.readouterr().out.strip().splitlines()[-1]
        user = User.objects.get(username="guanli")
        assert user.check_password(password)
        assert user.roles == {"SYSADMIN"}
        assert user.must_change_password

    def test_refuses_a_name_that_is_taken(self, sysadmin):
        with pytest.raises(CommandError, match="已有人用"):
            call_command("create_admin", "sysadmin", "管理员")


class TestOpenAccounts:
    def test_opens_for_all_who_have_a_post(self, capsys, now):
        unit = Unit.objects.get(name="渔阳镇")
        zone = Zone.objects.create(unit=unit, name="第一片区", order=1)
        person = Person.objects.create(unit=unit, name="孙三")
        Person.objects.create(unit=unit, name="没岗位的人")
        Officer.objects.create(person=person, zone=zone, since_on=now.date())
        call_command("open_accounts", "--unit", "渔阳镇")
        rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
        assert [(row["姓名"], row["账号"], row["岗位"]) for row in rows] == [
            ("孙三", "sunsan", "为企服务人员")
        ]
        assert User.objects.get(person=person).check_password(rows[0]["初始密码"])
        call_command("open_accounts")
        assert len(capsys.readouterr().out.strip().splitlines()) == 1

    def test_names_an_unknown_unit(self):
        with pytest.raises(CommandError, match="没有叫"):
            call_command("open_accounts", "--unit", "月球镇")
