"""Filings for tests: readings made by hand, files made by the writers, both of invented people."""

import io

from django.utils import timezone

from apps.filings import actions, write_xlsx
from apps.filings.contents import (
    Appendix,
    EntityRow,
    Finding,
    Level,
    Part,
    Reading,
    Skipped,
    Staff,
    ZoneRow,
)
from apps.filings.models import Filing
from apps.filings.official import Form
from apps.roster.models import Unit, Zone

LETTERS = "甲乙丙丁戊己庚辛壬癸"
TODAY = timezone.localdate


def number_of(position):
    """Return a mobile number of a range that is not in use."""
    return str(15_400_000_000 + position)


def name_of(position):
    """Return an invented name; no two are near each other."""
    sign = "".join(LETTERS[position // 10**power % 10] for power in range(5))
    return f"演示{sign}商店"


def row_of(position, *, zone="第一片区", **values):
    """Return a row of Appendix 2; ``values`` override."""
    made = {
        "row": position + 6,
        "zone": zone,
        "name": name_of(position),
        "kind": "INDIVIDUAL",
        "person": f"演示{LETTERS[position % 10]}",
        "phones": (number_of(position),),
    }
    return EntityRow(**{**made, **values})


def entities_part(rows, *, unit="渔阳镇", findings=(), skipped=()):
    """Return a sheet of Appendix 2 as the reader gives it."""
    found = Unit.objects.filter(name=unit).first()
    return Part(
        sheet=f"附件2 {unit}",
        appendix=Appendix.ENTITIES,
        unit_written=unit,
        unit_code=found.code if found else "",
        unit=unit if found else "",
        filed_on=TODAY(),
        entities=list(rows),
        findings=list(findings),
        skipped=list(skipped),
        rows_read=len(rows) + len(findings),
        columns={"zone": "A", "name": "C", "kind": "D", "person": "E", "phone": "F"},
    )


def zones_part(zones, *, unit="渔阳镇", leader=None):
    """Return a sheet of Appendix 1 as the reader gives it."""
    return Part(
        sheet=f"附件1 {unit}",
        appendix=Appendix.ZONES,
        unit_written=unit,
        unit_code=Unit.objects.get(name=unit).code,
        unit=unit,
        filed_on=TODAY(),
        leader=leader,
        zones=list(zones),
        rows_read=len(zones),
        columns={"zone": "B", "boundary": "C"},
    )


def zone_row(number, *, staff=(), boundary=None, count=None, name=None):
    """Return a zone of Appendix 1."""
    numeral = "一二三四五六七八九十"[number - 1]
    return ZoneRow(
        row=5 + number,
        zone=name or f"第{numeral}片区",
        boundary=f"{numeral}号村" if boundary is None else boundary,
        count=count,
        staff=tuple(staff),
    )


def person(name, post="经济发展办公室科员", phone="", *more):
    """Return somebody as a form has it."""
    return Staff(name, post, phone, more)


def missing_name(row):
    """Return the error of a row without a name."""
    return Finding(
        Level.ERROR, "附件2 渔阳镇", row, "C", "名称", "", "名称没有填", "按营业执照填写"
    )


def short_phone(row, value="1540000001"):
    """Return the warning of a number with a digit missing."""
    return Finding(
        Level.WARNING, "附件2 渔阳镇", row, "F", "联系方式", value, "手机号 10 位，少 1 位", "补齐"
    )


def example(row):
    """Return a row that was left out on purpose."""
    return Skipped(row, "示例行")


def checked(monkeypatch, *parts, by=None, name="附件2.xlsx"):
    """Upload a file whose reading is these parts; return its filings."""
    reading = Reading(name, "xlsx", list(parts))
    monkeypatch.setattr("apps.filings.intake.read", lambda *args, **kwargs: reading)
    now = timezone.now()
    upload = actions.receive(raw=name.encode(), name=name, default_unit=None, by=by, now=now)
    actions.start_reading(upload=upload, by=by, now=now)
    upload.refresh_from_db()
    rows = Filing.objects.select_related("unit", "upload", "job")
    return list(rows.filter(upload=upload).order_by("position"))


def applied(monkeypatch, *parts, by=None):
    """Upload, check and write; return the first filing."""
    filing = checked(monkeypatch, *parts, by=by)[0]
    actions.start(filing=filing, by=by, now=timezone.now())
    return fresh(filing)


def fresh(filing):
    """Return a filing as it is now."""
    return Filing.objects.select_related("unit", "upload", "job").get(pk=filing.pk)


def zone_of(name="第一片区", unit="渔阳镇"):
    """Make a zone."""
    return Zone.objects.create(unit=Unit.objects.get(name=unit), name=name, boundary="东至一路")


def workbook(*forms):
    """Return a workbook in the official layout."""
    target = io.BytesIO()
    write_xlsx.write(target, forms)
    return target.getvalue()


def entities_book(rows, *, unit="渔阳镇"):
    """Return an official Appendix 2 as a workbook."""
    return workbook(Form(Appendix.ENTITIES, unit, TODAY(), entities=rows))
