"""Sending: at least once, each by one deliverer, back-off, and an end to trying."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain, repeat
from types import SimpleNamespace

import pytest
from django.db import connection

from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.notices import actions, senders
from apps.notices.choices import Channel, OutboxStatus
from apps.notices.models import OutboxMessage

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Crash(BaseException):
    """The process dies here; nothing may catch it."""


def waiting(now, count=1, channel=Channel.EMAIL, **more):
    return [
        OutboxMessage.objects.create(
            channel=channel,
            recipient=f"p{number}@test.example",
            subject=f"提醒 {number}",
            body="正文",
            key=f"{channel}:{number}",
            created_at=now,
            next_try_at=now,
            **more,
        )
        for number in range(count)
    ]


def state(row):
    row.refresh_from_db()
    return row.status, row.attempts


class TestDeliver:
    def test_sends_and_marks(self, now, channels):
        (row,) = waiting(now)
        assert actions.deliver(now=now) == 1
        assert state(row) == (OutboxStatus.SENT, 1)
        assert (row.lease_until, row.sent_at >= now) == (None, True)
        (message,) = channels[Channel.EMAIL].sent
        assert (message.recipient, message.subject, message.body) == (
            "p0@test.example",
            "提醒 0",
            "正文",
        )

    def test_sends_nothing_twice(self, now, channels):
        waiting(now, 3)
        actions.deliver(now=now)
        assert actions.deliver(now=now) == 0
        assert len(channels[Channel.EMAIL].sent) == 3

    def test_waits_until_a_message_is_due(self, now, channels):
        waiting(now + MINUTE)
        assert actions.deliver(now=now) == 0

    def test_takes_the_longest_waiting_first_and_no_more_than_asked(self, now, channels):
        rows = waiting(now, 3)
        OutboxMessage.objects.filter(pk=rows[2].pk).update(next_try_at=now - MINUTE)
        assert actions.deliver(now=now, limit=1) == 1
        assert channels[Channel.EMAIL].sent[0].key == rows[2].key

    def test_leaves_channels_alone_that_are_off(self, now, channels):
        (row,) = waiting(now)
        channels[Channel.EMAIL].is_on = False
        assert actions.deliver(now=now) == 0
        assert state(row) == (OutboxStatus.WAITING, 0)

    def test_stops_when_its_time_is_up(self, now, channels, monkeypatch):
        waiting(now, 3)
        seconds = chain([0.0, 1.0, 2.0], repeat(100.0))
        # the module's own name only: everybody else keeps the real clock
        monkeypatch.setattr(actions, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
        assert actions.deliver(now=now) == 1


class TestCrash:
    def test_between_send_and_mark_sends_again_with_the_same_key(self, now, channels, monkeypatch):
        (row,) = waiting(now)
        with monkeypatch.context() as patch:
            patch.setattr(actions, "_finish", lambda *a: (_ for _ in ()).throw(Crash()))
            with pytest.raises(Crash):
                actions.deliver(now=now)
        assert state(row) == (OutboxStatus.WAITING, 1)
        assert actions.deliver(now=now + timedelta(seconds=30)) == 0  # the lease still runs
        assert actions.deliver(now=now + timedelta(seconds=61)) == 1
        keys = [message.key for message in channels[Channel.EMAIL].sent]
        assert keys == [row.key, row.key]
        assert state(row) == (OutboxStatus.SENT, 2)

    def test_before_the_send_loses_nothing(self, now, channels):
        (row,) = waiting(now)

        def crash(message):
            raise Crash

        channels[Channel.EMAIL].before = crash
        with pytest.raises(Crash):
            actions.deliver(now=now)
        assert channels[Channel.EMAIL].sent == []
        channels[Channel.EMAIL].before = lambda message: None
        assert actions.deliver(now=now + timedelta(seconds=61)) == 1
        assert state(row)[0] == OutboxStatus.SENT

    def test_over_and_over_is_given_up(self, now, channels):
        (row,) = waiting(now, attempts=10, lease_until=now - MINUTE)
        assert actions.deliver(now=now) == 0
        assert state(row) == (OutboxStatus.DEAD, 10)
        assert row.last_error == "发送程序连续中断"


class TestTwoDeliverers:
    def test_do_not_both_send(self, now, channels):
        """The other one wins the message between our look and our taking it."""
        (row,) = waiting(now)
        mine = OutboxMessage.objects.get(pk=row.pk)
        theirs = OutboxMessage.objects.get(pk=row.pk)
        assert actions._take(theirs, now)
        assert not actions._take(mine, now)

    def test_do_not_overwrite_each_other_after_a_lost_lease(self, now, channels):
        (row,) = waiting(now)
        slow = OutboxMessage.objects.get(pk=row.pk)
        assert actions._take(slow, now)
        later = now + timedelta(seconds=61)
        assert actions.deliver(now=later) == 1
        actions._finish(slow, 1, later, "too late")
        assert state(row) == (OutboxStatus.SENT, 2)

    def test_nest_without_a_second_send(self, now, channels):
        waiting(now, 3)

        def other(message):
            channels[Channel.EMAIL].before = lambda message: None
            actions.deliver(now=now)

        channels[Channel.EMAIL].before = other
        actions.deliver(now=now)
        keys = [message.key for message in channels[Channel.EMAIL].sent]
        assert sorted(keys) == sorted(set(keys))
        assert len(keys) == 3

    @pytest.mark.skipif(connection.vendor == "sqlite", reason="the test database is in memory")
    @pytest.mark.django_db(transaction=True)
    def test_share_the_work_in_real_threads(self, now, channels):
        waiting(now, 30)
        gate = threading.Barrier(3)

        def run():
            try:
                gate.wait(10)
                return actions.deliver(now=now)
            finally:
                connection.close()

        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(run) for _ in range(3)]
            sent = sum(job.result(timeout=60) for job in jobs)
        keys = [message.key for message in channels[Channel.EMAIL].sent]
        assert (sent, len(keys), len(set(keys))) == (30, 30, 30)

    @pytest.mark.django_db(transaction=True)
    def test_work_outside_of_any_transaction(self, now, channels):
        waiting(now)
        seen = []
        channels[Channel.EMAIL].before = lambda message: seen.append(connection.in_atomic_block)
        actions.deliver(now=now)
        assert seen == [False]


class TestFailure:
    def test_is_tried_again_later_and_later(self, now, channels):
        (row,) = waiting(now)
        channels[Channel.EMAIL].failing = True
        pauses = []
        moment = now
        for _ in range(5):
            assert actions.deliver(now=moment) == 0
            row.refresh_from_db()
            pauses.append(round((row.next_try_at - moment).total_seconds() / 60))
            assert actions.deliver(now=row.next_try_at - MINUTE / 2) == 0
            moment = row.next_try_at
        assert pauses == [1, 5, 15, 60, 60]
        assert state(row) == (OutboxStatus.WAITING, 5)
        assert row.last_error == "对方没有回应"

    def test_ends_after_ten_tries(self, now, channels):
        (row,) = waiting(now)
        channels[Channel.EMAIL].failing = True
        moment = now
        for _ in range(12):
            actions.deliver(now=moment)
            moment += timedelta(hours=2)
        assert state(row) == (OutboxStatus.DEAD, 10)

    def test_of_a_dead_channel_spares_the_others_and_is_made_good(self, now, channels):
        mails = waiting(now, 6)
        robots = waiting(now, 6, Channel.WECOM)
        channels[Channel.EMAIL].failing = True
        assert actions.deliver(now=now) == 6
        assert {state(row)[0] for row in robots} == {OutboxStatus.SENT}
        assert [state(row)[1] for row in mails] == [1, 1, 1, 0, 0, 0]
        channels[Channel.EMAIL].failing = False
        assert actions.deliver(now=now + 2 * MINUTE) == 6
        assert {state(row)[0] for row in mails} == {OutboxStatus.SENT}

    def test_of_one_message_does_not_stop_the_others(self, now, channels):
        rows = waiting(now, 3)
        with connection.cursor() as cursor:  # encrypted with a key that is gone
            cursor.execute(
                "UPDATE notices_outboxmessage SET recipient = 'old:AAAA' WHERE id = %s",
                [rows[0].pk],
            )
        assert actions.deliver(now=now) == 2
        row = OutboxMessage.objects.defer("recipient").get(pk=rows[0].pk)
        assert (row.status, row.attempts) == (OutboxStatus.WAITING, 1)
        assert "DomainError" in row.last_error

    def test_of_the_program_itself_is_logged_and_tried_again(self, now, channels, caplog):
        (row,) = waiting(now)

        def broken(message):
            raise KeyError("x")

        channels[Channel.EMAIL].before = broken
        assert actions.deliver(now=now) == 0
        assert state(row) == (OutboxStatus.WAITING, 1)
        assert "sender of EMAIL broke" in caplog.text

    def test_without_words_still_says_something(self, now, channels):
        (row,) = waiting(now)

        def wordless(message):
            raise senders.SendError

        channels[Channel.EMAIL].before = wordless
        actions.deliver(now=now)
        row.refresh_from_db()
        assert row.last_error == "没有发出"


class TestResend:
    def test_starts_again_with_the_same_key(self, now, channels, user_of):
        admin = user_of("admin", "SYSADMIN")
        (row,) = waiting(now, status="DEAD", attempts=10, last_error="坏了")
        actions.resend(message=row, by=admin, now=now)
        assert state(row) == (OutboxStatus.WAITING, 0)
        assert actions.deliver(now=now) == 1
        assert channels[Channel.EMAIL].sent[0].key == row.key
        assert AuditEntry.objects.get(action="notices.resend").target_label == "提醒 0"

    @pytest.mark.parametrize("status", ["WAITING", "SENT"])
    def test_refuses_what_has_not_failed(self, now, user_of, status):
        sent = {"sent_at": now} if status == "SENT" else {}
        (row,) = waiting(now, status=status, **sent)
        with pytest.raises(DomainError, match="不用重发"):
            actions.resend(message=row, by=user_of("admin", "SYSADMIN"), now=now)
        assert not AuditEntry.objects.filter(action__startswith="notices.").exists()

    def test_does_all_at_once_with_one_entry(self, now, user_of):
        waiting(now, 3, status="DEAD", attempts=10)
        assert actions.resend_all(by=user_of("admin", "SYSADMIN"), now=now) == 3
        assert AuditEntry.objects.get(action="notices.resend_all").batch_size == 3

    def test_refuses_to_do_nothing(self, now, user_of):
        with pytest.raises(DomainError, match="没有发送失败"):
            actions.resend_all(by=user_of("admin", "SYSADMIN"), now=now)
