"""Addresses of the messages."""

from django.urls import path

from apps.notices import views

app_name = "notices"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read-all/", views.read_all, name="read-all"),
    path("inbox/<int:pk>/open/", views.open_notice, name="open"),
    path("me/notices/", views.settings, name="settings"),
    path("set/outbox/", views.outbox, name="outbox"),
    path("set/outbox/resend-all/", views.resend_all, name="resend-all"),
    path("set/outbox/<int:pk>/resend/", views.resend, name="resend"),
]
