"""Appendix 1: zones, officers, people, the leader; and taking all of it back."""

import pytest
from django.utils import timezone

from apps.filings import actions
from apps.filings.choices import ChunkKind, Fate, FilingState
from apps.filings.queries.kept import items
from apps.filings.tests.builders import (
    applied,
    checked,
    fresh,
    number_of,
    person,
    zone_row,
    zones_part,
)
from apps.notices.models import Notice
from apps.roster.actions import confirm_contact
from apps.roster.models import Officer, Person, Team, Unit, Zone

pytestmark = pytest.mark.django_db
LEADER = person("演示镇长", "副镇长", number_of(1))
ONE = person("演示甲", "经发办主任", number_of(2))
TWO = person("演示乙", "财政所科员", number_of(3), "022-40000001")


def serving(zone):
    rows = Officer.objects.current().filter(zone__name=zone, zone__is_active=True)
    return sorted(rows.values_list("person__name", flat=True))


def full():
    return zones_part(
        [zone_row(1, staff=[ONE, TWO], count=3), zone_row(2, staff=[TWO])], leader=LEADER
    )


class TestApplying:
    def test_makes_zones_people_posts_and_leader(self, monkeypatch, team_leader):
        filing = applied(monkeypatch, full(), by=team_leader)
        assert filing.state == FilingState.APPLIED
        assert serving("第一片区") == ["演示乙", "演示甲"]
        assert serving("第二片区") == ["演示乙"]
        assert Person.objects.filter(unit=filing.unit).count() == 3
        two = Person.objects.get(name="演示乙")
        assert (two.mobile, two.landline) == (number_of(3), "022-40000001")
        leader = Team.objects.get(unit=filing.unit).leader
        assert (leader.name, leader.is_division_level) == ("演示镇长", True)
        assert Zone.objects.get(name="第一片区").reported_count == 3
        assert filing.signatory == "演示镇长"

    def test_of_the_same_form_again_changes_nothing(self, monkeypatch):
        applied(monkeypatch, full())
        filing = checked(monkeypatch, full())[0]
        assert (filing.new_count, filing.changed_count, filing.same_count) == (0, 0, 3)
        before = Officer.objects.count(), Person.objects.count()
        actions.start(filing=filing, by=None, now=timezone.now())
        assert (Officer.objects.count(), Person.objects.count()) == before
        assert fresh(filing).outcome == {"new": 0, "changed": 0}

    def test_shows_each_change_before_it_happens(self, monkeypatch):
        applied(monkeypatch, full())
        moved = person("演示甲", "经发办副主任", number_of(9))
        part = zones_part([zone_row(1, staff=[moved], count=5), zone_row(2, staff=[TWO])])
        filing = checked(monkeypatch, part)[0]
        ((row, name, fields),) = items(filing, ChunkKind.CHANGES)
        assert (row, name) == (6, "第一片区")
        assert fields == {
            "经营主体数量": ["3", "5"],
            "为企服务人员": ["不再服务：演示乙", ""],
            "演示甲的职务": ["经发办主任", "经发办副主任"],
            "演示甲的手机": ["154****0002", "154****0009"],
        }
        assert Person.objects.get(name="演示甲").title == "经发办主任"

    def test_ends_the_service_of_those_left_out_and_proposes_to_close_their_accounts(
        self, monkeypatch, make_user, team_leader
    ):
        applied(monkeypatch, full())
        left = make_user("OFFICER", unit="渔阳镇", person=Person.objects.get(name="演示甲"))
        part = zones_part([zone_row(1, staff=[TWO]), zone_row(2, staff=[TWO])])
        applied(monkeypatch, part, by=team_leader)
        assert serving("第一片区") == ["演示乙"]
        notice = Notice.objects.get(user=team_leader)
        assert notice.url == f"/set/users/{left.pk}/"
        assert "停用账号" in notice.body

    def test_says_nothing_of_somebody_who_only_changed_zones(
        self, monkeypatch, make_user, team_leader
    ):
        applied(monkeypatch, full())
        make_user("OFFICER", unit="渔阳镇", person=Person.objects.get(name="演示甲"))
        part = zones_part([zone_row(1, staff=[TWO]), zone_row(2, staff=[ONE])])
        applied(monkeypatch, part)
        assert serving("第二片区") == ["演示甲"]
        assert not Notice.objects.filter(user=team_leader).exists()

    def test_takes_an_empty_cell_for_no_news(self, monkeypatch):
        applied(monkeypatch, full())
        silent = zones_part([zone_row(1, boundary=""), zone_row(2, staff=[person("演示乙", "")])])
        filing = checked(monkeypatch, silent)[0]
        assert (filing.changed_count, filing.same_count) == (0, 2)

    def test_knows_a_renamed_zone_by_its_boundary(self, monkeypatch):
        applied(monkeypatch, full())
        pk = Zone.objects.get(name="第二片区").pk
        renamed = zone_row(2, staff=[TWO], name="城西片区")
        filing = checked(monkeypatch, zones_part([zone_row(1), renamed]))[0]
        assert next(items(filing, ChunkKind.CHANGES))[2]["片区名称"] == ["第二片区", "城西片区"]
        actions.start(filing=filing, by=None, now=timezone.now())
        assert Zone.objects.get(pk=pk).name == "城西片区"

    def test_keeps_a_zone_that_is_left_out_unless_told_to_close_it(self, monkeypatch, team_leader):
        applied(monkeypatch, full())
        part = zones_part([zone_row(1, staff=[ONE, TWO])])
        applied(monkeypatch, part)
        zone = Zone.objects.get(name="第二片区")
        assert zone.is_active
        filing = checked(monkeypatch, part, by=team_leader)[0]
        actions.decide(
            filing=filing,
            decisions={str(zone.pk): (Fate.CLOSED, "")},
            by=team_leader,
            now=timezone.now(),
        )
        actions.start(filing=fresh(filing), by=team_leader, now=timezone.now())
        zone.refresh_from_db()
        assert not zone.is_active
        assert not Officer.objects.current().filter(zone=zone).exists()

    def test_flags_village_staff_and_never_blocks(self, monkeypatch):
        applied(monkeypatch, full())
        village = person("演示甲", "东村村书记", number_of(2))
        filing = applied(monkeypatch, zones_part([zone_row(1, staff=[village, TWO])]))
        assert filing.state == FilingState.APPLIED
        post = Officer.objects.current().get(person__name="演示甲", zone__name="第一片区")
        assert "导入时标记" in post.village_reason

    def test_tells_namesakes_apart(self, monkeypatch):
        first, second = (
            person("演示同", "甲办", number_of(5)),
            person("演示同", "乙办", number_of(6)),
        )
        part = zones_part([zone_row(1, staff=[first]), zone_row(2, staff=[second])])
        applied(monkeypatch, part)
        assert Person.objects.filter(name="演示同").count() == 2
        assert checked(monkeypatch, part)[0].same_count == 2

    def test_writes_nothing_at_all_when_one_step_is_refused(self, monkeypatch):
        import apps.filings.actions.zones as writing
        from apps.core.errors import DomainError

        def refuse(**kwargs):
            raise DomainError("名册不让改。")

        filing = checked(monkeypatch, full())[0]
        with monkeypatch.context() as patch:
            patch.setattr(writing.roster, "set_team_leader", refuse)
            actions.start(filing=filing, by=None, now=timezone.now())
        filing = fresh(filing)
        assert filing.is_broken_off
        assert filing.job.error == "名册不让改。"
        assert not Zone.objects.filter(unit=filing.unit).exists()
        assert not Person.objects.filter(unit=filing.unit).exists()

    @pytest.mark.parametrize(
        ("row", "errors", "warnings"),
        [
            (zone_row(1, name="长" * 41), 1, 0),
            (zone_row(1, boundary="长" * 2001), 1, 0),
            (zone_row(1, staff=[person("长" * 31)]), 0, 1),
        ],
    )
    def test_refuses_what_does_not_fit(self, monkeypatch, row, errors, warnings):
        filing = checked(monkeypatch, zones_part([row]))[0]
        assert (filing.error_count, filing.warning_count) == (errors, warnings)


class TestUndo:
    def test_returns_everything(self, monkeypatch, team_leader):
        applied(monkeypatch, full())
        confirm_contact(
            person=Person.objects.get(name="演示甲"), by=team_leader, now=timezone.now()
        )
        before = state()
        moved = person("演示甲", "经发办副主任", number_of(9))
        part = zones_part(
            [zone_row(1, staff=[moved, person("演示丙")], count=9, boundary="新范围"), zone_row(3)],
            leader=person("演示书记", "镇长", number_of(8)),
        )
        filing = applied(monkeypatch, part, by=team_leader)
        assert state() != before
        actions.start_undo(filing=filing, by=team_leader, now=timezone.now())
        assert fresh(filing).state == FilingState.UNDONE
        assert state() == before
        assert fresh(filing).outcome["kept"] == []

    def test_of_the_first_form_leaves_an_empty_roster(self, monkeypatch, team_leader):
        filing = applied(monkeypatch, full(), by=team_leader)
        actions.start_undo(filing=filing, by=team_leader, now=timezone.now())
        assert state() == ([], [], [], None)

    def test_keeps_a_person_whose_entry_was_changed_since(self, monkeypatch, team_leader):
        filing = applied(monkeypatch, full(), by=team_leader)
        confirm_contact(
            person=Person.objects.get(name="演示甲"), by=team_leader, now=timezone.now()
        )
        actions.start_undo(filing=filing, by=team_leader, now=timezone.now())
        assert Person.objects.active().filter(name="演示甲").exists()
        assert "演示甲" in fresh(filing).outcome["kept"][0]


def state():
    """Everything of the unit's roster that a filing can change."""
    unit = Unit.objects.get(name="渔阳镇")
    zones = Zone.objects.active().filter(unit=unit).order_by("pk")
    people = Person.objects.active().filter(unit=unit).order_by("pk")
    posts = Officer.objects.current().filter(zone__unit=unit, zone__is_active=True).order_by("pk")
    return (
        list(zones.values_list("name", "boundary", "reported_count")),
        [
            (one.name, one.title, one.mobile, one.landline, one.confirmed_on, one.confirmed_by)
            for one in people
        ],
        list(posts.values_list("person", "zone")),
        Team.objects.get(unit=unit).leader_id,
    )
