"""Hand out kept files; each time is recorded, because they hold phones."""

from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from apps.audit.actions import record
from apps.core.access import Actor
from apps.filings import intake, kept
from apps.filings.checked import finding_of
from apps.filings.choices import ChunkKind
from apps.filings.contents import Level
from apps.filings.models import ExportedFile, Filing
from apps.filings.queries.kept import items, raw_of


def fetch_original(*, filing: Filing, by: Actor) -> bytes:
    """Return the file as it was uploaded.

    Raises:
        DomainError: it is gone or damaged.
    """
    raw = raw_of(filing.upload)
    record(action="filings.export_original", by=by, target=filing)
    return raw


def fetch_marked(*, filing: Filing, visible: QuerySet[Filing], by: Actor) -> bytes:
    """Return the very workbook that was uploaded, the wrong cells of the visible sheets marked.

    Raises:
        DomainError: the file is gone, or cannot be marked.
    """
    findings = [
        finding_of(item)
        for one in visible.order_by("position")
        for level in Level
        for item in items(one, ChunkKind.FINDINGS, level.value)
    ]
    target = BytesIO()
    intake.mark(raw_of(filing.upload), findings, target)
    record(action="filings.export_marked", by=by, target=filing)
    return target.getvalue()


def fetch_export(*, made: ExportedFile, by: Actor) -> bytes:
    """Return a large export.

    Raises:
        DomainError: it was removed after seven days.
    """
    raw = kept.read_file(made.path, made.file_key, Path(settings.EXPORTS_DIR))
    record(action="filings.export_fetched", by=by, target=made)
    return raw
