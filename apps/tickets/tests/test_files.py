"""Attachments: kinds by content, hostile uploads, limits, who sees them, how they leave again."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.roster.models import Unit
from apps.tickets import storage, watermark
from apps.tickets.actions import Enterprise, files, register
from apps.tickets.actions.files import attach, remove
from apps.tickets.models import Attachment, Ticket, TicketEvent
from apps.tickets.queries.enterprise import may_see_enterprise
from apps.tickets.queries.files import files_visible_to
from apps.tickets.tests.conftest import NOW
from apps.tickets.tests.invariants import check_all

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF"
GPS = b"Exif\0\0MM\0*\0\0\0\x08"


def picture(form="JPEG", size=(60, 40), **options):
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **options)
    return out.getvalue()


def package(*members, text=b"<x/>", **options):
    """An archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for member in members:
            archive.writestr(member, text)
    return out.getvalue()


def compound(*streams):
    """The shape of an old Office file: the magic, and names of streams."""
    return storage.OLE + b"".join(f"{name}\0".encode("utf-16-le") for name in streams) + b"\0" * 64


def bomb(width, height):
    """A PNG of a few bytes that says it is enormous."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def encrypted():
    """An archive whose first entry says that it needs a password."""
    content = bytearray(package("word/document.xml"))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


GOOD = {
    "批复.pdf": PDF,
    "申请.docx": package("[Content_Types].xml", "word/document.xml"),
    "清单.xlsx": package("[Content_Types].xml", "xl/workbook.xml"),
    "公文.ofd": package("OFD.xml"),
    "情况.wps": compound("WordDocument"),
    "新版.wps": package("word/document.xml"),
    "旧文.doc": compound("WordDocument"),
    "旧表.xls": compound("Workbook"),
    "台账.et": compound("Workbook"),
    "更旧.et": compound("Book"),
    "现场.jpg": picture(),
    "现场.JPEG": picture(),
    "图纸.png": picture("PNG"),
}
HOSTILE = {
    "空.pdf": b"",
    "大.pdf": PDF + b"\0" * storage.MOST_BYTES,
    "图.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "图.png": b"<svg onload=alert(1)>",
    "页.html": b"<!doctype html><script>alert(1)</script>",
    "页.pdf": b"<html>%PDF-1.4</html>",
    "页.jpg": b"<script>alert(1)</script>",
    "程序.exe": b"MZ\x90\0" + b"\0" * 100,
    "程序.pdf": b"MZ\x90\0" + b"\0" * 100,
    "程序.docx": b"\x7fELF" + b"\0" * 100,
    "脚本.pdf": b"#!/bin/sh\nrm -rf /\n",
    "发票\u202efdp.exe": PDF,
    "批复.pdf.exe": PDF,
    "批复.html": PDF,
    "批复": PDF,
    "照片.jpg": picture("PNG"),
    "照片.png": picture(),
    "照片.pdf": picture(),
    "动图.gif": b"GIF89a" + b"\0" * 40,
    "图.bmp": b"BM" + b"\0" * 60,
    "图.tif": b"II*\0" + b"\0" * 60,
    "图.webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "断.jpg": picture()[:200],
    "假.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    "假.jpg": b"\xff\xd8\xff" + b"\0" * 50,
    "巨.png": bomb(30_000, 30_000),
    "大图.png": bomb(8_000, 5_001),
    "巨大.png": bomb(2**31 - 1, 2**31 - 1),
    "包.zip": package("a.txt"),
    "包.docx": package("a.txt"),
    "炸弹.docx": package("word/document.xml", "b", text=b"\0" * 30_000_000),
    "多.xlsx": package("xl/workbook.xml", *(f"m{n}" for n in range(5_001)), text=b""),
    "穿.docx": package("word/document.xml", "../../etc/passwd"),
    "绝对.docx": package("word/document.xml", "/etc/passwd"),
    "反斜.docx": package("word/document.xml", "..\\..\\windows"),
    "双面.docx": package("word/document.xml", "xl/workbook.xml"),
    "宏.xlsx": package("xl/workbook.xml", "xl/vbaProject.bin"),
    "密.docx": encrypted(),
    "前缀.docx": b"MZ" + package("word/document.xml"),
    "截断.docx": package("word/document.xml")[:60],
    "宏.doc": compound("WordDocument", "_VBA_PROJECT"),
    "密.doc": compound("EncryptedPackage"),
    "安装.doc": compound("Property"),
    "jar.ofd": package("META-INF/MANIFEST.MF"),
}
NAMES = {
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\用户\\批复.pdf": "批复.pdf",
    "批复\0.pdf": "批复.pdf",
    "批复\r\nX: y.pdf": "批复X: y.pdf",
    "\u202e发票.pdf": "发票.pdf",
    "  .pdf": "附件.pdf",
    "": "附件",
    "...": "附件",
    "𠮷野家㸆.pdf": "𠮷野家㸆.pdf",
    "\ud800.pdf": "附件.pdf",
    "没有扩展名": "没有扩展名",
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """A folder of its own for the files."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def stored(media):
    return [path for path in Path(media).rglob("*") if path.is_file()]


class TestKinds:
    @pytest.mark.parametrize("name", GOOD)
    def test_that_are_taken(self, name):
        found = storage.prepared(name, GOOD[name])
        assert found.name == name
        assert found.kind.content_type.partition("/")[0] in {"application", "image"}

    @pytest.mark.parametrize("name", HOSTILE)
    def test_that_are_refused_say_what_to_do(self, name):
        with pytest.raises(DomainError) as refusal:
            storage.prepared(name, HOSTILE[name])
        assert refusal.value.field == "file"
        assert refusal.value.message.endswith("。")

    def test_were_tried_in_number(self):
        assert len(HOSTILE) + len(NAMES) >= 50

    def test_name_the_size_that_is_too_big(self):
        with pytest.raises(DomainError, match="附件 21 MB，超过 20 MB。可压缩或分开传。"):
            storage.prepared("大.pdf", HOSTILE["大.pdf"])


class TestNames:
    @pytest.mark.parametrize("name", NAMES)
    def test_lose_what_is_dangerous(self, name):
        assert storage.shown_name(name) == NAMES[name]

    def test_of_four_thousand_letters_keep_their_extension(self):
        found = storage.shown_name("长" * 4000 + ".pdf")
        assert len(found) <= storage.MOST_NAME
        assert found.endswith(".pdf")


class TestPictures:
    def test_lose_where_and_when_they_were_taken(self):
        exif = Image.Exif()
        exif[0x010F] = "Camera"
        exif[0x8825] = {1: "N", 2: (40.0, 2.0, 3.0)}
        before = picture(exif=exif.tobytes())
        assert b"Exif" in before
        after = storage.prepared("现场.jpg", before).content
        assert b"Exif" not in after
        assert b"Camera" not in after

    def test_keep_upright_what_the_camera_turned(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        after = storage.prepared("现场.jpg", picture(exif=exif.tobytes())).content
        assert Image.open(io.BytesIO(after)).size == (40, 60)

    def test_lose_what_was_hidden_behind_them(self):
        for name, content in (("a.jpg", picture()), ("a.png", picture("PNG"))):
            after = storage.prepared(name, content + b"<script>alert(1)</script>").content
            assert b"script" not in after

    def test_lose_the_texts_of_a_png(self):
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_text("Comment", "<script>")
        assert b"script" not in storage.prepared("a.png", picture("PNG", pnginfo=info)).content

    def test_are_made_smaller_than_4096(self):
        after = storage.prepared("宽.png", picture("PNG", size=(5000, 20))).content
        assert Image.open(io.BytesIO(after)).size == (4096, 16)

    def test_of_other_colours_are_taken_too(self):
        out = io.BytesIO()
        Image.new("CMYK", (9, 9)).save(out, "JPEG")
        assert storage.prepared("a.jpg", out.getvalue()).content
        out = io.BytesIO()
        Image.new("P", (9, 9)).save(out, "PNG")
        assert storage.prepared("a.png", out.getvalue()).content

    def test_carry_the_name_of_who_downloads(self):
        before = picture("PNG", size=(400, 300))
        after = watermark.marked(before, storage.PNG, text="李春生 渔阳镇", plain_text="li")
        assert Image.open(io.BytesIO(after)).size == (400, 300)
        assert Image.open(io.BytesIO(after)).convert("RGB").getcolors() != [(120000, (200, 30, 30))]

    def test_carry_the_account_where_there_is_no_chinese_font(self, monkeypatch):
        monkeypatch.setattr(watermark, "chinese_font", lambda: None)
        before = picture(size=(400, 300))
        after = watermark.marked(before, storage.JPEG, text="李春生", plain_text="officer 10:00")
        assert len(Image.open(io.BytesIO(after)).convert("RGB").getcolors(200_000)) > 20


class TestAttach:
    def test_stores_under_a_random_name_for_the_owner_and_group_only(self, registered, crew, media):
        made = attach(ticket=registered, name="批复.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        (path,) = stored(media)
        assert path.stat().st_mode & 0o777 == 0o640
        assert "批复" not in str(path)
        assert made.path == str(path.relative_to(media))
        assert storage.read(made.path, made.sha256) == PDF

    def test_is_noted_in_the_timeline_and_the_log(self, registered, crew):
        attach(ticket=registered, name="批复.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        event = TicketEvent.objects.get(ticket=registered, code="attach")
        assert (event.text, event.is_internal) == ("批复.pdf", True)
        assert AuditEntry.objects.filter(action="tickets.attach").count() == 1
        check_all(registered, NOW)

    def test_leaves_nothing_behind_when_the_row_is_refused(self, registered, make_user, media):
        stranger = make_user("LIAISON", unit="区水务局")
        with pytest.raises(DomainError, match="您不能给这件工单上传附件。"):
            attach(ticket=registered, name="批复.pdf", content=PDF, by=stranger, now=NOW)
        assert stored(media) == []
        assert not Attachment.objects.exists()

    def test_is_for_writers_only(self, registered, crew, make_user):
        Ticket.objects.filter(pk=registered.pk).update(is_transferred=True)
        with pytest.raises(DomainError, match="您不能给这件工单上传附件。"):
            attach(ticket=registered, name="批复.pdf", content=PDF, by=crew["INSPECTOR"], now=NOW)

    def test_ends_with_the_archive(self, registered, crew):
        Ticket.objects.filter(pk=registered.pk).update(archived_at=NOW)
        with pytest.raises(DomainError, match="已归档"):
            attach(ticket=registered, name="批复.pdf", content=PDF, by=crew["OFFICER"], now=NOW)

    def test_takes_the_same_file_once(self, registered, crew):
        attach(ticket=registered, name="批复.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        with pytest.raises(DomainError, match="已经上传过"):
            attach(ticket=registered, name="又.pdf", content=PDF, by=crew["OFFICER"], now=NOW)

    def test_takes_twenty_a_ticket(self, registered, crew):
        for number in range(files.MOST_A_TICKET):
            content = PDF + str(number).encode()
            attach(ticket=registered, name="a.pdf", content=content, by=crew["OFFICER"], now=NOW)
        with pytest.raises(DomainError, match="每件工单最多 20 个附件"):
            attach(ticket=registered, name="a.pdf", content=PDF, by=crew["OFFICER"], now=NOW)

    def test_takes_so_much_a_day_and_begins_anew_at_midnight(self, registered, crew, monkeypatch):
        monkeypatch.setattr(files, "MOST_BYTES_A_DAY", 40)
        attach(ticket=registered, name="a.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        more = PDF + b"1"
        with pytest.raises(DomainError, match="今天上传的附件已到上限"):
            attach(ticket=registered, name="a.pdf", content=more, by=crew["OFFICER"], now=NOW)
        tomorrow = NOW + timedelta(days=1)
        attach(ticket=registered, name="a.pdf", content=more, by=crew["OFFICER"], now=tomorrow)


class TestRemove:
    @pytest.fixture
    def made(self, registered, crew):
        return attach(ticket=registered, name="批复.pdf", content=PDF, by=crew["OFFICER"], now=NOW)

    def test_takes_an_own_file_back(self, made, crew, media, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            remove(attachment=made, by=crew["OFFICER"], now=NOW)
        assert not Attachment.objects.exists()
        assert stored(media) == []
        assert TicketEvent.objects.filter(code="detach").exists()

    def test_leaves_the_files_of_others(self, made, crew):
        with pytest.raises(DomainError, match="只能撤回自己上传的附件"):
            remove(attachment=made, by=crew["TEAM_LEADER"], now=NOW)

    def test_ends_after_a_day(self, made, crew):
        with pytest.raises(DomainError, match="超过 24 小时"):
            remove(attachment=made, by=crew["OFFICER"], now=NOW + timedelta(hours=25))


class TestWhoSees:
    @pytest.fixture
    def complaint(self, crew, entity, request_data, act):
        made = register(
            enterprise=Enterprise(entity=entity),
            by=crew["OFFICER"],
            now=NOW,
            data={**request_data, "nature": "COMPLAINT"},
        )
        act(
            made,
            "escalate_hub",
            "OFFICER",
            tried="查了手册，也问了专家",
            reason="需要主管部门答复",
            collected_via="HOTLINE",
        )
        act(made, "dispatch", "HUB_DISPATCHER", lead=Unit.objects.get(name="区住房建设委"))
        return made

    def test_hides_a_complainants_files_from_the_handling_unit(self, complaint, crew):
        secret = attach(ticket=complaint, name="执照.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        harmless = attach(
            ticket=complaint,
            name="现场.pdf",
            content=PDF + b"2",
            by=crew["OFFICER"],
            now=NOW,
            for_handlers=True,
        )
        own = attach(
            ticket=complaint, name="意见.pdf", content=PDF + b"3", by=crew["LIAISON"], now=NOW
        )
        for role in ("LIAISON", "COMMISSIONER"):
            assert secret not in files_visible_to(crew[role], complaint)
            assert harmless in files_visible_to(crew[role], complaint)
        assert own in files_visible_to(crew["LIAISON"], complaint)
        for role in ("OFFICER", "TEAM_LEADER", "HUB_DISPATCHER", "OFFICE_CLERK"):
            assert set(files_visible_to(crew[role], complaint)) == {secret, harmless, own}
        assert "执照" not in TicketEvent.objects.filter(code="attach").first().text

    def test_agrees_with_who_may_see_the_enterprise(self, complaint, crew):
        attach(ticket=complaint, name="执照.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        checked = 0
        for user in crew.values():
            if Ticket.objects.visible_to(user).filter(pk=complaint.pk).exists():
                checked += 1
                sees = files_visible_to(user, complaint).exists()
                assert sees == may_see_enterprise(user, complaint), user.username
        assert checked > 6

    def test_shows_files_of_plain_tickets_to_whoever_sees_the_ticket(self, dispatched, crew):
        made = attach(ticket=dispatched, name="图.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        assert made in files_visible_to(crew["LIAISON"], dispatched)


class TestPages:
    def address(self, ticket, name="files", *more):
        return reverse(f"tickets:{name}", args=[ticket.number, *more])

    def send(self, client, ticket, name, content, **data):
        upload = SimpleUploadedFile(name, content)
        return client.post(self.address(ticket), {"file": upload, **data})

    def test_take_a_file_and_hand_it_out_safely(self, registered, crew, login):
        client = login(crew["OFFICER"])
        response = self.send(client, registered, "批复.pdf", PDF)
        assert response.status_code == 302
        made = Attachment.objects.get()
        assert made.uploaded_by == crew["OFFICER"]
        assert "批复.pdf" in client.get(self.address(registered)).content.decode()
        response = client.get(self.address(registered, "file", made.pk))
        assert b"".join(response.streaming_content) == PDF
        headers = response.headers
        assert headers["Content-Disposition"].startswith("attachment;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Type"] == "application/pdf"

    @pytest.mark.parametrize("name", HOSTILE)
    def test_refuse_with_a_sentence_and_store_nothing(self, registered, crew, login, name, media):
        response = self.send(login(crew["OFFICER"]), registered, name, HOSTILE[name])
        assert response.status_code == 422
        assert "msg" in response.content.decode()
        assert stored(media) == []
        assert not Attachment.objects.exists()

    def test_ask_for_a_file_when_there_is_none(self, registered, crew, login):
        response = login(crew["OFFICER"]).post(self.address(registered), {})
        assert response.status_code == 422
        assert "请选一个文件" in response.content.decode()

    def test_draw_the_name_over_pictures(self, registered, crew, login):
        client = login(crew["OFFICER"])
        self.send(client, registered, "现场.png", picture("PNG", size=(300, 200)))
        made = Attachment.objects.get()
        response = client.get(self.address(registered, "file", made.pk))
        content = b"".join(response.streaming_content)
        assert content != storage.read(made.path, made.sha256)
        assert Image.open(io.BytesIO(content)).size == (300, 200)

    def test_are_closed_to_strangers(self, registered, crew, login, make_user):
        made = attach(ticket=registered, name="a.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        client = login(make_user("LIAISON", unit="区水务局"))
        for address in (self.address(registered), self.address(registered, "file", made.pk)):
            assert client.get(address).status_code == 404
        assert self.send(client, registered, "a.pdf", PDF + b"1").status_code == 404

    def test_stop_a_file_that_was_changed_on_the_disk(self, registered, crew, login, media):
        made = attach(ticket=registered, name="a.pdf", content=PDF, by=crew["OFFICER"], now=NOW)
        client = login(crew["OFFICER"])
        for damage in (lambda path: path.write_bytes(b"%PDF-evil"), lambda path: path.unlink()):
            damage(stored(media)[0])
            response = client.get(self.address(registered, "file", made.pk), follow=True)
            assert "请联系系统管理员从备份恢复" in response.content.decode()

    def test_take_an_own_file_back(self, registered, crew, login):
        now = timezone.now()
        made = attach(ticket=registered, name="a.pdf", content=PDF, by=crew["OFFICER"], now=now)
        other, own = login(crew["TEAM_LEADER"]), login(crew["OFFICER"])
        address = self.address(registered, "file-remove", made.pk)
        assert "只能撤回自己" in other.post(address, follow=True).content.decode()
        assert "附件已撤回" in own.post(address, follow=True).content.decode()
        assert not Attachment.objects.exists()

    def test_tell_a_writer_that_the_ticket_is_archived(self, registered, crew, login):
        Ticket.objects.filter(pk=registered.pk).update(archived_at=NOW)
        response = self.send(login(crew["OFFICER"]), registered, "a.pdf", PDF)
        assert response.status_code == 422
        assert "已归档" in response.content.decode()
