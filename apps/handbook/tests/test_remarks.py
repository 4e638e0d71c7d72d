"""报错 and 建议: who hears, who answers."""

import pytest

from apps.core.errors import DomainError
from apps.handbook import actions
from apps.handbook.models import Entry, Remark
from apps.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return Entry.objects.get(number="0401-01")


class TestRemark:
    def test_reaches_the_office_and_the_responsible_unit(self, now, entry, officer, make_user):
        power = make_user("LIAISON", unit="区供电分公司")
        make_user("LIAISON", unit="区水务局")
        clerk = make_user("OFFICE_CLERK", unit="区营商环境办")
        actions.send_remark(entry=entry, kind="ERROR", text="电话已经变了", by=officer, now=now)
        told = set(Notice.objects.values_list("user_id", flat=True))
        assert told == {power.pk, clerk.pk}

    def test_is_answered_once_and_its_sender_told(self, now, entry, officer, office_chief):
        remark = actions.send_remark(
            entry=entry, kind="OUTDATED", text="标准已经更新了", by=officer, now=now
        )
        actions.answer_remark(remark=remark, reply="已改为新标准。", by=office_chief, now=now)
        assert Notice.objects.get(user=officer).body == "已改为新标准。"
        with pytest.raises(DomainError, match="已由"):
            actions.answer_remark(remark=remark, reply="再答一次", by=office_chief, now=now)

    def test_must_say_something(self, now, entry, officer):
        with pytest.raises(DomainError, match="至少写 5 个字"):
            actions.send_remark(entry=entry, kind="ERROR", text=" 错\0 ", by=officer, now=now)
        remark = actions.send_remark(
            entry=None, kind="MISSING", text="缺少冷库报装的条目", by=officer, now=now
        )
        with pytest.raises(DomainError, match="处理结果"):
            actions.answer_remark(remark=remark, reply=" ", by=officer, now=now)

    def test_is_seen_by_its_sender_and_those_who_answer(
        self, now, entry, officer, neighbour, office_chief, make_user
    ):
        power = make_user("EXPERT", unit="区供电分公司")
        water = make_user("EXPERT", unit="区水务局")
        actions.send_remark(entry=entry, kind="ERROR", text="电话已经变了", by=officer, now=now)
        seen = {
            user.username: Remark.objects.visible_to(user).exists()
            for user in (officer, neighbour, office_chief, power, water)
        }
        assert seen == {
            officer.username: True,
            neighbour.username: False,
            office_chief.username: True,
            power.username: True,
            water.username: False,
        }

    def test_pages_keep_what_was_typed(self, login, officer, office_chief, entry):
        page = login(officer).post("/hb/0401-01/report/", {"kind": "ERROR", "text": "错"})
        assert page.status_code == 422
        assert "错</textarea>" in page.content.decode()
        sent = {"kind": "ERROR", "text": "咨询电话换了"}
        assert login(officer).post("/hb/0401-01/report/", sent).status_code == 302
        remark = Remark.objects.get()
        client = login(office_chief)
        assert "咨询电话换了" in client.get("/hb/0401-01/").content.decode()
        address = f"/hb/remarks/{remark.pk}/"
        assert client.post(address, {"reply": ""}).status_code == 422
        assert client.post(address, {"reply": "已更正。"}).status_code == 302
        assert "已更正。" in login(officer).get(address).content.decode()
        assert login(officer).post(address, {"reply": "自己答"}).status_code == 404

    def test_suggests_what_is_missing(self, login, officer):
        sent = {"kind": "MISSING", "text": "缺少冷库报装的条目"}
        assert login(officer).post("/hb/suggest/", sent).status_code == 302
        assert Remark.objects.get().unit is None
        wrong = {"kind": "ERROR", "text": "没有条目怎么报错"}
        assert login(officer).post("/hb/suggest/", wrong).status_code == 422
