"""Demonstration filings: some townships have filed what is on record, two wait, the others not yet.

Names and numbers are invented; the mistakes in the waiting files are those of everyday forms.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import chain

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core import jobs
from apps.core.clock import local
from apps.filings import actions, write_xlsx
from apps.filings.choices import AppendixCode, FilingState
from apps.filings.contents import Appendix, EntityRow
from apps.filings.models import Filing
from apps.filings.official import MARKS, Form
from apps.filings.queries.exporting import Wanted, forms_of
from apps.roster.models import Unit

#: so many townships of the 28, in their order, have filed; the next ones wait to be written
FILED, WAITING = 6, 2
AGO = timedelta(days=1)
#: a range that is not in use (the registry's demonstration numbers lie below it)
FAKE_MOBILE = 15_490_000_000


def seed(*, now: datetime) -> int:
    """File both forms for some townships through the usual way; return how many filings.

    What is written says what is on record: nothing of the data changes by it.
    """
    made = 0
    units = Unit.objects.active().with_team().order_by("order", "pk")
    for position, unit in enumerate(units[: FILED + WAITING]):
        by = _filer(unit)
        is_written = position < FILED
        for code in AppendixCode.values if is_written else [AppendixCode.ENTITIES.value]:
            _file(unit, code, by, now - AGO, is_written=is_written)
            made += 1
    return made


def _filer(unit: Unit) -> User | None:
    """The unit's head, else somebody of the office."""
    heads = User.objects.active().with_role(Role.TEAM_LEADER).filter(unit=unit)
    return heads.first() or User.objects.active().with_role(Role.OFFICE_CLERK).first()


def _new_rows(zone: str) -> Iterator[EntityRow]:
    """Yield new shops, three of them with a mistake."""
    for number, word in enumerate(("青松", "绿野", "晨露", "百汇", "聚和", "祥裕")):
        phone = str(FAKE_MOBILE + number * 31)
        yield EntityRow(
            row=0,
            zone=zone,
            name="" if number == 2 else f"演示{word}便利店",
            kind="" if number == 4 else "INDIVIDUAL",
            person="演示",
            phones=(phone[:-1] if number == 1 else phone,),
        )


def _file(unit: Unit, code: str, by: User | None, now: datetime, *, is_written: bool) -> None:
    form = next(forms_of(Wanted([unit], code), filed_on=local(now).date()))
    if not is_written:
        rows = list(form.entities)
        fresh = _new_rows(rows[-1].zone if rows else "")
        form = Form(form.appendix, form.unit, form.filed_on, entities=chain(rows[2:], fresh))
    target = BytesIO()
    write_xlsx.write(target, [form])
    name = f"{unit.name} {MARKS[Appendix(code)]}.xlsx"
    upload = actions.receive(raw=target.getvalue(), name=name, default_unit=unit, by=by, now=now)
    actions.start_reading(upload=upload, by=by, now=now)
    if upload.job is not None:
        jobs.run_here(upload.job, now=now)
    for filing in Filing.objects.select_related("job", "unit", "upload").filter(upload=upload):
        if is_written and filing.state == FilingState.CHECKED and filing.good_count:
            actions.start(filing=filing, by=by, now=now)
            if filing.job is not None:
                jobs.run_here(filing.job, now=now)
