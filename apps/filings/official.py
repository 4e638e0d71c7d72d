"""The words of the two official forms, shared by all who write them (plan, 附件1 and 附件2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from apps.filings.contents import Appendix, EntityRow, Part, Staff, ZoneRow

MARKS = {Appendix.ZONES: "附件1", Appendix.ENTITIES: "附件2"}
TITLES = {
    Appendix.ZONES: "乡镇（街道）、开发区管委会为企服务片区划分表",
    Appendix.ENTITIES: "乡镇（街道）、开发区管委会经营主体统计表",
}
KINDS = {"ENTERPRISE": "企业", "INDIVIDUAL": "个体工商户", "COOPERATIVE": "农民专业合作社"}
NOTES = {
    Appendix.ZONES: (
        "注：1.建议以经济工作职能部门为主，不建议将街镇党口部门、纪检部门、包村（社区）干部等人员"
        "纳入为企服务工作人员队伍。",
        "2.请明确一名处级领导干部负责“政企同行·有需必应”相关工作。",
        "3.经营主体包含所有企业、个体工商户和农民专业合作社。",
    ),
    Appendix.ENTITIES: ("注：经营主体包含所有企业、个体工商户和农民专业合作社。",),
}
ZONE_LABELS = ("序号", "", "划分片区范围", "片区范围内经营主体数量", "姓名", "职务", "联系方式\n（手机、座机）")  # fmt: skip
STAFF_LABEL = "为企服务人员"
ENTITY_LABELS = ("", "序号", "名称", "经营主体性质", "经营主体负责人", "联系方式")
ENTITY_LABEL = "片区内经营主体基本情况"
#: columns that may be added to Appendix 2, by their key in ``EntityRow.extra``
EXTRA_LABELS = {"credit_code": "统一社会信用代码", "address": "地址"}
#: the examples printed on the blank Appendix 1: zone and its range
EXAMPLES = (
    ("示例1：XX街道第一片区", "某街东至XX路口、西至XX路口、南至XX路口、北至XX路口"),
    ("示例2：XX街道第一片区", "XX栋商业楼、XX园区"),
    ("示例3：XX乡镇第一片区", "XX村和XX村"),
)
PHONES_BETWEEN = "、"
BLANK_ROWS = 3  # so many empty lines has a form without content, as the printed one


@dataclass(frozen=True)
class Form:
    """One form to write: whose, of which day, and its rows, read once and in order.

    ``unit`` is the unit's short name (渔阳镇). Rows of Appendix 2 must come zone by zone; those
    without a zone come first, because a reader fills an empty zone from the row above.
    """

    appendix: Appendix
    unit: str
    filed_on: date | None = None
    leader: Staff | None = None
    zones: Iterable[ZoneRow] = ()
    entities: Iterable[EntityRow] = ()

    @classmethod
    def of(cls, part: Part, *, zone: str = "") -> "Form":
        """Return the form of what was read; with ``zone`` only that zone's rows."""
        entities = [row for row in part.entities if not zone or row.zone == zone]
        groups: dict[str, list[EntityRow]] = {"": []}
        for row in entities:
            groups.setdefault(row.zone, []).append(row)
        return cls(
            appendix=part.appendix,
            unit=part.unit or part.unit_written,
            filed_on=part.filed_on,
            leader=part.leader,
            zones=[row for row in part.zones if not zone or row.zone == zone],
            entities=list(chain.from_iterable(groups.values())),
        )


def unit_text(unit: str) -> str:
    """Return 报送单位：渔阳镇."""
    return f"报送单位：{unit}"


def date_text(filed_on: date | None) -> str:
    """Return 日期：2026年1月9日, or with room to write when there is none."""
    if filed_on is None:
        return "日期：    年  月  日"
    return f"日期：{filed_on.year}年{filed_on.month}月{filed_on.day}日"


def zone_text(unit: str, zone: str) -> str:
    """Return a zone as Appendix 1 names it: 第一片区 → 渔阳镇第一片区."""
    return f"{unit.removesuffix('管委会')}{zone}" if zone.startswith("第") else zone


def phones_text(phones: Iterable[str]) -> str:
    """Return the numbers of one cell."""
    return PHONES_BETWEEN.join(phone for phone in phones if phone)


def staff_phones(staff: Staff) -> str:
    """Return all numbers of a person."""
    return phones_text((staff.phone, *staff.more_phones))


def leader_text(leader: Staff | None) -> str:
    """Return the line of the responsible leader at the foot of Appendix 1."""
    leader = leader or Staff("")
    name = f"负责人姓名：{leader.name}".ljust(26)
    post = f"职务：{leader.post}".ljust(24)
    return f"{name}{post}联系方式：{staff_phones(leader)}"


def zone_cells(form: Form, number: int, zone: ZoneRow) -> Iterator[tuple[object, ...]]:
    """Yield a zone's lines, one per officer; lines after the first leave the zone's cells empty."""
    for index, staff in enumerate(zone.staff or (Staff(""),)):
        first = (number, zone_text(form.unit, zone.zone), zone.boundary, zone.count)
        own = first if index == 0 else (None,) * len(first)
        yield (*own, staff.name, staff.post, staff_phones(staff))


def entity_cells(row: EntityRow, number: int, extra: Iterable[str] = ()) -> tuple[object, ...]:
    """Return the cells of an entity after the zone's; ``extra`` are keys of ``EXTRA_LABELS``."""
    return (
        number,
        row.name,
        KINDS.get(row.kind, ""),
        row.person,
        phones_text(row.phones),
        *(row.extra.get(key, "") for key in extra),
    )


class ZoneOrder:
    """Makes sure that rows come zone by zone, as ``Form`` demands."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.zone: str | None = None

    def begins(self, zone: str) -> bool:
        """Say whether the row begins a zone.

        Raises:
            ValueError: the zone was finished before, or a row without zone comes after one.
        """
        if zone == self.zone:
            return False
        if zone in self._seen or (not zone and self._seen):
            raise ValueError("rows of a zone must stand together, those without a zone first")
        self._seen.add(zone)
        self.zone = zone
        return True
