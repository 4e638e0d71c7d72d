"""Keyset paging walks every row once, forwards and back, whatever the cursor says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from apps.core.models import Job
from apps.core.paging import keyset_page

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
ORDER = ("-asked_at", "pk")


@pytest.fixture
def rows(db):
    """55 jobs, many of them asked in the same second, so that the second column decides."""
    Job.objects.bulk_create(
        Job(kind="k", asked_at=NOW + timedelta(seconds=n // 7)) for n in range(55)
    )
    return list(Job.objects.order_by(*ORDER).values_list("pk", flat=True))


def page(url):
    return keyset_page(Job.objects.all(), order=ORDER, request=RequestFactory().get(url))


class TestKeysetPage:
    def test_walks_all_rows_forwards(self, rows):
        seen, url = [], "/"
        while url:
            found = page(url)
            seen += [row.pk for row in found.rows]
            url = found.next_url
        assert seen == rows

    def test_walks_all_rows_back(self, rows):
        last = page(page(page("/").next_url).next_url)
        seen = [row.pk for row in last.rows]
        url = last.prev_url
        while url:
            found = page(url)
            seen = [row.pk for row in found.rows] + seen
            url = found.prev_url
        assert seen == rows

    def test_keeps_the_filters_in_the_address(self, rows):
        assert "q=%E7%94%A8" in page("/?q=用").next_url

    def test_takes_only_the_three_sizes(self, rows):
        assert page("/?size=50").size == 50
        assert page("/?size=7").size == 20
        assert page("/?size=x").size == 20

    @pytest.mark.parametrize(
        "cursor",
        ["x", "WzFd", "bnVsbA", "WyJ4IiwgMV0", "WzEsICJ4Il0", "W251bGwsIDFd", "e30", "%00", "𠮷"],
    )
    def test_shows_the_first_page_for_a_damaged_cursor(self, rows, cursor):
        found = page(f"/?after={cursor}")
        assert [row.pk for row in found.rows] == rows[:20]

    def test_has_no_neighbours_when_empty(self, db):
        found = page("/")
        assert (found.rows, found.next_url, found.prev_url) == ([], "", "")
