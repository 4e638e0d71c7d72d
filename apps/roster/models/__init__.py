"""The district's service roster: units, people, the 1+X pool, teams, zones, officers."""

from apps.roster.models.experts import Expert
from apps.roster.models.people import STALE_AFTER, Absence, Person
from apps.roster.models.teams import Officer, Team, Zone
from apps.roster.models.units import Category, Unit

__all__ = [
    "STALE_AFTER",
    "Absence",
    "Category",
    "Expert",
    "Officer",
    "Person",
    "Team",
    "Unit",
    "Zone",
]
