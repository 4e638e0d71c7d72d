"""The figures of the rules: durations, thresholds, limits. Pure; versions live in the database.

Sources: domain.md §2.2 and §7.3 (with its marks 官/报/拟), decisions.md 2, 4, 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import DomainError
from apps.tickets.choices import TermUnit


@dataclass(frozen=True)
class Term:
    """A duration: ``amount`` of ``unit``."""

    amount: int
    unit: TermUnit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.label}"


@dataclass(frozen=True)
class RuleItem:
    """A figure of the rules with its name, default and bounds, as the settings page shows it."""

    key: str
    label: str
    amount: int
    unit: TermUnit | None = None
    least: int = 1
    most: int = 60
    basis: str = ""


_WD, _WH, _MIN, _MONTH = (
    TermUnit.WORKDAYS,
    TermUnit.WORK_HOURS,
    TermUnit.MINUTES,
    TermUnit.MONTHS,
)
ITEMS: tuple[RuleItem, ...] = (
    RuleItem("onsite_reply", "即时答复", 1, _WD, basis="方案三（一）；系统建议值"),
    RuleItem("onsite_suggest_escalate", "未决时提示转中枢", 2, _WD, basis="系统建议值"),
    RuleItem("expert_reply", "专家答复", 1, _WD, basis="系统建议值"),
    RuleItem("dispatch.life", "派单（危及生命财产）", 60, _MIN, most=1440, basis="系统建议值"),
    RuleItem("dispatch.utility", "派单（水电气热）", 120, _MIN, most=1440, basis="系统建议值"),
    RuleItem("dispatch.normal", "派单（一般）", 1, _WD, basis="系统建议值"),
    RuleItem("accept.life", "签收（危及生命财产）", 15, _MIN, most=1440, basis="天津细则"),
    RuleItem("accept.utility", "签收（水电气热）", 30, _MIN, most=1440, basis="天津细则"),
    RuleItem("accept.normal", "签收（一般）", 1, _WD, basis="天津细则"),
    RuleItem(
        "first_contact.life",
        "首次联系企业（危及生命财产）",
        60,
        _MIN,
        most=1440,
        basis="系统建议值",
    ),
    RuleItem(
        "first_contact.utility",
        "首次联系企业（水电气热）",
        120,
        _MIN,
        most=1440,
        basis="系统建议值",
    ),
    RuleItem("first_contact.normal", "首次联系企业（一般）", 1, _WD, basis="系统建议值"),
    RuleItem("handle.lead", "办结（主办）", 7, _WD, basis="方案三（二）"),
    RuleItem("handle.assist", "反馈（协办）", 3, _WD, basis="他地做法"),
    RuleItem("handle.redo", "重办", 3, _WD, basis="系统建议值"),
    RuleItem("return.normal", "申请退单（一般）", 1, _WD, basis="天津送审稿"),
    RuleItem("return.complex", "申请退单（复杂疑难）", 2, _WD, basis="天津送审稿"),
    RuleItem("return.review", "审核退单", 4, _WH, basis="他地做法"),
    RuleItem("extension.apply_before", "延期须提前", 1, _WD, least=0, basis="他地做法"),
    RuleItem("extension.max", "一次最多延长", 7, _WD, basis="系统建议值"),
    RuleItem("extension.review", "审核延期", 1, _WD, basis="系统建议值"),
    RuleItem("suspension.max", "一次最多挂起", 10, _WD, basis="系统建议值"),
    RuleItem("review", "审核办结", 1, _WD, basis="系统建议值"),
    RuleItem("followup", "回访", 3, _WD, basis="他地做法"),
    RuleItem("joint.meeting", "联动办：开会或给节点", 10, _WD, basis="他地做法"),
    RuleItem("joint.stage", "联动办：阶段答复", 10, _WD, basis="系统建议值"),
    RuleItem("city.stage", "提级办：阶段答复", 20, _WD, basis="系统建议值"),
    RuleItem("tracking.update", "挂账：更新进展", 1, _MONTH, most=12, basis="他地做法"),
    RuleItem("reopen.window", "重开期限（自然日）", 30, None, most=365, basis="系统建议值"),
    RuleItem("exclude.apply", "申请剔除", 10, _WD, basis="系统建议值"),
    RuleItem("archive.after", "归档（自然日）", 30, None, most=3650, basis="系统建议值"),
    RuleItem("yellow_days", "黄灯：剩余不超过（工作日）", 2, None, most=10, basis="12345 通用"),
    RuleItem(
        "sample_percent",
        "即时办回访抽样（百分比）",
        10,
        None,
        least=0,
        most=100,
        basis="系统建议值",
    ),
    RuleItem("repeat_days", "同一企业再次提出（自然日）", 30, None, most=365, basis="系统建议值"),
)
BY_KEY = {item.key: item for item in ITEMS}


@dataclass(frozen=True)
class RuleSet:
    """A version of the rules; ``number`` 0 are the defaults."""

    number: int = 0
    values: Mapping[str, int] = field(default_factory=dict)

    def figure(self, key: str) -> int:
        """Return a figure; unknown keys are a fault of the program."""
        return int(self.values.get(key, BY_KEY[key].amount))

    def term(self, key: str) -> Term:
        """Return a duration."""
        unit = BY_KEY[key].unit
        if unit is None:
            raise KeyError(f"{key} is no duration")
        return Term(self.figure(key), unit)


DEFAULTS = RuleSet()


def checked(values: Mapping[str, Any]) -> dict[str, int]:
    """Return figures that differ from the defaults, each within its bounds.

    Raises:
        DomainError: a figure is missing its bounds; the message names it.
    """
    kept = {}
    for key, value in values.items():
        item = BY_KEY.get(key)
        if item is None:
            raise DomainError("没有这条规则。请刷新页面后再试。", field=key)
        if not isinstance(value, int) or not item.least <= value <= item.most:
            raise DomainError(f"{item.label}应为 {item.least} 到 {item.most} 的整数。", field=key)
        if value != item.amount:
            kept[key] = value
    return kept
