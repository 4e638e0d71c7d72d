"""The three kinds in other people's words."""

import pytest

from apps.filings.reading import kinds

E, I, C = "ENTERPRISE", "INDIVIDUAL", "COOPERATIVE"  # noqa: E741 - as the columns below
WORDS = {
    E: """企业 公司 有限公司 有限责任公司 股份有限公司 私营企业 民营企业 民营 法人企业 国有企业 国企 外资 外资企业
    中外合资 中外合作 集体企业 集体 个人独资企业 个人独资 独资 合伙 合伙企业 有限合伙 分公司 企业（有限责任公司） 有限公司（自然人独资）
    供销合作社 供销社 信用合作社 股份合作制企业 全民所有制 联营企业 个转企 企业法人 非公司企业法人 内资企业 规上企业
    1.企业 ①企业 港澳台投资企业 一人有限公司 企业、有限公司 ☑企业□个体工商户□农民专业合作社 企业√""",
    I: """个体工商户 个体 个体户 个体工商 个体商户 个体经营 个体工商户（餐饮） 家庭经营 个人经营 工商户 个体经济
    个体户(农家院) □企业☑个体工商户 2、个体工商户""",
    C: """农民专业合作社 专业合作社 合作社 农合社 农民合作社 合作联社 农民专业合作社联合社 农民专业合作社（种植）
    农机专业合作社 农民专业合作社法人""",
}
ASKED = {
    "家庭农场": "家庭农场",
    "种植大户": "家庭农场",
    "村委会": "不属于",
    "居委会": "不属于",
    "民办非企业": "不属于",
    "民办非企业单位": "不属于",
    "民非": "不属于",
    "社会组织": "不属于",
    "机关": "不属于",
    "事业单位": "不属于",
    "股份经济合作社": "集体经济",
    "企业/个体": "同时",
    "企业和个体工商户": "同时",
    "企业（个体工商户）": "括号",
    "□企业□个体工商户□农民专业合作社": "勾选",
    "☑企业☑个体工商户": "勾选",
    "餐饮": "认不出",
    "1": "认不出",
    "一般纳税人": "认不出",
}


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for kind, texts in WORDS.items() for text in texts.split()]
)
def test_recognises(text, kind):
    assert kinds.kind_of(text) == kinds.KindCheck(kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("企　业", E),
        (" 个体 工商户", I),
        ("农民专业\n合作社", C),
        ("企业√ 个体□", E),
        ("□企业 ■个体工商户", I),
    ],
)
def test_blanks_and_ticks_do_not_matter(text, kind):
    assert kinds.kind_of(text).kind == kind


@pytest.mark.parametrize(("text", "reason"), ASKED.items())
def test_asks_rather_than_guesses(text, reason):
    checked = kinds.kind_of(text)
    assert checked.kind == ""
    assert reason in checked.problem


@pytest.mark.parametrize("text", ["", "无", "/", "—"])
def test_nothing_is_no_problem_of_the_words(text):
    assert kinds.kind_of(text) == kinds.KindCheck("")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (E, "天津墨严苹果农民专业合作社"),
        (I, "天津市蓟州区惠民农机专业合作社"),
        (I, "天津瑞达房产咨询有限公司"),
        (C, "天津绿丰肥业有限公司"),
        (I, "中国石化销售股份有限公司天津蓟州分公司"),
    ],
)
def test_asks_about_a_name_of_another_kind(kind, name):
    assert kinds.doubt(kind, name)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (E, "渔阳镇供销合作社"),
        (E, "天津绿丰肥业有限公司"),
        (C, "天津墨严苹果农民专业合作社"),
        (I, "公司街小吃店"),
        ("", "天津瑞达房产咨询有限公司"),
    ],
)
def test_asks_nothing_where_both_agree(kind, name):
    assert kinds.doubt(kind, name) == ""
