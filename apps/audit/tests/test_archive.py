"""Retention: whole months leave the database, the chain goes on and both parts can be checked."""

import gzip
import json
from datetime import date, timedelta

import pytest
import time_machine

from apps.audit import actions, archive, queries
from apps.audit.choices import AnchorKind
from apps.audit.models import AuditAnchor, AuditEntry, AuditSeal
from apps.audit.testing import unprotected
from apps.audit.tests.factories import sealed
from apps.core.errors import DomainError

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
CUT = date(2026, 3, 1)


@pytest.fixture
def history(db):
    """Seven entries of February and five of March 2026, sealed at their time."""
    with time_machine.travel("2026-02-10 02:00", tick=False):
        sealed(7)
    with time_machine.travel("2026-03-05 02:00", tick=False):
        sealed(5)


def put_away(tmp_path, now, **more):
    return archive.run(**{"before": CUT, "folder": tmp_path, "today": TODAY, "now": now, **more})


class TestArchive:
    def test_moves_whole_months_into_a_file(self, history, tmp_path, now):
        done = put_away(tmp_path, now)
        assert (done.count, done.until_seq, done.path.name) == (7, 7, "audit-1-7.jsonl.gz")
        assert not AuditSeal.objects.filter(seq__lte=7).exists()
        assert AuditEntry.objects.count() == 5 + 1  # and the entry about the archiving itself
        assert archive.check_file(done.path)[:2] == (7, 7)
        assert list(tmp_path.iterdir()) == [done.path]

    def test_keeps_the_chain_checkable(self, history, tmp_path, now):
        done = put_away(tmp_path, now)
        actions.seal(now=now)
        report = queries.verify(now=now)
        assert (report.is_good, report.checked, report.until_seq) == (True, 6, 13)
        anchor = AuditAnchor.objects.get(kind=AnchorKind.ARCHIVE)
        assert (anchor.entry_count, anchor.file_sha256) == (7, archive.sha256_of(done.path))

    def test_can_be_done_again_later(self, history, tmp_path, now):
        put_away(tmp_path, now)
        second = put_away(tmp_path, now, before=date(2026, 4, 1))
        assert (second.count, second.path.name) == (5, "audit-8-12.jsonl.gz")
        actions.seal(now=now)
        assert queries.verify(now=now).is_good

    def test_says_when_there_is_nothing(self, history, tmp_path, now):
        assert put_away(tmp_path, now, before=date(2026, 1, 1)).count == 0
        assert list(tmp_path.iterdir()) == []
        assert not AuditAnchor.objects.exists()

    def test_records_itself(self, history, tmp_path, now):
        done = put_away(tmp_path, now)
        entry = AuditEntry.objects.get(action="audit.archive")
        assert done.sha256 in entry.note
        assert entry.batch_size == 7

    def test_leaves_the_triggers_in_place(self, history, tmp_path, now):
        from django.db import connection

        from apps.audit import triggers

        put_away(tmp_path, now)
        assert triggers.missing(connection) == []

    @pytest.mark.parametrize(
        ("before", "words"), [(date(2026, 3, 2), "1 日"), (date(2026, 11, 1), "180 天")]
    )
    def test_refuses_part_of_a_month_and_what_the_law_wants_kept(
        self, history, tmp_path, now, before, words
    ):
        with pytest.raises(DomainError, match=words):
            put_away(tmp_path, now, before=before)

    def test_refuses_a_broken_chain_and_removes_nothing(self, history, tmp_path, now):
        victim = AuditEntry.objects.order_by("pk")[2]
        with unprotected():
            AuditEntry.objects.filter(pk=victim.pk).update(note="改")
        with pytest.raises(DomainError, match="序号 3"):
            put_away(tmp_path, now)
        assert AuditEntry.objects.count() == 12
        assert list(tmp_path.iterdir()) == []

    def test_goes_on_after_a_crash_between_anchor_and_removal(
        self, history, tmp_path, now, monkeypatch
    ):
        real = actions.remove_archived
        monkeypatch.setattr(
            actions, "remove_archived", lambda **k: (_ for _ in ()).throw(OSError("halt"))
        )
        with pytest.raises(OSError, match="halt"):
            put_away(tmp_path, now)
        actions.seal(now=now)
        assert queries.verify(now=now).is_good
        monkeypatch.setattr(actions, "remove_archived", real)
        assert put_away(tmp_path, now).count == 0
        assert not AuditSeal.objects.filter(seq__lte=7).exists()
        assert queries.verify(now=now).is_good

    def test_goes_on_when_everything_was_put_away(self, tmp_path, now):
        with time_machine.travel("2026-02-10 02:00", tick=False):
            sealed(3)
        put_away(tmp_path, now)
        sealed_later = actions.seal(now=now)
        assert (sealed_later, AuditSeal.objects.get().seq) == (1, 4)
        assert queries.verify(now=now + timedelta(minutes=5)).is_good


class TestFile:
    def tampered(self, path, change):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        change(lines)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    @pytest.mark.parametrize(
        "change",
        [
            lambda lines: lines[3]["entry"].update(note="改"),
            lambda lines: lines.pop(3),
            lambda lines: lines.insert(2, lines.pop(3)),
        ],
    )
    def test_shows_what_was_done_to_it(self, history, tmp_path, now, change):
        path = put_away(tmp_path, now).path
        self.tampered(path, change)
        with pytest.raises(DomainError, match="对不上"):
            archive.check_file(path)

    def test_says_when_it_cannot_be_read(self, tmp_path):
        path = tmp_path / "x.jsonl.gz"
        path.write_bytes(b"nothing")
        with pytest.raises(DomainError, match="读不出来"):
            archive.check_file(path)
