"""From a file to what it says: every sheet, every block, every part, with all that is to be said."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from apps.core.errors import DomainError
from apps.filings.contents import Appendix, Grid, Part, Reading
from apps.filings.opening import child
from apps.filings.opening.child import Opened, Sheet
from apps.filings.reading import columns, layouts, zones
from apps.filings.reading.findings import Notes
from apps.filings.reading.grid import DenseRows, Table
from apps.filings.reading.labels import NAME, UNIT, WORDS, ZONE
from apps.filings.reading.layouts import Block, Scanner
from apps.filings.reading.rows_entities import EntityReader, Seen
from apps.filings.reading.rows_zones import ZoneReader
from apps.filings.reading.text import column_letter, narrow, said
from apps.filings.reading.units import Units, UnitWords, looks_like_unit

HIDDEN = "隐藏的工作表，没有读取。要报的话请取消隐藏后再传。"
EMPTY_SHEET = "空工作表。"
NEITHER = "不像附件 1 或附件 2，没有读取。"
NOTHING_FOUND = (
    "没有找到附件 1 或附件 2 的表：要有“名称、经营主体性质、经营主体负责人、联系方式”"
    "或“划分片区范围、经营主体数量、姓名、职务”这些列{seen}。请下载空白表，按列填好再传。"
)


def read_file(
    raw: bytes | Path,
    name: str,
    *,
    units: Sequence[UnitWords],
    default_unit_code: str = "",
) -> Reading:
    """Read an uploaded file of Appendix 1 or 2: .xlsx, .xls, .csv or .docx, told by its content.

    ``units`` are those that may file; ``default_unit_code`` is the unit to take when neither the
    file nor its name says one. ``name`` is the file's name as uploaded.

    Raises:
        DomainError: one Chinese sentence: why the file is not read and what to do.
    """
    data = raw if isinstance(raw, bytes) else raw.read_bytes()
    return read_opened(
        child.open_file(data), name, units=units, default_unit_code=default_unit_code
    )


def read_opened(
    opened: Opened, name: str, *, units: Sequence[UnitWords], default_unit_code: str = ""
) -> Reading:
    """Read what was opened already; see ``read_file``."""
    reader = _FileReader(opened, name, Units(units), default_unit_code)
    return reader.read()


class _FileReader:
    """Reads the sheets of one file."""

    def __init__(self, opened: Opened, name: str, units: Units, default_unit_code: str) -> None:
        self.opened, self.name, self.units = opened, name, units
        self.default = units.by_code.get(default_unit_code)
        self.reading = Reading(name, opened.format, peak_megabytes=opened.peak_megabytes)
        self.seen: Seen = {}
        self.tables: dict[str, tuple[Table, list[Block]]] = {}

    def read(self) -> Reading:
        """Read the visible sheets; the hidden ones only when the others hold no appendix."""
        reading = self.reading
        reading.remarks = list(self.opened.remarks)
        reading.grids = [
            Grid(sheet.name, DenseRows(sheet.rows), is_hidden=sheet.is_hidden)
            for sheet in self.opened.sheets
        ]
        hidden = [sheet for sheet in self.opened.sheets if sheet.is_hidden and sheet.rows]
        visible = [sheet for sheet in self.opened.sheets if not (sheet.is_hidden and sheet.rows)]
        self._read(visible)
        if reading.parts:
            reading.ignored += [(sheet.name, HIDDEN) for sheet in hidden]
        else:
            self._read(hidden)
            for part in reading.parts:
                part.remarks.append("这个工作表是隐藏的；文件里没有别的附件，所以读取了它。")
        if not reading.parts:
            raise DomainError(NOTHING_FOUND.format(seen=self._seen_instead()))
        if len({part.unit_code for part in reading.parts}) > 1:
            _compare_units(reading.parts)
        return reading

    def _seen_instead(self) -> str:
        for sheet in self.opened.sheets:
            found = layouts.nearest_labels(Table(sheet))
            if found:
                return f"，这个文件里是“{said(found)}”"
        return ""

    def _read(self, sheets: Sequence[Sheet]) -> None:
        for sheet in sheets:
            table = Table(sheet)
            self.tables[sheet.name] = table, Scanner(table, self.units).scan()
        for sheet in sheets:
            self._sheet(sheet)

    def only_unit(self) -> UnitWords | None:
        """Return the one unit that the file's tables say in their 报送单位, if it is one."""
        written = {
            block.meta.unit_written for _, blocks in self.tables.values() for block in blocks
        }
        found = {unit.code: unit for text in written if text and (unit := self.unit_of(text))}
        return next(iter(found.values())) if len(found) == 1 else None

    def unit_of(self, text: str) -> UnitWords | None:
        """Return the unit that a text names, as a whole or somewhere in it."""
        return self.units.named(text) or self.units.inside(text)

    def _sheet(self, sheet: Sheet) -> None:
        if not sheet.rows:
            self.reading.ignored.append((sheet.name, EMPTY_SHEET))
            return
        table, blocks = self.tables[sheet.name]
        if not blocks:
            self.reading.ignored.append((sheet.name, NEITHER))
            return
        parts = _SheetParts(self.reading, sheet.name)
        for block in blocks:
            _BlockReader(self, table, block, parts).read()
        parts.finish()


class _SheetParts:
    """The parts of one sheet by appendix and unit; a further block of both adds to its part."""

    def __init__(self, reading: Reading, sheet: str) -> None:
        self.reading, self.sheet = reading, sheet
        self._parts: dict[tuple[Appendix, str], Part] = {}

    def part(self, appendix: Appendix, unit: UnitWords | None) -> Part:
        """Return the part of an appendix and a unit, made when it is asked for."""
        key = (appendix, unit.code if unit else "")
        if key not in self._parts:
            part = Part(self.sheet, appendix)
            if unit is not None:
                part.unit_code, part.unit = unit.code, unit.name
            self._parts[key] = part
            self.reading.parts.append(part)
        return self._parts[key]

    def finish(self) -> None:
        """Drop a part that only stood for the rows of a table of several units."""
        for part in list(self._parts.values()):
            others = [
                one
                for one in self._parts.values()
                if one.appendix is part.appendix and one is not part
            ]
            if part.unit_code:
                continue
            self.reading.parts = [one for one in self.reading.parts if one is not part]
            if others and not part.rows_read and not part.errors:
                for name in ("skipped", "frame", "remarks", "findings"):
                    getattr(others[0], name).extend(getattr(part, name))
            else:  # after those that are known
                self.reading.parts.append(part)
        for part in self._parts.values():
            part.skipped.sort(key=lambda skipped: skipped.row)
            part.findings.sort(key=lambda finding: (finding.row, finding.column))


class _BlockReader:
    """Reads one block: whose it is, of which day, then its rows."""

    def __init__(self, file: _FileReader, table: Table, block: Block, parts: _SheetParts) -> None:
        self.file, self.table, self.parts = file, table, parts
        header, self.remarks = columns.completed(table, block, file.units)
        self.block = replace(block, header=header)

    def read(self) -> None:
        """Read the block into the part of its unit."""
        header = self.block.header
        unit, how = self._unit()
        part = self.parts.part(header.appendix, unit)
        part.frame += self.block.frame
        self._name_columns(part)
        self._about(part, unit, how)
        if header.appendix is Appendix.ZONES:
            ZoneReader(
                self.table, self.block, self.file.units, part_of=self._part_of, unit=unit
            ).read()
        else:
            EntityReader(
                self.table,
                self.block,
                self.file.units,
                part_of=self._part_of,
                unit=unit,
                default_zone=self._default_zone(),
                seen=self.file.seen,
            ).read()
        self._check(part, unit)

    def _part_of(self, unit: UnitWords | None) -> Part:
        part = self.parts.part(self.block.header.appendix, unit)
        if part.filed_on is None:
            part.filed_on = self.block.meta.filed_on
        self._name_columns(part)
        return part

    def _name_columns(self, part: Part) -> None:
        for name, column in self.block.header.columns.items():
            part.columns.setdefault(name, column_letter(column))

    # ---- whose -------------------------------------------------------------------------------
    def _unit(self) -> tuple[UnitWords | None, str]:
        """Return the unit, and where it was found: the first of these places that names one."""
        meta, header = self.block.meta, self.block.header
        for text, where in (
            (meta.unit_written, "报送单位"),
            (header.unit_text, "表头"),
            (meta.title, "表题"),
        ):
            found = self.file.unit_of(text) if text else None
            if found is not None:
                return found, where
        found = self.file.units.inside(self.table.name, by_stem=True)
        if found is not None:
            return found, "工作表名"
        if UNIT in header.columns:
            return None, ""  # each row names its own
        by_zones = self._units_of_zones()
        if by_zones:
            return (by_zones[0], "片区") if len(by_zones) == 1 else (None, "")
        return self._unit_from_outside()

    def _unit_from_outside(self) -> tuple[UnitWords | None, str]:
        """Return the unit by what is not in the table itself."""
        file, written = self.file, self.block.meta.unit_written
        found = file.units.inside(Path(file.name).stem, by_stem=True)
        if found is not None:
            return found, "文件名"
        if written and looks_like_unit(written):
            return None, ""  # a township, but none of ours
        if (found := file.only_unit()) is not None:
            return found, "同一文件里的另一张表"
        return file.default, "上传时所选的单位" if file.default else ""

    def _units_of_zones(self) -> list[UnitWords]:
        """Return the units that the zones name: 渔阳镇第一片区."""
        column = self.block.header.columns.get(ZONE)
        found: dict[str, UnitWords] = {}
        if column is None:
            return []
        for number in self.block.rows:
            cells = self.table.rows[number]
            cell = cells[column] if column < len(cells) else None
            if isinstance(cell, str) and "片区" in cell:
                unit = zones.read(cell, self.file.units).unit
                if unit is not None:
                    found[unit.code] = unit
        return list(found.values())

    def _about(self, part: Part, unit: UnitWords | None, how: str) -> None:
        """Say whose the part is and of which day, and what is doubtful about it."""
        meta = self.block.meta
        part.unit_written = part.unit_written or meta.unit_written
        part.filed_on = part.filed_on or meta.filed_on
        if self.block.header.second is not None:
            self._refuse_second(Notes(part))
        if self.block.header.rows:
            rows = self.block.header.rows
            place = f"第 {rows[0]} 行" if len(rows) == 1 else f"第 {rows[0]} 至 {rows[-1]} 行"
            part.remarks.append(f"表头在{place}。")
        part.remarks += self.remarks
        notes = Notes(part)
        if meta.date_row and meta.filed_on is None:
            message = (
                "没有填日期。" if not meta.date_written else f"日期“{meta.date_written}”不完整。"
            )
            notes.warn(
                meta.date_row, None, "日期", meta.date_written, message, "请写明年、月、日。"
            )
        if unit is None:
            return
        written = meta.unit_written
        if how != "报送单位":
            part.remarks.append(f"单位按{how}认定为{unit.name}。")
            if written:
                notes.warn(
                    meta.unit_row,
                    None,
                    "报送单位",
                    written,
                    f"认不出报送单位“{said(written)}”，按{how}记为{unit.name}。",
                    "请核对单位，改成规范的名称。",
                )
        self._check_header_unit(notes, unit)

    def _refuse_second(self, notes: Notes) -> None:
        """A list printed in two halves beside each other: the right one is not read, and said."""
        header = self.block.header
        notes.refuse(
            header.rows[-1] if header.rows else 0,
            header.second,
            WORDS[NAME],
            header.texts[header.second or 0],
            "表格左右并排了两栏，右边一栏没有读取。",
            "请把右边一栏的行移到左边一栏的下面，再传。",
        )

    def _check_header_unit(self, notes: Notes, unit: UnitWords) -> None:
        text = self.block.header.unit_text
        other = self.file.units.named(text) if text else None
        if other is not None and other.code != unit.code:
            row = self.block.header.rows[0] if self.block.header.rows else 0
            message = f"表头写的是{other.name}，报送单位是{unit.name}，按报送单位记。"
            notes.warn(row, None, WORDS[UNIT], text, message, "请核对是不是拿错了表。")

    def _default_zone(self) -> str:
        """A sheet without a column of zones may be named after its zone."""
        if ZONE in self.block.header.columns:
            return ""
        return zones.in_title(self.block.meta.title) or zones.in_title(self.table.name)

    # ---- what is left to say -----------------------------------------------------------------
    def _check(self, part: Part, unit: UnitWords | None) -> None:
        notes = Notes(part)
        if unit is None and UNIT not in self.block.header.columns and part.rows_read:
            self._refuse_unit(notes)
        if not any(one.rows_read for one in self._parts_here()) and not part.findings:
            row = self.block.header.rows[-1] if self.block.header.rows else 0
            notes.warn(row, None, "", "", "表头下面没有填数据。", "请填好再传。")

    def _parts_here(self) -> Iterable[Part]:
        return [part for part in self.file.reading.parts if part.sheet == self.table.name]

    def _refuse_unit(self, notes: Notes) -> None:
        """The rows of an unknown unit are not taken (decisions.md 27); said once for the sheet."""
        written = self.block.meta.unit_written
        like = self.file.units.like(written) if written else ""
        message = f"认不出报送单位“{said(written)}”，" if written else "没有写报送单位，"
        advice = (
            f"是不是{like}？请改成规范的名称再传。"
            if like
            else "请在“报送单位：”后填乡镇（街道）名称再传。"
        )
        notes.refuse(
            self.block.meta.unit_row,
            None,
            "报送单位",
            written,
            f"{message}这一份没有采用。",
            advice,
        )


def _compare_units(parts: list[Part]) -> None:
    """Say that a business stands in the lists of two units of the same file."""
    first: dict[str, tuple[Part, int]] = {}
    for part in parts:
        for entity in part.entities:
            key = narrow(entity.name)
            other, row = first.setdefault(key, (part, entity.row))
            if other.unit_code != part.unit_code:
                Notes(part).warn(
                    entity.row,
                    None,
                    "名称",
                    entity.name,
                    f"{other.unit}的表里（第 {row} 行）也有这一户。",
                    "请两个单位商定由谁报。",
                )
