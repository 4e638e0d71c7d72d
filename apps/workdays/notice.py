"""Reads the State Council's yearly notice on holidays from its text. Pure.

"一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。" gives three days off and
one day of work. Weekday words and counts are checked against the calendar: a text that contradicts
itself, or the year it is read for, is refused with the sentence named.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from apps.core.errors import DomainError
from apps.workdays.ledger import HOLIDAY, WORKDAY, Entry

MAX_CHARACTERS = 20_000
MOST_DAYS_AT_ONCE = 15
EXPECTED = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")
WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
NUMERALS = {text: number for number, text in enumerate("一二三四五六七八九十", start=1)}

_NAME = r"[一-鿿0-9]{1,20}?(?:节|旦|明|日|午|秋|庆)"
_DAY = r"(?:20\d\d年)?\d{1,2}月\d{1,2}日"
_HEADER = re.compile(
    rf"(?:^|[。;、\n:]|[一二三四五六七八九十\d]+[、.)])"
    rf"(?P<name>{_NAME}(?:[、和]{_NAME})*)(?::|(?={_DAY}[^。]{{0,40}}放假))"
)
_TOKEN = re.compile(
    r"不(?:放假|上班|调休|补休|休息)"
    r"|(?P<to>至|到|-|—|~|–)"
    r"|(?:(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?P<words>[^)]*)\))?"
    r"|共(?:计)?(?P<count>\d{1,2}|[一二三四五六七八九十])天"
    r"|放假(?P<one>\d{1,2}|[一二三四五六七八九十])天"
    r"|(?P<off>放假|补休|调休|休息)|(?P<work>上班)"
)
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_YEAR = re.compile(r"(20\d\d)年(?:部分|全年|公众)?节?假日")
_PAPER = re.compile(r"国办发明电[〔\[(](20\d\d)[〕\])](\d{1,3})号")
_SIGNED = re.compile(r"(20\d\d)年(\d{1,2})月(\d{1,2})日(?=$|\n|[(])")
_STARTS = re.compile(r"\n?(?:20\d\d年)?\d{1,2}月")
_ADVICE = re.compile(r"鼓励|提倡|建议|如遇")


class NoticeError(DomainError):
    """The text cannot be read as a notice; the sentence says which words and what to do."""


@dataclass(frozen=True)
class Notice:
    """What a source says about a year: its days, sorted, and what is known of the paper."""

    year: int
    days: tuple[Entry, ...]
    paper_number: str = ""
    published_on: date | None = None
    papers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Section:
    """The days of one holiday while its sentences are read; dates without a year follow on."""

    name: str
    year: int
    last: date | None = None
    found: dict[date, tuple[str, str]] = field(default_factory=dict)

    def day(self, match: re.Match[str], sentence: str) -> date:
        """Return the date that is meant; a month or year left out is that of the date before."""
        month = int(match["month"] or (self.last.month if self.last else 0))
        year = int(match["year"] or self._year_for(month, match["month"] is None))
        try:
            day = date(year, month, int(match["day"]))
        except ValueError:
            raise NoticeError(f"“{sentence}”里的“{match[0]}”不是有效日期。请核对原文。") from None
        written = _WEEKDAY.search(match["words"] or "")
        if written and WEEKDAYS[written[1]] != day.weekday():
            actual = "一二三四五六日"[day.weekday()]
            raise NoticeError(
                f"“{sentence}”里写{written[0]}，而{year}年{day.month}月{day.day}日是周{actual}。"
                "请核对原文和年份。"
            )
        self.last = day
        return day

    def _year_for(self, month: int, is_same_month: bool) -> int:
        if self.last and is_same_month:
            return self.last.year
        if "元旦" in self.name and month == 12:  # the end of the year before
            return self.year - 1
        return self.year

    def put(self, days: list[date], kind: str, sentence: str) -> None:
        """Note the days of a sentence; a day cannot be both."""
        for day in days:
            before = self.found.get(day)
            if before and before[0] != kind:
                raise NoticeError(
                    f"“{sentence}”里的{day.month}月{day.day}日既放假又上班。请核对原文。"
                )
            if kind == WORKDAY and day.weekday() < 5:
                raise NoticeError(
                    f"“{sentence}”让{day.year}年{day.month}月{day.day}日上班，但那天本是"
                    f"周{'一二三四五'[day.weekday()]}。请核对原文和年份。"
                )
            self.found[day] = (kind, sentence)


def _plain(text: str) -> str:
    """Half-width digits and signs, no blanks: the notice is copied from web pages and PDFs."""
    text = unicodedata.normalize("NFKC", text).replace("；", ";").replace("﹕", ":")
    lines = [re.sub(r"[ \t\u200b\ufeff\u3000]+", "", line) for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield (holiday's name, its text); a line break inside a sentence does not end it."""
    headers = [match for match in _HEADER.finditer(text) if _STARTS.match(text, match.end())]
    for index, match in enumerate(headers):
        end = headers[index + 1].start() if index + 1 < len(headers) else len(text)
        yield match["name"], text[match.end() : end].replace("\n", "")


def _span(first: date, last: date, sentence: str) -> list[date]:
    if last < first and first.month == 12:  # over the turn of the year, the year left out
        last = last.replace(year=first.year + 1)
    length = (last - first).days
    if not 0 < length <= MOST_DAYS_AT_ONCE:
        raise NoticeError(f"“{sentence}”里的起止日期不对。请核对原文。")
    return [first + timedelta(days=step) for step in range(length + 1)]


def _check_count(match: re.Match[str], off: list[date], sentence: str) -> None:
    written = match["count"] or match["one"]
    count = NUMERALS.get(written) or int(written)
    if off and count != len(off) and "连休" not in sentence:
        raise NoticeError(f"“{sentence}”写共 {count} 天，但列出的是 {len(off)} 天。请核对原文。")


def _read_sentence(section: _Section, sentence: str) -> list[date]:
    """Collect dates until a verb says what they are; then check the count that is written.

    Returns the dates that no verb explains.
    """
    pending: list[date] = []
    off: list[date] = []
    is_span = False
    counts: list[re.Match[str]] = []
    for match in _TOKEN.finditer(sentence):
        if match["to"]:
            is_span = bool(pending)
        elif match["day"]:
            day = section.day(match, sentence)
            pending += _span(pending[-1], day, sentence)[1:] if is_span else [day]
            is_span = False
        elif match["work"]:
            section.put(pending, WORKDAY, sentence)
            pending = []
        elif match["off"] or match["one"]:
            section.put(pending, HOLIDAY, sentence)
            off += pending
            pending = []
        if match["count"] or match["one"]:
            counts.append(match)
    for match in counts:
        _check_count(match, off, sentence)
    return pending


def _read_section(name: str, body: str, year: int) -> tuple[_Section, list[str]]:
    """Read a holiday's sentences; return it with the sentences whose dates were not understood."""
    section = _Section(name, year)
    unclear = []
    for sentence in filter(None, re.split(r"[。;!]", body)):
        if _ADVICE.search(sentence):
            continue
        if _read_sentence(section, sentence) and "国务院" not in sentence:
            unclear.append(sentence)
    return section, unclear


def _year_of(plain: str, year: int | None) -> int:
    written = _YEAR.search(plain.replace("\n", ""))
    if written is None and year is None:
        raise NoticeError("没有找到年份。请连同标题一起粘贴，或先选年份。")
    if written is None:
        return int(year or 0)
    if year is not None and int(written[1]) != year:
        raise NoticeError(
            f"通知是 {written[1]} 年的，您打开的是 {year} 年。请到 {written[1]} 年导入。"
        )
    return int(written[1])


def _published(plain: str) -> date | None:
    signed = list(_SIGNED.finditer(plain))
    try:
        return date(*(int(part) for part in signed[-1].groups())) if signed else None
    except ValueError:
        return None


def _merge(sections: list[_Section]) -> tuple[Entry, ...]:
    days: dict[date, Entry] = {}
    for section in sections:
        for day, (kind, sentence) in section.found.items():
            if day in days:
                raise NoticeError(
                    f"“{sentence}”里的{day.month}月{day.day}日在“{days[day].name}”里已经写过。请核对原文。"
                )
            days[day] = Entry(day, kind, section.name)
    return tuple(days[day] for day in sorted(days))


def read_notice(text: str, *, year: int | None = None) -> Notice:
    """Read a notice's text; ``year`` is the year it is wanted for, else its title's.

    Returns the days off and the days of work with the holiday's name, as the notice lists them.
    Raises NoticeError when nothing is found or the text contradicts itself or the calendar.
    """
    if len(text) > MAX_CHARACTERS:
        raise NoticeError("内容太长，不像节假日通知。请只粘贴通知正文。")
    plain = _plain(text)
    wanted = _year_of(plain, year)
    read = [_read_section(name, body, wanted) for name, body in _sections(plain)]
    days = _merge([section for section, _ in read])
    if not days:
        raise NoticeError("没有找到放假安排。请粘贴含“元旦：1月1日……放假”的通知正文。")
    names = "".join(section.name for section, _ in read)
    missing = "、".join(name for name in EXPECTED if name not in names)
    warnings = [f"没有读到：{missing}。请确认粘贴完整。"] if missing else []
    warnings += [f"“{text}”里的日期没有读懂，请核对。" for _, unclear in read for text in unclear]
    paper = _PAPER.search(plain)
    return Notice(
        year=wanted,
        days=days,
        paper_number=f"国办发明电〔{paper[1]}〕{paper[2]}号" if paper else "",
        published_on=_published(plain),
        warnings=tuple(warnings),
    )
