"""The sets of people that the rows name (matrix of domain.md §8). Pure."""

from apps.tickets.choices import Party
from apps.tickets.workflow.types import SYSTEM, Who

OFFICER, TEAM_LEADER = "OFFICER", "TEAM_LEADER"
LIAISON, EXPERT, COMMISSIONER = "LIAISON", "EXPERT", "COMMISSIONER"
HUB_DISPATCHER, HUB_CHIEF = "HUB_DISPATCHER", "HUB_CHIEF"
OFFICE_CLERK, OFFICE_CHIEF = "OFFICE_CLERK", "OFFICE_CHIEF"
FOLLOWUP_CLERK, LEADER, INSPECTOR = "FOLLOWUP_CLERK", "LEADER", "INSPECTOR"


def whoever(*roles: str, party: Party = Party.ANY) -> tuple[Who, ...]:
    """Return the roles with the same part."""
    return tuple(Who(role, party) for role in roles)


#: the first receiver's side (首问负责制); hub and office stand in where the township is complained of
FIRST = whoever(
    *(OFFICER, TEAM_LEADER, HUB_DISPATCHER, HUB_CHIEF, OFFICE_CLERK, OFFICE_CHIEF),
    party=Party.FIRST,
)
#: townships handle too when the hub dispatches to them: leader and officers act as liaisons
LEAD = whoever(LIAISON, COMMISSIONER, TEAM_LEADER, OFFICER, party=Party.LEAD)
ASSISTING = whoever(LIAISON, COMMISSIONER, TEAM_LEADER, OFFICER, party=Party.ASSIST)
ASSIGNED = whoever(EXPERT, party=Party.ASSIGNED)
DISPATCHERS = whoever(HUB_DISPATCHER, HUB_CHIEF, OFFICE_CHIEF)
HUB_HEADS = whoever(HUB_CHIEF, OFFICE_CHIEF)
REVIEWERS = whoever(HUB_CHIEF, OFFICE_CLERK, OFFICE_CHIEF)
#: where the office is itself complained of, the head of the hub stands in: no step may be a dead
#: end because the unit complained of does not see the ticket (decisions.md 15)
STAND_IN = whoever(HUB_CHIEF, party=Party.STANDIN)
#: the office calls back
CALLERS = (*whoever(FOLLOWUP_CLERK, OFFICE_CLERK, OFFICE_CHIEF), *STAND_IN)
OFFICE = (*whoever(OFFICE_CLERK, OFFICE_CHIEF), *STAND_IN)
OFFICE_HEAD = (*whoever(OFFICE_CHIEF), *STAND_IN)
SYSTEM_ONLY = (Who(SYSTEM),)
