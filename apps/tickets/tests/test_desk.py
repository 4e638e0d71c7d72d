"""The 工作台, the navigation's counts, handing work over."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.roster.models import Officer
from apps.tickets.actions import save_draft
from apps.tickets.models import Ticket
from apps.tickets.queries import desk, handing
from apps.tickets.tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """Pages think it is ``clock.at``."""

    class Clock:
        at = NOW

    monkeypatch.setattr("django.utils.timezone.now", lambda: Clock.at)
    return Clock


class TestTiles:
    @pytest.mark.parametrize("role", ["OFFICER", "LIAISON", "HUB_CHIEF"])
    @pytest.mark.parametrize("days", [0, 7, 12])
    def test_lead_to_exactly_the_rows_they_count(
        self, dispatched, registered, crew, login, clock, role, days
    ):
        clock.at = NOW + timedelta(days=days)
        client = login(crew[role])
        tiles = client.get("/home/").context["first_tiles"]
        assert [tile.label for tile in tiles] == ["超期", "临期", "正常", "待反馈企业", "本月办结"]
        for tile in tiles:
            rows = client.get(tile.url).context["page"].rows
            assert len(rows) == tile.value, tile.label
        assert (
            sum(tile.value for tile in tiles[:3])
            == client.get("/home/").context["main_cards"][0].context["tabs"][0]["count"]
        )

    def test_are_not_shown_to_administrators(self, crew, login, sysadmin):
        page = login(sysadmin).get("/home/")
        assert "超期" not in [tile.label for tile in page.context["first_tiles"]]


class TestMyTickets:
    def test_name_the_one_next_step(self, dispatched, act, crew, login, clock):
        page = login(crew["LIAISON"]).get("/home/").content.decode()
        assert f"/t/{dispatched.number}/accept/" in page
        clock.at = NOW + timedelta(days=12)
        page = login(crew["OFFICER"]).get("/home/").content.decode()
        assert f"/t/{dispatched.number}/urge/" in page

    def test_waiting_for_me_is_counted_by_role(self, dispatched, pooled, crew):
        assert desk.todo_count(crew["LIAISON"], NOW) == 1
        assert desk.todo_count(crew["OFFICER"], NOW) == 0
        assert desk.todo_count(crew["HUB_DISPATCHER"], NOW) == 0

    def test_the_page_is_quick(self, dispatched, crew, login, clock, django_assert_max_num_queries):
        client = login(crew["OFFICER"])
        client.get("/home/")
        with django_assert_max_num_queries(30):
            client.get("/home/")


class TestHandover:
    @pytest.fixture
    def colleague(self, make_user, town):
        """Another officer of the town, on the roster."""
        from apps.roster.models import Person

        person = Person.objects.create(unit=town, name="孙接手", title="综合执法干部")
        return make_user("OFFICER", unit=town, username="colleague", person=person)

    @pytest.fixture
    def leaving(self, registered, crew, zone):
        """The officer has a ticket, a zone and a draft."""
        Officer.objects.create(
            person=crew["OFFICER"].person, zone=zone, since_on=NOW.date() - timedelta(days=30)
        )
        save_draft(by=crew["OFFICER"], now=NOW, content="还没写完的诉求")
        return crew["OFFICER"]

    def send(self, client, leaving, colleague, **more):
        data = {
            "who": leaving.pk,
            "to": colleague.pk,
            "parts": ["zones", "received", "handled", "drafts"],
            "reason": "调往区里工作",
            **more,
        }
        return client.post(reverse("tickets:handover"), data)

    def test_shows_everything_on_one_page(self, leaving, crew, login):
        page = login(crew["TEAM_LEADER"]).get(reverse("tickets:handover"), {"who": leaving.pk})
        text = page.content.decode()
        assert page.context["found"].count == 3
        assert "第一片区" in text
        assert "还没写完的诉求" in text

    def test_moves_it_all_with_events(self, leaving, colleague, registered, crew, login, zone):
        page = self.send(login(crew["TEAM_LEADER"]), leaving, colleague)
        assert "已移交片区 1 个、首问工单 1 件、草稿 1 份" in page.content.decode()
        registered.refresh_from_db()
        assert registered.first_receiver == colleague
        assert registered.events.filter(code="hand_over").exists()
        assert registered.first_unit == colleague.unit
        assert Ticket.objects.drafts_of(colleague).count() == 1
        serving = Officer.objects.current().filter(zone=zone)
        assert [post.person for post in serving] == [colleague.person]
        assert handing.in_hand(leaving).is_empty

    def test_tells_what_it_may_not_move(self, leaving, colleague, registered, crew, login):
        page = self.send(login(leaving), leaving, colleague)
        assert "调整片区人员由单位负责人办理" in page.content.decode()
        registered.refresh_from_db()
        assert registered.first_receiver == colleague

    def test_needs_a_colleague_and_a_reason(self, leaving, colleague, crew, login, neighbour):
        client = login(crew["TEAM_LEADER"])
        page = self.send(client, leaving, neighbour)
        assert page.status_code == 422
        assert "请从本单位人员里选" in page.content.decode()
        page = self.send(client, leaving, colleague, reason="走")
        assert page.status_code == 422
        assert "至少写 5 个字" in page.content.decode()

    def test_of_strangers_falls_back_to_oneself(self, leaving, login, neighbour):
        page = login(neighbour).get(reverse("tickets:handover"), {"who": leaving.pk})
        assert page.context["found"].person == neighbour
