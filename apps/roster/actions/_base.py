"""What every write of the roster shares: check, save, record."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model

from apps.audit.actions import record
from apps.audit.changes import difference, snapshot, stored
from apps.core.access import Actor
from apps.core.clock import local
from apps.core.errors import DomainError

CONFLICT = "刚刚有人改过同一处，请刷新后再试。您写的内容已保留。"


def day_of(now: datetime) -> date:
    """Return the district's calendar day of an instant."""
    return local(now).date()


def one_line(text: str) -> str:
    """Return a text without line breaks, doubled blanks and zero bytes."""
    return " ".join(text.replace("\0", "").split())


def save_checked(instance: Model) -> None:
    """Save after the model's own checks.

    Raises:
        DomainError: a field or a constraint refuses; the message is the constraint's own.
    """
    try:
        instance.full_clean()
        with transaction.atomic():
            instance.save()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        name = None if field == NON_FIELD_ERRORS else field
        raise DomainError(str(messages[0]), field=name) from error
    except IntegrityError as error:
        raise DomainError(CONFLICT) from error


def change(
    instance: Model,
    *,
    action: str,
    by: Actor | None,
    label: str = "",
    note: str = "",
    many: dict[str, Iterable[Any]] | None = None,
    extra: dict[str, list[str]] | None = None,
    **values: Any,
) -> bool:
    """Set fields, save, and record before → after; say whether anything changed.

    ``many`` sets many-to-many fields; ``extra`` adds changes ``{field: [before, after]}`` that the
    snapshots leave out. A new object is recorded with all its fields.
    """
    names = tuple(many or ())
    before = stored(instance, many=names) if instance.pk else {}
    for name, value in values.items():
        setattr(instance, name, value)
    save_checked(instance)
    for name, rows in (many or {}).items():
        getattr(instance, name).set(rows)
    changes = {**difference(before, snapshot(instance, many=names)), **(extra or {})}
    if not changes:
        return False
    record(action=action, by=by, target=instance, label=label, changes=changes, note=note)
    return True


def lock(instance: Model) -> None:
    """Make concurrent writers of one object wait for each other (SQLite has one writer anyway)."""
    type(instance)._base_manager.select_for_update().filter(pk=instance.pk).first()
