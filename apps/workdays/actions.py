"""The only writer of the calendar: every change is recorded, versioned, and told to its followers."""

import json
import uuid
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.audit.actions import record
from apps.audit.changes import difference, snapshot, stored
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.workdays import hooks, queries
from apps.workdays.calendar import Calendar, Day, changed_days
from apps.workdays.choices import DayKind, Source, YearStatus
from apps.workdays.hours import WorkHours
from apps.workdays.ledger import Entry, Ledger
from apps.workdays.models import NOT_MIDNIGHT, CalendarVersion, CalendarYear, DayException, TimeRule
from apps.workdays.notice import Notice
from apps.workdays.statutory import statutory_days

MAX_NAME = 40


def _lock_version(expected: int | None = None) -> CalendarVersion:
    """Take the one row that makes changes wait for each other; refuse an outdated preview."""
    CalendarVersion.objects.get_or_create(pk=1)
    version = CalendarVersion.objects.select_for_update().get(pk=1)
    if expected is not None and version.number != expected:
        raise DomainError("日历刚被别人改过。请重新核对后再保存，您填的内容已保留。")
    return version


def _text(day: Day) -> str:
    return f"{day.kind.label}（{day.name}）" if day.name else day.kind.label


def _write_days(before: Ledger, after: Ledger) -> None:
    """Bring the rows from one ledger to the other."""
    gone = [day for day in before.days if day not in after.days]
    DayException.objects.filter(date__in=gone).delete()
    years = dict(CalendarYear.objects.values_list("year", "pk"))
    rows = [
        DayException(
            date=entry.date,
            kind=entry.kind,
            name=entry.name,
            notice_id=years[entry.notice] if entry.notice is not None else None,
        )
        for day, entry in after.days.items()
        if before.days.get(day) != entry
    ]
    DayException.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["kind", "name", "notice"],
    )


def _save(
    before: Ledger, after: Ledger, version: CalendarVersion, *, by: Actor | None, now: datetime
) -> tuple[Calendar, dict[str, list[str]]]:
    """Write the days, bump the version, tell the followers; return the calendar and the changes."""
    _write_days(before, after)
    version.number += 1
    version.stamp = uuid.uuid4()
    version.changed_at = now
    version.save()
    old = before.calendar(statutory_days)
    new = Ledger(after.days, after.years, version.number).calendar(statutory_days)
    hooks.tell_changed(old, new, by, now)
    pairs = changed_days(old, new)
    return new, {one.date.isoformat(): [_text(one), _text(two)] for one, two in pairs}


@transaction.atomic
def import_year(
    *,
    notice: Notice,
    source: Source,
    by: Actor | None,
    now: datetime,
    expected_version: int | None = None,
) -> CalendarYear:
    """Put a year's notice in force: its days replace the year's earlier notice and single edits.

    The year becomes published. ``expected_version`` is the version that the preview showed.
    Raises DomainError when the calendar has changed since or nothing would change.
    """
    version = _lock_version(expected_version)
    row = CalendarYear.objects.filter(year=notice.year).first()
    facts = snapshot(row)
    row = row or CalendarYear(year=notice.year)
    row.status = YearStatus.PUBLISHED
    row.source = source
    row.paper_number = notice.paper_number or row.paper_number
    row.paper_urls = "\n".join(notice.papers) or row.paper_urls
    row.published_on = notice.published_on or row.published_on
    row.changed_at = now
    before = queries.load_ledger(version=version.number)
    row.save()
    after = before.with_notice(notice.year, notice.days)
    _, days = _save(before, after, version, by=by, now=now)
    changes: dict[str, Any] = {**difference(facts, snapshot(row)), **days}
    record(
        action="workdays.year.import",
        by=by,
        target=row,
        label=f"{notice.year}年工作日历",
        changes=changes,
        note=f"{Source(source).label}，共 {len(notice.days)} 天",
    )
    return row


@transaction.atomic
def set_day(
    *,
    day: date,
    kind: DayKind | None,
    name: str,
    by: Actor | None,
    now: datetime,
    expected_version: int | None = None,
) -> Calendar:
    """Make one day a day off or of work, or give it back to the rule (kind None).

    Raises DomainError for a day without a name, outside the calendar, or that stays as it is.
    """
    name = name.strip()
    if kind is not None and not 0 < len(name) <= MAX_NAME:
        raise DomainError(f"请填写原因，如“国庆节”，不超过 {MAX_NAME} 个字。", field="name")
    version = _lock_version(expected_version)
    before = queries.load_ledger(version=version.number)
    before.calendar(statutory_days).describe(day)  # refuses a day outside the table
    after = before.with_day(day, kind, name if kind else "")
    if after.days == before.days:
        raise DomainError("这一天没有变化，不用保存。")
    calendar, changes = _save(before, after, version, by=by, now=now)
    record(
        action="workdays.day.set",
        by=by,
        target=DayException.objects.filter(date=day).first(),
        label=f"{day.isoformat()} 工作日历",
        changes=changes,
    )
    return calendar


# ---- shipped years ----------------------------------------------------------------------
def fixture_files() -> list[Path]:
    """Return the shipped years' files in order."""
    return sorted((Path(settings.BASE_DIR) / "fixtures").glob("holidays_[0-9]*.json"))


def read_fixture(path: Path) -> Notice:
    """Read a shipped year."""
    data = json.loads(path.read_text(encoding="utf-8"))
    days = tuple(
        Entry(date.fromisoformat(one["date"]), DayKind(one["kind"]).value, one["name"])
        for one in data["days"]
    )
    return Notice(
        year=data["year"],
        days=days,
        paper_number=data["paper_number"],
        published_on=date.fromisoformat(data["published_on"]),
        papers=tuple(data["papers"]),
    )


@transaction.atomic
def load_fixtures(*, by: Actor | None, now: datetime, paths: Iterable[Path] | None = None) -> int:
    """Load the shipped years that are not published yet; return how many days were added.

    Running it again changes nothing, and nothing that people entered is overwritten.
    """
    files = fixture_files() if paths is None else list(paths)
    version = _lock_version()
    before = queries.load_ledger(version=version.number)
    after, added = before, []
    for notice in map(read_fixture, files):
        if not before.years.get(notice.year):
            after = after.with_missing(notice.year, notice.days)
            added.append(notice)
    if not added:
        return 0
    for notice in added:
        CalendarYear.objects.update_or_create(
            year=notice.year,
            defaults={
                "status": YearStatus.PUBLISHED,
                "source": Source.FIXTURE,
                "paper_number": notice.paper_number,
                "paper_urls": "\n".join(notice.papers),
                "published_on": notice.published_on,
                "changed_at": now,
            },
        )
    _save(before, after, version, by=by, now=now)
    count = len(after.days) - len(before.days)
    years = "、".join(str(notice.year) for notice in added)
    record(action="workdays.load", by=by, label="工作日历", note=f"{years}年，{count} 天")
    return count


# ---- hours ------------------------------------------------------------------------------
@transaction.atomic
def set_time_rule(
    *,
    valid_from: date,
    cutoff: time | None,
    hours: WorkHours,
    by: Actor | None,
    today: date,
) -> TimeRule:
    """Set until which hour terms run and the working hours from a day on, never in the past.

    ``cutoff`` None means 24:00. Terms that are already stored keep the hour they were given.
    """
    if valid_from < today:
        raise DomainError("生效日期不能早于今天。已定的期限不往回改。", field="valid_from")
    if cutoff == time.min:
        raise DomainError(NOT_MIDNIGHT, field="cutoff")
    if len(hours.periods) != 2:
        raise DomainError("工作时间须有上午和下午两段。")
    (morning_start, morning_end), (afternoon_start, afternoon_end) = hours.periods
    row = TimeRule.objects.filter(valid_from=valid_from).first() or TimeRule(valid_from=valid_from)
    before = stored(row)
    row.cutoff = cutoff
    row.morning_start, row.morning_end = morning_start, morning_end
    row.afternoon_start, row.afternoon_end = afternoon_start, afternoon_end
    row.save()
    record(action="workdays.time.set", by=by, target=row, changes=difference(before, snapshot(row)))
    return row
