"""What the roster's views share."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse

from apps.core.errors import DomainError
from apps.roster import posts
from apps.roster.models import Person, Unit

MAX_QUERY = 60


def attempt(form: Form, run: Callable[[dict[str, Any]], Any]) -> bool:
    """Run an action with a valid form's data; a refusal becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            run(form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    return True


def query_text(request: HttpRequest, name: str = "q") -> str:
    """Return what is asked for in the URL, cut to a sensible length."""
    return request.GET.get(name, "").replace("\0", "").strip()[:MAX_QUERY]


def warn_about_post(request: HttpRequest, person: Person) -> None:
    """Say softly that Appendix 1 advises against a post; nothing is refused."""
    text = posts.advice(person.title)
    if text:
        messages.warning(request, f"{person.name}：{text}")


def home_of(unit: Unit) -> str:
    """Return the address of the page where a unit's people are shown."""
    return reverse("roster:team" if unit.has_team else "roster:unit", args=[unit.code])
