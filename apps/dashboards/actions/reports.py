"""Reports: drafted by a timer or by hand, refreshed and written in, made final once."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.dashboards.actions.tallying import close_month, roll_up
from apps.dashboards.choices import ReportKind, ReportState
from apps.dashboards.models import Report
from apps.dashboards.periods import Period, of_kind
from apps.dashboards.queries.material import gather
from apps.dashboards.reports.wording import paragraphs

LONGEST_TEXT = 3000


def period_of(kind: str, day: date) -> Period:
    """Return the week or month of a report."""
    return of_kind("month" if kind == ReportKind.MONTH else "week", day)


def draft(*, kind: str, day: date, by: Actor | None, now: datetime) -> Report:
    """Return the report of the week or month that ``day`` lies in; write it when there is none.

    Raises:
        DomainError: the week or month has not begun.
    """
    period = period_of(kind, day)
    if period.first > local(now).date():
        raise DomainError("这段时间还没有开始，不能起草报告。请选以前的日期。", field="day")
    roll_up(now=now)
    found = Report.objects.filter(kind=kind, first=period.first).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            made = Report.objects.create(
                kind=kind,
                first=period.first,
                last=period.last,
                material=gather(period, now),
                taken_at=now,
            )
            record(action="dashboards.draft_report", by=by, target=made, label=str(made))
    except IntegrityError:  # somebody was quicker
        return Report.objects.get(kind=kind, first=period.first)
    return made


def _locked(report: Report, version: int | None) -> Report:
    found = Report.objects.select_for_update().get(pk=report.pk)
    if found.is_final:
        raise DomainError("报告已经定稿，不能再改。")
    if version is not None and found.version != version:
        raise DomainError("报告刚被别人改过。请打开最新的一版，再改一次。")
    return found


@transaction.atomic
def refresh(*, report: Report, by: Actor, now: datetime) -> Report:
    """Take the numbers of a draft anew; what somebody has written stays.

    Raises:
        DomainError: it is final.
    """
    roll_up(now=now)
    found = _locked(report, None)
    found.material = gather(period_of(found.kind, found.first), now)
    found.taken_at, found.version = now, found.version + 1
    found.save(update_fields=["material", "taken_at", "version"])
    record(action="dashboards.refresh_report", by=by, target=found, label=str(found))
    return found


@transaction.atomic
def write(
    *, report: Report, texts: dict[str, str], version: int, by: Actor, now: datetime
) -> Report:
    """Keep what somebody wrote; a paragraph that equals the made one, or is empty, is not kept.

    Raises:
        DomainError: it is final, somebody else saved, or a paragraph is too long.
    """
    found = _locked(report, version)
    edits = {}
    for one in paragraphs(found.material, {}):
        text = texts.get(one.key, "").replace("\r\n", "\n").strip()
        if len(text) > LONGEST_TEXT:
            raise DomainError(f"每段最多 {LONGEST_TEXT} 字，请缩短。", field=one.key)
        if text and text != one.made:
            edits[one.key] = text
    found.edits, found.version = edits, found.version + 1
    found.save(update_fields=["edits", "version"])
    record(action="dashboards.write_report", by=by, target=found, label=str(found))
    return found


@transaction.atomic
def finalise(*, report: Report, version: int, by: Actor, now: datetime) -> Report:
    """Make a report final: its numbers are taken once more and never again.

    A monthly report closes its month first, so that the pages keep showing the same numbers.

    Raises:
        DomainError: it is final already, its time is not over, or somebody else saved.
    """
    found = _locked(report, version)
    if found.last >= local(now).date():
        raise DomainError("这段时间还没有过完，不能定稿。")
    if found.kind == ReportKind.MONTH:
        close_month(month=found.first, by=by, now=now)
    else:
        roll_up(now=now)
    found.material = gather(period_of(found.kind, found.first), now)
    found.state, found.version = ReportState.FINAL, found.version + 1
    found.taken_at = found.finalised_at = now
    found.finalised_by_id = by.pk
    found.save()
    record(action="dashboards.finalise_report", by=by, target=found, label=str(found))
    return found
