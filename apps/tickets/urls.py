"""Addresses of the tickets, one list a topic; the generic action page stands in the last."""

from django.urls import path

from apps.tickets import urls_lists, urls_pages
from apps.tickets.views import files, rules

app_name = "tickets"
urlpatterns = [
    path("t/<ticketno:number>/files/", files.files, name="files"),
    path("t/<ticketno:number>/files/<int:pk>/", files.download, name="file"),
    path("t/<ticketno:number>/files/<int:pk>/remove/", files.remove, name="file-remove"),
    path("set/rules/", rules.rules, name="rules"),
    *urls_lists.urlpatterns,
    *urls_pages.urlpatterns,
]
