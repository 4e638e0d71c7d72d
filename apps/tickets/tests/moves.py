"""Fill in any action of the table: valid data for each field, for tests that try them all."""

from datetime import timedelta

from apps.core.clock import local
from apps.roster.models import Expert, Unit
from apps.tickets.choices import AssistState
from apps.tickets.models import Ticket
from apps.tickets.workflow.types import Kind

ANSWER = "可以办理。请带营业执照到镇便民服务中心，三个工作日内办好。"
LONG = "已经核对材料并电话说明，下一步按约定的时间办理，过程中随时告知进展。"
#: fields whose value another rule looks at
BY_NAME = {
    "days": lambda case, pick: pick(range(1, 4)),
    "told_at": lambda case, pick: None,
    "hotline_due_at": lambda case, pick: None,
    "entry": lambda case, pick: None,
    "plan_on": lambda case, pick: local(case.now).date() + timedelta(days=40),
    "due_on": lambda case, pick: local(case.now).date() + timedelta(days=10),
}


def units(*, excluding=()):
    """Return the departments that tests dispatch to."""
    names = ("区住房建设委", "市规划资源局蓟州分局", "区城市管理委")
    return list(Unit.objects.filter(name__in=names).exclude(pk__in=excluding).order_by("pk"))


def fill(row, case, pick, people=()):
    """Return data for an action on a case; ``pick(options)`` chooses.

    ``people`` are the accounts that may be named. Returns None where the action needs something
    that is not there (another open ticket, an open question).
    """
    data = {}
    for field in row.fields:
        if field.name in BY_NAME:
            value = BY_NAME[field.name](case, pick)
        else:
            value = VALUES[field.kind](field, case, pick, people)
        if value is None and field.is_required:
            return None
        if value is not None:
            data[field.name] = value
    return data


def _choice(field, case, pick, people):
    return pick([code for code, _ in field.choices])


def _text(field, case, pick, people):
    return LONG[: max(field.least, min(30, field.most))]


def _free(case):
    taken = [one.unit_id for one in case.assignments if one.is_active]
    return units(excluding=[pk for pk in [*taken, case.ticket.complained_unit_id] if pk])


def _unit(field, case, pick, people):
    free = _free(case)
    return pick(free) if free else None


def _units(field, case, pick, people):
    free = _free(case)[1:]
    if field.is_required:
        return free[:1] or None
    return pick([[], free[:1]])


def _user(field, case, pick, people):
    unit = case.ticket.first_unit_id if field.label == "接手人" else case.ticket.lead_unit_id
    found = [user for user in people if user.unit_id == unit]
    others = [user for user in found if user.pk != case.ticket.first_receiver_id]
    return pick(others) if others else None


def _master(field, case, pick, people):
    open_ones = Ticket.objects.exclude(pk=case.ticket.pk).filter(is_open=True).order_by("pk")
    found = list(open_ones)
    return pick(found) if found else None


def _asked(field, case, pick, people):
    found = [one for one in case.assists if one.state == AssistState.REQUESTED]
    return pick(found) if found else None


def _open_assist(field, case, pick, people):
    return pick(case.open_assists) if case.open_assists else None


def _supervision(field, case, pick, people):
    found = [one for one in case.supervisions if one.replied_at is None]
    return pick(found) if found else None


def _expert(field, case, pick, people):
    found = list(Expert.objects.current().order_by("pk"))
    return pick(found) if found else None


VALUES = {
    Kind.TEXT: _text,
    Kind.LONG: _text,
    Kind.CHOICE: _choice,
    Kind.UNIT: _unit,
    Kind.UNITS: _units,
    Kind.USER: _user,
    Kind.TICKET: _master,
    Kind.EXPERT: _expert,
    Kind.ASKED: _asked,
    Kind.ASSIGNMENT: _open_assist,
    Kind.SUPERVISION: _supervision,
    Kind.DATE: lambda field, case, pick, people: local(case.now).date(),
    Kind.MOMENT: lambda field, case, pick, people: case.now,
    Kind.NUMBER: lambda field, case, pick, people: field.least,
    Kind.FLAG: lambda field, case, pick, people: pick([True, False]),
    Kind.ENTRY: lambda field, case, pick, people: None,
}

__all__ = ["ANSWER", "LONG", "fill", "units"]
