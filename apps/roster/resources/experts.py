"""The list of the 1+X pool."""

from typing import Any

import tablib
from django.db.models import QuerySet

from apps.audit.changes import stored
from apps.core.errors import DomainError
from apps.roster import actions
from apps.roster.choices import ExpertRank
from apps.roster.models import Category, Expert, Person, Unit
from apps.roster.resources._base import NO, YES, Effect, RosterResource, Row, shown


class ExpertResource(RosterResource):
    """“1+X”专家库: one row a commissioner or expert (plan one (二))."""

    title = "“1+X”专家库"
    required = ("部门", "姓名")
    columns = (
        *("部门", "姓名", "职务", "身份", "处级", "手机", "座机"),
        *("可答复的类目", "业务专长"),
    )

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Read the categories once, too."""
        super().before_import(dataset, **kwargs)
        rows = list(Category.objects.active())
        self.matters = {row.name: row for row in rows} | {row.code: row for row in rows}

    def apply(self, row: Row) -> Effect:
        """Enter the person, appoint, set what he answers for."""
        effect = Effect()
        unit = self.unit_of(row, "部门")
        person = self.person_of(row, unit, effect)
        kept = Expert.objects.current().filter(person=person).select_related("unit").first()
        before = stored(kept, many=("matters",)) if kept else {}
        expert = self._appointed(row, unit, person, kept)
        wanted = self._matters(row)
        actions.save_expert(
            expert=expert,
            matters=expert.matters.all() if wanted is None else wanted,
            matters_note=row.get("业务专长", "") or expert.matters_note,
            by=self.by,
            now=self.now,
        )
        effect.note(before, expert, many=("matters",))
        return effect

    def _appointed(self, row: Row, unit: Unit, person: Person, kept: Expert | None) -> Expert:
        ranks = {label: value for value, label in ExpertRank.choices}
        text = row.get("身份", "")
        if text and text not in ranks:
            raise DomainError(f"“身份”请填{'或'.join(f'“{label}”' for label in ranks)}。")
        rank = ranks.get(text, kept.rank if kept else ExpertRank.EXPERT)
        if kept is not None and kept.rank == rank:
            return kept
        if rank == ExpertRank.COMMISSIONER:
            return actions.appoint_commissioner(unit=unit, person=person, by=self.by, now=self.now)
        if kept is not None:
            raise DomainError(f"{person.name} 现为专员。请先在专家库页面换专员，再导入。")
        return actions.add_expert(person=person, unit=unit, by=self.by, now=self.now)

    def _matters(self, row: Row) -> list[Category] | None:
        text = row.get("可答复的类目", "")
        if not text:
            return None
        names = [name.strip() for name in text.replace(";", "；").split("；") if name.strip()]
        unknown = [name for name in names if name not in self.matters]
        if unknown:
            raise DomainError(f"没有“{unknown[0]}”这个类目。多个类目用分号分开。")
        return [self.matters[name] for name in names]

    def rows_of(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """In the order of the pool's page."""
        found = queryset.select_related("unit", "person").prefetch_related("matters")
        return found.order_by("unit__order", "unit_id", "rank", "pk")

    def cells(self, instance: Expert) -> list[str]:
        """One appointment."""
        person = instance.person
        return [
            *(instance.unit.name, person.name, person.title, str(instance.get_rank_display())),
            YES if person.is_division_level else NO,
            *(shown(person, "mobile"), shown(person, "landline")),
            "；".join(
                row.name for row in sorted(instance.matters.all(), key=lambda row: row.order)
            ),
            instance.matters_note,
        ]
