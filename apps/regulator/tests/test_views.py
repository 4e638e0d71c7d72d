"""The pages: upload, compare, look, confirm, undo, export; who may; nothing typed is lost."""

import io

import openpyxl
import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core import jobs
from apps.notices.models import Notice
from apps.registry.actions import merge, save_entity, unmerge
from apps.registry.models import BusinessEntity, MergeCandidate
from apps.registry.tests.builders import data, entity_of, facts_of, unit_of
from apps.regulator import actions
from apps.regulator.actions import settling
from apps.regulator.choices import ActState, ListState, Outcome
from apps.regulator.models import ActPiece, Difference, ListAct, RegistrationList
from apps.regulator.tests.builders import code_of, file_of, line

pytestmark = pytest.mark.django_db
ROWS = (
    line(1, "演示甲有限公司"),
    line(2, "演示乙有限公司", status="注销", ended="2026-03-02"),
    line(3, "演示丙有限公司"),
    line(4, "演示丁有限公司", person="演示明"),
)


@pytest.fixture
def known(db):
    """One that ended, one without a code, one with another principal, one that the list lacks."""
    values = {"kind": "ENTERPRISE", "principal": "演示", "address": "一路"}
    return {
        "ended": entity_of("演示乙有限公司", credit_code=code_of(2), **values),
        "gap": entity_of("演示丙有限公司", **values),
        "changed": entity_of("演示丁有限公司", credit_code=code_of(4), **values),
        "extra": entity_of("演示戊商店", kind="INDIVIDUAL"),
    }


def upload(client, rows=ROWS, **values):
    form = {"file": file_of(rows), "is_complete": "on", **values}
    return client.post("/reg/new/", form, follow=True)


def page(client, listing, kind, **query):
    return client.get(f"/reg/{listing.pk}/", {"kind": kind, **query})


def settle(client, listing, kind, what, *, rows=None, go=True, query="", **values):
    form = {"kind": kind, "what": what, "query": query, **values}
    form |= {"pk": rows} if rows is not None else {"all": "1"}
    form |= {"go": "1"} if go else {}
    return client.post(f"/reg/{listing.pk}/settle/", form, follow=True)


def kinds():
    return set(Difference.objects.values_list("kind", "name"))


class TestTheWholeWay:
    def test_upload_shows_every_kind_with_links_to_the_entities(self, login, office_chief, known):
        client = login(office_chief)
        answer = upload(client)
        listing = RegistrationList.objects.get()
        assert answer.redirect_chain[-1][0] == f"/reg/{listing.pk}/"
        assert (listing.rows_read, listing.same_count) == (4, 0)
        assert kinds() == {
            ("MISSING", "演示甲有限公司"),
            ("CANCELLED", "演示乙有限公司"),
            ("GAPS", "演示丙有限公司"),
            ("CHANGED", "演示丁有限公司"),
            ("EXTRA", "演示戊商店"),
        }
        for kind, name in (("GAPS", "gap"), ("EXTRA", "extra"), ("CHANGED", "changed")):
            text = page(client, listing, kind).content.decode()
            assert f'href="/ent/{known[name].pk}/"' in text
        assert code_of(3) not in page(client, listing, "GAPS").content.decode().split("库里")[0]
        assert page(client, listing, "MISSING", q="没有这样的").status_code == 200

    def test_missing_ones_are_entered_for_the_township_and_can_be_taken_back(
        self, login, office_chief, team_leader, known
    ):
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        preview = settle(client, listing, "MISSING", "ADD", go=False)
        assert "登记到渔阳镇，片区待归" in preview.content.decode()
        assert not BusinessEntity.objects.filter(name="演示甲有限公司").exists()
        settle(client, listing, "MISSING", "ADD")
        made = BusinessEntity.objects.get(name="演示甲有限公司")
        assert (made.unit, made.zone, made.credit_code) == (unit_of(), None, code_of(1))
        assert made.sources["name"][0] == "REGISTRATION"
        assert Difference.objects.get(kind="MISSING").entity == made
        told = Notice.objects.get(user=team_leader)
        assert "新登记 1 家" in told.title
        assert client.get("/ent/?check=no_zone&q=演示甲").content.decode().count(made.name)
        act = ListAct.objects.get()
        client.post(f"/reg/acts/{act.pk}/undo/")
        assert not BusinessEntity.objects.filter(pk=made.pk).exists()
        row = Difference.objects.get(kind="MISSING")
        assert (row.outcome, row.entity, row.act) == (Outcome.OPEN, None, None)
        settle(client, listing, "MISSING", "ADD")
        assert BusinessEntity.objects.filter(name="演示甲有限公司").count() == 1

    def test_facts_are_taken_over_with_history_and_taken_back(self, login, office_chief, known):
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        for kind in ("GAPS", "CHANGED"):
            settle(client, listing, kind, "TAKE")
        gap, changed = (BusinessEntity.objects.get(pk=known[one].pk) for one in ("gap", "changed"))
        assert (gap.credit_code, changed.principal) == (code_of(3), "演示明")
        entry = AuditEntry.objects.get(target_id=str(changed.pk), action="registry.import.change")
        assert entry.changes == {"principal": ["演示", "演示明"]}
        assert set(Difference.objects.filter(outcome="DONE").values_list("kind", flat=True)) == {
            "GAPS",
            "CHANGED",
        }
        for act in ListAct.objects.order_by("-pk"):
            client.post(f"/reg/acts/{act.pk}/undo/")
        gap.refresh_from_db()
        changed.refresh_from_db()
        assert (gap.credit_code, changed.principal) == ("", "演示")
        settle(client, listing, "GAPS", "TAKE")  # what was taken back can be done again
        gap.refresh_from_db()
        assert gap.credit_code == code_of(3)

    def test_ended_ones_are_marked_on_the_lists_own_day(self, login, office_chief, known):
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        assert (
            "72 小时内可撤销"
            in settle(client, listing, "CANCELLED", "MARK", go=False).content.decode()
        )
        settle(client, listing, "CANCELLED", "MARK")
        ended = BusinessEntity.objects.get(pk=known["ended"].pk)
        assert (ended.status, str(ended.status_on)) == ("CANCELLED", "2026-03-02")
        assert "登记名单" in ended.status_note
        client.post(f"/reg/acts/{ListAct.objects.get().pk}/undo/")
        ended.refresh_from_db()
        assert (ended.status, ended.status_on, ended.status_note) == ("ACTIVE", None, "")

    def test_extra_ones_need_a_finding_of_somebody(self, login, office_chief, known):
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        answer = settle(client, listing, "EXTRA", "MARK")
        assert answer.status_code == 422
        assert "请选核实的结果" in answer.content.decode()
        settle(client, listing, "EXTRA", "MARK", status="LOST", note="两次上门无人")
        extra = BusinessEntity.objects.get(pk=known["extra"].pk)
        assert (extra.status, extra.status_note) == ("LOST", "两次上门无人")

    def test_what_was_looked_into_does_not_come_back(self, login, office_chief, known):
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        settle(client, listing, "EXTRA", "KEEP")
        settle(client, listing, "GAPS", "TAKE")
        client.post(f"/reg/{listing.pk}/again/")
        listing.refresh_from_db()
        assert listing.state == ListState.COMPARED
        waiting = Difference.objects.open().values_list("kind", flat=True)
        assert sorted(waiting) == ["CANCELLED", "CHANGED", "MISSING"]
        assert listing.same_count == 1

    def test_export_says_both_sides(self, login, office_chief, known):
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        answer = client.get(f"/reg/{listing.pk}/export/?kind=CHANGED")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert "负责人：演示 → 演示明" in cells[2]
        assert "登记名单.xlsx" in cells[0][0]
        assert AuditEntry.objects.filter(action="regulator.export").count() == 1
        empty = client.get(f"/reg/{listing.pk}/export/?kind=CHANGED&q=没有", follow=True)
        assert "没有可导出的差异" in empty.content.decode()


class TestRefusals:
    def test_a_file_without_such_a_header_says_what_is_needed(self, login, office_chief):
        answer = upload(login(office_chief), rows=[])
        assert "没有数据" in answer.content.decode()
        assert RegistrationList.objects.get().state == ListState.FAILED

    def test_nothing_chosen_is_said(self, login, office_chief):
        client = login(office_chief)
        assert client.post("/reg/new/", {}).status_code == 422
        upload(client)
        listing = RegistrationList.objects.get()
        answer = settle(client, listing, "MISSING", "ADD", rows=[])
        assert "请先勾选" in answer.content.decode()
        answer = settle(client, listing, "MISSING", "MARK")
        assert "请先勾选" in answer.content.decode()

    def test_many_ask_for_the_number(self, login, office_chief, monkeypatch):
        monkeypatch.setattr("apps.regulator.views.settling.CAREFUL", 1)
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        answer = settle(client, listing, "MISSING", "ADD")
        assert answer.status_code == 422
        assert "请在下面输入数字 3 确认" in answer.content.decode()
        settle(client, listing, "MISSING", "ADD", type_count="3")
        assert ListAct.objects.get().done_count == 3

    def test_who_was_edited_since_is_left_alone(self, login, office_chief, known):
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        changed = BusinessEntity.objects.get(pk=known["changed"].pk)
        typed = data("演示丁有限公司", kind="ENTERPRISE", principal="演示丁")
        save_entity(entity=changed, data=typed, by=office_chief, now=timezone.now())
        settle(client, listing, "CHANGED", "TAKE")
        changed.refresh_from_db()
        assert changed.principal == "演示丁"
        row = Difference.objects.get(kind="CHANGED")
        assert (row.outcome, "有人改过" in row.note) == (Outcome.SKIPPED, True)

    def test_a_name_that_another_one_has_is_not_taken_over(self, login, office_chief):
        renamed = entity_of("演示旧商店", credit_code=code_of(1))
        entity_of("演示甲有限公司")
        client = login(office_chief)
        upload(client, rows=[line(1, "演示甲有限公司")])
        listing = RegistrationList.objects.get()
        settle(client, listing, "CHANGED", "TAKE")
        renamed.refresh_from_db()
        assert renamed.name == "演示旧商店"
        assert Difference.objects.get(kind="CHANGED").outcome == Outcome.SKIPPED

    def test_lines_without_a_township_wait_for_one(self, login, office_chief):
        client = login(office_chief)
        where = {"office": "蓟州区市场监督管理局", "address": ""}
        upload(client, rows=[line(1, "演示甲有限公司", **where)])
        listing = RegistrationList.objects.get()
        settle(client, listing, "MISSING", "ADD")
        assert Difference.objects.get().outcome == Outcome.SKIPPED
        client.post(f"/reg/{listing.pk}/again/")
        settle(client, listing, "MISSING", "ADD", unit=unit_of("邦均镇").code)
        assert BusinessEntity.objects.get().unit == unit_of("邦均镇")

    def test_too_late_to_take_back(self, login, office_chief, known):
        client = login(office_chief)
        upload(client)
        settle(client, RegistrationList.objects.get(), "GAPS", "TAKE")
        act = ListAct.objects.get()
        ListAct.objects.update(at=act.at - settling.timezone.timedelta(hours=73))
        answer = client.post(f"/reg/acts/{act.pk}/undo/", follow=True)
        assert "超过 72 小时" in answer.content.decode()
        assert actions.prune(now=timezone.now()) == 1
        assert not ActPiece.objects.exists()


class TestScope:
    def test_a_township_sees_and_settles_its_own_part(
        self, login, office_chief, team_leader, known
    ):
        entity_of("演示庚商店", unit="邦均镇")
        upload(login(office_chief))
        listing = RegistrationList.objects.get()
        client = login(team_leader)
        text = page(client, listing, "EXTRA").content.decode()
        assert "演示戊商店" in text
        assert "演示庚商店" not in text
        foreign = Difference.objects.get(name="演示庚商店")
        settle(client, listing, "EXTRA", "MARK", rows=[foreign.pk], status="LOST")
        assert BusinessEntity.objects.get(name="演示庚商店").status == "ACTIVE"
        settle(client, listing, "EXTRA", "MARK", status="LOST")
        assert BusinessEntity.objects.get(name="演示庚商店").status == "ACTIVE"
        assert BusinessEntity.objects.get(name="演示戊商店").status == "LOST"
        answer = client.post(f"/reg/{listing.pk}/again/", follow=True)
        assert "由区营商环境办重新比对" in answer.content.decode()

    def test_a_township_uploads_its_own_list_only(self, login, team_leader, neighbour):
        client = login(team_leader)
        assert upload(client, unit=unit_of("邦均镇").code).status_code == 422
        upload(client, unit=unit_of().code)
        listing = RegistrationList.objects.get()
        assert listing.unit == unit_of()
        assert login(neighbour).get(f"/reg/{listing.pk}/").status_code in (403, 404)

    def test_nobody_else_takes_an_act_back(self, login, office_chief, team_leader, known):
        upload(login(office_chief))
        settle(login(office_chief), RegistrationList.objects.get(), "GAPS", "TAKE")
        act = ListAct.objects.get()
        assert login(team_leader).post(f"/reg/acts/{act.pk}/undo/").status_code == 404


class TestLongWork:
    def test_goes_through_the_worker_and_on_after_a_crash(self, login, office_chief, monkeypatch):
        monkeypatch.setattr(settling, "SMALL", 0)
        monkeypatch.setattr(settling, "BATCH", 2)
        client = login(office_chief)
        upload(client, rows=[line(number, f"演示{number}有限公司") for number in range(1, 6)])
        listing = RegistrationList.objects.get()
        answer = settle(client, listing, "MISSING", "ADD")
        assert "正在处理 5 家" in answer.content.decode()
        assert client.get(f"/reg/{listing.pk}/progress/").status_code == 200
        act = ListAct.objects.select_related("job").get()
        real, calls = settling._settle, []

        def dying(*args):
            calls.append(1)
            if len(calls) == 2:
                raise RuntimeError("killed")
            real(*args)

        monkeypatch.setattr(settling, "_settle", dying)
        jobs.run_here(act.job, now=timezone.now())
        assert BusinessEntity.objects.count() == 2
        assert "中断了，继续" in client.get(f"/reg/{listing.pk}/").content.decode()
        client.post(f"/reg/acts/{act.pk}/resume/")
        act = ListAct.objects.select_related("job").get()
        jobs.run_here(act.job, now=timezone.now())
        act.refresh_from_db()
        assert (act.state, act.done_count) == (ActState.DONE, 5)
        assert BusinessEntity.objects.count() == 5
        assert client.get(f"/reg/{listing.pk}/progress/").status_code == 286

    def test_lines_follow_a_merge_and_back(self, known, office_chief, login):
        upload(login(office_chief))
        made = merge(
            kept=known["gap"], absorbed=known["extra"], by=office_chief, now=timezone.now()
        )
        row = Difference.objects.get(kind="EXTRA")
        assert row.entity_id == known["gap"].pk
        unmerge(made=made, by=office_chief, now=timezone.now())
        row.refresh_from_db()
        assert row.entity_id == known["extra"].pk

    def test_new_entities_are_looked_at_for_doubles(self, login, office_chief):
        entity_of("演示甲", principal="演示")
        client = login(office_chief)
        upload(client, rows=[line(1, "演示甲有限公司")], is_complete="")
        settle(client, RegistrationList.objects.get(), "MISSING", "ADD")
        assert MergeCandidate.objects.count() == 1

    def test_pages_of_many_differences_cost_few_queries(
        self, login, office_chief, django_assert_max_num_queries
    ):
        from apps.registry.actions import apply_entities

        now = timezone.now()
        apply_entities(
            unit=unit_of(), creates=facts_of(120), updates=[], by=None, now=now, source="APPENDIX"
        )
        client = login(office_chief)
        upload(client)
        listing = RegistrationList.objects.get()
        client.get(f"/reg/{listing.pk}/?kind=EXTRA")
        with django_assert_max_num_queries(24):
            answer = client.get(f"/reg/{listing.pk}/?kind=EXTRA&size=100")
        assert answer.content.decode().count('name="pk"') == 100
        assert "下一页" in answer.content.decode()
