"""The same on a PostgreSQL server, with its own tools."""

import threading
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from apps.core.errors import DomainError
from jizhou_service.backups import engines, manifest
from jizhou_service.backups.dump import make_backup
from jizhou_service.backups.postgres import tool
from jizhou_service.backups.verify import verify
from jizhou_service.tests.backups.samples import NOW, ON_POSTGRES


class TestPostgresTools:
    def fake(self, tmp_path, monkeypatch, version):
        program = tmp_path / "pg_dump"
        program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    def test_refuse_when_missing(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(DomainError, match="没有找到 pg_dump，请安装 postgresql-client-15"):
            tool("pg_dump", 150004)

    def test_refuse_when_older_than_the_server(self, tmp_path, monkeypatch):
        self.fake(tmp_path, monkeypatch, "14.9")
        with pytest.raises(DomainError, match="低于服务器的 16"):
            tool("pg_dump", 160001)

    def test_accept_a_newer_one(self, tmp_path, monkeypatch):
        self.fake(tmp_path, monkeypatch, "17.2")
        assert tool("pg_dump", 160001) == str(tmp_path / "pg_dump")


@ON_POSTGRES
@pytest.mark.slow
@pytest.mark.django_db
class TestPostgres:
    def test_round_trip(self, own_folders):
        """Back up, verify, and restore beside the test database (which is not replaced)."""
        engine = engines.engine_for()
        folder = make_backup(now=NOW, engine=engine)
        report = verify(folder, now=NOW, engine=engine)
        assert report.ok, report.texts()
        assert manifest.read(folder)["tables"]["roster_unit"] > 0

    @contextmanager
    def copy(self):
        """Give the engine of a database of its own; databases it leaves behind are dropped."""
        engine = engines.engine_for()
        name = f"{engine.name[:30]}_copy"
        folder = make_backup(now=NOW, engine=engine)
        engine._drop(name)
        engine._load(folder / engine.part, name, manifest.silent)
        try:
            yield engines.engine_for({**connection.settings_dict, "NAME": name}), folder
        finally:
            for left in (name, f"{name}_before_20260318"):
                engine._drop(left)

    def test_replaces_by_renaming(self, own_folders):
        seen = []
        with self.copy() as (other, folder):
            aside = other.replace(folder / other.part, "20260318", seen.append, manifest.silent)
            assert aside == f"{other.name}_before_20260318"
            assert seen[0].endswith(f"{other.name}_restoring_20260318") or "?" in seen[0]
            assert other.users() == 0
            with closing(other._connect()) as link, link.cursor() as cursor:
                cursor.execute("SELECT COUNT(*) FROM roster_unit")
                assert cursor.fetchone()[0] == manifest.read(folder)["tables"]["roster_unit"]

    def test_is_consistent_while_others_write(self, own_folders):
        stopping, started, written = threading.Event(), threading.Event(), []

        def write(engine):
            with closing(engine._connect()) as link, link.cursor() as cursor:
                while not stopping.is_set():
                    cursor.execute("INSERT INTO load_a VALUES (1)")
                    cursor.execute("INSERT INTO load_b VALUES (1)")
                    link.commit()
                    written.append(1)
                    started.set()

        with self.copy() as (other, _):
            with closing(other._connect()) as link, link.cursor() as cursor:
                cursor.execute("CREATE TABLE load_a (x int); CREATE TABLE load_b (x int)")
                link.commit()
            thread = threading.Thread(target=write, args=[other])
            thread.start()
            try:
                assert started.wait(10)
                pairs = []
                for number in range(1, 4):
                    folder = make_backup(now=NOW + timedelta(seconds=number), engine=other)
                    tables = manifest.read(folder)["tables"]
                    pairs.append((tables["load_a"], tables["load_b"]))
                before = len(written)
            finally:
                stopping.set()
                thread.join()
            assert all(a == b > 0 for a, b in pairs)
            assert before > pairs[0][0], "nobody wrote meanwhile"
            report = verify(folder, now=NOW, engine=other)
            assert report.ok, report.texts()
