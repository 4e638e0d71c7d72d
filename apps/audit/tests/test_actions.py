"""Recording and sealing."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from apps.audit import actions, queries
from apps.audit.choices import AnchorKind
from apps.audit.models import AuditAnchor, AuditEntry, AuditSeal, ChainCheck, PendingSeal
from apps.audit.testing import unprotected
from apps.audit.tests.factories import entries, sealed
from apps.core.context import RequestContext, enter
from apps.core.models import Heartbeat

pytestmark = pytest.mark.django_db
needs_writers = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite has one writer at a time"
)


class TestRecord:
    def test_keeps_who_where_what_and_the_changes(self, somebody, now):
        beat = Heartbeat.objects.create(name="web", beat_at=now)
        enter(RequestContext(request_id="abc12345", ip="10.1.2.3"))
        try:
            actions.record(
                action="core.beat",
                by=somebody,
                target=beat,
                changes={"name": ["旧", "新"]},
                note="试一试",
            )
        finally:
            enter(RequestContext())
        entry = AuditEntry.objects.get()
        assert (entry.actor_id, entry.actor, entry.actor_name) == ("7", "lichunsheng", "李春生")
        assert (entry.actor_unit, entry.ip, entry.request_id) == ("渔阳镇", "10.1.2.3", "abc12345")
        assert (entry.target_type, entry.target_id) == ("core.heartbeat", str(beat.pk))
        assert (entry.target_label, entry.changes) == ("web", {"name": ["旧", "新"]})
        assert (entry.outcome, entry.note, entry.batch_size) == ("OK", "试一试", 1)

    def test_leaves_the_person_empty_when_the_system_acts(self):
        entry = actions.record(action="core.sweep", by=None, label="夜间清理")
        assert (entry.actor, entry.actor_id, entry.target_type) == ("", "", "")

    def test_leaves_the_person_empty_for_somebody_who_is_not_logged_in(self):
        from django.contrib.auth.models import AnonymousUser

        assert actions.record(action="accounts.login_failed", by=AnonymousUser()).actor == ""

    def test_masks_every_phone_that_slips_in(self):
        entry = actions.record(
            action="x.y",
            by=None,
            label="李 13900000001",
            note="座机 022-28390002",
            changes={"text": ["13900000003", "无"]},
        )
        assert entry.target_label == "李 139****0001"
        assert entry.note == "座机 022-2***0002"
        assert entry.changes == {"text": ["139****0003", "无"]}

    def test_stores_text_that_a_database_would_refuse(self):
        entry = actions.record(
            action="x.y",
            by=None,
            label="a\0b\ud800",
            changes={"f": [1.5, ["甲", "乙"]]},
            note="长" * 2000,
        )
        entry.refresh_from_db()
        assert entry.target_label == "ab?"
        assert entry.changes == {"f": ["1.5", "甲、乙"]}
        assert len(entry.note) == 1000

    def test_refuses_an_unknown_outcome(self):
        with pytest.raises(ValueError):
            actions.record(action="x.y", by=None, outcome="MAYBE")

    def test_is_undone_together_with_the_act(self):
        @transaction.atomic
        def act() -> None:
            actions.record(action="x.y", by=None)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            act()
        assert not AuditEntry.objects.exists()
        assert not PendingSeal.objects.exists()

    def test_writes_one_entry_per_object_of_a_bulk_write(self, somebody, now):
        beats = [Heartbeat.objects.create(name=f"p{n}", beat_at=now) for n in range(3)]
        rows = ((beat, {"name": ["", beat.name]}) for beat in beats)
        assert actions.record_many(action="core.beats", by=somebody, rows=rows, note="批量") == 3
        assert set(AuditEntry.objects.values_list("target_label", flat=True)) == {"p0", "p1", "p2"}
        assert PendingSeal.objects.count() == 3

    def test_adds_few_queries_whatever_the_size_of_the_bulk_write(
        self, now, django_assert_max_num_queries
    ):
        beat = Heartbeat.objects.create(name="p", beat_at=now)
        with django_assert_max_num_queries(12):  # SQLite takes 999 values each
            actions.record_many(action="core.beats", by=None, rows=[(beat, None)] * 400)


class TestSeal:
    def test_seals_every_entry_once_in_order(self, now):
        made = sealed(5)
        assert list(AuditSeal.objects.order_by("seq").values_list("seq", "entry_id")) == [
            (number, entry.pk) for number, entry in enumerate(made, start=1)
        ]
        assert actions.seal(now=now) == 0

    def test_goes_on_where_it_stopped(self):
        sealed(3)
        sealed(2)
        assert AuditSeal.objects.order_by("-seq").first().seq == 5

    def test_works_in_pieces(self, monkeypatch, now):
        monkeypatch.setattr(actions, "BATCH", 4)
        entries(10)
        assert actions.seal(now=now) == 10
        assert queries.verify(now=now).is_good

    def test_stops_after_a_long_stretch_and_leaves_the_rest(self, monkeypatch, now):
        monkeypatch.setattr(actions, "BATCH", 4)
        monkeypatch.setattr(actions, "MOST_PER_RUN", 8)
        entries(10)
        assert actions.seal(now=now) == 8
        assert PendingSeal.objects.count() == 2

    def test_lets_a_quicker_sealer_win(self, monkeypatch, now):
        sealed(3)
        entries(2)
        stale = (1, AuditSeal.objects.get(seq=1).hash)  # as if read before the others were sealed
        with monkeypatch.context() as patch:
            patch.setattr(queries, "chain_head", lambda last: stale)
            assert actions.seal(now=now) == 0
        assert PendingSeal.objects.count() == 2
        assert actions.seal(now=now) == 2
        assert queries.verify(now=now).is_good

    def test_drops_a_waiting_mark_whose_entry_is_gone(self, now):
        (entry,) = entries(1)
        with unprotected():
            AuditEntry.objects.filter(pk=entry.pk).delete()
        actions.seal(now=now)
        assert not PendingSeal.objects.exists()
        assert not AuditSeal.objects.exists()

    def test_seals_an_entry_with_a_lower_id_that_comes_later(self, now):
        first, second = entries(2)
        PendingSeal.objects.filter(pk=first.pk).delete()
        actions.seal(now=now)
        PendingSeal.objects.create(entry_id=first.pk)
        actions.seal(now=now)
        order = list(AuditSeal.objects.order_by("seq").values_list("entry_id", flat=True))
        assert order == [second.pk, first.pk]
        assert queries.verify(now=now).is_good


@needs_writers
@pytest.mark.django_db(transaction=True)
class TestSealUnderWriters:
    def test_never_skips_a_transaction_that_commits_late(self, now):
        wrote, may_commit = threading.Event(), threading.Event()

        def late() -> None:
            try:
                with transaction.atomic():
                    actions.record(action="x.late", by=None)
                    wrote.set()
                    assert may_commit.wait(10)
            finally:
                connection.close()

        thread = threading.Thread(target=late)
        thread.start()
        assert wrote.wait(10)
        later = actions.record(action="x.quick", by=None)
        assert actions.seal(now=now) == 1
        may_commit.set()
        thread.join()
        assert actions.seal(now=now) == 1
        late_entry = AuditEntry.objects.get(action="x.late")
        assert late_entry.pk < later.pk
        assert AuditSeal.objects.get(entry_id=late_entry.pk).seq == 2
        assert queries.verify(now=now).is_good

    def test_keeps_one_chain_with_writers_and_sealers_at_once(self, now):
        def write(number: int) -> None:
            try:
                for step in range(15):
                    actions.record(action="x.w", by=None, label=f"{number}-{step}")
            finally:
                connection.close()

        def seal() -> None:
            try:
                for _ in range(20):
                    actions.seal(now=now)
            finally:
                connection.close()

        with ThreadPoolExecutor(5) as pool:
            jobs = [pool.submit(write, number) for number in range(3)]
            jobs += [pool.submit(seal) for _ in range(2)]
            for job in jobs:
                job.result(timeout=60)
        actions.seal(now=now)
        report = queries.verify(now=now)
        assert (report.is_good, report.checked) == (True, 45)


class TestAnchor:
    def test_writes_the_head_to_the_database_and_to_the_log(self, now, caplog):
        sealed(3)
        with caplog.at_level("INFO", logger="jizhou.audit"):
            made = actions.anchor(now=now)
        assert (made.kind, made.seq) == (AnchorKind.DAILY, 3)
        assert f"audit anchor seq=3 hash={made.hash[:8]}:" in caplog.text

    def test_writes_nothing_when_nothing_is_new(self, now):
        assert actions.anchor(now=now) is None
        sealed(1)
        actions.anchor(now=now)
        assert actions.anchor(now=now) is None
        assert AuditAnchor.objects.count() == 1


class TestCheck:
    def test_continues_after_the_last_good_check(self, now):
        sealed(4)
        assert actions.check(now=now, full=False).checked == 4
        sealed(2)
        second = actions.check(now=now, full=False)
        assert (second.checked, second.until_seq) == (2, 6)
        assert actions.check(now=now, full=True).checked == 6

    def test_keeps_what_it_found_and_shouts(self, now, caplog):
        made = sealed(3)
        with unprotected():
            AuditEntry.objects.filter(pk=made[1].pk).update(note="改")
        check = actions.check(now=now, full=True)
        assert not check.is_good
        assert "序号 2" in check.text
        assert "audit chain broken" in caplog.text

    def test_watches_by_sealing_checking_and_anchoring(self, now):
        entries(3)
        assert actions.watch(now=now) == 3
        assert ChainCheck.objects.get().is_good
        assert AuditAnchor.objects.get().seq == 3

    def test_makes_no_anchor_of_a_broken_chain(self, now):
        made = sealed(3)
        with unprotected():
            AuditEntry.objects.filter(pk=made[1].pk).update(note="改")
        actions.watch(now=now)
        assert not AuditAnchor.objects.exists()

    def test_leaves_a_long_backlog_to_the_next_run(self, monkeypatch, now):
        monkeypatch.setattr(actions, "MOST_PER_RUN", 2)
        monkeypatch.setattr(actions, "BATCH", 2)
        entries(5)
        assert actions.watch(now=now) == 0
        assert not ChainCheck.objects.exists()
