"""Writes about people: their entry, their contact data, their absences."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.phones import normalise
from apps.roster import posts
from apps.roster.actions._base import change, day_of, lock, one_line
from apps.roster.choices import ExpertRank, PhoneKind
from apps.roster.models import Absence, Expert, Officer, Person, Team, Unit

ITSELF = "本人"


def _label(person: Person) -> str:
    return f"{person.unit.name} {person.name}"


def _check_posts(person: Person, *, title: str, is_division_level: bool) -> None:
    """Somebody in office cannot lose by an edit what the office demands."""
    if not is_division_level:
        if Team.objects.filter(leader=person).exists():
            raise DomainError(
                f"{person.name} 是队伍负责人，须为处级。请先换负责人。", field="is_division_level"
            )
        if Expert.objects.current().filter(person=person, rank=ExpertRank.COMMISSIONER).exists():
            raise DomainError(
                f"{person.name} 是部门专员，须为处级。请先换专员。", field="is_division_level"
            )
    serving = Officer.objects.current().filter(person=person, village_reason="")
    if posts.is_village_post(title) and serving.exists():
        raise DomainError(
            f"{person.name} 正在片区服务，职务不能改为村（社区）岗位。请先结束其服务。",
            field="title",
        )


@transaction.atomic
def save_person(
    *,
    person: Person | None,
    unit: Unit,
    name: str,
    title: str,
    is_division_level: bool,
    mobile: str,
    landline: str,
    by: Actor | None,
    now: datetime,
) -> Person:
    """Add a person (``person`` None) or change an entry; returns the person.

    Phones are normalised; a changed number has to be confirmed again. The unit of a person who is
    already in the roster does not change: leave one unit's roster, enter the other's.
    """
    name, title = one_line(name), one_line(title)
    numbers = {
        "mobile": normalise(mobile) if mobile.strip() else "",
        "landline": normalise(landline) if landline.strip() else "",
    }
    if person is None:
        person = Person(unit=unit, joined_on=day_of(now))
    else:
        lock(person)
        if person.unit_id != unit.pk:
            raise DomainError("人员换单位，请先移出原单位名册，再在新单位登记。", field="unit")
        _check_posts(person, title=title, is_division_level=is_division_level)
    values: dict[str, Any] = {
        "name": name,
        "title": title,
        "is_division_level": is_division_level,
        **numbers,
    }
    kept = Person.objects.filter(pk=person.pk).first()
    if any(numbers[key] != (getattr(kept, key) if kept else "") for key in numbers):
        values |= {
            "contact_changed_on": day_of(now),
            "confirmed_on": None,
            "confirmed_by": "",
        }
        for key in numbers:
            if kept is None or numbers[key] != getattr(kept, key):
                values[f"is_{key}_dead"] = False
    change(person, action="roster.person.save", by=by, label=f"{unit.name} {name}", **values)
    return person


#: what an entry of the roster consists of, as :func:`restore_person` gives it back
ENTRY = (
    *("title", "is_division_level", "mobile", "landline", "is_mobile_dead", "is_landline_dead"),
    *("contact_changed_on", "confirmed_on", "confirmed_by"),
)


@transaction.atomic
def restore_person(
    *, person: Person, values: dict[str, Any], by: Actor | None, now: datetime
) -> None:
    """Give a person the former values back (fields of ``ENTRY``), confirmation included."""
    lock(person)
    _check_posts(person, title=values["title"], is_division_level=values["is_division_level"])
    kept = {name: values[name] for name in ENTRY}
    change(person, action="roster.person.restore", by=by, label=_label(person), **kept)


@dataclass(frozen=True)
class NewPerson:
    """What is typed about somebody who is not in the roster yet."""

    name: str
    title: str = ""
    is_division_level: bool = False
    mobile: str = ""
    landline: str = ""


@transaction.atomic
def ensure_person(
    *, person: Person | None, new: NewPerson, unit: Unit, by: Actor | None, now: datetime
) -> Person:
    """Return the person that was picked, or enter the one that was typed."""
    if person is not None:
        return person
    name = one_line(new.name)
    if not name:
        raise DomainError("请从名单里选一个人，或填新人员的姓名。", field="name")
    same = Person.objects.active().filter(unit=unit, name=name, title=one_line(new.title))
    if same.exists():
        raise DomainError(f"本单位名册里已有“{name}”，请直接从名单里选。", field="name")
    return save_person(
        person=None,
        unit=unit,
        name=name,
        title=new.title,
        is_division_level=new.is_division_level,
        mobile=new.mobile,
        landline=new.landline,
        by=by,
        now=now,
    )


@transaction.atomic
def save_own_contact(
    *, person: Person, mobile: str, landline: str, by: Actor | None, now: datetime
) -> None:
    """A person corrects the own numbers: changed and confirmed at once."""
    save_person(
        person=person,
        unit=person.unit,
        name=person.name,
        title=person.title,
        is_division_level=person.is_division_level,
        mobile=mobile,
        landline=landline,
        by=by,
        now=now,
    )
    confirm_contact(person=person, by=by, now=now)


@transaction.atomic
def confirm_contact(*, person: Person, by: Actor | None, now: datetime) -> None:
    """Note that the numbers are right, by the person himself or by the unit's editor."""
    if not (person.mobile or person.landline):
        raise DomainError("还没有登记电话。请先填手机或座机，再确认。")
    own = by is not None and getattr(by, "person_id", None) == person.pk
    who = ITSELF if own or by is None else by.display_name
    change(
        person,
        action="roster.person.confirm",
        by=by,
        label=_label(person),
        confirmed_on=day_of(now),
        confirmed_by=who,
        is_mobile_dead=False,
        is_landline_dead=False,
    )


@transaction.atomic
def mark_phone_dead(*, person: Person, which: str, by: Actor | None, now: datetime) -> None:
    """Note that a number does not answer any more; its owner and the editor see it as a task."""
    if which not in PhoneKind.values or not getattr(person, which):
        raise DomainError("没有登记这个号码。")
    flag: dict[str, Any] = {f"is_{which}_dead": True}
    changed = change(person, action="roster.person.phone_dead", by=by, label=_label(person), **flag)
    if not changed:
        raise DomainError("这个号码已经标为打不通。")


@transaction.atomic
def leave_roster(*, person: Person, by: Actor | None, now: datetime) -> None:
    """Take a person out of the roster: all posts end today, the history stays."""
    from apps.roster.actions.experts import end_expert
    from apps.roster.actions.teams import end_officer

    lock(person)
    today = day_of(now)
    for team in Team.objects.filter(leader=person).select_related("unit"):
        change(team, action="roster.team.set_leader", by=by, label=str(team), leader=None)
    for unit in Unit.objects.filter(liaison=person):
        change(unit, action="roster.unit.set_liaison", by=by, label=unit.name, liaison=None)
    for officer in Officer.objects.current().filter(person=person):
        end_officer(officer=officer, by=by, now=now)
    for expert in Expert.objects.current().filter(person=person):
        end_expert(expert=expert, by=by, now=now)
    involved = Absence.objects.standing().filter(Q(person=person) | Q(deputy=person))
    for absence in involved.filter(until_on__gte=today):
        cancel_absence(absence=absence, by=by, now=now)
    change(
        person,
        action="roster.person.leave",
        by=by,
        label=_label(person),
        is_active=False,
        left_on=today,
    )


@transaction.atomic
def return_to_roster(*, person: Person, by: Actor | None, now: datetime) -> None:
    """Put a person who had left back into the roster; posts are given anew."""
    change(
        person,
        action="roster.person.return",
        by=by,
        label=_label(person),
        is_active=True,
        left_on=None,
    )


# ---- absences -----------------------------------------------------------------------------
def _check_deputy(person: Person, deputy: Person, from_on: date, until_on: date) -> None:
    if deputy.pk == person.pk:
        raise DomainError("代办人不能是本人。", field="deputy")
    if deputy.unit_id != person.unit_id or not deputy.is_active:
        raise DomainError("代办人须是同一单位的在册人员。", field="deputy")
    there = Absence.objects.standing().filter(from_on__lte=until_on, until_on__gte=from_on)
    if there.filter(person=person).exists():
        raise DomainError("这段时间已经设过代办。请先取消原来的，或换个日期。", field="from_on")
    if there.filter(person=deputy).exists():
        raise DomainError(f"{deputy.name} 这段时间也不在岗，请换一位代办人。", field="deputy")
    standing_in = there.filter(deputy=person).select_related("person").first()
    if standing_in is not None:
        raise DomainError(
            f"这段时间正替 {standing_in.person.name} 代办，请先给其换代办人。", field="from_on"
        )


@transaction.atomic
def set_absence(
    *,
    person: Person,
    deputy: Person,
    from_on: date,
    until_on: date,
    reason: str = "",
    by: Actor | None,
    now: datetime,
) -> Absence:
    """Name who stands in for a person, from one day to another (both counted)."""
    for one in sorted((person, deputy), key=lambda row: row.pk):
        lock(one)
    if until_on < from_on:
        raise DomainError("结束日期不能早于开始日期。", field="until_on")
    if until_on < day_of(now):
        raise DomainError("结束日期已经过去，请填今天或以后。", field="until_on")
    _check_deputy(person, deputy, from_on, until_on)
    absence = Absence(person=person, deputy=deputy)
    change(
        absence,
        action="roster.absence.set",
        by=by,
        label=_label(person),
        from_on=from_on,
        until_on=until_on,
        reason=one_line(reason),
    )
    return absence


@transaction.atomic
def cancel_absence(*, absence: Absence, by: Actor | None, now: datetime) -> None:
    """Call an absence off: from today on the person does the work again."""
    if absence.cancelled_on is not None:
        raise DomainError("这次代办已经取消。")
    change(
        absence,
        action="roster.absence.cancel",
        by=by,
        label=_label(absence.person),
        cancelled_on=day_of(now),
    )
