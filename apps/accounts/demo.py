"""Demonstration accounts: one for each of the fifteen roles, random passwords, made at seeding."""

from datetime import datetime
from typing import NamedTuple

from apps.accounts import actions
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.passwords import first_password
from apps.roster.models import Expert, Officer, Person, Team, Unit

TOWN, DEPARTMENT = "渔阳镇", "区住房建设委"
DISTRICT = {
    Role.LEADER: ("leader", "演示区领导"),
    Role.INSPECTOR: ("inspector", "演示督导员"),
    Role.SYSADMIN: ("sysadmin", "演示系统管理员"),
    Role.SECADMIN: ("secadmin", "演示安全管理员"),
    Role.AUDITOR: ("auditor", "演示审计管理员"),
}


class DemoAccount(NamedTuple):
    """What a newcomer needs to log in."""

    role: str
    username: str
    password: str
    name: str
    unit: str


def _township_person(role: Role, unit: Unit) -> Person | None:
    if role == Role.TEAM_LEADER:
        team = Team.objects.filter(unit=unit).select_related("leader").first()
        return team.leader if team else None
    officers = Officer.objects.filter(zone__unit=unit, until_on__isnull=True)
    officer = officers.select_related("person").order_by("pk").first()
    return officer.person if officer else None


def _department_person(rank: str, unit: Unit) -> Person | None:
    experts = Expert.objects.filter(unit=unit, rank=rank, until_on__isnull=True)
    expert = (
        experts.filter(person__user__isnull=True).select_related("person").order_by("pk").first()
    )
    return expert.person if expert else None


def _extra_person(unit: Unit, name: str, title: str, now: datetime) -> Person:
    """People of the hub and the office who stand in no list of the plan."""
    from apps.roster.actions import save_person

    return save_person(
        person=None,
        unit=unit,
        name=name,
        title=title,
        is_division_level=False,
        mobile="",
        landline="",
        by=None,
        now=now,
    )


def seed(*, now: datetime) -> list[DemoAccount]:
    """Open one account a role; returns them with their passwords (kept nowhere in the database)."""
    town = Unit.objects.get(name=TOWN)
    department = Unit.objects.get(name=DEPARTMENT)
    hub, office = Unit.objects.get(is_hub=True), Unit.objects.get(is_office=True)
    plan: list[tuple[Role, Unit, str]] = [
        (Role.OFFICER, town, "officer"),
        (Role.TEAM_LEADER, town, "teamleader"),
        (Role.LIAISON, department, "liaison"),
        (Role.EXPERT, department, "expert"),
        (Role.COMMISSIONER, department, "commissioner"),
        (Role.HUB_DISPATCHER, hub, "dispatcher"),
        (Role.HUB_CHIEF, hub, "hubchief"),
        (Role.OFFICE_CLERK, office, "office"),
        (Role.OFFICE_CHIEF, office, "officechief"),
        (Role.FOLLOWUP_CLERK, office, "followup"),
    ]
    made = [_open(role, unit, username, now) for role, unit, username in plan]
    made += [_open(role, None, username, now) for role, (username, _name) in DISTRICT.items()]
    return made


def _open(role: Role, unit: Unit | None, username: str, now: datetime) -> DemoAccount:
    person: Person | None = None
    if unit is not None:
        if role in {Role.OFFICER, Role.TEAM_LEADER}:
            person = _township_person(role, unit)
        elif role in {Role.EXPERT, Role.COMMISSIONER}:
            person = _department_person(role.value, unit)
        else:
            person = _extra_person(unit, f"演示{role.label[-3:]}", role.label, now)
    name = person.name if person else DISTRICT[role][1]
    opened = actions.open_account(
        username=username,
        name=name,
        unit=unit,
        roles=frozenset({role.value}),
        person=person,
        by=None,
        now=now,
        password=first_password(),
    )
    # a demonstration starts at the pages, not at the password form
    User.objects.filter(pk=opened.user.pk).update(
        must_change_password=False, password_changed_at=now
    )
    return DemoAccount(
        role=role.label,
        username=username,
        password=opened.password,
        name=name,
        unit=unit.name if unit else "",
    )
