"""Columns that compute themselves, so that bulk writes cannot forget them."""

from typing import Any

from django.db import models

from apps.core.pinyin import initials


class InitialsField(models.CharField):
    """The pinyin initials of another text column, kept for search ("jzq" finds 蓟州区)."""

    def __init__(self, *args: Any, source: str = "name", **kwargs: Any) -> None:
        self.initials_of = source
        kwargs.setdefault("max_length", 120)
        kwargs.update(blank=True, default="", editable=False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Describe the column for migrations."""
        name, path, args, kwargs = super().deconstruct()
        for key in ("blank", "default", "editable"):
            kwargs.pop(key, None)
        return name, path, args, {**kwargs, "source": self.initials_of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Compute the initials from the text next to it."""
        found = initials(str(getattr(model_instance, self.initials_of) or ""))[: self.max_length]
        setattr(model_instance, self.attname, found)
        return found
