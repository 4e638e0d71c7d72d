"""The calendar in the admin: to look at; changes go through the year grid, with their preview."""

from django.contrib import admin

from apps.audit.windows import RecordedAdmin
from apps.core.permissions import Permission
from apps.workdays.models import CalendarYear, DayException


class CalendarAdmin(RecordedAdmin):
    """A window for those who keep the calendar."""

    change_list_template = "workdays/admin_change_list.html"
    may_view = Permission.EDIT_CALENDAR


@admin.register(CalendarYear)
class CalendarYearAdmin(CalendarAdmin):
    """Years on record."""

    list_display = ["year", "status", "paper_number", "published_on", "source", "changed_at"]
    list_filter = ["status"]
    ordering = ["-year"]
    search_fields = ["year", "paper_number"]


@admin.register(DayException)
class DayExceptionAdmin(CalendarAdmin):
    """Days that differ from the weekend rule."""

    list_display = ["date", "kind", "name", "notice"]
    list_filter = ["kind", "name"]
    list_select_related = ["notice"]
    date_hierarchy = "date"
    ordering = ["-date"]
    search_fields = ["name", "date"]
