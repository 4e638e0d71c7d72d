"""Appendix 2 beside the registry: what would be new, change, stay, and what is missing."""

from apps.filings.checked import Change, Checked, Vanished, extra_of
from apps.filings.contents import EntityRow, Finding, Level, Part
from apps.registry import codes, names
from apps.registry.facts import Comparison, EntityFacts
from apps.registry.queries.compare import compare_entities
from apps.roster.actions._base import one_line
from apps.roster.models import Unit, Zone

LONGEST_NAME, LONGEST_PERSON, LONGEST_ZONE, LONGEST_ADDRESS = 120, 30, 40, 200
MOST_PHONES = 10
FIELDS = {
    "name": "名称",
    "kind": "经营主体性质",
    "principal": "经营主体负责人",
    "zone": "片区",
    "phones": "联系方式",
    "address": "地址",
    "credit_code": "统一社会信用代码",
    "status": "状态",
}
#: the keys of ``Part.columns``
COLUMNS = {"principal": "person", "phones": "phone"}


class _Cleaner:
    """Takes over a sheet's rows as facts that the registry can hold, and says what did not fit."""

    def __init__(self, part: Part, unit: Unit) -> None:
        self.part = part
        zones = Zone.objects.active().filter(unit=unit).values_list("name", flat=True)
        self.zones = {names.squeezed(name): name for name in zones}
        self.findings: list[Finding] = []
        self.facts: list[tuple[int, EntityFacts]] = []

    def find(
        self, level: Level, row: int, field: str, value: str, message: str, advice: str
    ) -> None:
        """Note that a cell is wrong or doubtful."""
        column = self.part.columns.get(COLUMNS.get(field, field), "")
        self.findings.append(
            Finding(
                level, self.part.sheet, row, column, FIELDS[field], value[:200], message, advice
            )
        )

    def fitting(self, row: int, field: str, text: str, longest: int) -> str:
        """Return a text that fits its column; one that is too long is left out with a warning."""
        text = text if text.isalnum() else one_line(text)  # letters alone are one line
        if len(text) <= longest:
            return text
        message = f"{FIELDS[field]}超过 {longest} 字，这一格没有写入。"
        self.find(Level.WARNING, row, field, text, message, f"请改为 {longest} 字以内。")
        return ""

    def take(self, row: EntityRow) -> None:
        """Take over one row, unless its name cannot be held."""
        name = row.name if row.name.isalnum() else one_line(row.name)
        if not (name[:1].isalnum() or names.key_of(name)):
            message, advice = "名称里没有文字或数字，这一行没有采用。", "请按营业执照填写名称。"
            self.find(Level.ERROR, row.row, "name", name, message, advice)
            return
        if len(name) > LONGEST_NAME:
            message, advice = (
                f"名称超过 {LONGEST_NAME} 字，这一行没有采用。",
                "请按营业执照填写，不写说明。",
            )
            self.find(Level.ERROR, row.row, "name", name, message, advice)
            return
        address, code = extra_of(row)
        facts = EntityFacts(
            name=name,
            kind=row.kind,
            principal=self.fitting(row.row, "principal", row.person, LONGEST_PERSON),
            zone_name=self._zone(row),
            phones=row.phones[:MOST_PHONES],
            address=self.fitting(row.row, "address", address, LONGEST_ADDRESS),
            credit_code=self._code(row.row, code),
        )
        self.facts.append((row.row, facts))

    def _zone(self, row: EntityRow) -> str:
        """Return the zone's name as the township writes it: blanks inside do not count."""
        known = self.zones.get(row.zone)
        if known is not None:  # spelt as the township spells it, as nearly all are
            return known
        name = self.fitting(row.row, "zone", row.zone, LONGEST_ZONE)
        return self.zones.get(names.squeezed(name), name)

    def _code(self, row: int, text: str) -> str:
        if not text:
            return ""
        code = codes.normalise(text)
        problem = codes.check(code).problem
        if not problem:
            return code
        is_kept = len(code) <= codes.LONGEST
        advice = "请对照营业执照改正" + (
            "，写入后标为“待核”。" if is_kept else "，这一格没有写入。"
        )
        self.find(Level.WARNING, row, "credit_code", text, f"{problem}。", advice)
        return code if is_kept else ""


def check_entities(part: Part, unit: Unit) -> Checked:
    """Check the rows of Appendix 2 against the township's entities; nothing is written.

    A row without a usable name is an error; an unknown zone will be made and is a warning
    (decisions.md 27).
    """
    cleaner = _Cleaner(part, unit)
    for row in part.entities:
        cleaner.take(row)
    found = compare_entities(unit, [facts for _, facts in cleaner.facts])
    _doubles(cleaner, found)
    _new_zones(cleaner, found)
    repeated = {position for position, _ in found.repeated}
    rows = cleaner.facts
    return Checked(
        part=part,
        items=[pair for position, pair in enumerate(rows) if position not in repeated],
        new=len(found.new),
        changed=len(found.changed),
        same=len(found.unchanged),
        changes=[
            Change(
                rows[one.position][0],
                one.facts.name,
                {FIELDS[name]: pair for name, pair in one.fields.items()},
            )
            for one in found.changed
        ],
        findings=cleaner.findings,
        gone=[
            Vanished(one.pk, one.name, "，".join(filter(None, (one.zone_name, one.principal))))
            for one in found.disappeared
        ],
    )


def _doubles(cleaner: _Cleaner, found: Comparison) -> None:
    """Name the rows that say an entity a second time; the reader may have said so already."""
    told = {one.row for one in cleaner.part.findings if "重复" in one.message}
    for position, earlier in found.repeated:
        row, facts = cleaner.facts[position]
        if row not in told:
            first = cleaner.facts[earlier][0]
            message = f"与第 {first} 行是同一家，只写入第 {first} 行。"
            cleaner.find(
                Level.WARNING,
                row,
                "name",
                facts.name,
                message,
                "是同一家就删去一行；不是的请写全名称。",
            )


def _new_zones(cleaner: _Cleaner, found: Comparison) -> None:
    missing = set(found.missing_zones)
    for row, facts in cleaner.facts:
        if facts.zone_name in missing:
            missing.discard(facts.zone_name)
            message = f"片区名单里没有“{facts.zone_name}”，写入时会新建。"
            advice = "写错了就改成已有的片区；确是新片区，请随后补报附件1。"
            cleaner.find(Level.WARNING, row, "zone", facts.zone_name, message, advice)
