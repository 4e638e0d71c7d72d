"""The columns of tickets: those of the list, and the 37 of the 台账 (domain.md §3.6).

A column is written once: the list shows its text, the export its value, so that both say the same.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from apps.core import clock
from apps.core.columns import Column
from apps.core.exports import ExportColumn, Kind
from apps.core.phones import mask
from apps.tickets import lights
from apps.tickets.choices import Outcome, Part, Solved, Status
from apps.tickets.models import Assignment, Ticket
from apps.tickets.queries.enterprise import HIDDEN, may_see_enterprise
from apps.workdays.calendar import Calendar

CHUNK = 500
JOINED = (
    *("category__parent", "entity", "township", "zone", "first_unit", "first_receiver"),
    *("registered_by__unit", "lead_unit", "handler", "merged_into"),
)
#: columns that no list shows: long texts, read only where they are asked for
LONG = ("content", "answer", "basis")


def named(tickets: Any) -> QuerySet[Ticket]:
    """Return tickets with whatever a row names; for the pages, a long export joins it all."""
    found: QuerySet[Ticket] = tickets.named()
    return found


@dataclass
class Row:
    """A ticket on its way to a line of the ledger: what several columns need, worked out once."""

    ticket: Ticket
    sees_enterprise: bool
    reading: lights.Reading
    number: int = 0
    assists: str = ""
    handled_at: datetime | None = None

    def of_enterprise(self, value: str) -> str:
        """Return what tells who the enterprise is, or nothing for those who may not know."""
        return value if self.sees_enterprise else ""


@dataclass(frozen=True)
class Field:
    """A column: its name, what it holds, and its value for a row."""

    key: str
    label: str
    value: Callable[[Row], Any]
    kind: Kind = Kind.TEXT
    width: int | None = None


def _yes(value: bool | None) -> str:
    return "" if value is None else ("是" if value else "否")


def _name(found: Any) -> str:
    return str(getattr(found, "name", "") or "") if found else ""


def _category(row: Row) -> str:
    category = row.ticket.category
    if category is None:
        return ""
    return f"{category.parent.name}／{category.name}" if category.parent else category.name


def _on_time(row: Row) -> str:
    """是否按期: of ended ones by the last submission, of open ones by the clock (K5)."""
    ticket = row.ticket
    done = ticket.submitted_at or ticket.ended_at
    if ticket.ticket_due_at is None:
        return ""
    if ticket.is_open and ticket.submitted_at is None:
        return "否" if row.reading.light == "RED" else ""
    return _yes(done <= ticket.ticket_due_at) if done else ""


def _due(row: Row) -> datetime | None:
    """办结时限: the last minute of the day when the term ends with it (a real date for Excel)."""
    until = row.ticket.handle_due_at or row.ticket.due_at
    if until is None:
        return None
    at_midnight = clock.local(until).hour == 0 and clock.local(until).minute == 0
    return until - timedelta(minutes=1) if at_midnight else until


def _left(row: Row) -> Any:
    return row.reading.remaining if row.ticket.is_open else None


def _remark(row: Row) -> str:
    ticket = row.ticket
    parts = [
        f"并入 {ticket.merged_into.number}" if ticket.merged_into else "",
        "指定承办" if ticket.is_designated else "",
        "已剔除" if ticket.is_excluded else "",
        "时限暂定" if ticket.is_due_provisional and ticket.is_open else "",
        "待企业补件" if ticket.is_suspended else "",
    ]
    return "；".join(filter(None, parts))


def _label(name: str) -> Callable[[Row], str]:
    return lambda row: str(getattr(row.ticket, f"get_{name}_display")() or "")


def _own(name: str) -> Callable[[Row], Any]:
    return lambda row: getattr(row.ticket, name)


def state_of(ticket: Ticket) -> str:
    """Return the state in words; suspended and redone ones say so (as the tag does)."""
    if ticket.status == Status.PROCESSING and ticket.is_suspended:
        return "待企业补件"
    if ticket.status == Status.PROCESSING and ticket.redo_count:
        return "重办中"
    return str(Status(ticket.status).label)


def current_step(ticket: Ticket) -> str:
    """Return who is at it: 区住房建设委办理中, 待中枢派单, 待首问单位答复."""
    lead = _name(ticket.lead_unit)
    words = {
        Status.REGISTERED: f"{_name(ticket.first_unit)}即时办理中",
        Status.PENDING_DISPATCH: "待中枢派单",
        Status.PENDING_ACCEPT: f"待{lead}签收",
        Status.RETURN_REVIEW: f"{lead}退单待审",
        Status.PENDING_REVIEW: "办结待中枢审核",
        Status.PENDING_FOLLOWUP: "待回访",
    }
    if ticket.status == Status.PROCESSING:
        return f"{lead}{state_of(ticket)}"
    return words.get(Status(ticket.status), state_of(ticket))


#: 台账列, in the order of domain.md §3.6
LEDGER: tuple[Field, ...] = (
    Field("seq", "序号", lambda row: row.number, Kind.NUMBER),
    Field("number", "工单编号", _own("number"), width=16),
    Field("hotline", "12345工单编号", _own("hotline_no")),
    Field("registered", "登记日期", _own("registered_at"), Kind.MOMENT),
    Field(
        "registrar",
        "登记单位",
        lambda row: _name(row.ticket.registered_by and row.ticket.registered_by.unit),
    ),
    Field("zone", "片区", lambda row: f"{_name(row.ticket.township)}{_name(row.ticket.zone)}"),
    Field("receiver", "首问责任人", lambda row: _name(row.ticket.first_receiver)),
    Field(
        "entity",
        "企业名称",
        lambda row: row.ticket.entity_name if row.sees_enterprise else HIDDEN,
    ),
    Field(
        "code",
        "信用代码",
        lambda row: row.of_enterprise(row.ticket.entity.credit_code if row.ticket.entity else ""),
    ),
    Field(
        "kind",
        "性质",
        lambda row: row.of_enterprise(
            row.ticket.entity.get_kind_display() if row.ticket.entity else ""
        ),
    ),
    Field(
        "industry",
        "行业",
        lambda row: row.of_enterprise(
            row.ticket.entity.get_industry_display() if row.ticket.entity else ""
        ),
    ),
    Field("contact", "联系人", lambda row: row.of_enterprise(row.ticket.contact_name)),
    Field(
        "phone", "联系电话（脱敏）", lambda row: row.of_enterprise(mask(row.ticket.contact_phone))
    ),
    Field("source", "来源渠道", _label("source")),
    Field("nature", "诉求性质", _label("nature")),
    Field("category", "诉求类别", _category),
    Field("content", "诉求内容", _own("content"), width=50),
    Field("tier", "办理层级", _label("tier")),
    Field("lead", "主办单位", lambda row: _name(row.ticket.lead_unit)),
    Field("assists", "协办单位", lambda row: row.assists),
    Field("dispatched", "派单时间", _own("dispatched_at"), Kind.MOMENT),
    Field("accepted", "签收时间", _own("accepted_at"), Kind.MOMENT),
    Field("due", "办结时限", _due, Kind.MOMENT),
    Field("left", "剩余/超期工作日", _left, Kind.NUMBER),
    Field("latest", "最新进展", _own("latest"), width=36),
    Field(
        "outcome",
        "结果类型",
        lambda row: str(Outcome(row.ticket.outcome).label) if row.ticket.outcome else "",
    ),
    Field("answer", "答复内容", _own("answer"), width=50),
    Field(
        "ended", "办结时间", lambda row: row.ticket.ended_at or row.ticket.submitted_at, Kind.MOMENT
    ),
    Field("on_time", "是否按期", _on_time),
    Field("extensions", "延期次数", _own("extension_count"), Kind.NUMBER),
    Field("returns", "退单次数", _own("return_count"), Kind.NUMBER),
    Field("redos", "重办次数", _own("redo_count"), Kind.NUMBER),
    Field("called", "回访时间", _own("followed_up_at"), Kind.MOMENT),
    Field(
        "solved",
        "是否解决",
        lambda row: str(Solved(row.ticket.solved).label) if row.ticket.solved else "",
    ),
    Field("answer_grade", "答复满意度", _label("answer_grade")),
    Field("solution_grade", "解决满意度", _label("solution_grade")),
    Field("closed", "是否销号", lambda row: _yes(row.ticket.status == Status.CLOSED)),
    Field("remark", "备注", _remark),
)
EXTRA: tuple[Field, ...] = (
    Field("title", "标题", _own("title"), width=36),
    Field("state", "状态", lambda row: state_of(row.ticket)),
    Field("step", "当前环节", lambda row: current_step(row.ticket)),
    Field("light", "时限灯", lambda row: row.reading.text),
    Field("township", "乡镇街道", lambda row: _name(row.ticket.township)),
    Field("urgency", "紧急程度", _label("urgency")),
    Field("handler", "经办人", lambda row: _name(row.ticket.handler)),
    Field("changed", "最近变动", _own("last_event_at"), Kind.MOMENT),
)
FIELDS: dict[str, Field] = {one.key: one for one in (*LEDGER, *EXTRA)}

#: what a composed column of the page holds when it becomes a file
PARTS: dict[str, tuple[str, ...]] = {
    "deadline": ("light", "due"),
    "request": ("title", "number", "entity"),
    "next": (),
}
#: the list's columns: the first ones are those of the mock-up, then every column of the 台账
COLUMNS: tuple[Column, ...] = (
    Column("deadline", "时限"),
    Column("request", "诉求", is_fixed=True),
    Column("tier", "层级"),
    Column("step", "当前环节"),
    Column("township", "乡镇街道"),
    Column("category", "诉求类别"),
    *(
        Column(one.key, one.label, is_shown=False)
        for one in (*LEDGER, *EXTRA)
        if one.key
        not in {"seq", "tier", "step", "township", "category", "title", "number", "entity", "light"}
    ),
)


def ledger_columns() -> list[Column]:
    """Return the built-in column set 台账: all columns of domain.md §3.6, none beside."""
    return [Column(one.key, one.label, is_fixed=one.key == "number") for one in LEDGER]


def fields_for(keys: Sequence[str]) -> list[Field]:
    """Return the columns of a file for the columns that a page shows, each once."""
    found: dict[str, Field] = {}
    for key in keys:
        for part in PARTS.get(key, (key,)):
            if part in FIELDS:
                found[part] = FIELDS[part]
    return list(found.values())


def export_columns(chosen: Iterable[Field]) -> list[ExportColumn]:
    """Return the columns as the writer of files takes them."""
    return [ExportColumn(one.label, one.kind, one.width) for one in chosen]


# ---- rows -----------------------------------------------------------------------------------
def assists_of(pks: Iterable[int]) -> dict[int, str]:
    """Return the assisting units of some tickets in words (one query)."""
    rows = Assignment.objects.filter(ticket__in=list(pks), part=Part.ASSIST).exclude(
        state__in=("RECALLED", "WAIVED")
    )
    found: dict[int, dict[str, None]] = {}
    for pk, name in rows.order_by("pk").values_list("ticket_id", "unit__name"):
        found.setdefault(pk, {})[name] = None
    return {pk: "、".join(names) for pk, names in found.items()}


def made(
    tickets: Sequence[Ticket],
    user: Any,
    calendar: Calendar,
    now: datetime,
    *,
    first: int = 1,
    needs: Iterable[str] = ("assists",),
) -> list[Row]:
    """Return rows for tickets that were read with ``named()`` or ``JOINED``; ``needs`` names costly columns."""
    assists = assists_of(ticket.pk for ticket in tickets) if "assists" in set(needs) else {}
    return [
        Row(
            ticket=ticket,
            sees_enterprise=may_see_enterprise(user, ticket),
            reading=lights.read(ticket.timing, calendar, now),
            number=first + place,
            assists=assists.get(ticket.pk, ""),
        )
        for place, ticket in enumerate(tickets)
    ]


def lines(
    tickets: QuerySet[Ticket],
    chosen: Sequence[Field],
    user: Any,
    calendar: Calendar,
    now: datetime,
) -> Iterator[list[Any]]:
    """Yield the lines of a file chunk by chunk, so that 100,000 tickets need little memory."""
    needs = {one.key for one in chosen}
    chunk: list[Ticket] = []
    count = 0

    def flush() -> Iterator[list[Any]]:
        rows = made(chunk, user, calendar, now, first=count - len(chunk) + 1, needs=needs)
        for row in rows:
            yield [one.value(row) for one in chosen]

    for ticket in tickets.select_related(*JOINED).iterator(chunk_size=CHUNK):
        chunk.append(ticket)
        count += 1
        if len(chunk) == CHUNK:
            yield from flush()
            chunk = []
    yield from flush()
