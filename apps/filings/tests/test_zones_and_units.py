"""Names of zones and units in every way they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.filings.reading import zones
from apps.filings.reading.units import Units, looks_like_unit
from apps.filings.tests.made import UNITS

KNOWN = Units(UNITS)
NAMES = {
    "渔阳镇": "渔阳镇 渔阳镇人民政府 渔阳镇政府 蓟州区渔阳镇 天津市蓟州区渔阳镇人民政府 蓟县渔阳镇 渔阳 渔阳乡 城关镇 城关 　渔阳镇　 渔阳镇政府办公室 （渔阳镇）",
    "文昌街道": "文昌街道 文昌街道办事处 文昌街 蓟州区文昌街道办事处 文昌",
    "州河湾镇": "州河湾镇 五百户镇 五百户",
    "孙各庄满族乡": "孙各庄满族乡 孙各庄乡 孙各庄 孙各庄满族乡人民政府 孙各庄镇",
    "蓟州经济开发区": "蓟州经济开发区 天津蓟州经济开发区管委会 天津蓟州经济开发区管理委员会 蓟州开发区 经济开发区管委会"
    " 天津市蓟州区经济开发区 开发区管委会 蓟县经济开发区 开发区",
    "穿芳峪镇": "穿芳峪镇 穿芳峪乡 穿芳峪",
}


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, texts in NAMES.items() for text in texts.split(" ")]
)
def test_a_unit_is_known_by_each_of_its_names(text, name):
    found = KNOWN.named(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text", ["", "玉田县虹桥镇", "XX乡镇（街道）", "渔阳镇、洇溜镇", "经发办", "镇", "区市场监管局"]
)
def test_no_unit_is_made_up(text):
    assert KNOWN.named(text) is None


@pytest.mark.parametrize(
    ("text", "by_stem", "name"),
    [
        ("附件2-渔阳镇最终版.xlsx", False, "渔阳镇"),
        ("附件2渔阳", True, "渔阳镇"),
        ("附件2渔阳", False, None),
        ("渔阳镇、洇溜镇汇总", False, None),
        ("天津市蓟州区东施古镇经营主体统计表", False, "东施古镇"),
        ("上仓镇下仓镇", False, None),
        ("统计表", True, None),
    ],
)
def test_finds_the_one_unit_in_a_text(text, by_stem, name):
    found = KNOWN.inside(text, by_stem=by_stem)
    assert (found.name if found else None) == name


def test_all_units_are_told_apart():
    for unit in UNITS:
        for word in (unit.name, unit.full_name, *unit.aliases, f"天津市蓟州区{unit.name}"):
            assert KNOWN.named(word) is KNOWN.by_code[unit.code]
            assert KNOWN.inside(f"附件1（{word}）") is KNOWN.by_code[unit.code]


@pytest.mark.parametrize(
    ("text", "meant"), [("鱼阳镇", "渔阳镇"), ("洇流镇", "洇溜镇"), ("玉田县", "")]
)
def test_proposes_the_unit_that_was_meant(text, meant):
    assert KNOWN.like(text) == meant


def test_tells_the_form_of_a_townships_name():
    assert looks_like_unit("玉田县虹桥镇人民政府")
    assert not looks_like_unit("经济发展办公室")


ZONES = {
    "第一片区": "第一片区 一片区 第1片区 1片区 片区一 第１片区 渔阳镇第一片区 蓟州区渔阳镇第一片区 渔阳镇一片区 渔阳镇人民政府第一片区"
    " 第一服务片区 第一责任片区 1号片区 第一片 （一） 1 一 第一片区（东关村、西关村） 第一片区：张三 第一片区张三 第一片区 片区1 第〇一片区",
    "第十片区": "第十片区 第10片区 10片区",
    "第十二片区": "第十二片区 第12片区 第一十二片区",
    "第二十一片区": "第二十一片区 第21片区",
    "城东片区": "城东片区 渔阳镇城东片区",
    "盘山商圈": "盘山商圈",
    "": "第X片区 第×片区 第某片区 XX片区 片区 渔阳镇",
}


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, texts in ZONES.items() for text in texts.split(" ")]
)
def test_a_zone_has_one_name(text, name):
    assert zones.read(text, KNOWN).name == name


def test_line_breaks_and_blanks_do_not_matter():
    assert zones.read("渔阳镇\n第 三 片 区 ", KNOWN).name == "第三片区"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("示例：\n第X片区", ""),
        ("示例1：XX街道第一片区", "第一片区"),
        ("示例2：渔阳镇第二片区", "第二片区"),
    ],
)
def test_an_example_is_told(text, name):
    found = zones.read(text, KNOWN)
    assert (found.name, found.is_example) == (name, True)


def test_what_stands_behind_is_kept_for_a_remark():
    assert zones.read("第二片区\n刘玉良", KNOWN).after == "刘玉良"


def test_the_unit_before_a_zone_is_told():
    assert zones.read("洇溜镇第一片区", KNOWN).unit.name == "洇溜镇"


@given(st.integers(1, 99))
def test_numerals_go_both_ways(number):
    assert zones.number_of(zones.numeral(number)) == number
    assert zones.number_of(str(number)) == number


@given(st.text(max_size=30))
def test_any_text_is_some_zone_or_none(text):
    found = zones.read(text, KNOWN)
    again = zones.read(found.name, KNOWN)
    assert again.name == found.name or not again.unit
