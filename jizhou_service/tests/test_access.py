"""Who may open which door: every address × method × role against a reviewed table.

A new address that is not in ``access.csv`` fails; after reviewing, write the table again with
``UPDATE_ACCESS_TABLE=1 pytest jizhou_service/tests/test_access.py`` and read the difference.
"""

import csv
import os
import re
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from apps.accounts.choices import Role
from apps.core.access import rule_of
from apps.roster.models import Unit
from jizhou_service.tests.routes import routes
from jizhou_service.tests.world import build_world

TABLE = Path(__file__).with_name("access.csv")
STRANGERS = {"STRANGER_TOWN": "TEAM_LEADER", "STRANGER_DEPARTMENT": "COMMISSIONER"}
COLUMNS = ["ANONYMOUS", *Role.values, *STRANGERS]
# pages that are meant for people without an account; each stands here on purpose
PUBLIC = {
    "accounts:login",
    "accounts:code",
    "core:healthz",
    "core:readyz",
    "core:preferences",
}
LEAVING = {"accounts:logout", "admin:logout"}
# who may correct a number sees it in the form that corrects it
SHOWS_NUMBERS = {"roster:person-edit"}
PHONE = re.compile(r"(?<![\d-])1[3-9]\d{9}(?!\d)")
pytestmark = pytest.mark.django_db


@pytest.fixture
def browsers(make_user, login):
    """One browser a column."""
    township = {"OFFICER", "TEAM_LEADER"}
    department = {"LIAISON", "EXPERT", "COMMISSIONER"}
    made = {"ANONYMOUS": Client()}
    for role in Role.values:
        unit = None
        if role in township:
            unit = "渔阳镇"
        elif role in department:
            unit = "区住房建设委"
        elif role.startswith("HUB"):
            unit = Unit.objects.get(is_hub=True)
        elif role.startswith("OFFICE") or role == "FOLLOWUP_CLERK":
            unit = Unit.objects.get(is_office=True)
        made[role] = login(make_user(role, unit=unit, username=role.lower().replace("_", "-")))
    for column, role in STRANGERS.items():
        unit = "下营镇" if column == "STRANGER_TOWN" else "区水务局"
        made[column] = login(make_user(role, unit=unit, username=column.lower().replace("_", "-")))
    for client in made.values():
        client.raise_request_exception = False
    return made


def outcome(client, method, address):
    """Ask once inside a savepoint that is rolled back; return the verdict and the response."""
    with transaction.atomic():
        response = getattr(client, method.lower())(address)
        if not response.streaming:
            _ = response.content
        transaction.set_rollback(True)
    if response.status_code == 302 and "/login/" in response.url:
        return "login", response
    return str(response.status_code), response


def walk(browsers, world):
    """Yield (route, method, column, verdict, response) for every cell."""
    for route in routes():
        try:
            address = reverse(route.name, kwargs=world.arguments(route))
        except NoReverseMatch:
            # every page of ours can be addressed; the admin has catch-alls that cannot
            assert route.name.startswith("admin:"), route.name
            continue
        for method in ("GET", "POST"):
            for column in COLUMNS:
                if route.name in LEAVING and method == "POST" and column != "ANONYMOUS":
                    continue  # the cells after it would all be those of a stranger
                verdict, response = outcome(browsers[column], method, address)
                yield route, method, column, verdict, response


class TestAccessTable:
    @pytest.mark.once  # rules and routes know no database; the pages' own tests run on both
    def test_agrees_with_every_address_method_and_role(self, browsers):
        world = build_world()
        found: dict[tuple[str, str], dict[str, str]] = {}
        problems: list[str] = []
        cells = 0
        for route, method, column, verdict, response in walk(browsers, world):
            cells += 1
            found.setdefault((route.name, method), {})[column] = verdict
            where = f"{method} {route.name} as {column}"
            if response.status_code >= 500 and route.name != "core:readyz":
                problems.append(f"{where}: {response.status_code}")
            problems += [f"{where}: {text}" for text in header_faults(response)]
            body = b"" if response.streaming else response.content
            leaked = set(PHONE.findall(body.decode(errors="replace"))) & world.secret_numbers
            if leaked and route.name not in SHOWS_NUMBERS:
                problems.append(f"{where}: shows {len(leaked)} unconfirmed numbers in full")
        assert cells > 1500
        assert not problems, "\n".join(problems[:40])
        if os.environ.get("UPDATE_ACCESS_TABLE"):
            write_table(found)
        assert found == read_table()


def header_faults(response):
    """Return what is missing from the security headers of a response."""
    expected = {
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return [
        f"header {name} is {response.headers.get(name)!r}"
        for name, value in expected.items()
        if value not in response.headers.get(name, "")
    ]


def write_table(found):
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["route", "method", *COLUMNS])
        for (name, method), cells in sorted(found.items()):
            writer.writerow([name, method, *(cells.get(column, "-") for column in COLUMNS)])


def read_table():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            (row["route"], row["method"]): {
                column: row[column] for column in COLUMNS if row[column] != "-"
            }
            for row in csv.DictReader(file)
        }


class TestAccessRules:
    def test_every_view_of_ours_names_its_rule(self):
        missing = [
            route.name
            for route in routes()
            if not route.name.startswith("admin:") and rule_of(route.view) is None
        ]
        assert missing == []

    def test_the_public_pages_are_these(self):
        public = {
            route.name
            for route in routes()
            if (rule := rule_of(route.view)) is not None and rule.is_public
        }
        assert public == PUBLIC

    def test_a_view_without_a_rule_answers_nobody(self, officer, rf):
        from django.core.exceptions import PermissionDenied

        from apps.core.middleware import AccessMiddleware

        request = rf.get("/")
        request.user, request.resolver_match = officer, None
        with pytest.raises(PermissionDenied):
            AccessMiddleware(lambda r: None).process_view(request, lambda r: None, (), {})

    def test_every_form_is_refused_without_its_token(self, login, office_chief):
        client = login(office_chief, enforce_csrf_checks=True)
        world = build_world()
        checked = 0
        for route in routes():
            try:
                address = reverse(route.name, kwargs=world.arguments(route))
            except NoReverseMatch:
                continue
            status = client.post(address).status_code
            checked += 1
            # 415: a program that sends a form instead of JSON is refused even earlier
            assert status in {403, 405, 404, 302, 415}, f"{route.name}: {status}"
            if status == 302:
                assert route.name.startswith("admin:"), route.name
        assert checked > 40

    def test_no_page_changes_anything_when_it_is_only_read(self, login, office_chief):
        from apps.audit.models import AuditEntry

        client = login(office_chief)
        world = build_world()
        before = AuditEntry.objects.exclude(outcome="DENIED").count()
        for route in routes():
            try:
                client.get(reverse(route.name, kwargs=world.arguments(route)))
            except NoReverseMatch:
                continue
        changed = AuditEntry.objects.exclude(outcome="DENIED").exclude(action__contains="export")
        # a report that leaves the house is an export by another name
        assert changed.exclude(action="dashboards.take_report").count() == before
