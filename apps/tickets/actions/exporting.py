"""Lists as files: at once when short, else by the long worker; kept encrypted for seven days."""

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core import clock, jobs
from apps.core.choices import JobStatus
from apps.core.crypto import keyring
from apps.core.errors import DomainError
from apps.core.exports import Stamp, csv_lines, file_name, write_xlsx
from apps.core.models import Job
from apps.core.permissions import Permission
from apps.tickets.models import Ticket
from apps.tickets.queries import ledger, lists, reference
from apps.workdays.queries import current_calendar

KIND = "tickets.export"
TITLE = "工单台账"
AT_ONCE = 5_000
KEPT = timedelta(days=7)
BEAT_EVERY = 1_000
FORMATS = {"xlsx": "Excel 工作簿（.xlsx）", "csv": "文本表格（.csv）"}
PURPOSE = "export"


@dataclass(frozen=True)
class Wanted:
    """What to export: the list's address, the columns shown, ticked rows (none: all), the format."""

    query: str = ""
    columns: tuple[str, ...] = ()
    pks: tuple[int, ...] = ()
    suffix: str = "xlsx"

    @property
    def filters(self) -> lists.Filters:
        """The filters of the address."""
        return lists.Filters.of(QueryDict(self.query))

    @property
    def fields(self) -> list[ledger.Field]:
        """The columns of the file."""
        return ledger.fields_for(self.columns)


def rows_of(wanted: Wanted, user: Any, now: datetime) -> QuerySet[Ticket]:
    """Return the tickets to export in the list's order: the same set as the list's."""
    found = lists.wanted(wanted.filters, user, now)
    if wanted.pks:
        found = found.filter(pk__in=wanted.pks)
    return found.order_by(*wanted.filters.chosen_sort.order)


def name_of(wanted: Wanted, user: Any, now: datetime) -> str:
    """Return the file's name: 工单台账_超期_20260318_赵敏.xlsx."""
    names = reference.names_of_filters()["light"]
    lights = "".join(names.get(one, "") for one in wanted.filters.light)
    day = clock.local(now).date()
    return file_name(TITLE, lights, on=day, by=user.display_name, suffix=f".{wanted.suffix}")


def _may(user: Any) -> None:
    if not user.has_perm(Permission.EXPORT_TICKETS):
        raise DomainError("您的岗位不能导出工单。请联系单位负责人。")


def contents(wanted: Wanted, user: Any, now: datetime, job: Job | None = None) -> tuple[bytes, int]:
    """Return a file and its number of rows.

    Raises:
        DomainError: the account may not export (any more), or no columns are left.
    """
    _may(user)
    chosen = wanted.fields
    if not chosen:
        raise DomainError("没有要导出的列。请在“列设置”里至少选一列。")
    tickets = rows_of(wanted, user, now)
    total = tickets.count() if job else 0
    counter = _Counter(job, total)
    lines = counter.watch(ledger.lines(tickets, chosen, user, current_calendar(), now))
    columns = ledger.export_columns(chosen)
    if wanted.suffix == "csv":
        return "".join(csv_lines(columns, lines)).encode(), counter.count
    target = io.BytesIO()
    said = lists.described(wanted.filters, reference.names_of_filters())
    if wanted.pks:
        said = "；".join(filter(None, [said, f"勾选的 {len(wanted.pks)} 件"]))
    stamp = Stamp(user.display_name, user.unit_name, now)
    write_xlsx(target, title=TITLE, columns=columns, rows=lines, stamp=stamp, filters=said)
    return target.getvalue(), counter.count


class _Counter:
    """Counts lines on their way, and lets a job say how far it is."""

    def __init__(self, job: Job | None, total: int) -> None:
        self.job, self.total, self.count = job, total, 0

    def watch(self, lines: Any) -> Any:
        for line in lines:
            self.count += 1
            if self.job is not None and self.count % BEAT_EVERY == 0:
                jobs.beat(self.job, done=self.count, total=self.total)
            yield line


def note_export(wanted: Wanted, user: Any, rows: int) -> None:
    """Write into the log who took which list out."""
    said = lists.described(wanted.filters, reference.names_of_filters())
    record(action="tickets.export", by=user, label=f"导出 {rows:,} 件工单", note=said[:200])


# ---- in the background ----------------------------------------------------------------------
def enqueue(wanted: Wanted, *, by: User, now: datetime) -> Job:
    """Put a long export into the queue; the person finds it at /exports/."""
    _may(by)
    payload = {"user": by.pk, **asdict(wanted)}
    # the conditions may name a person or an enterprise
    payload["query"] = keyring().encrypt(wanted.query, purpose=PURPOSE)
    return jobs.enqueue(kind=KIND, payload=payload, by=by, now=now)


def path_of(job: Job) -> Path:
    """Return where a job's file is kept."""
    return Path(settings.EXPORTS_DIR) / f"{job.pk}.sealed"


def run(job: Job) -> None:
    """Write the file of a queued export; beginning again after a crash replaces it."""
    data = dict(job.payload)
    user = User.objects.active().filter(pk=data.pop("user")).first()
    if user is None:
        raise DomainError("提出导出的账号已停用，没有导出。")
    data["query"] = keyring().decrypt(data["query"], purpose=PURPOSE)
    wanted = Wanted(**{key: _tuple(value) for key, value in data.items()})
    raw, count = contents(wanted, user, job.asked_at, job)
    path = path_of(job)
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(keyring().seal(raw, purpose=PURPOSE))
    draft.replace(path)
    note_export(wanted, user, count)
    result = {"rows": count, "name": name_of(wanted, user, job.asked_at), "size": len(raw)}
    Job.objects.filter(pk=job.pk).update(result=result, done_count=count, total_count=count)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def read(job: Job) -> bytes:
    """Return a finished export's bytes.

    Raises:
        DomainError: it is not finished, has expired, or cannot be decrypted.
    """
    path = path_of(job)
    if job.status != JobStatus.DONE or not path.exists():
        raise DomainError("这份导出已过期或还没有做好。请重新导出。")
    return keyring().unseal(path.read_bytes(), purpose=PURPOSE)


def of(user: User, now: datetime) -> QuerySet[Job]:
    """Return a person's exports of the last seven days, the newest first."""
    rows = Job.objects.filter(kind=KIND, asked_by=user.username, asked_at__gte=now - KEPT)
    return rows.order_by("-pk")


def prune(now: datetime) -> int:
    """Delete the files of exports older than seven days; return how many."""
    folder = Path(settings.EXPORTS_DIR)
    if not folder.exists():
        return 0
    old = Job.objects.filter(kind=KIND, asked_at__lt=now - KEPT).values_list("pk", flat=True)
    names = {f"{pk}.sealed" for pk in old}
    gone: Sequence[Path] = [path for path in folder.iterdir() if path.name in names]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
