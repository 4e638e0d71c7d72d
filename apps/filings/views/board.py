"""报送看板 and reminders."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.errors import DomainError
from apps.core.http import StaffRequest
from apps.core.permissions import Permission
from apps.filings import actions
from apps.filings.choices import AppendixCode
from apps.filings.queries.board import board as board_rows
from apps.filings.queries.exporting import units_for
from apps.filings.views.common import said


@requires(Permission.FILE_APPENDIX)
@require_safe
def board(request: StaffRequest) -> HttpResponse:
    """28 units × 2 forms (a township sees its own line)."""
    rows = board_rows(units_for(request.user), today=today())
    only = request.GET.get("only", "")
    shown = [row for row in rows if row.missing] if only == "missing" else rows
    context = {
        "rows": shown,
        "only": only,
        "appendices": AppendixCode.choices,
        "filed": {
            code: sum(row.cells[code].last is not None for row in rows)
            for code in AppendixCode.values
        },
        "total": len(rows),
        "missing": sum(row.missing for row in rows),
        "differing": sum(bool(row.difference) for row in rows),
        "may_remind": request.user.has_perm(Permission.REMIND_FILING),
    }
    return render(request, "filings/board.html", context)


@requires(Permission.REMIND_FILING)
@require_POST
def remind(request: StaffRequest, code: str, appendix: str) -> HttpResponse:
    """Remind a unit's heads of a form, once a day."""
    unit = get_object_or_404(units_for(request.user), code=code)
    try:
        told = actions.remind(unit=unit, appendix=appendix, by=request.user, now=timezone.now())
    except DomainError as error:
        said(request, error)
    else:
        label = AppendixCode(appendix).label
        messages.success(request, f"已催报{unit.name}的{label}，告知 {told} 人。")
    return redirect("filings:board")
