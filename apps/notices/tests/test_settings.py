"""通知方式: what a person may switch off, what always arrives, where mail goes."""

import pytest

from apps.notices.actions import notify, save_settings
from apps.notices.choices import GROUPS, INBOX, Channel, group_of
from apps.notices.models import Notice, NoticeSetting, OutboxMessage

pytestmark = pytest.mark.django_db


def tell(user, kind, now, key="k", channels=()):
    return notify(users=[user], kind=kind, title="提醒", key=key, now=now, channels=channels)


@pytest.fixture
def mail(settings):
    """An installation that sends mail."""
    settings.EMAIL_HOST = "mail.invalid"


class TestGroups:
    def test_every_kind_has_one(self):
        assert group_of("tickets.ring").code == "terms"
        assert group_of("filings.read").code == "results"
        assert group_of("filings.ask").code == "others"
        assert group_of("something.new").code == "others"

    def test_what_has_a_term_cannot_be_chosen(self):
        terms = group_of("tickets.ring")
        assert not any(terms.may_choose(way) for way in (INBOX, Channel.EMAIL))
        assert all(group.fixed <= group.ways for group in GROUPS)


class TestInbox:
    def test_leaves_out_what_was_switched_off(self, officer, now):
        save_settings(user=officer, email="", on=[])
        tell(officer, "tickets.export", now)
        assert not Notice.objects.exists()

    def test_keeps_what_is_fixed(self, officer, now):
        save_settings(user=officer, email="", on=[])
        NoticeSetting.objects.update(off=["terms:INBOX", "moves:INBOX"])  # forged
        tell(officer, "tickets.ring", now, "a")
        tell(officer, "tickets.move", now, "b")
        assert Notice.objects.count() == 2

    def test_of_others_is_untouched(self, officer, team_leader, now):
        save_settings(user=officer, email="", on=[])
        tell(team_leader, "tickets.export", now)
        assert Notice.objects.get().user == team_leader


class TestMail:
    @pytest.fixture(autouse=True)
    def _configured(self, mail):
        pass

    def test_goes_to_the_address_that_was_given(self, officer, now):
        save_settings(user=officer, email="a@example.com", on=["moves:EMAIL"])
        tell(officer, "tickets.move", now, channels=[Channel.EMAIL])
        assert OutboxMessage.objects.get().recipient == "a@example.com"

    def test_stays_away_when_switched_off(self, officer, now):
        save_settings(user=officer, email="a@example.com", on=[])
        tell(officer, "tickets.move", now, channels=[Channel.EMAIL])
        assert not OutboxMessage.objects.exists()
        assert Notice.objects.count() == 1

    def test_about_terms_cannot_be_switched_off(self, officer, now):
        save_settings(user=officer, email="a@example.com", on=[])
        tell(officer, "tickets.ring", now, channels=[Channel.EMAIL])
        assert OutboxMessage.objects.count() == 1


class TestPage:
    def test_shows_and_keeps_the_choice(self, officer, login):
        client = login(officer)
        page = client.get("/me/notices/").content.decode()
        assert "（必收）" in page
        assert "08:30—17:30" in page
        client.post("/me/notices/", {"email": "a@example.com", "on": ["moves:EMAIL"]})
        setting = NoticeSetting.objects.get()
        assert setting.email == "a@example.com"
        assert setting.off == ["digest:EMAIL", "results:INBOX"]
        assert 'value="results:INBOX">' in client.get("/me/notices/").content.decode()

    def test_a_wrong_address_keeps_what_was_switched(self, officer, login):
        answer = login(officer).post("/me/notices/", {"email": "a", "on": []})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "邮箱应写成 zhang@example.com 的样子。" in page
        assert 'value="digest:EMAIL">' in page
        assert not NoticeSetting.objects.exists()
