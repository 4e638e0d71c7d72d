"""The columns of the handbook as a file: one resource for the screens and for the admin."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from import_export import fields, resources, widgets

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.handbook import actions, sheet
from apps.handbook.actions._base import check, cleaned
from apps.handbook.models import CONTENT, Entry
from apps.roster.models import Category, Unit

_PLAIN = [
    name
    for name in sheet.COLUMNS.values()
    if name not in {"number", "category", "unit", "effective_on"}
]
_LABELS = {name: label for label, name in sheet.COLUMNS.items()}


class CategoryWidget(widgets.Widget):  # type: ignore[misc]
    """A second-level category by code or name."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Category:
        """Find it, or say what to write."""
        text = str(value or "").strip()
        if not text:
            raise ValueError("没有填类目。请写二级类目的编码，如 0401。")
        known = Category.objects.active().filter(parent__isnull=False)
        rows = known.filter(code=text.split()[0]) or known.filter(name=text)
        if len(rows) != 1:
            raise ValueError(f"没有“{text[:20]}”这个二级类目。请写编码，如 0401。")
        return rows[0]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Write code and name."""
        return f"{value.code} {value.name}" if value else ""


class UnitWidget(widgets.Widget):  # type: ignore[misc]
    """A unit by its short name; empty means the category's usual lead."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Unit | None:
        """Find it, or say what to write."""
        text = str(value or "").strip()
        if not text:
            return None
        found = Unit.objects.active().filter(name=text).first()
        if found is None:
            raise ValueError(f"没有“{text[:20]}”这个单位。请写单位简称。")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Write the short name."""
        return str(value.name) if value else ""


class DayWidget(widgets.Widget):  # type: ignore[misc]
    """A day as 2026-03-18; empty means the day of publication."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        """Read it, or say how to write it."""
        text = str(value or "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise ValueError(f"日期“{text[:20]}”看不懂。请写成 2026-03-18 的样子。") from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Write it the same way."""
        return value.isoformat() if value else ""


class EntryResource(resources.ModelResource):  # type: ignore[misc]
    """Working copies of entries in, entries out.

    A row with a number changes that entry, a row without one makes a new entry. Rows are written
    through ``actions.save_draft``; nothing is published. ``user`` says for whom: entries of other
    departments are refused.
    """

    number = fields.Field(attribute="number", column_name="编号")
    category = fields.Field(attribute="category", column_name="类目", widget=CategoryWidget())
    unit = fields.Field(attribute="unit", column_name="责任部门", widget=UnitWidget())
    effective_on = fields.Field(attribute="effective_on", column_name="生效日", widget=DayWidget())

    class Meta:
        model = Entry
        import_id_fields = ("number",)
        fields = tuple(sheet.COLUMNS.values())
        import_order = ("category", *(name for name in fields if name != "category"))
        export_order = fields
        skip_unchanged = True
        report_skipped = True
        skip_diff = False
        skip_html_diff = True
        store_instance = True

    def __init__(self, *, user: Actor | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user
        for name in _PLAIN:
            self.fields[name].column_name = _LABELS[name]

    def get_queryset(self) -> QuerySet[Entry]:
        """The entries that may be changed."""
        rows = Entry.objects.select_related("category", "unit", "current")
        return rows if self.user is None else rows.editable_by(self.user)

    def get_instance(self, instance_loader: Any, row: Any) -> Entry | None:
        """Find the entry of a row by its number; without a number it is a new one."""
        number = str(row.get("编号") or "").strip()
        if not number:
            return None
        found = self.get_queryset().filter(number=number).first()
        if found is None:
            text = "没有这个编号，或不是本部门的条目。新条目请把编号留空。"
            raise ValidationError({"number": text})
        return found

    def skip_row(
        self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """Leave out what is already so."""
        if import_validation_errors or original is None or not original.pk:
            return False
        return bool(cleaned(instance.content()) == original.content())

    def import_field(
        self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any
    ) -> None:
        """Columns that the file does not have stay as they are."""
        if field.column_name == "责任部门" and not str(row.get("责任部门") or "").strip():
            if instance.unit_id is None and instance.category_id is not None:
                instance.unit = self._unit_of(instance.category)
            return
        if field.column_name in row and field.column_name != "编号":
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def _unit_of(self, category: Category) -> Unit:
        """The own department for those who write for one, else the category's usual lead."""
        if self.user is not None and not self.user.scope.everything:
            return Unit.objects.get(pk=self.user.unit_id or 0)
        if category.default_lead is None:
            raise ValueError("这个类目没有默认主办单位，请填责任部门。")
        return category.default_lead

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Check a row as the form would, and that the entry is the user's to write."""
        errors = dict(import_validation_errors or {})
        if not errors:
            for name, value in cleaned(instance.content()).items():
                setattr(instance, name, value)
            try:
                check(instance.content())
                for name in ("question", "short_answer", "answer"):
                    if not getattr(instance, name):
                        raise DomainError(f"没有填{_LABELS[name]}。", field=name)
                self._check_unit(instance)
            except DomainError as error:
                errors[error.field or "number"] = ValidationError(error.message)
        if not errors:
            instance.clean_fields(exclude=["number"])
        if errors:
            raise ValidationError(errors)

    def _check_unit(self, instance: Entry) -> None:
        if self.user is not None and not self.user.scope.covers_unit(instance.unit_id):
            raise DomainError("只能导入本部门负责的条目。", field="unit")

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Write the draft through the action; a rehearsal writes nothing."""
        if kwargs.get("dry_run"):
            return
        content = {name: getattr(instance, name) for name in CONTENT if name != "is_example"}
        saved = actions.save_draft(
            entry=None if is_create else Entry.objects.get(pk=instance.pk),
            by=self.user,
            now=timezone.now(),
            **content,
        )
        instance.pk, instance.number = saved.pk, saved.number
