"""三定体检: each number is the length of the list behind it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.registry import actions
from apps.registry.models import BusinessEntity
from apps.registry.queries import health
from apps.registry.queries.checks import (
    CHECKS,
    empty_zones,
    entities_with,
    miscounted_zones,
    officers_without_phone,
)
from apps.registry.queries.zones import check_zones
from apps.registry.tests.builders import CODE, entity_of, number_of, unit_of, zone_of
from apps.roster.models import Officer, Person, Zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def township():
    """渔阳镇 with one of every fault."""
    unit, today = unit_of(), timezone.localdate()
    served, empty = zone_of(), zone_of(name="第二片区")
    closed = zone_of(name="旧片区")
    Zone.objects.filter(pk=served.pk).update(reported_count=9)
    reachable = Person.objects.create(unit=unit, name="周四", mobile=number_of(1))
    silent = Person.objects.create(unit=unit, name="吴五")
    for person in (reachable, silent):
        Officer.objects.create(person=person, zone=served, since_on=today)
    full = {"principal": "王七", "kind": "INDIVIDUAL", "phones": [number_of(5)]}
    entity_of("齐全商店", zone=served, **full)
    entity_of("无人片区商店", zone=empty, **full)
    entity_of("停用片区商店", zone=closed, **full)
    entity_of("没归片区商店", **full)
    entity_of("没电话商店", zone=served, principal="郑八", kind="INDIVIDUAL")
    entity_of("没性质商店", zone=served, principal="郑九", phones=[number_of(6)])
    entity_of("没负责人商店", zone=served, kind="INDIVIDUAL", phones=[number_of(7)])
    entity_of("代码不对", zone=served, credit_code=CODE[:-1] + "0", **full)
    dead = entity_of("停机商店", zone=served, **full)
    actions.mark_phone(contact=dead.contacts.get(), is_dead=True, by=None, now=timezone.now())
    entity_of("宏远建材公司", zone=served, **full)
    entity_of("宏远建材有限公司", zone=served, **full)
    gone = entity_of("注销商店", **full)
    actions.set_status(entity=gone, status="CANCELLED", on=today, by=None, now=timezone.now())
    Zone.objects.filter(pk=closed.pk).update(is_active=False)
    entity_of("别处商店", unit="下营镇")
    return unit


class TestUnitRows:
    def test_count_what_the_lists_show(self, township):
        (row,) = health.unit_rows([township], today=timezone.localdate())
        own = BusinessEntity.objects.filter(unit=township)
        assert row.total == own.active().count() == 11
        for key in CHECKS:
            assert row.counts[key] == entities_with(key, own).count() > 0, key
        assert row.empty_zones == empty_zones().filter(unit=township).count() == 1
        assert row.miscounted == miscounted_zones().filter(unit=township).count() == 1
        assert row.unreachable_officers == officers_without_phone().count() == 1

    def test_give_the_rates_of_the_definitions(self, township):
        (row,) = health.unit_rows([township], today=timezone.localdate())
        assert row.counts["unbound"] == 3
        assert row.bound_rate == Decimal(8) / 11
        assert row.counts["incomplete"] == 4
        assert row.complete_rate == Decimal(7) / 11
        assert row.difference == 9 - 11

    def test_say_nothing_where_there_is_nothing(self):
        (row,) = health.unit_rows([unit_of("下营镇")], today=timezone.localdate())
        assert (row.bound_rate, row.complete_rate, row.difference) == (None, None, None)

    def test_count_confirmed_people(self, township):
        today = timezone.localdate()
        Person.objects.filter(name="周四").update(
            confirmed_on=today - timedelta(days=90), confirmed_by="本人"
        )
        (row,) = health.unit_rows([township], today=today)
        assert row.roster_rate == Decimal(1) / 2

    def test_cost_the_same_for_one_and_for_all(self, township, django_assert_num_queries):
        from apps.roster.models import Unit

        for units in ([township], list(Unit.objects.with_team())):
            with django_assert_num_queries(7):
                health.unit_rows(units, today=timezone.localdate())


class TestZoneRows:
    def test_count_what_the_lists_show_and_add_up(self, township):
        rows = health.zone_rows(township)
        assert [row.zone.name if row.zone else None for row in rows] == [
            "第一片区",
            "第二片区",
            None,
        ]
        own = BusinessEntity.objects.filter(unit=township)
        for row in rows[:-1]:
            in_zone = own.filter(zone=row.zone)
            assert row.total == in_zone.active().count()
            for key in CHECKS:
                assert row.counts[key] == entities_with(key, in_zone).count()
        assert rows[-1].total == entities_with("no_zone", own).count() == 2
        assert sum(row.total for row in rows) == own.active().count()


class TestCheckZones:
    def test_names_what_is_forgotten_and_claimed_twice(self):
        unit = unit_of("下营镇")
        zone_of(unit, boundary="小平安村、大平安、石炮沟")
        zone_of(unit, name="第二片区", boundary="大平安村，东至山")
        zone_of(unit, name="第三片区", boundary=" ")
        found = check_zones(unit)
        assert {"小平安村", "大平安村", "石炮沟村"}.isdisjoint(found.unnamed)
        assert "黄崖关村" in found.unnamed
        assert [(name, [zone.name for zone in zones]) for name, zones in found.claimed_twice] == [
            ("大平安村", ["第一片区", "第二片区"])
        ]
        assert [zone.name for zone in found.without_boundary] == ["第三片区"]

    def test_is_content_when_every_village_is_in_one_zone(self):
        from apps.registry.queries.zones import villages_of

        unit = unit_of("下营镇")
        zone_of(unit, boundary="、".join(villages_of(unit)))
        assert check_zones(unit).faults == 0

    def test_has_nothing_to_say_about_the_development_zone(self):
        unit = unit_of("蓟州经济开发区")
        zone_of(unit, boundary="园区一至六号地块")
        assert check_zones(unit).villages == check_zones(unit).faults == 0
