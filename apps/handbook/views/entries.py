"""Reading the handbook: the list with its tree, an entry, its print, its versions."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.core.access import requires
from apps.core.clock import today
from apps.core.http import StaffRequest
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.handbook import uses
from apps.handbook.models import EXAMPLE_LINE, Entry, EntryContent
from apps.handbook.queries import lists
from apps.roster.models import Category, Unit
from apps.roster.queries import history_of, look_up_contacts


def _tabs(request: StaffRequest, filters: lists.Filters) -> list[dict[str, object]]:
    """The stages of drafts, for those who work on them."""
    user = request.user
    if not Entry.objects.workable_by(user).exists():
        return []
    here = reverse("handbook:list")
    waiting = {"check"} if user.has_perm(Permission.CHECK_HANDBOOK) else set()
    waiting |= {"publish"} if user.has_perm(Permission.PUBLISH_HANDBOOK) else set()
    return [
        {
            "label": label,
            "url": f"{here}?{urlencode({'show': show})}" if show else here,
            "is_current": filters.show == show,
            "count": count,
            "hot": show in waiting and count > 0,
        }
        for show, label, count in lists.tabs(Entry.objects.visible_to(user), user, today())
    ]


@requires(Permission.VIEW_HANDBOOK)
@require_safe
def entries(request: StaffRequest) -> HttpResponse:
    """The tree of categories with counts, and the entries: search, filter, tabs of drafts."""
    user = request.user
    filters = lists.Filters.of(request.GET)
    rows = Entry.objects.visible_to(user)
    if filters.show:
        rows = rows.workable_by(user)
    found = lists.filtered(rows, filters, today())
    related = ("category", "unit", "current__unit", "current__category")
    context = {
        "page": keyset_page(found.select_related(*related), order=lists.ORDER, request=request),
        "total": found.count(),
        "filters": filters,
        "tree": lists.tree(filters.category),
        "category": Category.objects.filter(code=filters.category).first()
        if filters.category
        else None,
        "units": Unit.objects.active().with_experts().order_by("order", "pk"),
        "tabs": _tabs(request, filters),
        "today": today(),
        "may_edit": user.has_perm(Permission.EDIT_HANDBOOK),
        "may_suggest": user.has_perm(Permission.SUGGEST_HANDBOOK),
    }
    return render(request, "handbook/list.html", context)


def found_entry(request: StaffRequest, number: str) -> Entry:
    """Return an entry that the user may see, or answer 404."""
    rows = Entry.objects.visible_to(request.user)
    related = ("category__parent", "unit", "current__unit", "current__category__parent")
    return get_object_or_404(rows.select_related(*related), number=number)


def _content(request: StaffRequest, entry: Entry) -> tuple[EntryContent, bool]:
    """Return what to show, and whether it is the working copy."""
    may_work = Entry.objects.workable_by(request.user).filter(pk=entry.pk).exists()
    is_draft = entry.current is None or (
        may_work and entry.has_draft and request.GET.get("view") == "draft"
    )
    return (entry if is_draft else entry.shown), is_draft


@requires(Permission.VIEW_HANDBOOK)
@require_safe
def entry(request: StaffRequest, number: str) -> HttpResponse:
    """One entry: the answer, whom to ask, its versions, and what may be done with it."""
    user = request.user
    found = found_entry(request, number)
    shown, is_draft = _content(request, found)
    experts = lists.experts_for(shown.unit, shown.category)
    look_up_contacts([row.person for row in experts], today())
    own = Entry.objects.filter(pk=found.pk)
    may = {
        "edit": own.editable_by(user).exists(),
        "check": own.checkable_by(user).exists(),
        "publish": own.publishable_by(user).exists(),
    }
    context = {
        "entry": found,
        "shown": shown,
        "is_draft": is_draft,
        "experts": experts,
        "versions": list(found.versions.order_by("-number")[:20]),
        "needs_review": found.needs_review(today()),
        "today": today(),
        "may": may,
        "may_work": any(may.values()),
        "uses": uses.uses_of(user, found.current) if not is_draft else [],
        "history": history_of(found) if any(may.values()) else [],
        "open_remarks": list(
            found.remarks.answerable_by(user).open().select_related("sender").order_by("pk")
        ),
        "example_line": EXAMPLE_LINE,
    }
    return render(request, "handbook/entry.html", context)


@requires(Permission.VIEW_HANDBOOK)
@require_safe
def print_page(request: StaffRequest, number: str) -> HttpResponse:
    """An entry on a sheet of A4, to be handed out: no names, no personal numbers."""
    found = found_entry(request, number)
    shown, is_draft = _content(request, found)
    context = {
        "entry": found,
        "shown": shown,
        "is_draft": is_draft,
        "now": timezone.now(),
        "example_line": EXAMPLE_LINE,
    }
    return render(request, "handbook/print.html", context)


@requires(Permission.VIEW_HANDBOOK)
@require_safe
def compare(request: StaffRequest, number: str) -> HttpResponse:
    """Two versions side by side: ``?a=1&b=2``; ``b=draft`` is the working copy.

    Without numbers: the last two, or the last and the draft.
    """
    found = found_entry(request, number)
    may_work = Entry.objects.workable_by(request.user).filter(pk=found.pk).exists()
    versions = {str(row.number): row for row in found.versions.order_by("number")}
    sides: dict[str, EntryContent] = dict(versions)
    if may_work and found.has_draft:
        sides["draft"] = found
    keys = list(sides)
    if not keys:
        raise Http404
    after = request.GET.get("b") or keys[-1]
    before = request.GET.get("a") or keys[max(0, keys.index(after) - 1) if after in keys else 0]
    if before not in sides or after not in sides:
        raise Http404
    context = {
        "entry": found,
        "choices": [(key, "草稿" if key == "draft" else f"第 {key} 版") for key in keys],
        "a": before,
        "b": after,
        "differences": lists.differences(sides[before], sides[after]),
    }
    return render(request, "handbook/compare.html", context)
