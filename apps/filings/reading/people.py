"""Names of persons in one cell. Pure."""

import re

from apps.filings.reading.text import squeezed

_BLANKS = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,3}")
_SEVERAL = re.compile(r"[、，,；;/\n]")
COMPOUND = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "夏侯",
        "皇甫",
        "尉迟",
        "公羊",
        "澹台",
        "公冶",
        "宗政",
        "濮阳",
        "淳于",
        "单于",
        "太叔",
        "申屠",
        "公孙",
        "仲孙",
        "轩辕",
        "令狐",
        "钟离",
        "宇文",
        "长孙",
        "慕容",
        "鲜于",
        "闾丘",
        "司徒",
        "司空",
        "端木",
        "呼延",
        "西门",
        "百里",
        "东郭",
        "叶赫",
        "那拉",
        "爱新",
        "觉罗",
    ]
)


def name_of(text: str) -> tuple[str, bool]:
    """Return a person's name without blanks inside, and whether there may be several persons.

    杜  刚 is one person; 张三 李四 may be two and comes as 张三、李四.
    """
    pieces = [piece for piece in _BLANKS.split(text) if piece]
    is_several = len(pieces) > 1 and all(_HAN.fullmatch(piece) for piece in pieces)
    if is_several and pieces[0] not in COMPOUND:
        return "、".join(pieces), True
    name = squeezed(text)
    return name, bool(_SEVERAL.search(name))
