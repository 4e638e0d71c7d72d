"""Pages that belong to no business: home, search, menu, preferences, help, status, errors."""

import json
import sys

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from apps.core import home as home_cards
from apps.core import search, status
from apps.core.access import any_staff, public, requires
from apps.core.http import StaffRequest, database_away, safe_next
from apps.core.permissions import Permission

YEAR_SECONDS = 365 * 24 * 3600
UNTYPED = {"csrfmiddlewaretoken", "next", "password", "old_password"}


@any_staff
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """工作台: what waits for me, card by card; each app announces its own."""
    now = timezone.now()
    cards = home_cards.cards_for(request.user, now)
    tiles = home_cards.tiles_for(request.user, now)
    leads = any(tile.is_first for tile in tiles)
    return render(
        request,
        "core/home.html",
        {
            "now": now,
            "main_cards": [card for card in cards if card.column == "main"],
            "side_cards": [card for card in cards if card.column == "side"],
            "first_tiles": [tile for tile in tiles if tile.is_first or not leads],
            "tiles": [tile for tile in tiles if leads and not tile.is_first],
        },
    )


@any_staff
@require_safe
def search_page(request: StaffRequest) -> HttpResponse:
    """The search box at the top: groups of results, only what the user may see."""
    text = request.GET.get("q", "").strip()[:100].replace("\0", "")
    groups = search.find_all(request.user, text) if text else []
    return render(request, "core/search.html", {"q": text, "groups": groups})


@any_staff
@require_safe
def menu(request: StaffRequest) -> HttpResponse:
    """All entries of the navigation on one page (phones)."""
    return render(request, "core/menu.html")


@public
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Switch 大字版, density and shortcut keys; kept in cookies so that no page flickers."""
    response = redirect(safe_next(request, "/"))
    for name, allowed in (("big", "01"), ("density", ("", "dense")), ("keys", ("on", "off"))):
        value = request.POST.get(name)
        if value is not None and value in allowed:
            response.set_cookie(
                name,
                value,
                max_age=YEAR_SECONDS,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
    return response


@any_staff
@require_POST
def ping(request: StaffRequest) -> HttpResponse:
    """继续使用: keeps the session and hands out a fresh form token."""
    return JsonResponse({"csrf": get_token(request), "idle_seconds": settings.SESSION_COOKIE_AGE})


@any_staff
@require_safe
def help_page(request: StaffRequest, topic: str = "index") -> HttpResponse:
    """The manual: one page per role, the shortcut keys, accessibility."""
    template = f"help/{topic}.html"
    try:
        get_template(template)
    except TemplateDoesNotExist as error:
        raise Http404 from error
    return render(request, template, {"topic": topic, "roles": home_cards.help_topics()})


@requires(Permission.VIEW_STATUS)
@require_safe
def status_page(request: StaffRequest) -> HttpResponse:
    """系统状态: is everything alive, and what is not."""
    from apps.core import heartbeats, jobs, timers
    from apps.core.models import Job, TimerState

    now = timezone.now()
    states = {state.name: state for state in TimerState.objects.all()}
    context = {
        "answers": status.run_all(now),
        "timers": [(timer, states.get(timer.name)) for timer in timers.registered()],
        "processes": [
            (heartbeats.KINDS[name], age) for name, age in heartbeats.ages(now=now).items()
        ],
        "jobs": [(jobs.label_of(job.kind), job) for job in Job.objects.order_by("-pk")[:10]],
        "now": now,
    }
    return render(request, "core/status.html", context)


@public
@never_cache
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing of the database, so a blip restarts nobody."""
    return HttpResponse("ok", content_type="text/plain")


@public
@never_cache
@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready to work: 200 or 503 with one line per check (no personal data, no paths)."""
    answers = status.run_all(timezone.now())
    failed = [check.name for check, answer in answers if answer.level == "fail"]
    body = {"ready": not failed, "failed": failed}
    return JsonResponse(body, status=503 if failed else 200)


def typed_values(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person had typed into the refused form, without secrets: nothing may be lost."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in UNTYPED and "password" not in name
        for value in values
    ]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token does not fit: show what was typed and offer to send it again."""
    context = {"typed": typed_values(request), "action": request.get_full_path()}
    return render(request, "403_csrf.html", context, status=403)


def login_expired(request: HttpRequest) -> HttpResponse:
    """A form sent after the session had ended: log in here, then go on with what was typed."""
    from django.urls import reverse

    typed = typed_values(request)
    context = {
        "typed": typed,
        "action": request.get_full_path(),
        "login_url": reverse(settings.LOGIN_URL),
        "resume_fields": json.dumps(typed, ensure_ascii=False),
    }
    return render(request, "login_expired.html", context, status=401)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in the product's own words."""
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 in the product's own words."""
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a static page, for nothing else can be trusted now.

    Middleware that asks for the session or the person fails outside of any view: a database that
    does not answer there is 503, too.
    """
    return database_away(request, sys.exc_info()[1]) or render(request, "500.html", status=500)
