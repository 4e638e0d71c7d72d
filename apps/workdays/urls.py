"""Addresses of the calendar."""

from datetime import date

from django.urls import path, register_converter

from apps.workdays import views

app_name = "workdays"


class DayConverter:
    """A day in an address: 2026-09-24."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Return the day; an impossible one is not found."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Write the day."""
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("set/calendar/", views.calendar_now, name="calendar"),
    path("set/calendar/time/", views.time_rules, name="time"),
    path("set/calendar/day/<day:day>/", views.day_edit, name="day"),
    path("set/calendar/<int:year>/", views.calendar_year, name="year"),
    path("set/calendar/<int:year>/import/", views.import_notice, name="import"),
]
