"""Telling people: once per person and occasion, in the caller's transaction."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.notices import actions, recipients
from apps.notices.choices import Channel, OutboxStatus
from apps.notices.models import Notice, OutboxMessage

pytestmark = pytest.mark.django_db
BOTH = (Channel.EMAIL, Channel.WECOM)


def tell(users, now, **more):
    values = {"kind": "ticket.due", "title": "01342 剩 1 个工作日", "key": "ticket:17:due:1"}
    return actions.notify(users=users, now=now, **{**values, **more})


class TestNotify:
    def test_writes_one_message_per_person(self, user_of, now):
        users = [user_of("a"), user_of("b")]
        assert tell(users, now, body="请及时办理", url="/t/JZ-2603-01342/") == 2
        notice = Notice.objects.get(user=users[0])
        assert (notice.title, notice.body) == ("01342 剩 1 个工作日", "请及时办理")
        assert (notice.url, notice.read_at, notice.created_at) == ("/t/JZ-2603-01342/", None, now)

    def test_tells_nobody_twice_of_the_same_occasion(self, user_of, now):
        one, two = user_of("a"), user_of("b")
        tell([one], now)
        assert tell([one, two], now) == 1
        assert Notice.objects.count() == 2

    def test_tells_again_of_another_occasion(self, user_of, now):
        user = user_of("a")
        tell([user], now)
        assert tell([user], now, key="ticket:17:due:2") == 1

    def test_tells_somebody_named_twice_once(self, user_of, now):
        user = user_of("a")
        assert tell([user, user], now) == 1

    def test_yields_to_another_transaction_that_was_quicker(self, user_of, now, monkeypatch):
        """The look before the write may be stale; the constraint decides."""
        user = user_of("a")
        tell([user], now)
        real = Notice.objects.filter
        monkeypatch.setattr(
            Notice.objects,
            "filter",
            lambda **k: Notice.objects.none() if "user_id__in" in k else real(**k),
        )
        tell([user], now)
        monkeypatch.undo()
        assert Notice.objects.count() == 1

    def test_leaves_closed_accounts_out(self, user_of, now):
        assert tell([user_of("a", is_active=False, closed_at=now)], now) == 0

    def test_adds_deputies_through_the_hook(self, user_of, now, monkeypatch):
        absent, deputy = user_of("a"), user_of("b")
        monkeypatch.setattr(recipients, "_expanders", [])
        recipients.register_expander(lambda users, moment: {absent.pk: [deputy]})
        assert tell([absent], now) == 2
        assert Notice.objects.filter(user=deputy).exists()

    def test_is_undone_together_with_the_act(self, user_of, now, channels):
        user = user_of("a")

        @transaction.atomic
        def act():
            tell([user], now, channels=BOTH)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            act()
        assert not Notice.objects.exists()
        assert not OutboxMessage.objects.exists()

    @pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:x"])
    def test_links_only_to_this_product(self, user_of, now, url):
        with pytest.raises(ValueError, match="only to this product"):
            tell([user_of("a")], now, url=url)

    def test_cuts_what_is_too_long(self, user_of, now):
        tell([user_of("a")], now, title="长" * 300, body="长" * 900)
        notice = Notice.objects.get()
        assert (len(notice.title), len(notice.body)) == (120, 500)

    def test_takes_few_queries_for_many_people(
        self, user_of, now, channels, django_assert_max_num_queries
    ):
        users = [user_of(f"u{number}") for number in range(60)]
        with django_assert_max_num_queries(8):
            tell(users, now, channels=[Channel.EMAIL])


class TestConstraints:
    def test_refuse_a_second_message_of_one_occasion(self, user_of, now):
        fields = {"user": user_of("a"), "kind": "x", "title": "x", "key": "k", "created_at": now}
        Notice.objects.create(**fields)
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.create(**fields)

    @pytest.mark.parametrize(
        "wrong", [{"key": ""}, {"url": "https://evil.example"}, {"url": "//e"}]
    )
    def test_refuse_messages_without_key_or_with_foreign_links(self, user_of, now, wrong):
        fields = {"user": user_of("a"), "kind": "x", "title": "x", "key": "k", "created_at": now}
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.create(**{**fields, **wrong})

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": "SENT"},
            {"status": "GONE"},
            {"channel": "FAX"},
            {"key": ""},
            {"status": "DEAD", "lease": True},
        ],
    )
    def test_refuse_outbox_rows_that_contradict_themselves(self, db, now, wrong):
        wrong = dict(wrong)
        if wrong.pop("lease", False):
            wrong["lease_until"] = now
        fields = {"channel": "EMAIL", "recipient": "a@b", "key": "k", "status": "WAITING"}
        with pytest.raises(IntegrityError), transaction.atomic():
            OutboxMessage.objects.create(created_at=now, next_try_at=now, **{**fields, **wrong})


class TestOutboxRows:
    def test_are_written_for_the_channels_asked_for(self, user_of, now, channels):
        tell([user_of("a"), user_of("b")], now, channels=BOTH)
        keys = sorted(OutboxMessage.objects.values_list("channel", flat=True))
        assert keys == ["EMAIL", "EMAIL", "WECOM"]

    def test_are_not_written_without_being_asked_for(self, user_of, now, channels):
        tell([user_of("a")], now)
        assert not OutboxMessage.objects.exists()

    def test_are_not_written_for_channels_that_are_off(self, user_of, now, channels):
        channels[Channel.EMAIL].is_on = False
        tell([user_of("a")], now, channels=[Channel.EMAIL])
        assert not OutboxMessage.objects.exists()

    def test_are_not_written_for_people_without_an_address(
        self, user_of, now, channels, monkeypatch
    ):
        monkeypatch.setitem(recipients._addresses, "EMAIL", lambda user: "")
        tell([user_of("a")], now, channels=[Channel.EMAIL])
        assert not OutboxMessage.objects.exists()

    def test_are_not_written_while_nobody_knows_addresses(
        self, user_of, now, channels, monkeypatch
    ):
        monkeypatch.setattr(recipients, "_addresses", {})
        tell([user_of("a")], now, channels=[Channel.EMAIL])
        assert not OutboxMessage.objects.exists()

    def test_carry_a_stable_key_and_are_due_at_once(self, user_of, now, channels):
        user = user_of("a")
        tell([user], now, channels=[Channel.EMAIL])
        row = OutboxMessage.objects.get()
        assert row.key == f"ticket:17:due:1:{user.pk}:EMAIL"
        assert (row.status, row.next_try_at) == (OutboxStatus.WAITING, now)

    def test_are_encrypted_in_the_database(self, user_of, now, channels):
        tell([user_of("a")], now, channels=[Channel.EMAIL], body="请联系企业")
        with connection.cursor() as cursor:
            cursor.execute("SELECT recipient, body FROM notices_outboxmessage")
            raw = " ".join(cursor.fetchone())
        assert "a@test.example" not in raw
        assert "请联系企业" not in raw
        assert OutboxMessage.objects.get().recipient == "a@test.example"

    def test_tell_the_group_of_the_robot_once(self, user_of, now, channels):
        tell([user_of("a")], now, channels=[Channel.WECOM])
        tell([user_of("b")], now, channels=[Channel.WECOM])
        assert OutboxMessage.objects.count() == 1


class TestReading:
    def test_is_noted_the_first_time(self, user_of, now):
        user = user_of("a")
        tell([user], now)
        notice = Notice.objects.get()
        actions.mark_read(notice=notice, by=user, now=now)
        actions.mark_read(notice=notice, by=user, now=now + timedelta(hours=1))
        notice.refresh_from_db()
        assert notice.read_at == now

    def test_of_others_messages_is_not_possible(self, user_of, now):
        tell([user_of("a")], now)
        actions.mark_read(notice=Notice.objects.get(), by=user_of("b"), now=now)
        assert Notice.objects.get().read_at is None

    def test_everything_leaves_out_what_came_later(self, user_of, now):
        user = user_of("a")
        tell([user], now - timedelta(minutes=5), key="early")
        tell([user], now, key="late")
        until = now - timedelta(minutes=1)
        assert actions.mark_all_read(by=user, now=now, until=until) == 1
        assert Notice.objects.get(key="late").read_at is None


class TestPrune:
    def test_removes_old_sent_and_old_read_messages_only(self, user_of, now, channels):
        user = user_of("a")
        old = now - timedelta(days=400)
        for key, moment in (("old-read", old), ("old-unread", old), ("new-read", now)):
            tell([user], moment, key=key)
        Notice.objects.exclude(key="old-unread").update(read_at=old)
        fields = {"channel": "EMAIL", "recipient": "a@b", "created_at": old, "next_try_at": old}
        OutboxMessage.objects.create(key="sent", status="SENT", sent_at=old, **fields)
        OutboxMessage.objects.create(key="fresh", status="SENT", sent_at=now, **fields)
        OutboxMessage.objects.create(key="dead", status="DEAD", **fields)
        assert actions.prune(now=now) == 2
        assert set(Notice.objects.values_list("key", flat=True)) == {"old-unread", "new-read"}
        assert set(OutboxMessage.objects.values_list("key", flat=True)) == {"fresh", "dead"}
