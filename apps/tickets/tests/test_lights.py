"""The light of a page and the filters of a list agree, whatever the instants (one definition)."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.tickets.choices import TERMINAL, Light, Status, TermUnit
from apps.tickets.lights import Timing, is_overdue, light_of, read
from apps.tickets.models import Ticket
from apps.tickets.tests.conftest import NOW
from apps.workdays.calendar import due_at
from apps.workdays.queries import current_calendar

#: around the instants themselves, where an off-by-one shows
OFFSETS = st.sampled_from([-86_400, -60, -1, 0, 1, 60, 3_600, 86_400, 8 * 86_400])
pytestmark = pytest.mark.django_db


class TestFilters:
    @given(due=OFFSETS, yellow=OFFSETS, is_suspended=st.booleans(), ends=st.booleans())
    @settings(
        max_examples=120,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_say_what_the_light_says(self, registered, due, yellow, is_suspended, ends):
        due_at_, yellow_at = NOW + timedelta(seconds=due), NOW + timedelta(seconds=yellow)
        if ends:
            columns = {"status": Status.REJECTED, "is_open": False, "ended_at": NOW}
            columns |= {"due_at": None, "yellow_at": None}
        else:
            columns = {"status": Status.REGISTERED, "is_open": True, "ended_at": None}
            columns |= {"due_at": due_at_, "yellow_at": yellow_at}
        Ticket.objects.filter(pk=registered.pk).update(is_suspended=is_suspended, **columns)
        ticket = Ticket.objects.get(pk=registered.pk)
        light = light_of(ticket.timing, NOW)
        found = Ticket.objects.filter(pk=registered.pk)
        assert found.overdue(NOW).exists() == (light == Light.RED)
        assert found.yellow(NOW).exists() == (light == Light.YELLOW)
        assert found.in_time(NOW).exists() == (light in (Light.GREEN, Light.BLUE))
        assert found.open().exists() == (light != Light.GREY)
        assert is_overdue(is_open=ticket.is_open, due_at=ticket.due_at, now=NOW) == (
            light == Light.RED
        )
        assert (ticket.status in TERMINAL) == (light == Light.GREY)


class TestWords:
    def day(self, text):
        from datetime import date

        return due_at(date.fromisoformat(text))

    @pytest.mark.parametrize(
        ("due", "text", "light"),
        [
            ("2026-03-27", "剩 7 个工作日", Light.GREEN),
            ("2026-03-18", "今天到期", Light.GREEN),
            ("2026-03-16", "超期 2 个工作日", Light.RED),
        ],
    )
    def test_count_working_days(self, due, text, light):
        found = read(Timing(True, self.day(due)), current_calendar(), NOW)
        assert (found.text, found.light) == (text, light)

    def test_of_a_day_of_rest_say_that_it_is_just_over(self):
        friday = self.day("2026-03-20")
        saturday = friday + timedelta(hours=1)
        assert read(Timing(True, friday), current_calendar(), saturday).text == "刚刚超期"

    @pytest.mark.parametrize(
        ("span", "text"),
        [
            (timedelta(minutes=25), "剩 25 分钟"),
            (timedelta(hours=1, minutes=52), "剩 1 时 52 分"),
            (timedelta(days=3), "剩 3 天"),
            (-timedelta(minutes=5), "超期 5 分钟"),
        ],
    )
    def test_count_minutes_where_the_term_does(self, span, text):
        timing = Timing(True, NOW + span, unit=TermUnit.MINUTES)
        assert read(timing, current_calendar(), NOW).text == text

    def test_of_what_has_ended_or_is_not_timed(self):
        calendar = current_calendar()
        assert read(Timing(False, None), calendar, NOW).text == "已结束"
        assert read(Timing(True, None), calendar, NOW).text == "不计时"
        assert light_of(Timing(True, NOW + timedelta(days=9), is_untimed=True), NOW) == Light.BLUE
