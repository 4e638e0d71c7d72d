"""The rows of Appendix 1: zones with their officers over one or several rows, and the leader."""

from collections.abc import Callable
from dataclasses import replace

from apps.filings.contents import Part, Staff, ZoneRow
from apps.filings.reading import findings, meta, phone_cells, zone_cells, zones
from apps.filings.reading.findings import Notes
from apps.filings.reading.grid import Table
from apps.filings.reading.labels import BOUNDARY, COUNT, PHONE, POST, SEQ, STAFF, UNIT, ZONE
from apps.filings.reading.layouts import Block
from apps.filings.reading.meta import LeaderLine
from apps.filings.reading.people import name_of
from apps.filings.reading.row import Row
from apps.filings.reading.text import is_nothing, said, squeezed, text_of
from apps.filings.reading.units import Units, UnitWords


class ZoneReader:
    """Reads the rows of one block into the parts of their units."""

    def __init__(
        self,
        table: Table,
        block: Block,
        units: Units,
        *,
        part_of: Callable[[UnitWords | None], Part],
        unit: UnitWords | None,
    ) -> None:
        self.block, self.units = block, units
        self.columns = block.header.columns
        self.part_of, self.unit = part_of, unit
        first, last = (block.rows[0], block.rows[-1]) if block.rows else (0, 0)
        self.row = Row(table, self.columns, Notes(part_of(unit)), first, last)
        self.row_unit = unit
        self._zone: ZoneRow | None = None
        self._name = zones.ZoneName("")

    def read(self) -> None:
        """Read all rows of the block, then the leader."""
        for number, first_empty in self.block.steps():
            if first_empty:
                self.row.notes.gap(first_empty, number - 1)
            self.row.turn(number)
            self._row()
        self._finish()
        notes = Notes(self.part_of(self.unit))
        for number in self.block.repeated:
            notes.skip(number, findings.REPEATED)
        if self.block.leader is not None:
            self._leader(notes, *self.block.leader)

    # ---- a row -------------------------------------------------------------------------------
    def _row(self) -> None:
        row = self.row
        zone_text = row.own(ZONE)
        reason = self._skip_reason(zone_text)
        if reason:
            row.notes.skip(row.number, reason)
            return
        if self._zone is None or (zone_text and not self._repeats(zone_text)):
            self._finish()
            self._begin(zone_text)
        else:
            self._widen(self._zone)
        row.notes.part.rows_read += 1
        row.say_formula_errors()
        self._staff()

    def _skip_reason(self, zone_text: str) -> str:
        row = self.row
        texts = row.texts()
        if not texts:
            return findings.EMPTY if row.is_blank else ""
        first = next(iter(texts.values()))
        if any(meta.is_total(text) for text in (zone_text, row.own(SEQ), first)):
            return findings.TOTAL
        if len(texts) == 1 and meta.is_end(first):
            return findings.END
        if texts.keys() <= {self.columns.get(SEQ), self.columns.get(UNIT)}:
            return findings.NUMBERED
        is_empty = not (row.own(STAFF) or row.own(COUNT) or row.own(PHONE))
        if is_empty and zones.read(zone_text, self.units).is_example:
            return findings.EXAMPLE
        return ""

    def _repeats(self, zone_text: str) -> bool:
        """Say whether the zone is only written again beside a further officer."""
        if self._zone is None or not self._zone.zone:
            return False
        found = zones.read(zone_text, self.units)
        written = self.row.own(UNIT)
        if found.unit is not self._name.unit or (written and self._named(written) != self.row_unit):
            return False
        boundary = squeezed(self.row.own(BOUNDARY))
        return found.name == self._zone.zone and boundary in ("", self._zone.boundary)

    def _named(self, written: str) -> UnitWords | None:
        return self.units.named(written) or self.units.inside(written)

    def _begin(self, zone_text: str) -> None:
        self._name = zones.read(zone_text, self.units)
        self._turn_to_unit()
        row, name = self.row, self._name.name
        if self._name.is_example:
            row.warn(ZONE, zone_text, "片区前面留着“示例”字样，已去掉。")
        if not name:
            message = "认不出是哪个片区。" if zone_text else "没有填片区。"
            row.warn(ZONE, zone_text, message, "请写成“第一片区”这样的名称。")
        elif len(name) > zones.LONGEST:
            row.warn(ZONE, zone_text, f"片区名称超过 {zones.LONGEST} 个字，没有采用。")
            name = ""
        elif self._name.after:
            message = f"“{said(zone_text)}”按{name}记，后面的字没有采用。"
            row.warn(ZONE, zone_text, message, "这一列请只写片区名称。")
        self._zone = ZoneRow(row.number, name, zone_cells.boundary(row), zone_cells.count(row))

    def _turn_to_unit(self) -> None:
        """Turn to the part of the zone's unit: its own column's, else the sheet's, else its name's."""
        row = self.row
        if UNIT in self.columns:
            written = row.text(UNIT)
            if written:
                self.row_unit = self._named(written)
            row.notes = Notes(self.part_of(self.row_unit))
            if self.row_unit is None:
                message = f"认不出“{said(written)}”是哪个乡镇（街道），这个片区没有采用。"
                row.refuse(UNIT, written, message, "请填 28 个单位之一的简称。")
        else:
            self.row_unit = self.unit or self._name.unit
            row.notes = Notes(self.part_of(self.row_unit))

    def _widen(self, zone: ZoneRow) -> None:
        """A further row of the zone may go on with its range."""
        more = squeezed(self.row.own(BOUNDARY))
        if more and more != zone.boundary:
            joined = f"{zone.boundary}、{more}".strip("、")[: zone_cells.LONGEST_BOUNDARY]
            self._zone = replace(zone, boundary=joined)

    def _finish(self) -> None:
        """Put the zone that ends here into its part."""
        zone, unit, notes = self._zone, self.row_unit, self.row.notes
        self._zone = None
        if zone is None or unit is None:
            return
        column = self.columns.get(ZONE)
        named = self._name.unit
        if named is not None and named.code != unit.code:
            notes.refuse(
                zone.row,
                column,
                "片区",
                named.name,
                f"片区写的是{named.name}，这一份却是{unit.name}的。",
                "请改正片区，或把它移到那个单位的表里。",
            )
            return
        if not zone.staff:
            column_of_staff = self.columns.get(STAFF)
            notes.warn(zone.row, column_of_staff, "姓名", "", "这个片区没有为企服务人员。")
        if zone.zone and any(other.zone == zone.zone for other in notes.part.zones):
            notes.warn(zone.row, column, "片区", zone.zone, f"{zone.zone}出现了两次，请核对。")
        notes.part.zones.append(zone)

    # ---- officers ----------------------------------------------------------------------------
    def _staff(self) -> None:
        zone, row = self._zone, self.row
        if zone is None:
            return
        name, post = row.own(STAFF), row.own(POST)
        cells = [row.cells[at] if at < len(row.cells) else None for at in self.block.header.phones]
        if not name and not post and all(is_nothing(text_of(cell)) for cell in cells):
            return
        people = zone_cells.people(name, post, cells)
        found = [zone_cells.officer(row, self.block.header.phones, *one) for one in people]
        staff = tuple(one for one in found if one is not None)
        self._zone = replace(zone, staff=(*zone.staff, *staff))

    # ---- the leader --------------------------------------------------------------------------
    def _leader(self, notes: Notes, row: int, line: LeaderLine) -> None:
        """Read 负责人姓名, 职务, 联系方式 at the foot (one leader of division level)."""
        name = "" if is_nothing(line.name) else name_of(line.name)[0]
        if not name or len(name) > zone_cells.LONGEST_PERSON:
            advice = "请明确一名处级领导干部（注 2）。"
            notes.warn(row, None, "负责人姓名", line.name, "没有填负责人。", advice)
        checked = phone_cells.read(line.phone)
        if name and (checked.problem or not checked.numbers):
            message = checked.problem or "没有填负责人的联系方式。"
            advice = checked.advice or phone_cells.EXPECTED
            notes.warn(row, None, "负责人联系方式", line.phone, message, advice)
        post = "" if is_nothing(line.post) else squeezed(line.post)[: zone_cells.LONGEST_POST]
        phone, *more = checked.numbers or ("",)
        notes.part.leader = Staff(name[: zone_cells.LONGEST_PERSON], post, phone, tuple(more))
