"""工单: the page of one ticket, who else is there, the printed sheet, the log."""

from typing import cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.models import Phrase, User
from apps.core.access import requires
from apps.core.http import StaffRequest, wants_fragment
from apps.core.permissions import Permission
from apps.roster.queries import history_of
from apps.tickets import quotes
from apps.tickets.forms import action_form
from apps.tickets.models import Ticket
from apps.tickets.queries import page as pages
from apps.tickets.queries import presence as visitors
from apps.tickets.queries.position import place_of
from apps.tickets.queries.timeline import ALL, TABS, lines_of, tabs_of

READERS = requires(
    Permission.VIEW_ALL_TICKETS,
    Permission.VIEW_UNIT_TICKETS,
    Permission.VIEW_INVITED_TICKETS,
    Permission.VIEW_FOLLOWUPS,
    Permission.VIEW_TRANSFERRED_TICKETS,
)
HISTORY_LIMIT = 200


def one_of(request: StaffRequest, number: str) -> Ticket:
    """Return a ticket that the person sees; strangers find nothing."""
    rows = pages.visible(cast(User, request.user))
    found: Ticket = get_object_or_404(rows, number=number)
    return found


@READERS
@require_safe
def ticket(request: StaffRequest, number: str) -> HttpResponse:
    """The page: request, the composer of one's next step, timeline, deadlines, people."""
    user = cast(User, request.user)
    now = timezone.now()
    found = one_of(request, number)
    page = pages.open_page(found, user, now)
    tab = request.GET.get("tl", ALL)
    tab = tab if tab in dict(TABS) else ALL
    seen = request.GET.get("seen", "")
    lines = lines_of(page.case, user, since=int(seen) if seen.isdecimal() else None)
    is_oldest_first = request.GET.get("order") == "old"
    shown = [line for line in lines if tab in (ALL, line.kind)]
    context = {
        "page": page,
        "ticket": found,
        "form": action_form(page.primary, page.case) if page.primary is not None else None,
        "lines": shown[::-1] if is_oldest_first else shown,
        "tabs": tabs_of(lines, tab),
        "tab": tab,
        "is_oldest_first": is_oldest_first,
        "place": place_of(user, number),
        "others": visitors.visit(found.pk, user, now),
        "may_audit": user.has_perm(Permission.VIEW_ALL_TICKETS),
        "calendar": page.case.book.calendar,
        "may_quote": quotes.is_ready(),
        "phrases": Phrase.objects.visible_to(user) if page.primary is not None else [],
        "now": now,
    }
    return render(request, "tickets/ticket.html", context)


@READERS
@never_cache
@require_safe
def presence(request: StaffRequest, number: str) -> HttpResponse:
    """Say who else is here and whether something new happened since the version one sees."""
    user = cast(User, request.user)
    rows = Ticket.objects.visible_to(user).only("pk", "number", "version")
    found = get_object_or_404(rows, number=number)
    is_writing = request.GET.get("writing") == "1"
    seen = request.GET.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else found.version
    context = {
        "ticket": found,
        "others": visitors.visit(found.pk, user, timezone.now(), is_writing=is_writing),
        "news": max(found.version - version, 0),
        "version": version,
    }
    return render(request, "tickets/_presence.html", context)


@READERS
@require_safe
def answers(request: StaffRequest, number: str) -> HttpResponse:
    """引用手册: entries that may answer this ticket; a part of the page, or a page of its own."""
    found = one_of(request, number)
    context = {
        "ticket": found,
        "answers": quotes.suggest(f"{found.title}\n{found.content}", found.category),
    }
    part = wants_fragment(request)
    return render(request, "tickets/_answers.html" if part else "tickets/answers.html", context)


@READERS
@require_safe
def print_sheet(request: StaffRequest, number: str) -> HttpResponse:
    """办理单: one ticket on A4, black on white, with a code that leads back to the page."""
    import segno

    user = cast(User, request.user)
    now = timezone.now()
    found = one_of(request, number)
    page = pages.open_page(found, user, now)
    address = request.build_absolute_uri(request.path.removesuffix("print/"))
    context = {
        "page": page,
        "ticket": found,
        "lines": lines_of(page.case, user)[::-1],
        "picture": segno.make(address, error="m").svg_data_uri(scale=3, border=1),
        "now": now,
    }
    return render(request, "tickets/print.html", context)


@requires(Permission.VIEW_ALL_TICKETS)
@require_safe
def history(request: StaffRequest, number: str) -> HttpResponse:
    """The log of a ticket: who changed which field when (for hub, office and leaders)."""
    found = one_of(request, number)
    context = {"ticket": found, "history": history_of(found, limit=HISTORY_LIMIT)}
    return render(request, "tickets/history.html", context)
