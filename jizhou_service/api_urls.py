"""Addresses of the API, version 1, with its description and its page for people."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.core.access import any_staff
from apps.dashboards import api as dashboards
from apps.registry import api as registry
from apps.roster import api as roster
from apps.workdays import api as workdays


class Schema(SpectacularAPIView):
    """The description of the API (OpenAPI 3)."""

    area = "calendar"


class Docs(SpectacularSwaggerSplitView):
    """The description as a page; script and style come from this server alone."""

    area = "calendar"
    url_name = "api:schema"


app_name = "api"
urlpatterns = [
    path("", include("apps.tickets.api.urls", namespace="tickets")),
    path("entities/", registry.entity_list, name="entities"),
    path("entities/<int:pk>/", registry.entity_detail, name="entity"),
    path("metrics/", dashboards.metrics, name="metrics"),
    path("metrics/<slug:code>/", dashboards.metric, name="metric"),
    path("units/", roster.units, name="units"),
    path("zones/", roster.zones, name="zones"),
    path("experts/", roster.experts, name="experts"),
    path("calendar/deadline/", workdays.deadline, name="deadline"),
    path("schema/", any_staff(Schema.as_view()), name="schema"),
    path("docs/", any_staff(Docs.as_view()), name="docs"),
]
