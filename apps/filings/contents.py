"""What a filing says, as plain data: the one shape between reader, checks, preview and writer.

Appendix 1 (乡镇（街道）、开发区管委会为企服务片区划分表) and Appendix 2 (…经营主体统计表) of the plan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Appendix(StrEnum):
    """Which of the two official forms a sheet holds."""

    ZONES = "1"
    ENTITIES = "2"


class Level(StrEnum):
    """How bad a finding is: an error keeps the row out, a warning leaves a cell empty or asks."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """A wrong or doubtful cell: where it is in Excel's own counting, what is wrong, how to mend it.

    ``row`` is 1-based as Excel shows it, 0 when it concerns the whole sheet; ``column`` is the
    letter ("F") or ""; ``field`` names the column in words (联系方式); ``value`` is what was written.
    """

    level: Level
    sheet: str
    row: int
    column: str
    field: str
    value: str
    message: str
    advice: str = ""


@dataclass(frozen=True)
class Skipped:
    """A row that was left out on purpose, and why (示例、小计、重复表头、空行、只有序号)."""

    row: int
    reason: str


@dataclass(frozen=True)
class Staff:
    """An officer or leader as written in Appendix 1; ``phone`` is normalised, empty when unusable."""

    name: str
    post: str = ""
    phone: str = ""
    #: further numbers of the same cell, normalised
    more_phones: tuple[str, ...] = ()


@dataclass(frozen=True)
class ZoneRow:
    """A zone of Appendix 1 with its officers; ``row`` is the zone's first row in Excel."""

    row: int
    zone: str
    boundary: str
    count: int | None
    staff: tuple[Staff, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityRow:
    """A business entity of Appendix 2; mendable cells that could not be read are empty.

    ``kind`` is ENTERPRISE, INDIVIDUAL, COOPERATIVE or "". ``zone`` is as normalised for its
    township (第一片区). ``extra`` keeps columns beside the official ones (address, credit_code).
    """

    row: int
    zone: str
    name: str
    kind: str = ""
    person: str = ""
    phones: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)


@dataclass
class Part:
    """One sheet (or table of a Word file): one appendix of one unit."""

    sheet: str
    appendix: Appendix
    unit_written: str = ""
    #: the unit's code of ``fixtures/units.json``; empty when it was not recognised
    unit_code: str = ""
    unit: str = ""
    filed_on: date | None = None
    leader: Staff | None = None
    zones: list[ZoneRow] = field(default_factory=list)
    entities: list[EntityRow] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows_read: int = 0
    #: the letter of each column that was found: zone, name, kind, person, phone …
    columns: dict[str, str] = field(default_factory=dict)
    #: rows of the form itself and what they are: 表题, 报送单位和日期, 表头, 负责人, 填表说明
    frame: list[tuple[int, str]] = field(default_factory=list)
    #: what the reader did on its own and says so: 表头在第 4 行, 片区按合并单元格补齐 …
    remarks: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """Findings that keep their row out."""
        return [finding for finding in self.findings if finding.level is Level.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        """Findings that leave a cell empty or ask for a look."""
        return [finding for finding in self.findings if finding.level is Level.WARNING]


@dataclass(frozen=True)
class Grid:
    """A sheet (or a Word file) as values: what is written anew."""

    name: str
    rows: Iterable[Sequence[object]]
    is_hidden: bool = False


@dataclass
class Reading:
    """Everything that was read from one file; ``format`` is decided by content."""

    name: str
    format: str
    parts: list[Part] = field(default_factory=list)
    #: sheets that are neither appendix, with the reason in Chinese
    ignored: list[tuple[str, str]] = field(default_factory=list)
    #: about the whole file: links that were not followed, embedded files
    remarks: list[str] = field(default_factory=list)
    #: all sheets as they are, for the annotated copy
    grids: list[Grid] = field(default_factory=list, repr=False, compare=False)
    #: the greatest memory of the child process that opened the file
    peak_megabytes: float = field(default=0.0, compare=False)
