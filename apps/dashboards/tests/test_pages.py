"""The pages: who sees which numbers, how many queries, and that lists and files hold the count."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.test.utils import CaptureQueriesContext

from apps.dashboards.metrics import BY_CODE, METRICS
from apps.dashboards.periods import month_of
from apps.dashboards.queries import board, figures, values
from apps.dashboards.scopes import Whose
from apps.dashboards.tests.conftest import HOUSING, LATER
from apps.handbook.models import Entry
from apps.handbook.tests.builders import published_of
from apps.roster.models import Unit

WIDE = "period=custom&first=2026-03-01&last=2026-05-31"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later(monkeypatch):
    """The pages are opened 45 days after."""
    for name in ("boards", "metrics", "more"):
        monkeypatch.setattr(f"apps.dashboards.views.{name}.right_now", lambda: LATER)


LINK = re.compile(r'<a[^>]* href="(/dash/m/[^"]+)"[^>]*>(.*?)</a>')


class TestBoard:
    def test_shows_the_district_to_the_office(self, tickets, crew, login, settings):
        from django.db import connection

        client = login(crew["OFFICE_CLERK"])
        client.get("/dash/")
        with CaptureQueriesContext(
            connection,
        ) as made:
            page = client.get(f"/dash/?{WIDE}")
        assert page.status_code == 200
        assert len(made) <= 12
        text = page.content.decode()
        assert (
            '<span class="k d-block">新增诉求</span><span class="v d-block">6<small>件</small>'
            in text
        )
        assert "style=" not in text.split("<main")[1]

    def test_counts_all_28_with_a_team_among_the_townships(self):
        """The subdistrict, the ethnic township and the development zone are no departments."""
        departments, townships = board.split(
            figures.units_with_counts(month_of(LATER.date()), LATER)
        )
        townships = [unit for unit, _ in townships]
        assert len(townships) == 28
        assert {"文昌街道", "孙各庄满族乡", "蓟州经济开发区"} <= {unit.name for unit in townships}
        assert not any(unit.has_team for unit, _ in departments)
        found = values.value(
            BY_CODE["K27"], Whose(unit=townships[0]), month_of(LATER.date()), LATER
        )
        assert found is not None

    def test_shows_people_of_a_unit_their_unit(self, tickets, crew, login):
        text = login(crew["LIAISON"]).get("/dash/").content.decode()
        assert f'<h1 id="page-title" tabindex="-1">{HOUSING}</h1>' in text

    def test_of_another_unit_is_not_there(self, tickets, crew, login, town):
        assert login(crew["LIAISON"]).get(f"/dash/unit/{town.code}/").status_code == 404
        assert login(crew["OFFICE_CLERK"]).get(f"/dash/unit/{town.code}/").status_code == 200

    @pytest.mark.parametrize("path", ["/screen/", "/dash/topics/", "/dash/returns/"])
    def test_of_the_district_are_not_there_for_a_unit(self, tickets, crew, login, path):
        assert login(crew["TEAM_LEADER"]).get(path).status_code == 404
        assert login(crew["LEADER"]).get(path).status_code == 200

    def test_says_what_is_wrong_with_a_period(self, tickets, crew, login):
        text = login(crew["LEADER"]).get("/dash/?period=month&first=32").content.decode()
        assert "日期写法不对" in text

    def test_links_every_number_of_a_unit_to_its_list(self, tickets, crew, login):
        text = login(crew["OFFICE_CLERK"]).get(f"/dash/?{WIDE}").content.decode()
        code = Unit.objects.get(name=HOUSING).code
        for metric in ("K01", "K05", "K15", "K16"):
            assert re.search(rf'/dash/m/{metric}/\?[^"]*unit={code}"', text), metric

    def test_links_tiers_weeks_and_topics_to_exactly_their_tickets(self, tickets, crew, login):
        client = login(crew["OFFICE_CLERK"])
        pages = [
            "/dash/?period=month&first=2026-03-01",
            "/dash/topics/?period=month&first=2026-03-01",
        ]
        found = [pair for path in pages for pair in LINK.findall(client.get(path).content.decode())]
        subsets = [(url, text) for url, text in found if "of=" in url]
        assert len(subsets) > 12
        for url, text in subsets:
            page = client.get(url.replace("&amp;", "&"))
            assert page.status_code == 200
            assert page.context["total"] == int(re.sub(r"<[^>]+>.*</[^>]+>|\D", "", text)), url

    def test_narrows_only_the_registered_ones(self, tickets, crew, login):
        client = login(crew["OFFICE_CLERK"])
        assert client.get(f"/dash/m/K01/?{WIDE}&of=came:HUB").status_code == 200
        assert client.get(f"/dash/m/K06/?{WIDE}&of=came:HUB").status_code == 404
        assert client.get(f"/dash/m/K01/?{WIDE}&of=category:x").status_code == 404


class TestProgress:
    def test_counts_as_the_metrics_do(self, tickets, crew, login):
        client = login(crew["OFFICE_CLERK"])
        page = client.get("/dash/filing/").context
        assert len(page["rows"]) == 28
        found = values.values(Whose(), month_of(LATER.date()), LATER)
        whole = page["whole"]
        assert (whole.bound, whole.health.total) == (found["K25"].top, found["K25"].bottom)
        assert whole.health.total > 0
        assert sum(row.health.difference or 0 for row in page["rows"]) == int(found["K27"].exact)
        book = openpyxl.load_workbook(
            io.BytesIO(client.get("/dash/filing/?export=xlsx").getvalue())
        )
        assert book.worksheets[0].max_row - 2 == 28

    def test_shows_a_township_its_own_line(self, tickets, crew, login, town):
        rows = login(crew["TEAM_LEADER"]).get("/dash/filing/").context["rows"]
        assert [row.health.unit for row in rows] == [town]

    def test_of_the_board_says_the_same(self, tickets, crew, login):
        client = login(crew["OFFICE_CLERK"])
        whole = client.get("/dash/filing/").context["whole"]
        found = client.get("/dash/").context["progress"]
        assert found.entities == whole.health.total
        assert found.unbound == whole.health.total - whole.bound
        assert (found.zones_filed, found.entities_filed) == whole.filed
        assert len(found.waiting) == 28 - min(whole.filed)

    def test_is_not_there_for_a_department(self, tickets, crew, login):
        assert login(crew["COMMISSIONER"]).get("/dash/filing/").status_code == 404


class TestScreen:
    def test_names_no_enterprise(self, tickets, crew, login):
        text = login(crew["LEADER"]).get("/screen/").content.decode()
        assert tickets[0].entity_name not in text
        assert tickets[3].title not in text
        assert "超期" in text


class TestMetricPages:
    @pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.code)
    def test_open_for_every_metric(self, tickets, crew, login, metric):
        page = login(crew["OFFICE_CLERK"]).get(f"/dash/m/{metric.code}/?{WIDE}")
        assert page.status_code == 200
        assert metric.formula in page.content.decode()

    @pytest.mark.parametrize(
        ("role", "scope"),
        [
            ("OFFICE_CLERK", ""),
            ("TEAM_LEADER", ""),
            ("COMMISSIONER", ""),
            ("OFFICE_CLERK", "&unit={}"),
            ("OFFICER", "&scope=own"),
        ],
    )
    def test_list_and_file_hold_the_count(self, tickets, crew, login, role, scope):
        client = login(crew[role])
        scope = scope.format(Unit.objects.get(name=HOUSING).code)
        for metric in METRICS:
            if not metric.is_tallied:
                continue
            for part in ("top", "bottom") if metric.is_rate else ("top",):
                address = f"/dash/m/{metric.code}/?{WIDE}{scope}&part={part}&size=100"
                page = client.get(address).context
                if metric.code == "K08":  # days, not tickets
                    assert page["duration"].cases == page["total"]
                    continue
                value = page["value"]
                count = value.top if part == "top" else value.bottom
                assert page["total"] == len(page["tickets"]) + page["hidden"] == count, metric.code
                if role == "OFFICER":
                    assert client.get(f"{address}&export=xlsx").status_code == 404
                    continue
                file = client.get(f"{address}&export=xlsx")
                book = openpyxl.load_workbook(io.BytesIO(file.getvalue()))
                assert book.worksheets[0].max_row - 2 == count - page["hidden"], metric.code

    def test_of_an_unknown_metric_is_not_there(self, crew, login):
        assert login(crew["LEADER"]).get("/dash/m/K99/").status_code == 404

    def test_of_a_stranger_unit_is_not_there(self, crew, login, town):
        page = login(crew["COMMISSIONER"]).get(f"/dash/m/K01/?unit={town.code}")
        assert page.status_code == 404

    def test_say_of_one_s_own_tickets_how_long_they_took(self, tickets, crew, login):
        own = f"{WIDE}&scope=own"
        page = login(crew["OFFICER"]).get(f"/dash/m/K08/?{own}").context
        assert page["duration"].cases == page["total"] > 0
        other = login(crew["LEADER"]).get(f"/dash/m/K08/?{own}").context
        assert other["duration"].cases == other["total"] == 0

    def test_list_the_entries_that_are_past_their_review(self, crew, login):
        published = Entry.objects.published().count()
        entry = published_of()
        Entry.objects.filter(pk=entry.pk).update(review_on=LATER.date())
        client = login(crew["OFFICE_CLERK"])
        assert client.get("/dash/m/K28b/").context["value"].top == 0
        Entry.objects.filter(pk=entry.pk).update(review_on=LATER.date() - timedelta(days=1))
        page = client.get("/dash/m/K28b/").context
        assert [row.pk for row in page["entries"].rows] == [entry.pk]
        assert (page["value"].top, page["value"].bottom) == (1, published + 1)


class TestApi:
    @pytest.fixture(autouse=True)
    def _same_moment(self, monkeypatch):
        monkeypatch.setattr("apps.dashboards.api.timezone.now", lambda: LATER)

    @pytest.mark.parametrize("role", ["OFFICE_CLERK", "TEAM_LEADER", "COMMISSIONER"])
    def test_says_what_the_pages_say_and_names_the_tickets(self, tickets, crew, login, role):
        client = login(crew[role])
        rows = client.get(f"/api/v1/metrics/?{WIDE}").json()
        lines = client.get(f"/dash/metrics/?{WIDE}").context["lines"]
        shown = {metric.code: found for metric, found, _ in lines if found is not None}
        assert {row["code"] for row in rows} == set(shown)
        for row in rows:
            code = row["code"]
            assert (row["value"], row["top"]) == (shown[code].exact, shown[code].top)
            page = client.get(f"/dash/m/{code}/?{WIDE}").context
            one = page["value"]
            behind = client.get(f"/api/v1/metrics/{code}/?{WIDE}")
            if code == "K08":
                assert page["duration"].exact == row["value"]
                assert behind.json()["total"] == row["bottom"]
                continue
            assert (row["value"], row["top"]) == (one.exact, one.top)
            if behind.status_code == 404:
                assert code in {"K25", "K26", "K27", "K28b", "K32"}
                continue
            behind = behind.json()
            assert len(behind["numbers"]) + behind["hidden"] == behind["total"] == row["top"]
        of_places = {one.code for one in METRICS if one.live in values.PLACES}
        sources = {one.code for one in METRICS if not one.pending}
        assert set(shown) == (sources - of_places if role == "COMMISSIONER" else sources)

    def test_pages_through_many(self, tickets, crew, login, monkeypatch):
        monkeypatch.setattr("apps.dashboards.api.MOST_NUMBERS", 4)
        client = login(crew["OFFICE_CLERK"])
        first = client.get(f"/api/v1/metrics/K01/?{WIDE}").json()
        after = first["next_after"]
        rest = client.get(f"/api/v1/metrics/K01/?{WIDE}&after={after}").json()
        assert len(first["numbers"]) == 4
        assert len({*first["numbers"], *rest["numbers"]}) == 6
        assert rest["next_after"] is None

    @pytest.mark.parametrize(
        ("query", "status"),
        [("period=moon", 422), ("unit=nobody", 404), ("part=left", 422), ("after=x", 422)],
    )
    def test_refuses_nonsense(self, crew, login, query, status):
        assert login(crew["LEADER"]).get(f"/api/v1/metrics/K02/?{query}").status_code == status

    def test_keeps_strangers_out(self, crew, login, town):
        found = login(crew["COMMISSIONER"]).get(f"/api/v1/metrics/?unit={town.code}")
        assert found.status_code == 404
