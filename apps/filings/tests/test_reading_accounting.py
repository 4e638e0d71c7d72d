"""No row is dropped in silence: each filled row is read, skipped with its reason, or of the form."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.filings.tests.made import (
    GOOD,
    LEADER,
    NOTE2,
    OFFICER,
    appendix1,
    appendix2,
    opened_here,
    read,
    row,
    xlsx,
)

CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "企业", "个体", "张三", "13800000001", "无", "/", "第一片区", "小计", "合计", "示例：", "序号",
         "名称", "负责人姓名：张三", "注：", "报送单位：洇溜镇", "附件2", "2.说明", "以下空白", "#N/A", "联系方式"]
    ),
    st.integers(-5, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, max_size=8), max_size=14)


def accounts(raw):
    """Assert that every filled row of the sheets that were read has its place."""
    opened = opened_here(raw)
    reading = read(raw)
    for sheet in opened.sheets:
        parts = [part for part in reading.parts if part.sheet == sheet.name]
        if not parts:
            assert sheet.name in dict(reading.ignored)
            continue
        framed = {number for part in parts for number, _ in part.frame}
        skipped = [one.row for part in parts for one in part.skipped if one.row in sheet.rows]
        taken = sum(part.rows_read for part in parts)
        assert not framed & set(skipped)
        assert len(framed) + len(skipped) + taken == len(sheet.rows)
        kept = [entity.row for part in parts for entity in part.entities]
        wrong = {one.row for part in parts for one in part.errors}
        assert len(kept) == len(set(kept))
        assert not set(kept) & wrong
        for part in parts:
            if part.unit_code and part.appendix == "2":
                assert part.rows_read == len(part.entities) + len({one.row for one in part.errors})


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, st.booleans())
def test_any_rows_under_appendix_2(rows, has_foot):
    below = [NOTE2, *rows[:2]] if has_foot else []
    accounts(xlsx(appendix2(GOOD, *rows, row(name="乙商店"), below=below)))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, st.booleans())
def test_any_rows_under_appendix_1(rows, has_foot):
    below = [LEADER, NOTE2, *rows[:2]] if has_foot else []
    accounts(xlsx(appendix1(OFFICER, *rows, below=below)))


def test_a_long_messy_list():
    chance = random.Random(7)
    kinds = [
        lambda n: row(f"第{n % 5 + 1}片区", n, f"商店{n}号"),
        lambda n: row(None, n, f"商店{n}号", phone=chance.choice(["", "1", "28391234"])),
        lambda n: row(None, n, ""),
        lambda n: [None, n],
        lambda n: [],
        lambda n: ["小计", None, n],
        lambda n: [None, "序号", "名称", "经营主体性质", "经营主体负责人", "联系方式"],
        lambda n: ["示例：第X片区", n],
        lambda n: ["第二片区"],
    ]
    accounts(xlsx(appendix2(*(chance.choice(kinds)(n) for n in range(400)))))


def test_a_long_gap_is_said_once():
    (part,) = read(xlsx(appendix2(GOOD, *([] for _ in range(60)), row(name="乙商店")))).parts
    assert [(one.row, one.reason) for one in part.skipped] == [(7, "空行（第 7 至 66 行）")]
