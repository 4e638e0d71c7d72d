"""The merge queue: pairs side by side, decide, take back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.core.phones import mask
from apps.registry import actions
from apps.registry.choices import Verdict
from apps.registry.models import BusinessEntity, Merge, MergeCandidate

UNITS = ("first__unit", "second__unit", "first__zone", "second__zone")


@requires(Permission.MERGE_ENTITIES)
@require_safe
def candidates(request: StaffRequest) -> HttpResponse:
    """Open pairs, oldest first, and the merges that can still be taken back."""
    found = MergeCandidate.objects.visible_to(request.user).open()
    unit = request.GET.get("unit", "")
    if unit:
        found = found.filter(first__unit__code=unit)
    since = timezone.now() - actions.UNDO_WINDOW
    merges = Merge.objects.visible_to(request.user).standing().filter(at__gte=since)
    context = {
        "page": keyset_page(found.select_related(*UNITS), order=("pk",), request=request),
        "total": found.count(),
        "merges": merges.select_related("kept__unit", "absorbed").order_by("-at", "-pk")[:20],
    }
    return render(request, "registry/candidates.html", context)


def _lines(one: BusinessEntity, other: BusinessEntity) -> list[dict[str, Any]]:
    """The two entities field by field, with what differs marked."""
    lines = []
    for label, values in (
        ("名称", (one.name, other.name)),
        ("单位", (one.unit.name, other.unit.name)),
        ("性质", (one.get_kind_display(), other.get_kind_display())),
        ("负责人", (one.principal, other.principal)),
        ("信用代码", (one.credit_code, other.credit_code)),
        ("片区", tuple(row.zone.name if row.zone else "" for row in (one, other))),
        ("经营地址", (one.address, other.address)),
        ("电话", tuple(_numbers(row) for row in (one, other))),
        ("状态", (one.get_status_display(), other.get_status_display())),
        ("登记时间", (f"{one.created_at:%Y-%m-%d}", f"{other.created_at:%Y-%m-%d}")),
    ):
        lines.append({"label": label, "values": values, "differs": values[0] != values[1]})
    return lines


def _numbers(entity: BusinessEntity) -> str:
    return "、".join(mask(row.phone) for row in entity.contacts.order_by("order", "pk"))


@requires(Permission.MERGE_ENTITIES)
@require_http_methods(["GET", "POST"])
def candidate(request: StaffRequest, pk: int) -> HttpResponse:
    """Side by side; keep the left, keep the right, or say that they are two."""
    rows = MergeCandidate.objects.visible_to(request.user).select_related(*UNITS)
    found = get_object_or_404(rows, pk=pk)
    verdict = request.POST.get("verdict", "")
    if request.method == "POST" and verdict in {"first", "second", "different"}:
        try:
            told = _decide(request, found, verdict)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("registry:candidate", pk=pk)
        messages.success(request, told)
        following = MergeCandidate.objects.visible_to(request.user).open().filter(pk__gt=pk)
        after = following.order_by("pk").first()
        if after is not None:
            return redirect("registry:candidate", pk=after.pk)
        return redirect("registry:candidates")
    merge = Merge.objects.visible_to(request.user).standing()
    merge = merge.filter(
        kept__in=[found.first, found.second], absorbed__in=[found.first, found.second]
    )
    context = {
        "candidate": found,
        "lines": _lines(found.first, found.second),
        "is_open": found.verdict == Verdict.OPEN and found.first.is_live and found.second.is_live,
        "merge": merge.first(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "registry/candidate.html", context, status=status)


def _decide(request: StaffRequest, found: MergeCandidate, verdict: str) -> str:
    now = timezone.now()
    if verdict == "different":
        actions.call_different(candidate=found, by=request.user, now=now)
        return "已记为不是同一家。"
    if found.verdict != Verdict.OPEN:
        raise DomainError("这一对已经核对过，请刷新后再看。")
    kept, absorbed = found.first, found.second
    if verdict == "second":
        kept, absorbed = absorbed, kept
    actions.merge(kept=kept, absorbed=absorbed, by=request.user, now=now)
    return f"已把“{absorbed.name}”并入“{kept.name}”，7 天内可以撤销。"


@requires(Permission.MERGE_ENTITIES)
@require_POST
def merge_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a merge back."""
    rows = Merge.objects.visible_to(request.user).select_related("kept__unit", "absorbed__unit")
    made = get_object_or_404(rows, pk=pk)
    try:
        actions.unmerge(made=made, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("registry:entity", pk=made.kept_id)
    messages.success(request, f"已撤销合并，“{made.absorbed.name}”恢复为单独一家。")
    return redirect("registry:entity", pk=made.absorbed_id)
