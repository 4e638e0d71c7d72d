"""What the pages of the filings share."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.http import StaffRequest
from apps.core.models import Job
from apps.filings.choices import FilingState
from apps.filings.models import Filing

STEPS = ("选表", "上传", "核对", "写入", "完成")
RECENT = 6


def filings(user: Actor) -> QuerySet[Filing]:
    """Return the filings that a person sees, with everything the pages name."""
    rows = Filing.objects.visible_to(user)
    return rows.select_related("unit", "upload__uploaded_by", "upload__owner", "job", "applied_by")


def filing_or_404(request: StaffRequest, pk: int) -> Filing:
    """Return a filing that the user sees."""
    return get_object_or_404(filings(request.user), pk=pk)


def step_of(filing: Filing) -> int:
    """Return the step of the five that a filing has come to."""
    steps = {
        FilingState.CHECKED: 3,
        FilingState.REFUSED: 3,
        FilingState.APPLYING: 4,
        FilingState.APPLIED: 6,
        FilingState.UNDOING: 6,
        FilingState.UNDONE: 6,
        FilingState.DISCARDED: 3,
    }
    return steps[FilingState(filing.state)]


def said(request: StaffRequest, error: DomainError) -> None:
    """Show a refusal on the page that comes next."""
    messages.error(request, error.message)


def seconds_left(job: Job | None, started_at: datetime | None) -> int | None:
    """Return about how long a job still takes; None while that cannot be said."""
    if job is None or started_at is None or not job.done_count or not job.total_count:
        return None
    spent = (timezone.now() - started_at).total_seconds()
    return max(round(spent / job.done_count * (job.total_count - job.done_count)), 1)


def progress(job: Job | None, started_at: datetime | None) -> dict[str, Any]:
    """Return what the progress bar shows."""
    done, total = (job.done_count, job.total_count) if job else (0, 0)
    return {
        "done": done,
        "total": total,
        "percent": done * 100 // total if total else None,
        "left": seconds_left(job, started_at),
    }


def finished(response: HttpResponseBase) -> HttpResponseBase:
    """Tell htmx to stop asking and to load the page anew."""
    response.status_code = 286
    response["HX-Refresh"] = "true"
    return response
