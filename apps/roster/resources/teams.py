"""The lists of the officers and of the teams' leaders."""

from typing import Any

from django.db.models import QuerySet

from apps.audit.changes import stored
from apps.core.errors import DomainError
from apps.roster import actions
from apps.roster.models import Officer, Team, Unit, Zone
from apps.roster.resources._base import YES, Effect, RosterResource, Row, shown


class OfficerResource(RosterResource):
    """为企服务人员: one row an officer of a zone (plan one (三), Appendix 1)."""

    title = "为企服务人员"
    required = ("单位", "片区", "姓名")
    columns = (*("单位", "片区", "划分片区范围", "经营主体数量", "姓名", "职务", "手机", "座机"),)

    def apply(self, row: Row) -> Effect:
        """Enter zone and person, and let the person serve there."""
        effect = Effect()
        unit = self.unit_of(row, "单位")
        zone = self._zone(row, unit, effect)
        person = self.person_of(row, unit, effect)
        if not Officer.objects.current().filter(zone=zone, person=person).exists():
            officer = actions.add_officer(
                zone=zone, person=person, by=self.by, now=self.now, is_import=True
            )
            effect.note({}, officer)
        return effect

    def _zone(self, row: Row, unit: Unit, effect: Effect) -> Zone:
        name = row["片区"]
        if not name:
            raise DomainError("“片区”没有填。")
        count = row.get("经营主体数量", "").removesuffix("家").strip()
        if count and not (count.isdecimal() and len(count) <= 7):
            raise DomainError(f"“经营主体数量”写了“{count[:20]}”。请填整数。")
        zone = Zone.objects.active().filter(unit=unit, name=name).select_related("unit").first()
        before = stored(zone) if zone else {}
        values: dict[str, Any] = {
            "name": name,
            "boundary": row.get("划分片区范围", "") or (zone.boundary if zone else ""),
            "reported_count": int(count) if count else (zone.reported_count if zone else None),
        }
        if zone is None:
            zone = actions.add_zone(unit=unit, by=self.by, now=self.now, **values)
        else:
            actions.save_zone(zone=zone, by=self.by, now=self.now, **values)
        effect.note(before, zone)
        return zone

    def rows_of(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By township and zone."""
        found = queryset.select_related("zone__unit", "person")
        return found.order_by("zone__unit__order", "zone__order", "zone_id", "pk")

    def cells(self, instance: Officer) -> list[str]:
        """One post."""
        zone, person = instance.zone, instance.person
        count = "" if zone.reported_count is None else str(zone.reported_count)
        return [
            *(zone.unit.name, zone.name, zone.boundary, count, person.name, person.title),
            *(shown(person, "mobile"), shown(person, "landline")),
        ]


class TeamResource(RosterResource):
    """为企服务队伍: one row a township with its leader (plan one (三))."""

    title = "为企服务队伍"
    required = ("单位", "负责人")
    columns = ("单位", "负责人", "职务", "处级", "手机", "座机", "队伍说明")

    def apply(self, row: Row) -> Effect:
        """Enter the leader and put him in charge; without a name only the note is taken."""
        effect = Effect()
        unit = self.unit_of(row, "单位")
        team = Team.objects.filter(unit=unit).select_related("unit", "leader").first()
        if team is None:
            raise DomainError(f"{unit.name}没有为企服务队伍，只有乡镇、街道、开发区有。")
        before = stored(team)
        leader = team.leader
        if row["负责人"]:
            leader = self.person_of(row, unit, effect, name_head="负责人")
        actions.set_team_leader(
            team=team,
            leader=leader,
            note=row.get("队伍说明", "") or team.note,
            by=self.by,
            now=self.now,
        )
        effect.note(before, team)
        return effect

    def rows_of(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """In the fixed order of the townships."""
        return queryset.select_related("unit", "leader").order_by("unit__order", "pk")

    def cells(self, instance: Team) -> list[str]:
        """One team; the leader's cells are empty where there is none."""
        leader = instance.leader
        words = ("", "", "") if leader is None else (leader.name, leader.title, YES)
        numbers = (shown(leader, "mobile"), shown(leader, "landline"))
        return [instance.unit.name, *words, *numbers, instance.note]
