"""Addresses of the statistics."""

from django.urls import path

from apps.dashboards.views import boards, metrics, more, reports

app_name = "dashboards"
urlpatterns = [
    path("dash/", boards.board, name="board"),
    path("dash/unit/<slug:code>/", boards.unit, name="unit"),
    path("dash/metrics/", metrics.metrics, name="metrics"),
    path("dash/m/<slug:code>/", metrics.metric, name="metric"),
    path("dash/topics/", more.topics, name="topics"),
    path("dash/returns/", more.returns, name="returns"),
    path("dash/filing/", more.progress, name="progress"),
    path("dash/adjustments/", more.adjustments, name="adjustments"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<int:pk>/", reports.report, name="report"),
    path("reports/<int:pk>/refresh/", reports.refresh, name="report-refresh"),
    path("reports/<int:pk>/finalise/", reports.finalise, name="report-finalise"),
    path("reports/<int:pk>/<slug:kind>/", reports.take, name="report-file"),
    path("screen/", more.screen, name="screen"),
]
