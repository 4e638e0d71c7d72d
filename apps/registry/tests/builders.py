"""Invented entities for tests."""

from django.utils import timezone

from apps.registry import actions
from apps.registry.actions import EntityData, NewContact
from apps.registry.facts import EntityFacts
from apps.roster.models import Unit, Zone

GIVEN = "安柏波晨川岱栋帆芳枫刚皓衡虹华吉佳建江洁"
#: the check digit of a made-up code fits; nobody has it
CODE, OTHER_CODE = "91120119MA0ABCD01Y", "92120119MA0ABCD02Y"


def unit_of(name="渔阳镇"):
    return Unit.objects.get(name=name)


def zone_of(unit=None, name="第一片区", boundary="东至一路"):
    unit = unit or unit_of()
    return Zone.objects.create(unit=unit, name=name, boundary=boundary, order=90)


def number_of(position):
    return str(15_400_000_000 + position)


def data(name="宏远建材有限公司", **values):
    phones = values.pop("phones", ())
    contacts = tuple(NewContact(number) for number in phones)
    return EntityData(name=name, contacts=contacts, **values)


def entity_of(name="宏远建材有限公司", unit="渔阳镇", by=None, **values):
    return actions.add_entity(
        unit=unit_of(unit) if isinstance(unit, str) else unit,
        data=data(name, **values),
        by=by,
        now=timezone.now(),
    )


def facts_of(count, start=0, **values):
    """Rows of a list: names, principals and numbers all differ."""
    rows = []
    for position in range(start, start + count):
        letters = "".join(GIVEN[position // 20**power % 20] for power in range(4))
        rows.append(
            EntityFacts(
                name=f"演示{letters}{position}商店",
                kind="INDIVIDUAL",
                principal=f"演示{letters}",
                phones=(number_of(position),),
                **values,
            )
        )
    return rows
