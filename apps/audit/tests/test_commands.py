"""`manage.py audit …`."""

import json
from datetime import date

import pytest
import time_machine
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEntry, PendingSeal
from apps.audit.testing import unprotected
from apps.audit.tests.factories import aged, entries, sealed

pytestmark = pytest.mark.django_db


def printed(capsys, *words):
    call_command("audit", *words)
    return capsys.readouterr().out


class TestVerify:
    def test_says_that_all_is_well(self, capsys):
        sealed(3)
        assert printed(capsys, "verify") == "完好，核对 3 条，到序号 3，待封存 0 条\n"

    def test_names_the_first_broken_link_and_ends_with_one(self, capsys):
        made = sealed(3)
        with unprotected():
            AuditEntry.objects.filter(pk=made[1].pk).update(note="改")
        with pytest.raises(SystemExit) as ended:
            call_command("audit", "verify")
        assert ended.value.code == 1
        assert f"序号 2、记录 {made[1].pk}：记录内容" in capsys.readouterr().out

    def test_speaks_to_machines(self, capsys):
        sealed(2)
        answer = json.loads(printed(capsys, "verify", "--json"))
        assert answer == {
            "good": True,
            "checked": 2,
            "until_seq": 2,
            "waiting": 0,
            "problem": None,
        }

    def test_tells_machines_what_is_wrong(self, capsys):
        (entry,) = entries(1)
        aged(entry, 90)
        with pytest.raises(SystemExit):
            call_command("audit", "verify", "--json")
        problem = json.loads(capsys.readouterr().out)["problem"]
        assert (problem["kind"], problem["entry_id"]) == ("UNSEALED", entry.pk)


class TestSeal:
    def test_seals_what_waits(self, capsys):
        entries(4)
        assert printed(capsys, "seal") == "封存 4 条\n"
        assert not PendingSeal.objects.exists()


class TestArchive:
    def test_prints_the_file_and_its_sum(self, capsys, tmp_path):
        with time_machine.travel("2026-02-10 02:00", tick=False):
            sealed(3)
        with time_machine.travel("2026-11-24 02:00"):
            text = printed(capsys, "archive", "--before", "2026-03-01", "--to", str(tmp_path))
        assert "归档 3 条，到序号 3" in text
        (path,) = tmp_path.iterdir()
        assert printed(capsys, "check-file", str(path)) == "完好，3 条，到序号 3\n"

    def test_says_when_there_is_nothing(self, capsys, tmp_path):
        text = printed(capsys, "archive", "--before", "2020-01-01", "--to", str(tmp_path))
        assert text == "没有可归档的记录\n"

    def test_refuses_in_one_sentence(self, tmp_path):
        with pytest.raises(CommandError, match="某月 1 日"):
            call_command("audit", "archive", "--before", "2020-01-02", "--to", str(tmp_path))

    def test_refuses_a_date_that_is_none(self):
        with pytest.raises(CommandError, match="日期应写成"):
            call_command("audit", "archive", "--before", "昨天")

    def test_has_a_default_folder(self, capsys, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        with time_machine.travel(date(2026, 11, 24)):
            printed(capsys, "archive", "--before", "2020-01-01")
        assert (tmp_path / "audit-archive").is_dir()
