"""Receiving, checking, writing: nothing before 核对, everything once, whole after a crash."""

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core import jobs
from apps.core.errors import DomainError
from apps.filings import actions
from apps.filings.choices import ChunkKind, Fate, FilingState
from apps.filings.contents import Level
from apps.filings.models import Filing, FilingChunk
from apps.filings.queries.kept import items, page_of
from apps.filings.tests.builders import (
    applied,
    checked,
    entities_part,
    example,
    fresh,
    missing_name,
    name_of,
    number_of,
    row_of,
    short_phone,
    zone_of,
)
from apps.notices.models import Notice
from apps.registry.models import BusinessEntity, Contact, MergeCandidate
from apps.roster.models import Unit, Zone

pytestmark = pytest.mark.django_db


def rows(count, start=0, **values):
    return [row_of(position, **values) for position in range(start, start + count)]


def names():
    return set(BusinessEntity.objects.values_list("name", flat=True))


class TestChecking:
    def test_writes_nothing_of_the_data(self, monkeypatch, team_leader):
        filing = checked(monkeypatch, entities_part(rows(3)), by=team_leader)[0]
        assert filing.state == FilingState.CHECKED
        assert (filing.new_count, filing.changed_count, filing.same_count) == (3, 0, 0)
        assert not BusinessEntity.objects.exists()
        assert not Zone.objects.filter(unit=filing.unit).exists()

    def test_counts_what_is_wrong_and_what_was_skipped(self, monkeypatch):
        part = entities_part(
            rows(2), findings=[missing_name(17), short_phone(6)], skipped=[example(5)]
        )
        zone_of()
        filing = checked(monkeypatch, part)[0]
        assert (filing.error_count, filing.warning_count) == (1, 1)
        assert filing.summary["skipped"] == {"示例行": 1}
        assert filing.summary["fields"]["ERROR"] == {"名称": 1}
        assert next(items(filing, ChunkKind.FINDINGS, "ERROR"))[2] == 17

    def test_shows_what_changes_before_and_after(self, monkeypatch):
        zone_of()
        applied(monkeypatch, entities_part(rows(2)))
        other = row_of(0, person="演示改", phones=(number_of(77),))
        filing = checked(monkeypatch, entities_part([other, row_of(1)]))[0]
        assert (filing.new_count, filing.changed_count, filing.same_count) == (0, 1, 1)
        row, name, fields = next(items(filing, ChunkKind.CHANGES))
        assert (row, name) == (6, name_of(0))
        assert fields["经营主体负责人"] == ["演示甲", "演示改"]
        assert fields["联系方式"] == ["154****0000", "154****0077"]

    def test_warns_of_a_zone_that_will_be_made(self, monkeypatch):
        filing = checked(monkeypatch, entities_part(rows(2, zone="第九片区")))[0]
        found = list(items(filing, ChunkKind.FINDINGS, Level.WARNING.value))
        assert len(found) == 1
        assert "第九片区" in found[0][6]
        assert found[0][3] == "A"

    def test_names_the_entities_that_disappeared(self, monkeypatch):
        applied(monkeypatch, entities_part(rows(3)))
        filing = checked(monkeypatch, entities_part(rows(1)))[0]
        assert filing.gone_count == 2
        assert {item[1] for item in items(filing, ChunkKind.GONE)} == {name_of(1), name_of(2)}

    @pytest.mark.parametrize("name", ["、、", "长" * 121])
    def test_refuses_a_name_that_cannot_be_kept(self, monkeypatch, name):
        filing = checked(monkeypatch, entities_part([row_of(0, name=name), row_of(1)]))[0]
        assert (filing.good_count, filing.error_count) == (1, 1)

    def test_leaves_a_cell_empty_that_does_not_fit(self, monkeypatch):
        filing = applied(monkeypatch, entities_part([row_of(0, person="演" * 31)]))
        assert filing.outcome["new"] == 1
        assert BusinessEntity.objects.get().principal == ""

    def test_says_when_a_row_repeats_another(self, monkeypatch):
        zone_of()
        twice = [row_of(0), row_of(1, name=name_of(0))]
        filing = checked(monkeypatch, entities_part(twice))[0]
        assert filing.good_count == 1
        assert "与第 6 行是同一家" in next(items(filing, ChunkKind.FINDINGS, "WARNING"))[6]

    def test_keeps_a_wrong_credit_code_and_warns(self, monkeypatch):
        zone_of()
        row = row_of(0, extra={"credit_code": "91120119MA0ABCD01X", "address": "一街 1 号"})
        filing = applied(monkeypatch, entities_part([row]))
        assert filing.warning_count == 1
        entity = BusinessEntity.objects.get()
        assert entity.has_bad_code
        assert entity.address == "一街 1 号"

    def test_refuses_a_sheet_of_no_unit_or_of_another(self, monkeypatch, team_leader):
        nobody = entities_part(rows(1), unit="某某镇")
        filing, other = checked(
            monkeypatch, nobody, entities_part(rows(1), unit="下营镇"), by=team_leader
        )
        assert filing.state == other.state == FilingState.REFUSED
        assert "没有认出报送单位" in filing.problem
        assert "下营镇" in other.problem
        assert not FilingChunk.objects.filter(filing=other).exists()

    def test_of_a_file_that_cannot_be_read_keeps_the_reason(self, monkeypatch, team_leader):
        def refuse(*args, **kwargs):
            raise DomainError("这是图片，不是表格。")

        monkeypatch.setattr("apps.filings.intake.read", refuse)
        now = timezone.now()
        upload = actions.receive(raw=b"x", name="a.png", default_unit=None, by=team_leader, now=now)
        actions.start_reading(upload=upload, by=team_leader, now=now)
        assert (upload.state, upload.problem) == ("FAILED", "这是图片，不是表格。")

    def test_pages_through_findings_by_pieces(self, monkeypatch):
        wrong = [short_phone(row) for row in range(6, 1206)]
        filing = checked(monkeypatch, entities_part(rows(1), findings=wrong))[0]
        page = page_of(filing, ChunkKind.FINDINGS, level="WARNING", number=26, size=20)
        assert [item[2] for item in page.rows] == list(range(505, 525))
        assert (page.total, page.count) == (1201, 61)
        filtered = page_of(
            filing, ChunkKind.FINDINGS, level="WARNING", number=99, size=20, field="片区"
        )
        assert [item[4] for item in filtered.rows] == ["片区"]


class TestReceiving:
    @pytest.mark.parametrize(("size", "word"), [(0, "空的"), (20 * 1024 * 1024 + 1, "超过 20 MB")])
    def test_refuses_empty_and_large_files(self, team_leader, size, word):
        with pytest.raises(DomainError, match=word):
            actions.receive(
                raw=bytes(size),
                name="a.xlsx",
                default_unit=None,
                by=team_leader,
                now=timezone.now(),
            )

    def test_refuses_another_unit(self, team_leader):
        with pytest.raises(DomainError, match="本单位"):
            actions.receive(
                raw=b"x",
                name="a.xlsx",
                default_unit=Unit.objects.get(name="下营镇"),
                by=team_leader,
                now=timezone.now(),
            )

    def test_asks_the_heads_to_write(self, monkeypatch, officer, team_leader):
        filing = checked(monkeypatch, entities_part(rows(1)), by=officer)[0]
        assert actions.ask_to_apply(filing=filing, by=officer, now=timezone.now()) == 1
        assert Notice.objects.get(user=team_leader).url == f"/imp/{filing.pk}/"

    def test_gives_up_without_a_trace_in_the_data(self, monkeypatch, officer):
        filing = checked(monkeypatch, entities_part(rows(1)), by=officer)[0]
        actions.discard(filing=filing, by=officer, now=timezone.now())
        assert filing.state == FilingState.DISCARDED
        assert not FilingChunk.objects.exists()
        with pytest.raises(DomainError):
            actions.start(filing=fresh(filing), by=officer, now=timezone.now())


class TestWriting:
    def test_writes_rows_zone_and_numbers(self, monkeypatch, team_leader):
        filing = applied(monkeypatch, entities_part(rows(3)), by=team_leader)
        assert filing.state == FilingState.APPLIED
        assert filing.number == 1
        assert filing.outcome["new"] == 3
        assert names() == {name_of(0), name_of(1), name_of(2)}
        entity = BusinessEntity.objects.get(name=name_of(0))
        assert entity.zone.name == "第一片区"
        assert [contact.phone for contact in entity.contacts.all()] == [number_of(0)]
        assert AuditEntry.objects.filter(action="filings.applied", actor="teamleader").exists()

    def test_of_the_same_file_again_changes_nothing(self, monkeypatch):
        applied(monkeypatch, entities_part(rows(3)))
        before = list(BusinessEntity.objects.order_by("pk").values_list("pk", "version"))
        filing = checked(monkeypatch, entities_part(rows(3)))[0]
        assert (filing.new_count, filing.changed_count, filing.same_count) == (0, 0, 3)
        actions.start(filing=filing, by=None, now=timezone.now())
        assert list(BusinessEntity.objects.order_by("pk").values_list("pk", "version")) == before
        assert fresh(filing).number == 2

    def test_settles_the_disappeared_as_decided(self, monkeypatch, team_leader):
        applied(monkeypatch, entities_part(rows(4)))
        filing = checked(monkeypatch, entities_part(rows(1)), by=team_leader)[0]
        pks = {item[1]: str(item[0]) for item in items(filing, ChunkKind.GONE)}
        decisions = {
            pks[name_of(1)]: (Fate.CANCELLED, ""),
            pks[name_of(2)]: (Fate.MOVED_OUT, "迁至宝坻区"),
        }
        actions.decide(filing=filing, decisions=decisions, by=team_leader, now=timezone.now())
        actions.start(filing=fresh(filing), by=team_leader, now=timezone.now())
        status = dict(BusinessEntity.objects.values_list("name", "status"))
        assert status[name_of(1)] == "CANCELLED"
        assert status[name_of(2)] == "MOVED_OUT"
        assert status[name_of(3)] == "ACTIVE"

    def test_demands_to_know_where_one_moved(self, monkeypatch, team_leader):
        applied(monkeypatch, entities_part(rows(2)))
        filing = checked(monkeypatch, entities_part(rows(1)), by=team_leader)[0]
        pk = str(next(items(filing, ChunkKind.GONE))[0])
        with pytest.raises(DomainError, match="迁到哪里"):
            actions.decide(
                filing=filing,
                decisions={pk: (Fate.MOVED_OUT, " ")},
                by=team_leader,
                now=timezone.now(),
            )
        with pytest.raises(DomainError, match="名单已有变化"):
            actions.decide(
                filing=filing,
                decisions={"999999": (Fate.CANCELLED, "")},
                by=team_leader,
                now=timezone.now(),
            )

    def test_queues_what_looks_alike(self, monkeypatch):
        alike = [
            row_of(0, name="演示宏远建材有限公司", person="演示甲"),
            row_of(1, name="演示宏远建材公司", person="演示甲"),
        ]
        applied(monkeypatch, entities_part(alike))
        assert MergeCandidate.objects.count() == 1

    def test_is_refused_while_another_of_the_unit_is_written(self, monkeypatch):
        first = checked(monkeypatch, entities_part(rows(501)))[0]
        second = checked(monkeypatch, entities_part(rows(1)))[0]
        actions.start(filing=first, by=None, now=timezone.now())
        assert fresh(first).is_running
        with pytest.raises(DomainError, match="正在写入"):
            actions.start(filing=second, by=None, now=timezone.now())
        assert fresh(second).state == FilingState.CHECKED


class CrashError(RuntimeError):
    """The worker dies."""


def start_large(monkeypatch, count=1700):
    filing = checked(monkeypatch, entities_part(rows(count)))[0]
    actions.start(filing=filing, by=None, now=timezone.now())
    return fresh(filing)


def crash_at(monkeypatch, batch):
    """Let the writing die inside its n-th batch, after the rows and before the end."""
    from apps.filings.actions import applying

    real, seen = applying.add_outcome, []

    def dying(filing, **values):
        real(filing, **values)
        if "new" in values:
            seen.append(1)
            if len(seen) == batch:
                raise CrashError

    monkeypatch.setattr(applying, "add_outcome", dying)


class TestCrash:
    @pytest.mark.parametrize("batch", [1, 2, 3, 4])
    def test_at_any_batch_leaves_whole_batches_and_goes_on(self, monkeypatch, batch):
        filing = start_large(monkeypatch)
        with monkeypatch.context() as patch:
            crash_at(patch, batch)
            jobs.run_one(now=timezone.now())
        filing = fresh(filing)
        assert filing.is_broken_off
        assert BusinessEntity.objects.count() == (batch - 1) * 500
        assert FilingChunk.objects.filter(kind=ChunkKind.UNDO).count() == batch  # and the zone
        actions.start(filing=filing, by=None, now=timezone.now())
        jobs.run_one(now=timezone.now())
        filing = fresh(filing)
        assert filing.state == FilingState.APPLIED
        assert BusinessEntity.objects.count() == filing.outcome["new"] == 1700
        assert Contact.objects.count() == 1700

    def test_of_the_worker_is_taken_over_by_the_next(self, monkeypatch):
        filing = start_large(monkeypatch)
        now = timezone.now()
        job = jobs._take(now)  # a worker takes it and dies
        assert job.pk == filing.job_id
        later = now + 2 * jobs.STALE
        done = jobs.run_one(now=later)
        assert done.status == "DONE"
        assert fresh(filing).state == FilingState.APPLIED

    def test_stopping_keeps_whole_batches(self, monkeypatch, team_leader):
        filing = start_large(monkeypatch)
        real = jobs.beat

        def stopping(job, *, done, total):
            real(job, done=done, total=total)
            if done == 500:
                actions.stop(filing=fresh(filing), by=team_leader, now=timezone.now())

        monkeypatch.setattr(jobs, "beat", stopping)
        jobs.run_one(now=timezone.now())
        assert fresh(filing).is_broken_off
        assert BusinessEntity.objects.count() == 500
        with pytest.raises(DomainError, match="已经结束"):
            actions.stop(filing=fresh(filing), by=team_leader, now=timezone.now())

    def test_an_older_job_does_nothing_once_a_newer_has_it(self, monkeypatch):
        filing = start_large(monkeypatch)
        old = filing.job
        jobs.stop(old, now=timezone.now())
        actions.start(filing=fresh(filing), by=None, now=timezone.now())
        actions.run_applying(old)
        assert not BusinessEntity.objects.exists()

    def test_before_anything_was_written_may_be_taken_back(self, monkeypatch, team_leader):
        filing = start_large(monkeypatch)
        with monkeypatch.context() as patch:
            crash_at(patch, 3)
            jobs.run_one(now=timezone.now())
        actions.start_undo(filing=fresh(filing), by=team_leader, now=timezone.now())
        jobs.run_one(now=timezone.now())
        assert fresh(filing).state == FilingState.CHECKED
        assert not BusinessEntity.objects.exists()
        assert not Filing.objects.filter(number__isnull=False).exists()
