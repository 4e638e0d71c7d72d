"""The screens: who sees what, what a form keeps, what is never shown."""

import pytest
from django.urls import reverse

from apps.registry import links
from apps.registry.models import BusinessEntity, Contact, MergeCandidate
from apps.registry.tests.builders import CODE, entity_of, facts_of, number_of, unit_of, zone_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """An entity of 渔阳镇 with a number."""
    return entity_of(principal="王七", phones=[number_of(1)], zone=zone_of())


@pytest.fixture
def many():
    """Thirty entities of 渔阳镇."""
    from django.utils import timezone

    from apps.registry import actions

    actions.apply_entities(
        unit=unit_of(),
        creates=facts_of(30),
        updates=[],
        by=None,
        now=timezone.now(),
        source="APPENDIX",
    )


FORM = {
    "name": "山里人家农家院",
    "kind": "INDIVIDUAL",
    "principal": "郑八",
    "phone_1": "154 0000 0009",
    "contact_1": "店里",
}


class TestList:
    def test_shows_the_own_township_with_masked_numbers(self, login, officer, shop):
        entity_of("别处商店", unit="下营镇")
        page = login(officer).get("/ent/").content.decode()
        assert "宏远建材有限公司" in page
        assert "别处商店" not in page
        assert "154****0001" in page
        assert number_of(1) not in page

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 20),
            ("?size=50", 30),
            ("?q=安安", 20),
            ("?q=0003", 1),
            ("?kind=ENTERPRISE", 0),
            ("?check=no_zone&size=50", 30),
            ("?status=CANCELLED", 0),
            ("?label=homestay", 0),
            ("?zone=1", 0),
            ("?sort=changed&size=100", 30),
            ("?kind=x&check=y&status=z&zone=q&sort=w&after=zzz", 20),
        ],
    )
    def test_filters(self, login, officer, many, query, count):
        page = login(officer).get(f"/ent/{query}")
        assert page.status_code == 200
        assert len(page.context["rows"]) == count

    def test_goes_through_all_pages_once(self, login, officer, many):
        client = login(officer)
        for sort in ("", "&sort=changed"):
            seen, url = [], f"/ent/?size=20{sort}"
            while url:
                page = client.get(url).context["page"]
                seen += [row.pk for row in page.rows]
                url = f"/ent/{page.next_url}" if page.next_url else ""
            assert len(seen) == len(set(seen)) == 30

    def test_costs_the_same_for_twenty_and_a_hundred_rows(
        self, login, officer, many, django_assert_max_num_queries
    ):
        client = login(officer)
        for size in (20, 100):
            with django_assert_max_num_queries(17):
                client.get(f"/ent/?size={size}")

    def test_shows_the_columns_asked_for(self, login, officer, shop):
        page = login(officer).get("/ent/?col=code").context
        assert [column.key for column in page["shown"]] == ["name", "code"]

    def test_stops_counting_at_ten_thousand(self, login, officer, many, monkeypatch):
        from apps.registry.queries import lists

        monkeypatch.setattr(lists, "MOST_COUNTED", 10)
        assert "10+ 家" in login(officer).get("/ent/").content.decode()


class TestFind:
    def test_answers_the_typeahead(self, login, officer, shop):
        answer = login(officer).get("/ent/find/?q=hongyuan", headers={"X-Requested-With": "fetch"})
        assert answer.json() == []
        answer = login(officer).get("/ent/find/?q=hyjc", headers={"X-Requested-With": "fetch"})
        assert answer.json() == [
            {"title": shop.name, "note": "渔阳镇 · 第一片区 · 王七", "value": shop.pk}
        ]

    def test_leads_to_the_list_without_a_script(self, login, officer):
        answer = login(officer).get("/ent/find/?q=宏远")
        assert answer.url == "/ent/?q=%E5%AE%8F%E8%BF%9C"

    def test_is_part_of_the_search_box(self, login, officer, neighbour, shop):
        assert shop.name in login(officer).get("/search/?q=宏远").content.decode()
        assert shop.name not in login(neighbour).get("/search/?q=宏远").content.decode()


class TestEntityPage:
    def test_shows_facts_officers_sources_and_masked_numbers(self, login, team_leader, shop):
        page = login(team_leader).get(f"/ent/{shop.pk}/").content.decode()
        for text in ("王七", "第一片区", "154****0001", "人工登记", "登记经营主体"):
            assert text in page
        assert number_of(1) not in page
        assert "tel:" not in page

    def test_offers_the_code_that_was_probably_meant(self, login, team_leader):
        shop = entity_of(credit_code=CODE.replace("0", "O", 1))
        page = login(team_leader).get(f"/ent/{shop.pk}/").content.decode()
        assert f"?code={CODE}" in page
        form = login(team_leader).get(f"/ent/{shop.pk}/edit/?code={CODE}").context["form"]
        assert form["credit_code"].value() == CODE

    def test_has_room_for_the_panels_of_other_apps(self, login, officer, shop, monkeypatch):
        monkeypatch.setattr(links, "_panels", {})
        links.register_panel(
            "cases",
            lambda entity, user, now: links.Panel(
                "诉求工单", "components/empty.html", {"text": f"{entity}没有工单"}
            ),
        )
        page = login(officer).get(f"/ent/{shop.pk}/").content.decode()
        assert "诉求工单" in page
        assert f"{shop}没有工单" in page

    def test_leads_from_the_merged_to_the_kept(self, login, office_chief, shop, now):
        from apps.registry import actions

        other = entity_of("宏远")
        actions.merge(kept=shop, absorbed=other, by=None, now=now)
        answer = login(office_chief).get(f"/ent/{other.pk}/")
        assert answer.url == f"/ent/{shop.pk}/"

    @pytest.mark.parametrize("page", ["", "edit/", "status/"])
    def test_is_not_there_for_strangers(self, login, neighbour, shop, page):
        assert login(neighbour).get(f"/ent/{shop.pk}/{page}").status_code == 404

    @pytest.mark.parametrize("role", ["SYSADMIN", "SECADMIN", "AUDITOR", "LEADER"])
    def test_is_closed_to_those_without_business(self, login, make_user, shop, role):
        client = login(make_user(role))
        for address in ("/ent/", f"/ent/{shop.pk}/", "/ent/find/?q=宏"):
            assert client.get(address).status_code == 403

    def test_reveals_a_number_for_a_reason_and_writes_it_down(self, login, officer, shop):
        from apps.audit.models import AuditEntry

        contact = shop.contacts.get()
        address = reverse("accounts:reveal", args=["contact", contact.pk, "phone"])
        page = login(officer).post(address, {"reason": "CONTACT"}).content.decode()
        assert number_of(1) in page
        entry = AuditEntry.objects.get(action="accounts.reveal")
        assert "宏远建材有限公司" in entry.target_label
        assert number_of(1) not in entry.target_label

    def test_reveals_nothing_to_strangers(self, login, neighbour, shop):
        address = reverse("accounts:reveal", args=["contact", shop.contacts.get().pk, "phone"])
        assert login(neighbour).post(address, {"reason": "CONTACT"}).status_code == 404


class TestEntityForm:
    def test_adds_to_the_own_township(self, login, officer):
        answer = login(officer).post("/ent/new/", FORM)
        made = BusinessEntity.objects.get()
        assert answer.url == f"/ent/{made.pk}/"
        assert made.unit.name == "渔阳镇"
        assert [(row.phone, row.name) for row in made.contacts.all()] == [("15400000009", "店里")]

    def test_lets_the_office_choose_the_township(self, login, office_chief):
        client = login(office_chief)
        assert "下营镇" in client.get("/ent/new/").content.decode()
        client.post(f"/ent/new/?unit={unit_of('下营镇').code}", FORM)
        assert BusinessEntity.objects.get().unit.name == "下营镇"

    def test_does_not_add_to_another_township(self, login, officer):
        code = unit_of("下营镇").code
        assert login(officer).post(f"/ent/new/?unit={code}", FORM).status_code == 404

    def test_keeps_what_was_typed_and_says_what_to_do(self, login, officer):
        answer = login(officer).post("/ent/new/", {**FORM, "phone_1": "154000", "kind": ""})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "请选性质" in page
        assert "手机号应为 11 位数字" in page
        assert 'value="山里人家农家院"' in page
        assert 'value="154000"' in page

    def test_warns_about_a_wrong_code_and_saves(self, login, officer):
        answer = login(officer).post("/ent/new/", {**FORM, "credit_code": CODE[:-1]}, follow=True)
        assert "现在是 17 位" in answer.content.decode()
        assert BusinessEntity.objects.get().credit_code == CODE[:-1]

    def test_changes_and_exchanges_numbers(self, login, officer, shop):
        old = shop.contacts.get()
        data = {**FORM, "drop": [old.pk], "version": shop.version}
        login(officer).post(f"/ent/{shop.pk}/edit/", data)
        shop.refresh_from_db()
        assert shop.name == "山里人家农家院"
        assert [row.phone for row in shop.contacts.all()] == ["15400000009"]

    def test_shows_no_number_in_full(self, login, officer, shop):
        page = login(officer).get(f"/ent/{shop.pk}/edit/").content.decode()
        assert "154****0001" in page
        assert number_of(1) not in page

    def test_shows_both_when_somebody_was_quicker(self, login, officer, shop):
        BusinessEntity.objects.filter(pk=shop.pk).update(version=5, address="三路 3 号")
        answer = login(officer).post(f"/ent/{shop.pk}/edit/", {**FORM, "version": 1})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "刚刚被别人改过" in page
        assert "三路 3 号" in page
        assert 'value="山里人家农家院"' in page
        assert 'name="version" value="5"' in page


class TestStatusAndContacts:
    def test_moves_out(self, login, officer, shop):
        client = login(officer)
        address = f"/ent/{shop.pk}/status/"
        assert client.get(f"{address}?status=MOVED_OUT").context["form"]["status"].value() == (
            "MOVED_OUT"
        )
        data = {"status": "MOVED_OUT", "on": "2026-01-05", "note": ""}
        answer = client.post(address, data)
        assert answer.status_code == 422
        assert "迁到哪里" in answer.content.decode()
        client.post(address, {**data, "note": "迁至宝坻区"})
        shop.refresh_from_db()
        assert shop.status == "MOVED_OUT"
        assert client.get("/ent/").context["rows"] == []

    def test_marks_a_dead_number_and_takes_it_back(self, login, officer, neighbour, shop):
        contact = shop.contacts.get()
        address = f"/ent/contacts/{contact.pk}/dead/"
        assert login(neighbour).post(address).status_code == 404
        login(officer).post(address)
        assert Contact.objects.get().is_dead
        login(officer).post(f"/ent/contacts/{contact.pk}/alive/")
        assert not Contact.objects.get().is_dead


class TestRezone:
    def test_previews_then_moves(self, login, team_leader, many):
        zone = zone_of()
        client = login(team_leader)
        pks = list(BusinessEntity.objects.values_list("pk", flat=True)[:3])
        page = client.post("/ent/rezone/", {"pk": pks})
        assert "批量改片区：3 家" in page.content.decode()
        assert not BusinessEntity.objects.filter(zone=zone).exists()
        page = client.post("/ent/rezone/", {"pk": pks, "zone": zone.pk})
        assert "会改 3 家" in page.content.decode()
        client.post("/ent/rezone/", {"pk": pks, "zone": zone.pk, "go": "1"})
        assert BusinessEntity.objects.filter(zone=zone).count() == 3

    def test_takes_all_that_the_list_found(self, login, team_leader, many):
        zone = zone_of()
        data = {"all": "1", "query": "q=安安", "zone": zone.pk, "go": "1"}
        answer = login(team_leader).post("/ent/rezone/", data, follow=True)
        assert "已把 30 家归入第一片区" in answer.content.decode()

    def test_asks_for_the_number_when_they_are_many(self, login, team_leader, many, monkeypatch):
        from apps.registry.views import lists

        monkeypatch.setattr(lists, "CAREFUL", 10)
        zone = zone_of()
        data = {"all": "1", "query": "", "zone": zone.pk, "go": "1"}
        client = login(team_leader)
        answer = client.post("/ent/rezone/", data)
        assert answer.status_code == 422
        assert "请在下面输入数字 30 确认" in answer.content.decode()
        client.post("/ent/rezone/", {**data, "type_count": "30"})
        assert BusinessEntity.objects.filter(zone=zone).count() == 30

    def test_moves_nothing_of_others_and_says_what_it_left(self, login, office_chief, shop):
        other = entity_of("别处商店", unit="下营镇")
        data = {"pk": [shop.pk, other.pk], "zone": shop.zone_id, "go": "1"}
        answer = login(office_chief).post("/ent/rezone/", data, follow=True)
        assert "跳过 1 家原本就在、1 家不属于渔阳镇" in answer.content.decode()

    def test_says_when_nothing_or_too_much_is_chosen(
        self, login, neighbour, team_leader, many, monkeypatch
    ):
        from apps.registry.views import lists

        pks = list(BusinessEntity.objects.values_list("pk", flat=True))
        answer = login(neighbour).post("/ent/rezone/", {"pk": pks}, follow=True)
        assert "请先勾选" in answer.content.decode()
        monkeypatch.setattr(lists, "MOST_AT_ONCE", 10)
        answer = login(team_leader).post("/ent/rezone/", {"all": "1"}, follow=True)
        assert "一次最多改 10 家" in answer.content.decode()


class TestMergeQueue:
    @pytest.fixture
    def pair(self, shop):
        """The shop and its double."""
        entity_of("宏远建材公司", principal="王七", phones=[number_of(2)])
        return MergeCandidate.objects.get()

    def test_shows_pairs_to_those_who_decide(self, login, team_leader, neighbour, officer, pair):
        page = login(team_leader).get("/ent/dupes/").content.decode()
        assert "宏远建材公司" in page
        assert "宏远建材公司" not in login(neighbour).get("/ent/dupes/").content.decode()
        assert login(neighbour).get(f"/ent/dupes/{pair.pk}/").status_code == 404
        assert login(officer).get("/ent/dupes/").status_code == 403

    def test_stands_side_by_side_without_full_numbers(self, login, team_leader, pair):
        page = login(team_leader).get(f"/ent/dupes/{pair.pk}/").content.decode()
        assert "154****0001" in page
        assert number_of(1) not in page

    @pytest.mark.parametrize(
        ("verdict", "kept"), [("first", "宏远建材有限公司"), ("second", "宏远建材公司")]
    )
    def test_merges_and_takes_back(self, login, team_leader, pair, verdict, kept):
        client = login(team_leader)
        client.post(f"/ent/dupes/{pair.pk}/", {"verdict": verdict})
        assert BusinessEntity.objects.live().get().name == kept
        page = client.get("/ent/dupes/")
        (merge,) = page.context["merges"]
        client.post(f"/ent/merges/{merge.pk}/undo/")
        assert BusinessEntity.objects.live().count() == 2

    def test_calls_them_different(self, login, team_leader, pair):
        client = login(team_leader)
        client.post(f"/ent/dupes/{pair.pk}/", {"verdict": "different"})
        assert not MergeCandidate.objects.open().exists()
        answer = client.post(f"/ent/dupes/{pair.pk}/", {"verdict": "first"}, follow=True)
        assert "已经核对过" in answer.content.decode()
        assert BusinessEntity.objects.live().count() == 2

    def test_lies_on_the_workbench(self, login, team_leader, pair):
        assert "疑似重复的经营主体" in login(team_leader).get("/").content.decode()


class TestHealthPages:
    def test_link_each_number_to_as_many_rows(self, login, team_leader, shop, many):
        client = login(team_leader)
        code = unit_of().code
        row = client.get("/ent/health/").context["rows"][0]
        checked = 0
        for key, _label, number in row.cells:
            page = client.get(f"/ent/?unit={code}&check={key}&size=100").context
            assert len(page["rows"]) == number, key
            checked += number
        assert checked > 30

    def test_show_only_numbers_to_the_districts_leader(self, login, make_user, shop):
        client = login(make_user("LEADER"))
        for address in ("/ent/health/", f"/ent/health/{unit_of().code}/"):
            page = client.get(address).content.decode()
            assert "渔阳镇" in page
            assert "/ent/?" not in page

    def test_show_the_own_township_only(self, login, neighbour, shop):
        client = login(neighbour)
        assert "渔阳镇" not in client.get("/ent/health/").content.decode()
        assert client.get(f"/ent/health/{unit_of().code}/").status_code == 404

    @pytest.mark.parametrize("check", ["empty_zone", "miscounted", "officer_no_phone"])
    def test_list_zones_and_people(self, login, team_leader, shop, check):
        code = unit_of().code
        assert login(team_leader).get(f"/ent/health/{code}/{check}/").status_code == 200

    def test_know_no_other_lists(self, login, team_leader):
        code = unit_of().code
        assert login(team_leader).get(f"/ent/health/{code}/nothing/").status_code == 404
