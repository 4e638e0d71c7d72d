"""The numbers beside the navigation's entries."""

import pytest
from django.utils import timezone

from apps.core.models import Job
from apps.core.navigation import count_together

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs():
    """Six jobs, one of another kind."""
    now = timezone.now()
    for number in range(6):
        Job.objects.create(kind="other" if number == 5 else "test", asked_at=now)
    return Job.objects.all()


class TestCounts:
    def test_of_all_entries_take_one_query(self, jobs, django_assert_num_queries):
        with django_assert_num_queries(1):
            asked = [7, jobs, jobs.filter(kind="other"), jobs.filter(kind="test")[:4]]
            assert count_together(asked) == [7, 6, 1, 4]

    def test_of_no_rows_ask_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert count_together([0, 3, Job.objects.none()]) == [0, 3, 0]
