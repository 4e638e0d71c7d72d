"""The lines around the table: title, 报送单位, date, the leader's line, notes. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from apps.filings.reading.text import narrow
from apps.filings.reading.zones import number_of

_UNIT = re.compile(
    r"(?:报送|填报|上报|申报|填表|报表|呈报)(?:单位|乡镇|镇街)(?:名称)?\s*(?:[(（][^)）]{0,8}[)）])?\s*[:：]?\s*(?P<text>.*)"
    r"|^\s*单位(?:名称)?\s*(?:[(（][^)）]{0,8}[)）])?\s*[:：]\s*(?P<other>.*)",
    re.DOTALL,
)
_DATE_LABEL = re.compile(r"(?:填报|报送|上报|制表|填表|统计)?(?:日期|时间)\s*[:：]?")
_OTHER_LABEL = re.compile(
    r"\s{2,}|\t|\n|(?:联系|填表|制表|审核|经办)(?:人|电话)\s*[:：]|(?:填报|报送|上报|制表|填表|统计)?(?:日期|时间)\s*[:：]"
)
_DATE = re.compile(
    r"(?P<year>20\d{2}|[〇零○一二三四五六七八九]{4})\s*[年./\-]\s*(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})"
    r"(?:\s*[月./\-]\s*(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?)?"
)
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_TITLE = re.compile(
    r"附件\s*[12一二]|附表|(?:统计|划分|登记|汇总|明细|一览|信息|情况)(?:台账|表)|台账|花名册|名录|名单|清单"
)
_LEADER_NAME = r"(?:处级)?(?:领导|分管|主要|工作|单位|包保)*(?:负责人|负责领导|分管领导|责任领导|处级领导(?:干部)?)(?:姓名)?"
_LEADER = re.compile(rf"^\s*(?:{_LEADER_NAME})\s*(?:[(（][^)）]*[)）])?\s*[:：]")
_LEADER_PARTS = re.compile(
    rf"(?P<name>{_LEADER_NAME}|姓名)\s*(?:[(（][^)）]*[)）])?\s*[:：]"
    r"|(?P<post>职务(?:[/、]?职级)?|职级)\s*[:：]"
    r"|(?P<phone>(?:联系|办公|移动)?(?:方式|电话|手机)(?:号码?)?(?:\s*[(（][^)）]*[)）])?)\s*[:：]"
    r"|(?P<end>(?:填表|制表|审核|经办|填报|联系)人(?:姓名)?|(?:填报|报送|填表)?(?:日期|时间))\s*[:：]"
)
_NOTE = re.compile(
    r"^(?:[(（]?\s*(?:注|备注|说明|填表说明|填报说明|注意|注释|提示|填写说明|要求)\s*[)）]?\s*(?:[:：]|\d|$))"
)
_SIGNED = re.compile(
    r"^\s*(?:填表|制表|审核|经办|填报|审批|联系|统计)(?:人|单位)?(?:签字|签名|姓名|员)?\s*(?:[(（][^)）]*[)）])?\s*[:：]|^\s*(?:\(|（)?(?:盖章|公章|签章)"
)
_TOTAL = re.compile(
    r"(?:(?:第[\w]{1,3}|本|[\w]{1,3})片区|本页|全[镇乡街]|[\w]{1,6}(?:镇|乡|街道|开发区))?(?:小计|合计|总计|共计|总数|累计)"
    r"(?:[:：]?(?:共|约)?\d*(?:户|家|个|条)?)?|共\d+(?:户|家|个)(?:经营主体|企业)?"
)
_END = re.compile(r"[(（\-—=…]*(?:以下空白|以下无正文|以下为空|此页以下空白|空白|完)[)）\-—=…]*")


@dataclass(frozen=True)
class LeaderLine:
    """The leader's line as written."""

    name: str = ""
    post: str = ""
    phone: str = ""


@dataclass
class Meta:
    """What the lines above a table said so far; empty where they said nothing."""

    unit_written: str = ""
    unit_row: int = 0
    title: str = ""
    filed_on: date | None = None
    date_written: str = ""
    date_row: int = 0
    #: a leader's line above the table
    leader: tuple[int, LeaderLine] | None = None

    def completed_by(self, other: "Meta") -> None:
        """Take from lines below the table what the lines above it left open."""
        if not self.unit_written:
            self.unit_written, self.unit_row = other.unit_written, other.unit_row
        if self.filed_on is None and other.date_row:
            self.filed_on, self.date_written = other.filed_on, other.date_written
            self.date_row = other.date_row


def unit_in(texts: list[str]) -> str | None:
    """Return what stands after 报送单位 (maybe in the next cell), None where no label is."""
    for index, text in enumerate(texts):
        found = _UNIT.search(text)
        if found is None:
            continue
        value = (found["text"] if found["text"] is not None else found["other"]).strip()
        value = _OTHER_LABEL.split(value)[0]
        if not value and index + 1 < len(texts) and not _DATE_LABEL.match(texts[index + 1]):
            value = texts[index + 1]
        return _without_date(value).strip(" 　_:：（(")
    return None


def _without_date(text: str) -> str:
    return _DATE_LABEL.split(_DATE.sub("", text))[0]


def date_in(texts: list[str]) -> tuple[date | None, str]:
    """Return the date of a line and how it is written; a month alone gives no date."""
    for text in texts:
        plain = unicodedata.normalize("NFKC", text)
        found = _DATE.search(plain) or _DATE.search(re.sub(r"\s+", "", plain))
        if found:
            return _date(found["year"], found["month"], found["day"]), found[0].strip()
        if compact := _COMPACT.search(plain):
            return _date(*compact.groups()), compact[0]
    return None, ""


def _date(year: str, month: str, day: str | None) -> date | None:
    if day is None:
        return None
    month_number, day_number = number_of(month), number_of(day)
    if month_number is None or day_number is None:
        return None
    try:
        return date(int(year.translate(_CHINESE_DIGITS)), month_number, day_number)
    except ValueError:
        return None


def is_date(text: str) -> bool:
    """Say whether a cell holds a date and nothing else."""
    return bool(_DATE.fullmatch(unicodedata.normalize("NFKC", text).strip()))


def has_date_label(texts: list[str]) -> bool:
    """Say whether a line has a place for the date."""
    return any(_DATE_LABEL.search(narrow(text)) for text in texts)


def is_title(text: str) -> bool:
    """Say whether a line on its own is a title."""
    return bool(_TITLE.search(narrow(text))) and len(text) < 80


def is_note(text: str) -> bool:
    """Say whether a line begins the notes."""
    return bool(_NOTE.match(text.strip()[:40]))


def is_signature(text: str) -> bool:
    """Say whether a line is for who filled in the form, not for the table."""
    return bool(_SIGNED.match(text))


def is_total(text: str) -> bool:
    """Say whether a cell says 小计, 合计 and the like."""
    return bool(text) and len(text) < 24 and bool(_TOTAL.fullmatch(narrow(text)))


def is_end(text: str) -> bool:
    """Say whether a cell says that nothing follows."""
    return len(text) < 16 and bool(_END.fullmatch(narrow(text)))


def leader_in(texts: list[str]) -> LeaderLine | None:
    """Return the leader's line, its parts in one cell or in several; None when it is another line."""
    if not texts or not _LEADER.match(texts[0]):
        return None
    joined = "  ".join(texts)
    values = {"name": "", "post": "", "phone": "", "end": ""}
    found = list(_LEADER_PARTS.finditer(joined))
    for index, label in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(joined)
        key = label.lastgroup or "end"
        values[key] = values[key] or joined[label.end() : end].strip(" 　\t\n_；;，,")
    return LeaderLine(values["name"], values["post"], values["phone"])
