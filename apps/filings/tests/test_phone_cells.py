"""Phone cells: everything that townships put into one, and only usable numbers out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.filings.reading import phone_cells

ONE = "13800000001"
TWO = "19900000002"
LANDLINE = "022-28391234"

GOOD = [
    (ONE, (ONE,)),
    (13800000001, (ONE,)),
    (f" {ONE} ", (ONE,)),
    ("１３８００００００01", (ONE,)),
    ("138 0000 0001", (ONE,)),
    ("138-0000-0001", (ONE,)),
    ("138—0000—0001", (ONE,)),
    ("138\u00a000000001", (ONE,)),
    ("138\u200b00000001", (ONE,)),
    (f"+86{ONE}", (ONE,)),
    (f"+86 {ONE}", (ONE,)),
    (f"86-{ONE}", (ONE,)),
    (f"86{ONE}", (ONE,)),
    (f"0086{ONE}", (ONE,)),
    (f"(+86){ONE}", (ONE,)),
    (f"0{ONE}", (ONE,)),
    (f"{ONE}.0", (ONE,)),
    (f"'{ONE}", (ONE,)),
    (f"{ONE}张永国", (ONE,)),
    (f"{ONE}（张永国）", (ONE,)),
    (f"张永国{ONE}", (ONE,)),
    (f"手机：{ONE}", (ONE,)),
    (f"张永国 {ONE} 李明 {TWO}", (ONE, TWO)),
    (f"{ONE}、{TWO}", (ONE, TWO)),
    (f"{ONE}，{TWO}", (ONE, TWO)),
    (f"{ONE},{TWO}", (ONE, TWO)),
    (f"{ONE};{TWO}", (ONE, TWO)),
    (f"{ONE}；{TWO}", (ONE, TWO)),
    (f"{ONE}/{TWO}", (ONE, TWO)),
    (f"{ONE} {TWO}", (ONE, TWO)),
    (f"{ONE}\n{TWO}", (ONE, TWO)),
    (f"{ONE}或{TWO}", (ONE, TWO)),
    (f"{ONE}{TWO}", (ONE, TWO)),
    (f"{ONE}-{TWO}", (ONE, TWO)),
    ("138 0000 0001 199 0000 0002", (ONE, TWO)),
    (f"{ONE}、{ONE}", (ONE,)),
    ("28391234", (LANDLINE,)),
    (28391234, (LANDLINE,)),
    (2228391234, (LANDLINE,)),
    ("022-28391234", (LANDLINE,)),
    ("022—28391234", (LANDLINE,)),
    ("022－28391234", (LANDLINE,)),
    ("(022)28391234", (LANDLINE,)),
    ("（022）28391234", (LANDLINE,)),
    ("02228391234", (LANDLINE,)),
    ("022 28391234", (LANDLINE,)),
    ("022/28391234", (LANDLINE,)),
    ("+86-022-28391234", (LANDLINE,)),
    ("座机：28391234", (LANDLINE,)),
    ("022-28391234转801", (f"{LANDLINE}-801",)),
    ("022-28391234-801", (f"{LANDLINE}-801",)),
    ("28391234转801", (f"{LANDLINE}-801",)),
    ("28391234分机801", (f"{LANDLINE}-801",)),
    ("28391234 转 801", (f"{LANDLINE}-801",)),
    ("022-28391234#801", (f"{LANDLINE}-801",)),
    (f"手机{ONE}，座机022-28391234", (ONE, LANDLINE)),
    ("28391234、29142222", (LANDLINE, "022-29142222")),
    ("0315-2345678", ("0315-2345678",)),
    ("0315-2345678、2345679", ("0315-2345678", "0315-2345679")),
    ("400-123-4567", ("4001234567",)),
]
NOTHING = ["", None, "无", "/", "—", "－", "-", "暂无", " 无 ", "没有", "N/A", "#N/A", "　"]
BAD = [
    ("1380000001", (), "10 位"),
    ("138000000012", (), "12 位"),
    ("1.38E+10", (), "科学计数法"),
    ("1.38e10", (), "科学计数法"),
    ("138****0001", (), "遮住"),
    ("2839123", (), "少一位"),
    ("同上", (), "不是电话"),
    ("见附表", (), "不是电话"),
    ("110", (), "不是电话"),
    (13800000001.5, (), "不是完整"),
    (True, (), "不是电话"),
    ("120225197001011234", (), "不是电话"),
    (f"{ONE}、1380000", (ONE,), "现在是 7 位"),
    (f"{ONE}/29", (ONE,), "不是电话"),
    (13900000000, ("13900000000",), "全是 0"),
    (1000000000, (), "10 位"),
]


@pytest.mark.parametrize(("cell", "numbers"), GOOD)
def test_reads_every_way_of_writing(cell, numbers):
    checked = phone_cells.read(cell)
    assert (checked.numbers, checked.problem) == (numbers, "")


@pytest.mark.parametrize("cell", NOTHING)
def test_nothing_is_no_problem_of_the_number(cell):
    assert phone_cells.read(cell) == ((), "", "")


@pytest.mark.parametrize(("cell", "numbers", "reason"), BAD)
def test_says_what_is_wrong(cell, numbers, reason):
    checked = phone_cells.read(cell)
    assert checked.numbers == numbers
    assert reason in checked.problem
    assert checked.problem.endswith("。")


def test_a_whole_telephone_book_is_cut():
    cell = "、".join(f"138000001{number:02}" for number in range(12))
    checked = phone_cells.read(cell)
    assert len(checked.numbers) == 10
    assert "12 个号码" in checked.problem


def test_a_novel_is_no_phone():
    assert "401 个字" in phone_cells.read("1" * 401).problem


MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"022-[2-8][0-9]{7}", fullmatch=True)
NUMBERS = st.lists(MOBILES | LANDLINES, min_size=1, max_size=4, unique=True)
SEPARATORS = st.sampled_from(["、", "，", ",", ";", "；", "/", "\n", " ", "  ", "或", "（张三）、"])


@given(NUMBERS, SEPARATORS)
def test_any_numbers_come_back_in_order(numbers, separator):
    assert phone_cells.read(separator.join(numbers)).numbers == tuple(numbers)


@given(st.text(max_size=60) | st.floats() | st.integers() | st.booleans())
def test_any_cell_gives_known_forms_only(cell):
    checked = phone_cells.read(cell)
    for number in checked.numbers:
        assert phone_cells.normalise(number) == number
    assert checked.numbers or checked.problem or phone_cells.is_nothing(phone_cells.text_of(cell))
