"""The inbox, the bell, the card and the outbox page."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core import home
from apps.core.permissions import Permission
from apps.core.timers import registered
from apps.notices import actions, housekeeping, queries
from apps.notices.models import Notice, OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(user_of):
    return user_of("officer")


def tell(user, moment, key="k", **more):
    actions.notify(users=[user], kind="x", title=f"提醒 {key}", key=key, now=moment, **more)
    return Notice.objects.get(user=user, key=key)


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


class TestInbox:
    def test_says_so_when_it_is_empty(self, client_of, officer):
        assert "没有新消息" in text_of(client_of(officer).get("/inbox/"))

    def test_is_for_every_role(self, client_of, user_of):
        for role in ("AUDITOR", "SYSADMIN", "LEADER", "EXPERT"):
            assert client_of(user_of(role.lower(), role)).get("/inbox/").status_code == 200

    def test_shows_only_ones_own(self, client_of, officer, user_of, now):
        tell(user_of("other"), now, "别人的")
        tell(officer, now, "自己的")
        text = text_of(client_of(officer).get("/inbox/"))
        assert "提醒 自己的" in text
        assert "提醒 别人的" not in text

    def test_groups_by_our_own_days(self, client_of, officer):
        with time_machine.travel("2026-03-20 02:00", tick=False):
            for key, text in (
                ("a", "2026-03-19T17:00+00:00"),
                ("b", "2026-03-19T15:00+00:00"),
                ("c", "2026-03-10T02:00+00:00"),
                ("d", "2025-12-31T02:00+00:00"),
            ):
                tell(officer, datetime.fromisoformat(text), key)
            days = client_of(officer).get("/inbox/").context["days"]
        assert [(day.label, [n.key for n in day.notices]) for day in days] == [
            ("今天", ["a"]),
            ("昨天", ["b"]),
            ("3月10日 星期二", ["c"]),
            ("2025年12月31日 星期三", ["d"]),
        ]

    def test_marks_what_is_unread(self, client_of, officer, now):
        tell(officer, now, "a")
        notice = tell(officer, now, "b")
        actions.mark_read(notice=notice, by=officer, now=now)
        text = text_of(client_of(officer).get("/inbox/"))
        assert text.count("未读：") == 1
        assert "1 条未读" in text

    def test_can_show_unread_only(self, client_of, officer, now):
        actions.mark_read(notice=tell(officer, now, "a"), by=officer, now=now)
        tell(officer, now, "b")
        response = client_of(officer).get("/inbox/?show=unread")
        assert [notice.key for notice in response.context["page"].rows] == ["b"]

    def test_turns_pages_by_key(self, client_of, officer, now):
        for number in range(25):
            tell(officer, now - timedelta(minutes=number), f"k{number}")
        client = client_of(officer)
        first = client.get("/inbox/")
        second = client.get(f"/inbox/{first.context['page'].next_url}")
        keys = [n.key for page in (first, second) for n in page.context["page"].rows]
        assert keys == [f"k{number}" for number in range(25)]

    def test_changes_nothing_by_looking(self, client_of, officer, now):
        notice = tell(officer, now)
        client = client_of(officer)
        client.get("/inbox/")
        assert client.get(f"/inbox/{notice.pk}/open/").status_code == 405
        assert client.get("/inbox/read-all/").status_code == 405
        assert queries.unread_count(officer) == 1


class TestOpening:
    def test_marks_as_read_and_leads_to_the_object(self, client_of, officer, now):
        notice = tell(officer, now, url="/home/")
        response = client_of(officer).post(f"/inbox/{notice.pk}/open/")
        assert (response.status_code, response.url) == (302, "/home/")
        notice.refresh_from_db()
        assert notice.read_at is not None

    def test_stays_in_the_inbox_without_a_link(self, client_of, officer, now):
        notice = tell(officer, now)
        assert client_of(officer).post(f"/inbox/{notice.pk}/open/").url == "/inbox/"

    def test_of_others_messages_is_404(self, client_of, officer, user_of, now):
        notice = tell(user_of("other"), now, url="/home/")
        assert client_of(officer).post(f"/inbox/{notice.pk}/open/").status_code == 404
        notice.refresh_from_db()
        assert notice.read_at is None

    def test_never_leads_away(self, client_of, officer, now):
        notice = tell(officer, now, url="/\\evil.example")
        assert client_of(officer).post(f"/inbox/{notice.pk}/open/").url == "/inbox/"


class TestReadAll:
    def test_marks_what_the_page_showed(self, client_of, officer, now):
        tell(officer, now - timedelta(minutes=9), "seen")
        tell(officer, now - timedelta(minutes=1), "later")
        until = (now - timedelta(minutes=5)).isoformat()
        client_of(officer).post("/inbox/read-all/", {"until": until})
        assert queries.unread_count(officer) == 1

    @pytest.mark.parametrize(
        "until", ["", "nonsense", "2026-13-45T00:00", "2026-01-01T00:00", None]
    )
    def test_takes_now_when_the_page_does_not_say(self, client_of, officer, now, until):
        tell(officer, now)
        data = {} if until is None else {"until": until}
        response = client_of(officer).post("/inbox/read-all/", data, follow=True)
        assert "已把 1 条消息标为已读" in text_of(response)

    def test_says_when_there_was_nothing(self, client_of, officer):
        response = client_of(officer).post("/inbox/read-all/", follow=True)
        assert "没有未读消息" in text_of(response)

    def test_returns_only_within_the_product(self, client_of, officer):
        response = client_of(officer).post("/inbox/read-all/", {"next": "https://evil.example/"})
        assert response.url == "/inbox/"


class TestBell:
    def test_counts_with_one_query_and_stops_at_a_hundred(
        self, officer, now, django_assert_num_queries
    ):
        rows = [
            Notice(user=officer, kind="x", title="x", key=str(n), created_at=now)
            for n in range(120)
        ]
        Notice.objects.bulk_create(rows)
        with django_assert_num_queries(1):
            assert queries.unread_count(officer) == 100

    def test_is_shown_on_every_page(self, client_of, officer, now):
        tell(officer, now)
        assert "1 条未读" in text_of(client_of(officer).get("/menu/"))


class TestCard:
    def test_shows_the_newest_on_the_home_page(self, client_of, officer, now):
        for number in range(7):
            tell(officer, now - timedelta(minutes=number), f"k{number}")
        text = text_of(client_of(officer).get("/home/"))
        assert "提醒 k4" in text
        assert "提醒 k5" not in text

    def test_stands_in_the_side_column(self, officer, now):
        card = next(card for card in home.cards_for(officer, now) if card.title == "消息")
        assert (card.column, card.context["more_url"]) == ("side", "/inbox/")


@pytest.fixture
def admin(user_of):
    return user_of("admin", "SYSADMIN")


def message(now, key="m", **more):
    fields = {"channel": "EMAIL", "recipient": "box@test.example", "subject": f"题 {key}"}
    return OutboxMessage.objects.create(
        key=key, created_at=now, next_try_at=now, **{**fields, **more}
    )


class TestOutbox:
    @pytest.mark.parametrize("role", ["OFFICER", "AUDITOR", "SECADMIN", "OFFICE_CHIEF"])
    def test_is_refused_to_others(self, client_of, user_of, now, role):
        row = message(now, status="DEAD")
        user = user_of("x", role)
        client = client_of(user)
        assert client.get("/set/outbox/").status_code == 403
        assert client.post(f"/set/outbox/{row.pk}/resend/").status_code == 403
        assert client.post("/set/outbox/resend-all/").status_code == 403
        assert not user.has_perm(Permission.MANAGE_OUTBOX)
        assert not OutboxMessage.objects.visible_to(user).exists()

    def test_shows_failures_first_and_never_the_address(self, client_of, admin, now):
        message(now, "坏的", status="DEAD", attempts=10, last_error="邮件服务器拒绝（550）")
        message(now, "等的")
        text = text_of(client_of(admin).get("/set/outbox/"))
        assert "题 坏的" in text
        assert "邮件服务器拒绝（550）" in text
        assert "题 等的" not in text
        assert "box@test.example" not in text

    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            ("?status=WAITING", ["w"]),
            ("?status=SENT", ["s"]),
            ("?status=NONSENSE", ["d"]),
            ("?status=DEAD&channel=WECOM", []),
            ("?status=DEAD&channel=X", ["d"]),
        ],
    )
    def test_is_filtered_by_the_address_line(self, client_of, admin, now, query, keys):
        message(now, "w")
        message(now, "s", status="SENT", sent_at=now)
        message(now, "d", status="DEAD")
        response = client_of(admin).get(f"/set/outbox/{query}")
        text_of(response)
        assert [row.key for row in response.context["page"].rows] == keys

    def test_shows_rows_that_no_longer_decrypt(self, client_of, admin, now):
        from django.db import connection

        message(now, "旧", status="DEAD")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE notices_outboxmessage SET recipient = 'old:AAAA'")
        assert "题 旧" in text_of(client_of(admin).get("/set/outbox/"))

    def test_sends_one_again(self, client_of, admin, now):
        row = message(now, status="DEAD", attempts=10)
        response = client_of(admin).post(f"/set/outbox/{row.pk}/resend/", follow=True)
        assert "已放回待发送" in text_of(response)
        row.refresh_from_db()
        assert row.status == "WAITING"

    def test_says_why_it_cannot_send_again(self, client_of, admin, now):
        row = message(now)
        response = client_of(admin).post(f"/set/outbox/{row.pk}/resend/", follow=True)
        assert "不用重发" in text_of(response)
        assert client_of(admin).post("/set/outbox/999999/resend/").status_code == 404

    def test_sends_all_again(self, client_of, admin, now):
        message(now, "a", status="DEAD")
        message(now, "b", status="DEAD")
        client = client_of(admin)
        assert "重发 2 条" in text_of(client.get("/set/outbox/"))
        assert "已把 2 条放回待发送" in text_of(client.post("/set/outbox/resend-all/", follow=True))
        assert "没有发送失败" in text_of(client.post("/set/outbox/resend-all/", follow=True))


class TestHousekeeping:
    def test_is_announced(self):
        names = {timer.name for timer in registered()}
        assert {"notices.deliver", "notices.prune"} <= names

    def test_delivers_and_prunes(self, now, channels):
        message(now)
        assert housekeeping.deliver(now) == 1
        assert housekeeping.prune(now) == 0

    def test_says_that_nothing_is_switched_on(self, now, settings):
        settings.EMAIL_HOST = settings.WECOM_ROBOT_URL = ""
        assert housekeeping.outbox_status(now).text.startswith("邮件和企业微信没有启用")

    def test_warns_of_failures(self, now):
        message(now, status="DEAD")
        answer = housekeeping.outbox_status(now)
        assert (answer.level, "1 条发送失败" in answer.text) == ("warn", True)

    def test_warns_when_messages_wait_for_long(self, now, channels):
        message(now - timedelta(minutes=40))
        answer = housekeeping.outbox_status(now)
        assert (answer.level, "等了 40 分钟" in answer.text) == ("warn", True)

    def test_is_calm_otherwise(self, now, channels):
        message(now)
        answer = housekeeping.outbox_status(now)
        assert (answer.level, answer.text) == ("ok", "待发送 1 条")


class TestDayLabel:
    def test_speaks_as_people_do(self):
        today = date(2026, 3, 20)
        assert queries.day_label(today, today) == "今天"
        assert queries.day_label(date(2026, 3, 19), today) == "昨天"
        assert queries.day_label(date(2026, 1, 5), today) == "1月5日 星期一"
        assert timezone.get_current_timezone_name() == "Asia/Shanghai"
