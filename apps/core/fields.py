"""Model fields whose content is encrypted at rest."""

import re
from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from apps.core.crypto import keyring
from apps.core.errors import DomainError

STORED = re.compile(r"[a-z0-9]{1,20}:[A-Za-z0-9+/]{38,}={0,2}")


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and cannot be searched.

    An empty string stays empty: that nothing is there is no secret.
    """

    is_secret = True

    @property
    def purpose(self) -> str:
        """The associated data: a value copied to another column does not decrypt."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way to the database."""
        if value is None or value == "":
            return value
        return keyring().encrypt(str(value), purpose=self.purpose)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Decrypt on the way back."""
        return keyring().decrypt(value, purpose=self.purpose) if value else value

    def value_to_string(self, obj: models.Model) -> str:
        """Give serializers (``dumpdata``) the encrypted form: a dump holds no plain text."""
        return str(self.get_prep_value(self.value_from_object(obj)) or "")

    def to_python(self, value: Any) -> Any:
        """Take the encrypted form back from a dump; other text stays as it is."""
        if isinstance(value, str) and STORED.fullmatch(value):
            try:
                return keyring().decrypt(value, purpose=self.purpose)
            except DomainError:
                return value
        return super().to_python(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only emptiness can be asked: each encryption of a text differs."""
        if lookup_name not in {"isnull", "exact"}:
            raise FieldError(f"加密字段不能按 {lookup_name} 查找。")
        return super().get_lookup(lookup_name)
