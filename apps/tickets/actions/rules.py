"""Versions of the rules: each valid from a moment on, never in the past."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.audit.actions import record
from apps.core.errors import DomainError
from apps.tickets.models import RuleVersion
from apps.tickets.queries.rules import figures_at
from apps.tickets.rules import BY_KEY, DEFAULTS, checked

LEAST_REASON = 4


@transaction.atomic
def save_rules(
    *, values: Mapping[str, int], valid_from: datetime, reason: str, by: User | None, now: datetime
) -> RuleVersion:
    """Store a version of the rules; clocks that are running keep the version they started with.

    ``values`` maps keys to figures; keys that are left out stay as they are at ``valid_from``. A
    version that is not in force yet and begins at the same moment is corrected.

    Raises:
        DomainError: the moment is past, the reason is missing, a figure is out of bounds, nothing
            changes, or somebody saved at the same time.
    """
    reason = " ".join(reason.split())
    if valid_from < now:
        raise DomainError(
            "生效时间不能早于现在。已起算的时限不往回改，请选今天或以后。", field="valid_from"
        )
    if len(reason) < LEAST_REASON:
        raise DomainError(f"请写明修改原因，至少 {LEAST_REASON} 个字。", field="reason")
    before = figures_at(valid_from)
    after = before | dict(values)
    kept = checked(after)
    if after == before:
        raise DomainError("没有改动任何数字，不用保存。")
    row = RuleVersion.objects.filter(valid_from=valid_from).first()
    last = RuleVersion.objects.aggregate(last=Max("number"))["last"] or DEFAULTS.number
    row = row or RuleVersion(number=last + 1, valid_from=valid_from)
    row.values, row.reason, row.changed_by, row.changed_at = kept, reason[:200], by, now
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError("规则刚被别人改过。请核对后再保存，您填的内容已保留。") from error
    changes = {
        BY_KEY[key].label: [before[key], after[key]] for key in BY_KEY if before[key] != after[key]
    }
    record(
        action="tickets.rules.save",
        by=by,
        target=row,
        label=f"第 {row.number} 版，{valid_from:%Y-%m-%d %H:%M} UTC 起",
        changes=changes,
        note=row.reason,
    )
    return row
