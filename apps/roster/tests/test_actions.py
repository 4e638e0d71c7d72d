"""Writes of the roster: what is kept, what is refused, what is recorded."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.clock import today
from apps.core.errors import DomainError
from apps.roster import actions
from apps.roster.actions import NewPerson
from apps.roster.models import Absence, Category, Expert, Officer, Person, Team, Unit, Zone
from apps.roster.tests.builders import (
    LANDLINE,
    MOBILE,
    OTHER_MOBILE,
    expert_of,
    head_of,
    person_of,
    serve,
    team_of,
    unit_of,
    zone_of,
)

pytestmark = pytest.mark.django_db
REASON = "镇里人手不足，经党委会研究同意"


def entry(action):
    return AuditEntry.objects.filter(action=action).latest("pk")


class TestPeople:
    def test_numbers_are_normalised_encrypted_and_masked_in_the_log(self):
        person = person_of(mobile="154 0000 0011", landline="40000013")
        assert (person.mobile, person.landline) == (MOBILE, LANDLINE)
        assert entry("roster.person.save").changes["mobile"] == ["", "154****0011"]
        assert person.joined_on == today()

    def test_a_changed_number_has_to_be_confirmed_again(self):
        person = person_of()
        actions.confirm_contact(person=person, by=None, now=timezone.now())
        values = {"name": person.name, "title": person.title, "is_division_level": False}
        save = {"person": person, "unit": person.unit, "by": None, "now": timezone.now(), **values}
        actions.save_person(mobile=MOBILE, landline="", **save)
        assert person.is_confirmed
        actions.save_person(mobile=OTHER_MOBILE, landline="", **save)
        person.refresh_from_db()
        assert not person.is_confirmed
        assert person.contact_changed_on == today()

    def test_nothing_is_recorded_when_nothing_changed(self):
        person = person_of()
        before = AuditEntry.objects.count()
        actions.save_person(
            person=person, unit=person.unit, name=person.name, title=person.title,
            is_division_level=False, mobile=MOBILE, landline="", by=None, now=timezone.now(),
        )  # fmt: skip
        assert AuditEntry.objects.count() == before

    def test_do_not_change_their_unit(self):
        person = person_of()
        with pytest.raises(DomainError, match="先移出原单位名册"):
            actions.save_person(
                person=person, unit=unit_of("下营镇"), name="李春生", title="", mobile=MOBILE,
                is_division_level=False, landline="", by=None, now=timezone.now(),
            )  # fmt: skip

    @pytest.mark.parametrize("wrong", ["1380000", "abc", "138123456789"])
    def test_refuse_a_number_that_is_none(self, wrong):
        with pytest.raises(DomainError, match="11 位"):
            person_of(mobile=wrong)

    def test_in_office_keep_what_the_office_demands(self):
        leader = head_of("吴五", "渔阳镇")
        actions.set_team_leader(team=team_of(), leader=leader, by=None, now=timezone.now())
        with pytest.raises(DomainError, match="队伍负责人，须为处级"):
            self.lower(leader)
        chief = head_of()
        actions.appoint_commissioner(unit=chief.unit, person=chief, by=None, now=timezone.now())
        with pytest.raises(DomainError, match="部门专员，须为处级"):
            self.lower(chief)
        officer = person_of("王二")
        serve(officer, zone_of())
        with pytest.raises(DomainError, match="不能改为村"):
            self.lower(officer, title="甲村村委会主任")

    def lower(self, person, title=""):
        actions.save_person(
            person=person, unit=person.unit, name=person.name, title=title or person.title,
            is_division_level=False, mobile=person.mobile, landline="", by=None,
            now=timezone.now(),
        )  # fmt: skip

    def test_confirmation_says_who(self, make_user):
        person = person_of()
        own = make_user("OFFICER", unit="渔阳镇", person=person)
        editor = make_user("TEAM_LEADER", unit="渔阳镇")
        actions.confirm_contact(person=person, by=own, now=timezone.now())
        assert person.confirmed_by == "本人"
        actions.confirm_contact(person=person, by=editor, now=timezone.now())
        assert person.confirmed_by == editor.display_name

    def test_confirmation_needs_a_number(self):
        with pytest.raises(DomainError, match="还没有登记电话"):
            actions.confirm_contact(person=person_of(mobile=""), by=None, now=timezone.now())

    def test_a_dead_number_is_marked_once_and_cleared_by_confirming(self):
        person = person_of()
        mark = {"person": person, "which": "mobile", "by": None, "now": timezone.now()}
        actions.mark_phone_dead(**mark)
        assert person.is_mobile_dead
        with pytest.raises(DomainError, match="已经标为打不通"):
            actions.mark_phone_dead(**mark)
        with pytest.raises(DomainError, match="没有登记这个号码"):
            actions.mark_phone_dead(**{**mark, "which": "landline"})
        actions.confirm_contact(person=person, by=None, now=timezone.now())
        assert not person.is_mobile_dead

    def test_own_correction_is_a_confirmation(self, make_user):
        person = person_of()
        own = make_user("OFFICER", unit="渔阳镇", person=person)
        actions.save_own_contact(
            person=person, mobile=OTHER_MOBILE, landline="", by=own, now=timezone.now()
        )
        person.refresh_from_db()
        assert (person.mobile, person.confirmed_by) == (OTHER_MOBILE, "本人")

    def test_typed_in_forms_are_entered_once(self):
        kept = person_of()
        same = {"unit": kept.unit, "by": None, "now": timezone.now()}
        assert actions.ensure_person(person=kept, new=NewPerson(""), **same) == kept
        with pytest.raises(DomainError, match="已有“李春生”"):
            actions.ensure_person(person=None, new=NewPerson(kept.name, kept.title), **same)
        with pytest.raises(DomainError, match="或填新人员的姓名"):
            actions.ensure_person(person=None, new=NewPerson("  "), **same)
        made = actions.ensure_person(person=None, new=NewPerson("新人", mobile=MOBILE), **same)
        assert made.unit == kept.unit

    def test_who_leaves_loses_all_posts_and_the_history_stays(self):
        head = head_of("吴五", "渔阳镇")
        deputy = person_of("王二")
        zone, when = zone_of(), {"by": None, "now": timezone.now()}
        actions.set_team_leader(team=team_of(), leader=head, **when)
        actions.set_liaison(unit=head.unit, person=head, **when)
        post = serve(head, zone)
        absence = actions.set_absence(
            person=head, deputy=deputy, from_on=today(), until_on=today(), **when
        )
        actions.leave_roster(person=head, **when)
        assert team_of().leader is None
        assert Unit.objects.get(pk=head.unit_id).liaison is None
        assert Officer.objects.get(pk=post.pk).until_on == today()
        assert Absence.objects.get(pk=absence.pk).cancelled_on == today()
        assert not Person.objects.active().filter(pk=head.pk).exists()
        actions.return_to_roster(person=head, **when)
        assert Person.objects.active().get(pk=head.pk).left_on is None

    def test_who_leaves_a_pool_is_history_there(self):
        expert = expert_of()
        actions.leave_roster(person=expert.person, by=None, now=timezone.now())
        assert Expert.objects.get(pk=expert.pk).until_on == today()


class TestAbsence:
    def set(self, person, deputy, first=0, last=3, **values):
        return actions.set_absence(
            person=person, deputy=deputy, from_on=today() + timedelta(days=first),
            until_on=today() + timedelta(days=last), by=None, now=timezone.now(), **values,
        )  # fmt: skip

    def test_names_the_deputy_of_the_day(self):
        one, two = person_of("甲一"), person_of("乙二")
        self.set(one, two)
        assert actions.deputy_of(one, today()) == two
        assert actions.deputy_of(one, today() + timedelta(days=4)) is None

    def test_is_called_off_once(self):
        one, two = person_of("甲一"), person_of("乙二")
        absence = self.set(one, two)
        actions.cancel_absence(absence=absence, by=None, now=timezone.now())
        assert actions.deputy_of(one, today()) is None
        with pytest.raises(DomainError, match="已经取消"):
            actions.cancel_absence(absence=absence, by=None, now=timezone.now())

    def test_refuses_what_makes_no_sense(self):
        one, two, three = person_of("甲一"), person_of("乙二"), person_of("丙三")
        stranger = person_of("外人", "下营镇")
        with pytest.raises(DomainError, match="不能是本人"):
            self.set(one, one)
        with pytest.raises(DomainError, match="同一单位"):
            self.set(one, stranger)
        with pytest.raises(DomainError, match="不能早于"):
            self.set(one, two, 3, 1)
        with pytest.raises(DomainError, match="已经过去"):
            self.set(one, two, -3, -1)
        self.set(one, two)
        with pytest.raises(DomainError, match="已经设过代办"):
            self.set(one, three)
        with pytest.raises(DomainError, match="也不在岗"):
            self.set(three, one)
        with pytest.raises(DomainError, match="正替 甲一 代办"):
            self.set(two, three)


class TestPool:
    def test_has_one_commissioner_and_the_former_one_is_history(self):
        first, second = head_of("赵敏"), head_of("钱敏")
        unit, when = first.unit, {"by": None, "now": timezone.now()}
        actions.appoint_commissioner(unit=unit, person=first, **when)
        actions.appoint_commissioner(unit=unit, person=second, **when)
        current = Expert.objects.current().filter(unit=unit)
        assert [row.person for row in current] == [second]
        assert Expert.objects.get(person=first).until_on == today()
        with pytest.raises(DomainError, match="已经是专员"):
            actions.appoint_commissioner(unit=unit, person=second, **when)

    def test_database_refuses_a_second_commissioner(self):
        first, second = head_of("赵敏"), head_of("钱敏")
        actions.appoint_commissioner(unit=first.unit, person=first, by=None, now=timezone.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            Expert.objects.create(
                person=second, unit=first.unit, rank="COMMISSIONER", since_on=today()
            )

    def test_commissioner_is_of_division_level(self):
        person = person_of("孙科", "区住房建设委")
        with pytest.raises(DomainError, match="专员须为处级"):
            actions.appoint_commissioner(
                unit=person.unit, person=person, by=None, now=timezone.now()
            )

    def test_expert_who_is_appointed_keeps_the_matters(self):
        matter = Category.objects.filter(parent__isnull=False).order_by("pk").first()
        person = head_of()
        actions.add_expert(
            person=person, unit=person.unit, matters=[matter], matters_note="审图", by=None,
            now=timezone.now(),
        )  # fmt: skip
        made = actions.appoint_commissioner(
            unit=person.unit, person=person, by=None, now=timezone.now()
        )
        assert (list(made.matters.all()), made.matters_note) == ([matter], "审图")

    def test_takes_own_people_once(self):
        expert = expert_of()
        with pytest.raises(DomainError, match="已在专家库中"):
            actions.add_expert(person=expert.person, unit=expert.unit, by=None, now=timezone.now())
        stranger = person_of("外人", "区水务局")
        with pytest.raises(DomainError, match="本部门的在册人员"):
            actions.add_expert(person=stranger, unit=expert.unit, by=None, now=timezone.now())
        officer = person_of()
        with pytest.raises(DomainError, match="没有专家库"):
            actions.add_expert(person=officer, unit=officer.unit, by=None, now=timezone.now())

    def test_ends_an_appointment_once(self):
        expert = expert_of()
        actions.end_expert(expert=expert, by=None, now=timezone.now())
        with pytest.raises(DomainError, match="已经结束"):
            actions.end_expert(expert=expert, by=None, now=timezone.now())

    def test_records_matters_before_and_after(self):
        matter = Category.objects.filter(parent__isnull=False).order_by("pk").first()
        expert = expert_of()
        actions.save_expert(
            expert=expert, matters=[matter], matters_note="", by=None, now=timezone.now()
        )
        assert entry("roster.expert.save").changes["matters"] == ["", matter.name]


class TestTeams:
    def test_are_led_by_division_level_of_the_own_unit(self):
        team, when = team_of(), {"by": None, "now": timezone.now()}
        with pytest.raises(DomainError, match="由处级领导干部负责"):
            actions.set_team_leader(team=team, leader=person_of(), **when)
        with pytest.raises(DomainError, match="本单位的在册人员"):
            actions.set_team_leader(team=team, leader=head_of("外人", "下营镇"), **when)
        leader = head_of("吴五", "渔阳镇")
        actions.set_team_leader(team=team, leader=leader, **when)
        assert entry("roster.team.set_leader").changes == {"leader": ["", "吴五"]}
        actions.set_team_leader(team=team, leader=None, **when)
        assert team_of().leader is None

    def test_keep_their_note(self):
        actions.set_team_leader(
            team=team_of(), leader=None, note="每周五 碰头", by=None, now=timezone.now()
        )
        assert team_of().note == "每周五 碰头"
        assert entry("roster.team.set_leader").changes == {"note": ["", "每周五 碰头"]}


class TestZones:
    def test_follow_one_another_and_keep_their_text(self):
        one, two = zone_of(name="第一片区"), zone_of(name="第二片区")
        assert two.order == one.order + 1
        assert entry("roster.zone.add").target_label == "渔阳镇 第二片区"

    def test_have_a_name_of_their_own_while_in_use(self):
        zone = zone_of()
        with pytest.raises(DomainError, match="已有同名片区"):
            zone_of()
        actions.close_zone(zone=zone, by=None, now=timezone.now())
        assert zone_of().pk != zone.pk

    def test_belong_to_townships(self):
        with pytest.raises(DomainError, match="只有乡镇、街道、开发区"):
            zone_of("区水务局")

    def test_that_close_end_the_service_there(self):
        zone = zone_of()
        post = serve(person_of(), zone)
        actions.close_zone(zone=zone, by=None, now=timezone.now())
        assert Officer.objects.get(pk=post.pk).until_on == today()
        with pytest.raises(DomainError, match="已经停用"):
            actions.close_zone(zone=zone, by=None, now=timezone.now())
        with pytest.raises(DomainError, match="不能再安排人员"):
            serve(person_of("王二"), zone)

    def test_have_several_officers_each_once(self):
        zone, one = zone_of(), person_of()
        serve(one, zone)
        serve(person_of("王二"), zone)
        assert zone.officers.current().count() == 2
        with pytest.raises(DomainError, match="已在本片区服务"):
            serve(one, zone)
        with pytest.raises(DomainError, match="本单位的在册人员"):
            serve(person_of("外人", "下营镇"), zone)

    def test_change_their_officer_and_remember_the_former(self):
        zone, one, two = zone_of(), person_of(), person_of("王二")
        post = serve(one, zone)
        actions.change_officer(officer=post, person=two, by=None, now=timezone.now())
        assert [row.person for row in zone.officers.current()] == [two]
        assert Officer.objects.get(pk=post.pk).until_on == today()

    def test_refuse_the_same_officer_and_an_ended_post(self):
        zone, one = zone_of(), person_of()
        post = serve(one, zone)
        with pytest.raises(DomainError, match="还是同一个人"):
            actions.change_officer(officer=post, person=one, by=None, now=timezone.now())
        actions.end_officer(officer=post, by=None, now=timezone.now())
        with pytest.raises(DomainError, match="已经结束"):
            actions.end_officer(officer=post, by=None, now=timezone.now())

    def test_a_failed_change_leaves_the_present_officer(self):
        zone, one = zone_of(), person_of()
        post = serve(one, zone)
        stranger = person_of("外人", "下营镇")
        with pytest.raises(DomainError):
            actions.change_officer(officer=post, person=stranger, by=None, now=timezone.now())
        assert Officer.objects.get(pk=post.pk).until_on is None


class TestVillageStaff:
    """Plan one (三): work is not passed on to village or community staff."""

    @pytest.fixture
    def villager(self):
        return person_of("张村官", title="甲村党支部书记")

    def test_are_refused(self, villager):
        with pytest.raises(DomainError, match="不得转嫁摊派至村（社区）工作人员"):
            serve(villager, zone_of())

    def test_need_a_reason_of_ten_characters(self, villager, team_leader):
        with pytest.raises(DomainError, match="至少 10 个字"):
            serve(villager, zone_of(), is_exception=True, reason="人手不足", by=team_leader)

    def test_are_let_in_by_the_head_of_the_unit_only(
        self, villager, team_leader, officer, neighbour
    ):
        zone = zone_of()
        given = {"is_exception": True, "reason": REASON}
        for user in (officer, neighbour):
            with pytest.raises(DomainError, match="须由本单位负责人"):
                serve(villager, zone, by=user, **given)
        post = serve(villager, zone, by=team_leader, **given)
        assert post.village_reason == REASON
        assert REASON in entry("roster.officer.add").note

    def test_are_flagged_and_not_blocked_by_an_import(self, villager):
        post = serve(villager, zone_of(), is_import=True)
        assert "待核实" in post.village_reason

    def test_reason_is_kept_for_nobody_else(self):
        post = serve(person_of(), zone_of(), is_exception=True, reason=REASON)
        assert post.village_reason == ""


class TestUnits:
    def test_new_township_gets_its_team(self):
        unit = actions.save_unit(
            unit=None, code="120225999", name="新设镇", kind="TOWNSHIP", by=None,
            now=timezone.now(),
        )  # fmt: skip
        assert Team.objects.filter(unit=unit).exists()

    def test_code_and_parts_are_fixed(self):
        unit, when = unit_of(), {"by": None, "now": timezone.now()}
        with pytest.raises(DomainError, match="编码建好后不能改"):
            actions.save_unit(unit=unit, code="other", **when)
        with pytest.raises(DomainError, match="留给系统使用"):
            actions.save_unit(unit=None, code="new", name="某局", kind="OTHER", **when)
        with pytest.raises(DomainError, match="只能有一个"):
            actions.save_unit(unit=unit_of(), is_hub=True, **when)
        with pytest.raises(TypeError):
            actions.save_unit(unit=unit, liaison=None, **when)

    def test_other_names_are_recorded_as_words(self):
        actions.save_unit(
            unit=unit_of("区水务局"), aliases=["水务 局", "", "水务 局"], by=None,
            now=timezone.now(),
        )  # fmt: skip
        assert unit_of("区水务局").aliases == ["水务 局"]
        assert entry("roster.unit.save").changes["aliases"][1] == "水务 局"

    def test_liaison_is_one_of_its_people(self):
        unit = unit_of("区水务局")
        with pytest.raises(DomainError, match="本单位的在册人员"):
            actions.set_liaison(unit=unit, person=person_of(), by=None, now=timezone.now())


class TestCategories:
    def test_have_two_levels(self):
        child = Category.objects.filter(parent__isnull=False).order_by("pk").first()
        when = {"by": None, "now": timezone.now()}
        with pytest.raises(DomainError, match="只有两级"):
            actions.save_category(category=None, code="x1", name="太深", parent=child, **when)
        other = Category.objects.filter(parent__isnull=True).exclude(pk=child.parent_id).first()
        with pytest.raises(DomainError, match="本类目有下级"):
            actions.save_category(category=child.parent, parent=other, **when)


class TestReference:
    def test_is_62_units_28_teams_and_two_levels_of_categories(self):
        """decisions.md 17: 28 townships and 34 departments; hub and office are two of these."""
        assert Unit.objects.with_team().count() == Team.objects.count() == 28
        assert Unit.objects.with_experts().count() == 34
        assert Unit.objects.count() == 62
        assert Unit.objects.get(is_hub=True).name == "区网格化管理中心"
        assert Unit.objects.get(is_office=True).name == "区营商环境办"
        assert set(Unit.objects.filter(in_task_force=True).values_list("name", flat=True)) == {
            "区营商环境办", "区发展改革委", "区住房建设委",
        }  # fmt: skip
        assert not Unit.objects.filter(in_task_force=False).exists()
        assert Category.objects.filter(parent__isnull=True).count() == 19
        assert Category.objects.filter(parent__isnull=False).count() == 70

    def test_load_adds_what_is_missing_and_leaves_what_was_edited(self):
        actions.save_unit(
            unit=unit_of("区水务局"), duties="改过的职责", by=None, now=timezone.now()
        )
        assert actions.load_reference(by=None, now=timezone.now()) == 0
        assert unit_of("区水务局").duties == "改过的职责"


class TestConstraints:
    @pytest.mark.parametrize(
        ("model", "values"),
        [
            (Expert, {"rank": "CHIEF"}),
            (Expert, {"until_on": date(2000, 1, 1)}),
            (Officer, {"until_on": date(2000, 1, 1)}),
            (Zone, {"name": ""}),
            (Person, {"name": ""}),
            (Person, {"is_active": False}),
            (Person, {"confirmed_by": "某人"}),
            (Unit, {"kind": "SHIP"}),
            (Unit, {"name_check": "Z"}),
            (Unit, {"name": ""}),
            (Category, {"code": ""}),
        ],
    )
    def test_hold_whatever_writes(self, model, values):
        serve(person_of(), zone_of())
        expert_of()
        row = model.objects.order_by("pk").first()
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.filter(pk=row.pk).update(**values)

    def test_of_absences_hold(self):
        one, two = person_of("甲一"), person_of("乙二")
        good = {"person": one, "deputy": two, "from_on": today(), "until_on": today()}
        for wrong in ({"deputy": one}, {"until_on": date(2000, 1, 1)}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Absence.objects.create(**{**good, **wrong})

    def test_of_a_category_and_its_parent_hold(self):
        row = Category.objects.order_by("pk").first()
        with pytest.raises(IntegrityError), transaction.atomic():
            Category.objects.filter(pk=row.pk).update(parent=row)
