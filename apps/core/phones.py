"""Phone numbers: one way to read, mask, store and find them (domain.md §5, decisions.md 24)."""

import re
import unicodedata
from typing import Any

from django import forms
from django.db import models

from apps.core.crypto import keyring
from apps.core.errors import DomainError
from apps.core.fields import EncryptedTextField

AREA_CODE = "022"  # 天津
MOBILE = re.compile(r"1[3-9]\d{9}")
SERVICE = re.compile(r"(?:400|800)-?\d{3}-?\d{4}|12\d{3}|1(?:10|19|20|22)|9[56]\d{3,6}")


def normalise(text: str) -> str:
    """Return a number in its one written form.

    ``13812345678``; landlines ``022-28391234`` or ``022-28391234-801`` (022 is added to eight
    digits); service numbers as digits. Full-width digits, spaces, brackets and +86 are accepted.

    Raises:
        DomainError: it is no phone number; the message says what is expected.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[\s()·.]", "", plain).replace("—", "-").replace("–", "-")
    plain = re.sub(r"^(?:\+|00)86-?", "", plain)
    digits = plain.replace("-", "")
    if MOBILE.fullmatch(digits):
        return digits
    if SERVICE.fullmatch(plain):
        return digits
    # brackets are gone: 02228391234 and 022-28391234 are the same number
    found = re.fullmatch(r"(0(?:10|2\d|[3-9]\d{2}))-?([2-8]\d{6,7})(?:[-#转](\d{1,6}))?", plain)
    if found is None:  # eight digits without an area code are a number of 天津
        found = re.fullmatch(r"()([2-8]\d{7})(?:[-#转](\d{1,6}))?", plain)
    if found is not None:
        area, number, extension = found.groups()
        return f"{area or AREA_CODE}-{number}" + (f"-{extension}" if extension else "")
    if digits.isdecimal() and digits.startswith("1"):
        raise DomainError(f"手机号应为 11 位数字，现在是 {len(digits)} 位。")
    raise DomainError("电话应为 11 位手机号，或带区号的座机，如 022-28391234。")


def mask(text: str | None) -> str:
    """Return the number as lists show it: ``138****1234``, ``022-8***5678``; never more."""
    if not text:
        return ""
    if MOBILE.fullmatch(text):
        return f"{text[:3]}****{text[-4:]}"
    area, dash, rest = text.partition("-")
    if dash:
        number = rest.split("-")[0]
        return f"{area}-{number[0]}***{number[-4:]}"
    return f"***{text[-2:]}"


def search_index(number: str) -> str:
    """Return the keyed digest by which a whole number is found."""
    return keyring().index(number, purpose="phone")


def tail_index(last_four: str) -> str:
    """Return the keyed digest by which the last four digits are found."""
    return keyring().index(last_four, purpose="phone-tail")


def last_four(number: str) -> str:
    """Return the last four digits of a number (the extension of a landline does not count)."""
    parts = number.split("-")
    return (parts[1] if len(parts) > 1 else parts[0])[-4:]


class _IndexColumn(models.CharField):
    """The digest of a phone column, computed at each write: bulk writes cannot forget it."""

    def __init__(self, *args: Any, source: str = "", whole: bool = True, **kwargs: Any) -> None:
        self.source, self.whole = source, whole
        kwargs.update(max_length=32, blank=True, default="", editable=False, db_index=True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Describe the column for migrations."""
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "blank", "default", "editable", "db_index"):
            kwargs.pop(key, None)
        return name, path, args, {**kwargs, "source": self.source, "whole": self.whole}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Compute the digest from the phone next to it."""
        number = getattr(model_instance, self.source) or ""
        digest = ""
        if number:
            digest = search_index(number) if self.whole else tail_index(last_four(number))
        setattr(model_instance, self.attname, digest)
        return digest


class PhoneField(EncryptedTextField):
    """An encrypted phone with two companion columns: ``<name>_index`` and ``<name>_tail``.

    Look up with ``filter(mobile_index=search_index(number))`` or
    ``filter(mobile_tail=tail_index("1234"))``. With ``save(update_fields=…)`` name the companions
    too; ``companions()`` lists them.
    """

    is_phone = True

    def __init__(self, *args: Any, companions: bool = True, **kwargs: Any) -> None:
        # migrations and table rebuilds copy a field by its description; they list the companion
        # columns themselves, so the copy must not add them again
        self.adds_companions = companions
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Describe the column for migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "companions": False}

    def contribute_to_class(self, cls: type[models.Model], name: str, **kwargs: Any) -> None:  # type: ignore[override]
        """Add the field and its companion columns (a concrete model's, not an abstract one's)."""
        super().contribute_to_class(cls, name, **kwargs)
        if not self.adds_companions or cls._meta.abstract:
            return
        for suffix, whole, label in (("index", True, "全号索引"), ("tail", False, "后四位索引")):
            field = _IndexColumn(f"{self.verbose_name}{label}", source=name, whole=whole)
            cls.add_to_class(f"{name}_{suffix}", field)

    def companions(self) -> tuple[str, str]:
        """Return the names of the two index columns."""
        return f"{self.name}_index", f"{self.name}_tail"

    def formfield(self, **kwargs: Any) -> Any:
        """Offer the field that normalises what is typed."""
        options = {
            "label": self.verbose_name,
            "required": not self.blank,
            "help_text": self.help_text,
        }
        kwargs.pop("widget", None)
        kwargs.pop("max_length", None)
        return PhoneFormField(**{**options, **{k: v for k, v in kwargs.items() if k in options}})


class PhoneFormField(forms.CharField):
    """A text box for one phone; what is typed is normalised, an error says what is expected."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return the normalised number, or an empty string."""
        text = super().clean(value)
        try:
            return normalise(text) if text else ""
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
