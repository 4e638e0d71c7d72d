"""The only writer of the registry."""

from apps.registry.actions.bulk import apply_entities, undo_entities
from apps.registry.actions.entities import (
    EntityData,
    NewContact,
    add_entity,
    mark_phone,
    save_entity,
    set_status,
)
from apps.registry.actions.merging import (
    UNDO_WINDOW,
    call_different,
    merge,
    suspect,
    suspect_all,
    unmerge,
)
from apps.registry.actions.reference import load_reference, save_label
from apps.registry.actions.zoning import assign_zone

__all__ = [
    "UNDO_WINDOW",
    "EntityData",
    "NewContact",
    "add_entity",
    "apply_entities",
    "assign_zone",
    "call_different",
    "load_reference",
    "mark_phone",
    "merge",
    "save_entity",
    "save_label",
    "set_status",
    "suspect",
    "suspect_all",
    "undo_entities",
    "unmerge",
]
