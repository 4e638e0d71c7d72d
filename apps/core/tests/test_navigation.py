"""The numbers beside the navigation's entries."""

import pytest

from apps.core.navigation import count_together
from apps.roster.models import Category, Unit

pytestmark = pytest.mark.django_db


class TestCounts:
    def test_of_all_entries_take_one_query(self, django_assert_num_queries):
        townships = Unit.objects.with_team()
        some = Category.objects.filter(code__in=["0401", "1401"])
        with django_assert_num_queries(1):
            assert count_together([7, townships, some, townships[:5]]) == [7, 28, 2, 5]

    def test_of_no_rows_ask_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert count_together([0, 3, Unit.objects.none()]) == [0, 3, 0]
