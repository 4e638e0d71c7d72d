"""Recurring work, the status line and the warning to auditors."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.audit import actions, housekeeping, triggers
from apps.audit.models import AuditAnchor, AuditEntry, ChainCheck, PendingSeal
from apps.audit.testing import unprotected
from apps.audit.tests.factories import entries, sealed
from apps.core import jobs, timers
from apps.core.choices import JobStatus
from apps.core.models import Job

pytestmark = pytest.mark.django_db


def spoil(entry):
    with unprotected():
        AuditEntry.objects.filter(pk=entry.pk).update(note="改")


class TestTimers:
    def test_seal_and_anchor_are_announced(self):
        names = {timer.name: timer.every_seconds for timer in timers.registered()}
        assert names["audit.seal"] == 1
        assert names["audit.anchor"] == 3600

    def test_seal(self, now):
        entries(2)
        assert housekeeping.seal(now) == 2
        assert not PendingSeal.objects.exists()

    def test_anchor(self, now):
        entries(2)
        assert housekeeping.watch(now) == 2
        assert AuditAnchor.objects.count() == 1


class TestFullCheck:
    def test_is_asked_for_once(self, now):
        assert housekeeping.ask_for_full_check(now) == 1
        assert housekeeping.ask_for_full_check(now) == 0
        assert Job.objects.count() == 1

    def test_is_done_by_the_long_worker(self, now):
        sealed(3)
        housekeeping.ask_for_full_check(now)
        job = jobs.run_one(now=now)
        assert (job.status, job.result["is_good"], job.done_count) == (JobStatus.DONE, True, 3)
        check = ChainCheck.objects.get()
        assert (check.is_full, check.is_good, check.checked) == (True, True, 3)

    def test_can_be_stopped(self, now):
        sealed(3)
        job = jobs.enqueue(kind=housekeeping.FULL_CHECK, payload={}, by=None, now=now)
        jobs.stop(job, now=now)
        with pytest.raises(jobs.JobStopped):
            housekeeping.full_check(job)
        assert not ChainCheck.objects.exists()


class TestStatus:
    def test_is_calm_before_anything_happened(self, now):
        assert housekeeping.chain_status(now).level == "ok"

    def test_says_when_the_last_check_was(self, now):
        sealed(2)
        actions.check(now=now - timedelta(hours=3), full=True)
        answer = housekeeping.chain_status(now)
        assert (answer.level, "3 小时前核对完好，到序号 2" in answer.text) == ("ok", True)

    def test_warns_when_sealing_stands_still(self, now):
        entries(1)
        answer = housekeeping.chain_status(now + timedelta(seconds=90))
        assert (answer.level, "没有封存" in answer.text) == ("warn", True)

    def test_warns_when_the_chain_is_broken_but_keeps_the_service_ready(self, now):
        made = sealed(2)
        spoil(made[0])
        actions.check(now=now, full=True)
        answer = housekeeping.chain_status(now)
        assert (answer.level, "序号 1" in answer.text) == ("warn", True)

    def test_warns_when_the_triggers_are_gone(self, now):
        triggers.remove(connection)
        answer = housekeeping.chain_status(now)
        triggers.install(connection)
        assert (answer.level, "触发器" in answer.text) == ("warn", True)


class TestWarning:
    def test_is_for_those_who_read_the_log(self, somebody, now):
        made = sealed(2)
        spoil(made[0])
        actions.check(now=now, full=True)
        (text,) = housekeeping.warnings(somebody, now)
        assert "审计链核对发现问题：序号 1" in text

    def test_is_absent_while_all_is_well(self, somebody, now):
        assert housekeeping.warnings(somebody, now) == []
        sealed(2)
        actions.check(now=now, full=True)
        assert housekeeping.warnings(somebody, now) == []

    def test_costs_others_no_query(self, somebody, now, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(type(somebody), "has_perm", lambda self, perm: False)
        with django_assert_num_queries(0):
            assert housekeeping.warnings(somebody, now) == []
