"""Long work: one worker a job, resumed after a crash, parked after three."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.core import jobs
from apps.core.choices import JobStatus
from apps.core.errors import DomainError
from apps.core.models import Job

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setattr(jobs, "_kinds", {})
    return jobs


def queue(kinds, run, payload=None):
    kinds.register(kind="k", label="样例", run=run)
    return kinds.enqueue(kind="k", payload=payload or {}, by=None, now=NOW)


@pytest.mark.django_db
class TestRunOne:
    def test_does_nothing_when_nothing_waits(self, kinds):
        assert kinds.run_one(now=NOW) is None

    def test_runs_the_oldest_and_marks_it_done(self, kinds):
        seen = []
        queue(kinds, lambda job: seen.append(job.payload["n"]), {"n": 7})
        job = kinds.run_one(now=NOW)
        assert (seen, job.status, job.attempts) == ([7], JobStatus.DONE, 1)
        assert kinds.run_one(now=NOW) is None

    def test_keeps_the_sentence_of_a_refusal(self, kinds):
        def refuse(job):
            raise DomainError("表头不符，请用最新模板")

        queue(kinds, refuse)
        job = kinds.run_one(now=NOW)
        assert (job.status, job.error) == (JobStatus.FAILED, "表头不符，请用最新模板")

    def test_hides_the_details_of_a_mistake(self, kinds, caplog):
        def broken(job):
            raise RuntimeError("secret detail")

        queue(kinds, broken)
        job = kinds.run_one(now=NOW)
        assert job.status == JobStatus.FAILED
        assert "secret" not in job.error
        assert "RuntimeError" in job.error

    def test_takes_an_abandoned_job_again_and_parks_it_after_three(self, kinds):
        job = queue(kinds, lambda job: None)
        for attempts in (1, 2):
            Job.objects.filter(pk=job.pk).update(
                status=JobStatus.RUNNING, attempts=attempts, heartbeat_at=NOW - timedelta(minutes=3)
            )
            assert kinds._take(NOW).attempts == attempts + 1
        Job.objects.filter(pk=job.pk).update(heartbeat_at=NOW - timedelta(minutes=3))
        assert kinds.run_one(now=NOW) is None
        job.refresh_from_db()
        assert job.status == JobStatus.FAILED
        assert "三次" in job.error

    def test_leaves_a_living_job_to_its_worker(self, kinds):
        job = queue(kinds, lambda job: None)
        Job.objects.filter(pk=job.pk).update(status=JobStatus.RUNNING, heartbeat_at=NOW)
        assert kinds.run_one(now=NOW) is None

    def test_stops_at_the_next_beat_and_keeps_what_is_done(self, kinds):
        def run(job):
            kinds.beat(job, done=1, total=3)
            assert kinds.stop(job, now=NOW)
            kinds.beat(job, done=2, total=3)
            raise AssertionError("ran on after being stopped")

        queue(kinds, run)
        job = kinds.run_one(now=NOW)
        job.refresh_from_db()
        assert (job.status, job.done_count) == (JobStatus.STOPPED, 1)
        assert not kinds.stop(job, now=NOW)

    def test_refuses_an_unknown_kind(self, kinds):
        with pytest.raises(ValueError, match="unknown job kind"):
            kinds.enqueue(kind="none", payload={}, by=None, now=NOW)
