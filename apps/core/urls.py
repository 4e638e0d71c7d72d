"""Addresses of the base."""

from django.urls import path, re_path

from apps.core import views

app_name = "core"
urlpatterns = [
    path("", views.home, name="root"),
    path("home/", views.home, name="home"),
    path("search/", views.search_page, name="search"),
    path("menu/", views.menu, name="menu"),
    path("preferences/", views.preferences, name="preferences"),
    path("ping/", views.ping, name="ping"),
    path("help/", views.help_page, name="help"),
    re_path(r"^help/(?P<topic>[a-z0-9_]{1,30})/$", views.help_page, name="help-topic"),
    path("status/", views.status_page, name="status"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
