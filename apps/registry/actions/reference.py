"""The dictionary of labels."""

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.audit.actions import record
from apps.audit.changes import difference, snapshot, stored
from apps.core.access import Actor
from apps.registry.models import EntityLabel
from apps.roster.actions._base import save_checked


@transaction.atomic
def load_reference(*, by: Actor | None, now: datetime) -> int:
    """Add the labels that are missing; what people edited stays. Returns rows added."""
    path = Path(settings.BASE_DIR) / "fixtures" / "entity_labels.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    known = set(EntityLabel.objects.values_list("code", flat=True))
    made = [
        EntityLabel(code=row["code"], name=row["name"], group=row["group"], order=order)
        for order, row in enumerate(rows, start=1)
        if row["code"] not in known
    ]
    EntityLabel.objects.bulk_create(made)
    if made:
        record(
            action="registry.load_reference",
            by=by,
            label="主体标签",
            note=f"新增 {len(made)} 个",
            batch_size=len(made),
        )
    return len(made)


@transaction.atomic
def save_label(*, label: EntityLabel, by: Actor | None, now: datetime) -> None:
    """Add or change a label, as it stands in memory."""
    before = stored(label) if label.pk else {}
    save_checked(label)
    changes = difference(before, snapshot(label))
    if changes:
        record(action="registry.label.save", by=by, target=label, changes=changes)
