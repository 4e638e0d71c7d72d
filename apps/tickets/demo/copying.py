"""Copies of moulds: which enterprise asks, what it says, and the rows of all tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from types import SimpleNamespace
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.clock import local
from apps.registry.models import Contact
from apps.roster.models import Unit
from apps.tickets.actions import pouring
from apps.tickets.actions.indexing import text_of, tokens_of
from apps.tickets.actions.registering import title_of
from apps.tickets.demo.cast import Cast
from apps.tickets.demo.molds import KEY_TABLES, Mold
from apps.tickets.demo.recording import TABLES
from apps.tickets.models import Clock, Firing, Participant, Ticket, TicketIndex

BATCH = 4_000
STREETS = (
    *("兴华大街", "人民东路", "人民西路", "迎宾路", "渔阳南路", "渔阳北路", "中昌北路", "中昌南路"),
    *(
        "府前街",
        "康平路",
        "长城大道",
        "燕山西大街",
        "光明路",
        "西环路",
        "东环路",
        "仓廪街",
        "武定街",
    ),
    *("花园路", "津围公路", "宝平公路", "邦喜公路", "盘山大道", "翠屏山路", "于桥路", "州河西路"),
)
PLACES = (
    "厂区",
    "门店",
    "仓库",
    "院内",
    "二层",
    "后院",
    "沿街",
    "料场",
    "车间",
    "大棚",
    "停车场",
    "办公楼",
)
SINCE = (
    "上周起",
    "三天前",
    "入冬以来",
    "开业后",
    "今年春天",
    "节后",
    "连续两周",
    "昨天夜里",
    "改造之后",
    "换证以后",
)
EFFECTS = (
    *(
        "订单要往后推",
        "工人只好轮休",
        "客人少了一半",
        "每天多花路费",
        "合同就要到期",
        "设备不敢开满",
    ),
    *("货压在库里", "材料不知道交给谁", "旺季耽误不起", "已经问过两个窗口", "周边几家情况一样"),
    *("原来的联系人调走了", "口径前后不一样", "手续卡在最后一步", "自己先垫了钱", "想先听听意见"),
)
ASKS = (
    "请给个准话",
    "希望本月能定下来",
    "请帮着对接",
    "盼上门看一看",
    "请告知要带什么",
    "能否先办后补",
    "请先回个电话",
)
GOODS = "菜果粮油布纱砖瓦钢铝漆胶纸箱瓶罐灯线管阀泵机床炉窑车船桥梁苗木花草鱼虾蛋奶茶酒糖盐酱醋米面豆薯梨枣杏柿栗桃葡萄山楂核桃板栗香菇木耳"


@dataclass(frozen=True)
class Asker:
    """An enterprise as a ticket repeats it; the phone is sealed for the ticket's column."""

    pk: int
    name: str
    zone: int | None
    contact: str
    phone: str
    phone_index: str
    phone_tail: str


@dataclass(frozen=True)
class Town:
    """A township with its people and its enterprises."""

    unit: Unit
    people: Mapping[str, Any]
    askers: list[Asker]


def read_towns(cast: Cast) -> list[Town]:
    """Return the townships that have enterprises with a phone."""
    field: Any = Ticket._meta.get_field("contact_phone")
    found = Contact.objects.filter(is_dead=False, entity__merged_into__isnull=True)
    columns = (
        *("entity_id", "entity__unit_id", "entity__zone_id", "entity__name", "entity__principal"),
        *("name", "phone", "phone_index", "phone_tail"),
    )
    askers: dict[int, dict[int, Asker]] = {}
    rows = found.order_by("entity_id", "order", "pk").values_list(*columns)
    for pk, unit, zone, name, principal, said, phone, index, tail in rows.iterator(2_000):
        known = askers.setdefault(unit, {})
        if pk not in known:
            sealed = field.get_prep_value(phone)
            known[pk] = Asker(pk, name, zone, said or principal, sealed, index, tail)
    towns = []
    for unit in Unit.objects.active().with_team().order_by("order", "pk"):
        if unit.pk not in askers:
            continue
        officer = cast.of(unit, Role.OFFICER, Role.TEAM_LEADER)
        heads = User.objects.with_role(Role.TEAM_LEADER).filter(unit=unit).order_by("pk")
        people = {"officer": officer.pk, "officer_name": officer.display_name}
        for place, head in enumerate(heads):
            people |= {f"head{place}": head.pk, f"head{place}_name": head.display_name}
        towns.append(Town(unit, people, list(askers[unit.pk].values())))
    return towns


def words_of(content: str, rng: Random) -> str:
    """Return a request in other words: the place, since when, what follows, what is wished."""
    place = f"{rng.choice(STREETS)}{rng.randrange(1, 400)}号{rng.choice(PLACES)}"
    good = "".join(rng.choices(GOODS, k=2))
    more = (
        f"{rng.choice(SINCE)}{good}{rng.choice(EFFECTS)}，涉及{rng.randrange(2, 900)}件，"
        f"{rng.choice(ASKS)}。"
    )
    return f"{place}：{content}{more}" if rng.random() < 0.5 else f"{content}{place}，{more}"


class Follower:
    """Who keeps account of what is written; this one does not."""

    def take(self, mold: Mold, copies: list[tuple[int, int]]) -> None:
        """Learn of the (ticket, township) of copies that are about to be written."""

    def written(self) -> None:
        """Learn that all taken so far is in the database."""


class Copyist:
    """Writes copies of moulds in batches."""

    def __init__(self, rng: Random, follower: Follower) -> None:
        self.rng, self.follower = rng, follower
        models = [Ticket, *TABLES, Clock, Firing]
        self.next = {model: _last_key(model) + 1 for model in models}
        self.rows: dict[Any, list[Any]] = {model: [] for model in [*models, TicketIndex]}
        self.numbers: dict[str, int] = {}
        self.count = 0

    def copy(self, mold: Mold, towns: list[Town]) -> None:
        """Make one copy for each township given; they differ in enterprise and words."""
        made = [(self._one(mold, town), town.unit.pk) for town in towns]
        self.follower.take(mold, made)
        self.count += len(made)
        if len(self.rows[Ticket]) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered."""
        pouring.write_batch(self.rows, self.numbers)
        for found in self.rows.values():
            found.clear()
        self.numbers.clear()
        self.follower.written()

    def _one(self, mold: Mold, town: Town) -> int:
        values = self._values(mold, town)
        for table in mold.tables:
            into = self.rows[table.model]
            for row, holes, texts in table.rows:
                if table.model is Participant and any(name not in values for _, name in holes):
                    continue  # the township has no such person
                made = row.copy()
                for place, name in holes:
                    made[place] = values[name]
                for place, template in texts:
                    made[place] = template % values
                into.append(made)
        pk: int = values["id"]
        text = text_of(SimpleNamespace(**values))  # type: ignore[arg-type]
        self.rows[TicketIndex].append((pk, text, tokens_of(text)))
        return pk

    def _values(self, mold: Mold, town: Town) -> dict[str, Any]:
        rng, ticket = self.rng, mold.ticket
        asker = town.askers[int(len(town.askers) * rng.random() ** 1.6)]
        content = words_of(mold.recording.act.sample.content, rng)
        values: dict[str, Any] = {
            "id": self._take(Ticket, 1),
            "number": self._number(ticket.registered_at),
            "town": town.unit.pk,
            "town_name": town.unit.name,
            "entity": asker.pk,
            "entity_name": asker.name,
            "zone": asker.zone,
            "contact_name": asker.contact,
            "phone": asker.phone,
            "phone_index": asker.phone_index,
            "phone_tail": asker.phone_tail,
            "content": content,
            "title": title_of("", content),
            "hides_entity": ticket.hides_entity,
            "hotline": "",
            **town.people,
        }
        values["hotline_no"] = ""
        if ticket.hotline_no:
            at = local(ticket.registered_at)
            values["hotline"] = values["hotline_no"] = f"TJ{at:%y%m%d}{values['id']:08d}"
        for model, names in mold.keys.items():
            first = self._take(model, len(names))
            for place, name in enumerate(names):
                values[name] = first + place
                if model in KEY_TABLES:
                    values[f"{name}_text"] = str(first + place)
                    values[f"{name}_json"] = f'"{first + place}"'
        return values

    def _take(self, model: Any, count: int) -> int:
        first: int = self.next[model]
        self.next[model] = first + count
        return first

    def _number(self, at: datetime) -> str:
        month = f"{local(at):%y%m}"
        last = self.numbers.get(month) or self._last_number(month)
        self.numbers[month] = last + 1
        return f"JZ-{month}-{last + 1:05d}"

    @staticmethod
    def _last_number(month: str) -> int:
        from apps.tickets.models import NumberSeries

        return NumberSeries.objects.filter(month=month).values_list("last", flat=True).first() or 0


def _last_key(model: Any) -> int:
    found = model.objects.order_by("-pk").values_list("pk", flat=True).first()
    return int(found or 0)
