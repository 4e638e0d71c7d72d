"""Back up, verify, restore an embedded installation: rows, files, keys, refusals."""

import io
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.core import health
from apps.core.crypto import keyring, new_key_line
from apps.core.errors import DomainError
from jizhou_service import running
from jizhou_service.backups import manifest, secrets_box
from jizhou_service.backups.dump import make_backup
from jizhou_service.backups.load import restore
from jizhou_service.backups.verify import verify
from jizhou_service.tests.backups.samples import NOW, ON_SQLITE, WORDS, rows

# the copied template comes from the test database, which is made only for tests that ask for it
pytestmark = pytest.mark.django_db


@ON_SQLITE
@pytest.mark.once
@pytest.mark.slow
class TestRoundTrip:
    def test_brings_back_rows_and_files_and_keeps_the_former_ones(self, engine, own_folders):
        folder = make_backup(now=NOW, engine=engine)
        with closing(sqlite3.connect(engine.path)) as database, database:
            database.execute("DELETE FROM roster_person")
        (own_folders / "files" / "ab" / "one.pdf").unlink()
        outcome = restore(folder, now=NOW + timedelta(hours=1), engine=engine)
        assert outcome.report.ok, outcome.report.texts()
        assert rows(engine.path, "SELECT COUNT(*) FROM roster_person") == [(5,)]
        assert (own_folders / "files" / "ab" / "one.pdf").read_bytes() == b"attachment"
        kept = own_folders / "jizhou.sqlite3.before-20260318110000"
        assert rows(kept, "SELECT COUNT(*) FROM roster_person") == [(0,)]
        assert not list(own_folders.glob("*restoring*"))

    def test_verifies_a_good_backup_and_says_so_on_the_status_page(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        assert "未核验" in health.backup(NOW).text
        report = verify(folder, now=NOW, engine=engine)
        assert report.ok, report.texts()
        text = "\n".join(report.texts())
        assert "抽查 5 个" in text
        assert "审计链完好" in text
        assert manifest.is_verified(folder)
        assert "未核验" not in health.backup(NOW).text
        assert "已核验" in health.backup(NOW).text

    def test_is_consistent_while_others_write(self, engine):
        stopping, written = threading.Event(), []

        def write():
            with closing(sqlite3.connect(engine.path, timeout=20, isolation_level=None)) as base:
                while not stopping.is_set():
                    base.execute("BEGIN IMMEDIATE")
                    base.execute("INSERT INTO load_a VALUES (1)")
                    base.execute("INSERT INTO load_b VALUES (1)")
                    base.execute("COMMIT")
                    written.append(1)

        with closing(sqlite3.connect(engine.path)) as database:
            database.execute("CREATE TABLE load_a (x)")
            database.execute("CREATE TABLE load_b (x)")
        thread = threading.Thread(target=write)
        thread.start()
        try:
            while not written:
                pass
            pairs = []
            for number in range(5):
                folder = make_backup(now=NOW + timedelta(seconds=number), engine=engine)
                tables = manifest.read(folder)["tables"]
                pairs.append((tables["load_a"], tables["load_b"]))
            before = len(written)
        finally:
            stopping.set()
            thread.join()
        assert all(a == b > 0 for a, b in pairs)
        assert before > pairs[0][0], "nobody wrote meanwhile"
        assert verify(folder, now=NOW, engine=engine).ok


@ON_SQLITE
@pytest.mark.once
class TestTampering:
    def test_with_a_part_is_found(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        part = folder / engine.part
        raw = bytearray(part.read_bytes())
        raw[len(raw) // 2] ^= 1
        part.write_bytes(bytes(raw))
        report = verify(folder, now=NOW, engine=engine)
        assert not report.ok
        assert "database.sqlite3.gz 与清单不符" in "\n".join(report.texts())
        assert not manifest.is_verified(folder)
        before = engine.path.read_bytes()
        with pytest.raises(DomainError, match="现有数据没有改动"):
            restore(folder, now=NOW, engine=engine)
        assert engine.path.read_bytes() == before

    def test_with_a_missing_part_is_found(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        (folder / manifest.FILES_PART).unlink()
        assert "files.tar.gz 不见了" in "\n".join(verify(folder, now=NOW, engine=engine).texts())

    @pytest.mark.slow
    def test_with_rows_is_found_although_the_digest_was_mended(self, engine):
        with closing(sqlite3.connect(engine.path)) as database, database:
            database.execute(
                "DELETE FROM roster_person WHERE id = (SELECT MIN(id) FROM roster_person)"
            )
        folder = make_backup(now=NOW, engine=engine)
        content = manifest.read(folder)
        content["tables"]["roster_person"] = 5
        manifest.write_json(folder / manifest.MANIFEST, content)
        report = verify(folder, now=NOW, engine=engine)
        assert "行数与清单不符：roster_person" in "\n".join(report.texts())

    def test_with_the_manifest_after_verification_is_found(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        digest = manifest.sha256_of(folder / manifest.MANIFEST)
        note = {"ok": True, "at": "", "manifest_sha256": digest}
        manifest.write_json(folder / manifest.VERIFIED, note)
        assert manifest.is_verified(folder)
        manifest.write_json(folder / manifest.MANIFEST, {**manifest.read(folder), "keys": "x"})
        assert not manifest.is_verified(folder)


@ON_SQLITE
@pytest.mark.once
class TestKeys:
    @pytest.mark.slow
    def test_that_are_wrong_are_found(self, engine, own_folders):
        folder = make_backup(now=NOW, engine=engine)
        lines = f"{new_key_line('k1')}\n{new_key_line('index')}\n"
        (own_folders / "secrets" / "field_keys").write_text(lines, encoding="ascii")
        keyring.cache_clear()
        report = verify(folder, now=NOW, engine=engine)
        text = "\n".join(report.texts())
        assert not report.ok
        assert "现有密钥解不开：名册人员的手机" in text
        assert "电话索引的密钥（index）不是做备份时的那把" in text

    @pytest.mark.slow
    def test_come_back_from_the_backup_with_the_passphrase(self, engine, own_folders):
        folder = make_backup(now=NOW, engine=engine, words=WORDS)
        good = (own_folders / "secrets" / "field_keys").read_bytes()
        shutil.rmtree(own_folders / "secrets")  # a new machine
        engine.path.unlink()
        keyring.cache_clear()
        with pytest.raises(DomainError, match="密钥解不开：口令"):
            restore(folder, now=NOW, engine=engine, with_keys=True, words="wrong passphrase")
        outcome = restore(folder, now=NOW, engine=engine, with_keys=True, words=WORDS)
        assert outcome.report.ok
        assert (own_folders / "secrets" / "field_keys").read_bytes() == good

    def test_are_never_in_clear(self, engine, own_folders):
        folder = make_backup(now=NOW, engine=engine, words=WORDS)
        planted = (own_folders / "secrets" / "field_keys").read_bytes().split(b":")[1][:40]
        parts = [path for path in folder.iterdir() if path.is_file()]
        assert {path.name for path in parts} >= {"secrets.enc", "manifest.json"}
        assert all(planted not in path.read_bytes() for path in parts)
        assert b"13900000001" not in b"".join(path.read_bytes() for path in parts)
        assert manifest.read(folder)["keys"] == "encrypted"

    def test_are_left_out_without_a_passphrase(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        assert manifest.read(folder)["keys"] == "not included"
        assert not (folder / manifest.SECRETS_PART).exists()
        with pytest.raises(DomainError, match="这份备份里没有密钥"):
            restore(folder, now=NOW, engine=engine, with_keys=True, words=WORDS)

    def test_are_not_put_under_a_short_passphrase(self, monkeypatch):
        monkeypatch.setenv("BACKUP_PASSPHRASE", "short")
        with pytest.raises(DomainError, match="BACKUP_PASSPHRASE 至少 12 个字符"):
            secrets_box.passphrase()


@ON_SQLITE
@pytest.mark.once
class TestRestore:
    def test_refuses_while_the_product_runs(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        with running.hold(), pytest.raises(DomainError, match="系统正在运行（进程 "):
            restore(folder, now=NOW, engine=engine)

    @pytest.mark.skipif(sys.platform != "linux", reason="只有 Linux 能查谁打开了文件")
    def test_refuses_while_another_program_has_the_database_open(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        code = f"held = open({str(engine.path)!r}); print('open', flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            other.stdout.readline()
            with pytest.raises(DomainError, match="还有 1 个程序在用数据库"):
                restore(folder, now=NOW, engine=engine)
            other.communicate(b"\n")

    def test_refuses_without_a_yes(self, engine, monkeypatch):
        folder = make_backup(now=NOW, engine=engine)
        monkeypatch.setattr("builtins.input", lambda text: "是")
        errors = io.StringIO()
        with pytest.raises(SystemExit):
            call_command("restore", folder, stdout=io.StringIO(), stderr=errors)
        assert "没有确认，没有改动。" in errors.getvalue()

    def test_refuses_a_backup_of_the_other_database(self, engine):
        folder = make_backup(now=NOW, engine=engine)
        content = {**manifest.read(folder), "engine": "postgresql"}
        manifest.write_json(folder / manifest.MANIFEST, content)
        with pytest.raises(DomainError, match="这份备份来自 PostgreSQL，现在的数据库是 SQLite"):
            restore(folder, now=NOW, engine=engine)

    def test_refuses_a_folder_that_is_no_backup(self, tmp_path):
        with pytest.raises(DomainError, match=r"不是完整的备份：读不出 manifest\.json"):
            manifest.read(tmp_path)


@ON_SQLITE
@pytest.mark.once
class TestFiles:
    def test_are_shared_with_the_former_backup_while_unchanged(self, engine, own_folders):
        folders = [make_backup(now=NOW + timedelta(minutes=n), engine=engine) for n in (0, 1)]
        assert (folders[1] / manifest.FILES_PART).stat().st_nlink == 2
        (own_folders / "files" / "two.pdf").write_bytes(b"new")
        third = make_backup(now=NOW + timedelta(minutes=2), engine=engine)
        assert (third / manifest.FILES_PART).stat().st_nlink == 1
        assert manifest.read(third)["files"]["count"] == 2

    def test_an_interrupted_backup_does_not_look_like_one(self, engine, monkeypatch):
        def fall_over(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("jizhou_service.backups.dump._pack_files", fall_over)
        with pytest.raises(DomainError, match="备份没有成功：No space left on device"):
            make_backup(now=NOW, engine=engine)
        assert manifest.all_backups() == []
        assert list(Path(manifest.settings.BACKUP_DIR).iterdir()) == []
