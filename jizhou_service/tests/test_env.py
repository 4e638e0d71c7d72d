"""Readers of the environment: what they accept, and the sentence with which they refuse."""

import stat

import pytest

from jizhou_service import env

pytestmark = pytest.mark.once


@pytest.fixture
def given(monkeypatch):
    """Set variables for one test."""
    return lambda **values: [monkeypatch.setenv(name, text) for name, text in values.items()]


class TestText:
    def test_comes_from_the_variable(self, given):
        given(JZ_A=" 中文 ")
        assert env.text("JZ_A", "x") == "中文"

    def test_comes_from_a_file_when_one_is_named(self, given, tmp_path):
        (tmp_path / "a").write_text("秘密\n", encoding="utf-8")
        given(JZ_A="plain", JZ_A_FILE=str(tmp_path / "a"))
        assert env.text("JZ_A") == "秘密"

    def test_refuses_a_file_that_cannot_be_read(self, given, tmp_path):
        given(JZ_A_FILE=str(tmp_path / "none"))
        with pytest.raises(SystemExit, match="设置 JZ_A_FILE 指向的文件读不出来"):
            env.text("JZ_A")


class TestFlag:
    @pytest.mark.parametrize(
        ("text", "value"), [("1", True), ("Yes", True), ("0", False), ("", False)]
    )
    def test_reads(self, given, text, value):
        given(JZ_A=text)
        assert env.flag("JZ_A", default=not value) is value

    def test_takes_the_default_when_absent(self):
        assert env.flag("JZ_ABSENT", default=True) is True

    def test_refuses_anything_else(self, given):
        given(JZ_A="maybe")
        with pytest.raises(SystemExit, match="设置 JZ_A 应为 1 或 0，现在是“maybe”。"):
            env.flag("JZ_A")


class TestNumber:
    def test_reads(self, given):
        given(JZ_A="30")
        assert env.number("JZ_A", 5, low=1, high=30) == 30

    @pytest.mark.parametrize("text", ["31", "0", "-1", "1.5", "abc", ""])
    def test_refuses_what_is_out_of_range_or_no_number(self, given, text):
        given(JZ_A=text)
        with pytest.raises(SystemExit, match="设置 JZ_A 应为 1 到 30 的整数"):
            env.number("JZ_A", 5, low=1, high=30)


class TestListing:
    def test_splits_at_commas_and_drops_blanks(self, given):
        given(JZ_A="a, b,,")
        assert env.listing("JZ_A") == ["a", "b"]


class TestKeptSecret:
    def test_is_made_once_and_only_the_owner_reads_it(self, tmp_path):
        path = tmp_path / "secrets" / "key"
        first = env.kept_secret("JZ_ABSENT", path)
        assert env.kept_secret("JZ_ABSENT", path) == first
        assert len(first) >= 50
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [p.name for p in path.parent.iterdir()] == ["key"]

    def test_is_not_made_when_given(self, given, tmp_path):
        given(JZ_A="given")
        assert env.kept_secret("JZ_A", tmp_path / "key") == "given"
        assert not (tmp_path / "key").exists()


class TestDatabase:
    def test_sqlite_takes_the_lock_at_once_and_keeps_every_commit(self):
        found = env.database("JZ_ABSENT", "sqlite:////data/a%20b.sqlite3")
        assert found["NAME"] == "/data/a b.sqlite3"
        assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "synchronous=FULL" in found["OPTIONS"]["init_command"]

    def test_postgres_splits_the_address(self):
        found = env.database("JZ_ABSENT", "postgres://u:p%40w@db:5433/jz?sslmode=require")
        assert [found[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
            "jz", "u", "p@w", "db", "5433",
        ]  # fmt: skip
        assert found["OPTIONS"]["sslmode"] == "require"
        assert "lock_timeout" in found["OPTIONS"]["options"]

    def test_refuses_other_kinds(self):
        with pytest.raises(SystemExit, match="应以 sqlite:/// 或 postgres:// 开头，现在是“mysql”"):
            env.database("JZ_ABSENT", "mysql://x/y")


class TestTestsThemselves:
    def test_work_in_a_folder_of_their_own(self, var_dir):
        """Not in the installation's, with its keys and its cache (see ``tests/scratch.py``)."""
        from django.conf import settings

        assert var_dir.name.startswith("jizhou-test-")
        assert not var_dir.is_relative_to(settings.BASE_DIR)
