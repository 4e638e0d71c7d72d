"""Checking a file that was read: each sheet against what is known, and whose sheets it may hold."""

from collections.abc import Mapping

from apps.core.access import Actor
from apps.filings.checked import Checked
from apps.filings.contents import Appendix, Part, Reading
from apps.filings.queries.entities import check_entities
from apps.filings.queries.zones import check_zones
from apps.roster.models import Unit

NO_UNIT = "没有认出报送单位。请在下面选单位后重新核对，或在表里填写“报送单位”。"
NOT_YOURS = "这张表是{unit}的，您只能报送本单位的表。请交给该单位或区营商环境办上传。"


def units_by_code() -> Mapping[str, Unit]:
    """Return the units that file, by their codes."""
    return {unit.code: unit for unit in Unit.objects.active().with_team()}


def check_part(part: Part, units: Mapping[str, Unit], by: Actor | None) -> Checked:
    """Check one sheet; ``by`` None is the command, which may file for any unit."""
    unit = units.get(part.unit_code)
    if unit is None:
        return Checked(part, refusal=NO_UNIT)
    if by is not None and not by.scope.covers_unit(unit.pk):
        return Checked(part, refusal=NOT_YOURS.format(unit=unit.name))
    if part.appendix is Appendix.ZONES:
        return check_zones(part, unit)
    return check_entities(part, unit)


def check(reading: Reading, by: Actor | None) -> list[Checked]:
    """Check all sheets of a file."""
    units = units_by_code()
    return [check_part(part, units, by) for part in reading.parts]
