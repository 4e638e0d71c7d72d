"""Addresses of the comparison."""

from django.urls import path

from apps.regulator.views import lists, settling

app_name = "regulator"
urlpatterns = [
    path("reg/", lists.index, name="list"),
    path("reg/new/", lists.new, name="new"),
    path("reg/<int:pk>/", lists.listing, name="listing"),
    path("reg/<int:pk>/progress/", lists.listing_progress, name="progress"),
    path("reg/<int:pk>/again/", lists.again, name="again"),
    path("reg/<int:pk>/settle/", settling.settle, name="settle"),
    path("reg/<int:pk>/export/", lists.export, name="export"),
    path("reg/acts/<int:pk>/undo/", settling.undo, name="act-undo"),
    path("reg/acts/<int:pk>/resume/", settling.resume, name="act-resume"),
]
