"""The pages: who may do what, that nothing typed is lost, and the whole way without a script."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core import jobs
from apps.filings import actions
from apps.filings.choices import FilingState
from apps.filings.contents import Appendix
from apps.filings.models import ExportedFile, Filing, Upload
from apps.filings.official import Form
from apps.filings.tests.builders import (
    checked,
    entities_book,
    entities_part,
    name_of,
    number_of,
    row_of,
    workbook,
    zone_of,
)
from apps.notices.models import Notice
from apps.registry.models import BusinessEntity

pytestmark = pytest.mark.django_db


def rows(count, **values):
    return [row_of(position, **values) for position in range(count)]


def send(client, raw, name="附件2.xlsx", **data):
    file = SimpleUploadedFile(name, raw)
    return client.post("/imp/new/", {"file": file, **data}, follow=True)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


class TestTheWholeWay:
    def test_from_upload_over_mending_and_writing_to_undo(self, login, team_leader):
        client = login(team_leader)
        zone_of()
        bad = [row_of(0), row_of(1, name=""), row_of(2, phones=("1540000002",))]
        page = send(client, entities_book(bad))
        filing = Filing.objects.get()
        assert page.redirect_chain[-1][0] == f"/imp/{filing.pk}/"
        text = text_of(page)
        assert "数据还没有写入" in text
        assert "要改的 1 行" in text
        assert "没有填名称" in text
        row = re.search(r'name="cell-(\d+:C)"', text).group(1)
        page = client.post(f"/imp/{filing.pk}/correct/", {f"cell-{row}": name_of(1)}, follow=True)
        assert "已按您改的内容重新核对" in text_of(page)
        filing.refresh_from_db()
        assert (filing.error_count, filing.warning_count, filing.good_count) == (0, 1, 3)
        page = client.get(f"/imp/{filing.pk}/")
        place = re.search(r'name="cell-(\d+:F)"', text_of(page)).group(1)
        client.post(f"/imp/{filing.pk}/correct/", {f"cell-{place}": number_of(2)})
        filing.refresh_from_db()
        assert (filing.error_count, filing.warning_count) == (0, 0)
        page = client.post(f"/imp/{filing.pk}/apply/", follow=True)
        assert "已写入：新增 <b>3</b>" in text_of(page)
        assert set(BusinessEntity.objects.values_list("name", flat=True)) == {
            name_of(0),
            name_of(1),
            name_of(2),
        }
        page = client.post(f"/imp/{filing.pk}/undo/", follow=True)
        assert "已撤销" in text_of(page)
        assert not BusinessEntity.objects.exists()

    def test_of_a_large_file_goes_through_the_worker(self, login, team_leader, monkeypatch):
        client = login(team_leader)
        filing = checked(monkeypatch, entities_part(rows(600)), by=team_leader)[0]
        page = client.post(f"/imp/{filing.pk}/apply/", follow=True)
        assert "正在写入" in text_of(page)
        assert "every 1s" in text_of(page)
        part = client.get(f"/imp/{filing.pk}/progress/")
        assert (part.status_code, "排队中" in text_of(part)) == (200, True)
        jobs.run_one(now=timezone.now())
        part = client.get(f"/imp/{filing.pk}/progress/")
        assert part.status_code == 286
        assert part["HX-Refresh"] == "true"
        notice = Notice.objects.get(user=team_leader)
        assert notice.title.startswith("渔阳镇 附件2 已写入：新增 600")


class TestUploading:
    @pytest.mark.parametrize(
        ("raw", "name", "word"),
        [(None, "", "请选要上传的文件"), (b"", "a.xlsx", "这个文件是空的")],
    )
    def test_answers_422_and_says_what_to_do(self, login, team_leader, raw, name, word):
        data = {} if raw is None else {"file": SimpleUploadedFile(name, raw)}
        page = login(team_leader).post("/imp/new/", data)
        assert page.status_code == 422
        assert word in text_of(page)
        assert not Upload.objects.exists()

    def test_refuses_a_file_that_is_too_large(self, login, team_leader, monkeypatch):
        monkeypatch.setattr("apps.filings.forms.MOST_BYTES", 10)
        page = send(login(team_leader), b"x" * 11)
        assert page.status_code == 422
        assert "超过 20 MB" in text_of(page)

    def test_keeps_what_cannot_be_read_with_its_reason(self, login, team_leader):
        page = send(login(team_leader), b"%PDF-1.7 \n%%EOF", name="表.pdf")
        assert "这个文件读不了" in text_of(page)
        assert Upload.objects.get().problem in text_of(page)

    def test_takes_several_files_at_once(self, login, office_chief):
        files = [
            SimpleUploadedFile(f"{unit}.xlsx", entities_book(rows(1), unit=unit))
            for unit in ("渔阳镇", "下营镇")
        ]
        page = login(office_chief).post("/imp/new/", {"file": files}, follow=True)
        assert "已上传 2 个文件" in text_of(page)
        assert Filing.objects.count() == 2

    def test_shows_all_sheets_of_a_workbook_and_writes_them_together(self, login, office_chief):
        client = login(office_chief)
        forms = [
            Form(Appendix.ENTITIES, unit, timezone.localdate(), entities=rows(1))
            for unit in ("渔阳镇", "下营镇")
        ]
        page = send(client, workbook(*forms))
        upload = Upload.objects.get()
        assert "读到 2 张表" in text_of(page)
        page = client.post(f"/imp/files/{upload.pk}/apply/", follow=True)
        assert "2 张表已写入" in text_of(page)
        assert set(Filing.objects.values_list("state", flat=True)) == {FilingState.APPLIED}

    def test_asks_whose_a_sheet_is_that_does_not_say(self, login, office_chief):
        client = login(office_chief)
        lines = ["片区,序号,名称,经营主体性质,经营主体负责人,联系方式"]
        lines += [f"第一片区,{n},{name_of(n)},企业,演示,1540000000{n}" for n in range(1, 4)]
        send(client, "\n".join(lines).encode(), name="list.csv")
        upload = Upload.objects.get()
        assert Filing.objects.get().state == FilingState.REFUSED
        page = client.post(f"/imp/files/{upload.pk}/", {"unit": ""})
        assert page.status_code == 422
        code = zone_of().unit.code
        client.post(f"/imp/files/{upload.pk}/", {"unit": code})
        filing = Filing.objects.get()
        assert (filing.state, filing.unit.name, filing.good_count) == ("CHECKED", "渔阳镇", 3)

    def test_lets_an_unknown_name_mean_the_chosen_unit(self, login, office_chief):
        client = login(office_chief)
        send(client, entities_book(rows(2), unit="青山湖镇"))
        upload = Upload.objects.get()
        assert Filing.objects.get().state == FilingState.REFUSED
        client.post(f"/imp/files/{upload.pk}/", {"unit": zone_of().unit.code})
        assert Filing.objects.get().good_count == 2


class TestFiling:
    @pytest.fixture
    def filing(self, monkeypatch, team_leader):
        return checked(monkeypatch, entities_part(rows(2)), by=team_leader)[0]

    def test_is_not_there_for_another_township(self, login, neighbour, filing):
        client = login(neighbour)
        for page in ("", "changes/", "skipped/", "gone/", "marked/", "original/", "progress/"):
            assert client.get(f"/imp/{filing.pk}/{page}").status_code == 404
        for page in ("apply", "undo", "stop", "discard", "correct", "ask"):
            assert client.post(f"/imp/{filing.pk}/{page}/").status_code == 404

    def test_may_be_checked_but_not_written_by_an_officer(self, login, officer, filing):
        client = login(officer)
        text = text_of(client.get(f"/imp/{filing.pk}/"))
        assert "请负责人写入" in text
        assert client.post(f"/imp/{filing.pk}/apply/").status_code == 403

    def test_loses_nothing_that_was_typed_when_it_is_refused(self, login, team_leader, monkeypatch):
        zone_of()
        page = send(login(team_leader), entities_book([row_of(0, name=""), row_of(1)]))
        filing = Filing.objects.get()
        place = re.search(r"cell-(\d+:C)", text_of(page)).group(1)
        client = login(team_leader)
        page = client.post(f"/imp/{filing.pk}/correct/", {f"cell-{place}": "长" * 301})
        assert page.status_code == 422
        assert "长" * 301 in text_of(page)
        assert page.content.decode().count("<title>出错：") == 1
        page = client.post(f"/imp/{filing.pk}/correct/", {})
        assert page.status_code == 422
        assert "还没有填改后的内容" in text_of(page)

    def test_masks_whole_numbers_of_wrong_cells(self, login, team_leader):
        both = f"{number_of(7)}、154000"
        send(login(team_leader), entities_book([row_of(0, phones=(both,))]))
        filing = Filing.objects.get()
        text = text_of(login(team_leader).get(f"/imp/{filing.pk}/?level=WARNING"))
        assert number_of(7) not in text

    def test_gives_the_very_workbook_back_with_its_marks(self, login, team_leader):
        client = login(team_leader)
        raw = entities_book([row_of(0, name=""), row_of(1)])
        send(client, raw)
        filing = Filing.objects.get()
        assert client.get(f"/imp/{filing.pk}/original/").content == raw
        answer = client.get(f"/imp/{filing.pk}/marked/")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        comments = [cell.comment for row in book.worksheets[0].iter_rows() for cell in row]
        assert any(one and "没有填名称" in one.text for one in comments)
        assert AuditEntry.objects.filter(action="filings.export_marked").count() == 1

    def test_keeps_the_choice_when_the_disappeared_are_not_settled(self, login, team_leader):
        client = login(team_leader)
        send(client, entities_book(rows(2)))
        client.post(f"/imp/{Filing.objects.get().pk}/apply/")
        send(client, entities_book(rows(1)), name="第二次.xlsx")
        filing = Filing.objects.order_by("pk").last()
        page = client.get(f"/imp/{filing.pk}/gone/")
        assert name_of(1) in text_of(page)
        pk = BusinessEntity.objects.get(name=name_of(1)).pk
        data = {f"fate-{pk}": "MOVED_OUT", f"note-{pk}": ""}
        page = client.post(f"/imp/{filing.pk}/gone/", data)
        assert page.status_code == 422
        assert '<option value="MOVED_OUT" selected>' in text_of(page)
        client.post(f"/imp/{filing.pk}/gone/", {**data, f"note-{pk}": "迁至宝坻区"})
        client.post(f"/imp/{filing.pk}/apply/")
        assert BusinessEntity.objects.get(pk=pk).status == "MOVED_OUT"

    def test_says_when_the_same_file_was_written_before(self, login, team_leader):
        client, raw = login(team_leader), entities_book(rows(1))
        send(client, raw)
        client.post(f"/imp/{Filing.objects.get().pk}/apply/")
        assert "同一份文件" in text_of(send(client, raw))

    def test_can_be_given_up(self, login, team_leader, filing):
        page = login(team_leader).post(f"/imp/{filing.pk}/discard/", follow=True)
        assert "已放弃" in text_of(page)
        page = login(team_leader).post(f"/imp/{filing.pk}/discard/", follow=True)
        assert "刚刚被他人处理过" in text_of(page)


class TestBoard:
    def test_shows_28_units_to_the_office_and_one_to_a_township(
        self, login, office_chief, team_leader
    ):
        office, town = login(office_chief).get("/imp/board/"), login(team_leader).get("/imp/board/")
        assert len(office.context["rows"]) == 28
        assert [row.unit.name for row in town.context["rows"]] == ["渔阳镇"]
        assert office.context["missing"] == 56
        assert "催报" not in text_of(town).replace("催报发给", "")

    def test_counts_what_was_filed_and_what_differs(self, login, office_chief, monkeypatch):
        filing = checked(monkeypatch, entities_part(rows(2)))[0]
        actions.start(filing=filing, by=None, now=timezone.now())
        page = login(office_chief).get("/imp/board/")
        row = next(row for row in page.context["rows"] if row.unit.name == "渔阳镇")
        assert (row.counted, row.reported, row.missing, row.difference) == (2, None, 1, None)
        assert page.context["filed"] == {"1": 0, "2": 1}
        only = login(office_chief).get("/imp/board/?only=missing")
        assert len(only.context["rows"]) == 28

    def test_reminds_once_a_day(self, login, office_chief, team_leader):
        client = login(office_chief)
        address = f"/imp/board/{team_leader.unit.code}/2/remind/"
        assert "已催报渔阳镇的附件2" in text_of(client.post(address, follow=True))
        assert "今天已经催报过" in text_of(client.post(address, follow=True))
        assert Notice.objects.filter(user=team_leader).count() == 1

    def test_says_when_nobody_can_be_reminded(self, login, office_chief):
        code = zone_of(unit="下营镇").unit.code
        page = login(office_chief).post(f"/imp/board/{code}/1/remind/", follow=True)
        assert "还没有负责人账号" in text_of(page)


class TestExport:
    def test_gives_the_official_file_and_records_why(self, login, team_leader, monkeypatch):
        filing = checked(monkeypatch, entities_part(rows(2)))[0]
        actions.start(filing=filing, by=None, now=timezone.now())
        data = {"appendix": "2", "unit": team_leader.unit.code, "kind": "xlsx", "purpose": "存档"}
        answer = login(team_leader).post("/imp/export/", data)
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        values = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
        assert name_of(0) in values
        assert "filename*=UTF-8''%E9%99%84%E4%BB%B62" in answer["Content-Disposition"]
        entry = AuditEntry.objects.get(action="filings.export")
        assert "用途：存档" in entry.note
        assert entry.batch_size == 2

    def test_demands_a_purpose(self, login, team_leader):
        page = login(team_leader).post("/imp/export/", {"appendix": "1", "kind": "xlsx"})
        assert page.status_code == 422
        assert "请写用途" in text_of(page)

    def test_gives_an_officer_the_own_zones_only(self, login, make_user):
        from apps.roster.models import Officer, Person

        own, other = zone_of(), zone_of("第二片区")
        person = Person.objects.create(unit=own.unit, name="演示", title="科员")
        Officer.objects.create(person=person, zone=own, since_on=timezone.localdate())
        client = login(make_user("OFFICER", unit="渔阳镇", person=person))
        data = {"appendix": "1", "unit": own.unit.code, "kind": "docx", "purpose": "存档"}
        assert "请选自己的片区" in text_of(client.post("/imp/export/", data))
        assert client.post("/imp/export/", {**data, "zone": other.pk}).status_code == 422
        assert client.post("/imp/export/", {**data, "zone": own.pk}).status_code == 200

    def test_of_many_rows_is_made_by_the_worker_and_kept_encrypted(
        self, login, team_leader, monkeypatch, settings
    ):
        monkeypatch.setattr("apps.filings.actions.exporting.MOST_AT_ONCE", 1)
        filing = checked(monkeypatch, entities_part(rows(2)))[0]
        actions.start(filing=filing, by=None, now=timezone.now())
        client = login(team_leader)
        data = {"appendix": "2", "unit": team_leader.unit.code, "kind": "xlsx", "purpose": "存档"}
        page = client.post("/imp/export/", data, follow=True)
        assert "正在生成" in text_of(page)
        jobs.run_one(now=timezone.now())
        made = ExportedFile.objects.get()
        assert made.is_ready
        assert not (settings.EXPORTS_DIR / made.path).read_bytes().startswith(b"PK")
        assert client.get(f"/imp/export/{made.pk}/?file=1").content.startswith(b"PK")
        later = timezone.now() + timezone.timedelta(days=8)
        assert actions.prune_exports(now=later) == 1
        assert "已过 7 天" in text_of(client.get(f"/imp/export/{made.pk}/"))
        assert not (settings.EXPORTS_DIR / made.path).is_file()

    @pytest.mark.parametrize("appendix", ["1", "2"])
    def test_offers_blank_forms_with_the_own_zones(self, login, team_leader, appendix):
        zone_of("翠屏片区")
        answer = login(team_leader).get(f"/imp/template/{appendix}/")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert "填写说明" in book.sheetnames
        assert book["选项"]["A1"].value == "翠屏片区"


class TestShared:
    def test_the_workbench_shows_what_waits(self, login, team_leader, monkeypatch):
        checked(monkeypatch, entities_part(rows(1)), by=team_leader)
        text = text_of(login(team_leader).get("/home/"))
        assert "没有办完的附件报送" in text
        assert "附件未报" in text
