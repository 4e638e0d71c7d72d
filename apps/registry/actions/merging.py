"""Suspected duplicates: find, decide, merge, take back (decisions.md 26)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Count

from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.registry import links, names
from apps.registry.actions._base import computed, flag_phones
from apps.registry.choices import Reason, Verdict
from apps.registry.models import BusinessEntity, Contact, Merge, MergeCandidate
from apps.roster.actions._base import lock, save_checked
from apps.roster.models import Unit

UNDO_WINDOW = timedelta(days=7)
MOST_ALIKE = 20  # more entities of one principal than this are a market, not a mistake
FILLED = ("kind", "principal", "zone_id", "address", "credit_code", "industry")


# ---- find ------------------------------------------------------------------------------------
Row = tuple[int, str, str, int, str]
_COLUMNS = ("pk", "name", "principal", "unit_id", "credit_code")


def _pairs(rows: Iterable[Row]) -> Iterator[tuple[int, int, str]]:
    """Yield (older, newer, reason) of rows that may be one entity."""
    by_code: dict[str, list[Row]] = defaultdict(list)
    by_principal: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row[4]:
            by_code[row[4]].append(row)
        if row[2]:
            by_principal[row[3], row[2]].append(row)
    for group in by_code.values():
        for one, other in combinations(sorted(group)[:MOST_ALIKE], 2):
            yield one[0], other[0], Reason.CODE
    for group in by_principal.values():
        if len(group) > MOST_ALIKE:
            continue
        for one, other in combinations(sorted(group), 2):
            differ = one[4] and other[4] and one[4] != other[4]
            if not differ and names.are_alike(one[1], other[1]):
                yield one[0], other[0], Reason.NAME


def _keep(pairs: Iterable[tuple[int, int, str]], now: datetime) -> int:
    """Put pairs into the queue; a pair that was ever decided on stays decided."""
    wanted: dict[tuple[int, int], str] = {}
    for one, other, reason in pairs:
        wanted.setdefault((one, other), reason)
    known = set(
        MergeCandidate.objects.filter(first__in={pair[0] for pair in wanted}).values_list(
            "first_id", "second_id"
        )
    )
    made = [
        MergeCandidate(first_id=pair[0], second_id=pair[1], reason=reason, found_at=now)
        for pair, reason in wanted.items()
        if pair not in known
    ]
    MergeCandidate.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)
    return len(made)


@transaction.atomic
def suspect(*, entities: Iterable[BusinessEntity], now: datetime) -> int:
    """Queue the pairs that some entities form with others; return how many are new."""
    found = list(entities)
    present = BusinessEntity.objects.present()
    codes = {one.credit_code for one in found if one.credit_code}
    rows = set(present.filter(credit_code__in=codes).values_list(*_COLUMNS)) if codes else set()
    for one in found:
        if one.principal:
            same = present.filter(unit_id=one.unit_id, principal=one.principal)
            rows |= set(same.values_list(*_COLUMNS))
    own = {one.pk for one in found}
    return _keep((pair for pair in _pairs(rows) if own & set(pair[:2])), now)


@transaction.atomic
def suspect_all(*, unit: Unit, now: datetime) -> int:
    """Queue every pair of a township that may be one, after an import; return how many are new."""
    present = BusinessEntity.objects.present()
    own = list(present.filter(unit=unit).values_list(*_COLUMNS))
    twice = (
        present.exclude(credit_code="")
        .values("credit_code")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .values("credit_code")
    )
    others = present.filter(credit_code__in=twice).exclude(credit_code="").exclude(unit=unit)
    mine = {row[0] for row in own}
    rows = [*own, *others.values_list(*_COLUMNS)]
    return _keep((pair for pair in _pairs(rows) if mine & set(pair[:2])), now)


# ---- decide ----------------------------------------------------------------------------------
def _decide(candidate: MergeCandidate, verdict: str, now: datetime) -> None:
    done = MergeCandidate.objects.filter(pk=candidate.pk, verdict=Verdict.OPEN).update(
        verdict=verdict, decided_at=now
    )
    if not done:
        raise DomainError("这一对刚刚被别人核对过，请刷新后再看。")


@transaction.atomic
def call_different(*, candidate: MergeCandidate, by: Actor | None, now: datetime) -> None:
    """Decide that two entities are two; the pair does not come back."""
    _decide(candidate, Verdict.DIFFERENT, now)
    record(
        action="registry.candidate.different",
        by=by,
        target=candidate.first,
        label=f"{candidate.first} / {candidate.second}",
    )


@transaction.atomic
def merge(
    *,
    kept: BusinessEntity,
    absorbed: BusinessEntity,
    by: Actor | None,
    now: datetime,
) -> Merge:
    """Take one entity into another: fill its gaps, move contacts, labels and what points at it.

    Raises:
        DomainError: the two are one row, or one of them is merged already.
    """
    for one in sorted((kept, absorbed), key=lambda row: row.pk):
        lock(one)
        one.refresh_from_db()
    if kept.pk == absorbed.pk:
        raise DomainError("不能把一家并入它自己。")
    if not (kept.is_live and absorbed.is_live):
        raise DomainError("其中一家已经合并过，请刷新后再看。")
    moved = {
        "fields": _fill(kept, absorbed),
        "contacts": _move_contacts(kept, absorbed),
        "labels": _add_labels(kept, absorbed),
        "followers": {one.name: one.move(kept.pk, absorbed.pk, now) for one in links.followers()},
    }
    _touch(kept, now)
    absorbed.merged_into = kept
    _touch(absorbed, now)
    flag_phones([kept.pk, absorbed.pk])
    made = Merge(
        kept=kept,
        absorbed=absorbed,
        at=now,
        who=by.display_name if by is not None else "",
        moved=moved,
    )
    save_checked(made)
    MergeCandidate.objects.filter(
        first__in=[kept, absorbed], second__in=[kept, absorbed], verdict=Verdict.OPEN
    ).update(verdict=Verdict.MERGED, decided_at=now)
    for one, text in ((kept, f"并入 {absorbed.name}"), (absorbed, f"并入到 {kept.name}")):
        record(action="registry.merge", by=by, target=one, note=text)
    return made


def _touch(entity: BusinessEntity, now: datetime) -> None:
    entity.version += 1
    entity.changed_at = now
    save_checked(entity)


def _fill(kept: BusinessEntity, absorbed: BusinessEntity) -> dict[str, Any]:
    """Fill what the kept one lacks; return what was filled in."""
    filled = {}
    for name in FILLED:
        value = getattr(absorbed, name)
        if name == "zone_id" and kept.unit_id != absorbed.unit_id:
            continue  # a zone of another township
        if not getattr(kept, name) and value:
            setattr(kept, name, value)
            filled[name] = value
    computed(kept)
    return filled


def _move_contacts(kept: BusinessEntity, absorbed: BusinessEntity) -> list[int]:
    """Move the numbers that the kept one lacks; return the contacts' pks."""
    known = set(kept.contacts.values_list("phone_index", flat=True))
    rows = absorbed.contacts.exclude(phone_index__in=known).order_by("order", "pk")
    pks = list(rows.values_list("pk", flat=True))
    Contact.objects.filter(pk__in=pks).update(entity=kept)
    return pks


def _add_labels(kept: BusinessEntity, absorbed: BusinessEntity) -> list[int]:
    known = set(kept.labels.values_list("pk", flat=True))
    pks = [pk for pk in absorbed.labels.values_list("pk", flat=True) if pk not in known]
    kept.labels.add(*pks)
    return pks


@transaction.atomic
def unmerge(*, made: Merge, by: Actor | None, now: datetime) -> None:
    """Take a merge back within seven days; what was edited since stays edited.

    Raises:
        DomainError: too late, undone already, or the name is taken by another entity meanwhile.
    """
    lock(made)
    made.refresh_from_db()
    if made.undone_at is not None:
        raise DomainError("这次合并已经撤销过。")
    if now - made.at > UNDO_WINDOW:
        raise DomainError("合并超过 7 天，不能撤销。确有错误的，请新增一家并说明情况。")
    kept, absorbed = made.kept, made.absorbed
    for name, value in made.moved["fields"].items():
        if getattr(kept, name) == value:
            setattr(kept, name, None if name == "zone_id" else "")
    kept.labels.remove(*made.moved["labels"])
    Contact.objects.filter(pk__in=made.moved["contacts"], entity=kept).update(entity=absorbed)
    for follower in links.followers():
        data = made.moved["followers"].get(follower.name)
        if data is not None:
            follower.back(kept.pk, absorbed.pk, data, now)
    computed(kept)
    _touch(kept, now)
    absorbed.merged_into = None
    try:
        _touch(absorbed, now)
    except DomainError as error:
        raise DomainError(
            f"不能撤销：{absorbed.unit.name}现在另有一家同名的经营主体，请先核对那一家。"
        ) from error
    flag_phones([kept.pk, absorbed.pk])
    made.undone_at = now
    save_checked(made)
    MergeCandidate.objects.filter(
        first__in=[kept, absorbed], second__in=[kept, absorbed], verdict=Verdict.MERGED
    ).update(verdict=Verdict.OPEN, decided_at=None)
    for one in (kept, absorbed):
        record(action="registry.unmerge", by=by, target=one)
