"""The three kinds of business entities in other people's words (domain.md §3.1). Pure.

What is not surely one of the three is left empty and asked about; nothing is guessed from a name.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from apps.filings.reading.text import is_nothing, narrow

ENTERPRISE, INDIVIDUAL, COOPERATIVE = "ENTERPRISE", "INDIVIDUAL", "COOPERATIVE"
LONGEST = 100
ASK = "请在企业、个体工商户、农民专业合作社中选填一个。"
_BRACKETS = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
_TICKED_BEFORE = re.compile(r"[☑√✓✔■●]([^□☑√✓✔■●○◯/、,;]+)")
_TICKED_BEHIND = re.compile(r"([^□☑√✓✔■●○◯/、,;]+)[☑√✓✔■●]")
_BOXES = re.compile(r"[□☑√✓✔■●○◯]")
_NUMBERING = re.compile(r"^(?:[0-9a-z]{1,2}[.、:)-]|[①②③④⑤])")
#: in this order; the first that fits says what a text is
_NOT_BUSINESS = re.compile(
    r"民办非企业|民非|非企业单位|社会组织|社会团体|社会服务机构|基金会|协会|商会|机关|事业单位|事业法人"
    r"|村委会|村民委员会|居委会|居民委员会|村集体|学校|幼儿园|卫生院|政府|宗教"
)
_COLLECTIVE = re.compile(r"股份经济合作|经济联合社|经济合作社|集体经济组织")
_FARM = re.compile(r"家庭农场|农场主|(?:种植|养殖|种养殖?)大户|专业大户|农户$")
_NOT_FARMERS = re.compile(
    r"供销|信用(?:合作)?社|股份合作|手工业|消费合作|住房合作|合作制|中外合作|合作企业|合作经营"
)
_COOPERATIVE = re.compile(r"合作社|农合社|农合$|联合社|合作联社|专合社|专业社|农合组织|^合作$")
_INDIVIDUAL = re.compile(r"个体|工商户|家庭经营|个人经营|个人商户|个工商|^商户$|摊贩|小商贩")
_SOLE = re.compile(r"个人独资|个独|独资")
_ENTERPRISE = re.compile(
    r"企业|公司|有限|股份|独资|合伙|厂商|国企|央企|国有|国营|民营|私营|私企|民企|外资|外企|合资|内资|集体所有|集体制"
    r"|全民所有|联营|法人|港澳台|供销|信用社|信用合作|合作制|手工业|个转企|规上|^集体$|企$"
)


@dataclass(frozen=True)
class KindCheck:
    """A kind ("" when it is not sure) and what is to be said about the words used."""

    kind: str
    problem: str = ""


@lru_cache(8192)
def kind_of(text: str) -> KindCheck:
    """Return the kind that a cell's words mean; nothing at all is no problem of the words."""
    if len(text) > LONGEST:
        return KindCheck("", f"认不出这种性质。{ASK}")
    plain = narrow(text).lower()
    if is_nothing(plain):
        return KindCheck("")
    if _BOXES.search(plain):
        is_before = _BOXES.match(plain)  # the boxes stand before the words, or behind them
        ticked = (_TICKED_BEFORE if is_before else _TICKED_BEHIND).findall(plain)
        if len(ticked) != 1:
            return KindCheck("", f"看不出勾选的是哪一个。{ASK}")
        plain = ticked[0]
    plain = _NUMBERING.sub("", plain)
    main = _BRACKETS.sub("", plain)
    found = _single(main or plain)
    for inner in _BRACKETS.findall(plain) if main else ():
        other = _single(inner)
        if other.kind and found.kind and other.kind != found.kind:
            return KindCheck("", f"括号内外说的不是一种。{ASK}")
    return found


def _single(plain: str) -> KindCheck:
    if _NOT_BUSINESS.search(plain):
        return KindCheck("", "这一类不属于企业、个体工商户、农民专业合作社，请核对要不要报。")
    if _COLLECTIVE.search(plain):
        return KindCheck("", f"农村集体经济组织不在三类之内，请核对要不要报。{ASK}")
    kinds = _kinds_in(plain)
    if len(kinds) > 1:
        return KindCheck("", f"同时写了几种性质。{ASK}")
    if kinds:
        return KindCheck(kinds.pop())
    if _FARM.search(plain):
        return KindCheck("", f"家庭农场可能登记为个体工商户，也可能是企业，请看营业执照。{ASK}")
    return KindCheck("", f"认不出这种性质。{ASK}")


def _kinds_in(plain: str) -> set[str]:
    kinds = set()
    is_farmers = _COOPERATIVE.search(plain) and not _NOT_FARMERS.search(plain)
    if is_farmers:
        kinds.add(COOPERATIVE)
        plain = _COOPERATIVE.sub("", plain)
    if _INDIVIDUAL.search(plain):
        kinds.add(INDIVIDUAL)
    is_formed = _ENTERPRISE.search(plain) or _NOT_FARMERS.search(plain)
    # 农民专业合作社法人 is one thing, not two
    if is_formed and not (is_farmers and plain.strip("农民专业") in ("法人", "企业法人", "企业")):
        kinds.add(ENTERPRISE)
    return kinds


_NAME_COOPERATIVE = re.compile(
    r"(?:农民)?(?:专业|农机|种植|养殖)[^公司]*合作(?:社|联社)$|专业合作社|合作联社$"
)
_NAME_COMPANY = re.compile(
    r"(?:有限|股份|责任)公司(?:[\w()（）]*(?:分公司|支公司|支行|营业部|门店|店))?$"
)


def doubt(kind: str, name: str) -> str:
    """Return a question when a name's own words speak against its kind, else an empty string."""
    if kind in (ENTERPRISE, INDIVIDUAL) and "合作" in name:
        if _NAME_COOPERATIVE.search(name) and not _NOT_FARMERS.search(name):
            return "名称是专业合作社，性质填的却不是农民专业合作社，请核对。"
    elif kind in (INDIVIDUAL, COOPERATIVE) and "公司" in name and _NAME_COMPANY.search(name):
        return "名称是公司，性质填的却不是企业，请核对。"
    return ""
