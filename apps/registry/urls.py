"""Addresses of the registry."""

from django.urls import path, re_path

from apps.registry.views import entities, health, lists, merging

app_name = "registry"
urlpatterns = [
    path("ent/", lists.entities, name="list"),
    path("ent/find/", lists.find, name="find"),
    path("ent/rezone/", lists.rezone, name="rezone"),
    path("ent/new/", entities.entity_new, name="entity-new"),
    path("ent/dupes/", merging.candidates, name="candidates"),
    path("ent/dupes/<int:pk>/", merging.candidate, name="candidate"),
    path("ent/merges/<int:pk>/undo/", merging.merge_undo, name="merge-undo"),
    path("ent/health/", health.health, name="health"),
    path("ent/health/<slug:code>/", health.health_unit, name="health-unit"),
    re_path(
        r"^ent/health/(?P<code>[a-z0-9_-]{1,30})/(?P<check>[a-z_]{1,30})/$",
        health.health_rows,
        name="health-rows",
    ),
    path("ent/<int:pk>/", entities.entity, name="entity"),
    path("ent/<int:pk>/edit/", entities.entity_edit, name="entity-edit"),
    path("ent/<int:pk>/status/", entities.entity_status, name="entity-status"),
    re_path(
        r"^ent/contacts/(?P<pk>\d{1,18})/(?P<state>dead|alive)/$",
        entities.contact_state,
        name="contact-state",
    ),
]
