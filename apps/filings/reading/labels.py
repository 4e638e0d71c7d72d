"""What a column's label means, in the many words that townships use for it. Pure."""

import re
from collections.abc import Callable
from functools import lru_cache

from apps.filings.contents import Appendix
from apps.filings.reading.text import label_of

SEQ, UNIT, ZONE, NOTE = "seq", "unit", "zone", "note"
NAME, KIND, PERSON, PHONE = "name", "kind", "person", "phone"
CODE, ADDRESS = "credit_code", "address"
BOUNDARY, COUNT, STAFF, POST = "boundary", "count", "staff", "post"
GROUP = "group"  # a label above several columns

_SUBJECT = (
    r"(?:经营主体|市场主体|经营单位|经营户|经营者|主体|企业|单位|商户|商家|店铺|门店|公司|机构"
    r"|个体工商户|个体户|个体|合作社|工商户|店)"
)
_SUBJECTS = rf"{_SUBJECT}(?:[/、或和及与]?{_SUBJECT})*"
_WITHIN = r"(?:片区内|片区范围内|片区|辖区内|辖区|本片区)?(?:的)?"
_LEADER = (
    r"(?:法定代表人|法人代表|法人|代表人|负责人|经营者|业主|投资人|责任人|联系人|店主|户主|老板|经理|理事长"
    r"|执行事务合伙人|实际控制人|联络人|掌柜)"
)
_LEADERS = rf"(?:主要|企业|现)?{_LEADER}(?:[/、或和及与]?(?:主要)?{_LEADER})*"
_TEL = (
    r"(?:联系电话|联系方式|联系号码|联络方式|联络电话|电话号码|手机号码|手机号|手机|电话|座机号码|座机|固定电话|固话"
    r"|移动电话|办公电话|号码|通讯方式|通信方式|联系)"
)
#: label → meaning; the first that fits counts, so the narrower stand first
_MEANINGS: tuple[tuple[str, str], ...] = (
    (
        CODE,
        r"(?:统一)?(?:社会)?信用代码(?:证)?(?:号|编号)?(?:[/或]?注册号)?|(?:工商)?注册号|营业执照(?:编|注册)?号?码?|执照号码?|信用代码.*",
    ),
    (SEQ, r"序号|序|编号|顺序号|顺序|项次|行号|no|№"),
    (
        COUNT,
        rf"{_WITHIN}{_SUBJECTS}(?:的)?(?:总)?(?:数量|数目|户数|个数|总数|数|总量|总户数)(?:户|家|个)?|(?:总)?户数|数量|家数",
    ),
    (
        BOUNDARY,
        r"(?:划分)?(?:服务|责任|管辖|覆盖)?片区(?:的)?(?:划分|管辖|服务|覆盖)?(?:的)?(?:具体)?范围(?:划分)?|四至(?:范围|边界)?|(?:划分|管辖|服务|覆盖|具体|区域)范围|片区四至|范围|(?:包含|涵盖|所辖|覆盖)(?:的)?(?:村|社区|村居|村社区)+",
    ),
    (KIND, rf"{_SUBJECTS}?(?:的)?(?:登记|经济|注册)?(?:性质|类型|类别|属性|种类|分类)"),
    (
        PHONE,
        rf"(?:{_SUBJECTS}|{_LEADERS}|本人|人员|服务人员|姓名)?(?:的)?{_TEL}(?:[/、或和及与]?{_TEL})*",
    ),
    (PERSON, rf"{_WITHIN}(?:{_SUBJECTS})?(?:的)?{_LEADERS}(?:的)?(?:姓名|名称|名字|名)?"),
    (
        STAFF,
        r"姓名|(?:为企)?服务(?:人员|专员|队员|队伍人员)?姓名|(?:为企)?服务(?:专员|队员)|人员姓名|工作人员姓名|(?:片区)?(?:服务|责任|包保)人",
    ),
    (POST, r"(?:现任|行政)?职务(?:[/、或和及]?(?:职级|岗位))?|职级|岗位|工作岗位|职位|现任职务"),
    (
        GROUP,
        r"(?:为企)?服务(?:队伍|工作)?人员(?:情况|信息|名单)?|(?:片区内)?经营主体(?:基本)?(?:情况|信息)|基本情况|基本信息|人员(?:情况|信息)",
    ),
    (
        NAME,
        rf"{_WITHIN}{_SUBJECTS}(?:的)?(?:全称|名称|名字|字号|名)?|(?:全称|名称|名字|字号|字号名称)|{_SUBJECTS}(?:登记|注册)名称",
    ),
    (
        ADDRESS,
        r"(?:生产)?(?:经营|注册|详细|单位|企业|所在|主体|通讯|具体|办公)*(?:地址|住所|场所|地点|位置|住址)",
    ),
    (
        ZONE,
        r"(?:所属|所在|划分|服务|责任|归属)*(?:的)?片区(?:名称|划分|编号|号)?|(?:所属|所在)?网格(?:名称)?|片",
    ),
    (
        UNIT,
        r"(?:所属|所在)?(?:单位)?(?:乡镇|镇街|街镇|镇乡|街道|镇|乡|街乡镇|乡镇街道?)(?:街道|[/、]街道)*(?:名称)?|(?:[x×某]+)?乡镇[/、]?街道?|[x×某]+(?:乡镇|街道|镇|乡)(?:街道)?|所属单位|所属区域",
    ),
    (NOTE, r"备注|说明|其他|附注"),
)
_COMPILED = tuple((meaning, re.compile(pattern)) for meaning, pattern in _MEANINGS)
_OBLIGATORY = re.compile(r"(?:必填|选填|必须填写|可不填|如有)(?:项)?")
_VALUE = re.compile(_SUBJECT)
LONGEST = 30
#: which of several columns with one meaning counts, by words in its label
_BEST_PERSON = ("负责人", "法定代表人", "法人", "经营者", "业主", "投资人", "代表人")

APPENDIX_COLUMNS = {
    Appendix.ZONES: (SEQ, ZONE, BOUNDARY, COUNT, STAFF, POST, PHONE),
    Appendix.ENTITIES: (UNIT, ZONE, SEQ, NAME, KIND, PERSON, PHONE, CODE, ADDRESS),
}
WORDS = {
    UNIT: "乡镇（街道）",
    ZONE: "片区",
    NAME: "名称",
    KIND: "经营主体性质",
    PERSON: "经营主体负责人",
    PHONE: "联系方式",
    CODE: "统一社会信用代码",
    ADDRESS: "地址",
    BOUNDARY: "划分片区范围",
    COUNT: "片区范围内经营主体数量",
    STAFF: "姓名",
    POST: "职务",
    SEQ: "序号",
}


@lru_cache(8192)
def meaning(text: str) -> str:
    """Return what a label means, or an empty string."""
    if not text or len(text) > LONGEST * 3:
        return ""
    plain = _OBLIGATORY.sub("", label_of(text))
    if not plain or len(plain) > LONGEST:
        return ""
    return next((name for name, pattern in _COMPILED if pattern.fullmatch(plain)), "")


def is_value_too(text: str) -> bool:
    """Say whether a label is also what may stand below one: 企业, 个体户."""
    return bool(_VALUE.fullmatch(label_of(text)))


def rank_of_person(text: str) -> int:
    """Return the rank of a label for the principal; the least counts."""
    plain = label_of(text)
    ranks = (rank for rank, word in enumerate(_BEST_PERSON) if word in plain)
    return next(ranks, len(_BEST_PERSON))


def appendix_of(meanings: set[str], label: Callable[[str], str]) -> Appendix | None:
    """Return which appendix has columns of these meanings; ``label`` gives a meaning's text.

    A list of persons, projects or products is neither: it takes a column of names of businesses
    and one of their other facts.
    """
    if BOUNDARY in meanings and meanings & {STAFF, COUNT, ZONE, POST}:
        return Appendix.ZONES
    if COUNT in meanings and STAFF in meanings and NAME not in meanings:
        return Appendix.ZONES
    if ZONE in meanings and {STAFF, PHONE} <= meanings and NAME not in meanings:
        return Appendix.ZONES if KIND not in meanings else None
    if NAME not in meanings or STAFF in meanings:
        return None
    facts = meanings & {KIND, PERSON, PHONE, CODE}
    is_plain = label_of(label(NAME)) in ("名称", "全称", "名字", "单位", "机构", "字号")
    return Appendix.ENTITIES if len(facts) >= (2 if is_plain else 1) else None
