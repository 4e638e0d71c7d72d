"""The sentences of a report, made from its material; each names the metrics it rests on. Pure.

The outline is that of domain.md §10: 总体情况, 分层级, 分单位, 热点诉求, 存在问题, 下步工作.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from apps.dashboards.metrics import BY_CODE, Reading, change, percent, read

Material = dict[str, Any]


@dataclass(frozen=True)
class Sentence:
    """A sentence and the metrics (K01…) that its numbers come from."""

    text: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """A part of the report: a heading, the sentences made, and what somebody wrote instead."""

    key: str
    heading: str
    sentences: list[Sentence] = field(default_factory=list)
    edited: str = ""

    @property
    def made(self) -> str:
        """The sentences as one text."""
        return "".join(one.text for one in self.sentences)

    @property
    def text(self) -> str:
        """What is printed."""
        return self.edited or self.made

    @property
    def codes(self) -> list[str]:
        """The metrics that the made text rests on, in order."""
        return list(dict.fromkeys(code for one in self.sentences for code in one.codes))


def reading(material: Material, code: str, of: str = "now") -> Reading:
    """Return a metric of the district from the material."""
    return read(BY_CODE[code], material["counts"][of])


def _against(material: Material, code: str) -> str:
    """Return ，环比增加 8.1%，同比减少 2.0%; parts that cannot be compared are left out."""
    found = []
    for name, of in (("环比", "before"), ("同比", "year_ago")):
        step = change(BY_CODE[code], reading(material, code), reading(material, code, of))
        if step.startswith(("+", "-")):
            verb = "增加" if step[0] == "+" else "减少"
            found.append(f"，{name}{verb} {step[1:]}")
        elif step:
            found.append(f"，{name}持平")
    return "".join(found)


def _rate(material: Material, code: str) -> str:
    value = reading(material, code)
    if value.ratio is None:
        return f"{value.metric.label}没有可算的件"
    return f"{value.metric.label} {value.text}（{value.top:,}/{value.bottom:,}）"


def paragraphs(material: Material, edits: dict[str, str]) -> list[Paragraph]:
    """Return the paragraphs of a report in order; of a weekly one those that fit on a page."""
    if "red" in material:
        week = (
            ("overall", "总体情况", _overall(material)),
            ("red", "红灯清单", _red(material)),
            ("due", "下周到期", _due(material)),
            ("next", "下步工作", _next(material)),
        )
        return [Paragraph(key, heading, found, edits.get(key, "")) for key, heading, found in week]
    made = (
        ("overall", "总体情况", _overall(material)),
        ("tiers", "分层级办理情况", _tiers(material)),
        ("units", "分单位情况", _units(material)),
        ("topics", "热点诉求", _topics(material)),
        ("problems", "存在问题", _problems(material)),
        ("next", "下步工作", _next(material)),
    )
    return [Paragraph(key, heading, found, edits.get(key, "")) for key, heading, found in made]


def _overall(material: Material) -> list[Sentence]:
    volume, closed = reading(material, "K01"), material["counts"]["now"]["closed"]
    live = material["live"]
    rates = "，".join(_rate(material, code) for code in ("K05", "K15", "K16"))
    return [
        Sentence(
            f"{material['period']}，全区登记企业诉求 {volume.text} 件{_against(material, 'K01')}。",
            ("K01",),
        ),
        Sentence(f"期内销号 {closed:,} 件。", ("K13",)),
        Sentence(
            f"截至取数时在办 {live['open']:,} 件，其中超期 {live['overdue']:,} 件、"
            f"临期 {live['yellow']:,} 件。",
            ("K09",),
        ),
        Sentence(f"三率情况：{rates}。", ("K05", "K15", "K16")),
        Sentence(f"{_rate(material, 'K06')}，{_rate(material, 'K14')}。", ("K06", "K14")),
    ]


def _red(material: Material) -> list[Sentence]:
    overdue, shown = material["live"]["overdue"], len(material["red"])
    if not overdue:
        return [Sentence("没有超期在办的工单。", ("K09",))]
    rest = "" if shown == overdue else f"，列出最久的 {shown:,} 件"
    return [Sentence(f"超期在办 {overdue:,} 件{rest}。", ("K09",))]


def _due(material: Material) -> list[Sentence]:
    count, shown = material["due_count"], len(material["due"])
    if not count:
        return [Sentence(f"{material['due_week']}没有到期的工单。", ("K09",))]
    rest = "" if shown == count else f"，列出最早的 {shown:,} 件"
    return [Sentence(f"{material['due_week']}到期 {count:,} 件{rest}。", ("K09",))]


def _tiers(material: Material) -> list[Sentence]:
    steps = material["tiers"]
    total = steps[0]["entered"] if steps else 0
    found = [Sentence(f"{_rate(material, 'K02')}。", ("K02",))]
    for step in steps:
        share = f"（占 {percent(Fraction(step['entered'], total), 1)}%）" if total else ""
        found.append(
            Sentence(
                f"进入{step['label']} {step['entered']:,} 件{share}，本级结束 {step['ended']:,} 件。",
                ("K01",),
            )
        )
    return found


def _units(material: Material) -> list[Sentence]:
    rows = material["units"]
    return [
        Sentence(
            f"期内有 {len(rows):,} 个单位登记或承办诉求，各单位情况见附表，"
            "按单位固定顺序排列，不作排名。",
            ("K01", "K05", "K06", "K15", "K16"),
        )
    ]


def _topics(material: Material) -> list[Sentence]:
    found = []
    if material["topics"]:
        names = "、".join(f"{name}（{n:,} 件）" for name, n in material["topics"])
        found.append(Sentence(f"诉求较多的类目是：{names}。", ("K01",)))
    else:
        found.append(Sentence("期内没有登记诉求。", ("K01",)))
    for name, n in material["alike"]:
        found.append(
            Sentence(
                f"“{name}”近 30 天登记 {n:,} 件，建议作为一类事研究解决。",
                ("K01",),
            )
        )
    return found


def _problems(material: Material) -> list[Sentence]:
    counts = material["counts"]["now"]
    late = counts["handle_due"] - counts["handle_hit"]
    return [
        Sentence(f"到期没有按期办结的主办件 {late:,} 件。", ("K06",)),
        Sentence(
            f"退单申请 {counts['returns']:,} 件，其中被驳回 {counts['returns_denied']:,} 件；"
            f"{_rate(material, 'K11')}。",
            ("K11", "K11b"),
        ),
        Sentence(f"{_rate(material, 'K13')}，{_rate(material, 'K12')}。", ("K13", "K12")),
        Sentence(f"{_rate(material, 'K20')}，{_rate(material, 'K21')}。", ("K20", "K21")),
    ]


def _next(material: Material) -> list[Sentence]:
    live = material["live"]
    return [
        Sentence(
            f"对超期在办的 {live['overdue']:,} 件逐件督办，对临期的 {live['yellow']:,} 件提前提醒，"
            "做好回访和反馈。",
            ("K09",),
        )
    ]
