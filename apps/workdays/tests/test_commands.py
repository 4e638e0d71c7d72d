"""manage.py workdays."""

import io
import json
from datetime import date

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.workdays import actions
from apps.workdays.choices import Source
from apps.workdays.models import CalendarYear, DayException
from apps.workdays.notice import read_notice
from apps.workdays.tests.facts import NOTICE_2027, shipped

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command("workdays", *words, stdout=out)
    return out.getvalue().strip()


class TestAdd:
    def test_prints_the_seventh_working_day(self):
        assert run("add", "2026-09-24", "7") == "2026-10-12"

    def test_marks_a_provisional_day(self):
        assert run("add", "2026-12-24", "7") == "2027-01-05（暂定）"

    def test_counts_backwards(self):
        assert run("add", "2026-11-24", "--", "-2") == "2026-11-20"

    def test_explains_to_machines(self):
        answer = json.loads(run("add", "2026-12-31", "1", "--json"))
        assert answer == {
            "start": "2026-12-31",
            "n": 1,
            "due": "2027-01-04",
            "provisional": True,
            "days": [
                {
                    "date": "2026-12-31",
                    "kind": "START",
                    "name": "",
                    "number": None,
                    "provisional": False,
                },
                {
                    "date": "2027-01-01",
                    "kind": "HOLIDAY",
                    "name": "元旦",
                    "number": None,
                    "provisional": True,
                },
                {
                    "date": "2027-01-02",
                    "kind": "WEEKEND",
                    "name": "",
                    "number": None,
                    "provisional": True,
                },
                {
                    "date": "2027-01-03",
                    "kind": "WEEKEND",
                    "name": "",
                    "number": None,
                    "provisional": True,
                },
                {
                    "date": "2027-01-04",
                    "kind": "COUNTED",
                    "name": "",
                    "number": 1,
                    "provisional": True,
                },
            ],
        }

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("2026-9", "7"), "请写成 2026-09-24 的样子"),
            (("2099-01-01", "7"), "不在工作日历内"),
        ],
    )
    def test_refuses_with_a_sentence(self, words, sentence):
        with pytest.raises(CommandError, match=sentence):
            run("add", *words)


class TestBetween:
    def test_counts_the_later_day_but_not_the_earlier(self):
        assert run("between", "2026-09-24", "2026-10-12") == "7"


class TestCheck:
    def test_lists_what_is_missing(self):
        out = io.StringIO()
        with time_machine.travel("2026-11-24T04:00:00Z"), pytest.raises(SystemExit) as stop:
            call_command("workdays", "check", stdout=out)
        assert stop.value.code == 1
        assert out.getvalue() == "缺少 2027年的放假安排，涉及的期限为暂定。\n"

    def test_is_content_with_a_complete_calendar(self):
        actions.import_year(
            notice=read_notice(NOTICE_2027), source=Source.NOTICE, by=None, now=timezone.now()
        )
        with time_machine.travel("2026-11-24T04:00:00Z"):
            assert run("check") == "工作日历完整，已录入到 2027年。"


class TestLoad:
    def test_loads_what_is_missing_once(self):
        DayException.objects.filter(notice__year=2026).delete()
        CalendarYear.objects.filter(year=2026).delete()
        assert run("load") == f"已载入 {len(shipped(2026))} 天。"
        assert run("load") == "没有需要载入的年份。"
        assert DayException.objects.filter(date=date(2026, 10, 10)).exists()
