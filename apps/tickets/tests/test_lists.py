"""Lists: whose, which, in what order; a count, its list and its export are one set."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from apps.roster.models import Unit
from apps.tickets.models import Ticket, TicketUnit
from apps.tickets.queries import lists, work
from apps.tickets.tests.conftest import NOW

pytestmark = pytest.mark.django_db


def of(query):
    """Return the filters of an address."""
    return lists.Filters.of(QueryDict(query))


def found(user, query, now=NOW):
    """Return the numbers that an address finds for somebody."""
    rows = lists.wanted(of(query), user, now)
    return set(rows.values_list("number", flat=True))


@pytest.fixture
def frozen(monkeypatch):
    """Pages think it is NOW."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


class TestFilters:
    def test_ignore_what_is_not_offered(self):
        filters = of("view=theirs&state=x&light=pink&tier=TOP&unit=%27;drop&sort=secret&since=soon")
        assert filters == lists.Filters()

    def test_take_several_values_of_each(self):
        filters = of("tier=HUB&tier=JOINT&src=VISIT&src=PHONE&light=red&light=yellow")
        assert filters.tier == ("HUB", "JOINT")
        assert filters.src == ("VISIT", "PHONE")
        assert filters.light == ("red", "yellow")

    def test_of_an_ended_state_mean_the_ended(self):
        assert of("status=CLOSED").state == lists.ENDED
        assert of("status=CLOSED&status=PROCESSING").state == lists.EVERY

    def test_fall_back_to_an_order_that_the_state_has(self):
        assert of("state=ended&sort=due").chosen_sort.key == "ended"
        assert of("sort=ended").chosen_sort.key == "due"


class TestScope:
    def test_shows_the_unit_its_own_and_strangers_nothing(self, dispatched, crew, make_user):
        number = dispatched.number
        stranger = make_user("LIAISON", unit="区水务局", username="stranger")
        assert found(crew["LIAISON"], "view=unit") == {number}
        assert found(crew["TEAM_LEADER"], "view=all") == {number}
        assert found(crew["HUB_DISPATCHER"], "view=all") == {number}
        assert found(stranger, "view=all") == found(stranger, "view=unit") == set()

    def test_keeps_the_unit_complained_of_out(self, dispatched, crew):
        housing = Unit.objects.get(name="区住房建设委")
        other = Unit.objects.get(name="区水务局")
        Ticket.objects.filter(pk=dispatched.pk).update(lead_unit=other, complained_unit=housing)
        assert found(crew["LIAISON"], "view=unit") == set()

    def test_mine_are_those_i_received_or_handle(self, processing, act, crew):
        assert found(crew["OFFICER"], "view=mine") == {processing.number}
        assert found(crew["EXPERT"], "view=mine") == set()
        act(processing, "assign_handler", "LIAISON", user=crew["EXPERT"])
        assert found(crew["EXPERT"], "view=mine") == {processing.number}

    def test_shows_each_ticket_once_to_somebody_with_two_kinds_of_sight(
        self, dispatched, make_user
    ):
        both = make_user("LIAISON", "FOLLOWUP_CLERK", unit="区营商环境办", username="both")
        TicketUnit.objects.create(
            ticket=dispatched, unit=both.unit, registered_at=NOW, due_at=dispatched.due_at
        )
        rows = lists.wanted(of("view=all"), both, NOW).values_list("number", flat=True)
        assert list(rows) == [dispatched.number]

    def test_of_drafts_is_the_writers_alone(self, crew):
        from apps.tickets.actions import save_draft

        save_draft(by=crew["OFFICER"], now=NOW, content="车间扩建想问图审")
        assert lists.wanted(of("view=draft"), crew["OFFICER"], NOW).count() == 1
        assert lists.wanted(of("view=draft"), crew["TEAM_LEADER"], NOW).count() == 0


class TestEnterpriseFilter:
    def test_finds_by_name_but_not_a_hidden_complainants_ticket(self, dispatched, crew):
        name = "示例机械"
        assert found(crew["LIAISON"], f"view=unit&ent={name}") == {dispatched.number}
        Ticket.objects.filter(pk=dispatched.pk).update(hides_entity=True)
        assert found(crew["LIAISON"], f"view=unit&ent={name}") == set()
        assert found(crew["OFFICER"], f"view=unit&ent={name}") == {dispatched.number}
        assert found(crew["HUB_DISPATCHER"], f"view=all&ent={name}") == {dispatched.number}


class TestLights:
    @pytest.mark.parametrize(
        ("days", "light"), [(0, "green"), (7, "yellow"), (12, "red")], ids=lambda one: str(one)
    )
    def test_divide_the_open_tickets(self, dispatched, crew, days, light):
        now = NOW + timedelta(days=days)
        numbers = work.counts(Ticket.objects.visible_to(crew["HUB_CHIEF"]), now)
        assert {key: numbers[key] for key in ("green", "yellow", "red")} == {
            key: int(key == light) for key in ("green", "yellow", "red")
        }
        assert found(crew["HUB_CHIEF"], f"light={light}", now) == {dispatched.number}


class TestCounts:
    def test_are_the_sizes_of_their_lists(self, dispatched, registered, act, crew):
        user = crew["HUB_CHIEF"]
        act(dispatched, "accept", "LIAISON")
        act(
            dispatched,
            "request_extension",
            "LIAISON",
            days=3,
            reason="需要上级部门批复",
            told_by="PHONE",
            told_on=NOW.date(),
        )
        numbers = work.counts(Ticket.objects.visible_to(user), NOW)
        for key in work.WORK:
            assert numbers[key] == len(found(user, f"view=all&work={key}")), key
        assert numbers["extensions"] == 1

    def test_are_fresh_after_a_move(self, pooled, act, crew, django_capture_on_commit_callbacks):
        user = crew["HUB_DISPATCHER"]
        assert work.counts_for(user, NOW)["dispatch"] == 1
        del user._ticket_counts
        with django_capture_on_commit_callbacks(execute=True):
            act(pooled, "dispatch", user, lead=Unit.objects.get(name="区住房建设委"), assists=[])
        assert work.counts_for(user, NOW)["dispatch"] == 0


class TestPage:
    def test_shows_rows_like_the_mock_up(self, dispatched, crew, login, frozen):
        page = login(crew["LIAISON"]).get(reverse("tickets:list")).content.decode()
        assert dispatched.number in page
        assert "渔阳示例机械厂" in page
        assert "待区住房建设委签收" in page
        assert ">签收<" in page

    def test_needs_at_most_ten_queries(
        self, dispatched, crew, login, frozen, django_assert_max_num_queries
    ):
        client = login(crew["LIAISON"])
        client.get(reverse("tickets:list"))
        with django_assert_max_num_queries(10):
            client.get(reverse("tickets:list") + "?view=unit&light=green&tier=HUB")

    @pytest.mark.parametrize("state", ["open", "ended", "any"])
    def test_opens_with_every_column(self, dispatched, crew, login, frozen, state):
        client = login(crew["HUB_CHIEF"])
        page = client.get(reverse("tickets:list") + f"?set=ledger&state={state}&cols=1")
        assert page.status_code == 200
        assert "剩余/超期工作日" in page.content.decode()

    def test_pages_by_keyset_without_losing_or_doubling_rows(self, crew, registered, login, frozen):
        first = Ticket.objects.get(pk=registered.pk)
        for place in range(44):
            copy = Ticket.objects.get(pk=first.pk)
            copy.pk, copy.number = None, f"JZ-2603-9{place:04d}"
            copy.due_at = first.due_at + timedelta(minutes=place % 7)
            copy.save(force_insert=True)
            TicketUnit.objects.create(
                ticket=copy, unit=copy.township, due_at=copy.due_at, registered_at=NOW
            )
        client, url, seen = login(crew["TEAM_LEADER"]), reverse("tickets:list") + "?view=unit", []
        while url:
            page = client.get(url).context["page"]
            seen += [row.number for row in page.rows]
            url = reverse("tickets:list") + page.next_url if page.next_url else ""
        assert len(seen) == len(set(seen)) == 45

    def test_of_drafts_leads_on_with_writing(self, crew, login):
        from apps.tickets.actions import save_draft

        save_draft(by=crew["OFFICER"], now=NOW, content="车间扩建想问图审")
        page = login(crew["OFFICER"]).get(reverse("tickets:list") + "?view=draft")
        assert "接着写" in page.content.decode()


class TestUrging:
    def test_previews_who_is_left_out_and_why(self, dispatched, act, crew, login, frozen):
        client = login(crew["HUB_DISPATCHER"])
        page = client.post(reverse("tickets:urge-many"), {"pk": [dispatched.pk]})
        assert "催办区住房建设委" in page.content.decode()
        assert Ticket.objects.get(pk=dispatched.pk).urge_count == 0
        act(dispatched, "urge", "HUB_DISPATCHER", text="请抓紧")
        page = client.post(reverse("tickets:urge-many"), {"pk": [dispatched.pk]})
        assert "24 小时内已经催办过" in page.content.decode()

    def test_reminds_and_says_how_many(self, dispatched, crew, login, frozen):
        client = login(crew["HUB_DISPATCHER"])
        data = {"pk": [dispatched.pk], "go": "1", "text": "请今天联系企业"}
        page = client.post(reverse("tickets:urge-many"), data, follow=True)
        assert "已催办 1 件" in page.content.decode()
        assert Ticket.objects.get(pk=dispatched.pk).urge_count == 1

    def test_without_words_is_refused_and_nothing_is_lost(self, dispatched, crew, login, frozen):
        client = login(crew["HUB_DISPATCHER"])
        data = {"pk": [dispatched.pk], "go": "1", "text": "急"}
        page = client.post(reverse("tickets:urge-many"), data)
        assert page.status_code == 422
        assert "至少 2 个字" in page.content.decode()
        assert f'value="{dispatched.pk}"' in page.content.decode()

    def test_reaches_only_what_one_sees(self, dispatched, make_user, login, frozen):
        stranger = login(make_user("TEAM_LEADER", unit="下营镇", username="stranger"))
        page = stranger.post(
            reverse("tickets:urge-many"),
            {"pk": [dispatched.pk], "go": "1", "text": "请抓紧"},
            follow=True,
        )
        assert "请先勾选" in page.content.decode()
