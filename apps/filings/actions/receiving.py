"""Take in a file, read it, check it, mend cells; until here nothing of the data is written."""

import json
import re
import time
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.actions import record
from apps.core import jobs
from apps.core.access import Actor
from apps.core.collector import paused_collector
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings import intake, kept
from apps.filings.actions._base import (
    MOVED_ON,
    SMALL_BYTES,
    actor_of,
    enqueue,
    forget,
    keep,
    move,
)
from apps.filings.checked import Checked, finding_item
from apps.filings.choices import ChunkKind, FilingState, UploadState
from apps.filings.contents import Level, Reading
from apps.filings.models import RUNNING, Filing, Upload
from apps.filings.queries.checking import check
from apps.filings.queries.kept import corrections_of, raw_of
from apps.notices.actions import notify
from apps.roster.models import Unit

MOST_BYTES = 20 * 1024 * 1024  # decisions.md 25
MOST_TYPED, LONGEST_CELL = 200, 300
READ_JOB = "filings.read"
#: states in which reading the file again replaces what was found before
REPLACEABLE = (FilingState.CHECKED, FilingState.REFUSED)
CELL = re.compile(r"\d{1,7}:[A-Z]{1,3}")


def megabytes(size: int) -> str:
    """Write a size as people say it."""
    return f"{size / 1024 / 1024:.1f} MB".replace(".0 MB", " MB")


def receive(
    *, raw: bytes, name: str, default_unit: Unit | None, by: Actor | None, now: datetime
) -> Upload:
    """Keep an uploaded file; it is read next.

    Raises:
        DomainError: it is empty or larger than 20 MB, or names a unit that is not one's own.
    """
    if not raw:
        raise DomainError("这个文件是空的。请检查后重新上传。", field="file")
    if len(raw) > MOST_BYTES:
        text = f"附件 {megabytes(len(raw))}，超过 20 MB。可按片区分开传。"
        raise DomainError(text, field="file")
    if default_unit is not None and by is not None and not by.scope.covers_unit(default_unit.pk):
        raise DomainError("只能报送本单位的表。请改选本单位。", field="unit")
    path, key = kept.write_file(raw)
    upload = Upload(
        name=name[-200:],
        size=len(raw),
        sha256=kept.digest(raw),
        path=path,
        file_key=key,
        default_unit=default_unit,
        owner_id=by.unit_id if by is not None else None,
        uploaded_by_id=by.pk if by is not None else None,
        uploaded_at=now,
    )
    with transaction.atomic():
        upload.save(force_insert=True)
        record(action="filings.receive", by=by, target=upload, label=upload.name)
    return upload


def start_reading(*, upload: Upload, by: Actor | None, now: datetime) -> None:
    """Read and check the file: a small one at once, a larger one in the background.

    Raises:
        DomainError: it is being read already, or everything in it was decided on.
    """
    with transaction.atomic():
        locked = Upload.objects.select_for_update(of=("self",)).select_related("job")
        fresh = locked.get(pk=upload.pk)
        if fresh.job is not None and fresh.job.status in RUNNING:
            raise DomainError("这份文件正在读取，请稍等。")
        decided = fresh.filings.exclude(state__in=REPLACEABLE).exists()
        if decided and not fresh.filings.filter(state__in=REPLACEABLE).exists():
            raise DomainError(MOVED_ON)
        job = enqueue(READ_JOB, by, now, upload=upload.pk)
        fresh.job, fresh.state, fresh.problem = job, UploadState.WAITING, ""
        fresh.save(update_fields=["job", "state", "problem"])
    if upload.size <= SMALL_BYTES:
        jobs.run_here(job, now=now)
    upload.refresh_from_db()


@paused_collector()
def run_reading(job: Job) -> None:
    """Do the reading job: child process, checks, keeping; may be repeated at any time."""
    upload = Upload.objects.select_related("default_unit").get(pk=job.payload["upload"])
    if upload.job_id != job.pk:
        return
    by, began = actor_of(job), time.monotonic()
    jobs.beat(job, done=0, total=0)
    try:
        reading = intake.read(
            raw_of(upload),
            upload.name,
            default_unit_code=upload.default_unit.code if upload.default_unit else "",
            also_called=_said_to_be_default(upload),
            corrections=corrections_of(upload),
        )
    except DomainError as error:
        Upload.objects.filter(pk=upload.pk).update(
            state=UploadState.FAILED, problem=error.message[:300]
        )
        return
    jobs.beat(job, done=0, total=sum(part.rows_read for part in reading.parts))
    found = check(reading, by)
    keep_reading(
        upload=upload,
        reading=reading,
        found=found,
        seconds=time.monotonic() - began,
        now=timezone.now(),
    )
    if by is not None and upload.size > SMALL_BYTES:
        notify(
            users=[by],
            kind="filings.read",
            title=f"{upload.name} 已读完，请核对",
            key=f"filings:upload:{upload.pk}:{job.pk}",
            url=f"/imp/files/{upload.pk}/",
            now=timezone.now(),
        )


def _said_to_be_default(upload: Upload) -> list[str]:
    """Return the unknown names of units of which somebody said that they mean the chosen one."""
    if not upload.is_unit_chosen:
        return []
    meant = Q(unit__isnull=True) | Q(unit=upload.default_unit)
    named = upload.filings.filter(meant).exclude(unit_written="")
    return list(named.values_list("unit_written", flat=True))


def keep_reading(
    *, upload: Upload, reading: Reading, found: list[Checked], seconds: float, now: datetime
) -> None:
    """Keep what was found, in the place of an earlier finding that nobody decided on."""
    with transaction.atomic():
        for position, checked in enumerate(found):
            _keep_part(upload, position, checked, now)
        Upload.objects.filter(pk=upload.pk).update(
            state=UploadState.READ,
            format=reading.format[:20],
            ignored=[list(pair) for pair in reading.ignored],
            remarks=reading.remarks,
            seconds=round(seconds, 2),
        )
    upload.refresh_from_db()


def _keep_part(upload: Upload, position: int, checked: Checked, now: datetime) -> None:
    filing = Filing.objects.filter(upload=upload, position=position).first()
    if filing is not None and filing.state not in REPLACEABLE:
        return
    filing = filing or Filing(upload=upload, position=position)
    _describe(filing, checked, now)
    filing.save()
    forget(filing)
    if checked.refusal:
        return
    keep(filing, ChunkKind.ROWS, checked.kept_items())
    keep(filing, ChunkKind.CHANGES, ([one.row, one.name, one.fields] for one in checked.changes))
    keep(filing, ChunkKind.GONE, ([one.pk, one.name, one.note] for one in checked.gone))
    keep(filing, ChunkKind.SKIPPED, ([one.row, one.reason] for one in checked.part.skipped))
    findings = checked.all_findings()
    names = checked.names()
    for level in Level:
        rows = (finding_item(one, names.get(one.row, "")) for one in findings if one.level is level)
        keep(filing, ChunkKind.FINDINGS, rows, level=level.value)


def _describe(filing: Filing, checked: Checked, now: datetime) -> None:
    part = checked.part
    is_refused = bool(checked.refusal)
    filing.sheet, filing.appendix = part.sheet[:100], part.appendix.value
    filing.unit = None if is_refused else Unit.objects.get(code=part.unit_code)
    filing.unit_written = part.unit_written[:100]
    filing.filed_on = part.filed_on
    filing.signatory = (part.leader.name if part.leader else "")[:60]
    filing.state = FilingState.REFUSED if is_refused else FilingState.CHECKED
    filing.problem = checked.refusal[:300]
    filing.rows_read = part.rows_read
    filing.good_count = checked.new + checked.changed + checked.same
    filing.new_count, filing.changed_count = checked.new, checked.changed
    filing.same_count, filing.gone_count = checked.same, len(checked.gone)
    filing.error_count = len(checked.rows_with(Level.ERROR))
    filing.warning_count = len(checked.rows_with(Level.WARNING))
    filing.summary = checked.summary()
    known = {str(one.pk) for one in checked.gone}
    filing.decisions = {pk: fate for pk, fate in filing.decisions.items() if pk in known}
    filing.checked_at = now


# ---- mending on the page ---------------------------------------------------------------------
def correct(*, filing: Filing, cells: dict[str, str], by: Actor, now: datetime) -> None:
    """Take over cells typed on the page ({"17:F": text}) and check the file again with them.

    The uploaded file itself stays as it is.

    Raises:
        DomainError: nothing was typed, too much at once, or the filing moved on.
    """
    typed = {place: text.replace("\0", "").strip() for place, text in cells.items()}
    typed = {place: text for place, text in typed.items() if text and CELL.fullmatch(place)}
    if not typed:
        raise DomainError("还没有填改后的内容。请在要改的格子里填写，再点“保存并重新核对”。")
    if len(typed) > MOST_TYPED or any(len(text) > LONGEST_CELL for text in typed.values()):
        raise DomainError(f"一次最多改 {MOST_TYPED} 格，每格最多 {LONGEST_CELL} 字。")
    if filing.state not in REPLACEABLE:
        raise DomainError(MOVED_ON)
    upload = filing.upload
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        corrections = corrections_of(locked)
        corrections.setdefault(filing.sheet, {}).update(typed)
        locked.corrections = json.dumps(corrections, ensure_ascii=False)
        locked.save(update_fields=["corrections"])
        record(
            action="filings.correct",
            by=by,
            target=filing,
            note=f"在页面上改了 {len(typed)} 格",
            batch_size=len(typed),
        )
    start_reading(upload=upload, by=by, now=now)


def choose_unit(*, upload: Upload, unit: Unit, by: Actor, now: datetime) -> None:
    """Say whose file it is, and check it again.

    Raises:
        DomainError: it is not one's own unit, or the filing moved on.
    """
    if not by.scope.covers_unit(unit.pk):
        raise DomainError("只能报送本单位的表。请改选本单位。", field="unit")
    with transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(default_unit=unit, is_unit_chosen=True)
        record(action="filings.choose_unit", by=by, target=upload, note=unit.name)
    upload.refresh_from_db()
    start_reading(upload=upload, by=by, now=now)


def discard(*, filing: Filing, by: Actor, now: datetime) -> None:
    """Give a filing up before it was written; its rows are removed, the entry and file stay.

    Raises:
        DomainError: it was written meanwhile.
    """
    with transaction.atomic():
        move(filing, source=REPLACEABLE, to=FilingState.DISCARDED)
        forget(filing)
        record(action="filings.discard", by=by, target=filing)


def ask_to_apply(*, filing: Filing, by: Actor, now: datetime) -> int:
    """Tell the unit's heads that a checked filing waits for them; return how many were told.

    Raises:
        DomainError: it was decided on meanwhile, or the unit has no account of a head.
    """
    if filing.state != FilingState.CHECKED or filing.unit is None:
        raise DomainError(MOVED_ON)
    heads = list(User.objects.active().with_role(Role.TEAM_LEADER).filter(unit=filing.unit))
    if not heads:
        raise DomainError(f"{filing.unit.name}还没有负责人账号，请联系区营商环境办写入。")
    with transaction.atomic():
        notify(
            users=heads,
            kind="filings.ask",
            title=f"{filing} 已核对，请写入",
            body=f"{by.display_name}核对过 {filing.upload.name}，等您写入。",
            key=f"filings:{filing.pk}:ask:{filing.checked_at:%Y%m%d%H%M%S}",
            url=f"/imp/{filing.pk}/",
            now=now,
        )
        record(action="filings.ask", by=by, target=filing)
    return len(heads)
