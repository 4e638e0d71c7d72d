"""The screens: who sees what, what a form keeps, which steps are offered."""

import pytest

from apps.handbook import actions, uses
from apps.handbook.models import Entry
from apps.handbook.tests.builders import CONTENT, draft_of, published_of

pytestmark = pytest.mark.django_db
FORM = {**CONTENT, "category": "0401"}


@pytest.fixture
def power(make_user):
    """An expert of 区供电分公司."""
    return make_user("EXPERT", unit="区供电分公司", username="power")


def text_of(client, address):
    return client.get(address).content.decode()


class TestList:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("?size=100", 73),
            ("?category=04&size=100", 7),
            ("?category=0401", 2),
            ("?q=增容", 2),
            ("?unit=power", 3),
            ("?q=没有这个词", 0),
            ("?category=x&unit=y&show=z&after=%%%", 0),
            ("?show=draft", 0),
        ],
    )
    def test_filters(self, login, officer, query, count):
        page = login(officer).get(f"/hb/{query}")
        assert page.status_code == 200
        assert page.context["total"] == count

    def test_counts_the_tree(self, login, officer):
        tree = login(officer).get("/hb/?category=0401").context["tree"]
        assert (len(tree), sum(branch.count for branch in tree)) == (19, 73)
        assert [branch.category.code for branch in tree if branch.is_open] == ["04"]

    def test_costs_the_same_for_twenty_and_a_hundred_rows(
        self, login, officer, django_assert_max_num_queries
    ):
        client = login(officer)
        for size in (20, 100):
            with django_assert_max_num_queries(16):
                client.get(f"/hb/?size={size}")

    def test_shows_stages_to_those_who_work_on_entries(self, login, officer, power):
        draft_of(question="还没发布的问题")
        assert "修改中" not in text_of(login(officer), "/hb/")
        assert "还没发布的问题" in text_of(login(power), "/hb/?show=draft")


class TestEntry:
    def test_tells_everything_a_reader_needs(self, login, officer):
        page = text_of(login(officer), "/hb/0401-01/")
        for part in ("95598", "区供电分公司", "变压器带不动了", "《供电营业规则》", "现场勘查"):
            assert part in page
        assert "示例条目，以主管部门最新规定为准。" in page
        assert "用它答复" not in page

    def test_hides_drafts_and_withdrawn_entries_from_readers(
        self, login, officer, power, make_user, now
    ):
        other = make_user("EXPERT", unit="区水务局")
        draft = draft_of(question="还没发布的问题")
        assert login(power).get(f"/hb/{draft.number}/").status_code == 200
        for stranger in (officer, other):
            assert login(stranger).get(f"/hb/{draft.number}/").status_code == 404
        gone = published_of(question="已经停用的问题")
        actions.withdraw(entry=gone, reason="废止", by=None, now=now)
        assert login(officer).get(f"/hb/{gone.number}/").status_code == 404

    def test_shows_readers_the_version_and_writers_the_draft(self, login, officer, power, now):
        entry = published_of()
        actions.save_draft(entry=entry, by=None, now=now, short_answer="草稿里的新说法。")
        address = f"/hb/{entry.number}/?view=draft"
        assert "草稿里的新说法。" not in text_of(login(officer), address)
        assert "草稿里的新说法。" in text_of(login(power), address)

    def test_masks_numbers_that_nobody_confirmed(self, login, officer):
        from apps.roster.models import Expert, Person, Unit

        unit = Unit.objects.get(name="区供电分公司")
        person = Person.objects.create(unit=unit, name="韩九", mobile="13900009999")
        Expert.objects.create(person=person, unit=unit, rank="EXPERT", since_on="2026-01-05")
        page = text_of(login(officer), "/hb/0401-01/")
        assert "139****9999" in page
        assert "13900009999" not in page

    def test_offers_what_other_apps_announce(self, login, officer, monkeypatch):
        monkeypatch.setattr(uses, "_sources", [])
        uses.register(lambda user, version: uses.Use("用它答复", f"/x/{version.pk}/", "send"))
        entry = Entry.objects.get(number="0401-01")
        assert f'href="/x/{entry.current_id}/"' in text_of(login(officer), "/hb/0401-01/")

    def test_prints_without_personal_numbers(self, login, officer):
        page = text_of(login(officer), "/hb/0401-01/print/")
        assert "95598" in page
        assert "tel:" not in page

    def test_compares_versions(self, login, officer, power, now):
        entry = published_of()
        actions.save_draft(entry=entry, by=None, now=now, short_answer="能装，先确认场地。")
        assert "<del>和消防要求</del>" in text_of(login(power), f"/hb/{entry.number}/compare/")
        assert login(officer).get(f"/hb/{entry.number}/compare/?b=draft").status_code == 404
        actions.publish(entry=entry, by=None, now=now)
        page = text_of(login(officer), f"/hb/{entry.number}/compare/?a=2&b=1")
        assert "<ins>和消防要求</ins>" in page
        assert "内容相同" in text_of(login(officer), f"/hb/{entry.number}/compare/?a=1&b=1")
        assert login(officer).get(f"/hb/{entry.number}/compare/?a=9").status_code == 404


class TestWriting:
    def test_keeps_a_draft_for_the_own_department(self, login, power):
        done = login(power).post("/hb/new/", FORM)
        entry = Entry.objects.get(number="0401-03")
        assert done.url == "/hb/0401-03/"
        assert (entry.unit.name, entry.status) == ("区供电分公司", "DRAFT")

    def test_lets_the_office_choose_the_department(self, login, make_user):
        clerk = make_user("OFFICE_CLERK", unit="区营商环境办")
        login(clerk).post("/hb/new/", {**FORM, "category": "0403"})
        assert Entry.objects.get(number="0403-02").unit.name == "区水务局"
        unit = Entry.objects.get(number="0402-01").unit.code
        login(clerk).post("/hb/new/", {**FORM, "category": "0403", "unit": unit})
        assert Entry.objects.get(number="0403-03").unit.name == "区供电分公司"

    def test_answers_422_and_keeps_what_was_typed(self, login, power):
        page = login(power).post("/hb/new/", {**FORM, "question": "", "answer": "写了很久的话"})
        assert page.status_code == 422
        assert "写了很久的话" in page.content.decode()
        assert "出错" in page.content.decode()
        wrong = login(power).post("/hb/new/", {**FORM, "phone": "13900001234"})
        assert wrong.status_code == 422
        assert "个人手机由专家库显示" in wrong.content.decode()

    def test_shows_both_texts_when_two_write_at_once(self, login, power, now):
        entry = draft_of()
        actions.save_draft(entry=entry, by=None, now=now, short_answer="别人先写的。")
        mine = {**FORM, "revision": "1", "short_answer": "我后写的。"}
        page = login(power).post(f"/hb/{entry.number}/edit/", mine)
        assert page.status_code == 422
        body = page.content.decode()
        assert "别人先写的。" in body
        assert "我后写的。" in body
        again = {**mine, "revision": page.context["present_revision"]}
        assert login(power).post(f"/hb/{entry.number}/edit/", again).status_code == 302
        assert Entry.objects.get(pk=entry.pk).short_answer == "我后写的。"

    def test_turns_an_example_into_an_entry(self, login, power):
        client = login(power)
        assert "仍是示例条目" in text_of(client, "/hb/0401-01/edit/")
        client.post("/hb/0401-01/edit/", FORM)
        assert Entry.objects.get(number="0401-01").is_example is False

    def test_is_not_for_other_departments(self, login, make_user):
        water = login(make_user("LIAISON", unit="区水务局"))
        assert water.get("/hb/0401-01/edit/").status_code == 404
        assert water.post("/hb/0401-01/review/").status_code == 404


class TestSteps:
    def test_lead_to_publication(self, login, power, make_user, office_chief):
        checker = make_user("COMMISSIONER", unit="区供电分公司")
        entry = draft_of(by=power)
        address = f"/hb/{entry.number}/"
        login(power).post(f"{address}submit/")
        assert "审核通过" in text_of(login(checker), address)
        login(checker).post(f"{address}check/")
        page = login(office_chief).get(f"{address}publish/")
        revision = dict(page.context["hidden"])["revision"]
        done = login(office_chief).post(
            f"{address}publish/", {"note": "首次发布", "revision": revision}
        )
        assert done.status_code == 302
        assert Entry.objects.get(pk=entry.pk).status == "PUBLISHED"
        assert "首次发布" in text_of(login(power), address)

    def test_warn_when_the_department_has_not_checked(self, login, office_chief):
        entry = draft_of()
        page = text_of(login(office_chief), f"/hb/{entry.number}/publish/")
        assert "区供电分公司的专员还没有审核" in page

    def test_say_why_they_are_refused(self, login, office_chief, power):
        entry = draft_of(short_answer="")
        answer = login(power).post(f"/hb/{entry.number}/submit/", follow=True)
        assert "还没有填一句话答案" in answer.content.decode()
        page = login(office_chief).post(f"/hb/{entry.number}/publish/", {"revision": "1"})
        assert page.status_code == 422
        assert "还没有填一句话答案" in page.content.decode()
        page = login(office_chief).post(f"/hb/{entry.number}/withdraw/", {"reason": ""})
        assert page.status_code == 422

    def test_go_back_review_and_discard(self, login, power, make_user, now):
        checker = login(make_user("COMMISSIONER", unit="区供电分公司"))
        entry = published_of()
        address = f"/hb/{entry.number}/"
        assert "已确认仍然有效" in checker.post(f"{address}review/", follow=True).content.decode()
        login(power).post(f"{address}edit/", {**FORM, "fee": "不收费"})
        login(power).post(f"{address}submit/")
        assert checker.post(f"{address}send-back/", {"reason": "写清收费依据"}).status_code == 302
        assert Entry.objects.get(pk=entry.pk).draft_state == "EDITING"
        login(power).post(f"{address}discard/")
        assert Entry.objects.get(pk=entry.pk).draft_state == "NONE"


class TestWorkbench:
    def test_tells_readers_the_news(self, login, officer):
        published_of(question="今天新发布的问题")
        assert "今天新发布的问题" in text_of(login(officer), "/home/")

    def test_tells_writers_what_waits(self, login, power, office_chief, now):
        entry = draft_of()
        assert "修改中的条目" in text_of(login(power), "/home/")
        actions.check_draft(entry=entry, by=None, now=now)
        page = text_of(login(office_chief), "/home/")
        assert "待发布的条目" in page
        assert 'href="/hb/?show=publish"' in page

    def test_shows_nothing_to_administrators(self, login, sysadmin):
        assert "手册更新" not in text_of(login(sysadmin), "/home/")
        assert login(sysadmin).get("/hb/").status_code == 403


class TestTimer:
    def test_is_announced_and_runs(self, now):
        from apps.core import timers

        timer = next(one for one in timers.registered() if one.name == "handbook.review")
        assert timer.run(now) == 0
