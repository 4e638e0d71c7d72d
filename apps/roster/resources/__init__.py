"""Flat lists of the roster for django-import-export: the pool, the officers, the leaders."""

from apps.roster.resources._base import RosterResource
from apps.roster.resources.experts import ExpertResource
from apps.roster.resources.teams import OfficerResource, TeamResource

__all__ = ["ExpertResource", "OfficerResource", "RosterResource", "TeamResource"]
