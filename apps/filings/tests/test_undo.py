"""Taking a filing back: what nobody touched returns, what somebody touched stays and is named."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core import jobs
from apps.core.errors import DomainError
from apps.filings import actions
from apps.filings.choices import ChunkKind, Fate, FilingState
from apps.filings.models import FilingChunk
from apps.filings.queries.kept import items
from apps.filings.tests.builders import (
    applied,
    checked,
    entities_part,
    fresh,
    name_of,
    number_of,
    row_of,
)
from apps.registry import actions as registry
from apps.registry.actions import EntityData
from apps.registry.models import BusinessEntity, Contact, NameIndex
from apps.roster.models import Zone

pytestmark = pytest.mark.django_db


def rows(count, **values):
    return [row_of(position, **values) for position in range(count)]


def take_back(filing, by, later=timedelta()):
    actions.start_undo(filing=filing, by=by, now=timezone.now() + later)
    jobs.run_one(now=timezone.now())
    return fresh(filing)


class TestUndo:
    def test_removes_what_was_new(self, monkeypatch, team_leader):
        filing = take_back(
            applied(monkeypatch, entities_part(rows(3)), by=team_leader), team_leader
        )
        assert filing.state == FilingState.UNDONE
        assert filing.outcome["removed"] == 3
        assert not BusinessEntity.objects.exists()
        assert not Contact.objects.exists()
        assert not NameIndex.objects.exists()
        assert not Zone.objects.active().filter(unit=filing.unit).exists()
        assert not FilingChunk.objects.filter(kind=ChunkKind.UNDO).exists()

    def test_restores_what_was_changed(self, monkeypatch, team_leader):
        applied(monkeypatch, entities_part(rows(2)))
        other = row_of(0, person="演示改", phones=(number_of(50),), zone="第二片区")
        filing = applied(monkeypatch, entities_part([other]), by=team_leader)
        entity = BusinessEntity.objects.get(name=name_of(0))
        assert (entity.principal, entity.zone.name) == ("演示改", "第二片区")
        filing = take_back(filing, team_leader)
        entity.refresh_from_db()
        assert (entity.principal, entity.zone.name) == ("演示甲", "第一片区")
        assert [contact.phone for contact in entity.contacts.all()] == [number_of(0)]
        assert filing.outcome["reverted"] == 1

    def test_keeps_and_names_what_was_edited_since(self, monkeypatch, team_leader):
        filing = applied(monkeypatch, entities_part(rows(3)), by=team_leader)
        entity = BusinessEntity.objects.get(name=name_of(1))
        registry.save_entity(
            entity=entity,
            data=EntityData(name=entity.name, kind="ENTERPRISE", principal="演示新"),
            by=team_leader,
            now=timezone.now(),
        )
        filing = take_back(filing, team_leader)
        assert [row.name for row in BusinessEntity.objects.all()] == [name_of(1)]
        assert filing.outcome["kept_count"] == 1
        assert name_of(1) in filing.outcome["kept"][0]

    def test_takes_back_what_was_settled(self, monkeypatch, team_leader):
        applied(monkeypatch, entities_part(rows(2)))
        filing = checked(monkeypatch, entities_part(rows(1)), by=team_leader)[0]
        pk = str(next(items(filing, ChunkKind.GONE))[0])
        actions.decide(
            filing=filing,
            decisions={pk: (Fate.CANCELLED, "")},
            by=team_leader,
            now=timezone.now(),
        )
        actions.start(filing=fresh(filing), by=team_leader, now=timezone.now())
        assert BusinessEntity.objects.get(pk=pk).status == "CANCELLED"
        take_back(fresh(filing), team_leader)
        assert BusinessEntity.objects.get(pk=pk).status == "ACTIVE"

    def test_is_refused_after_three_days(self, monkeypatch, team_leader):
        filing = applied(monkeypatch, entities_part(rows(1)), by=team_leader)
        with pytest.raises(DomainError, match="72 小时"):
            take_back(filing, team_leader, later=timedelta(hours=73))
        assert fresh(filing).state == FilingState.APPLIED

    def test_is_refused_before_anything_was_written(self, monkeypatch, team_leader):
        filing = checked(monkeypatch, entities_part(rows(1)), by=team_leader)[0]
        with pytest.raises(DomainError):
            take_back(filing, team_leader)

    @pytest.mark.parametrize("record", [1, 2, 3])
    def test_goes_on_after_a_crash(self, monkeypatch, team_leader, record):
        filing = checked(monkeypatch, entities_part(rows(1200)), by=team_leader)[0]
        actions.start(filing=filing, by=team_leader, now=timezone.now())
        jobs.run_one(now=timezone.now())
        real, seen = jobs.beat, []

        def dying(job, **numbers):
            seen.append(1)
            if len(seen) == record:
                raise RuntimeError
            real(job, **numbers)

        with monkeypatch.context() as patch:
            patch.setattr(jobs, "beat", dying)
            filing = take_back(fresh(filing), team_leader)
        assert filing.is_broken_off
        filing = take_back(filing, team_leader)
        assert filing.state == FilingState.UNDONE
        assert not BusinessEntity.objects.exists()
        assert filing.outcome["removed"] == 1200

    def test_records_are_removed_when_nobody_can_use_them(self, monkeypatch):
        applied(monkeypatch, entities_part(rows(1)))
        soon = timezone.now() + timedelta(hours=71)
        assert actions.prune(now=soon) == 0
        assert actions.prune(now=soon + timedelta(hours=2)) == 2
        assert not FilingChunk.objects.filter(kind=ChunkKind.UNDO).exists()
        assert FilingChunk.objects.filter(kind=ChunkKind.ROWS).exists()
