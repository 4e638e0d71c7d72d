"""`check --deploy` refuses insecure defaults, in Chinese, and accepts a sound installation."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from apps.core.checks import database_location, disk_kind, production_settings

POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "jz", "HOST": "127.0.0.1"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/jz.sqlite3"}
REMOTE = {**POSTGRES, "HOST": "db.example"}
SOUND = {
    "DEBUG": False,
    "ALLOW_HTTP": False,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "AXES_IPWARE_PROXY_COUNT": 1,
    "ALLOWED_HOSTS": ["jizhou.example"],
    "BACKUP_DIR": Path("/backup"),
    "SECRET_KEY": "k3y" + "abcdefgh" * 8,
    "DATABASES": {"default": POSTGRES},
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_HOST_USER": "",
    "EMAIL_USE_TLS": False,
}


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Run the check on a sound installation with some settings changed."""
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "field_keys").touch(mode=0o600)
    tmp_path.chmod(0o750)
    places = {
        "VAR_DIR": tmp_path,
        "SECRETS_DIR": folder,
        "FIELD_KEYS_FILE": folder / "field_keys",
        "DEMO_ACCOUNTS_FILE": tmp_path / "demo_accounts.txt",
    }

    def check(**changes):
        stand_in = SimpleNamespace(**{**SOUND, **places, **changes})
        monkeypatch.setattr("apps.core.checks.settings", stand_in)
        return production_settings(None)

    return check


def ids(messages):
    return [message.id for message in messages]


class TestProductionSettings:
    def test_accepts_a_sound_installation(self, found):
        assert found() == []

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"ALLOW_HTTP": True}, "core.E001"),
            ({"SESSION_COOKIE_SECURE": False}, "core.E001"),
            ({"CSRF_COOKIE_SECURE": False}, "core.E001"),
            ({"SECURE_HSTS_SECONDS": 0}, "core.E001"),
            ({"ALLOWED_HOSTS": ["127.0.0.1", "localhost"]}, "core.E002"),
            ({"ALLOWED_HOSTS": ["*"]}, "core.E003"),
            ({"SECRET_KEY": "short"}, "core.E005"),
            ({"SECRET_KEY": "a" * 60}, "core.E005"),
            ({"SECRET_KEY": "django-insecure-" + "abcdefgh" * 8}, "core.E005"),
            ({"DEBUG": True}, "core.E007"),
            ({"SECURE_PROXY_SSL_HEADER": None}, "core.W008"),
            ({"AXES_IPWARE_PROXY_COUNT": None}, "core.W009"),
            ({"DATABASES": {"default": SQLITE}}, "core.E013"),
            ({"DATABASES": {"default": REMOTE}}, "core.W014"),
            ({"REDIS_URL": "redis://cache.example/0"}, "core.W015"),
            ({"EMAIL_HOST_USER": "post"}, "core.W016"),
        ],
    )
    def test_refuses_each_insecure_setting_and_says_what_to_do(self, found, changes, expected):
        messages = found(**changes)
        assert ids(messages) == [expected]
        assert any("一" <= char <= "鿿" for char in messages[0].msg)
        assert messages[0].hint

    @pytest.mark.parametrize(
        "changes",
        [
            {"DATABASES": {"default": SQLITE}, "REDIS_URL": ""},
            {"DATABASES": {"default": {**REMOTE, "OPTIONS": {"sslmode": "verify-full"}}}},
            {"DATABASES": {"default": {**POSTGRES, "HOST": "/var/run/postgresql"}}},
            {"REDIS_URL": "rediss://cache.example/0"},
            {"EMAIL_HOST_USER": "post", "EMAIL_USE_TLS": True},
        ],
    )
    def test_accepts_the_sound_ways_too(self, found, changes):
        assert found(**changes) == []

    def test_refuses_keys_that_others_can_read(self, found, tmp_path):
        (tmp_path / "secrets" / "field_keys").chmod(0o640)
        messages = found()
        assert ids(messages) == ["core.E010"]
        assert "field_keys" in messages[0].msg

    def test_refuses_a_data_folder_that_others_enter(self, found, tmp_path):
        tmp_path.chmod(0o755)
        assert ids(found()) == ["core.E012"]

    def test_refuses_demonstration_accounts(self, found, tmp_path):
        (tmp_path / "demo_accounts.txt").touch()
        assert ids(found()) == ["core.E011"]

    def test_warns_of_backups_beside_the_data(self, found, tmp_path):
        assert ids(found(BACKUP_DIR=tmp_path / "backups")) == ["core.W004"]


class TestDatabaseLocation:
    def test_refuses_sqlite_on_a_network_disk(self, monkeypatch):
        def found(engine, name):
            databases = {"default": {"ENGINE": f"django.db.backends.{engine}", "NAME": name}}
            monkeypatch.setattr("apps.core.checks.settings", SimpleNamespace(DATABASES=databases))
            return ids(database_location(None))

        assert found("sqlite3", "//server/share/db") == ["core.E006"]
        assert found("sqlite3", "/srv/db") == []
        assert found("postgresql", "//odd") == []

    def test_asks_the_innermost_mount(self):
        mounts = (
            "/dev/sda / ext4 rw 0 0\nsrv:/a /data nfs4 rw 0 0\n/dev/sdb /data/fast xfs rw 0 0\n"
        )
        assert disk_kind(Path("/data"), mounts) == "nfs4"
        assert disk_kind(Path("/data/fast/db"), mounts) == "xfs"
        assert disk_kind(Path("/srv"), mounts) == "ext4"
        assert disk_kind(Path("/srv"), "") == ""
