"""Writes about the 1+X pool (plan one (二))."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.roster.actions._base import change, day_of, lock, one_line
from apps.roster.choices import ExpertRank
from apps.roster.models import Category, Expert, Person, Unit


def _label(expert: Expert) -> str:
    return f"{expert.unit.name} {expert.person.name}"


def _check_member(person: Person, unit: Unit) -> None:
    if not unit.has_expert_pool:
        raise DomainError(
            f"{unit.name} 没有专家库。请先在单位资料里标为“有专家人才库”。", field="unit"
        )
    if person.unit_id != unit.pk or not person.is_active:
        raise DomainError("专员和专家须是本部门的在册人员。", field="person")


@transaction.atomic
def add_expert(
    *,
    person: Person,
    unit: Unit,
    matters: Iterable[Category] = (),
    matters_note: str = "",
    by: Actor | None,
    now: datetime,
    rank: str = ExpertRank.EXPERT,
) -> Expert:
    """Add an expert (an “X”) to a department's pool, from today."""
    _check_member(person, unit)
    if Expert.objects.current().filter(person=person).exists():
        raise DomainError(f"{person.name} 已在专家库中。", field="person")
    expert = Expert(person=person, unit=unit, rank=rank, since_on=day_of(now))
    change(
        expert,
        action=f"roster.expert.{'appoint' if rank == ExpertRank.COMMISSIONER else 'add'}",
        by=by,
        label=f"{unit.name} {person.name}",
        many={"matters": list(matters)},
        matters_note=one_line(matters_note),
    )
    return expert


@transaction.atomic
def appoint_commissioner(*, unit: Unit, person: Person, by: Actor | None, now: datetime) -> Expert:
    """Appoint the department's one commissioner; the former one's term ends today, as history.

    An expert who is appointed keeps the matters. Raises DomainError when the person is not of
    division level (plan one (二)) or is the commissioner already.
    """
    lock(unit)
    _check_member(person, unit)
    if not person.is_division_level:
        raise DomainError(
            f"专员须为处级领导干部。{person.name} 不是处级，请换一位，或先在人员资料里改为处级。",
            field="person",
        )
    present = Expert.objects.current().filter(unit=unit, rank=ExpertRank.COMMISSIONER).first()
    if present is not None and present.person_id == person.pk:
        raise DomainError(f"{person.name} 已经是专员。", field="person")
    if present is not None:
        end_expert(expert=present, by=by, now=now)
    matters: list[Category] = []
    note = ""
    former = Expert.objects.current().filter(person=person).first()
    if former is not None:
        matters, note = list(former.matters.all()), former.matters_note
        end_expert(expert=former, by=by, now=now)
    return add_expert(
        person=person,
        unit=unit,
        matters=matters,
        matters_note=note,
        rank=ExpertRank.COMMISSIONER,
        by=by,
        now=now,
    )


@transaction.atomic
def save_expert(
    *,
    expert: Expert,
    matters: Iterable[Category],
    matters_note: str,
    by: Actor | None,
    now: datetime,
) -> None:
    """Change what an expert answers for."""
    change(
        expert,
        action="roster.expert.save",
        by=by,
        label=_label(expert),
        many={"matters": list(matters)},
        matters_note=one_line(matters_note),
    )


@transaction.atomic
def end_expert(*, expert: Expert, by: Actor | None, now: datetime) -> None:
    """End an appointment today; the row stays as history."""
    lock(expert)
    if expert.until_on is not None:
        raise DomainError("这项选派已经结束。")
    change(
        expert,
        action="roster.expert.end",
        by=by,
        label=_label(expert),
        until_on=max(day_of(now), expert.since_on),
    )
