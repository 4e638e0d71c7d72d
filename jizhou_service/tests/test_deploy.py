"""The files for a server: the example passes `check --deploy`, units and nginx keep their promises."""

import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once
ROOT = Path(settings.BASE_DIR)
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def unit(path):
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str
    found.read(path, encoding="utf-8")
    return found


def check(tmp_path, **changes):
    """Run the check in the environment of the example, with folders of the test."""
    text = (DEPLOY / "env.example").read_text(encoding="utf-8")
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.M))
    (tmp_path / "words").write_text("correct horse battery", encoding="utf-8")
    own = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "VAR_DIR": str(tmp_path / "var"),
        "STATIC_ROOT": str(tmp_path / "static"),
        "BACKUP_DIR": str(tmp_path / "backup"),
        "BACKUP_PASSPHRASE_FILE": str(tmp_path / "words"),
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**example, **own, **changes},
        capture_output=True,
        text=True,
        check=False,
    )


class TestCheckDeploy:
    def test_finds_nothing_in_the_example(self, tmp_path):
        done = check(tmp_path)
        assert done.returncode == 0, done.stderr
        assert "no issues" in done.stdout

    def test_fails_with_hints_in_chinese(self, tmp_path):
        faults = {
            "DEBUG": "1",
            "ALLOW_HTTP": "1",
            "ALLOWED_HOSTS": "*",
            "DATABASE_URL": "sqlite:////tmp/none.sqlite3",
        }
        done = check(tmp_path, **faults)
        assert done.returncode == 1
        for expected in ("core.E007", "core.E001", "core.E003", "core.E013"):
            said = done.stderr[done.stderr.index(expected) :]
            assert re.search(r"HINT: .*[一-鿿]", said.split("\n\n")[0]), expected
        assert "security.W" not in done.stderr, "the same is said in English again"


class TestUnits:
    def test_are_the_five_processes_of_the_target(self):
        wanted = unit(DEPLOY / "jizhou.target")["Unit"]["Wants"].split()
        assert sorted(wanted) == [path.name for path in UNITS]
        assert len(wanted) == 5

    @pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
    def test_restart_stop_in_time_and_are_hardened(self, path):
        section = unit(path)["Service"]
        assert (section["Restart"], section["TimeoutStopSec"]) == ("always", "60")
        assert section["NoNewPrivileges"] == section["PrivateTmp"] == "true"
        assert section["ProtectSystem"] == "strict"
        assert section["EnvironmentFile"] == "/etc/jizhou/env"
        assert section["User"] == "jizhou"
        assert section["ExecStart"].startswith("/opt/jizhou/.venv/bin/")

    def test_run_what_the_procfile_runs(self):
        lines = (DEPLOY / "Procfile").read_text(encoding="utf-8").splitlines()
        procfile = {re.sub(r"^env \S+ ", "", line.split(": ", 1)[1]) for line in lines}
        units = {
            unit(path)["Service"]["ExecStart"].removeprefix("/opt/jizhou/.venv/bin/")
            for path in UNITS
        }
        assert procfile == {command.replace("%%", "%") for command in units}

    def test_read_every_queue_that_is_written_to(self):
        commands = "".join((DEPLOY / "Procfile").read_text(encoding="utf-8"))
        routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
        for queue in {settings.CELERY_TASK_DEFAULT_QUEUE, *routed}:
            assert f" -Q {queue} " in commands


class TestNginx:
    TEXT = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")

    def test_braces_close(self):
        bare = re.sub(r'"[^"]*"|#.*', "", self.TEXT)
        assert bare.count("{") == bare.count("}")

    @pytest.mark.parametrize(
        "line",
        [
            "client_max_body_size 21m;",
            "server_tokens off;",
            "error_page 502 503 504 /maintenance.html;",
            'add_header Cache-Control "public, max-age=31536000, immutable";',
            "proxy_set_header X-Forwarded-For $remote_addr;",
            "proxy_set_header X-Forwarded-Proto $scheme;",
        ],
    )
    def test_says(self, line):
        assert line in self.TEXT

    def test_caches_for_ever_only_names_with_a_digest(self):
        pattern = re.search(r'location ~ "(\S+)"', self.TEXT)[1].replace("(?<", "(?P<")
        assert re.fullmatch(pattern, "/static/jz/jz.0123456789ab.css")["name"]
        assert not re.fullmatch(pattern, "/static/jz/jz.css")
        assert not re.fullmatch(pattern, "/static/vendor/bootstrap/bootstrap.min.css")

    def test_pages_it_serves_itself_exist(self):
        for name in re.search(r"\^/\((\S+)\)\\.html", self.TEXT)[1].split("|"):
            assert (ROOT / "templates" / f"{name}.html").exists()
