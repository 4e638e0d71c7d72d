"""Addresses of the audit log."""

from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("set/audit/", views.entry_list, name="list"),
    path("set/audit/export/", views.export, name="export"),
    path("set/audit/check/", views.ask_check, name="check"),
    path("set/audit/<int:pk>/", views.entry_detail, name="entry"),
]
