"""Chinese names of audited actions and objects; each app announces its own."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

_actions: dict[str, str] = {}


def register(labels: dict[str, str]) -> None:
    """Announce names: ``{"roster.zone.save": "修改片区"}``; called in ``AppConfig.ready``."""
    _actions.update(labels)


def action_label(code: str) -> str:
    """Return the name of an action; the code itself when nobody announced it."""
    return _actions.get(code, code)


def actions_by_app() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (app's name, [(code, label)]) for the filter, in the order of announcement."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, label in _actions.items():
        app_label = code.partition(".")[0]
        try:
            name = str(apps.get_app_config(app_label).verbose_name)
        except LookupError:
            name = app_label
        groups.setdefault(name, []).append((code, label))
    return list(groups.items())


def target_label(target_type: str) -> str:
    """Return the name of a kind of object ("roster.zone" → "片区"); the text itself if unknown."""
    try:
        return str(apps.get_model(target_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return target_type


def field_label(target_type: str, field: str) -> str:
    """Return the name of a field of a kind of object; the text itself if unknown."""
    try:
        found = apps.get_model(target_type)._meta.get_field(field)
    except (LookupError, ValueError, FieldDoesNotExist):
        return field
    return str(getattr(found, "verbose_name", field))
