"""Demonstration entities: deterministic, every name and number invented, with gaps on purpose."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from stdnum.cn import uscc

from apps.core.access import Actor
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.registry import actions
from apps.registry.choices import EntityKind, EntityStatus, Source
from apps.registry.facts import EntityFacts
from apps.registry.models import BusinessEntity, Contact, EntityLabel
from apps.registry.queries.compare import compare_entities
from apps.roster import actions as roster_actions
from apps.roster.models import Unit, Zone

SIZES = {"small": 600, "medium": 10_000, "large": 100_000}
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦马苗方俞任袁柳史唐薛雷贺倪汤罗毕郝安常于傅齐康余顾孟黄萧尹姚邵汪祁毛"
GIVEN = "安柏波晨川岱栋帆芳枫刚皓衡虹华吉佳建江洁锦京静俊凯岚磊莉林琳岭龙璐明宁鹏萍琪启清庆泉然荣锐瑞珊尚诗松涛天婷桐薇炜文曦霞翔晓欣旭雅妍阳瑶怡毅颖雨远悦云泽哲真峥志卓"
SHOP = "盛恒瑞泰鑫源顺达福兴隆昌嘉诚信德润丰宏伟永盘山渔阳燕翠屏古渡青松云岭秀水金穗绿野晨露百汇聚和祥裕康宁博雅旺腾骏驰广厚朴"
TRADES = (
    *("建材", "果蔬", "农资", "五金", "餐饮", "民宿", "商贸", "机械", "包装", "物流", "装饰"),
    *("园林", "食品", "服装", "电子", "汽车维修", "环保科技", "文化旅游", "粮油", "家具", "印刷"),
)
FORMS = {
    EntityKind.ENTERPRISE: ("有限公司", "有限公司", "有限责任公司", "股份有限公司"),
    EntityKind.INDIVIDUAL: ("经营部", "商店", "店", "门市部", "农家院", "服务部"),
    EntityKind.COOPERATIVE: ("种植专业合作社", "养殖专业合作社"),
}
#: as in the district: most are individual businesses
MIX = (EntityKind.INDIVIDUAL,) * 7 + (EntityKind.ENTERPRISE,) * 4 + (EntityKind.COOPERATIVE,)
PREFIXES = ("", "", "天津市", "天津市蓟州区", "蓟州区", "天津")
STREETS = ("兴华大街", "人民东路", "迎宾路", "渔阳南路", "中昌北路", "府前街", "康平路")
#: a range that is not in use (the roster's numbers lie below it)
FAKE_MOBILE = 15_450_000_000
CODE_PREFIX = {
    EntityKind.ENTERPRISE: "91",
    EntityKind.INDIVIDUAL: "92",
    EntityKind.COOPERATIVE: "93",
}
MOST_TOUCHED = 120  # entities that get labels, states, dead numbers one by one


@dataclass
class _Maker:
    """Invents entities; a name is never given twice in a township."""

    rng: Random
    count: int = 0

    def person(self) -> str:
        """Return an invented name."""
        length = self.rng.choice((1, 2, 2, 2))
        return self.rng.choice(SURNAMES) + "".join(self.rng.choices(GIVEN, k=length))

    def code(self, kind: EntityKind) -> str:
        """Return a credit code whose check digit fits; MADEMO marks it as invented."""
        body = f"{CODE_PREFIX[kind]}120119MADEM{self.count % 10_000:04d}"
        return body + str(uscc.calc_check_digit(body))

    def facts(self, zone_name: str, taken: set[str]) -> EntityFacts:
        """Return one entity; now and then something is missing."""
        rng = self.rng
        self.count += 1
        kind = rng.choice(MIX)
        while True:
            sign = "".join(rng.sample(SHOP, rng.choice((2, 2, 3))))
            core = f"{sign}{rng.choice(TRADES)}{rng.choice(FORMS[kind])}"
            if core not in taken:
                taken.add(core)
                break
        number = str(FAKE_MOBILE + self.count * 7)
        phones: tuple[str, ...] = (number,) if rng.random() < 0.94 else ()
        if phones and rng.random() < 0.05:
            phones = (number, f"022-{41_000_000 + self.count * 3}")
        return EntityFacts(
            name=rng.choice(PREFIXES) + core,
            kind=kind.value if rng.random() < 0.98 else "",
            principal=self.person() if rng.random() < 0.98 else "",
            zone_name=zone_name if rng.random() < 0.97 else "",
            phones=phones,
            address=f"{rng.choice(STREETS)} {rng.randrange(1, 300)} 号"
            if rng.random() < 0.6
            else "",
            credit_code=self.code(kind) if rng.random() < 0.1 and self.count < 10_000 else "",
        )


def rows_of(unit: Unit, count: int, maker: _Maker) -> list[EntityFacts]:
    """Return the invented list of a township: in the order of its zones, as the form has it."""
    zones = list(
        Zone.objects.active()
        .filter(unit=unit)
        .order_by("order", "pk")
        .values_list("name", flat=True)
    ) or [""]
    taken: set[str] = set()
    rows = [maker.facts(zones[place * len(zones) // count], taken) for place in range(count)]
    return rows + [_double(row) for row in rows[:: max(count // 3, 7)] if row.principal]


def _double(row: EntityFacts) -> EntityFacts:
    """The same entity in another hand: what the merge queue is for."""
    name = row.name.replace("有限公司", "公司").replace("专业合作社", "农民专业合作社")
    name = name if name != row.name else f"{row.name}（分店）"
    return replace(row, name=name, phones=(), credit_code="")


def _shares(units: list[Unit], total: int, rng: Random) -> Iterator[tuple[Unit, int]]:
    weights = [rng.uniform(0.5, 2.0) for _ in units]
    whole = sum(weights)
    for unit, weight in zip(units, weights, strict=True):
        yield unit, max(5, round(total * weight / whole))


def seed(*, size: str, by: Actor | None, now: datetime, rng: Random) -> int:
    """Fill an empty registry (small ≈ 600 entities, medium 10,000, large 100,000).

    The rows go through the same comparison and bulk writer as an import. Returns how many
    entities were made. Raises DomainError when there are entities already.
    """
    if BusinessEntity.objects.exists():
        raise DomainError("经营主体库里已有数据，演示数据只写入空的库。")
    maker = _Maker(rng)
    units = list(Unit.objects.active().with_team().order_by("order", "pk"))
    made = 0
    for unit, count in _shares(units, SIZES[size], rng):
        rows = rows_of(unit, count, maker)
        found = compare_entities(unit, rows)
        done = actions.apply_entities(
            unit=unit,
            creates=[rows[position] for position in found.new],
            updates=[],
            by=by,
            now=now - timedelta(days=20),
            source=Source.APPENDIX,
        )
        made += len(done.created)
        actions.suspect_all(unit=unit, now=now - timedelta(days=20))
        _report(unit, by, now, rng)
    _touch(rng, by, now)
    return made


def _report(unit: Unit, by: Actor | None, now: datetime, rng: Random) -> None:
    """Let Appendix 1 give the number there is; here and there it is off by a few."""
    for zone in Zone.objects.active().filter(unit=unit).select_related("unit"):
        number = BusinessEntity.objects.active().filter(zone=zone).count()
        if rng.random() < 0.12:
            number += rng.randrange(1, 6)
        roster_actions.save_zone(
            zone=zone,
            name=zone.name,
            boundary=zone.boundary,
            reported_count=number,
            by=by,
            now=now - timedelta(days=20),
        )


def _touch(rng: Random, by: Actor | None, now: datetime) -> None:
    """Some entities have labels, some moved away, some numbers do not answer any more."""
    pks = list(BusinessEntity.objects.order_by("pk").values_list("pk", flat=True))
    chosen = rng.sample(pks, min(MOST_TOUCHED, len(pks) // 5))
    labels = list(EntityLabel.objects.active().order_by("order", "pk"))
    third = len(chosen) // 3
    rows = BusinessEntity.objects.select_related("unit").in_bulk(chosen)
    for pk in chosen[:third]:
        rows[pk].labels.add(rng.choice(labels))
    for pk in chosen[third : 2 * third]:
        contact = Contact.objects.filter(entity=pk).select_related("entity__unit").first()
        if contact is not None:
            actions.mark_phone(contact=contact, is_dead=True, by=by, now=now)
    states = (
        (EntityStatus.CANCELLED, "登记机关公告"),
        (EntityStatus.MOVED_OUT, "迁至宝坻区"),
        (EntityStatus.LOST, "两次上门未见"),
    )
    for pk in chosen[2 * third :]:
        status, note = rng.choice(states)
        actions.set_status(
            entity=rows[pk],
            status=status,
            on=local(now - timedelta(days=rng.randrange(1, 60))).date(),
            note=note,
            by=by,
            now=now,
        )
