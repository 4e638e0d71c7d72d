"""Field changes before → after, fit to be kept: phones masked, secrets never shown.

A snapshot is taken before and after a write; only fields that differ are kept. What is compared
(``proof``) is not what is shown (``text``): two phones with the same mask still differ.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Model

from apps.core import clock, phones

MAX_TEXT = 500
SECRET = "（已加密）"  # noqa: S105  what is shown instead of a secret
SAME_MASK = "（号码已变）"
SAME_SECRET = "（已更改）"  # noqa: S105
SAME_HEAD = "（后文有改动）"
HIDDENS = frozenset({"password"})
NUMBER = re.compile(r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?[2-8]\d{6,7})(?!\d)")


@dataclass(frozen=True)
class Value:
    """One field of a snapshot; ``proof`` is compared and never printed, ``text`` is kept."""

    text: str = ""
    proof: Any = field(default="", repr=False)
    related: type[Model] | None = field(default=None, repr=False)
    kind: str = ""

    def shown(self) -> str:
        """Return the text to keep; the label of a related object is fetched only now."""
        if self.related is None or self.text or self.proof in (None, ""):
            return self.text
        found = self.related._base_manager.filter(pk=self.proof).first()
        return clean(str(found)) if found is not None else f"（编号 {self.proof}）"


EMPTY = Value()


def mask_phones(text: str) -> str:
    """Mask everything in a text that looks like a phone number."""
    return NUMBER.sub(lambda found: phones.mask(found[0]), text)


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Return a text that every database stores and that is no longer than ``limit``."""
    plain = text.replace("\0", "").encode("utf-8", "replace").decode()
    plain = mask_phones(plain)
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M}" if value.tzinfo else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder, sort_keys=True)
    return str(value)


def _value(instance: Model, column: "models.Field[Any, Any]") -> Value:
    raw = getattr(instance, column.attname)
    if getattr(column, "is_phone", False):
        return Value(phones.mask(raw), raw or "", kind="phone")
    if getattr(column, "is_secret", False) or column.name in HIDDENS:
        return Value(SECRET if raw else "", raw or "", kind="secret")
    if column.is_relation:
        model = column.related_model
        cached = instance._state.fields_cache.get(column.name)
        text = clean(str(cached)) if cached is not None and raw is not None else ""
        return Value(text, "" if raw is None else raw, related=model)
    choices = dict(column.flatchoices)
    # only fields with choices are asked: the value of a JSON field cannot be a key
    text = str(choices[raw]) if choices and raw in choices else _text_of(raw)
    return Value(clean(text), text)


def snapshot(instance: Model | None, *, many: Iterable[str] = ()) -> dict[str, Any]:
    """Return the fields of an object as they are in memory, for :func:`difference`.

    ``many`` names many-to-many fields to include (one query each). A model may leave out fields
    with ``audit_skip = ("search_text",)``. None (not yet created, or deleted) gives ``{}``.
    """
    if instance is None:
        return {}
    skipped = set(getattr(instance, "audit_skip", ())) | instance.get_deferred_fields()
    found: dict[str, Any] = {}
    for column in instance._meta.concrete_fields:
        is_companion = hasattr(column, "source")  # the index columns of phones
        if column.primary_key or is_companion or {column.name, column.attname} & skipped:
            continue
        found[column.name] = _value(instance, column)
    for name in many:
        rows = sorted(getattr(instance, name).all(), key=lambda row: row.pk)
        text = "、".join(str(row) for row in rows)
        found[name] = Value(clean(text), tuple(row.pk for row in rows))
    return found


def stored(instance: Model, *, many: Iterable[str] = ()) -> dict[str, Any]:
    """Return the snapshot of the row as the database has it: forms change the object in memory."""
    row = type(instance)._base_manager.filter(pk=instance.pk).first()
    return snapshot(row, many=many)


def _is_nothing(value: Value) -> bool:
    return value.proof in (None, "", ())


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """Return ``{field: [before, after]}`` of the fields that differ, as texts."""
    changes: dict[str, list[Any]] = {}
    for name in {**before, **after}:
        old, new = before.get(name, EMPTY), after.get(name, EMPTY)
        if old.proof == new.proof or (_is_nothing(old) and _is_nothing(new)):
            continue
        shown = [old.shown(), new.shown()]
        if shown[0] == shown[1]:
            shown[1] += {"phone": SAME_MASK, "secret": SAME_SECRET}.get(new.kind, SAME_HEAD)
        changes[name] = shown
    return changes
