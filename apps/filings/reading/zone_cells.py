"""Each cell of a zone's rows: range, count, and the officers with post and phones."""

import re
from collections.abc import Sequence

from apps.filings.contents import Staff
from apps.filings.opening.cells import Cell
from apps.filings.reading import phone_cells, zones
from apps.filings.reading.labels import BOUNDARY, COUNT, PHONE, POST, STAFF
from apps.filings.reading.people import name_of
from apps.filings.reading.row import Row
from apps.filings.reading.text import is_nothing, narrow, said, squeezed, text_of
from apps.roster import posts

LONGEST_BOUNDARY, LONGEST_PERSON, LONGEST_POST = 2000, 30, 60
MOST_COUNT = 1_000_000
_UNITS = r"(?:户经营主体|个经营主体|个主体|家企业|户|家|个)"
_COUNT = re.compile(
    r"(?P<about>约|大约|近|共约|将近)?(?:共计|合计|共|总计|总数)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?"
    rf"(?P<more>余|多|左右|上下)?{_UNITS}?(?P<rest>左右|上下)?(?:[(,;:。、].*)?"
)
_IN_WORDS = re.compile(rf"(?:约|共)?([一二三四五六七八九十百两零〇]{{1,5}})(?:余|多)?{_UNITS}?")
_BETWEEN = re.compile(r"[\n、，,；;/]+")
_OFFICE = "建议以经济工作职能部门的人员为主。"
_NOT_VILLAGE = "方案一（三）要求不得转嫁摊派至村（社区）工作人员，请换镇街工作人员。"


def boundary(row: Row) -> str:
    """Return the zone's range, by which a business finds its officer."""
    text = squeezed(row.text(BOUNDARY))
    if is_nothing(text):
        row.warn(BOUNDARY, text, "没有填片区范围。", "企业靠它找服务人员，请填村、社区或四至。")
        return ""
    if len(text) > LONGEST_BOUNDARY:
        row.warn(BOUNDARY, text, f"片区范围超过 {LONGEST_BOUNDARY} 个字，后面的没有采用。")
    return text[:LONGEST_BOUNDARY]


def count(row: Row) -> int | None:
    """Return the number of entities in the zone, None when it cannot be read."""
    if COUNT not in row.columns:
        return None
    text = row.text(COUNT)
    value, is_doubtful = count_of(text)
    if value is None:
        message = "没有填经营主体数量。" if is_nothing(text) else "经营主体数量不是整数，没有采用。"
        row.warn(COUNT, text, message, "请填户数，只写数字。")
    elif is_doubtful:
        message = f"数量写的是“{said(text)}”，按 {value} 记。"
        row.warn(COUNT, text, message, "请填实数，只写数字。")
    return value


def count_of(text: str) -> tuple[int | None, bool]:
    """Return a count and whether it is doubtful: 约120户 → 120, doubtful; 18（其中企业6）→ 18."""
    plain = narrow(text)
    found = _COUNT.fullmatch(plain)
    if found:
        value = int(found["number"].replace(",", "")[:9])
        is_doubtful = bool(found["about"] or found["more"] or found["rest"])
        return (value, is_doubtful) if value < MOST_COUNT else (None, False)
    words = _IN_WORDS.fullmatch(plain)
    in_words = zones.number_of(words[1]) if words else None
    return in_words, in_words is not None


def officer(
    row: Row, columns: Sequence[int], name_text: str, post_text: str, cells: list[Cell]
) -> Staff | None:
    """Return an officer, None when there is no name; a village post is said, not refused
    (decisions.md 20).
    """
    name, is_several = name_of(name_text)
    if is_nothing(name) or len(name) > LONGEST_PERSON or name.isdecimal():
        message = "姓名处填的不是一个人的姓名，没有采用。"
        if is_nothing(name):
            message = "这一行没有服务人员姓名，职务和电话没有采用。"
        row.warn(STAFF, name_text, message, "请填姓名，一人一行。")
        return None
    if is_several:
        row.warn(STAFF, name_text, f"这里像有几个人，按“{name}”记。", "请一人一行。")
    phone, *more = _phones(row, columns, cells) or ("",)
    return Staff(name, _post(row, post_text), phone, tuple(more))


def _post(row: Row, text: str) -> str:
    post = squeezed(text)
    if is_nothing(post):
        row.warn(POST, text, "没有填职务。")
        return ""
    if posts.is_village_post(post):
        row.warn(POST, text, f"“{said(post)}”属于村（社区）岗位。", _NOT_VILLAGE)
    elif advice := posts.advice(post):
        row.warn(POST, text, advice, _OFFICE)
    if len(post) > LONGEST_POST:
        row.warn(POST, text, f"职务超过 {LONGEST_POST} 个字，后面的没有采用。")
    return post[:LONGEST_POST]


def _phones(row: Row, columns: Sequence[int], cells: list[Cell]) -> tuple[str, ...]:
    found: list[str] = []
    is_empty = True
    for column, cell in zip(columns, cells, strict=True):
        checked = phone_cells.read(cell)
        found += [number for number in checked.numbers if number not in found]
        if checked.problem:
            is_empty = False
            row.warn_at(column, PHONE, text_of(cell), checked.problem, checked.advice)
    if not found and is_empty:
        row.warn(PHONE, "", "没有填联系方式。", phone_cells.EXPECTED)
    return tuple(found)


def people(name: str, post: str, cells: list[Cell]) -> list[tuple[str, str, list[Cell]]]:
    """Take apart several people stacked in one row, when names, posts and phones are as many."""
    names = [line for line in _BETWEEN.split(name) if line.strip()]
    if len(names) < 2 or len(cells) != 1 or not isinstance(cells[0], str):
        return [(name, post, cells)]
    posts_of = _split(post, len(names)) or ([post] * len(names) if _is_one(post) else None)
    phones_of = _split(text_of(cells[0]), len(names))
    if posts_of is None or phones_of is None:
        return [(name, post, cells)]
    return [
        (one, its_post, [phone])
        for one, its_post, phone in zip(names, posts_of, phones_of, strict=True)
    ]


def _split(text: str, size: int) -> list[str] | None:
    """Return as many parts as there are people, else None."""
    for pattern in (r"\n+", r"[\n；;]+", _BETWEEN.pattern):
        parts = [part for part in re.split(pattern, text) if part.strip()]
        if len(parts) == size:
            return parts
    return None


def _is_one(text: str) -> bool:
    """Say whether a post is one, which then is everybody's."""
    return len(_BETWEEN.split(text)) == 1
