"""The API's own description is complete, and whatever it allows to send is answered, never a 500."""

import os

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from apps.accounts.keys import SCOPES, make_token
from apps.tickets.tests.conftest import crew, entity, registered, request_data, town, zone

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]
__all__ = ["crew", "entity", "registered", "request_data", "town", "zone"]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))


@pytest.fixture
def api(crew, registered, var_dir):
    """The description, read as a program reads it, with a token that may do most."""
    (var_dir / "static").mkdir(exist_ok=True)  # the static files' middleware looks for it
    _, secret = make_token(
        user=crew["OFFICE_CHIEF"],
        name="测试",
        scopes=list(SCOPES),
        days=1,
        by=crew["OFFICE_CHIEF"],
        now=timezone.now(),
    )
    headers = {"Authorization": f"Bearer {secret}"}
    found = schemathesis.openapi.from_wsgi("/api/v1/schema/", WSGIHandler(), headers=headers)
    found.config.update(headers=headers)
    return found


def test_answers_whatever_the_description_allows(api):
    """Hypothesis makes requests from the description, some of them wrong on purpose."""
    asked = 0
    for result in api.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def ask(case):
            nonlocal asked
            asked += 1
            response = case.call()
            assert response.status_code < 500, (case.as_curl_command(), response.text)

        ask()
    assert asked > 100
