"""Do something about differences, at most 500 a transaction; stopped or killed, it goes on later."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.actions import record
from apps.core import jobs
from apps.core.access import Actor
from apps.core.clock import local
from apps.core.errors import DomainError
from apps.core.models import Job
from apps.filings import kept
from apps.filings.actions._base import actor_of, enqueue
from apps.notices.actions import notify
from apps.registry import actions as registry
from apps.registry import names
from apps.registry.choices import EntityStatus, Source
from apps.registry.facts import Applied, Changed, EntityFacts
from apps.registry.models import BusinessEntity
from apps.regulator.choices import ACTS, FOUND_OUT, Act, ActState, Kind, Outcome
from apps.regulator.models import ActPiece, Difference, ListAct, RegistrationList
from apps.roster.models import Unit

SETTLE_JOB = "regulator.settle"
BATCH = 500
SMALL = 500  # so many are done while the person waits
MOVED_ON = "这些差异刚刚被他人处理过，请刷新后再看。"
EDITED = "比对后有人改过这家，或改名后会与另一家同名，没有处理。请重新比对或到主体页核对。"
NAMESAKE = "本单位已有同名的经营主体，没有登记。请到经营主体页核对。"
NO_UNIT = "没有乡镇，没有登记。请选归到哪个乡镇。"
OTHER_UNIT = "两边的乡镇不同，这里不改。请核实后报迁出，或改正名单。"
#: fields that the list may bring; the township is looked into by people
WRITTEN = ("name", "credit_code", "kind", "principal", "address")


def settle(
    *,
    listing: RegistrationList,
    rows: QuerySet[Difference],
    what: str,
    by: Actor,
    now: datetime,
    status: str = "",
    unit: Unit | None = None,
    note: str = "",
) -> ListAct:
    """Do one thing about the open ones among some differences of a list.

    ``status`` is for MARK of entities that the list does not name; ``unit`` for ADD of lines
    without a township. A few are done at once, more in the background.

    Raises:
        DomainError: nothing is left to do, the act does not suit the kind, a state is missing.
    """
    kinds = set(rows.open().values_list("kind", flat=True).distinct().order_by())  # type: ignore[attr-defined]
    if not kinds:
        raise DomainError(MOVED_ON)
    if any(what not in ACTS[kind] for kind in kinds):
        raise DomainError("这样处理不适用于所选的差异，请按类别分开处理。")
    if what == Act.MARK and Kind.EXTRA in kinds and status not in FOUND_OUT:
        raise DomainError("请选核实的结果：注销、吊销或失联。", field="status")
    if unit is not None and not by.scope.covers_unit(unit.pk):
        raise DomainError("只能登记到本单位。请改选本单位。", field="unit")
    with transaction.atomic():
        job = enqueue(SETTLE_JOB, by, now)
        act = ListAct.objects.create(
            listing=listing,
            what=what,
            status=status if what == Act.MARK and Kind.EXTRA in kinds else "",
            unit=unit,
            note=" ".join(note.split())[:200],
            owner_id=by.unit_id,
            by_id=by.pk,
            at=now,
            count=0,
            job=job,
        )
        job.payload = {**job.payload, "act": act.pk}
        job.save(update_fields=["payload"])
        act.count = rows.open().update(act=act)  # type: ignore[attr-defined]
        act.save(update_fields=["count"])
        record(
            action=f"regulator.{what.lower()}",
            by=by,
            target=listing,
            label=f"{listing.name} {act.count} 家",
            note=act.note,
            batch_size=max(act.count, 1),
        )
    if act.count <= SMALL:
        jobs.run_here(job, now=now)
    return ListAct.objects.select_related("job").get(pk=act.pk)


def resume(*, act: ListAct, by: Actor, now: datetime) -> None:
    """Go on with an act that stopped half-way.

    Raises:
        DomainError: it is running, or has ended.
    """
    if act.is_running or act.state != ActState.RUNNING:
        raise DomainError(MOVED_ON)
    with transaction.atomic():
        act.job = enqueue(SETTLE_JOB, by, now, act=act.pk)
        act.save(update_fields=["job"])
    if act.count <= SMALL:
        jobs.run_here(act.job, now=now)


def run_settling(job: Job) -> None:
    """Do the job; run again after a crash, it goes on where it was."""
    act = ListAct.objects.select_related("listing", "by", "unit").get(pk=job.payload["act"])
    if act.job_id != job.pk or act.state != ActState.RUNNING:
        return
    by = actor_of(job)
    waiting = Difference.objects.filter(act=act, outcome=Outcome.OPEN).order_by("pk")
    while rows := list(waiting.select_related("unit")[:BATCH]):
        with transaction.atomic():
            _settle(act, rows, by, timezone.now())
            done = act.done_count + act.skipped_count
            jobs.beat(job, done=done, total=max(act.count, done))
    _finish(act, by, timezone.now())


def _settle(act: ListAct, rows: Sequence[Difference], by: User | None, now: datetime) -> None:
    """Do one batch, keep what taking it back needs, and note the outcome of each."""
    if act.what == Act.KEEP:
        refused: dict[int, str] = {}
        applied: dict[int, Applied] = {}
        good = Outcome.KEPT
    elif act.what == Act.ADD:
        refused, applied = _add(act, rows, by, now)
        good = Outcome.DONE
    else:
        refused, applied = _change(act, rows, by, now)
        good = Outcome.DONE
    pieces = [
        {"unit": unit_id, "created": one.created, "updated": one.updated}
        for unit_id, one in applied.items()
        if one.created or one.updated
    ]
    if pieces:
        ActPiece.objects.create(
            act=act, position=ActPiece.objects.filter(act=act).count(), payload=kept.pack(pieces)
        )
    for row in rows:
        row.outcome = Outcome.SKIPPED if row.pk in refused else good
        row.note = refused.get(row.pk, row.note)
    Difference.objects.bulk_update(rows, ["outcome", "note", "entity", "unit"])
    act.done_count += len(rows) - len(refused)
    act.skipped_count += len(refused)
    act.save(update_fields=["done_count", "skipped_count"])


def _add(
    act: ListAct, rows: Iterable[Difference], by: User | None, now: datetime
) -> tuple[dict[int, str], dict[int, Applied]]:
    """Enter what the registry lacks, township by township, without a zone."""
    refused: dict[int, str] = {}
    by_unit: dict[int, list[Difference]] = defaultdict(list)
    units: dict[int, Unit] = {}
    for row in rows:
        unit = row.unit or act.unit
        if unit is None:
            refused[row.pk] = NO_UNIT
            continue
        row.unit = unit
        units[unit.pk] = unit
        by_unit[unit.pk].append(row)
    applied: dict[int, Applied] = {}
    for unit_id, some in by_unit.items():
        known = _keys(unit_id, some)
        fresh: dict[str, Difference] = {}
        for row in some:
            key = names.key_of(row.name)
            if key in known or fresh.setdefault(key, row) is not row:
                refused[row.pk] = NAMESAKE
        applied[unit_id] = registry.apply_entities(
            unit=units[unit_id],
            creates=[_facts(row) for row in fresh.values()],
            updates=[],
            by=by,
            now=now,
            source=Source.REGISTRATION,
        )
        made = _keys(unit_id, fresh.values())
        for key, row in fresh.items():
            row.entity_id = made.get(key)
    return refused, applied


def _keys(unit_id: int, rows: Iterable[Difference]) -> dict[str, int]:
    keys = [names.key_of(row.name) for row in rows]
    live = BusinessEntity.objects.live().filter(unit=unit_id, name_key__in=keys)
    return dict(live.values_list("name_key", "pk"))


def _facts(row: Difference) -> EntityFacts:
    return EntityFacts(
        name=row.name,
        kind=row.entity_kind,
        principal=row.principal,
        address=row.address,
        credit_code=row.credit_code,
        status=row.status,
    )


def _change(
    act: ListAct, rows: Sequence[Difference], by: User | None, now: datetime
) -> tuple[dict[int, str], dict[int, Applied]]:
    """Take the list's facts over, or mark entities as ended; who was edited since is left alone."""
    refused: dict[int, str] = {}
    changes: dict[int, list[Changed]] = defaultdict(list)
    by_entity: dict[int, Difference] = {}
    for position, row in enumerate(rows):
        is_mark = act.what == Act.MARK
        changed = _marked(act, row, position, now) if is_mark else _taken(row, position)
        if changed is None:
            refused[row.pk] = OTHER_UNIT if row.entity_id else EDITED
            continue
        by_entity[changed.pk] = row
        changes[row.unit_id or 0].append(changed)
    applied: dict[int, Applied] = {}
    units = Unit.objects.in_bulk(changes)
    for unit_id, some in changes.items():
        one = registry.apply_entities(
            unit=units[unit_id], creates=[], updates=some, by=by, now=now,
            source=Source.REGISTRATION,
        )  # fmt: skip
        applied[unit_id] = one
        refused |= {by_entity[pk].pk: EDITED for pk in one.skipped}
    return refused, applied


def _taken(row: Difference, position: int) -> Changed | None:
    new = {name: pair[1] for name, pair in row.fields.items() if name in WRITTEN}
    state = row.status if "status" in row.fields else ""
    if row.entity_id is None or not (new or state):
        return None
    if "kind" in new:
        new["kind"] = row.entity_kind  # the list's own
    facts = EntityFacts(**{"name": row.name, **new}, status=state)
    told = {name: tuple(pair) for name, pair in row.fields.items() if name != "unit"}
    return Changed(position, row.entity_id, row.version, facts, told)


def _marked(act: ListAct, row: Difference, position: int, now: datetime) -> Changed | None:
    if row.entity_id is None:
        return None
    state = row.status or act.status
    today = local(now).date()
    on: date = min(row.ended_on or today, today)
    note = act.note or f"市场监管登记名单：{EntityStatus(state).label}"
    facts = EntityFacts(name=row.name, status=state, status_on=on, status_note=note)
    before: Any = row.fields.get("status", ["", ""])[0]
    told = {"status": (before, EntityStatus(state).label)}
    return Changed(position, row.entity_id, row.version, facts, told)


def _finish(act: ListAct, by: User | None, now: datetime) -> None:
    with transaction.atomic():
        ListAct.objects.filter(pk=act.pk).update(state=ActState.DONE)
        if by is not None and act.count > SMALL:
            notify(
                users=[by],
                kind="regulator.done",
                title=f"{act.listing.name}：{act.get_what_display()} {act.done_count:,} 家",
                key=f"regulator:act:{act.pk}",
                url=f"/reg/{act.listing_id}/",
                now=now,
            )
        if act.what == Act.ADD:
            _tell_townships(act, by, now)
    if act.what in (Act.ADD, Act.TAKE):
        for unit in Unit.objects.filter(pk__in=_units_of(act)):
            registry.suspect_all(unit=unit, now=now)


def _units_of(act: ListAct) -> Counter[int]:
    rows = Difference.objects.filter(act=act, outcome=Outcome.DONE)
    return Counter(pk for pk in rows.values_list("unit", flat=True) if pk)


def _tell_townships(act: ListAct, by: User | None, now: datetime) -> None:
    """Tell the heads of the townships that new entities wait to be put into zones."""
    for unit_id, number in _units_of(act).items():
        heads = User.objects.active().with_role(Role.TEAM_LEADER).filter(unit=unit_id)
        notify(
            users=[head for head in heads if by is None or head.pk != by.pk],
            kind="regulator.added",
            title=f"按登记名单新登记 {number:,} 家经营主体，请归入片区",
            body=f"来自“{act.listing.name}”。电话等信息请联系后补登。",
            key=f"regulator:act:{act.pk}:{unit_id}",
            url="/ent/?check=no_zone",
            now=now,
        )
