"""The lists, uploading one, and what it differs in."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.access import requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, attachment, form_page
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.filings.views.common import finished, progress, said
from apps.regulator import actions
from apps.regulator.choices import ACTS, ActState, Kind, ListState, Outcome
from apps.regulator.forms import ListForm, own_units
from apps.regulator.models import Difference, ListAct, RegistrationList
from apps.regulator.queries import lists
from apps.regulator.views.common import listing_or_404

STEPS = ("上传", "比对", "核实处理")
#: how a kind's number is coloured on the page
BOXES: dict[str, str] = {
    Kind.MISSING: "info",
    Kind.EXTRA: "warn",
    Kind.CANCELLED: "bad",
    Kind.GAPS: "good",
    Kind.CHANGED: "",
}


@requires(Permission.COMPARE_REGISTRATION)
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """The lists that the user sees, the newest first."""
    rows = RegistrationList.objects.visible_to(request.user)
    page = keyset_page(
        rows.select_related("unit", "uploaded_by", "job"), order=("-pk",), request=request
    )
    return render(request, "regulator/list.html", {"page": page})


@requires(Permission.COMPARE_REGISTRATION)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """Upload a list; a small one is compared at once."""
    form = ListForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        user=request.user,
    )
    if request.method == "POST" and form.is_valid():
        file: UploadedFile = form.cleaned_data["file"]
        try:
            listing = actions.receive(
                raw=file.read(),
                name=file.name or "",
                unit=form.cleaned_data["unit"],
                is_complete=form.cleaned_data["is_complete"],
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            return redirect("regulator:listing", listing.pk)
    return form_page(request, "regulator/new.html", {"form": form, "steps": STEPS}, form)


@requires(Permission.COMPARE_REGISTRATION)
@require_safe
def listing(request: StaffRequest, pk: int) -> HttpResponse:
    """What a list differs in: numbers, then one kind after the other, by keyset pages."""
    found = listing_or_404(request, pk)
    context: dict[str, Any] = {"listing": found, "steps": STEPS}
    if found.state != ListState.COMPARED:
        context |= progress(found.job, found.uploaded_at)
        return render(request, "regulator/waiting.html", context)
    counts = lists.counts_of(found, request.user)
    default = next((kind for kind in Kind.values if counts[kind].get(Outcome.OPEN)), Kind.MISSING)
    filters = lists.Filters.of(request.GET, default=default)
    rows = Difference.objects.visible_to(request.user).filter(listing=found)
    page = keyset_page(
        lists.filtered(rows, filters).select_related("unit", "entity__zone"),
        order=("pk",),
        request=request,
    )
    everything = request.user.scope.everything
    acts = list(lists.acts_of(found, request.user))
    context |= {
        "boxes": [
            (kind, Kind(kind).label, BOXES[kind], counts[kind].get(Outcome.OPEN, 0))
            for kind in Kind.values
        ],
        "settled": sum(one["ALL"] - one.get(Outcome.OPEN, 0) for one in counts.values()),
        "filters": filters,
        "kind_label": Kind(filters.kind).label,
        "page": page,
        "rows": [(row, lists.told(row)) for row in page.rows],
        "open_count": counts[filters.kind].get(Outcome.OPEN, 0),
        "units": own_units(request.user) if everything else [],
        "by_unit": lists.by_unit(found, request.user) if everything and not found.unit else [],
        "kinds": Kind.choices,
        "outcomes": [*Outcome.choices, ("ALL", "全部")],
        "fields": lists.FIELDS.items() if filters.kind in (Kind.CHANGED, Kind.GAPS) else [],
        "acts_on_kind": [(act.value, act.label) for act in ACTS[filters.kind]],
        "may_settle": request.user.has_perm(Permission.EDIT_ENTITIES),
        "may_compare": RegistrationList.objects.editable_by(request.user).filter(pk=pk).exists(),
        "acts": acts,
        "moving": next((act for act in acts if act.is_running), None),
        "now": timezone.now(),
        "query": request.GET.urlencode(),
    }
    moving = context["moving"]
    if moving:
        context |= progress(moving.job, moving.at)
    return render(request, "regulator/listing.html", context)


@requires(Permission.COMPARE_REGISTRATION)
@require_safe
def listing_progress(request: StaffRequest, pk: int) -> HttpResponseBase:
    """How far comparing, or what is being done, has come; the page loads anew when it has ended."""
    found = listing_or_404(request, pk)
    if found.state == ListState.COMPARED:
        rows = ListAct.objects.visible_to(request.user).filter(listing=found).select_related("job")
        act: ListAct | None = rows.filter(state__in=[ActState.RUNNING, ActState.UNDOING]).first()
        is_running = act is not None and act.is_running
        job, since = (act.job, act.at) if act else (None, None)
    else:
        is_running, job, since = found.is_running, found.job, found.uploaded_at
    context = {"listing": found, **progress(job, since)}
    response = render(request, "regulator/_progress.html", context)
    return response if is_running else finished(response)


@requires(Permission.COMPARE_REGISTRATION)
@require_POST
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Compare the list with the registry as it is now."""
    listing_or_404(request, pk)
    rows = RegistrationList.objects.editable_by(request.user).select_related("job")
    found = rows.filter(pk=pk).first()
    if found is None:
        messages.error(request, "全区的名单由区营商环境办重新比对。")
        return redirect("regulator:listing", pk)
    try:
        actions.compare_again(listing=found, by=request.user, now=timezone.now())
    except DomainError as error:
        said(request, error)
    return redirect("regulator:listing", pk)


@requires(Permission.COMPARE_REGISTRATION)
@require_safe
def export(request: StaffRequest, pk: int) -> HttpResponse:
    """The differences that the page shows, as a table."""
    found = listing_or_404(request, pk)
    filters = lists.Filters.of(request.GET)
    rows = Difference.objects.visible_to(request.user).filter(listing=found)
    try:
        raw, name = actions.export(
            listing=found,
            rows=lists.filtered(rows, filters),
            filters=filters,
            by=request.user,
            now=timezone.now(),
        )
    except DomainError as error:
        said(request, error)
        return redirect(f"{reverse('regulator:listing', args=[pk])}?{request.GET.urlencode()}")
    return attachment(raw, name)
