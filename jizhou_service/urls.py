"""All addresses of the product."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("apps.core.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.notices.urls")),
    path("", include("apps.roster.urls")),
    path("", include("apps.registry.urls")),
    path("", include("apps.handbook.urls")),
    path("", include("apps.filings.urls")),
    path("", include("apps.regulator.urls")),
    path("", include("apps.audit.urls")),
    path("", include("apps.workdays.urls")),
    path("api/v1/", include("jizhou_service.api_urls", namespace="api")),
    path("", include("apps.tickets.urls")),
    path("", include("apps.dashboards.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "apps.core.views.bad_request"
handler403 = "apps.accounts.views.permission_denied"
handler404 = "apps.core.views.page_not_found"
handler500 = "apps.core.views.server_error"
