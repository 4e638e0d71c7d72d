"""Take the differences out as a table; recorded, because it names people."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

from django.db.models import QuerySet

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.core.exports import ExportColumn, Kind, Stamp, file_name, write_xlsx
from apps.filings import kept
from apps.regulator.choices import Kind as DifferenceKind
from apps.regulator.models import Difference, RegistrationList
from apps.regulator.queries.lists import Filters, lines_for_export, told

MOST_EXPORTED = 10_000  # reliability.md R16
COLUMNS = (
    ExportColumn("名单行号", Kind.NUMBER),
    ExportColumn("差异"),
    ExportColumn("乡镇"),
    ExportColumn("片区"),
    ExportColumn("名称"),
    ExportColumn("统一社会信用代码"),
    ExportColumn("性质"),
    ExportColumn("负责人"),
    ExportColumn("名单里的状态"),
    ExportColumn("注销、吊销日期", Kind.DATE),
    ExportColumn("名单里的地址"),
    ExportColumn("不同之处（库里 → 名单）"),
    ExportColumn("处理结果"),
    ExportColumn("说明"),
)


def _lines(rows: QuerySet[Difference]) -> Iterator[tuple[Any, ...]]:
    for row in lines_for_export(rows).iterator(chunk_size=1000):
        zone = row.entity.zone if row.entity else None
        yield (
            row.row,
            DifferenceKind(row.kind).label,
            row.unit.name if row.unit else "",
            zone.name if zone else "",
            row.name,
            row.credit_code,
            row.kind_label,
            row.principal,
            row.status_label,
            row.ended_on,
            row.address,
            "；".join(f"{label}：{old or '空'} → {new}" for label, old, new in told(row)),
            row.get_outcome_display(),
            row.note,
        )


def export(
    *,
    listing: RegistrationList,
    rows: QuerySet[Difference],
    filters: Filters,
    by: Actor,
    now: datetime,
) -> tuple[bytes, str]:
    """Return the differences as a workbook and its name.

    Raises:
        DomainError: there are none, or more than 10,000.
    """
    count = rows.count()
    if not count:
        raise DomainError("没有可导出的差异。请换一类，或放宽条件。")
    if count > MOST_EXPORTED:
        raise DomainError(f"有 {count:,} 条，一次最多导出 {MOST_EXPORTED:,} 条。请按乡镇分开导出。")
    target = BytesIO()
    stamp = Stamp(by.display_name, by.unit_name, now)
    title = f"登记名单比对{DifferenceKind(filters.kind).label}"
    words = f"{listing.name}（{listing.range_label}）；{filters.words()}"
    write_xlsx(
        target, title="登记名单比对", columns=COLUMNS, rows=_lines(rows), stamp=stamp, filters=words
    )
    raw = target.getvalue()
    name = file_name(
        title, listing.range_label, on=local(now).date(), by=by.display_name, suffix=".xlsx"
    )
    record(
        action="regulator.export",
        by=by,
        target=listing,
        note=f"{words}；{count:,} 行；SHA-256 {kept.digest(raw)}",
        batch_size=count,
    )
    return raw, name
