"""Small helpers that every view uses."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError
from django.forms import BaseForm, BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from apps.core import exports
from apps.core.access import Actor

logger = logging.getLogger("jizhou.requests")


class StaffRequest(HttpRequest):
    """A request of somebody who is logged in: the middleware has made sure."""

    user: Actor  # type: ignore[assignment]


def wants_fragment(request: HttpRequest) -> bool:
    """Say whether htmx asks for a part of the page (not a boosted link, not a history restore)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def form_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *forms: BaseForm | BaseFormSet,
) -> HttpResponse:
    """Render a page with forms: 422 and ``has_errors`` when one of them has errors, else 200."""
    has_errors = any(form.is_bound and not form.is_valid() for form in forms)
    page = {**context, "has_errors": has_errors, "forms_shown": forms}
    return render(request, template, page, status=422 if has_errors else 200)


def attachment(raw: bytes, name: str, content_type: str = "") -> HttpResponse:
    """Return a file to keep; without a type it is one of ours, by the ending of its name."""
    kind = content_type or exports.TYPES[name.rpartition(".")[2]]
    response = HttpResponse(raw, content_type=kind)
    response.headers["Content-Disposition"] = exports.disposition(name)
    return response


def safe_next(request: HttpRequest, default: str) -> str:
    """Return the ``next`` address of the request when it stays on this site, else the default."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if target and allowed else default


def database_away(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """Return 503 + Retry-After when the error says that the database is lost or busy, else None."""
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    logger.error("database unavailable: %s", type(error).__name__)
    response = render(request, "503.html", status=503)
    response.headers["Retry-After"] = "5"
    return response
