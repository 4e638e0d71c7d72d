"""A demonstration list of one township: what is on record, with everyday differences; all invented."""

import csv
import io
from datetime import datetime, timedelta

from stdnum.cn import uscc

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core import jobs
from apps.registry.choices import EntityKind
from apps.registry.models import BusinessEntity
from apps.regulator import actions

HEAD = (
    "统一社会信用代码",
    "企业名称",
    "法定代表人",
    "企业类型",
    "住所",
    "登记机关",
    "登记状态",
    "注销日期",
)
PREFIX = {"": "91", "ENTERPRISE": "91", "INDIVIDUAL": "92", "COOPERATIVE": "93"}
NEW = ("青松", "绿野", "晨露", "百汇", "聚和")
AGO = timedelta(days=1)


def seed(*, now: datetime) -> int:
    """Upload the list as the township's head does; return how many differences it shows."""
    heads = User.objects.active().with_role(Role.TEAM_LEADER).filter(unit__isnull=False)
    by = heads.select_related("unit").order_by("unit__order", "pk").first()
    if by is None or by.unit is None:
        return 0
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(HEAD)
    office = f"蓟州区市场监督管理局{by.unit.name}所"
    entities = BusinessEntity.objects.present().filter(unit=by.unit).order_by("pk")
    for number, entity in enumerate(entities):
        if number % 31 == 9:  # the list does not have it
            continue
        code = entity.credit_code or (_code(number, entity.kind) if number % 3 == 0 else "")
        person = f"{entity.principal}演示" if number % 37 == 5 else entity.principal
        kind = EntityKind(entity.kind).label if entity.kind else ""
        state, ended = ("注销", "2026-03-02") if number % 29 == 7 else ("存续", "")
        writer.writerow([code, entity.name, person, kind, entity.address, office, state, ended])
    for number, word in enumerate(NEW):
        name, code = f"演示{word}百货店", _code(9_000 + number, "INDIVIDUAL")
        writer.writerow([code, name, "演示", "个体工商户", "", office, "存续", ""])
    listing = actions.receive(
        raw=target.getvalue().encode("utf-8-sig"),
        name=f"{by.unit.name}市场主体登记名单.csv",
        unit=by.unit,
        is_complete=True,
        by=by,
        now=now - AGO,
    )
    if listing.job is not None:
        jobs.run_here(listing.job, now=now)
    return listing.differences.count()


def _code(number: int, kind: str) -> str:
    """Return a code whose check digit fits; MADEM marks it as invented."""
    body = f"{PREFIX[kind]}120119MADEM{number % 10_000:04d}"
    return body + str(uscc.calc_check_digit(body))
