"""Which backups stay, and when the next one is asked for."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.core import jobs, timers
from apps.core.models import Job
from jizhou_service.backups import manifest, retention, schedule
from jizhou_service.tests.backups.samples import NOW, ON_SQLITE


@pytest.mark.once
class TestRetention:
    @pytest.fixture
    def backups(self, tmp_path, settings):
        settings.BACKUP_DIR = tmp_path
        made = []

        def make(moments):
            for moment in moments:
                folder = tmp_path / manifest.name_for(moment)
                folder.mkdir()
                (folder / manifest.MANIFEST).write_text("{}")
                made.append(folder)
            return sorted(made)

        return make

    def test_keeps_the_newest_eight_and_days_weeks_months(self, backups):
        start = datetime(2025, 1, 1, tzinfo=UTC)
        every = backups([start + timedelta(hours=6 * n) for n in range(4 * 400)])
        retention.prune()
        left = manifest.all_backups()
        assert left[-8:] == every[-8:]
        days = {path.name[7:15] for path in left}
        assert {f"2026020{n}" for n in range(1, 5)} < days
        assert len({path.name[7:13] for path in left}) == 12
        # the newest 8 reach back three days; 4 older days, 3 older weeks, 10 older months
        assert len(left) == 8 + 4 + 3 + 10

    def test_never_removes_the_last_good_one(self, backups):
        old = datetime(2020, 1, 1, tzinfo=UTC)
        good, worse = backups([old, old + timedelta(minutes=1)])
        newer = [NOW + timedelta(days=31 * n, minutes=m) for n in range(14) for m in range(9)]
        backups(newer)
        digest = manifest.sha256_of(good / manifest.MANIFEST)
        note = {"ok": True, "manifest_sha256": digest}
        (good / manifest.VERIFIED).write_text(json.dumps(note))
        removed = retention.prune()
        assert good.exists()
        assert worse in removed
        assert not worse.exists()

    def test_removes_abandoned_drafts_only_when_old(self, backups, tmp_path):
        fresh, stale = tmp_path / ".jizhou-a.partial", tmp_path / ".jizhou-b.partial"
        fresh.mkdir()
        stale.mkdir()
        os.utime(stale, (0, 0))
        retention.prune()
        assert fresh.exists()
        assert not stale.exists()


@pytest.mark.django_db
class TestSchedule:
    @pytest.fixture
    def newest(self, own_folders):
        def make(last_entry, age):
            folder = own_folders / "backups" / manifest.name_for(NOW - age)
            folder.mkdir(parents=True)
            content = {"format": manifest.FORMAT, "last_entry": last_entry}
            manifest.write_json(folder / manifest.MANIFEST, content)
            return folder

        return make

    def last_entry(self):
        from apps.audit.models import AuditEntry

        return AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def test_asks_for_the_first_backup_once(self, own_folders):
        assert schedule.ask_for_backup(NOW) == 1
        assert schedule.ask_for_backup(NOW) == 0
        assert Job.objects.get(kind="backup").asked_by == ""

    def test_asks_only_after_a_change(self, newest, monkeypatch):
        monkeypatch.setattr(connection, "vendor", "sqlite")
        folder = newest(self.last_entry(), timedelta(minutes=16))
        assert schedule.is_due(NOW, folder) is False
        from apps.audit.actions import record

        record(action="test", by=None)
        assert schedule.is_due(NOW, folder) is True

    def test_waits_for_the_interval(self, newest, monkeypatch):
        monkeypatch.setattr(connection, "vendor", "sqlite")
        assert schedule.is_due(NOW, newest(-1, timedelta(minutes=5))) is False

    def test_asks_once_a_day_even_when_nothing_changed(self, newest, monkeypatch):
        monkeypatch.setattr(connection, "vendor", "sqlite")
        folder = newest(self.last_entry(), timedelta(hours=25))
        assert schedule.is_due(NOW, folder) is True

    def test_dumps_postgresql_at_night(self, newest, monkeypatch):
        monkeypatch.setattr(connection, "vendor", "postgresql")
        folder = newest(-1, timedelta(hours=21))
        at_one, at_three = NOW.replace(hour=17), NOW.replace(hour=19)
        assert schedule.is_due(at_one - timedelta(days=1), folder) is False
        assert schedule.is_due(at_three, folder) is True

    def test_can_be_switched_off(self, own_folders, monkeypatch):
        monkeypatch.setenv("BACKUP_EVERY_MINUTES", "0")
        assert schedule.ask_for_backup(NOW) == 0

    def test_asks_for_a_verification_each_week(self, newest):
        folder = newest(0, timedelta(hours=1))
        assert schedule.ask_for_verification(NOW) == 1
        Job.objects.all().delete()
        digest = manifest.sha256_of(folder / manifest.MANIFEST)
        manifest.write_json(folder / manifest.VERIFIED, {"ok": True, "manifest_sha256": digest})
        assert schedule.ask_for_verification(NOW) == 0
        assert schedule.ask_for_verification(NOW + timedelta(days=8)) == 1

    def test_is_announced(self):
        names = {timer.name for timer in timers.registered()}
        assert {"core.backup", "core.verify"} <= names
        assert jobs.label_of("backup") == "备份"

    @ON_SQLITE
    def test_the_job_backs_up_and_thins_out(self, engine, monkeypatch):
        monkeypatch.setattr("jizhou_service.backups.dump.engine_for", lambda: engine)
        jobs.enqueue(kind="backup", payload={}, by=None, now=NOW)
        done = jobs.run_one(now=NOW)
        assert (done.status, done.error) == ("DONE", "")
        assert done.result["name"] == manifest.all_backups()[-1].name
