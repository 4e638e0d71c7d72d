"""What the flat lists of the roster share (django-import-export).

Each row goes through the actions that the screens use, so that checks, permissions and records
are the same. An empty cell says nothing; a masked number that fits the one on record says
"unchanged". Who is not in the file stays as he is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from import_export.resources import Resource
from import_export.results import Result, RowResult

from apps.audit.actions import record
from apps.audit.changes import difference, stored
from apps.audit.labels import field_label
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.flatfiles import PLACE
from apps.core.phones import mask, normalise
from apps.roster import actions
from apps.roster.models import Person, Unit

Row = dict[str, str]
YES, NO = "是", "否"
#: shown by the row's own words, or of no interest in a preview
UNSHOWN = frozenset(
    {"unit", "person", "zone", "order", "is_active", "since_on", "joined_on",
     "contact_changed_on", "confirmed_on", "confirmed_by"}
)  # fmt: skip


@dataclass
class Effect:
    """What a row does: whether it adds somebody, and the fields before → after."""

    is_new: bool = False
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, before: dict[str, Any], after: Model, *, many: Iterable[str] = ()) -> None:
        """Take down how an object differs from what it was; ``before`` empty: it is new."""
        kind = after._meta.label_lower
        if not before:
            self.is_new = True
        changes = difference(before, stored(after, many=tuple(many)))
        self.lines += [
            (field_label(kind, name), old or "（空）", new or "（空）")
            for name, (old, new) in changes.items()
            if name not in UNSHOWN
        ]


class RosterRowResult(RowResult):
    """A row's result with the changes in words."""

    lines: list[tuple[str, str, str]]
    place = ""
    who = ""

    def __init__(self) -> None:
        super().__init__()
        self.lines = []


class RosterResult(Result):
    """The result of a file; wrong rows are named by their place in it."""

    def append_invalid_row(self, number: int, row: Row, validation_error: Any) -> None:
        """Keep a wrong row with its place."""
        super().append_invalid_row(number, row, validation_error)
        self.invalid_rows[-1].place = row[PLACE]


class _NoLoader:
    """The library would look rows up by their key; ``apply`` knows better."""

    def __init__(self, resource: Any, dataset: Any) -> None:
        pass


class RosterResource(Resource):
    """What the three lists share; a row is done in a savepoint of its own."""

    #: heads in the order of the file, with what is written under each
    columns: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    title = ""
    by: Actor
    now: datetime

    class Meta:
        instance_loader_class = _NoLoader

    @classmethod
    def get_display_name(cls) -> str:
        """The list's name."""
        return cls.title

    def get_user_visible_fields(self) -> list[Any]:
        """The heads, as the library's pages list them."""
        return [_Head(name) for name in self.columns]

    def get_diff_headers(self) -> list[str]:
        """The heads of the table of wrong rows."""
        return list(self.columns)

    @classmethod
    def get_result_class(cls) -> type[Result]:
        """Ours."""
        return RosterResult

    # ---- in -------------------------------------------------------------------------------
    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Note who imports, and read the units once."""
        self.by, self.now = kwargs["user"], timezone.now()
        self.units = _units_by_name()
        self.editable = set(Unit.objects.staffable_by(self.by).values_list("pk", flat=True))

    def import_row(self, row: Row, instance_loader: Any, **kwargs: Any) -> RowResult:
        """Do one row, or say what is wrong with it."""
        result = RosterRowResult()
        result.place, result.who = row[PLACE], " ".join(row[head] for head in self.required)
        try:
            with transaction.atomic():
                effect = self.apply(row)
        except DomainError as error:
            result.import_type = RowResult.IMPORT_TYPE_INVALID
            result.validation_error = ValidationError(error.message)
            return result
        result.lines = effect.lines
        kinds = (RowResult.IMPORT_TYPE_SKIP, RowResult.IMPORT_TYPE_UPDATE)
        result.import_type = (
            RowResult.IMPORT_TYPE_NEW if effect.is_new else kinds[bool(effect.lines)]
        )
        return result

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        """Note the import as a whole; each change is recorded by its action."""
        if kwargs["dry_run"] or result.has_errors() or result.has_validation_errors():
            return
        done = sum(row.import_type != RowResult.IMPORT_TYPE_SKIP for row in result.rows)
        record(
            action="roster.import",
            by=self.by,
            label=self.title,
            note=f"{len(dataset)} 行，改动 {done} 行",
            batch_size=max(done, 1),
        )

    def apply(self, row: Row) -> Effect:
        """Do one row and say what it did; raise DomainError where it cannot be done."""
        raise NotImplementedError

    def unit_of(self, row: Row, head: str) -> Unit:
        """Return the unit that a cell names, by its name or a former one."""
        name = row[head]
        if not name:
            raise DomainError(f"“{head}”没有填。")
        unit = self.units.get(name)
        if unit is None:
            raise DomainError(f"没有“{name}”这个单位。请写单位简称，如“渔阳镇”。")
        if unit.pk not in self.editable:
            raise DomainError(f"您不能修改{unit.name}的人员。")
        return unit

    def person_of(self, row: Row, unit: Unit, effect: Effect, *, name_head: str = "姓名") -> Person:
        """Return the person of a row, entered or changed as the row says."""
        name, title = row[name_head], row.get("职务", "")
        if not name:
            raise DomainError(f"“{name_head}”没有填。")
        kept = _namesake(unit, name, title)
        before = stored(kept) if kept else {}
        person = actions.save_person(
            person=kept,
            unit=unit,
            name=name,
            title=title or (kept.title if kept else ""),
            is_division_level=_flag(row, "处级", default=bool(kept and kept.is_division_level)),
            mobile=_number(row, "手机", kept.mobile if kept else ""),
            landline=_number(row, "座机", kept.landline if kept else ""),
            by=self.by,
            now=self.now,
        )
        effect.note(before, person)
        return person

    # ---- out ------------------------------------------------------------------------------
    def export(self, queryset: Any = None, **kwargs: Any) -> tablib.Dataset:
        """Return the list, one row an object."""
        found = tablib.Dataset(headers=list(self.columns), title=self.title)
        for instance in self.rows_of(queryset):
            found.append(self.cells(instance))
        return found

    def rows_of(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the objects with what a row needs, in the fixed order."""
        raise NotImplementedError

    def cells(self, instance: Any) -> list[str]:
        """Return an object's row."""
        raise NotImplementedError


def _units_by_name() -> dict[str, Unit]:
    """Return the active units by all their names; a name of two units stands for neither."""
    found = list(Unit.objects.active().order_by("order", "pk"))
    by_name = {unit.name: unit for unit in found}
    owners: dict[str, set[int]] = {}
    for unit in found:
        for name in {*unit.aliases, unit.full_name} - {""}:
            owners.setdefault(name, set()).add(unit.pk)
    by_pk = {unit.pk: unit for unit in found}
    others = {name: by_pk[next(iter(pks))] for name, pks in owners.items() if len(pks) == 1}
    return {**others, **by_name}


@dataclass(frozen=True)
class _Head:
    column_name: str


def _namesake(unit: Unit, name: str, title: str) -> Person | None:
    """Return who of a unit is meant; the post tells two of one name apart."""
    found = list(Person.objects.active().filter(unit=unit, name=name).order_by("pk"))
    if len(found) > 1:
        found = [person for person in found if person.title == title]
        if len(found) != 1:
            raise DomainError(f"{unit.name}名册里有几位“{name}”。请把职务写成和名册一致。")
    return found[0] if found else None


def _number(row: Row, head: str, kept: str) -> str:
    """Return the number a cell gives; nothing, or the mask of the present one, leaves it."""
    text = row.get(head, "")
    return kept if text in {"", mask(kept)} else normalise(text)


def _flag(row: Row, head: str, *, default: bool) -> bool:
    text = row.get(head, "")
    if text not in {"", YES, NO}:
        raise DomainError(f"“{head}”请填“{YES}”或“{NO}”。")
    return default if not text else text == YES


def shown(person: Person | None, which: str) -> str:
    """Return a number as a file may show it: in full once it was confirmed (decisions.md 19)."""
    if person is None:
        return ""
    number = str(getattr(person, which))
    return number if person.is_confirmed else mask(number)
