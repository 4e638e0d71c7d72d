"""The admin's door: the same checks, permissions and writers, by django-import-export."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.core.errors import DomainError
from apps.filings import resources
from apps.filings.models import Filing, Upload
from apps.filings.resources import SealedStorage
from apps.filings.tests.builders import entities_book, name_of, row_of
from apps.registry.models import BusinessEntity

pytestmark = pytest.mark.django_db
IMPORT = "/admin/filings/filing/import/"
EXPORT = "/admin/filings/filing/export/"


def rows(count, **values):
    return [row_of(position, **values) for position in range(count)]


def preview(client, raw, name="附件2.xlsx"):
    file = SimpleUploadedFile(name, raw)
    return client.post(IMPORT, {"import_file": file, "format": "0", "resource": "0"})


def confirm(client, page):
    form = page.context["confirm_form"]
    return client.post("/admin/filings/filing/process_import/", form.initial)


class TestImport:
    def test_previews_first_and_writes_on_confirmation(self, login, office_chief):
        client = login(office_chief)
        page = preview(client, entities_book([*rows(2), row_of(2, name="")]))
        text = page.content.decode()
        assert "数据还没有写入" in text
        assert page.context["result"].totals["new"] == 2
        assert page.context["result"].totals["error"] == 1
        assert not BusinessEntity.objects.exists()
        answer = confirm(client, page)
        filing = Filing.objects.get()
        assert answer.url == f"/imp/{filing.pk}/"
        assert (filing.state, filing.applied_by) == ("APPLIED", office_chief)
        assert BusinessEntity.objects.count() == 2

    def test_shows_what_changes(self, login, office_chief):
        client = login(office_chief)
        confirm(client, preview(client, entities_book(rows(2))))
        page = preview(client, entities_book([row_of(0, person="演示<b>改</b>"), row_of(1)]))
        text = page.content.decode()
        assert name_of(0) in text
        assert "演示&lt;b&gt;改&lt;/b&gt;" in text or "演示&lt;b" in text

    @pytest.mark.parametrize(("raw", "name"), [(b"%PDF-1.7", "a.pdf"), (b"PK\x03\x04x", "a.xlsx")])
    def test_says_in_one_sentence_what_cannot_be_read(self, login, office_chief, raw, name):
        page = preview(login(office_chief), raw, name)
        text = page.content.decode()
        assert "没有导入" in text
        assert "Traceback" not in text
        assert Upload.objects.get().problem in text
        assert "confirm_form" not in page.context

    def test_refuses_a_file_over_the_limit(self, login, office_chief, monkeypatch):
        monkeypatch.setattr("apps.filings.admin.MOST_BYTES", 100)
        page = preview(login(office_chief), entities_book(rows(1)))
        assert "超过 20 MB" in page.content.decode()
        assert not Upload.objects.exists()

    def test_reads_a_large_file_in_the_background(self, login, office_chief, monkeypatch):
        monkeypatch.setattr("apps.filings.actions.receiving.SMALL_BYTES", 100)
        page = preview(login(office_chief), entities_book(rows(1)))
        assert "正在后台读取" in page.content.decode()
        assert Upload.objects.get().job.status == "WAITING"

    def test_asks_again_for_a_file_that_is_gone(self, login, office_chief):
        client = login(office_chief)
        page = preview(client, entities_book(rows(1)))
        later = timezone.now() + timezone.timedelta(days=2)
        assert resources.prune_uploads(later) >= 1
        answer = confirm(client, page)
        assert answer.url == IMPORT
        assert not BusinessEntity.objects.exists()

    def test_is_closed_to_the_system_administrator(self, login, sysadmin):
        client = login(sysadmin)
        assert client.get(IMPORT).status_code == 403
        assert client.get(EXPORT).status_code == 403
        assert client.post("/admin/filings/filing/process_import/").status_code == 403


class TestExport:
    def test_gives_the_official_layout(self, login, office_chief):
        client = login(office_chief)
        confirm(client, preview(client, entities_book(rows(2))))
        unit = Filing.objects.get().unit
        data = {
            "resource": "0",
            "format": "0",
            "appendix": "2",
            "unit": unit.code,
            "purpose": "存档",
        }
        answer = client.post(EXPORT, data)
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert sheet["A1"].value == "附件2"
        assert sheet["C6"].value == name_of(0)

    def test_demands_a_purpose(self, login, office_chief):
        page = login(office_chief).post(EXPORT, {"resource": "0", "format": "1", "appendix": "1"})
        assert "请写用途" in page.content.decode()


class TestSealedStorage:
    def test_keeps_files_encrypted_and_forgets_them(self):
        kept = SealedStorage()
        kept.save(b"plain content")
        again = SealedStorage(name=kept.name)
        assert again.read() == b"plain content"
        assert b"plain" not in again._path().read_bytes()
        again.remove()
        with pytest.raises(DomainError):
            again.read()

    def test_takes_no_name_that_leads_elsewhere(self):
        with pytest.raises(DomainError):
            SealedStorage(name="../secrets/field_keys").read()
