"""Enumerations of the tickets: states, tiers, clocks and the words people choose from."""

from django.db import models


class Tier(models.TextChoices):
    """The four tiers of plan three; independent of the state, rising with listed exceptions."""

    ONSITE = "ONSITE", "即时办"
    HUB = "HUB", "中枢办"
    JOINT = "JOINT", "联动办"
    CITY = "CITY", "提级办"

    @property
    def rank(self) -> int:
        """The height of the tier, 0 to 3."""
        return list(Tier).index(self)


class Status(models.TextChoices):
    """The seventeen states (domain.md §7.1)."""

    DRAFT = "DRAFT", "草稿"
    REGISTERED = "REGISTERED", "即时办理中"
    PENDING_DISPATCH = "PENDING_DISPATCH", "待派单"
    PENDING_ACCEPT = "PENDING_ACCEPT", "待签收"
    RETURN_REVIEW = "RETURN_REVIEW", "退单待审"
    PROCESSING = "PROCESSING", "办理中"
    PENDING_REVIEW = "PENDING_REVIEW", "办结待审"
    PENDING_FOLLOWUP = "PENDING_FOLLOWUP", "待回访"
    JOINT_DRAFTING = "JOINT_DRAFTING", "联动待报批"
    JOINT_PROCESSING = "JOINT_PROCESSING", "联动办理中"
    CITY_DRAFTING = "CITY_DRAFTING", "提级待提请"
    CITY_PROCESSING = "CITY_PROCESSING", "提级办理中"
    TRACKING = "TRACKING", "挂账跟踪"
    CLOSED = "CLOSED", "已销号"
    REJECTED = "REJECTED", "不予受理"
    WITHDRAWN = "WITHDRAWN", "已撤单"
    MERGED = "MERGED", "已并单"


TERMINAL = frozenset({Status.CLOSED, Status.REJECTED, Status.WITHDRAWN, Status.MERGED})
#: states of a ticket that somebody still has to work on
OPEN = tuple(status for status in Status if status not in TERMINAL and status != Status.DRAFT)
#: states in which there is exactly one lead unit (domain.md §7.2, invariant ⑥)
WITH_LEAD = frozenset(
    {Status.PENDING_ACCEPT, Status.RETURN_REVIEW, Status.PROCESSING, Status.PENDING_REVIEW}
)
#: which tiers a state occurs in; every other pair is unreachable
TIERS_OF: dict[Status, frozenset[Tier]] = {
    Status.DRAFT: frozenset({Tier.ONSITE}),
    Status.REGISTERED: frozenset({Tier.ONSITE}),
    Status.PENDING_DISPATCH: frozenset({Tier.HUB}),
    Status.PENDING_ACCEPT: frozenset({Tier.HUB}),
    Status.RETURN_REVIEW: frozenset({Tier.HUB}),
    Status.PROCESSING: frozenset({Tier.HUB}),
    Status.PENDING_REVIEW: frozenset({Tier.HUB}),
    Status.PENDING_FOLLOWUP: frozenset(Tier),
    Status.JOINT_DRAFTING: frozenset({Tier.JOINT}),
    Status.JOINT_PROCESSING: frozenset({Tier.JOINT}),
    Status.CITY_DRAFTING: frozenset({Tier.CITY}),
    Status.CITY_PROCESSING: frozenset({Tier.CITY}),
    Status.TRACKING: frozenset({Tier.HUB, Tier.JOINT, Tier.CITY}),
    Status.CLOSED: frozenset(Tier),
    Status.REJECTED: frozenset({Tier.HUB}),
    Status.WITHDRAWN: frozenset(Tier),
    Status.MERGED: frozenset(Tier),
}


class Source(models.TextChoices):
    """How the request came (decisions.md 14); 津产发 waits for its platform."""

    VISIT = "VISIT", "走访"
    PHONE = "PHONE", "来电"
    WALKIN = "WALKIN", "来访"
    WECHAT = "WECHAT", "微信"
    SCAN = "SCAN", "扫码"
    HOTLINE = "HOTLINE", "12345"
    JINCHANFA = "JINCHANFA", "津产发（待启用）"
    MEETING = "MEETING", "座谈"
    LEADER = "LEADER", "领导交办"
    OTHER = "OTHER", "其他"


class CollectedVia(models.TextChoices):
    """Where a ticket is gathered when it goes to the hub (plan three (二))."""

    HOTLINE = "HOTLINE", "12345热线"
    JINCHANFA = "JINCHANFA", "津产发"


class Nature(models.TextChoices):
    """The six natures of DB12/T 1438—2025."""

    CONSULT = "CONSULT", "咨询"
    HELP = "HELP", "求助"
    COMPLAINT = "COMPLAINT", "投诉"
    REPORT = "REPORT", "举报"
    SUGGESTION = "SUGGESTION", "建议"
    PRAISE = "PRAISE", "表扬"


#: natures whose enterprise the handling unit does not see (domain.md §5)
HIDING_NATURES = frozenset({Nature.COMPLAINT, Nature.REPORT})


class Urgency(models.TextChoices):
    """Tianjin's three classes; the first two count minutes, also on days of rest."""

    LIFE = "LIFE", "危及生命财产"
    UTILITY = "UTILITY", "水电气热"
    NORMAL = "NORMAL", "一般"


class Outcome(models.TextChoices):
    """The six outcomes (domain.md §2.2)."""

    RESOLVED = "RESOLVED", "已解决"
    PARTIAL = "PARTIAL", "部分解决"
    EXPLAINED = "EXPLAINED", "已解释说明"
    PLANNED = "PLANNED", "列入计划"
    UNTRUE = "UNTRUE", "诉求不属实"
    CONSULTED = "CONSULTED", "咨询已答复"


#: outcomes that need a basis and the head of the department (domain.md §2.2)
NEGATIVE = frozenset({Outcome.EXPLAINED, Outcome.UNTRUE})


class ToldBy(models.TextChoices):
    """How the enterprise was told."""

    PHONE = "PHONE", "电话"
    VISIT = "VISIT", "上门"
    WECHAT = "WECHAT", "微信"
    SMS = "SMS", "短信"
    WRITTEN = "WRITTEN", "书面"
    ONSITE = "ONSITE", "当面"


class ReturnReason(models.TextChoices):
    """Reason codes of a return (domain.md §2.2)."""

    R1 = "R1", "非本单位职责（须引“三定”规定或权责清单条款）"
    R2 = "R2", "属地错误"
    R3 = "R3", "主体信息错误，无法联系（须有 3 次联系记录）"
    R4 = "R4", "与在办件重复"
    R5 = "R5", "应由上级部门承办"
    R6 = "R6", "其他（须 30 字以上）"


class RejectReason(models.TextChoices):
    """Why a request is not accepted (domain.md §1.3)."""

    JURISDICTION = "JURISDICTION", "不属于本区行政管辖"
    EMERGENCY = "EMERGENCY", "应拨打 110、119、120、122"
    PROCEDURE = "PROCEDURE", "已进入诉讼、仲裁、复议、信访等法定程序"
    SECRET = "SECRET", "涉及国家秘密、商业秘密或个人隐私"
    REPEATED = "REPEATED", "已办结且没有新情况的同一事项"
    EMPTY = "EMPTY", "没有实质内容或骚扰"


class JointReason(models.TextChoices):
    """Plan three (三): the three occasions of the joint meeting."""

    DISTRICT = "DISTRICT", "需要区级层面协调推进"
    NO_PROGRESS = "NO_PROGRESS", "诉求办理无实质性进展"
    HARD = "HARD", "短期内难以协调解决"


class CityReason(models.TextChoices):
    """Plan three (四): the occasions of raising to the city."""

    CROSS_REGION = "CROSS_REGION", "跨区域"
    CROSS_UNIT = "CROSS_UNIT", "跨部门"
    BLANK = "BLANK", "体制机制仍属空白或复杂疑难"


class RedoReason(models.TextChoices):
    """What was wrong with the answer (T21)."""

    OFF_POINT = "OFF_POINT", "答非所问"
    NO_CONTACT = "NO_CONTACT", "没有联系企业"
    NO_BASIS = "NO_BASIS", "没有依据"
    UNSOLVED = "UNSOLVED", "没有解决"


class ReopenReason(models.TextChoices):
    """Why an ended ticket is taken up again (T36)."""

    AGAIN = "AGAIN", "企业 30 天内再次提出"
    UNTRUE = "UNTRUE", "抽查不实"
    QUALITY = "QUALITY", "质检不合格"


class ExclusionCase(models.TextChoices):
    """When a ticket may be left out of the statistics (domain.md §2.2)."""

    JURISDICTION = "JURISDICTION", "超出管辖"
    PROCEDURE = "PROCEDURE", "须经或已入诉讼、仲裁、复议、纪检、信访程序"
    UNLAWFUL = "UNLAWFUL", "不符合法律法规政策"
    PRIVATE = "PRIVATE", "涉密、涉隐私或违背公序良俗"
    UNTRUE = "UNTRUE", "经查不属实"
    UNREASONABLE = "UNREASONABLE", "明显超出合理范围"
    HEARING = "HEARING", "经听证认定"
    ABUSE = "ABUSE", "恶意占用资源"


class PlanBasis(models.TextChoices):
    """What a tracked ticket waits for (T33)."""

    YEAR_PLAN = "YEAR_PLAN", "已列入年度计划"
    FUNDS = "FUNDS", "待资金落实"
    SPATIAL = "SPATIAL", "待规划调整"


class Satisfaction(models.TextChoices):
    """The five grades of 好差评 (GB/T 39735); the first three count as satisfied."""

    VERY_GOOD = "VERY_GOOD", "非常满意"
    GOOD = "GOOD", "满意"
    FAIR = "FAIR", "基本满意"
    POOR = "POOR", "不满意"
    VERY_POOR = "VERY_POOR", "非常不满意"


SATISFIED = frozenset({Satisfaction.VERY_GOOD, Satisfaction.GOOD, Satisfaction.FAIR})


class Solved(models.TextChoices):
    """What the enterprise says of its problem (K15)."""

    YES = "YES", "已解决"
    PARTLY = "PARTLY", "部分解决"
    NO = "NO", "未解决"
    UNKNOWN = "UNKNOWN", "没有表态"


class ExemptReason(models.TextChoices):
    """Why no call is made (T23)."""

    PRAISE = "PRAISE", "表扬件"
    WRITTEN = "WRITTEN", "企业已书面评价"
    SELF = "SELF", "企业已自助评价"
    HOTLINE = "HOTLINE", "12345 已回访"


class SupervisionLevel(models.TextChoices):
    """How hard a unit is pressed (T37)."""

    URGE = "URGE", "催办"
    ORDER = "ORDER", "督办单"
    CIRCULAR = "CIRCULAR", "通报"


class Part(models.TextChoices):
    """What a unit does for a ticket."""

    LEAD = "LEAD", "主办"
    ASSIST = "ASSIST", "协办"


class AssignmentState(models.TextChoices):
    """The life of an assignment (domain.md §7.1)."""

    PENDING_ACCEPT = "PENDING_ACCEPT", "待签收"
    PROCESSING = "PROCESSING", "办理中"
    SUBMITTED = "SUBMITTED", "已提交"
    DONE = "DONE", "已完成"
    RETURNED = "RETURNED", "已退单"
    RECALLED = "RECALLED", "已撤回"
    RELEASED = "RELEASED", "已解除"
    WAIVED = "WAIVED", "已豁免"


#: an assignment in one of these still binds its unit
ACTIVE_ASSIGNMENT = (
    AssignmentState.PENDING_ACCEPT,
    AssignmentState.PROCESSING,
    AssignmentState.SUBMITTED,
)


class AssistState(models.TextChoices):
    """The life of a question to an expert."""

    REQUESTED = "REQUESTED", "待答复"
    ANSWERED = "ANSWERED", "已答复"
    DECLINED = "DECLINED", "已谢绝"
    TIMEOUT = "TIMEOUT", "逾时未答"


class ApplicationKind(models.TextChoices):
    """What a unit asks the hub or the office to grant."""

    RETURN = "RETURN", "退单"
    EXTENSION = "EXTENSION", "延期"
    TRACKING = "TRACKING", "挂账"
    EXCLUSION = "EXCLUSION", "剔除"


class ApplicationState(models.TextChoices):
    """Where an application stands; an exclusion needs two signatures."""

    PENDING = "PENDING", "待审"
    SECOND = "SECOND", "待第二人审"
    APPROVED = "APPROVED", "已同意"
    DENIED = "DENIED", "未同意"
    LAPSED = "LAPSED", "已失效"


class ClockKind(models.TextChoices):
    """The clocks of a ticket; each is a function of the events, a rule and the calendar."""

    ONSITE = "ONSITE", "即时答复"
    EXPERT = "EXPERT", "专家答复"
    DISPATCH = "DISPATCH", "派单"
    ACCEPT = "ACCEPT", "签收"
    FIRST_CONTACT = "FIRST_CONTACT", "首次联系"
    HANDLING = "HANDLING", "办理"
    ASSIST = "ASSIST", "协办"
    TOTAL = "TOTAL", "企业总时限"
    RETURN_REVIEW = "RETURN_REVIEW", "退单审核"
    EXTENSION_REVIEW = "EXTENSION_REVIEW", "延期审核"
    REVIEW = "REVIEW", "办结审核"
    FOLLOWUP = "FOLLOWUP", "回访"
    STAGE = "STAGE", "阶段答复"
    TRACKING = "TRACKING", "挂账更新"
    PLAN = "PLAN", "计划完成"
    SUSPENSION = "SUSPENSION", "挂起期满"
    SUPERVISION = "SUPERVISION", "督办回复"


class TermUnit(models.TextChoices):
    """What a term is counted in."""

    WORKDAYS = "WD", "工作日"
    WORK_HOURS = "WH", "工作小时"
    MINUTES = "MIN", "分钟"
    MONTHS = "MONTH", "个月"
    FIXED = "FIXED", "指定时刻"


class Light(models.TextChoices):
    """The light of a ticket: derived, never stored (domain.md §2.3, ux.md §5)."""

    GREEN = "GREEN", "正常"
    YELLOW = "YELLOW", "临期"
    RED = "RED", "超期"
    BLUE = "BLUE", "不计时"
    GREY = "GREY", "已结束"


class Party(models.TextChoices):
    """Whose part somebody plays on a ticket; each cell of the matrix names one."""

    ANY = "ANY", "不限单位"
    CREATOR = "CREATOR", "登记人本人"
    FIRST = "FIRST", "首问单位"
    LEAD = "LEAD", "主办单位"
    ASSIST = "ASSIST", "协办单位"
    ASSIGNED = "ASSIGNED", "指定的经办专家"
    INVITED = "INVITED", "受邀的专家或其单位"
    SUPERVISED = "SUPERVISED", "被督办单位"
    STANDIN = "STANDIN", "代行（被反映的是区营商环境办）"
