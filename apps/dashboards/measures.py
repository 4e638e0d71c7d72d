"""What is counted: each measure is declared once, as a base, a day and conditions. Pure.

The same declaration becomes a queryset (the list behind a number, ``queries.behind``) and a
judgement of one row (the tallies, ``contributions``), so the two cannot drift apart. Tickets left
out of the statistics (domain.md §2.2) are out of every measure but the volume and their own rate.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.tickets.choices import (
    SATISFIED,
    ApplicationKind,
    ApplicationState,
    ClockKind,
    Nature,
    Part,
    Satisfaction,
    Solved,
    Status,
    Tier,
)


class Base(StrEnum):
    """Which rows a measure counts."""

    TICKET = "ticket"
    CLOCK = "clock"
    ASSIGNMENT = "assignment"
    APPLICATION = "application"
    FOLLOWUP = "followup"


@dataclass(frozen=True)
class Same:
    """The value of another column of the row."""

    path: str


@dataclass(frozen=True)
class Measure:
    """A number: how many rows of ``base`` meet ``conditions``, by the day of ``at``.

    Conditions are lookups (``status``, ``redo_count__gte``, ``ticket__is_excluded``) to be met all;
    ``without`` are lookups none of which may be met. ``is_due``: ``at`` is an end of a term; its
    day is the last day of the term, and it counts when that day is over (domain.md §9).
    """

    code: str
    label: str
    base: Base
    at: str
    conditions: tuple[tuple[str, Any], ...]
    without: tuple[tuple[str, Any], ...] = ()
    is_due: bool = False

    @property
    def to_ticket(self) -> str:
        """The path from the row to its ticket."""
        return "" if self.base is Base.TICKET else "ticket__"

    def hit(self, code: str, label: str, **conditions: Any) -> "Measure":
        """Return the part of this measure that meets more conditions."""
        return Measure(
            code=code,
            label=label,
            base=self.base,
            at=self.at,
            conditions=(*self.conditions, *conditions.items()),
            without=self.without,
            is_due=self.is_due,
        )


def _of(
    code: str, label: str, base: Base, at: str, *, is_due: bool = False, **conditions: Any
) -> Measure:
    """Return a measure of rows whose ticket is not left out of the statistics."""
    path = "" if base is Base.TICKET else "ticket__"
    conditions = {f"{path}is_excluded": False, **conditions}
    return Measure(code, label, base, at, tuple(conditions.items()), is_due=is_due)


def _clock(code: str, label: str, kind: ClockKind, **conditions: Any) -> Measure:
    return _of(code, label, Base.CLOCK, "due_at", is_due=True, kind=kind, **conditions)


IN_TIME = {"stopped_at__isnull": False, "stopped_at__lte": Same("due_at")}
NEVER_HANDLED = (("status__in", (Status.REJECTED, Status.WITHDRAWN, Status.MERGED)),)
GRADES = tuple(Satisfaction)
ASKING = (Nature.HELP, Nature.COMPLAINT, Nature.REPORT)

REGISTERED = Measure(
    "registered",
    "登记件",
    Base.TICKET,
    "registered_at",
    (),
    without=(("status", Status.DRAFT),),
)
ACCEPTABLE = Measure(
    "acceptable",
    "登记件（不含不予受理、并单从单和剔除件）",
    Base.TICKET,
    "registered_at",
    (("is_excluded", False),),
    without=(("status__in", (Status.DRAFT, Status.REJECTED, Status.MERGED)),),
)
ONSITE_DONE = ACCEPTABLE.hit(
    "onsite_done",
    "现场答复办结件",
    tier=Tier.ONSITE,
    status__in=(Status.CLOSED, Status.PENDING_FOLLOWUP),
)
ONSITE_DUE = _clock("onsite_due", "应即时答复件", ClockKind.ONSITE)
ACCEPT_DUE = _clock(
    "accept_due", "应签收的派单", ClockKind.ACCEPT, started_at=Same("ticket__dispatched_at")
)
CONTACT_DUE = _clock("contact_due", "应首次联系的派单", ClockKind.FIRST_CONTACT)
HANDLE_DUE = Measure(
    "handle_due",
    "应办结的主办件",
    Base.TICKET,
    "handle_due_at",
    (("is_excluded", False), ("is_suspended", False)),
    without=(*NEVER_HANDLED, ("status", Status.TRACKING)),
    is_due=True,
)
TOTAL_DUE = Measure(
    "total_due",
    "应在企业总时限内办结件",
    Base.TICKET,
    "ticket_due_at",
    (("is_excluded", False),),
    without=NEVER_HANDLED,
    is_due=True,
)
FINISHED = _of(
    "finished", "已提交办结件", Base.TICKET, "submitted_at", first_dispatched_at__isnull=False
)
ACCEPTED = _of("accepted", "已签收件", Base.TICKET, "accepted_at")
DISPATCHES = _of("dispatches", "主办派单", Base.ASSIGNMENT, "dispatched_at", part=Part.LEAD)
RETURNS = _of("returns", "退单申请", Base.APPLICATION, "asked_at", kind=ApplicationKind.RETURN)
EXTENSIONS_ASKED = _of(
    "extensions_asked", "延期申请", Base.APPLICATION, "asked_at", kind=ApplicationKind.EXTENSION
)
CLOSED = _of("closed", "销号件", Base.TICKET, "ended_at", status=Status.CLOSED)
FOLLOWUP_DUE = _clock("followup_due", "应回访件", ClockKind.FOLLOWUP)
CALLED = _of("called", "回访记录", Base.FOLLOWUP, "at", exempt="")
JUDGED = _of(
    "judged",
    "有解决情况表态的回访件",
    Base.TICKET,
    "followed_up_at",
    nature__in=ASKING,
    solved__in=(Solved.YES, Solved.PARTLY, Solved.NO),
)
ANSWER_GRADED = _of(
    "answer_graded", "评价了答复的回访件", Base.TICKET, "followed_up_at", answer_grade__in=GRADES
)
SOLUTION_GRADED = _of(
    "solution_graded",
    "评价了解决的回访件",
    Base.TICKET,
    "followed_up_at",
    solution_grade__in=GRADES,
)
INSPECTED = _of("inspected", "抽查件", Base.TICKET, "inspected_at")
STAGE_DUE = _clock("stage_due", "应作阶段答复件", ClockKind.STAGE)
PLAN_DUE = _clock("plan_due", "计划日已过的挂账件", ClockKind.PLAN)
EXPERT_DUE = _clock("expert_due", "请专家协助", ClockKind.EXPERT)
_HANDLED_IN_TIME = {"submitted_at__isnull": False, "redo_count": 0}

MEASURES = (
    REGISTERED,
    REGISTERED.hit("excluded", "剔除件", is_excluded=True),
    REGISTERED.hit("withdrawn", "撤单件", status=Status.WITHDRAWN),
    ACCEPTABLE,
    ONSITE_DONE,
    ONSITE_DONE.hit("onsite_quoted", "引用手册的即时办", quotes_entry=True),
    ONSITE_DUE,
    ONSITE_DUE.hit("onsite_hit", "按时即时答复件", **IN_TIME),
    ACCEPT_DUE,
    ACCEPT_DUE.hit("accept_hit", "按时签收的派单", **IN_TIME),
    CONTACT_DUE,
    CONTACT_DUE.hit("contact_hit", "按时首次联系的派单", **IN_TIME),
    HANDLE_DUE,
    HANDLE_DUE.hit(
        "handle_hit",
        "按期办结的主办件",
        submitted_at__lte=Same("handle_due_at"),
        **_HANDLED_IN_TIME,
    ),
    TOTAL_DUE,
    TOTAL_DUE.hit(
        "total_hit",
        "企业总时限内办结件",
        submitted_at__lte=Same("ticket_due_at"),
        **_HANDLED_IN_TIME,
    ),
    FINISHED,
    ACCEPTED,
    ACCEPTED.hit("right_first", "一次派准件", dispatch_count=1),
    DISPATCHES,
    RETURNS,
    RETURNS.hit("returns_denied", "被驳回的退单", state=ApplicationState.DENIED),
    EXTENSIONS_ASKED,
    EXTENSIONS_ASKED.hit("extensions", "批准的延期", state=ApplicationState.APPROVED),
    EXTENSIONS_ASKED.hit("extensions_late", "临期才提出的延期申请", near_due=True),
    CLOSED,
    CLOSED.hit("redone", "重办过的销号件", redo_count__gte=1),
    FOLLOWUP_DUE,
    FOLLOWUP_DUE.hit("followup_hit", "已回访件", ticket__followed_up_at__isnull=False),
    CALLED,
    CALLED.hit("reached", "接通的回访", reached=True),
    JUDGED,
    JUDGED.hit("solved", "企业说已解决件", solved=Solved.YES),
    ANSWER_GRADED,
    ANSWER_GRADED.hit("answer_satisfied", "对答复满意件", answer_grade__in=tuple(SATISFIED)),
    SOLUTION_GRADED,
    SOLUTION_GRADED.hit("solution_satisfied", "对解决满意件", solution_grade__in=tuple(SATISFIED)),
    INSPECTED,
    INSPECTED.hit("inspection_failed", "抽查不实件", passed_inspection=False),
    STAGE_DUE,
    STAGE_DUE.hit("stage_hit", "按期阶段答复件", **IN_TIME),
    PLAN_DUE,
    PLAN_DUE.hit("plan_hit", "已销号的挂账件", ticket__status=Status.CLOSED),
    EXPERT_DUE,
    EXPERT_DUE.hit("expert_hit", "1 个工作日内答复的协助", **IN_TIME),
)
BY_CODE = {measure.code: measure for measure in MEASURES}
CODES = tuple(BY_CODE)
DUE_CODES = frozenset(measure.code for measure in MEASURES if measure.is_due)
