"""时限规则: versions from a day on, never in the past; what a change touches; the page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core import clock
from apps.core.errors import DomainError
from apps.tickets.actions.rules import save_rules
from apps.tickets.forms.rules import name_of
from apps.tickets.models import Clock, RuleVersion
from apps.tickets.queries.book import load_book
from apps.tickets.queries.impact import clock_of_rule, rule_impact
from apps.tickets.queries.rules import GROUPS, figures_at, figures_of, group_of, history
from apps.tickets.rules import BY_KEY, DEFAULTS
from apps.tickets.tests.conftest import NOW

LATER = NOW + timedelta(days=7)


def save(**more):
    data = {"values": {"handle.lead": 5}, "valid_from": LATER, "reason": "区里统一要求提速"}
    return save_rules(**data | {"by": None, "now": NOW} | more)


@pytest.mark.django_db
class TestSave:
    def test_counts_from_its_moment_on(self):
        version = save()
        book = load_book()
        assert version.number == 1
        assert book.rules_at(NOW).figure("handle.lead") == 7
        assert book.rules_at(LATER).figure("handle.lead") == 5

    def test_keeps_what_an_earlier_version_said(self):
        save()
        save(values={"followup": 2}, valid_from=LATER + timedelta(days=1))
        figures = figures_at(LATER + timedelta(days=2))
        assert (figures["handle.lead"], figures["followup"]) == (5, 2)

    def test_is_logged_with_every_figure(self):
        save()
        entry = AuditEntry.objects.get(action="tickets.rules.save")
        assert entry.changes == {"办结（主办）": [7, 5]}
        assert entry.note == "区里统一要求提速"

    def test_corrects_a_version_that_is_not_in_force_yet(self):
        save()
        save(values={"handle.lead": 6})
        assert RuleVersion.objects.count() == 1
        assert figures_at(LATER)["handle.lead"] == 6

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"valid_from": NOW - timedelta(seconds=1)}, "不能早于现在"),
            ({"reason": " 改 "}, "修改原因"),
            ({"values": {"handle.lead": 0}}, "1 到 60"),
            ({"values": {"nonsense": 1}}, "没有这条规则"),
            ({"values": {"handle.lead": 7}}, "没有改动"),
        ],
    )
    def test_refuses(self, wrong, message):
        with pytest.raises(DomainError, match=message):
            save(**wrong)
        assert not RuleVersion.objects.exists()

    def test_leaves_running_clocks_alone(self, dispatched):
        before = Clock.objects.get(ticket=dispatched, kind="HANDLING").due_at
        save(valid_from=NOW)
        assert Clock.objects.get(ticket=dispatched, kind="HANDLING").due_at == before


@pytest.mark.django_db
class TestImpact:
    def test_counts_running_clocks_and_tickets_ahead(self, dispatched, registered):
        before = figures_of(DEFAULTS)
        found = rule_impact(before, before | {"handle.lead": 5, "yellow_days": 3})
        assert found.open_tickets == 1
        by_key = {effect.item.key: effect for effect in found.effects}
        assert set(by_key) == {"handle.lead", "yellow_days"}
        assert (by_key["handle.lead"].running, by_key["handle.lead"].ahead) == (1, 0)
        assert (by_key["yellow_days"].running, by_key["yellow_days"].ahead) == (0, 1)

    def test_knows_the_clock_of_every_term(self):
        limits = ("return.normal", "return.complex", "extension.", "suspension", "exclude")
        for key, item in BY_KEY.items():
            if item.unit is not None and not key.startswith(limits) and key != "joint.meeting":
                assert clock_of_rule(key) is not None, key

    def test_puts_every_figure_under_a_heading(self):
        headings = {name for name, _ in GROUPS}
        assert {group_of(key) for key in BY_KEY} == headings


@pytest.fixture
def typed():
    """A form as it comes from the page: every figure, one of them changed."""
    figures = {name_of(key): value for key, value in figures_of(DEFAULTS).items()}
    tomorrow = clock.local(timezone.now()).date() + timedelta(days=1)
    return figures | {
        "handle__lead": 5,
        "valid_from": tomorrow.isoformat(),
        "reason": "区里统一要求提速",
    }


class TestPage:
    url = "/set/rules/"

    @pytest.fixture
    def client_of_office(self, login, office_chief):
        return login(office_chief)

    def test_is_for_those_who_keep_the_rules(self, login, officer, client):
        assert login(officer).get(self.url).status_code == 403
        assert client.get(self.url).status_code == 302

    def test_shows_every_figure_in_groups(self, client_of_office):
        page = client_of_office.get(self.url).content.decode()
        assert all(heading in page for heading, _ in GROUPS)
        assert all(f'name="{name_of(key)}"' in page for key in BY_KEY)
        assert "还没有修改过" in page

    def test_previews_before_it_saves(self, client_of_office, typed, dispatched):
        response = client_of_office.post(self.url, typed | {"step": "check"})
        page = response.content.decode()
        assert response.status_code == 200
        assert "改动（还没有保存）" in page
        assert "在办 <b>1</b> 件" in page
        assert not RuleVersion.objects.exists()

    def test_saves_and_shows_the_version(self, client_of_office, typed):
        response = client_of_office.post(self.url, typed | {"step": "save"}, follow=True)
        page = response.content.decode()
        assert "已保存第 1 版规则" in page
        assert "还没有生效" in page
        assert "办结（主办）：7 → 5 工作日" in page

    def test_takes_effect_today_shortly_after(self, client_of_office, typed):
        today = clock.local(timezone.now()).date().isoformat()
        before = timezone.now()
        client_of_office.post(self.url, typed | {"valid_from": today, "step": "save"})
        assert before < RuleVersion.objects.get().valid_from < before + timedelta(minutes=3)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"handle__lead": "99"}, "办结（主办）应为 1 到 60 的整数"),
            ({"reason": ""}, "必填"),
            ({"valid_from": "2020-01-01"}, "不能早于"),
            ({"handle__lead": "7"}, "没有改动任何数字"),
        ],
    )
    @pytest.mark.parametrize("step", ["check", "save"])
    def test_loses_nothing_that_was_typed(self, client_of_office, typed, wrong, message, step):
        data = typed | wrong | {"followup": "3", "step": step}
        response = client_of_office.post(self.url, data)
        page = response.content.decode()
        assert response.status_code == 422
        assert message in page
        assert f'value="{data["handle__lead"]}"' in page
        assert not RuleVersion.objects.exists()

    def test_lists_versions_newest_first(self, client_of_office):
        save()
        save(values={"followup": 2}, valid_from=LATER + timedelta(days=1))
        steps = history(LATER)
        assert [step.version.number for step in steps] == [2, 1]
        assert [step.is_future for step in steps] == [True, False]
        assert steps[1].is_current
