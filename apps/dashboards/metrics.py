"""The metrics K01–K32 of domain.md §9, each with its formula, clause, unit and exclusions. Pure.

A rate names the two measures that it divides; the list behind the number is the list of the
measure. A metric without a source says 待启用 with the reason (decisions.md 34).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

#: fewer cases than this say nothing (domain.md §9)
LEAST = 10


@dataclass(frozen=True)
class Metric:
    """A metric: ``top`` ÷ ``bottom`` (measure codes), or the count ``top`` alone.

    ``pending``: why there is no number yet. ``live``: counted from present rows, not from tallies.
    ``goal`` says which direction is good: 1 up, -1 down, 0 neither.
    """

    code: str
    label: str
    formula: str
    clause: str
    note: str = ""
    top: str = ""
    bottom: str = ""
    unit: str = "%"
    goal: int = 0
    live: str = ""
    pending: str = ""

    @property
    def is_rate(self) -> bool:
        """Whether it divides two measures."""
        return bool(self.bottom)

    @property
    def is_tallied(self) -> bool:
        """Whether its number comes from the tallies."""
        return bool(self.top)


@dataclass(frozen=True)
class Reading:
    """A metric's value: the two counts, and how they are shown."""

    metric: Metric
    top: int
    bottom: int = 0

    @property
    def ratio(self) -> Fraction | None:
        """The exact ratio, None when there is nothing to divide by."""
        return Fraction(self.top, self.bottom) if self.metric.is_rate and self.bottom else None

    @property
    def is_small(self) -> bool:
        """Whether the sample is too small to be shown as a rate."""
        return self.metric.is_rate and 0 < self.bottom < LEAST

    @property
    def text(self) -> str:
        """The number on the screen: 1,286, 96.4%, 样本不足, —."""
        if not self.metric.is_rate:
            return f"{self.top:,}"
        if self.ratio is None:
            return "—"
        return "样本不足" if self.is_small else f"{percent(self.ratio, 1)}%"

    @property
    def exact(self) -> str:
        """The number in exports and the API: two decimals, from the exact ratio."""
        if not self.metric.is_rate:
            return str(self.top)
        if self.ratio is None:
            return "—"
        return "样本不足" if self.is_small else f"{percent(self.ratio, 2)}%"


def percent(ratio: Fraction, places: int) -> Decimal:
    """Return a ratio in per cent, rounded half up from the exact value."""
    step = Decimal(1).scaleb(-places)
    scaled = ratio * 100 * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return (Decimal(whole) * step).quantize(step, rounding=ROUND_HALF_UP)


def read(metric: Metric, counts: Mapping[str, int]) -> Reading:
    """Return a metric's value from the counts of its measures."""
    return Reading(metric, counts.get(metric.top, 0), counts.get(metric.bottom, 0))


def change(metric: Metric, now: Reading, before: Reading) -> str:
    """Say how a number has changed: 8.1%, 3.2 个百分点, signed; "" when it cannot be compared."""
    if not metric.is_rate:
        return f"{signed(Fraction(now.top - before.top, before.top))}%" if before.top else ""
    if now.ratio is None or before.ratio is None or now.is_small or before.is_small:
        return ""
    return f"{signed(now.ratio - before.ratio)} 个百分点"


def signed(step: Fraction) -> str:
    """Write a step in per cent with its sign and one decimal."""
    shown = percent(abs(step), 1)
    return f"{'-' if step < 0 and shown else '+' if shown else ''}{shown}"


_ALL = "剔除件不计"
_TERM = "到期日落在统计期且已过完的才计；剔除件不计"
METRICS = (
    Metric(
        "K01", "诉求登记量", "统计期内登记的工单数", "三（一）", "含剔除件", "registered", unit="件"
    ),
    Metric(
        *("K02", "即时办结率", "现场答复办结件 ÷（登记件 − 不予受理 − 并单从单）", "三（一）"),
        *(f"只作观察，不作越高越好的考核；{_ALL}", "onsite_done", "acceptable"),
    ),
    Metric(
        *("K03", "即时答复及时率", "1 个工作日内答复或转中枢的件 ÷ 应即时答复件", "三（一）"),
        *(_TERM, "onsite_hit", "onsite_due"),
        goal=1,
    ),
    Metric(
        *("K04", "按时签收率", "签收时间不晚于签收时限的派单 ÷ 应签收的派单", "三（二）"),
        *(f"每件只计最近一次派单，没有签收且过期的算未按时；{_TERM}", "accept_hit", "accept_due"),
        goal=1,
    ),
    Metric(
        *("K05", "响应率", "首次联系不晚于联系时限的派单 ÷ 应首次联系的派单", "三（二）"),
        *(f"三率之一；{_TERM}", "contact_hit", "contact_due"),
        goal=1,
    ),
    Metric(
        *(
            "K06",
            "按期办结率",
            "提交不晚于办结时限且没有被退回重办的件 ÷ 应办结的主办件",
            "三（二）",
        ),
        *(f"含未结超期；挂起、挂账、不予受理、撤单、并单不计；{_TERM}", "handle_hit", "handle_due"),
        goal=1,
    ),
    Metric(
        *(
            "K07",
            "7 日办结率（企业）",
            "首次派单后 7 个工作日内提交且最终没有重办 ÷ 应办件",
            "三（二）",
        ),
        *(f"不受延期、改派影响；不予受理、撤单、并单不计；{_TERM}", "total_hit", "total_due"),
        goal=1,
    ),
    Metric(
        *("K08", "平均办理时长", "Σ 首次派单至最后提交的工作日数 ÷ 已提交件", "三（二）"),
        *(f"按提交日；同时给出中位数和第 90 百分位；{_ALL}", "finished"),
        unit="个工作日",
        goal=-1,
    ),
    Metric(
        *("K09", "在办", "此刻没有结束的工单；其中超期、临期（剩 2 个工作日以内）另列", "三（二）"),
        "时点数，不随统计期变化",
        live="open",
        unit="件",
    ),
    Metric(
        *("K10", "一次派准率", "只派过一次的件 ÷ 已签收件", "三（二）"),
        *(f"按签收日；考核中枢；{_ALL}", "right_first", "accepted"),
        goal=1,
    ),
    Metric(
        *("K11", "退单率", "退单申请 ÷ 主办派单", "三（二）", _ALL, "returns", "dispatches"),
        goal=-1,
    ),
    Metric(
        *("K11b", "不当退单率", "被驳回的退单 ÷ 退单申请", "三（二）"),
        *(f"按申请日；{_ALL}", "returns_denied", "returns"),
        goal=-1,
    ),
    Metric(
        *("K12", "延期率", "批准的延期 ÷ 主办派单", "三（二）"),
        *(f"延期按申请日；{_ALL}", "extensions", "dispatches"),
        goal=-1,
    ),
    Metric(
        *("K12b", "临期延期率", "到期前 2 个工作日以内才提出的延期申请 ÷ 延期申请", "三（二）"),
        *(f"按申请日；黄灯亮起以后才申请的算临期；{_ALL}", "extensions_late", "extensions_asked"),
        goal=-1,
    ),
    Metric(
        *("K13", "重办率", "重办过的销号件 ÷ 销号件", "三（二）"),
        *(f"按销号日；{_ALL}", "redone", "closed"),
        goal=-1,
    ),
    Metric(
        *("K14", "回访率", "已回访件 ÷ 应回访件（含抽中的即时办）", "三（五）"),
        *(f"目标 100%；12345 已回访的算已回访；{_TERM}", "followup_hit", "followup_due"),
        goal=1,
    ),
    Metric(
        *("K14b", "回访接通率", "接通的回访 ÷ 回访记录", "三（五）"),
        *(f"按回访日，免访不计；{_ALL}", "reached", "called"),
        goal=1,
    ),
    Metric(
        *("K15", "解决率", "企业说“已解决”的件 ÷（已解决 + 部分解决 + 未解决）", "三（五）"),
        *(f"三率之一；只计求助、投诉、举报，部分解决不折半，按回访日；{_ALL}", "solved", "judged"),
        goal=1,
    ),
    Metric(
        *("K16", "满意率（答复）", "（非常满意 + 满意 + 基本满意）÷ 有效评价", "三（五）"),
        *(f"三率之一；按回访日；{_ALL}", "answer_satisfied", "answer_graded"),
        goal=1,
    ),
    Metric(
        *("K17", "满意率（解决）", "（非常满意 + 满意 + 基本满意）÷ 有效评价", "三（五）"),
        *(f"按回访日；{_ALL}", "solution_satisfied", "solution_graded"),
        goal=1,
    ),
    Metric(
        *("K18", "三率合成", "响应率 × 30% + 解决率 × 35% + 满意率 × 35%", "四（三）"),
        pending="默认关闭：合成分数会变成排名，区里定了权重再启用",
    ),
    Metric(
        *("K19", "重复诉求率", "销号后 30 天内同一企业同一类目再次登记的件 ÷ 销号件", "三（五）"),
        *("按首件销号日；用来发现办结不实",),
        live="repeated",
        goal=-1,
    ),
    Metric(
        "K20", "剔除率", "剔除件 ÷ 登记件", "四（三）", "按登记日，公示", "excluded", "registered"
    ),
    Metric(
        "K20b", "撤单率", "撤单件 ÷ 登记件", "四（三）", "按登记日，公示", "withdrawn", "registered"
    ),
    Metric(
        *("K21", "办结质检不合格率", "抽查不实件 ÷ 抽查件", "三（五）"),
        *(f"按质检日；{_ALL}", "inspection_failed", "inspected"),
        goal=-1,
    ),
    Metric(
        *("K22", "联动办节点完成率", "按期完成议定事项 ÷ 到期议定事项", "三（三）"),
        pending="待启用：会议议定事项还没有在系统里登记",
    ),
    Metric(
        *("K23", "阶段答复及时率", "按期阶段答复 ÷ 应作阶段答复", "三（四）"),
        *(_TERM, "stage_hit", "stage_due"),
        goal=1,
    ),
    Metric(
        *("K24", "挂账销号率", "已销号 ÷（已销号 + 计划日已过没有销号）", "三（三）"),
        *(f"按计划完成日；{_TERM}", "plan_hit", "plan_due"),
        goal=1,
    ),
    Metric(
        *("K25", "三定完成率", "已归片区且片区有人服务的主体 ÷ 在册主体", "二（二）", "时点数"),
        live="bound",
        goal=1,
    ),
    Metric(
        *(
            "K26",
            "信息完整率",
            "名称、性质、负责人、有效电话齐全的主体 ÷ 在册主体",
            "二（二）",
            "时点数",
        ),
        live="complete",
        goal=1,
    ),
    Metric(
        *("K27", "片区核对差异", "附件1 填报数 − 附件2 实数，应为 0", "二（二）", "时点数"),
        live="difference",
        unit="家",
    ),
    Metric(
        *("K28", "手册引用率", "引用手册的即时办 ÷ 即时办", "四（二）"),
        *(f"按登记日；{_ALL}", "onsite_quoted", "onsite_done"),
        goal=1,
    ),
    Metric(
        *("K28b", "手册过期条目率", "过了复核日的条目 ÷ 已发布条目", "四（二）", "时点数"),
        live="expired",
        goal=-1,
    ),
    Metric(
        *("K29", "专家响应及时率", "1 个工作日内答复的协助 ÷ 请专家协助", "二（一）"),
        *(_TERM, "expert_hit", "expert_due"),
        goal=1,
    ),
    Metric(
        *("K30", "政策、培训、走访活动数", "计数", "四（二）"),
        pending="待启用：走访、培训、会议还没有在系统里登记",
        unit="次",
    ),
    Metric(
        *("K31", "一类事治理数", "关闭的一类事及其后 90 天同类量变化", "四（三）"),
        pending="待启用：一类事还没有在系统里立项",
        unit="项",
    ),
    Metric(
        *("K32", "名册有效率", "近 90 天本人或单位确认过的人员 ÷ 全部人员", "二（一）", "时点数"),
        live="roster",
        goal=1,
    ),
)
BY_CODE = {metric.code: metric for metric in METRICS}
