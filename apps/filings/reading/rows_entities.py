"""The rows of Appendix 2: which are entities, in which zone, of which unit.

Decisions.md 27: a row with a mendable cell is kept with that cell empty and a warning; without a
name, or of an unknown unit, it is an error and not kept. No row is dropped in silence.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from apps.filings.contents import EntityRow, Part
from apps.filings.reading import entity_cells, findings, meta, zones
from apps.filings.reading.findings import Notes
from apps.filings.reading.grid import Table
from apps.filings.reading.labels import NAME, SEQ, UNIT, ZONE
from apps.filings.reading.layouts import Block
from apps.filings.reading.row import Row
from apps.filings.reading.text import narrow, said
from apps.filings.reading.units import Units, UnitWords
from apps.registry import names

#: how the name cell of a row begins that may be no entity: 小计, 以下空白, 示例 …
_ODD_BEGINNINGS = frozenset("小合总共累第本全以（(-—=…示例样范空完")
_OPEN_NAME = re.compile(r"[xX×]{2}|某")

#: (unit, key of the name) → first row with it: sheet, row, name, person, phones
Seen = dict[tuple[str, str], tuple[str, int, str, str, tuple[str, ...]]]


class EntityReader:
    """Reads the rows of one block into the parts of their units."""

    def __init__(
        self,
        table: Table,
        block: Block,
        units: Units,
        *,
        part_of: Callable[[UnitWords | None], Part],
        unit: UnitWords | None,
        default_zone: str,
        seen: Seen,
    ) -> None:
        self.block, self.units = block, units
        self.columns = block.header.columns
        self.part_of, self.unit, self.seen = part_of, unit, seen
        self.zone = zones.ZoneName(default_zone)
        self.zone_of = lru_cache(4096)(lambda text: zones.read(text, units))
        self.row_unit = unit
        first, last = (block.rows[0], block.rows[-1]) if block.rows else (0, 0)
        self.row = Row(table, self.columns, Notes(part_of(unit)), first, last)
        #: entities whose name spans several rows, by the first of them: place in the part
        self._spanning: dict[int, int] = {}

    def read(self) -> None:
        """Read all rows of the block."""
        row = self.row
        for number, first_empty in self.block.steps():
            if first_empty:
                row.notes.gap(first_empty, number - 1)
            row.turn(number)
            self._row()
        for number in self.block.repeated:
            Notes(self.part_of(self.unit)).skip(number, findings.REPEATED)

    # ---- a row -------------------------------------------------------------------------------
    def _row(self) -> None:
        row = self.row
        own_zone, name_text = row.own(ZONE), row.own(NAME)
        is_total = bool(own_zone) and meta.is_total(own_zone)
        if own_zone and not is_total:
            self.zone = self._zone(own_zone)
        self._turn_to_unit()
        is_odd = not name_text or name_text[0] in _ODD_BEGINNINGS or name_text.isdecimal()
        if is_odd or is_total or isinstance(row.cell(SEQ), str):
            reason = self._skip_reason(own_zone, name_text)
            if reason:
                row.notes.skip(row.number, reason)
                return
        row.notes.part.rows_read += 1
        if name_text or not self._continues():
            self._entity(name_text)

    def _turn_to_unit(self) -> None:
        unit = self._unit()
        if unit is not self.row_unit:
            self.row_unit = unit
            self.row.notes = Notes(self.part_of(unit))

    def _unit(self) -> UnitWords | None:
        """Return the unit of the row: its own column's, else the block's, else its zone's."""
        if UNIT in self.columns:
            written = self.row.text(UNIT)
            if written:
                return self.units.named(written) or self.units.inside(written)
            return self.row_unit  # filled in the first row only
        return self.unit or self.zone.unit

    def _skip_reason(self, own_zone: str, name_text: str) -> str:
        """Return why a row is no entity, or an empty string."""
        texts = self.row.texts()
        if not texts:
            return findings.EMPTY if self.row.is_blank else ""
        only = next(iter(texts.values())) if len(texts) == 1 else ""
        leading = (own_zone, self.row.own(SEQ), name_text, next(iter(texts.values())))
        if any(meta.is_total(text) for text in leading):
            return findings.TOTAL
        if only and meta.is_end(only):
            return findings.END
        if _are_column_numbers(list(texts.values())):
            return findings.COLUMN_NUMBERS
        numbering = {self.columns.get(name) for name in (SEQ, ZONE, UNIT)}
        is_only_numbered = texts.keys() <= numbering
        if (self.zone.is_example and is_only_numbered) or _is_example(name_text):
            return findings.EXAMPLE
        if only and (own_zone or self._begins_zone(only)):
            return findings.HEADING
        return findings.NUMBERED if is_only_numbered else ""

    def _begins_zone(self, text: str) -> bool:
        """A zone's name alone on a row begins the zone, in whatever column it stands."""
        if not zones.is_zone(text, self.units):
            return False
        self.zone = self._zone(text)
        return True

    def _zone(self, text: str) -> zones.ZoneName:
        found = self.zone_of(text)
        if len(found.name) > zones.LONGEST:
            message = f"片区名称超过 {zones.LONGEST} 个字，这一格没有采用。"
            self.row.warn(ZONE, text, message)
            return zones.ZoneName("", found.unit)
        if found.after:
            message = f"“{said(text)}”按{found.name}记，后面的字没有采用。"
            self.row.warn(ZONE, text, message, "这一列请只写片区名称。")
        return found

    def _continues(self) -> bool:
        """A row inside a merged name adds its numbers to the entity that the name is of."""
        anchor = self.row.anchors.get(NAME, {}).get(self.row.number)
        at = self._spanning.get(anchor or 0)
        if at is None:
            return False
        entities = self.row.notes.part.entities
        more = entity_cells.phones(self.row, self.block.header.phones)
        phones = dict.fromkeys((*entities[at].phones, *more))
        entities[at] = replace(entities[at], phones=tuple(phones))
        return True

    # ---- an entity ---------------------------------------------------------------------------
    def _entity(self, name_text: str) -> None:
        row = self.row
        row.say_formula_errors()
        name = entity_cells.name(row, name_text)
        kind = entity_cells.kind(row, name)
        person = entity_cells.person(row)
        phones = entity_cells.phones(row, self.block.header.phones)
        extra = entity_cells.beside(row)
        unit = self._checked_unit()
        if not name or unit is None:
            return
        entity = EntityRow(row.number, self.zone.name, name, kind, person, phones, extra)
        row.notes.part.entities.append(self._compared(entity, unit))
        if row.anchors.get(NAME):
            self._spanning[row.number] = len(row.notes.part.entities) - 1

    def _checked_unit(self) -> UnitWords | None:
        """Return the row's unit; a sheet's own unknown unit is said once, elsewhere."""
        unit, zone_unit = self.row_unit, self.zone.unit
        if unit is None:
            if UNIT in self.columns:
                self._refuse_unit(self.row.text(UNIT))
            return None
        if zone_unit is not None and zone_unit.code != unit.code:
            self.row.refuse(
                ZONE,
                zone_unit.name,
                f"片区写的是{zone_unit.name}，这一份却是{unit.name}的。",
                "请改正片区，或把这一行移到那个单位的表里。",
            )
            return None
        return unit

    def _refuse_unit(self, written: str) -> None:
        like = self.units.like(written) if written else ""
        message = f"认不出“{said(written)}”是哪个乡镇（街道）。"
        advice = f"是不是{like}？请改成单位简称。" if like else "请填 28 个单位之一的简称。"
        self.row.refuse(UNIT, written, message if written else "没有填乡镇（街道）。", advice)

    def _compared(self, entity: EntityRow, unit: UnitWords) -> EntityRow:
        """Say that a name came before; the same entity spelt otherwise takes the first spelling.

        The key is that of the registry (decisions.md 26), so both would be one record anyway.
        """
        here = self.row.notes.part.sheet
        mine = (here, entity.row, entity.name, entity.person, entity.phones)
        first = self.seen.setdefault((unit.code, names.key_of(entity.name)), mine)
        if first is mine:
            return entity
        sheet, number, name, person, phones = first
        where = f"第 {number} 行" if sheet == here else f"工作表“{sheet}”第 {number} 行"
        text = entity.name
        if name == text:
            self.row.warn(
                NAME, text, f"与{where}重复。", "同一户只留一行；不是同一户的请写明区别。"
            )
        elif person == entity.person or set(phones) & set(entity.phones):
            message = f"与{where}是同一户，名称写法不同，按“{said(name)}”记。"
            self.row.warn(NAME, text, message, "请按营业执照统一写法，只留一行。")
            return replace(entity, name=name)
        else:
            self.row.warn(NAME, text, f"与{where}“{said(name)}”可能是同一户，请核对。")
        return entity


def _are_column_numbers(texts: list[str]) -> bool:
    """Some forms number their columns below the header: 1 2 3 4 5 6, or 甲 1 2 3."""
    numbers = texts[1:] if texts[0] in ("甲", "栏次", "列次") else texts
    first = int(numbers[0]) if numbers and numbers[0].isdecimal() and len(numbers[0]) < 3 else -1
    return len(numbers) > 3 and numbers == [str(first + at) for at in range(len(numbers))]


def _is_example(name_text: str) -> bool:
    """示例：XX有限公司 is an example; 示例：天津金鑫商贸有限公司 was typed over one."""
    plain = narrow(name_text)
    if not entity_cells.EXAMPLE.match(plain):
        return False
    return bool(_OPEN_NAME.search(plain)) or not entity_cells.EXAMPLE.sub("", plain)
