"""Screens of the roster: what they show, to whom, and what they do with bad input."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from apps.core.clock import today
from apps.roster import actions
from apps.roster.models import Absence, Category, Expert, Officer, Person, Unit, Zone
from apps.roster.tests.builders import (
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
VILLAGER = "甲村党支部书记"


def url(name, *args):
    return reverse(f"roster:{name}", args=args)


def text(response):
    return response.content.decode()


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def leader(team_leader, login):
    return login(team_leader)


@pytest.fixture
def chief(commissioner, login):
    return login(commissioner)


class TestTeams:
    def test_are_28_with_their_gaps(self, leader):
        zone_of()
        response = leader.get(url("teams"))
        assert len(response.context["rows"]) == 28
        row = next(row for row in response.context["rows"] if row.team.unit.name == "渔阳镇")
        assert (row.zones, row.officers, row.gaps) == (1, 0, ["无负责人", "1 个片区无人"])
        assert len(leader.get(url("teams"), {"state": "gap"}).context["rows"]) == 28

    def test_cost_the_same_whatever_their_size(self, leader, django_assert_max_num_queries):
        for number in range(6):
            serve(person_of(f"人员{number}"), zone_of(name=f"第{number}片区"))
        with django_assert_max_num_queries(14):
            leader.get(url("teams"))

    @pytest.mark.parametrize("query", ["渔阳", "yyz", "李春生", "lcs", "甲村", MOBILE, "0011"])
    def test_are_found_by_what_one_knows(self, leader, query):
        serve(person_of(), zone_of())
        rows = leader.get(url("teams"), {"q": query}).context["rows"]
        assert "渔阳镇" in [row.team.unit.name for row in rows]
        assert len(rows) < 28

    def test_show_leader_zones_and_officers(self, leader):
        serve(person_of(), zone_of())
        page = text(leader.get(url("team", unit_of().code)))
        for words in ("第一片区", "李春生", "154****0011", "经发办干部"):
            assert words in page
        assert MOBILE not in page

    def test_show_confirmed_numbers_in_full(self, leader):
        person = person_of()
        serve(person, zone_of())
        actions.confirm_contact(person=person, by=None, now=timezone.now())
        assert f"tel:{MOBILE}" in text(leader.get(url("team", unit_of().code)))

    def test_of_strangers_may_be_seen_but_not_changed(self, neighbour, login):
        client, code = login(neighbour), unit_of().code
        assert client.get(url("team", code)).status_code == 200
        assert url("team-leader", code) not in text(client.get(url("team", code)))
        assert client.get(url("team-leader", code)).status_code == 404
        assert client.get(url("zone-edit", zone_of().pk)).status_code == 404

    def test_get_their_leader_and_note(self, leader):
        head = head_of("吴五", "渔阳镇")
        page = url("team-leader", unit_of().code)
        assert leader.post(page, {"person": head.pk, "note": "每周例会"}).status_code == 302
        team = team_of()
        assert (team.leader, team.note) == (head, "每周例会")

    def test_refuse_a_new_leader_who_is_not_of_division_level(self, leader):
        sent = {"name": "新人", "title": "科员", "mobile": MOBILE}
        response = leader.post(url("team-leader", unit_of().code), sent)
        assert response.status_code == 422
        assert "由处级领导干部负责" in text(response)
        assert "新人" in text(response)
        assert not Person.objects.filter(name="新人").exists()


class TestZones:
    def fields(self, **values):
        return {"name": "第九片区", "boundary": "东至一路", "reported_count": "12", **values}

    def test_are_added_to_the_own_unit(self, leader):
        response = leader.post(url("zone-new"), self.fields(), follow=True)
        zone = Zone.objects.get(name="第九片区")
        assert zone.unit.name == "渔阳镇"
        assert "第九片区" in text(response)

    def test_give_bad_input_back_with_reasons(self, leader):
        response = leader.post(url("zone-new"), self.fields(boundary="", reported_count="很多"))
        assert response.status_code == 422
        page = text(response)
        assert "<title>出错：" in page
        for words in ("请填片区范围", "请填整数", "第九片区"):
            assert words in page
        assert not Zone.objects.filter(name="第九片区").exists()

    def test_refuse_a_name_that_is_taken_beside_the_field(self, leader):
        zone_of(name="第九片区")
        response = leader.post(url("zone-new"), self.fields())
        assert response.status_code == 422
        assert "已有同名片区" in text(response)

    def test_are_changed_and_the_change_is_shown(self, leader):
        zone = zone_of()
        leader.post(url("zone-edit", zone.pk), self.fields(name="新名片区"))
        page = text(leader.get(url("zone", zone.pk)))
        assert "新名片区" in page
        assert "修改片区" in page
        assert "第一片区 → 新名片区" in page

    def test_are_closed_after_a_question(self, leader):
        zone = zone_of()
        serve(person_of(), zone)
        assert "今天起结束服务：李春生" in text(leader.get(url("zone-close", zone.pk)))
        assert Zone.objects.active().filter(pk=zone.pk).exists()
        leader.post(url("zone-close", zone.pk))
        assert not Zone.objects.active().filter(pk=zone.pk).exists()
        assert leader.get(url("zone", zone.pk)).status_code == 404


class TestOfficers:
    def test_are_changed(self, leader):
        zone = zone_of()
        post, other = serve(person_of(), zone), person_of("王二")
        response = leader.post(url("officer-edit", zone.pk, post.pk), {"person": other.pk})
        assert told(response)[0] == "第一片区已由 李春生 换为 王二。"
        assert [row.person for row in zone.officers.current()] == [other]
        history = text(leader.get(url("zone", zone.pk)))
        assert "结束片区服务" in history

    def test_may_be_entered_at_once_and_need_a_number(self, leader):
        zone = zone_of()
        sent = {"name": "新人", "title": "科员"}
        response = leader.post(url("officer-new", zone.pk), sent)
        assert response.status_code == 422
        assert "企业要能打通" in text(response)
        leader.post(url("officer-new", zone.pk), {**sent, "mobile": MOBILE})
        assert zone.officers.current().get().person.name == "新人"

    @pytest.mark.parametrize("title", ["党建办主任", "纪检监察干部", "包村干部"])
    def test_of_posts_advised_against_are_warned_of_and_taken(self, leader, title):
        zone, person = zone_of(), person_of(title=title)
        response = leader.post(url("officer-new", zone.pk), {"person": person.pk})
        assert any("附件 1 不建议纳入" in line for line in told(response))
        assert zone.officers.current().count() == 1

    def test_of_villages_are_refused_without_reason_and_nothing_is_lost(self, leader):
        zone, person = zone_of(), person_of(title=VILLAGER)
        page = url("officer-new", zone.pk)
        response = leader.post(page, {"person": person.pk})
        assert response.status_code == 422
        assert "不得转嫁摊派" in text(response)
        response = leader.post(page, {"person": person.pk, "is_exception": "on", "reason": "短"})
        assert "至少 10 个字" in text(response)
        assert ">短</textarea>" in text(response).replace("\n", "")
        reason = "镇里人手不足，经党委会研究同意"
        leader.post(page, {"person": person.pk, "is_exception": "on", "reason": reason})
        assert zone.officers.current().get().village_reason == reason

    def test_new_people_of_a_refused_form_are_not_kept(self, leader):
        sent = {"name": "新村官", "title": VILLAGER, "mobile": MOBILE}
        assert leader.post(url("officer-new", zone_of().pk), sent).status_code == 422
        assert not Person.objects.filter(name="新村官").exists()

    def test_end_after_a_question_that_says_what_follows(self, leader):
        zone = zone_of()
        post = serve(person_of(), zone)
        page = url("officer-end", zone.pk, post.pk)
        assert "企业找不到人" in text(leader.get(page))
        leader.post(page)
        assert Officer.objects.get(pk=post.pk).until_on == today()
        assert leader.post(page).status_code == 404


class TestExperts:
    @pytest.fixture
    def matter(self):
        return Category.objects.filter(parent__isnull=False).order_by("pk").first()

    @pytest.mark.parametrize(
        "query", ["郑六", "zl", "住房建设", "施工许可", MOBILE, "0011", "郑六 住房"]
    )
    def test_are_found_by_name_unit_matter_initials_phone(self, officer, login, query):
        expert_of(matters_note="施工许可")
        expert_of("冯九", "区水务局", title="所长")
        Person.objects.filter(name="冯九").update(mobile_index="", mobile_tail="")
        rows = login(officer).get(url("experts"), {"q": query}).context["page"].rows
        assert [row.person.name for row in rows] == ["郑六"]

    def test_are_found_by_the_group_of_their_matter(self, officer, login, matter):
        expert_of(matters=[matter])
        client = login(officer)
        for code, count in ((matter.code, 1), (matter.parent.code, 1), ("no-such", 0)):
            page = client.get(url("experts"), {"category": code}).context["page"]
            assert len(page.rows) == count
        assert not client.get(url("experts"), {"q": "没有这个人"}).context["page"].rows

    def test_say_who_is_away_and_who_stands_in(self, officer, login):
        expert = expert_of()
        deputy = person_of("代办员", "区住房建设委")
        actions.set_absence(
            person=expert.person, deputy=deputy, from_on=today(),
            until_on=today() + timedelta(days=2), by=None, now=timezone.now(),
        )  # fmt: skip
        assert "代办员" in text(login(officer).get(url("experts")))

    def test_show_the_columns_asked_for(self, officer, login):
        expert_of(matters_note="施工许可")
        page = text(login(officer).get(url("experts"), {"col": ["who", "unit"]}))
        table = page[page.index("<thead") : page.index("</table>")]
        assert "施工许可" not in table
        assert table.index("姓名与职务") < table.index("部门")

    def test_page_through_by_key(self, officer, login):
        for number in range(55):
            expert_of(f"专家{number}")
        client = login(officer)
        first = client.get(url("experts"))
        names = [row.person.name for row in first.context["page"].rows]
        second = client.get(url("experts") + first.context["page"].next_url)
        names += [row.person.name for row in second.context["page"].rows]
        assert len(names) == len(set(names)) == 55

    def test_are_added_changed_and_ended_by_their_department(self, chief, matter):
        person = person_of("郑六", "区住房建设委", title="科长")
        sent = {"person": person.pk, "matters": [matter.code], "matters_note": "审图"}
        chief.post(url("expert-new"), sent)
        expert = Expert.objects.get(person=person)
        assert list(expert.matters.all()) == [matter]
        chief.post(url("expert-edit", expert.pk), {"matters": [], "matters_note": "施工许可"})
        expert.refresh_from_db()
        assert (expert.matters.count(), expert.matters_note) == (0, "施工许可")
        assert "退出" in text(chief.get(url("expert-end", expert.pk)))
        chief.post(url("expert-end", expert.pk))
        assert not Expert.objects.current().exists()
        assert chief.get(url("expert", expert.pk)).status_code == 404

    def test_of_other_departments_are_not_theirs(self, chief):
        expert = expert_of("冯九", "区水务局")
        assert chief.get(url("expert", expert.pk)).status_code == 200
        assert chief.post(url("expert-edit", expert.pk), {}).status_code == 404
        assert chief.get(url("expert-new") + f"?unit={expert.unit.code}").status_code == 404

    def test_refuse_an_unknown_matter(self, chief):
        person = person_of("郑六", "区住房建设委")
        response = chief.post(url("expert-new"), {"person": person.pk, "matters": ["nope"]})
        assert response.status_code == 422
        assert "类目 nope 不存在或已停用" in text(response)

    def test_have_one_commissioner_a_department(self, chief):
        first, second = head_of("赵敏"), head_of("钱敏")
        page = url("commissioner", first.unit.code)
        for person in (first, second):
            assert chief.post(page, {"person": person.pk}).status_code == 302
        assert Expert.objects.current().get(rank="COMMISSIONER").person == second
        assert "已经是专员" in text(chief.post(page, {"person": second.pk}))

    def test_page_lists_pools_without_a_commissioner(self, officer, login):
        assert len(login(officer).get(url("experts")).context["gaps"]) == 34


class TestPeople:
    def test_confirm_their_own_contact_data(self, make_user, login):
        person = person_of()
        client = login(make_user("OFFICER", unit="渔阳镇", person=person))
        response = client.post(url("person-confirm", person.pk), follow=True)
        person.refresh_from_db()
        assert (person.confirmed_on, person.confirmed_by) == (today(), "本人")
        assert "本人确认" in text(response)

    def test_correct_their_numbers_and_nothing_else(self, make_user, login):
        person = person_of()
        client = login(make_user("OFFICER", unit="渔阳镇", person=person))
        sent = {"mobile": OTHER_MOBILE, "landline": "", "title": "镇长", "is_division_level": "on"}
        client.post(url("person-edit", person.pk), sent)
        person.refresh_from_db()
        assert (person.mobile, person.title, person.is_division_level) == (
            OTHER_MOBILE, "经发办干部", False,
        )  # fmt: skip
        response = client.post(url("person-edit", person.pk), {"mobile": "123", "landline": ""})
        assert response.status_code == 422
        assert "手机号应为 11 位数字，现在是 3 位" in text(response)
        assert 'value="123"' in text(response)

    def test_do_not_speak_for_others(self, officer, login):
        person = person_of()
        client = login(officer)
        assert client.post(url("person-confirm", person.pk)).status_code == 403
        assert client.get(url("person-edit", person.pk)).status_code == 403
        assert client.get(url("absence", person.pk)).status_code == 403
        assert client.get(url("person-leave", person.pk)).status_code == 403

    def test_are_asked_for_a_number_before_confirming(self, leader):
        person = person_of(mobile="")
        response = leader.post(url("person-confirm", person.pk), follow=True)
        assert "还没有登记电话" in text(response)

    def test_are_entered_and_leave(self, leader):
        sent = {"name": "新人", "title": "科员", "mobile": MOBILE}
        leader.post(url("person-new", unit_of().code), sent)
        person = Person.objects.get(name="新人")
        serve(person, zone_of())
        assert "结束在第一片区的服务" in text(leader.get(url("person-leave", person.pk)))
        leader.post(url("person-leave", person.pk))
        assert leader.get(url("person", person.pk)).status_code == 404

    def test_of_other_units_are_not_entered(self, leader):
        assert leader.get(url("person-new", unit_of("下营镇").code)).status_code == 404

    def test_have_deputies(self, leader):
        one, two = person_of("甲一"), person_of("乙二")
        sent = {"deputy": two.pk, "from_on": today(), "until_on": today(), "reason": "学习"}
        leader.post(url("absence", one.pk), sent)
        assert "乙二" in text(leader.get(url("person", one.pk)))
        assert "甲一" in text(leader.get(url("person", two.pk)))
        absence = Absence.objects.get()
        response = leader.post(url("absence-cancel", absence.pk), follow=True)
        assert "代办已取消" in text(response)
        assert leader.post(url("absence-cancel", absence.pk)).status_code == 404

    def test_have_their_number_reported_dead_once(self, officer, login):
        person = person_of()
        client = login(officer)
        client.post(url("phone-dead", person.pk, "mobile"))
        assert Person.objects.get(pk=person.pk).is_mobile_dead
        again = client.post(url("phone-dead", person.pk, "mobile"), follow=True)
        assert "已经标为打不通" in text(again)

    def test_are_hidden_from_the_administrators(self, sysadmin, secadmin, auditor, login):
        person = person_of()
        for user in (sysadmin, secadmin, auditor):
            assert login(user).get(url("person", person.pk)).status_code == 403


class TestUnits:
    @pytest.fixture
    def office(self, office_chief, login):
        return login(office_chief)

    @pytest.mark.parametrize(
        ("query", "count"),
        [({}, 62), ({"kind": "town"}, 28), ({"kind": "department"}, 34), ({"flag": "pool"}, 34),
         ({"flag": "member"}, 3), ({"q": "yyz"}, 1), ({"q": "城关镇"}, 1)],
    )  # fmt: skip
    def test_are_filtered(self, office, query, count):
        assert len(office.get(url("units"), query).context["units"]) == count

    def test_flags_stay_open_until_somebody_decides(self, office):
        unit = unit_of("区水务局")
        page = office.get(url("unit-edit", unit.code))
        sent = {name: page.context["form"][name].value() for name in page.context["form"].fields}
        assert sent["in_task_force"] == ""
        sent = {name: value for name, value in sent.items() if value not in {None, False}}
        office.post(url("unit-edit", unit.code), {**sent, "is_member_unit": "yes"})
        unit = unit_of("区水务局")
        assert (unit.is_member_unit, unit.in_task_force) == (True, None)

    def test_are_added_for_the_member_units_that_the_plan_does_not_list(self, office):
        sent = {"code": "youth", "name": "团区委", "kind": "OTHER", "name_check": "B",
                "aliases": "共青团、青团委", "is_active": "on"}  # fmt: skip
        office.post(url("unit-new"), sent)
        assert Unit.objects.get(code="youth").aliases == ["共青团", "青团委"]
        assert "编码" in text(office.post(url("unit-new"), sent))

    def test_closing_needs_empty_rosters(self, office):
        person_of()
        unit = unit_of()
        sent = {"name": unit.name, "kind": unit.kind, "name_check": "A"}
        response = office.post(url("unit-edit", unit.code), sent)
        assert response.status_code == 422
        assert "还有在册人员" in text(response)

    def test_have_a_liaison(self, chief):
        person = person_of("郭联络", "区住房建设委")
        page = url("liaison", person.unit.code)
        chief.post(page, {"liaison": person.pk})
        assert unit_of("区住房建设委").liaison == person
        assert chief.get(url("liaison", unit_of("区水务局").code)).status_code == 404

    def test_show_no_people_to_the_system_administrator(self, sysadmin, login):
        expert = expert_of()
        actions.set_liaison(unit=expert.unit, person=expert.person, by=None, now=timezone.now())
        page = login(sysadmin).get(url("unit", expert.unit.code))
        assert page.status_code == 200
        assert "郑六" not in text(page)
