"""The roles: complete, separated, and written down."""

from pathlib import Path

import pytest
from django.conf import settings

from apps.accounts.choices import Role
from apps.accounts.management.commands.roles_table import roles_table
from apps.accounts.roles import ADMIN_ROLES, ROLES, conflict, suits_unit
from apps.core.permissions import LABELS, Permission

BUSINESS = {Permission.VIEW_ROSTER, Permission.REVEAL_PHONE, Permission.EXPORT_ROSTER}


class TestRoles:
    def test_are_fifteen_and_each_has_a_rule(self):
        assert len(Role) == 15
        assert set(ROLES) == set(Role)

    def test_every_permission_has_a_name_and_somebody(self):
        assert set(LABELS) == set(Permission)
        given = {code for rule in ROLES.values() for code in rule.permissions}
        assert given == set(Permission)

    @pytest.mark.parametrize("role", ADMIN_ROLES)
    def test_the_three_administrators_see_no_business_data(self, role):
        assert not ROLES[role].permissions & BUSINESS
        assert not ROLES[role].sees_everything

    def test_only_the_auditor_reads_the_log(self):
        readers = [
            role for role, rule in ROLES.items() if Permission.VIEW_AUDIT in rule.permissions
        ]
        assert readers == [Role.AUDITOR]

    def test_no_administrator_holds_two_offices(self):
        assert conflict(frozenset({"SYSADMIN", "SECADMIN"}))
        assert conflict(frozenset({"AUDITOR", "LEADER"}))
        assert not conflict(frozenset({"OFFICER", "LIAISON"}))

    def test_a_township_may_handle_as_well(self):
        assert not suits_unit(
            frozenset({"TEAM_LEADER", "LIAISON"}), is_township=True, is_hub=False, is_office=False
        )

    def test_the_written_table_is_the_code(self):
        written = (Path(settings.BASE_DIR) / "docs/roles.md").read_text(encoding="utf-8")
        assert written == roles_table(), "run: manage.py roles_table > docs/roles.md"
