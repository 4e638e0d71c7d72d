"""What is exported and not touched reads back as 0 changes, for every township and both forms."""

import io
import random

import pytest
from django.utils import timezone

from apps.filings import intake, write_docx, write_xlsx
from apps.filings.choices import AppendixCode
from apps.filings.queries.checking import check
from apps.filings.queries.exporting import Wanted, forms_of
from apps.registry import demo as registry_demo
from apps.roster import demo as roster_demo
from apps.roster.models import Unit, Zone

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def district():
    """28 townships with zones, officers, leaders and entities, all invented."""
    chance, now = random.Random(7), timezone.now()
    roster_demo.seed(size="small", by=None, now=now, rng=chance)
    registry_demo.seed(size="small", by=None, now=now, rng=chance)
    return list(Unit.objects.active().with_team().order_by("order", "pk"))


def read_back(wanted, write):
    target = io.BytesIO()
    write(target, forms_of(wanted, filed_on=timezone.localdate()))
    suffix = "docx" if write is write_docx.write else "xlsx"
    return check(intake.read(target.getvalue(), f"导出.{suffix}"), None)


def assert_unchanged(found, units, *, zone=False):
    assert [one.part.unit for one in found] == [unit.name for unit in units]
    for one in found:
        assert (one.new, one.changed, one.refusal) == (0, 0, ""), one.changes[:3]
        assert one.same > 0
        assert not [finding for finding in one.all_findings() if finding.level == "ERROR"]
        assert zone or not one.gone


class TestRoundTrip:
    def test_changes_nothing_in_any_township(self, district):
        assert len(district) == 28
        for appendix in AppendixCode.values:
            for write in (write_xlsx.write, write_docx.write):
                assert_unchanged(read_back(Wanted(district, appendix), write), district)

        def with_columns(target, forms):
            write_xlsx.write(target, forms, extra=("credit_code", "address"))

        assert_unchanged(read_back(Wanted(district[:3], "2"), with_columns), district[:3])

    def test_of_one_zone_or_with_names_of_their_own_changes_nothing(self, district):
        unit = district[1]
        zone = Zone.objects.filter(unit=unit).order_by("order").first()
        found = read_back(Wanted([unit], "2", zone=zone), write_xlsx.write)
        assert_unchanged(found, [unit], zone=True)
        assert {row.zone for row in found[0].part.entities} == {zone.name}
        assert found[0].gone
        zones = Zone.objects.active().filter(unit=unit).order_by("order")
        for one, name in zip(zones, ("城西 工业园片区", "翠屏山片区"), strict=False):
            Zone.objects.filter(pk=one.pk).update(name=name)
        for appendix in AppendixCode.values:
            assert_unchanged(read_back(Wanted([unit], appendix), write_xlsx.write), [unit])
        target = io.BytesIO()
        write_xlsx.write(target, forms_of(Wanted([unit], "2"), filed_on=timezone.localdate()))
        entity = unit.entities.exclude(principal="").first()
        type(entity).objects.filter(pk=entity.pk).update(principal="演示换人")
        (changed,) = check(intake.read(target.getvalue(), "导出.xlsx"), None)
        assert changed.changed == 1
