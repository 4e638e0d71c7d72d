"""Workbooks into drafts and out again; hostile files do no harm."""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import jobs
from apps.core.errors import DomainError
from apps.handbook import actions, importing, sheet
from apps.handbook.models import Entry, ImportBatch
from apps.handbook.tests.builders import ROW, draft_of, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(make_user):
    return make_user("OFFICE_CLERK", unit="区营商环境办", username="clerk")


@pytest.fixture
def expert(make_user):
    return make_user("EXPERT", unit="区供电分公司", username="power")


def upload(client, raw, name="手册.xlsx"):
    return client.post("/hb/import/", {"file": SimpleUploadedFile(name, raw)})


def changed(raw, name, body):
    """The archive with one more part."""
    target = io.BytesIO(raw)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, body)
    return target.getvalue()


class TestSheet:
    def test_reads_below_a_title_and_skips_empty_rows(self):
        raw = workbook(ROW, {}, {**ROW, "标准问": "第二问"}, before=[["应答手册"], []])
        rows = sheet.read(raw)
        assert [(row["row"], row["question"]) for row in rows] == [
            ("4", "临街商铺能不能单独装表"),
            ("6", "第二问"),
        ]

    def test_reads_its_own_empty_form(self):
        target = io.BytesIO()
        sheet.write_form(target)
        book = openpyxl.load_workbook(io.BytesIO(target.getvalue()))
        book.active.append([ROW.get(label, "") for label in sheet.COLUMNS])
        filled = io.BytesIO()
        book.save(filled)
        assert [row["question"] for row in sheet.read(filled.getvalue())] == [ROW["标准问"]]
        with pytest.raises(DomainError, match="没有条目"):
            sheet.read(target.getvalue())

    @pytest.mark.parametrize(
        ("raw", "part"),
        [
            (b"", "打不开"),
            (b"PK\x03\x04broken", "打不开"),
            (b"x" * (sheet.MAX_BYTES + 1), "5 MB"),
        ],
    )
    def test_refuses_what_is_no_workbook(self, raw, part):
        with pytest.raises(DomainError, match=part):
            sheet.read(raw)

    def test_refuses_macros_document_types_and_bombs(self):
        raw = workbook(ROW)
        with pytest.raises(DomainError, match="宏"):
            sheet.read(changed(raw, "xl/vbaProject.bin", b"x"))
        with pytest.raises(DomainError, match="不规范"):
            sheet.read(changed(raw, "xl/extra.xml", b'<?xml version="1.0"?><!DOCTYPE a []><a/>'))
        target = io.BytesIO(raw)
        with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/big.bin", b"\0" * (sheet.MAX_UNPACKED + 1))
        with pytest.raises(DomainError, match="展开后过大"):
            sheet.read(target.getvalue())
        many = io.BytesIO(raw)
        with zipfile.ZipFile(many, "a") as archive:
            for number in range(sheet.MAX_PARTS + 1):
                archive.writestr(f"xl/part{number}.bin", b"")
        with pytest.raises(DomainError, match="展开后过大"):
            sheet.read(many.getvalue())

    def test_refuses_a_wrong_head_and_too_many_rows(self, monkeypatch):
        with pytest.raises(DomainError, match="缺“书面答复”列"):
            sheet.read(workbook(ROW, head=("类目", "标准问", "一句话答案")))
        with pytest.raises(DomainError, match="表头不符"):
            sheet.read(workbook(ROW, head=("甲", "乙")))
        monkeypatch.setattr(sheet, "MAX_ROWS", 2)
        with pytest.raises(DomainError, match="最多导入"):
            sheet.read(workbook(ROW, ROW, ROW))


class TestRehearsal:
    def test_names_row_column_value_and_problem(self, clerk):
        rows = sheet.read(
            workbook(
                ROW,
                {**ROW, "类目": "用点报装"},
                {**ROW, "责任部门": "区供电局"},
                {**ROW, "书面答复": ""},
                {**ROW, "编号": "0401-99"},
                {**ROW, "生效日": "去年"},
                {**ROW, "咨询电话": "13900001234"},
                {**ROW, "标准问": "问" * 81},
            )
        )
        done = importing.run(rows, user=clerk, dry_run=True)
        assert (done.created, len(done.findings)) == (1, 7)
        found = [(one.row, one.column, one.value) for one in done.findings]
        assert found[:6] == [
            ("3", "类目", "用点报装"),
            ("4", "责任部门", "区供电局"),
            ("5", "书面答复", ""),
            ("6", "编号", "0401-99"),
            ("7", "生效日", "去年"),
            ("8", "咨询电话", "13900001234"),
        ]
        assert found[6][:2] == ("9", "标准问")
        assert not Entry.objects.filter(is_example=False).exists()

    def test_takes_the_usual_lead_for_the_office_and_the_own_unit_for_others(self, clerk, expert):
        assert importing.run(sheet.read(workbook(ROW)), user=clerk, dry_run=False).created == 1
        assert Entry.objects.get(question=ROW["标准问"]).unit.name == "区供电分公司"
        other = {**ROW, "类目": "0403", "标准问": "排水问题找谁"}
        assert importing.run(sheet.read(workbook(other)), user=expert, dry_run=False).created == 1
        assert Entry.objects.get(question="排水问题找谁").unit.name == "区供电分公司"

    def test_refuses_entries_of_other_departments(self, expert):
        rows = sheet.read(workbook({**ROW, "编号": "0403-01"}, {**ROW, "责任部门": "区水务局"}))
        done = importing.run(rows, user=expert, dry_run=True)
        assert done.to_write == 0
        assert [one.column for one in done.findings] == ["编号", "责任部门"]


class TestImport:
    def test_goes_from_upload_to_drafts(self, login, clerk, django_capture_on_commit_callbacks):
        draft = draft_of()
        raw = workbook(
            ROW,
            {**ROW, "编号": draft.number, "标准问": "改过的标准问"},
            {**ROW, "类目": "没有"},
        )
        client = login(clerk)
        moved = upload(client, raw)
        batch = ImportBatch.objects.get()
        assert moved.url == f"/hb/import/{batch.pk}/"
        page = client.get(moved.url).content.decode()
        assert "写入正确的 2 条草稿" in page
        assert "没有“没有”这个二级类目" in page
        assert client.post(moved.url).status_code == 302
        assert "正在写入" in client.get(moved.url).content.decode()
        from django.utils import timezone

        assert jobs.run_one(now=timezone.now()).error == ""
        batch.refresh_from_db()
        assert (batch.status, batch.created_count, batch.updated_count, batch.skipped_count) == (
            "DONE",
            1,
            1,
            1,
        )
        assert batch.rows == ""
        draft.refresh_from_db()
        assert (draft.question, draft.status) == ("改过的标准问", "DRAFT")
        assert "已写入" in client.get(moved.url).content.decode()

    def test_goes_on_where_it_broke(self, clerk, now, monkeypatch):
        rows = sheet.read(workbook(*({**ROW, "标准问": f"第{n}问"} for n in "甲乙丙丁戊")))
        batch = actions.keep_import(file_name="a.xlsx", raw=b"", rows=rows, by=clerk, now=now)
        actions.start_import(batch=batch, by=clerk, now=now)
        monkeypatch.setattr(importing, "CHUNK", 2)
        whole, calls = importing.run, []

        def breaks(part, **options):
            calls.append(part)
            if len(calls) == 2:
                raise RuntimeError
            return whole(part, **options)

        monkeypatch.setattr(importing, "run", breaks)
        assert "出错" in jobs.run_one(now=now).error
        batch.refresh_from_db()
        assert (batch.status, batch.created_count) == ("FAILED", 2)
        actions.start_import(batch=batch, by=clerk, now=now)
        assert jobs.run_one(now=now).error == ""
        assert Entry.objects.filter(is_example=False).count() == 5

    def test_is_written_once(self, clerk, now):
        rows = sheet.read(workbook(ROW))
        batch = actions.keep_import(file_name="a.xlsx", raw=b"", rows=rows, by=clerk, now=now)
        actions.start_import(batch=batch, by=clerk, now=now)
        with pytest.raises(DomainError, match="正在写入"):
            actions.start_import(batch=batch, by=clerk, now=now)

    def test_says_what_is_wrong_with_a_file(self, login, clerk):
        client = login(clerk)
        page = upload(client, b"no workbook")
        assert page.status_code == 422
        assert "打不开" in page.content.decode()
        assert client.post("/hb/import/").status_code == 422
        assert not ImportBatch.objects.exists()

    def test_is_nobody_elses(self, login, clerk, expert, now):
        batch = actions.keep_import(file_name="a.xlsx", raw=b"", rows=[], by=clerk, now=now)
        assert login(expert).get(f"/hb/import/{batch.pk}/").status_code == 404

    def test_is_forgotten_after_a_week(self, login, clerk, now):
        from datetime import timedelta

        rows = sheet.read(workbook(ROW))
        batch = actions.keep_import(file_name="a.xlsx", raw=b"", rows=rows, by=clerk, now=now)
        assert actions.clear_old_imports(now=now + timedelta(days=6)) == 0
        assert actions.clear_old_imports(now=now + timedelta(days=8)) == 1
        assert "内容已清除" in login(clerk).get(f"/hb/import/{batch.pk}/").content.decode()

    def test_comes_back_unchanged_from_the_admins_export(self, login, clerk):
        client = login(clerk)
        answer = client.get("/admin/handbook/entry/export/")
        assert answer.status_code == 200
        rows = sheet.read(answer.content)
        assert len(rows) == Entry.objects.count() == 73
        done = importing.run(rows, user=clerk, dry_run=True)
        assert (done.unchanged, done.to_write, done.findings) == (73, 0, [])

    def test_of_the_admin_is_the_same_page(self, login, clerk, office_chief):
        assert login(clerk).get("/admin/handbook/entry/import/").url == "/hb/import/"
        assert login(office_chief).get("/admin/handbook/entry/import/").status_code == 403
