"""What the roster gives to shared pages, its rules about posts, its demonstration."""

from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from apps.core.clock import today
from apps.core.errors import DomainError
from apps.roster import actions, demo, posts, queries
from apps.roster.models import Expert, Officer, Person, Team, Zone
from apps.roster.tests.builders import (
    MOBILE,
    expert_of,
    person_of,
    serve,
    team_of,
    unit_of,
    zone_of,
)


class TestPosts:
    @pytest.mark.parametrize(
        "title",
        ["甲村党支部书记", "村委会主任", "村会计", "社区居委会主任", "社区工作者", "村支书", "网格员",
         "村 委 委员", "社区党委书记", "居民小组长"],
    )  # fmt: skip
    def test_of_villages_and_communities_are_known(self, title):
        assert posts.is_village_post(title)

    @pytest.mark.parametrize(
        "title",
        ["经发办主任", "农村工作办公室主任", "农业农村办干部", "包村干部", "驻村第一书记", "副镇长",
         "社会事务办主任", "联村（社区）干部", "村镇建设办公室主任", ""],
    )  # fmt: skip
    def test_of_the_town_are_not(self, title):
        assert not posts.is_village_post(title)

    @pytest.mark.parametrize("title", ["党建办主任", "纪检干部", "包村干部", "宣传委员", "监察办"])
    def test_that_appendix_1_advises_against_are_named(self, title):
        assert "附件 1 不建议纳入" in posts.advice(title)

    def test_others_get_no_warning(self):
        assert posts.advice("经发办主任") == ""


@pytest.mark.django_db
class TestSearchBox:
    @pytest.mark.parametrize(
        ("query", "address"),
        [("渔阳", "/units/"), ("郑六", "/experts/"), ("zl", "/experts/"), ("甲村", "/zones/"),
         ("李春生", "/persons/"), ("0011", "/persons/")],
    )  # fmt: skip
    def test_finds_units_experts_zones_people(self, officer, login, query, address):
        serve(person_of(), zone_of())
        expert_of()
        page = login(officer).get("/search/", {"q": query}).content.decode()
        assert f'href="{address}' in page
        assert MOBILE not in page

    def test_shows_administrators_no_people(self, auditor, login):
        person_of()
        page = login(auditor).get("/search/", {"q": "李春生"}).content.decode()
        assert "没有找到" in page
        assert "/persons/" not in page


@pytest.mark.django_db
class TestWorkbench:
    def test_asks_for_own_confirmation(self, make_user, login):
        person = person_of()
        serve(person, zone_of())
        page = login(make_user("OFFICER", unit="渔阳镇", person=person)).get("/home/")
        text = page.content.decode()
        for words in ("我的片区", "第一片区", "您登记的号码还没有确认", "本单位队伍"):
            assert words in text

    def test_shows_a_department_its_pool(self, commissioner, login):
        expert_of()
        assert "郑六" in login(commissioner).get("/home/").content.decode()

    def test_numbers_lead_to_what_they_count(self, office_chief, login):
        serve(person_of(), zone_of())
        client = login(office_chief)
        tiles = {tile.label: tile for tile in client.get("/home/").context["tiles"]}
        assert tiles["为企服务人员"].value == 1
        rows = client.get(tiles["队伍有缺口"].url).context["rows"]
        assert len(rows) == tiles["队伍有缺口"].value
        stale = client.get(tiles["电话待确认"].url).context["rows"]
        assert sum(row.to_confirm for row in stale) == tiles["电话待确认"].value == 1


@pytest.mark.django_db
class TestQueries:
    def test_contact_data_grows_stale_after_90_days(self):
        person = person_of()
        Person.objects.filter(pk=person.pk).update(
            confirmed_on=today() - timedelta(days=90), confirmed_by="本人"
        )
        person.refresh_from_db()
        assert not person.is_stale(today())
        assert person.is_stale(today() + timedelta(days=1))
        found = Person.objects.to_confirm(today=today() + timedelta(days=1))
        assert list(found) == [person]

    def test_neighbours_follow_the_order(self):
        one, two, three = (zone_of(name=f"第{number}片区") for number in "一二三")
        assert queries.neighbours(two) == (one, three)
        assert queries.neighbours(one) == (None, two)
        actions.close_zone(zone=two, by=None, now=timezone.now())
        assert queries.neighbours(one) == (None, three)
        assert queries.neighbours(two) == (None, None)

    def test_scopes_follow_role_and_unit(self, officer, team_leader, neighbour, office_chief):
        zone = zone_of()
        post = serve(person_of(), zone)
        for user, may in ((team_leader, True), (office_chief, True), (neighbour, False),
                          (officer, False)):  # fmt: skip
            assert Zone.objects.editable_by(user).filter(pk=zone.pk).exists() is may
            assert Officer.objects.editable_by(user).filter(pk=post.pk).exists() is may
            assert Team.objects.editable_by(user).filter(pk=team_of().pk).exists() is may
            assert Person.objects.editable_by(user).exists() is may
            assert Zone.objects.visible_to(user).filter(pk=zone.pk).exists()

    def test_administrators_see_nobody(self, sysadmin, secadmin, auditor):
        serve(person_of(), zone_of())
        expert_of()
        for user in (sysadmin, secadmin, auditor):
            for model in (Person, Zone, Officer, Expert, Team):
                assert not model.objects.visible_to(user).exists()


@pytest.mark.django_db
class TestDemo:
    def seed(self, size="small"):
        demo.seed(size=size, by=None, now=timezone.now(), rng=Random(7))

    def test_is_the_same_each_time_and_has_gaps_on_purpose(self):
        self.seed()
        names = list(Person.objects.order_by("pk").values_list("name", flat=True))
        assert len(set(names)) == len(names) > 200
        assert Team.objects.filter(leader__isnull=True).count() == 1
        assert queries.pools_without_commissioner().count() == 1
        assert Zone.objects.active().values("unit").distinct().count() == 28
        one, other = (demo._Names(Random(7)) for _ in range(2))
        assert [one.person() for _ in range(20)] == [other.person() for _ in range(20)]

    def test_has_no_village_staff(self):
        self.seed()
        titles = Officer.objects.values_list("person__title", flat=True)
        assert not [title for title in titles if posts.is_village_post(title)]

    def test_writes_into_an_empty_roster_only(self):
        person_of(unit=unit_of().name)
        with pytest.raises(DomainError, match="只写入空的名册"):
            self.seed()
