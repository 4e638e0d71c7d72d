"""Windows on people, zones, the pool, the teams and the officers."""

from django.contrib import admin
from django.template.defaultfilters import truncatechars

from apps.core.permissions import Permission
from apps.core.phones import mask
from apps.roster.admin.lists import RosterList
from apps.roster.admin.window import RosterWindow
from apps.roster.models import Expert, Officer, Person, Team, Zone
from apps.roster.resources import ExpertResource, OfficerResource, TeamResource


@admin.register(Person)
class PersonAdmin(RosterWindow):
    """People of the roster; numbers are masked here."""

    list_display = ("name", "unit", "title", "is_division_level", "masked_mobile", "confirmed_on")
    list_filter = ("is_division_level", ("unit", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("unit",)
    search_fields = ("name", "name_initials", "title", "unit__name")
    search_help_text = "姓名、拼音首字母、职务或单位"
    ordering = ("unit__order", "pk")
    fields = (
        *("name", "unit", "title", "is_division_level", "masked_mobile", "masked_landline"),
        *("confirmed_on", "confirmed_by", "joined_on"),
    )
    readonly_fields = fields
    own_page, own_page_label = "roster:units", "到成员单位修改"

    @admin.display(description="手机")
    def masked_mobile(self, person: Person) -> str:
        """The number as lists show it."""
        return mask(person.mobile) or "—"

    @admin.display(description="座机")
    def masked_landline(self, person: Person) -> str:
        """The number as lists show it."""
        return mask(person.landline) or "—"


@admin.register(Zone)
class ZoneAdmin(RosterWindow):
    """Zones of the townships."""

    list_display = ("name", "unit", "short_boundary", "reported_count")
    list_filter = (("unit", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("unit",)
    search_fields = ("name", "boundary", "unit__name")
    search_help_text = "片区、村名或单位"
    ordering = ("unit__order", "order", "pk")
    fields = ("unit", "name", "boundary", "reported_count", "order")
    readonly_fields = fields

    @admin.display(description="划分片区范围")
    def short_boundary(self, zone: Zone) -> str:
        """The beginning; the whole text stands on the zone's page."""
        return truncatechars(zone.boundary, 40) or "—"


@admin.register(Expert)
class ExpertAdmin(RosterList):
    """The 1+X pool."""

    may_import = Permission.EDIT_EXPERTS
    resource = ExpertResource
    list_display = ("person", "unit", "rank", "matters_note", "since_on")
    list_filter = ("rank", ("unit", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("person", "unit")
    search_fields = ("person__name", "person__name_initials", "unit__name", "matters_note")
    search_help_text = "姓名、拼音首字母、部门或业务"
    ordering = ("unit__order", "rank", "pk")
    fields = ("person", "unit", "rank", "matters", "matters_note", "since_on")
    readonly_fields = fields
    own_page, own_page_label = "roster:experts", "到专家库修改"


@admin.register(Team)
class TeamAdmin(RosterList):
    """The 28 teams and their leaders."""

    may_import = Permission.EDIT_TEAM
    resource = TeamResource
    list_display = ("unit", "leader", "note")
    list_select_related = ("unit", "leader")
    search_fields = ("unit__name", "unit__name_initials", "leader__name")
    search_help_text = "单位、拼音首字母或负责人"
    ordering = ("unit__order", "pk")
    fields = ("unit", "leader", "note")
    readonly_fields = fields


@admin.register(Officer)
class OfficerAdmin(RosterList):
    """Who serves which zone."""

    may_import = Permission.EDIT_TEAM
    resource = OfficerResource
    list_display = ("person", "zone", "township", "since_on", "village_reason")
    list_filter = (("zone__unit", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("person", "zone__unit")
    search_fields = ("person__name", "person__name_initials", "zone__name", "zone__unit__name")
    search_help_text = "姓名、拼音首字母、片区或单位"
    ordering = ("zone__unit__order", "zone__order", "pk")
    fields = ("person", "zone", "township", "since_on", "village_reason")
    readonly_fields = fields

    @admin.display(description="单位", ordering="zone__unit__order")
    def township(self, officer: Officer) -> str:
        """The township of the zone."""
        return officer.zone.unit.name
