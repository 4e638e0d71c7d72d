"""A demonstration roster: deterministic, every name invented, written through the actions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from apps.core.access import Actor
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.roster import actions
from apps.roster.models import Category, Person, Team, Unit, Zone

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦马苗方俞任袁柳史唐薛雷贺倪汤罗毕郝安常于傅齐康余顾孟黄萧尹姚邵汪祁毛"
GIVEN = "安柏波晨川岱栋帆芳枫刚皓衡虹华吉佳建江洁锦京静俊凯岚磊莉林琳岭龙璐明宁鹏萍琪启清庆泉然荣锐瑞珊尚诗松涛天婷桐薇炜文曦霞翔晓欣旭雅妍阳瑶怡毅颖雨远悦云泽哲真峥志卓"
TOWN_POSTS = (
    "经济发展办公室主任",
    "经济发展办公室副主任",
    "经济发展办公室科员",
    "营商服务专员",
    "财政所科员",
    "综合便民服务中心副主任",
    "农业经济服务中心科员",
    "统计站科员",
)
LEADER_POSTS = ("副镇长", "副书记、镇长", "人大主席", "三级调研员")
EXPERT_POSTS = (
    "综合科科长",
    "业务一科科长",
    "业务二科副科长",
    "审批服务科科长",
    "企业服务科科员",
    "法规科科长",
)
SIZES = {"small": (2, 2), "medium": (4, 6), "large": (8, 12)}
NUMERALS = "一二三四五六七八九十"
#: ranges that are not in use: nobody is called by a demonstration
FAKE_MOBILE, FAKE_LANDLINE = 15_400_000_000, 40_000_000
LONG_AGO, RECENT = timedelta(days=140), timedelta(days=12)


class _Names:
    """Invented names and numbers, none twice."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.used, self.next_number = rng, set[str](), 0

    def person(self) -> str:
        """Return a name that was not given before."""
        while True:
            length = self.rng.choice((1, 2, 2, 2))
            name = self.rng.choice(SURNAMES) + "".join(
                self.rng.choice(GIVEN) for _ in range(length)
            )
            if name not in self.used:
                self.used.add(name)
                return name

    def phones(self) -> tuple[str, str]:
        """Return a mobile and a landline number of ranges that are not in use."""
        self.next_number += 1
        number = self.next_number
        return str(FAKE_MOBILE + number * 37), f"022-{FAKE_LANDLINE + number * 13}"


def seed(*, size: str, by: Actor | None, now: datetime, rng: Random) -> None:
    """Fill an empty roster for all 28 townships and 34 departments, with gaps on purpose.

    ``size``: small (2 zones a township), medium (4–6), large (8–12). Raises DomainError when
    somebody is in the roster already.
    """
    if Person.objects.exists():
        raise DomainError("名册里已经有人，演示数据只写入空的名册。")
    names = _Names(rng)
    villages = {row["unit"]: row["villages"] for row in actions.read_fixture("villages.json")}
    towns = Unit.objects.with_team().order_by("order", "pk")
    for position, unit in enumerate(towns):
        _seed_town(unit, position, villages.get(unit.code, []), SIZES[size], names, by, now)
    matters = list(Category.objects.filter(parent__isnull=False).select_related("default_lead"))
    for position, unit in enumerate(Unit.objects.with_experts().order_by("order", "pk")):
        _seed_pool(unit, position, matters, names, by, now)


def _enter(
    unit: Unit, title: str, names: _Names, by: Actor | None, now: datetime, *, is_head: bool = False
) -> Person:
    """Enter one person; most have confirmed their numbers, some long ago, some never."""
    mobile, landline = names.phones()
    person = actions.save_person(
        person=None,
        unit=unit,
        name=names.person(),
        title=title,
        is_division_level=is_head,
        mobile=mobile,
        landline=landline if names.rng.random() < 0.6 else "",
        by=by,
        now=now - timedelta(days=200),
    )
    draw = names.rng.random()
    if draw < 0.8:
        actions.confirm_contact(person=person, by=by, now=now - RECENT)
    elif draw < 0.9:
        actions.confirm_contact(person=person, by=by, now=now - LONG_AGO)
    return person


# ---- townships ----------------------------------------------------------------------------
def _seed_town(
    unit: Unit,
    position: int,
    villages: list[dict[str, Any]],
    zones: tuple[int, int],
    names: _Names,
    by: Actor | None,
    now: datetime,
) -> None:
    began = now - timedelta(days=180)
    if position != 12:  # one team waits for its leader
        post = names.rng.choice(LEADER_POSTS)
        post = post.replace("镇长", _head_of(unit)) if "镇长" in post else post
        leader = _enter(unit, post, names, by, now, is_head=True)
        team = Team.objects.select_related("unit").get(unit=unit)
        actions.set_team_leader(team=team, leader=leader, by=by, now=began)
    made = [
        actions.add_zone(
            unit=unit,
            name=f"第{_numeral(number)}片区",
            boundary=boundary,
            reported_count=names.rng.randrange(60, 900) if names.rng.random() < 0.9 else None,
            by=by,
            now=began,
        )
        for number, boundary in enumerate(
            _boundaries(unit, villages, names.rng.randint(*zones)), start=1
        )
    ]
    for number, zone in enumerate(made):
        if position % 9 == 4 and number == len(made) - 1:
            continue  # a zone without anybody, to be seen as a gap
        _staff_zone(zone, names, by, now)


def _head_of(unit: Unit) -> str:
    """The word for the head of a township's government."""
    words = {
        "SUBDISTRICT": "办事处主任",
        "ETHNIC_TOWNSHIP": "乡长",
        "DEVELOPMENT_ZONE": "管委会主任",
    }
    return words.get(unit.kind, "镇长")


def _staff_zone(zone: Zone, names: _Names, by: Actor | None, now: datetime) -> None:
    posts = names.rng.sample(TOWN_POSTS, names.rng.choice((1, 2, 2, 3)))
    people = [_enter(zone.unit, post, names, by, now) for post in posts]
    first = [
        actions.add_officer(zone=zone, person=person, by=by, now=now - timedelta(days=170))
        for person in people
    ]
    if names.rng.random() < 0.06:  # somebody was replaced: the history has a line
        successor = _enter(zone.unit, names.rng.choice(TOWN_POSTS), names, by, now)
        actions.change_officer(
            officer=first[0], person=successor, by=by, now=now - timedelta(days=30)
        )
    if len(people) > 1 and names.rng.random() < 0.06:
        actions.set_absence(
            person=people[1],
            deputy=people[0] if not _was_replaced(people[0]) else successor,
            from_on=local(now - timedelta(days=2)).date(),
            until_on=local(now + timedelta(days=5)).date(),
            reason="参加培训",
            by=by,
            now=now,
        )


def _was_replaced(person: Person) -> bool:
    return not person.posts.filter(until_on__isnull=True).exists()


def _numeral(number: int) -> str:
    """Write 1–19 in Chinese."""
    return NUMERALS[number - 1] if number <= 10 else f"十{NUMERALS[number - 11]}"


def _boundaries(unit: Unit, villages: list[dict[str, Any]], count: int) -> Iterator[str]:
    """Share a township's villages out among its zones."""
    if not villages:  # the development zone has no villages
        for number in range(count):
            yield f"园区第 {number * 6 + 1} 至 {number * 6 + 6} 号地块，含地块内标准厂房和仓储用房"
        return
    count = min(count, len(villages))
    size, rest = divmod(len(villages), count)
    start = 0
    for number in range(count):
        end = start + size + (1 if number < rest else 0)
        yield "、".join(row["name"] for row in villages[start:end])
        start = end


# ---- departments --------------------------------------------------------------------------
def _seed_pool(
    unit: Unit,
    position: int,
    matters: list[Category],
    names: _Names,
    by: Actor | None,
    now: datetime,
) -> None:
    began = now - timedelta(days=180)
    if position != 19:  # one department has not named its commissioner yet
        head = _enter(
            unit, "副局长" if unit.name.endswith("局") else "副主任", names, by, now, is_head=True
        )
        expert = actions.appoint_commissioner(unit=unit, person=head, by=by, now=began)
        actions.save_expert(
            expert=expert, matters=[], matters_note="统筹本部门涉企服务", by=by, now=began
        )
    own = [row for row in matters if row.default_lead_id == unit.pk]
    people = []
    for number in range(names.rng.randint(2, 6)):
        person = _enter(unit, EXPERT_POSTS[number % len(EXPERT_POSTS)], names, by, now)
        chosen = names.rng.sample(own, min(len(own), 2)) if own else []
        note = "、".join(row.name for row in chosen) or unit.duties.split("、")[0]
        actions.add_expert(
            person=person, unit=unit, matters=chosen, matters_note=note[:60], by=by, now=began
        )
        people.append(person)
    actions.set_liaison(unit=unit, person=people[-1], by=by, now=began)
    if position % 8 == 1:
        actions.set_absence(
            person=people[0],
            deputy=people[1],
            from_on=local(now - timedelta(days=1)).date(),
            until_on=local(now + timedelta(days=6)).date(),
            reason="外出学习",
            by=by,
            now=now,
        )
