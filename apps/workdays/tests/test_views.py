"""The pages of the calendar."""

import io
import json
from datetime import date, time

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.workdays import actions, hooks, queries
from apps.workdays.choices import DayKind
from apps.workdays.models import CalendarVersion, CalendarYear, DayException, TimeRule
from apps.workdays.tests.facts import NOTICE_2026, NOTICE_2027

pytestmark = pytest.mark.django_db
DAY = "/set/calendar/day/2026-11-27/"
IMPORT = "/set/calendar/2027/import/"
TIME = "/set/calendar/time/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-11-24T04:00:00Z", tick=True):
        yield


def text(response):
    return response.content.decode()


class TestAccess:
    @pytest.mark.parametrize("url", ["/set/calendar/", "/set/calendar/2026/"])
    def test_lets_all_staff_look(self, reader, client, url):
        assert reader.get(url).status_code == 200
        assert client.get(url).status_code == 302

    @pytest.mark.parametrize("url", [DAY, IMPORT, TIME])
    def test_lets_only_keepers_change(self, reader, client, url):
        assert reader.get(url).status_code == 403
        assert reader.post(url).status_code == 403
        assert client.get(url).status_code == 302


class TestYearPage:
    def test_shows_the_present_year(self, editor):
        page = text(editor.get("/set/calendar/"))
        assert "工作日历 2026年" in page
        assert "全年 248 个工作日" in page
        assert "已公布" in page
        assert 'aria-label="14班，2月14日周六，春节，调休上班"' in page

    def test_says_that_a_year_is_provisional(self, reader):
        page = text(reader.get("/set/calendar/2027/"))
        assert "2027年的放假通知还没有录入" in page
        assert "虚线：暂定" in page

    def test_gives_readers_no_way_to_change(self, reader):
        page = text(reader.get("/set/calendar/"))
        assert "/set/calendar/day/" not in page
        assert "/import/" not in page

    @pytest.mark.parametrize("year", ["2014", "2041", "99999"])
    def test_does_not_know_years_outside_the_table(self, editor, year):
        assert editor.get(f"/set/calendar/{year}/").status_code == 404
        assert editor.get(f"/set/calendar/{year}/import/").status_code == 404

    def test_stays_small(self, editor, django_assert_max_num_queries):
        with django_assert_max_num_queries(15):
            response = editor.get("/set/calendar/")
        assert text(response).count("<") < 5000

    def test_counts_a_term(self, reader):
        page = text(reader.get("/set/calendar/2026/", {"start": "2026-12-24", "n": "7"}))
        assert "2027年1月5日 星期二" in page
        assert "24:00 到期" in page
        assert "暂定" in page
        assert page.count("<b>") > 12

    def test_counts_with_the_hour_in_force(self, reader):
        actions.set_time_rule(
            valid_from=date(2026, 11, 24),
            cutoff=time(17, 30),
            hours=queries.STANDARD_HOURS,
            by=None,
            today=date(2026, 11, 24),
        )
        page = text(reader.get("/set/calendar/2026/", {"start": "2026-11-24", "n": "1"}))
        assert "17:30 到期" in page

    @pytest.mark.parametrize(
        ("start", "n", "words"),
        [("x", "7", "请"), ("2026-11-24", "0", "1"), ("2050-01-01", "7", "不在工作日历内")],
    )
    def test_says_what_is_wrong_with_a_term(self, reader, start, n, words):
        response = reader.get("/set/calendar/2026/", {"start": start, "n": n})
        assert response.status_code == 422
        assert words in text(response)


class TestDayPage:
    def test_shows_what_the_day_is(self, editor):
        assert "现在：工作日" in text(editor.get(DAY))
        page = text(editor.get("/set/calendar/day/2026-10-07/"))
        assert "国庆节，放假" in page
        assert "依据 2026年放假通知" in page

    @pytest.mark.parametrize("day", ["2026-02-30", "2014-12-31", "2026-13-01"])
    def test_does_not_know_impossible_days(self, editor, day):
        assert editor.get(f"/set/calendar/day/{day}/").status_code == 404

    def test_shows_what_would_move_before_saving(self, editor, no_hooks):
        line = hooks.ImpactLine("工单一件", date(2026, 12, 7), date(2026, 12, 8), "办理时限")
        hooks.register_impact(lambda old, new: [line])
        page = text(editor.post(DAY, {"kind": "HOLIDAY", "name": "区庆", "step": "check"}))
        assert "还没有保存" in page
        assert "工单一件" in page
        assert "2026年12月8日" in page
        assert not DayException.objects.filter(date="2026-11-27").exists()

    def test_saves(self, editor):
        version = CalendarVersion.objects.get().number
        given = {"kind": "HOLIDAY", "name": "区庆", "step": "save", "version": version}
        response = editor.post(DAY, given)
        assert (response.status_code, response.url) == (302, "/set/calendar/2026/")
        page = text(editor.get(response.url))
        assert "已保存 2026年11月27日" in page
        assert "单独填写" in text(editor.get(DAY))

    def test_gives_a_day_back(self, editor):
        day = "/set/calendar/day/2026-10-07/"
        page = text(editor.post(day, {"kind": "", "name": "", "step": "check"}))
        assert "<b>工作日</b>" in page
        editor.post(day, {"kind": "", "name": "", "step": "save"})
        assert queries.current_calendar().is_workday(date(2026, 10, 7))

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"kind": "HOLIDAY", "name": " "}, "请填写原因"),
            ({"kind": "MAYBE", "name": "x"}, "MAYBE"),
            ({"kind": "", "name": ""}, "没有变化"),
            ({"kind": "", "name": "", "step": "save"}, "没有变化"),
        ],
    )
    def test_refuses_with_422_and_keeps_the_words(self, editor, given, words):
        response = editor.post(DAY, given)
        assert response.status_code == 422
        assert words in text(response)
        assert "出错：" in text(response)

    def test_refuses_an_outdated_preview(self, editor):
        given = {"kind": "HOLIDAY", "name": "区庆", "step": "save", "version": "0"}
        response = editor.post(DAY, given)
        assert response.status_code == 422
        assert "刚被别人改过" in text(response)
        assert "区庆" in text(response)


def workbook():
    file = io.BytesIO()
    book = openpyxl.Workbook()
    for row in [("日期", "名称", "类型"), ("2027-01-01", "元旦", "放假")]:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


class TestImport:
    def check(self, editor, **given):
        return editor.post(IMPORT, {"step": "check", **given})

    def confirm(self, response, **more):
        return {"step": "save", **response.context["confirm"].initial, **more}

    def test_offers_paste_and_upload(self, editor):
        page = text(editor.get(IMPORT))
        assert "通知正文" in page
        assert "现为暂定" in page
        assert "再次导入会替换" in text(editor.get("/set/calendar/2026/import/"))

    def test_shows_every_day_before_anything_is_written(self, editor):
        response = self.check(editor, text=NOTICE_2027)
        page = text(response)
        assert response.status_code == 200
        assert "还没有写入" in page
        assert "2027年2月13日 星期六" in page
        assert "由“暂定”改为“已公布”" in page
        assert not CalendarYear.objects.filter(year=2027).exists()

    def test_saves_what_was_shown(self, editor):
        response = editor.post(IMPORT, self.confirm(self.check(editor, text=NOTICE_2027)))
        assert (response.status_code, response.url) == (302, "/set/calendar/2027/")
        assert CalendarYear.objects.get(year=2027).status == "PUBLISHED"
        assert "已保存 2027年放假安排" in text(editor.get(response.url))

    def test_takes_json(self, editor):
        data = {"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}
        file = SimpleUploadedFile("2027.json", json.dumps(data).encode())
        response = self.check(editor, file=file)
        assert response.context["source"] == "JSON 文件"
        assert response.context["off_count"] == 1

    def test_takes_a_workbook_whatever_its_name(self, editor):
        response = self.check(editor, file=SimpleUploadedFile("安排.bin", workbook()))
        assert response.context["source"] == "Excel 表格"

    def test_shows_single_edits_that_would_go(self, editor):
        actions.set_day(
            day=date(2027, 8, 2), kind=DayKind.HOLIDAY, name="区庆", by=None, now=timezone.now()
        )
        assert "原来单独安排" in text(self.check(editor, text=NOTICE_2027))

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({}, "请粘贴通知正文，或选择文件"),
            ({"text": NOTICE_2026}, "通知是 2026 年的"),
            ({"text": "元旦：1月1日（周一）放假。"}, "写周一，而2027年1月1日是周五"),
            ({"text": "x" * 20_001}, "20000"),
        ],
    )
    def test_refuses_with_422_and_keeps_the_words(self, editor, given, words):
        response = self.check(editor, **given)
        assert response.status_code == 422
        assert words in text(response)

    @pytest.mark.parametrize(
        ("name", "raw", "words"),
        [
            ("x.json", b"{", "不是有效的 JSON"),
            ("x.xlsx", b"PK broken", "表格打不开"),
            ("x.json", b" " * (1024 * 1024 + 1), "超过 1 MB"),
            ("x.json", b"", "空"),
        ],
    )
    def test_refuses_a_bad_file(self, editor, name, raw, words):
        response = self.check(editor, file=SimpleUploadedFile(name, raw))
        assert response.status_code == 422
        assert words in text(response)

    def test_refuses_both_at_once(self, editor):
        file = SimpleUploadedFile("x.json", b"{}")
        assert "只要一样" in text(self.check(editor, text=NOTICE_2027, file=file))

    def test_shows_the_preview_anew_when_the_calendar_has_changed(self, editor):
        given = self.confirm(self.check(editor, text=NOTICE_2027))
        actions.set_day(
            day=date(2026, 11, 27), kind=DayKind.HOLIDAY, name="x", by=None, now=timezone.now()
        )
        response = editor.post(IMPORT, given)
        assert response.status_code == 422
        assert "刚被别人改过" in text(response)
        assert editor.post(IMPORT, self.confirm(response)).status_code == 302

    @pytest.mark.parametrize("change", [{"version": "x"}, {"payload": "{"}, {"source": "RADIO"}])
    def test_starts_again_when_the_preview_was_tampered_with(self, editor, change):
        given = self.confirm(self.check(editor, text=NOTICE_2027), **change)
        response = editor.post(IMPORT, given)
        assert (response.status_code, response.url) == (302, IMPORT)
        assert not CalendarYear.objects.filter(year=2027).exists()


class TestTimePage:
    RIGHT = {
        "valid_from": "2026-12-01",
        "cutoff": "17:30",
        "morning_start": "08:30",
        "morning_end": "12:00",
        "afternoon_start": "13:30",
        "afternoon_end": "17:30",
    }

    def test_shows_the_rules_in_force(self, editor):
        page = text(editor.get(TIME))
        assert "<b>24:00</b>" in page
        assert "08:30—12:00，13:30—17:30" in page

    def test_saves_a_version(self, editor):
        assert editor.post(TIME, self.RIGHT).status_code == 302
        assert TimeRule.objects.get().cutoff == time(17, 30)
        page = text(editor.get(TIME))
        assert "2026年12月1日 星期二起" in page
        assert "还没有生效" in page

    def test_corrects_the_version_of_a_day(self, editor):
        editor.post(TIME, self.RIGHT)
        assert editor.post(TIME, {**self.RIGHT, "cutoff": ""}).status_code == 302
        assert TimeRule.objects.get().cutoff is None

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"valid_from": "2026-11-23"}, "不能早于今天"),
            ({"cutoff": "00:00"}, "留空"),
            ({"morning_end": "08:00"}, "先开始后结束"),
            ({"afternoon_start": "11:00"}, "重叠"),
            ({"morning_start": ""}, "必填"),
        ],
    )
    def test_refuses_with_422(self, editor, change, words):
        response = editor.post(TIME, {**self.RIGHT, **change})
        assert response.status_code == 422
        assert words in text(response)


class TestAdmin:
    @pytest.mark.parametrize("model", ["calendaryear", "dayexception"])
    def test_is_a_window_with_a_way_to_the_grid(self, editor, model):
        page = text(editor.get(f"/admin/workdays/{model}/"))
        assert "/set/calendar/" in page
        assert editor.get(f"/admin/workdays/{model}/add/").status_code == 403

    def test_lets_nobody_change_or_delete(self, editor):
        pk = DayException.objects.first().pk
        page = editor.get(f"/admin/workdays/dayexception/{pk}/change/")
        assert page.status_code == 200
        assert 'name="_save"' not in text(page)
        assert editor.post(f"/admin/workdays/dayexception/{pk}/delete/").status_code == 403

    def test_is_closed_to_readers(self, reader):
        assert reader.get("/admin/workdays/dayexception/").status_code in {302, 403}
