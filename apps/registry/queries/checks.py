"""What can be wrong with the 三定: one condition a check, used by counts and by lists alike."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.core.access import Actor
from apps.registry.models import BusinessEntity, MergeCandidate
from apps.roster.models import Officer, Person, Zone


@dataclass(frozen=True)
class Check:
    """A fault that entities can have, and what to do about it."""

    key: str
    label: str
    advice: str
    condition: Callable[[], Q]


def empty_zones() -> QuerySet[Zone]:
    """Return the zones in use in which nobody serves."""
    serving = Officer.objects.current().filter(zone=OuterRef("pk"), person__is_active=True)
    return Zone.objects.active().filter(~Exists(serving))


def _no_zone() -> Q:
    return Q(zone__isnull=True) | Q(zone__is_active=False)


def _no_officer() -> Q:
    return Q(zone__in=empty_zones())


def _incomplete() -> Q:
    return Q(kind="") | Q(principal="") | Q(has_phone=False)


def _duplicate() -> Q:
    pairs = MergeCandidate.objects.open()
    return Q(pk__in=pairs.values("first")) | Q(pk__in=pairs.values("second"))


#: all of them look at entities 在册 (K25, K26)
CHECKS = {
    check.key: check
    for check in (
        Check("no_zone", "未归片区", "选中后批量改片区", _no_zone),
        Check("no_officer", "片区无人服务", "到片区页安排服务人员", _no_officer),
        Check("unbound", "三定未完成", "先归片区，再安排人员", lambda: _no_zone() | _no_officer()),
        Check("no_phone", "无有效电话", "联系后补登号码", lambda: Q(has_phone=False)),
        Check("dead_phone", "有停机号码", "核实后更换号码", lambda: Q(has_dead_phone=True)),
        Check("no_kind", "性质未填", "补填性质", lambda: Q(kind="")),
        Check("no_principal", "负责人未填", "补填负责人", lambda: Q(principal="")),
        Check("incomplete", "信息不完整", "补齐性质、负责人、电话", _incomplete),
        Check("bad_code", "信用代码待核", "对照执照改正", lambda: Q(has_bad_code=True)),
        Check("duplicate", "疑似重复", "到核对队列处理", _duplicate),
    )
}


def entities_with(key: str, entities: QuerySet[BusinessEntity]) -> QuerySet[BusinessEntity]:
    """Return the entities 在册 among some that have a fault; unknown keys find nothing."""
    check = CHECKS.get(key)
    found = entities.filter(status="ACTIVE", merged_into__isnull=True)
    return found.filter(check.condition()) if check else found.none()


# ---- zones and people ------------------------------------------------------------------------
def miscounted_zones() -> QuerySet[Zone]:
    """Return the zones whose number in Appendix 1 differs from the rows of Appendix 2 (K27)."""
    counted = (
        BusinessEntity.objects.active()
        .filter(zone=OuterRef("pk"))
        .values("zone")
        .annotate(n=Count("pk"))
        .values("n")
    )
    zones = Zone.objects.active().filter(reported_count__isnull=False)
    zones = zones.annotate(counted=Coalesce(Subquery(counted), 0))
    return zones.exclude(reported_count=F("counted"))


def officers_without_phone() -> QuerySet[Person]:
    """Return the people who serve a zone and cannot be called."""
    serving = Officer.objects.current().filter(person=OuterRef("pk"), zone__is_active=True)
    no_mobile = Q(mobile="") | Q(is_mobile_dead=True)
    no_landline = Q(landline="") | Q(is_landline_dead=True)
    return Person.objects.active().filter(Exists(serving), no_mobile, no_landline)


ZONE_CHECKS: dict[str, tuple[str, Callable[[], QuerySet[Zone]]]] = {
    "empty_zone": ("片区没有服务人员", empty_zones),
    "miscounted": ("附件 1 填报数与附件 2 实数不符", miscounted_zones),
}
PERSON_CHECKS: dict[str, tuple[str, Callable[[], QuerySet[Person]]]] = {
    "officer_no_phone": ("服务人员没有能打通的电话", officers_without_phone),
}


def covered_units(user: Actor) -> Q:
    """Return the condition on ``pk`` of the units whose 三定 a person may look at."""
    return Q() if user.scope.everything else Q(pk__in=user.scope.unit_ids)
