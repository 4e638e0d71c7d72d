"""Serializers made from the fields of the table: what a page asks for, the API asks for."""

from typing import Any

from rest_framework import serializers

from apps.roster.models import Unit
from apps.tickets.workflow import Field, Kind, Transition


class UnitCode(serializers.SlugRelatedField):
    """A unit by its code (``120119100``, ``housing``)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="code", queryset=Unit.objects.active(), **kwargs)


def _text(one: Field, **options: Any) -> serializers.Field:
    bounds: dict[str, Any] = {"min_length": one.least, "max_length": one.most}
    blank = not one.is_required
    return serializers.CharField(allow_blank=blank, **bounds, **options)


def _one(one: Field) -> serializers.Field:
    """Return the serializer field of a field of the table."""
    needed = one.is_required
    options: dict[str, Any] = {"label": one.label, "required": needed, "help_text": one.hint}
    empty: dict[str, Any] = {} if needed else {"allow_null": True}
    match one.kind:
        case Kind.CHOICE:
            return serializers.ChoiceField(
                choices=list(one.choices), allow_blank=not needed, **options
            )
        case Kind.UNIT:
            return UnitCode(**options, **empty)
        case Kind.UNITS:
            return UnitCode(many=True, **options)
        case Kind.DATE:
            return serializers.DateField(**options, **empty)
        case Kind.MOMENT:
            return serializers.DateTimeField(**options, **empty)
        case Kind.NUMBER:
            return serializers.IntegerField(min_value=one.least, max_value=one.most, **options)
        case Kind.FLAG:
            return serializers.BooleanField(**options)
        case Kind.TEXT | Kind.LONG | Kind.ENTRY | Kind.TICKET:
            return _text(one, **options)
    return serializers.IntegerField(min_value=1, **options, **empty)  # an id


def serializer_for(
    row: Transition, *, without: tuple[str, ...] = ()
) -> type[serializers.Serializer]:
    """Return the serializer class of an action's input."""
    fields: dict[str, Any] = {one.name: _one(one) for one in row.fields if one.name not in without}
    fields["version"] = serializers.IntegerField(
        required=False, label="版本", min_value=1, help_text="看到的版本；别人先改过时答 409"
    )
    name = "".join(part.title() for part in row.code.split("_"))
    return type(f"{name}Input", (serializers.Serializer,), fields)
