"""From a kept file to drafts: what would happen to each row, then the writing."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from tablib import Dataset

from apps.accounts.models import User
from apps.core import jobs
from apps.core.access import Actor
from apps.core.models import Job
from apps.handbook import actions, sheet
from apps.handbook.models import ImportBatch
from apps.handbook.resources import EntryResource

CHUNK = 100
_LABELS = {name: label for label, name in sheet.COLUMNS.items()}


@dataclass(frozen=True)
class Finding:
    """A row that is not written: where, what stands there, what is wrong and what to do."""

    row: str
    column: str
    value: str
    problem: str


@dataclass(frozen=True)
class Outcome:
    """What a file would do, or did; ``samples`` are (what, number, question) of its first rows."""

    created: int
    updated: int
    unchanged: int
    findings: list[Finding]
    samples: list[tuple[str, str, str]]

    @property
    def to_write(self) -> int:
        """How many rows would be written."""
        return self.created + self.updated


def rows_of(batch: ImportBatch) -> list[dict[str, str]]:
    """Return the kept rows."""
    found: list[dict[str, str]] = json.loads(batch.rows or "[]")
    return found


def _dataset(rows: list[dict[str, str]]) -> Dataset:
    names = [name for name in sheet.COLUMNS.values() if rows and name in rows[0]]
    data = Dataset(headers=[_LABELS[name] for name in names])
    if "number" not in names:
        data.headers = ["编号", *data.headers]
    for row in rows:
        values = [row[name] for name in names]
        data.append(values if "number" in names else ["", *values])
    return data


def run(rows: list[dict[str, str]], *, user: Actor, dry_run: bool) -> Outcome:
    """Check rows (``dry_run``) or write them as drafts; wrong rows are left out and named."""
    result = EntryResource(user=user).import_data(
        _dataset(rows), dry_run=dry_run, raise_errors=False, use_transactions=not dry_run
    )
    findings = [
        finding for one in result.invalid_rows for finding in _invalid(rows[one.number - 1], one)
    ]
    for number, errors in result.row_errors():
        text = str(errors[0].error) or "这一行没有写入，请核对后再试。"
        findings.append(Finding(rows[number - 1]["row"], "", "", text))
    kinds = {"new": "新增", "update": "修改"}
    samples = [
        (kinds[one.import_type], one.instance.number, one.instance.question)
        for one in result.rows
        if one.import_type in kinds and one.instance is not None
    ]
    totals = result.totals
    return Outcome(totals["new"], totals["update"], totals["skip"], findings, samples[:20])


def _invalid(row: dict[str, str], invalid: Any) -> list[Finding]:
    return [
        Finding(row["row"], _LABELS.get(name, ""), row.get(name, "")[:40], str(text))
        for name, texts in invalid.error_dict.items()
        for text in texts
    ]


def write(job: Job) -> None:
    """The job: write the kept rows a hundred at a time; what is written stays when it breaks.

    After a break it goes on behind the parts that were counted, so that no row is written twice.
    """
    batch = ImportBatch.objects.get(pk=job.payload["batch"])
    user = User.objects.get(pk=batch.uploaded_by_id)
    rows = rows_of(batch)
    begin = batch.created_count + batch.updated_count + batch.skipped_count
    try:
        for start in range(begin, len(rows), CHUNK):
            jobs.beat(job, done=start, total=len(rows))
            part = rows[start : start + CHUNK]
            with transaction.atomic():  # rows and their count, or neither
                done = run(part, user=user, dry_run=False)
                actions.count_import(
                    batch=batch,
                    created=done.created,
                    updated=done.updated,
                    skipped=len(part) - done.to_write,
                )
    except Exception:
        actions.finish_import(batch=batch, is_done=False, by=user)
        raise
    actions.finish_import(batch=batch, is_done=True, by=user)
