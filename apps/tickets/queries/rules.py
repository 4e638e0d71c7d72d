"""The versions of the rules as the settings page shows them."""

from dataclasses import dataclass
from datetime import datetime

from apps.tickets.models import RuleVersion
from apps.tickets.rules import BY_KEY, DEFAULTS, ITEMS, RuleItem, RuleSet

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("即时办", ("onsite_reply", "onsite_suggest_escalate", "expert_reply")),
    ("派单与签收", ("dispatch", "accept", "first_contact")),
    ("办理", ("handle", "return", "extension", "suspension", "review")),
    ("联动办、提级办、挂账", ("joint", "city", "tracking")),
    ("回访与结束", ("followup", "sample_percent", "repeat_days", "reopen", "exclude", "archive")),
    ("督促灯", ("yellow_days",)),
)


def figures_of(rules: RuleSet) -> dict[str, int]:
    """Return every figure of a version by its key."""
    return {key: rules.figure(key) for key in BY_KEY}


def figures_at(moment: datetime) -> dict[str, int]:
    """Return every figure in force at a moment (one query)."""
    row = RuleVersion.objects.filter(valid_from__lte=moment).order_by("-valid_from").first()
    return figures_of(RuleSet(row.number, row.values) if row else DEFAULTS)


def group_of(key: str) -> str:
    """Return under which heading a figure stands."""
    base = key.partition(".")[0]
    return next((name for name, keys in GROUPS if key in keys or base in keys), GROUPS[-1][0])


@dataclass(frozen=True)
class Step:
    """A version beside the one before it: what it changed."""

    version: RuleVersion
    changes: list[tuple[RuleItem, int, int]]
    is_future: bool
    is_current: bool


def history(now: datetime) -> list[Step]:
    """Return all versions, the newest first, each with what it changed (one query)."""
    rows = list(RuleVersion.objects.select_related("changed_by").order_by("valid_from"))
    steps, before = [], figures_of(DEFAULTS)
    current = max((row.valid_from for row in rows if row.valid_from <= now), default=None)
    for row in rows:
        after = figures_of(RuleSet(row.number, row.values))
        changes = [(one, before[one.key], after[one.key]) for one in ITEMS]
        steps.append(
            Step(
                version=row,
                changes=[change for change in changes if change[1] != change[2]],
                is_future=row.valid_from > now,
                is_current=row.valid_from == current,
            )
        )
        before = after
    return steps[::-1]
