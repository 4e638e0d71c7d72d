"""Reading a year from JSON and from a workbook, and what must be refused."""

import io
import json
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from apps.workdays.ledger import Entry
from apps.workdays.notice import NoticeError, read_notice
from apps.workdays.sources import MAX_BYTES, read_json, read_xlsx, write_json
from apps.workdays.tests.facts import NOTICE_2026, shipped

DAY = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}


def dump(**more):
    return json.dumps({"year": 2027, "days": [DAY], **more}, ensure_ascii=False)


def book(*rows):
    file = io.BytesIO()
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(file)
    return file.getvalue()


HEAD = ("日期", "名称", "类型")


class TestJson:
    def test_is_read(self):
        days = [DAY, {"name": "元旦", "date": "2026-12-27", "isOffDay": False}]
        notice = read_json(dump(days=days, papers=["https://example.test/1"]))
        assert notice.days == (
            Entry(date(2026, 12, 27), "WORKDAY", "元旦"),
            Entry(date(2027, 1, 1), "HOLIDAY", "元旦"),
        )
        assert (notice.year, notice.papers) == (2027, ("https://example.test/1",))

    def test_comes_back_as_it_was_written(self):
        notice = read_notice(NOTICE_2026)
        assert read_json(write_json(notice), year=2026) == notice

    def test_takes_the_year_from_outside(self):
        assert read_json(json.dumps({"days": [DAY]}), year=2027).year == 2027

    def test_leaves_odd_papers_out(self):
        assert read_json(dump(papers="x")).papers == ()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("{", "不是有效的 JSON"),
            ("[" * 100_000, "不是有效的 JSON"),
            ("[]", "没有 days 列表"),
            ('{"days": 3}', "没有 days 列表"),
            (dump(days=[]), "没有日期，或条数过多"),
            (dump(days=[DAY] * 401), "没有日期，或条数过多"),
            (json.dumps({"days": [DAY]}), "没有年份"),
            (dump(year="2027"), "应为四位年份"),
            (dump(year=True), "应为四位年份"),
            (dump(year=1), "应为四位年份"),
            (dump(days=["x"]), "第 1 条缺少 isOffDay"),
            (dump(days=[{"date": "2027-01-01"}]), "第 1 条缺少 isOffDay"),
            (dump(days=[{**DAY, "date": "2027-02-30"}]), "第 1 条的日期“2027-02-30”不对"),
            (dump(days=[{**DAY, "date": None}]), "第 1 条的日期“”不对"),
            (dump(days=[{**DAY, "date": "2030-01-01"}]), "第 1 条是 2030 年的日期"),
            (dump(days=[{**DAY, "date": "2026-01-01"}]), "没有 2027 年的日期"),
            (dump(days=[{**DAY, "name": " "}]), "第 1 条没有节日名称"),
            (dump(days=[{**DAY, "name": "节" * 41}]), "名称过长"),
            (dump(days=[DAY, DAY]), "第 2 条与前面重复：2027-01-01"),
            ("x" * (MAX_BYTES + 1), "超过 1 MB"),
        ],
    )
    def test_is_refused_with_the_reason(self, text, words):
        with pytest.raises(NoticeError) as refusal:
            read_json(text)
        assert words in refusal.value.message

    def test_of_another_year_is_refused(self):
        with pytest.raises(NoticeError, match="文件是 2027 年的，您打开的是 2028 年"):
            read_json(dump(), year=2028)

    def test_in_bytes_that_are_no_text_is_refused(self):
        with pytest.raises(NoticeError, match="JSON"):
            read_json(b"\xff\xfe\x00\xd8")


class TestWorkbook:
    def test_of_a_whole_year_is_read(self):
        kinds = {"HOLIDAY": "放假", "WORKDAY": "上班"}
        rows = [(one.date, one.name, kinds[one.kind]) for one in shipped(2026)]
        raw = book(("2026年放假安排",), (), HEAD, *rows)
        assert read_xlsx(raw, year=2026).days == tuple(sorted(shipped(2026)))

    @pytest.mark.parametrize(
        "value",
        [
            "2027-1-1",
            "2027/01/01",
            "2027年1月1日",
            "2027．1．1",
            datetime(2027, 1, 1),  # noqa: DTZ001  as workbooks give it
            date(2027, 1, 1),
        ],
    )
    def test_may_write_dates_in_many_ways(self, value):
        assert read_xlsx(book(HEAD, (value, "元旦", "休")), year=2027).days[0].date == date(
            2027, 1, 1
        )

    @pytest.mark.parametrize(
        ("head", "value", "kind"),
        [
            ("类型", "调休上班", "WORKDAY"),
            ("类别", "假期", "HOLIDAY"),
            ("是否上班", "是", "WORKDAY"),
            ("是否上班", "否", "HOLIDAY"),
            ("是否放假", True, "HOLIDAY"),
            ("isOffDay", "FALSE", "WORKDAY"),
            ("是否上班", None, "HOLIDAY"),
        ],
    )
    def test_may_say_in_many_ways_what_a_day_is(self, head, value, kind):
        raw = book(("序号", "日期", "节日", head), (1, "2027-01-02", "元旦", value), (None,) * 4)
        assert read_xlsx(raw, year=2027).days[0].kind == kind

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ([("a", "b")], "表头不符"),
            ([("日期", "名称")], "表头不符"),
            ([HEAD], "没有 2027 年的日期"),
            ([HEAD, ("2027-01-01", "元旦", "也许")], "第 2 行的类型“也许”看不懂"),
            (
                [("日期", "名称", "是否上班"), ("2027-01-01", "元旦", "也许")],
                "第 2 行的“也许”看不懂",
            ),
            ([HEAD, (), ("昨天", "元旦", "休")], "第 3 行的日期“昨天”不对"),
            ([HEAD, *[("2027-01-01", "元旦", "休")] * 401], "超过 400 行"),
        ],
    )
    def test_is_refused_with_the_reason(self, rows, words):
        with pytest.raises(NoticeError) as refusal:
            read_xlsx(book(*rows), year=2027)
        assert words in refusal.value.message

    @pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 broken", book(HEAD)[:300]])
    def test_that_is_broken_is_refused(self, raw):
        with pytest.raises(NoticeError, match="打不开"):
            read_xlsx(raw, year=2027)

    def test_that_is_too_large_is_refused(self):
        with pytest.raises(NoticeError, match="超过 1 MB"):
            read_xlsx(b"x" * (MAX_BYTES + 1), year=2027)

    def test_that_unpacks_to_too_much_is_refused(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"0" * 30_000_000)
        with pytest.raises(NoticeError, match="展开后过大"):
            read_xlsx(file.getvalue(), year=2027)
