"""Writes about teams, zones and officers (plan one (三), Appendix 1)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.permissions import Permission
from apps.roster import posts
from apps.roster.actions._base import change, day_of, lock, one_line
from apps.roster.models import Officer, Person, Team, Unit, Zone

REASON_LENGTH = 10
IMPORTED_REASON = "导入时标记：村（社区）岗位，待核实"


@transaction.atomic
def set_team_leader(
    *, team: Team, leader: Person | None, note: str | None = None, by: Actor | None, now: datetime
) -> None:
    """Name the team's leader, who must be of division level (plan one (三)); None leaves a gap."""
    lock(team)
    if leader is not None:
        if leader.unit_id != team.unit_id or not leader.is_active:
            raise DomainError("负责人须是本单位的在册人员。", field="leader")
        if not leader.is_division_level:
            raise DomainError(
                f"方案要求由处级领导干部负责。{leader.name} 不是处级，请换一位，或先在人员资料里改为处级。",
                field="leader",
            )
    if note is not None:
        team.note = one_line(note)  # not handed on: ``note`` of ``change`` is the log's own
    change(team, action="roster.team.set_leader", by=by, label=str(team), leader=leader)


def _zone_label(zone: Zone) -> str:
    return f"{zone.unit.name} {zone.name}"


@transaction.atomic
def add_zone(
    *,
    unit: Unit,
    name: str,
    boundary: str,
    reported_count: int | None,
    by: Actor | None,
    now: datetime,
) -> Zone:
    """Add a zone at the end of a township's list."""
    if not unit.has_team:
        raise DomainError("只有乡镇、街道、开发区划分片区。", field="unit")
    last = Zone.objects.filter(unit=unit).aggregate(last=Max("order"))["last"] or 0
    zone = Zone(unit=unit, order=last + 1)
    save_zone(
        zone=zone,
        name=name,
        boundary=boundary,
        reported_count=reported_count,
        by=by,
        now=now,
    )
    return zone


@transaction.atomic
def save_zone(
    *,
    zone: Zone,
    name: str,
    boundary: str,
    reported_count: int | None,
    by: Actor | None,
    now: datetime,
) -> None:
    """Change a zone's name, boundary and reported number of entities."""
    change(
        zone,
        action="roster.zone.save" if zone.pk else "roster.zone.add",
        by=by,
        label=f"{zone.unit.name} {one_line(name)}",
        name=one_line(name),
        boundary=boundary.replace("\0", "").strip(),
        reported_count=reported_count,
    )


@transaction.atomic
def close_zone(*, zone: Zone, by: Actor | None, now: datetime) -> None:
    """Close a zone; its officers' service there ends today, the history stays."""
    lock(zone)
    if not zone.is_active:
        raise DomainError("这个片区已经停用。")
    for officer in zone.officers.current():
        end_officer(officer=officer, by=by, now=now)
    change(zone, action="roster.zone.close", by=by, label=_zone_label(zone), is_active=False)


def _village_reason(
    *,
    person: Person,
    is_exception: bool,
    reason: str,
    by: Actor | None,
    unit: Unit,
    is_import: bool = False,
) -> str:
    """Return the reason to keep, or refuse: no village or community staff (plan one (三))."""
    if not posts.is_village_post(person.title):
        return ""
    if is_import:  # an import flags and never blocks (decisions.md 20)
        return one_line(reason) or IMPORTED_REASON
    if not is_exception:
        raise DomainError(posts.REFUSAL.format(title=person.title), field="person")
    may = by is None or by.has_perm(Permission.ALLOW_VILLAGE_STAFF)
    if not may or (by is not None and not by.scope.covers_unit(unit.pk)):
        raise DomainError(
            "例外允许村（社区）人员须由本单位负责人或营商环境办负责人操作。", field="is_exception"
        )
    reason = one_line(reason)
    if len(reason) < REASON_LENGTH:
        raise DomainError(f"请写明例外理由，至少 {REASON_LENGTH} 个字。", field="reason")
    return reason


@transaction.atomic
def add_officer(
    *,
    zone: Zone,
    person: Person,
    is_exception: bool = False,
    reason: str = "",
    by: Actor | None,
    now: datetime,
    is_import: bool = False,
) -> Officer:
    """Let a person serve a zone from today.

    Raises:
        DomainError: not of this unit, already serving here, zone closed, or village staff without
            an override and a reason of ten characters. With ``is_import`` the post is flagged
            instead.
    """
    lock(zone)
    if not zone.is_active:
        raise DomainError("这个片区已经停用，不能再安排人员。")
    if person.unit_id != zone.unit_id or not person.is_active:
        raise DomainError("为企服务人员须是本单位的在册人员。", field="person")
    kept = _village_reason(
        person=person,
        is_exception=is_exception,
        reason=reason,
        by=by,
        unit=zone.unit,
        is_import=is_import,
    )
    officer = Officer(person=person, zone=zone)
    change(
        officer,
        action="roster.officer.add",
        by=by,
        label=f"{_zone_label(zone)} {person.name}",
        note=f"例外理由：{kept}" if kept else "",
        since_on=day_of(now),
        village_reason=kept,
    )
    return officer


@transaction.atomic
def end_officer(*, officer: Officer, by: Actor | None, now: datetime) -> None:
    """End a person's service in a zone today; the row stays as history."""
    lock(officer)
    if officer.until_on is not None:
        raise DomainError("这项服务已经结束。")
    change(
        officer,
        action="roster.officer.end",
        by=by,
        label=f"{_zone_label(officer.zone)} {officer.person.name}",
        until_on=max(day_of(now), officer.since_on),
    )


@transaction.atomic
def change_officer(
    *,
    officer: Officer,
    person: Person,
    is_exception: bool = False,
    reason: str = "",
    by: Actor | None,
    now: datetime,
) -> Officer:
    """Change a zone's officer: the present one ends, another begins, today; returns the new post."""
    if person.pk == officer.person_id:
        raise DomainError("换上的还是同一个人。改电话或职务请用“改资料”。", field="person")
    end_officer(officer=officer, by=by, now=now)
    return add_officer(
        zone=officer.zone,
        person=person,
        is_exception=is_exception,
        reason=reason,
        by=by,
        now=now,
    )


# ---- taking a filing back --------------------------------------------------------------------
@transaction.atomic
def reopen_zone(*, zone: Zone, by: Actor | None, now: datetime) -> None:
    """Take a closing back; raises DomainError when another zone has the name meanwhile."""
    lock(zone)
    change(zone, action="roster.zone.reopen", by=by, label=_zone_label(zone), is_active=True)


@transaction.atomic
def reopen_officer(*, officer: Officer, by: Actor | None, now: datetime) -> None:
    """Take the end of a service back.

    Raises:
        DomainError: the zone was closed, the person left, or serves there anew meanwhile.
    """
    lock(officer)
    if not officer.zone.is_active or not officer.person.is_active:
        raise DomainError("片区已停用或人员已离开名册，不能恢复这项服务。")
    change(
        officer,
        action="roster.officer.reopen",
        by=by,
        label=f"{_zone_label(officer.zone)} {officer.person.name}",
        until_on=None,
    )


@transaction.atomic
def flag_village_posts(*, person: Person, by: Actor | None) -> None:
    """Mark the services of somebody whose new post a filing reports as one of a village.

    An import flags and never blocks (decisions.md 20).
    """
    for officer in Officer.objects.current().filter(person=person, village_reason=""):
        change(
            officer,
            action="roster.officer.flag",
            by=by,
            label=f"{_zone_label(officer.zone)} {person.name}",
            village_reason=IMPORTED_REASON,
        )
