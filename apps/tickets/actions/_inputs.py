"""From what was typed to what an action takes: every field of a row is checked here, once."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.roster.models import Expert, Unit
from apps.tickets.choices import AssistState
from apps.tickets.models import Assignment, ExpertAssist, Supervision, Ticket
from apps.tickets.queries.case import Case
from apps.tickets.workflow import Field, Kind, Transition


def cleaned(row: Transition, data: Mapping[str, Any], case: Case | None) -> dict[str, Any]:
    """Return a value for each field of the row; unknown keys are refused.

    Raises:
        DomainError: the first field that is missing or wrong; ``field`` names it.
    """
    known = {one.name for one in row.fields}
    extra = set(data) - known
    if extra:
        raise DomainError(f"“{row.label}”没有这一项：{'、'.join(sorted(extra))}。")
    values = {one.name: _clean(one, data.get(one.name), case) for one in row.fields}
    for one in row.fields:
        if one.needed_if and _is_empty(values[one.name]):
            other, wanted = one.needed_if
            if str(values.get(other) or "") in wanted:
                raise DomainError(f"请填{one.label}。", field=one.name)
    return values


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _clean(one: Field, value: Any, case: Case | None) -> Any:
    if isinstance(value, str):
        value = value.replace("\0", "").strip()
    if _is_empty(value):
        if one.is_required:
            verb = "选" if one.kind in _PICKED else "填"
            raise DomainError(f"请{verb}{one.label}。", field=one.name)
        return _EMPTY.get(one.kind, "")
    return _CLEANERS[one.kind](one, value, case)


def _wrong(one: Field, text: str) -> DomainError:
    return DomainError(text, field=one.name)


def _text(one: Field, value: Any, case: Case | None) -> str:
    text = str(value)
    if one.kind == Kind.TEXT:
        text = " ".join(text.split())
    if len(text) < one.least:
        raise _wrong(one, f"{one.label}太短，别人看不明白。请至少写 {one.least} 个字。")
    if len(text) > one.most:
        raise _wrong(one, f"{one.label}最多 {one.most} 个字，现在有 {len(text)} 个。")
    return text


def _choice(one: Field, value: Any, case: Case | None) -> str:
    text = str(getattr(value, "value", value))
    if text not in {code for code, _ in one.choices}:
        raise _wrong(one, f"请从列出的选项里选{one.label}。")
    return text


def _number(one: Field, value: Any, case: Case | None) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise _wrong(one, f"{one.label}应为整数。") from None
    if not one.least <= number <= one.most:
        raise _wrong(one, f"{one.label}应为 {one.least} 到 {one.most}。")
    return number


def _flag(one: Field, value: Any, case: Case | None) -> bool:
    return str(value).lower() in {"true", "1", "on", "yes"}


def _date(one: Field, value: Any, case: Case | None) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        found = parse_date(str(value))
    except ValueError:
        found = None
    if found is None:
        raise _wrong(one, f"{one.label}应写成 2026-03-18 的样子。")
    return found


def _moment(one: Field, value: Any, case: Case | None) -> datetime:
    found: datetime | None
    if isinstance(value, datetime):
        found = value
    else:
        try:
            found = parse_datetime(str(value))
        except ValueError:
            found = None
    if found is None:
        raise _wrong(one, f"{one.label}应写成 2026-03-18 10:30 的样子。")
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def _object(model: Any, value: Any) -> Any:
    if isinstance(value, model):
        return value
    text = str(value)
    return model._base_manager.filter(pk=int(text)).first() if text.isdecimal() else None


def _unit(one: Field, value: Any, case: Case | None) -> Unit:
    found: Unit | None = _object(Unit, value)
    if found is None or not found.is_active:
        raise _wrong(one, f"请从名单里选{one.label}。")
    return found


def _units(one: Field, value: Any, case: Case | None) -> list[Unit]:
    many = value if isinstance(value, list | tuple | set) else [value]
    found = [_unit(one, each, case) for each in many]
    return list({unit.pk: unit for unit in found}.values())


def _expert(one: Field, value: Any, case: Case | None) -> Expert:
    found: Expert | None = _object(Expert, value)
    if found is None or found.until_on is not None:
        raise _wrong(one, "请从专家库里选一位在任的专家。")
    return found


def _user(one: Field, value: Any, case: Case | None) -> User:
    found: User | None = _object(User, value)
    if found is None or not found.is_active:
        raise _wrong(one, f"请从名单里选{one.label}。")
    return found


def _ticket(one: Field, value: Any, case: Case | None) -> Ticket:
    if isinstance(value, Ticket):
        return value
    found = Ticket.objects.filter(number=str(value).upper()).first()
    if found is None:
        raise _wrong(one, "没有这个工单号。请核对后再填。")
    return found


def _asked(one: Field, value: Any, case: Case | None) -> ExpertAssist:
    waiting = {q.pk: q for q in case.assists if q.state == AssistState.REQUESTED} if case else {}
    pk = value.pk if isinstance(value, ExpertAssist) else value
    found = waiting.get(int(str(pk))) if str(pk).isdecimal() else None
    if found is None:
        raise _wrong(one, "这个问题已经答复或已失效。请刷新后再看。")
    return found


def _assignment(one: Field, value: Any, case: Case | None) -> Assignment:
    waiting = {a.pk: a for a in case.open_assists} if case else {}
    pk = value.pk if isinstance(value, Assignment) else value
    found = waiting.get(int(str(pk))) if str(pk).isdecimal() else None
    if found is None:
        raise _wrong(one, "请选一个还没有反馈的协办单位。")
    return found


def _supervision(one: Field, value: Any, case: Case | None) -> Supervision:
    waiting = {s.pk: s for s in case.supervisions if s.replied_at is None} if case else {}
    pk = value.pk if isinstance(value, Supervision) else value
    found = waiting.get(int(str(pk))) if str(pk).isdecimal() else None
    if found is None:
        raise _wrong(one, "这张督办单已经回复。请刷新后再看。")
    return found


_PICKED = frozenset(Kind) - {Kind.TEXT, Kind.LONG, Kind.DATE, Kind.MOMENT, Kind.NUMBER}
_EMPTY: dict[Kind, Any] = {
    Kind.UNIT: None,
    Kind.UNITS: [],
    Kind.EXPERT: None,
    Kind.USER: None,
    Kind.TICKET: None,
    Kind.DATE: None,
    Kind.MOMENT: None,
    Kind.NUMBER: None,
    Kind.FLAG: False,
    Kind.ENTRY: None,
}
_CLEANERS: dict[Kind, Callable[[Field, Any, Case | None], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG: _text,
    Kind.CHOICE: _choice,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.UNIT: _unit,
    Kind.UNITS: _units,
    Kind.EXPERT: _expert,
    Kind.USER: _user,
    Kind.TICKET: _ticket,
    Kind.ASKED: _asked,
    Kind.ASSIGNMENT: _assignment,
    Kind.SUPERVISION: _supervision,
    Kind.ENTRY: _text,
}
