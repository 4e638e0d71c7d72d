"""Addresses of the tickets' API."""

from django.urls import path

from apps.tickets.api import views

app_name = "api-tickets"
urlpatterns = [
    path("tickets/", views.ticket_list, name="tickets"),
    path("tickets/hotline/", views.hotline_intake, name="hotline"),
    path("tickets/<str:number>/", views.ticket_detail, name="ticket"),
    *(
        path(
            f"tickets/<str:number>/actions/{code}/",
            views.action_view(row),
            name=f"action-{code}",
        )
        for code, row in views.ACTIONS.items()
    ),
]
