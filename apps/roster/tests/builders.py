"""Invented people, zones and experts for tests, written as the product writes them."""

from django.utils import timezone

from apps.roster import actions
from apps.roster.models import Team, Unit

MOBILE, OTHER_MOBILE, LANDLINE = "15400000011", "15400000012", "022-40000013"


def unit_of(name="渔阳镇"):
    return Unit.objects.get(name=name)


def team_of(name="渔阳镇"):
    return Team.objects.select_related("unit", "leader").get(unit__name=name)


def person_of(name="李春生", unit="渔阳镇", *, title="经发办干部", by=None, now=None, **values):
    given = {"is_division_level": False, "mobile": MOBILE, "landline": "", **values}
    return actions.save_person(
        person=None, unit=unit_of(unit), name=name, title=title, by=by,
        now=now or timezone.now(), **given,
    )  # fmt: skip


def head_of(name="赵敏", unit="区住房建设委", **values):
    return person_of(name, unit, title="副主任", is_division_level=True, **values)


def zone_of(unit="渔阳镇", name="第一片区", *, boundary="东至一路、含甲村", now=None):
    return actions.add_zone(
        unit=unit_of(unit), name=name, boundary=boundary, reported_count=12, by=None,
        now=now or timezone.now(),
    )  # fmt: skip


def serve(person, zone, **values):
    given = {"by": None, "now": timezone.now(), **values}
    return actions.add_officer(zone=zone, person=person, **given)


def expert_of(name="郑六", unit="区住房建设委", *, title="科长", **values):
    person = person_of(name, unit, title=title)
    return actions.add_expert(
        person=person, unit=person.unit, by=None, now=timezone.now(), **values
    )
