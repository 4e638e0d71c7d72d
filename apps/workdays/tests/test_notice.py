"""Reading the notice's text: real years, copied in every way, and what must be refused."""

from datetime import date

import pytest

from apps.workdays.ledger import Entry
from apps.workdays.notice import NoticeError, read_notice
from apps.workdays.tests.facts import (
    NOTICE_2023,
    NOTICE_2025,
    NOTICE_2026,
    NOTICE_2027,
    NOTICES,
    shipped,
)


def short(body: str, year: int = 2026):
    """Read one sentence as the whole notice."""
    return read_notice(body, year=year).days


class TestRealNotices:
    @pytest.mark.parametrize("year", NOTICES)
    def test_give_the_days_of_the_shipped_year(self, year):
        assert read_notice(NOTICES[year], year=year).days == tuple(sorted(shipped(year)))

    def test_name_the_paper_and_the_day_it_was_signed(self):
        notice = read_notice(NOTICE_2026)
        assert (notice.year, notice.paper_number) == (2026, "国办发明电〔2025〕7号")
        assert notice.published_on == date(2025, 11, 4)
        assert notice.warnings == ()

    def test_can_do_without_number_and_signature(self):
        notice = read_notice(NOTICE_2023)
        assert (notice.paper_number, notice.published_on) == ("", None)


def _full_width(text: str) -> str:
    return text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})


class TestCopies:
    @pytest.mark.parametrize(
        "changed",
        [
            lambda t: _full_width(t),
            lambda t: t.replace("（", "(").replace("）", ")").replace("：", ":"),
            lambda t: t.replace("月", " 月 ").replace("日", " 日"),
            lambda t: t.replace("至", "－"),
            lambda t: t.replace("周", "星期"),
            lambda t: t.replace("周日", "周天"),
            lambda t: t.replace("\n", "\r\n\r\n　　"),
            lambda t: t.replace("\n", ""),
            lambda t: t.replace("放假调休，共", "放假\n调休，\n共"),
            lambda t: t.replace("月1日", "月\n1日"),
            lambda t: "".join(line.lstrip("一二三四五六七、") + "\n" for line in t.splitlines()),
            lambda t: t.replace("一、", "1. ").replace("二、", "2. ").replace("三、", "（三）"),
            lambda t: t.replace("国庆节：", "国庆节").replace("元旦：", "元旦"),
            lambda t: t.replace("2月28日（周六）上班", "28日（周六）上班"),
            lambda t: t.replace("共9天", "共九天"),
        ],
    )
    def test_read_the_same(self, changed):
        assert read_notice(changed(NOTICE_2026), year=2026).days == tuple(sorted(shipped(2026)))

    def test_take_the_year_from_outside_when_the_title_is_missing(self):
        body = NOTICE_2025[NOTICE_2025.index("一、") :]
        assert read_notice(body, year=2025).days == tuple(sorted(shipped(2025)))


class TestSentences:
    def test_rest_on_a_substitute_day(self):
        found = short("端午节：6月20日放假，6月22日（星期一）补休。", 2015)
        assert [entry.date.day for entry in found] == [20, 22]

    def test_reach_over_the_turn_of_the_year(self):
        found = short("元旦：12月30日至1月1日放假调休，共3天。12月29日（星期六）上班。", 2019)
        assert found == tuple(entry for entry in sorted(shipped(2019)) if entry.name == "元旦")

    def test_reach_into_the_next_year(self):
        found = short("春节：12月30日至1月2日放假，共4天。")
        assert (found[0].date, found[-1].date) == (date(2026, 12, 30), date(2027, 1, 2))

    def test_let_a_joint_holiday_keep_both_names(self):
        found = short("六、国庆节和中秋节：10月1日放假。")
        assert found == (Entry(date(2026, 10, 1), "HOLIDAY", "国庆节和中秋节"),)

    def test_name_other_days_too(self):
        text = "中国人民抗日战争胜利80周年纪念日：9月3日放假1天。"
        assert short(text)[0].name == "中国人民抗日战争胜利80周年纪念日"

    def test_may_name_a_day_twice_in_the_same_sense(self):
        assert len(short("元旦：1月1日放假，1月1日放假。")) == 1

    def test_are_reported_when_their_dates_are_not_understood(self):
        notice = read_notice(NOTICE_2026.replace("5月9日（周六）上班", "5月9日（周六）照旧"))
        assert notice.warnings == ("“5月9日(周六)照旧”里的日期没有读懂，请核对。",)

    def test_that_deny_a_day_off_give_none(self):
        notice = read_notice("元旦：1月1日放假。1月2日不放假。", year=2026)
        assert len(notice.days) == 1
        assert "没有读懂" in notice.warnings[-1]

    def test_warn_of_holidays_that_are_missing(self):
        notice = read_notice("元旦：1月1日（周四）放假1天。", year=2026)
        assert notice.warnings == (
            "没有读到：春节、清明、劳动节、端午、中秋、国庆。请确认粘贴完整。",
        )

    def test_ignore_an_impossible_signature(self):
        assert read_notice("2025年13月40日\n元旦：1月1日放假。", year=2026).published_on is None


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("元旦：1月1日（周五）放假。", "“1月1日(周五)放假”里写周五，而2026年1月1日是周四"),
            ("元旦：1月1日（星期日）放假。", "写星期日，而2026年1月1日是周四"),
            ("元旦：1月1日至3日放假，共4天。", "写共 4 天，但列出的是 3 天"),
            ("元旦：1月1日放假3天。", "写共 3 天，但列出的是 1 天"),
            ("春节：2月30日放假。", "“2月30日”不是有效日期"),
            ("春节：2月23日至15日放假。", "起止日期不对"),
            ("春节：1月1日至2月28日放假。", "起止日期不对"),
            ("春节：2月16日至16日放假。", "起止日期不对"),
            ("春节：2月14日放假。2月14日上班。", "2月14日既放假又上班"),
            ("元旦：1月5日上班。", "2026年1月5日上班，但那天本是周一"),
            ("元旦：1月1日放假。春节：1月1日放假。", "在“元旦”里已经写过"),
            ("今天天气很好。", "没有找到放假安排"),
            ("", "没有找到放假安排"),
            ("元" * 20_001, "内容太长"),
        ],
    )
    def test_name_the_sentence(self, text, words):
        with pytest.raises(NoticeError) as refusal:
            read_notice(text, year=2026)
        assert words in refusal.value.message

    def test_ask_for_a_year(self):
        with pytest.raises(NoticeError, match="没有找到年份"):
            read_notice("元旦：1月1日放假。")

    def test_send_to_the_year_of_the_notice(self):
        with pytest.raises(NoticeError, match="通知是 2026 年的，您打开的是 2027 年"):
            read_notice(NOTICE_2026, year=2027)

    def test_notice_a_text_read_for_the_wrong_year(self):
        body = NOTICE_2027[NOTICE_2027.index("一、") :]
        with pytest.raises(NoticeError):
            read_notice(body, year=2026)
