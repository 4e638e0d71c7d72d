"""Appendix 1 beside the roster: zones, officers, leader; what would begin, change and end."""

from dataclasses import dataclass, field
from typing import Any

from apps.core.phones import MOBILE, mask
from apps.filings.checked import Change, Checked, Vanished, zone_items
from apps.filings.contents import Finding, Level, Part, Staff, ZoneRow
from apps.registry.models import BusinessEntity
from apps.registry.names import same_text, squeezed
from apps.roster.actions._base import one_line
from apps.roster.models import Officer, Person, Team, Unit, Zone

LONGEST_ZONE, LONGEST_BOUNDARY, LONGEST_NAME, LONGEST_TITLE = 40, 2000, 30, 60
LEADER = "负责人"
Pairs = dict[str, tuple[str, str]]


@dataclass
class Wish:
    """A person as the form has it beside the one of the roster (None: not there yet)."""

    staff: Staff
    person: Person | None
    mobile: str = ""
    landline: str = ""
    fields: Pairs = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells two people of one form apart."""
        return self.staff.name, self.mobile, self.landline


@dataclass
class ZonePlan:
    """A zone of the form: the one it is (None: new), what changes, who comes and who leaves."""

    row: ZoneRow
    zone: Zone | None
    fields: Pairs = field(default_factory=dict)
    staff: list[tuple[Wish, Officer | None]] = field(default_factory=list)
    leaving: list[Officer] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        """Whether a known zone, its officers or their data differ."""
        moves = any(post is None or wish.fields for wish, post in self.staff)
        return bool(self.fields) or moves or bool(self.leaving)


@dataclass
class Plan:
    """Everything that applying an Appendix 1 does."""

    zones: list[ZonePlan] = field(default_factory=list)
    leader: Wish | None = None
    is_new_leader: bool = False
    gone: list[Zone] = field(default_factory=list)


class _Roster:
    """What is known of a unit's people and posts, read in four queries."""

    def __init__(self, unit: Unit) -> None:
        self.people: dict[str, list[Person]] = {}
        for person in Person.objects.active().filter(unit=unit).order_by("pk"):
            self.people.setdefault(person.name, []).append(person)
        self.zones = list(Zone.objects.active().filter(unit=unit).order_by("order", "pk"))
        self.posts: dict[int, list[Officer]] = {zone.pk: [] for zone in self.zones}
        posts = Officer.objects.current().filter(zone__in=self.zones).select_related("person")
        for post in posts.order_by("pk"):
            self.posts[post.zone_id].append(post)
        self.team = Team.objects.filter(unit=unit).select_related("leader").first()

    def wish(self, staff: Staff, named: dict[str, set[str]]) -> Wish:
        """Find the person a line means: by number, by post, or because the name is the only one."""
        numbers = [number for number in (staff.phone, *staff.more_phones) if number]
        mobiles = [number for number in numbers if MOBILE.fullmatch(number)]
        others = [number for number in numbers if not MOBILE.fullmatch(number)]
        mobile, landline = (mobiles or [""])[0], (others or [""])[0]
        same = self.people.get(staff.name, [])
        person = next(
            (one for one in same if {one.mobile, one.landline} & ({mobile, landline} - {""})), None
        ) or next((one for one in same if staff.post and one.title == staff.post), None)
        if person is None and len(same) == 1 and len(named.get(staff.name, ())) <= 1:
            person = same[0]
        wish = Wish(staff, person, mobile, landline)
        wish.fields = _person_fields(wish)
        return wish


def _person_fields(wish: Wish) -> Pairs:
    """Return what the line changes about a known person; empty cells say nothing."""
    person, fields = wish.person, {}
    if person is None:
        return {}
    if wish.staff.post and not same_text(wish.staff.post, person.title):
        fields["职务"] = (person.title, wish.staff.post)
    if wish.mobile and wish.mobile != person.mobile:
        fields["手机"] = (mask(person.mobile), mask(wish.mobile))
    if wish.landline and wish.landline != person.landline:
        fields["座机"] = (mask(person.landline), mask(wish.landline))
    return fields


def make_plan(unit: Unit, leader: Staff | None, rows: list[ZoneRow]) -> Plan:
    """Compare an Appendix 1 with the roster.

    A zone is known by its name, else by its boundary (then it was renamed). A zone without any
    officer in the form keeps those it has: empty says nothing. Zones that the form leaves out are
    asked about and stay.
    """
    roster = _Roster(unit)
    plan = Plan()
    everybody = [one for row in rows for one in row.staff] + ([leader] if leader else [])
    named: dict[str, set[str]] = {}
    for staff in everybody:
        named.setdefault(staff.name, set()).add(staff.phone)
    known = _match(roster.zones, rows)
    for row in rows:
        zone = known.get(row.row)
        plan.zones.append(_zone_plan(row, zone, roster, named))
    found = {zone.pk for zone in known.values()}
    plan.gone = [zone for zone in roster.zones if zone.pk not in found]
    if leader and leader.name:
        plan.leader = roster.wish(leader, named)
        present = roster.team.leader if roster.team else None
        plan.is_new_leader = plan.leader.person is None or plan.leader.person != present
    return plan


def _match(zones: list[Zone], rows: list[ZoneRow]) -> dict[int, Zone]:
    by_name = {squeezed(zone.name): zone for zone in zones}
    named = ((row, by_name.get(squeezed(row.zone))) for row in rows)
    known = {row.row: zone for row, zone in named if zone is not None}
    taken = {zone.pk for zone in known.values()}
    by_boundary: dict[str, list[Zone]] = {}
    for zone in zones:
        if zone.pk not in taken and zone.boundary:
            by_boundary.setdefault(squeezed(zone.boundary), []).append(zone)
    for row in rows:
        same = by_boundary.get(squeezed(row.boundary), [])
        if row.row not in known and len(same) == 1 and same[0].pk not in taken:
            known[row.row] = same[0]
            taken.add(same[0].pk)
    return known


def _zone_plan(
    row: ZoneRow, zone: Zone | None, roster: _Roster, named: dict[str, set[str]]
) -> ZonePlan:
    plan = ZonePlan(row, zone)
    if zone is not None:
        if not same_text(row.zone, zone.name):
            plan.fields["片区名称"] = (zone.name, row.zone)
        if row.boundary.strip() and not same_text(row.boundary, zone.boundary):
            plan.fields["划分片区范围"] = (zone.boundary, row.boundary.strip())
        if row.count is not None and row.count != zone.reported_count:
            before = "" if zone.reported_count is None else str(zone.reported_count)
            plan.fields["经营主体数量"] = (before, str(row.count))
    posts = {post.person_id: post for post in roster.posts[zone.pk]} if zone else {}
    seen: set[Any] = set()
    for staff in row.staff:
        wish = roster.wish(staff, named)
        identity = wish.person.pk if wish.person else wish.key
        if identity not in seen:
            seen.add(identity)
            plan.staff.append((wish, posts.get(wish.person.pk) if wish.person else None))
    if row.staff:
        plan.leaving = [post for pk, post in posts.items() if pk not in seen]
    return plan


# ---- checking --------------------------------------------------------------------------------
def check_zones(part: Part, unit: Unit) -> Checked:
    """Check an Appendix 1 against the roster; nothing is written.

    Items are the zones and the leader's line. What does not fit into a column keeps its zone or
    its person out.
    """
    checked = Checked(part)
    rows = [row for row in (_fitting(one, checked) for one in part.zones) if row is not None]
    leader = part.leader if part.leader and part.leader.name else None
    if leader and len(leader.name) > LONGEST_NAME:
        _find(checked, 0, LEADER, leader.name, "负责人姓名太长，没有写入。", "请只填姓名。")
        leader = None
    plan = make_plan(unit, leader, rows)
    checked.items = zone_items(part, rows)
    checked.items[0] = checked.items[0] if leader else None
    checked.staff = sum(len(zone.staff) for zone in plan.zones)
    _count_zones(checked, plan)
    _count_leader(checked, plan)
    _compare_counts(checked, plan)
    checked.gone = [
        Vanished(zone.pk, zone.name, f"现有经营主体 {_entities(zone):,} 家") for zone in plan.gone
    ]
    return checked


def _find(
    checked: Checked, row: int, what: str, value: str, message: str, advice: str,
    level: Level = Level.WARNING,
) -> None:  # fmt: skip
    column = checked.part.columns.get(
        {"片区名称": "zone", "划分片区范围": "boundary"}.get(what, ""), ""
    )
    checked.findings.append(
        Finding(level, checked.part.sheet, row, column, what, value[:200], message, advice)
    )


def _fitting(row: ZoneRow, checked: Checked) -> ZoneRow | None:
    if len(row.zone) > LONGEST_ZONE or not one_line(row.zone):
        text = f"片区名称应为 1 至 {LONGEST_ZONE} 字，这个片区没有采用。"
        _find(checked, row.row, "片区名称", row.zone, text, "请写作“第一片区”这样。", Level.ERROR)
        return None
    if len(row.boundary) > LONGEST_BOUNDARY:
        text = f"划分片区范围超过 {LONGEST_BOUNDARY} 字，这个片区没有采用。"
        _find(checked, row.row, "划分片区范围", row.boundary, text, "请写四至或村名。", Level.ERROR)
        return None
    staff = []
    for one in row.staff:
        if len(one.name) > LONGEST_NAME or len(one.post) > LONGEST_TITLE:
            text = f"姓名最长 {LONGEST_NAME} 字，职务最长 {LONGEST_TITLE} 字，此人没有写入。"
            _find(
                checked, row.row, "为企服务人员", f"{one.name} {one.post}", text, "请一人一行填写。"
            )
        else:
            staff.append(one)
    boundary = row.boundary.strip()
    return ZoneRow(row.row, one_line(row.zone), boundary, row.count, tuple(staff))


def _count_zones(checked: Checked, plan: Plan) -> None:
    for zone in plan.zones:
        if zone.zone is None:
            checked.new += 1
        elif zone.is_changed:
            checked.changed += 1
            checked.changes.append(Change(zone.row.row, zone.row.zone, _told(zone)))
        else:
            checked.same += 1


def _told(plan: ZonePlan) -> Pairs:
    """Return a zone's changes in words: its own fields, who comes, who leaves, whose data change."""
    fields = dict(plan.fields)
    before = "、".join(post.person.name for post in plan.leaving)
    after = "、".join(wish.staff.name for wish, post in plan.staff if post is None)
    if before or after:
        fields["为企服务人员"] = (
            f"不再服务：{before}" if before else "",
            f"新安排：{after}" if after else "",
        )
    for wish, _ in plan.staff:
        for name, pair in wish.fields.items():
            fields[f"{wish.staff.name}的{name}"] = pair
    return fields


def _count_leader(checked: Checked, plan: Plan) -> None:
    wish = plan.leader
    if wish is None:
        return
    fields = dict(wish.fields)
    if plan.is_new_leader:
        fields[LEADER] = ("", wish.staff.name)
    if wish.person is None or not wish.person.is_division_level:
        fields["处级"] = ("否" if wish.person else "", "是")
    if fields:
        checked.changed += 1
        checked.changes.append(Change(0, f"{LEADER}{wish.staff.name}", fields))
    else:
        checked.same += 1


def _entities(zone: Zone) -> int:
    return BusinessEntity.objects.active().filter(zone=zone).count()


def _compare_counts(checked: Checked, plan: Plan) -> None:
    """Compare the number that the form gives with the entities there are (K27); only a remark."""
    for zone in plan.zones:
        if zone.zone is None or zone.row.count is None:
            continue
        there = _entities(zone.zone)
        if there and there != zone.row.count:
            _find(
                checked,
                zone.row.row,
                "经营主体数量",
                str(zone.row.count),
                f"经营主体库里这个片区有 {there:,} 家。",
                "请以实际为准，与附件2 的行数保持一致。",
            )
