"""Serializer fields of the API; pages use the template filter of the same rule."""

from typing import Any

from rest_framework import serializers

from apps.core.phones import mask


class MaskedPhoneField(serializers.CharField):
    """A phone as every list shows it (``138****1234``); read-only, never the whole number."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["read_only"] = True
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> str:
        """Return the masked number."""
        return mask(value)
