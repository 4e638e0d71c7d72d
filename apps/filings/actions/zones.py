"""Write an Appendix 1: zones, people, services, the leader; all of it in one transaction."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core import jobs
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings.actions._base import add_outcome, add_undo
from apps.filings.checked import zones_of
from apps.filings.choices import ChunkKind, Fate
from apps.filings.models import Filing
from apps.filings.queries.kept import items
from apps.filings.queries.zones import Plan, Wish, ZonePlan, make_plan
from apps.notices.actions import notify
from apps.roster import actions as roster
from apps.roster import posts
from apps.roster.actions._base import lock
from apps.roster.actions.people import ENTRY
from apps.roster.models import Officer, Person, Team, Unit, Zone


def plain_values(person: Person) -> dict[str, Any]:
    """Return a person's entry as JSON keeps it (the undo record is encrypted)."""
    values = {name: getattr(person, name) for name in ENTRY}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }


def write_zones(*, filing: Filing, job: Job, by: User | None, now: datetime) -> None:
    """Write what differs; run again it finds nothing to do.

    Raises:
        DomainError: the roster refuses a step; then nothing at all was written.
    """
    unit = filing.its_unit()
    leader, rows = zones_of(list(items(filing, ChunkKind.ROWS)))
    with transaction.atomic():
        lock(unit)
        plan = make_plan(unit, leader, rows)
        writer = _Writer(unit, by, now)
        writer.write(plan, filing.decisions)
        if writer.steps:
            add_undo(filing, {"do": "steps", "steps": writer.steps})
        add_outcome(filing, new=writer.new, changed=writer.changed)
        _propose_closing(writer.left, filing, now)
        jobs.beat(job, done=filing.good_count, total=filing.good_count)


class _Writer:
    """Carries a plan out and notes each step for undoing, in the order they were made."""

    def __init__(self, unit: Unit, by: User | None, now: datetime) -> None:
        self.unit, self.by, self.now = unit, by, now
        self.steps: list[dict[str, Any]] = []
        self.made: dict[tuple[str, str, str], Person] = {}
        self.left: list[Person] = []
        self.new = self.changed = 0

    def write(self, plan: Plan, decisions: dict[str, Any]) -> None:
        """Write everything that the plan names."""
        for zone in plan.zones:
            if zone.zone is None:
                self.new += 1
            elif zone.is_changed:
                self.changed += 1
            self._zone(zone)
        before = len(self.steps)
        self._leader(plan)
        self.changed += len(self.steps) > before
        for gone in plan.gone:
            if decisions.get(str(gone.pk), [""])[0] == Fate.CLOSED:
                self._close(gone)

    def _zone(self, plan: ZonePlan) -> None:
        zone = self._zone_itself(plan)
        for wish, post in plan.staff:
            person = self._person(wish)
            if post is None and not self._serves(person, zone):
                made = roster.add_officer(
                    zone=zone, person=person, by=self.by, now=self.now, is_import=True
                )
                self.steps.append({"do": "officer_add", "pk": made.pk})
        for post in plan.leaving:
            self._end(post)

    def _zone_itself(self, plan: ZonePlan) -> Zone:
        row, zone = plan.row, plan.zone
        if zone is None:
            zone = roster.add_zone(
                unit=self.unit,
                name=row.zone,
                boundary=row.boundary,
                reported_count=row.count,
                by=self.by,
                now=self.now,
            )
            self.steps.append({"do": "zone_add", "pk": zone.pk})
        elif plan.fields:
            before = _zone_values(zone)
            roster.save_zone(
                zone=zone,
                name=row.zone if "片区名称" in plan.fields else zone.name,
                boundary=row.boundary if "划分片区范围" in plan.fields else zone.boundary,
                reported_count=zone.reported_count if row.count is None else row.count,
                by=self.by,
                now=self.now,
            )
            step = {"do": "zone_change", "pk": zone.pk, "before": before}
            self.steps.append({**step, "after": _zone_values(zone)})
        return zone

    def _serves(self, person: Person, zone: Zone) -> bool:
        return Officer.objects.current().filter(person=person, zone=zone).exists()

    def _end(self, post: Officer) -> None:
        roster.end_officer(officer=post, by=self.by, now=self.now)
        self.steps.append({"do": "officer_end", "pk": post.pk})
        self.left.append(post.person)

    def _person(self, wish: Wish, *, is_head: bool = False) -> Person:
        """Return the person of a line, entered or brought up to date."""
        person = wish.person or self.made.get(wish.key)
        if person is None:
            person = self._save(None, wish, is_head=is_head)
            self.made[wish.key] = person
            self.steps.append({"do": "person_add", "pk": person.pk, "after": plain_values(person)})
            return person
        person.refresh_from_db()
        is_promoted = is_head and not person.is_division_level
        if wish.fields or is_promoted:
            before = plain_values(person)
            if wish.staff.post and posts.is_village_post(wish.staff.post):
                roster.flag_village_posts(person=person, by=self.by)
            self._save(person, wish, is_head=is_head)
            after = plain_values(person)
            if after != before:  # a person of two zones is brought up to date once
                step = {"do": "person_change", "pk": person.pk, "before": before}
                self.steps.append({**step, "after": after})
        return person

    def _save(self, person: Person | None, wish: Wish, *, is_head: bool) -> Person:
        return roster.save_person(
            person=person,
            unit=self.unit,
            name=wish.staff.name,
            title=wish.staff.post or (person.title if person else ""),
            is_division_level=is_head or bool(person and person.is_division_level),
            mobile=wish.mobile or (person.mobile if person else ""),
            landline=wish.landline or (person.landline if person else ""),
            by=self.by,
            now=self.now,
        )

    def _leader(self, plan: Plan) -> None:
        """Enter the leader; the form names somebody of division level (Appendix 1, note 2)."""
        if plan.leader is None:
            return
        person = self._person(plan.leader, is_head=True)
        team, _ = Team.objects.select_related("unit").get_or_create(unit=self.unit)
        if team.leader_id != person.pk:
            before = team.leader_id
            roster.set_team_leader(team=team, leader=person, by=self.by, now=self.now)
            self.steps.append({"do": "leader", "before": before, "after": person.pk})

    def _close(self, zone: Zone) -> None:
        posts_there = list(zone.officers.current().select_related("person"))
        for post in posts_there:
            self._end(post)
        roster.close_zone(zone=zone, by=self.by, now=self.now)
        self.steps.append({"do": "zone_close", "pk": zone.pk})
        self.changed += 1


def _zone_values(zone: Zone) -> dict[str, Any]:
    return {
        "name": zone.name,
        "boundary": zone.boundary,
        "reported_count": zone.reported_count,
    }


def _propose_closing(left: list[Person], filing: Filing, now: datetime) -> None:
    """Tell the unit's heads whose account may be closed and whose matters to hand over
    (decisions.md 18): people who serve no zone any more.
    """
    serving = set(
        Officer.objects.current()
        .filter(person__in=left, zone__is_active=True)
        .values_list("person_id", flat=True)
    )
    pks = {person.pk for person in left} - serving
    accounts = User.objects.active().filter(person__in=pks).order_by("pk")
    heads = list(User.objects.active().with_role(Role.TEAM_LEADER).filter(unit=filing.unit))
    for account in accounts:
        if account.roles & {Role.TEAM_LEADER.value}:
            continue
        notify(
            users=heads,
            kind="filings.dropped",
            title=f"{account.name}不再列入附件1，请核对账号",
            body="新的附件1 里没有此人。已不再服务的，请停用账号，并把手头的工单交给接手的同事。",
            key=f"filings:{filing.pk}:dropped:{account.pk}",
            url=f"/set/users/{account.pk}/",
            now=now,
        )


# ---- taking it back --------------------------------------------------------------------------
def undo_steps(steps: list[dict[str, Any]], *, by: User | None, now: datetime) -> list[str]:
    """Take steps back, the last first; return in words what stays because it was changed since."""
    kept: list[str] = []
    for step in reversed(steps):
        try:
            with transaction.atomic():
                reason = _UNDO[step["do"]](step, by, now)
        except DomainError as error:
            reason = error.message
        if reason:
            kept.append(reason)
    return kept


def _undo_zone_add(step: dict[str, Any], by: User | None, now: datetime) -> str:
    zone = Zone.objects.active().select_related("unit").filter(pk=step["pk"]).first()
    if zone is None:
        return ""
    present = zone.entities.filter(merged_into__isnull=True)
    if present.exists() or zone.officers.current().exists():
        return f"{zone.name}已有经营主体或服务人员，保留"
    roster.close_zone(zone=zone, by=by, now=now)
    return ""


def _undo_zone_change(step: dict[str, Any], by: User | None, now: datetime) -> str:
    zone = Zone.objects.select_related("unit").get(pk=step["pk"])
    if _zone_values(zone) != step["after"]:
        return f"{zone.name}写入后又改过，保留"
    roster.save_zone(zone=zone, by=by, now=now, **step["before"])
    return ""


def _undo_zone_close(step: dict[str, Any], by: User | None, now: datetime) -> str:
    zone = Zone.objects.select_related("unit").get(pk=step["pk"])
    if not zone.is_active:
        roster.reopen_zone(zone=zone, by=by, now=now)
    return ""


def _undo_officer_add(step: dict[str, Any], by: User | None, now: datetime) -> str:
    post = Officer.objects.select_related("zone__unit", "person").get(pk=step["pk"])
    if post.until_on is None:
        roster.end_officer(officer=post, by=by, now=now)
    return ""


def _undo_officer_end(step: dict[str, Any], by: User | None, now: datetime) -> str:
    post = Officer.objects.select_related("zone__unit", "person").get(pk=step["pk"])
    if post.until_on is not None:
        roster.reopen_officer(officer=post, by=by, now=now)
    return ""


def _undo_person_add(step: dict[str, Any], by: User | None, now: datetime) -> str:
    person = Person.objects.select_related("unit").get(pk=step["pk"])
    if not person.is_active:
        return ""
    is_busy = Officer.objects.current().filter(person=person).exists()
    has_account = User.objects.active().filter(person=person).exists()
    if plain_values(person) != step["after"] or is_busy or has_account:
        return f"{person.name}写入后改过资料、有片区或开了账号，保留在名册"
    roster.leave_roster(person=person, by=by, now=now)
    return ""


def _undo_person_change(step: dict[str, Any], by: User | None, now: datetime) -> str:
    person = Person.objects.select_related("unit").get(pk=step["pk"])
    if plain_values(person) != step["after"]:
        return f"{person.name}的资料写入后又改过，保留"
    values = dict(step["before"])
    roster.restore_person(person=person, values=_with_dates(values), by=by, now=now)
    return ""


def _with_dates(values: dict[str, Any]) -> dict[str, Any]:
    for name in ("contact_changed_on", "confirmed_on"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    return values


def _undo_leader(step: dict[str, Any], by: User | None, now: datetime) -> str:
    team = Team.objects.select_related("unit").filter(leader=step["after"]).first()
    if team is None:
        return "负责人写入后又换过，保留"
    before = Person.objects.active().filter(pk=step["before"] or 0).first()
    roster.set_team_leader(team=team, leader=before, by=by, now=now)
    return ""


_UNDO = {
    "zone_add": _undo_zone_add,
    "zone_change": _undo_zone_change,
    "zone_close": _undo_zone_close,
    "officer_add": _undo_officer_add,
    "officer_end": _undo_officer_end,
    "person_add": _undo_person_add,
    "person_change": _undo_person_change,
    "leader": _undo_leader,
}
