"""The things that actions ask for, each written once. Pure."""

from typing import Any

from apps.tickets import choices
from apps.tickets.workflow.types import Field, Kind

NEGATIVE = tuple(value.value for value in sorted(choices.NEGATIVE))
LEAST_ANSWER = 10
LEAST_CONTENT = 10


def pick(name: str, label: str, options: Any, *, is_required: bool = True, hint: str = "") -> Field:
    """Return a field with the choices of an enumeration."""
    return Field(name, label, Kind.CHOICE, is_required, tuple(options.choices), hint=hint)


def long(
    name: str, label: str, least: int = 2, *, is_required: bool = True, hint: str = ""
) -> Field:
    """Return a field for a text of several lines."""
    return Field(name, label, Kind.LONG, is_required, least=least, hint=hint)


OUTCOME = Field(
    "outcome",
    "结果",
    Kind.CHOICE,
    choices=tuple(pair for pair in choices.Outcome.choices if pair[0] != choices.Outcome.PLANNED),
    hint="列入计划的请用“申请挂账”",
)
ANSWER = long(
    "answer",
    "答复内容",
    LEAST_ANSWER,
    hint="企业会看到这段话：先说能不能办，再说怎么办、找谁、几天",
)
TOLD_BY = pick("told_by", "答复方式", choices.ToldBy)
TOLD_WHOM = Field("told_whom", "企业接收人", is_required=False, most=30)
TOLD_AT = Field("told_at", "答复时间", Kind.MOMENT, is_required=False, hint="不填按现在")
REACTION = Field("reaction", "企业意见", is_required=False, most=300)
BASIS = Field(
    "basis",
    "依据",
    Kind.LONG,
    is_required=False,
    least=4,
    hint="政策、法规的名称和条款",
    needed_if=("outcome", NEGATIVE),
)
HEAD = Field(
    "head",
    "审核的部门负责人",
    is_required=False,
    least=2,
    most=30,
    needed_if=("outcome", NEGATIVE),
)
ENTRY = Field("entry", "引用的手册条目", Kind.ENTRY, is_required=False)
LEAD = Field("lead", "主办单位", Kind.UNIT)
ASSISTS = Field("assists", "协办单位", Kind.UNITS, is_required=False)
NOTE = long("note", "说明", 0, is_required=False)
REASON = long("reason", "原因", 5)
USER = Field("user", "接手人", Kind.USER)
URGENCY = pick("urgency", "紧急程度", choices.Urgency, is_required=False)
