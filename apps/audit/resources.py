"""The audit log as a CSV file that no spreadsheet program takes for formulas."""

from collections.abc import Iterable, Iterator

from apps.audit.queries import Line
from apps.core import clock, formulas

HEAD = (
    "记录编号",
    "时间",
    "账号",
    "姓名",
    "单位",
    "地址",
    "操作",
    "操作代码",
    "对象种类",
    "对象编号",
    "对象",
    "结果",
    "对象数",
    "改动",
    "说明",
    "请求编号",
)


def _row(line: Line) -> tuple[object, ...]:
    entry = line.entry
    changes = "；".join(
        f"{name}：{before or '（空）'} → {after or '（空）'}"
        for name, before, after in line.changes
    )
    return (
        entry.pk,
        f"{clock.local(entry.at):%Y-%m-%d %H:%M:%S}",
        entry.actor,
        entry.actor_name or "系统",
        entry.actor_unit,
        entry.ip,
        line.action_label,
        entry.action,
        line.target_label,
        entry.target_id,
        entry.target_label,
        entry.get_outcome_display(),
        entry.batch_size,
        changes,
        entry.note,
        entry.request_id,
    )


def csv_lines(lines: Iterable[Line]) -> Iterator[str]:
    """Yield the file line by line."""
    return formulas.csv_lines(HEAD, (_row(line) for line in lines))
