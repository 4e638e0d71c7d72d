"""Addresses of the roster."""

from django.urls import path, re_path

from apps.roster.views import experts, people, teams, units

app_name = "roster"
urlpatterns = [
    path("teams/", teams.teams, name="teams"),
    path("teams/<slug:code>/", teams.team, name="team"),
    path("teams/<slug:code>/leader/", teams.team_leader, name="team-leader"),
    path("zones/new/", teams.zone_new, name="zone-new"),
    path("zones/<int:pk>/", teams.zone, name="zone"),
    path("zones/<int:pk>/edit/", teams.zone_edit, name="zone-edit"),
    path("zones/<int:pk>/close/", teams.zone_close, name="zone-close"),
    path("zones/<int:pk>/officers/new/", teams.officer_new, name="officer-new"),
    path("zones/<int:pk>/officers/<int:officer_pk>/edit/", teams.officer_edit, name="officer-edit"),
    path("zones/<int:pk>/officers/<int:officer_pk>/end/", teams.officer_end, name="officer-end"),
    path("experts/", experts.experts, name="experts"),
    path("experts/new/", experts.expert_new, name="expert-new"),
    path("experts/<int:pk>/", experts.expert, name="expert"),
    path("experts/<int:pk>/edit/", experts.expert_edit, name="expert-edit"),
    path("experts/<int:pk>/end/", experts.expert_end, name="expert-end"),
    path("units/", units.units, name="units"),
    path("units/new/", units.unit_new, name="unit-new"),
    path("units/<slug:code>/", units.unit, name="unit"),
    path("units/<slug:code>/edit/", units.unit_edit, name="unit-edit"),
    path("units/<slug:code>/commissioner/", experts.commissioner, name="commissioner"),
    path("units/<slug:code>/liaison/", units.liaison, name="liaison"),
    path("units/<slug:code>/people/new/", people.person_new, name="person-new"),
    path("persons/<int:pk>/", people.person, name="person"),
    path("persons/<int:pk>/edit/", people.person_edit, name="person-edit"),
    path("persons/<int:pk>/confirm/", people.person_confirm, name="person-confirm"),
    re_path(
        r"^persons/(?P<pk>\d{1,18})/dead/(?P<which>mobile|landline)/$",
        people.phone_dead,
        name="phone-dead",
    ),
    path("persons/<int:pk>/leave/", people.person_leave, name="person-leave"),
    path("persons/<int:pk>/absence/", people.absence, name="absence"),
    path("absences/<int:pk>/cancel/", people.absence_cancel, name="absence-cancel"),
]
