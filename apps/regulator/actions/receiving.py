"""Take in a registration list, read it in the guarded child process, keep how it differs."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.audit.actions import record
from apps.core import jobs
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings import intake, kept
from apps.filings.actions._base import actor_of, enqueue
from apps.filings.actions.receiving import MOST_BYTES, megabytes
from apps.filings.opening.child import open_file
from apps.filings.reading.units import Units
from apps.notices.actions import notify
from apps.regulator.choices import ActState, Kind, ListState, Outcome
from apps.regulator.models import Difference, ListAct, RegistrationList
from apps.regulator.queries.compare import compare
from apps.regulator.reading import lines_of, read_list
from apps.regulator.rows import Found
from apps.roster.models import Unit

COMPARE_JOB = "regulator.compare"
BATCH = 500
SMALL_BYTES = 256 * 1024  # so much is compared while the person waits
MOST_TOLD = 200  # left-out lines that the page names
BUSY = "这份名单正在比对或处理，请等它结束再试。"
Item = tuple[str, str, str]


def receive(
    *,
    raw: bytes,
    name: str,
    unit: Unit | None,
    is_complete: bool,
    by: Actor,
    now: datetime,
) -> RegistrationList:
    """Keep an uploaded list and compare it: a small one at once, a larger one in the background.

    Raises:
        DomainError: it is empty or larger than 20 MB, or not of one's own unit.
    """
    if not raw:
        raise DomainError("这个文件是空的。请检查后重新上传。", field="file")
    if len(raw) > MOST_BYTES:
        text = f"名单 {megabytes(len(raw))}，超过 20 MB。可按乡镇分开传。"
        raise DomainError(text, field="file")
    if not by.scope.everything and (unit is None or not by.scope.covers_unit(unit.pk)):
        raise DomainError("只能比对本单位的名单。请选本单位。", field="unit")
    path, key = kept.write_file(raw)
    listing = RegistrationList(
        name=name[-200:],
        size=len(raw),
        sha256=kept.digest(raw),
        path=path,
        file_key=key,
        unit=unit,
        is_complete=is_complete,
        uploaded_by_id=by.pk,
        uploaded_at=now,
    )
    with transaction.atomic():
        listing.save(force_insert=True)
        record(action="regulator.receive", by=by, target=listing, note=listing.range_label)
    _start(listing, by, now)
    return listing


def compare_again(*, listing: RegistrationList, by: Actor, now: datetime) -> None:
    """Compare a list with the registry as it is today; what was done about it stays.

    Raises:
        DomainError: it is being compared, or something is being done about it.
    """
    listing.refresh_from_db()
    moving = ListAct.objects.filter(listing=listing, state__in=[ActState.RUNNING, ActState.UNDOING])
    if listing.is_running or moving.exists():
        raise DomainError(BUSY)
    record(action="regulator.compare_again", by=by, target=listing)
    _start(listing, by, now)


def _start(listing: RegistrationList, by: Actor, now: datetime) -> None:
    with transaction.atomic():
        job = enqueue(COMPARE_JOB, by, now, listing=listing.pk)
        listing.job, listing.state, listing.problem = job, ListState.WAITING, ""
        listing.save(update_fields=["job", "state", "problem"])
    if listing.size <= SMALL_BYTES:
        jobs.run_here(job, now=now)
    listing.refresh_from_db()


def run_comparing(job: Job) -> None:
    """Do the job; repeated after a crash it begins anew, nothing was decided meanwhile."""
    rows = RegistrationList.objects.select_related("unit")
    listing = rows.get(pk=job.payload["listing"])
    if listing.job_id != job.pk:
        return
    jobs.beat(job, done=0, total=0)
    try:
        opened = open_file(kept.read_file(listing.path, listing.file_key))
        found = read_list(opened, units=Units(intake.units()))
    except DomainError as error:
        RegistrationList.objects.filter(pk=listing.pk).update(
            state=ListState.FAILED, problem=error.message[:300]
        )
        return
    del opened
    units = {unit.code: unit for unit in Unit.objects.active().with_team()}
    result = compare(
        lines_of(found), units=units, unit=listing.unit, is_complete=listing.is_complete
    )
    _forget_open(listing)
    _keep(listing, result.found, job)
    RegistrationList.objects.filter(pk=listing.pk).update(
        state=ListState.COMPARED,
        compared_at=timezone.now(),
        rows_read=len(found.rows) + len(found.skipped),
        same_count=result.same,
        skipped_count=len(found.skipped),
        skipped=[list(one) for one in found.skipped[:MOST_TOLD]],
        remarks=found.remarks[:20],
    )
    by = actor_of(job)
    if by is not None and listing.size > SMALL_BYTES:
        notify(
            users=[by],
            kind="regulator.compared",
            title=f"{listing.name} 已比对完，请查看",
            key=f"regulator:{listing.pk}:{job.pk}",
            url=f"/reg/{listing.pk}/",
            now=timezone.now(),
        )


def _forget_open(listing: RegistrationList) -> None:
    """Remove the former differences that nobody decided on, 500 a transaction."""
    rows = Difference.objects.filter(listing=listing).exclude(outcome=Outcome.KEPT)
    rows = rows.exclude(outcome=Outcome.DONE)
    while pks := list(rows.values_list("pk", flat=True)[:BATCH]):
        Difference.objects.filter(pk__in=pks).delete()


def _identity(kind: str, entity_id: int | None, code: str, name: str) -> Item:
    return kind, str(entity_id or ""), "" if entity_id else code or name


def _keep(listing: RegistrationList, found: list[Found], job: Job) -> None:
    """Write the differences; what somebody looked into and left as it is does not come back."""
    settled = Difference.objects.filter(listing=listing, outcome=Outcome.KEPT)
    kept_ones = {
        _identity(*values)
        for values in settled.values_list("kind", "entity", "credit_code", "name")
    }
    rows = [
        one
        for one in found
        if _identity(one.kind, one.entity_id, one.credit_code, one.name) not in kept_ones
    ]
    for start in range(0, len(rows), BATCH):
        with transaction.atomic():
            Difference.objects.bulk_create(_rows(listing, rows[start : start + BATCH]))
            jobs.beat(job, done=min(start + BATCH, len(rows)), total=len(rows))


def _rows(listing: RegistrationList, found: list[Found]) -> Iterator[Difference]:
    for one in found:
        line = one.row
        yield Difference(
            listing=listing,
            kind=Kind(one.kind),
            unit_id=one.unit_id,
            entity_id=one.entity_id,
            version=one.version,
            row=line.row if line else None,
            name=one.name,
            credit_code=one.credit_code,
            status=line.status if line else "",
            entity_kind=one.entity_kind,
            principal=one.principal,
            address=line.address if line else "",
            ended_on=line.ended_on if line else None,
            fields={name: list(pair) for name, pair in one.fields.items()},
            note=one.note[:200],
        )
